"""Widgets. They take values and emit wishes; only `main_window` connects them."""
