"""Shares as percentages: with a space, as every unit on the screen."""


def in_percent(share: float, decimals: int = 0) -> str:
    """Return a share as it is written: 0.5 is “50 %”."""
    return f"{100 * share:.{decimals}f} %"
