"""Kandinsky 2 on your own machine: words and pictures to pictures, offline."""

__version__ = "0.1.0"
