"""Stable Diffusion 1.x: one text encoder conditions the denoiser; there is no prior."""
