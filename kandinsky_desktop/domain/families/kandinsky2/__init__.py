"""Kandinsky 2.1 and 2.2: a prior that leads a decoder by a point in CLIP's image space."""
