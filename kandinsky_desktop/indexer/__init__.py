"""Keeps the library's index and thumbnails, as a process of its own: no Qt, no torch.

The only writer of both, so that files of any kind can hurt nothing but this process, which may be
killed at any moment.
"""
