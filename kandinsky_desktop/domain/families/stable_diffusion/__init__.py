"""Stable Diffusion 1 and 2: one text encoder that leads a U-Net, and an autoencoder."""
