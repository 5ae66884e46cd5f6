"""Widgets. They take values and emit wishes; `workspace` connects them.

Of the board `fusion.place` does, and of the forms for start and meaning `sources`.
"""
