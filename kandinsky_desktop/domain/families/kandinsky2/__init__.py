"""Kandinsky 2.1 and 2.2: a prior samples an image embedding, which conditions the decoder."""
