"""Kandinsky 2.0: two text encoders that lead a U-Net without a prior, and a drawn autoencoder."""
