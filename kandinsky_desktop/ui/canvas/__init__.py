"""The canvas: a picture, a mask that is painted on it, and fills that wait to be accepted."""
