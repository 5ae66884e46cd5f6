"""How large pictures may be: those that are read, painted on, or grown by borders."""

MOST_PIXELS = 100_000_000  # of a picture; a larger one is refused from its header
LONGEST_SIDE = 32_768  # pixels


def is_too_large(width: int, height: int) -> bool:
    """Return whether a picture of so many pixels a side is beyond both limits or one."""
    return width * height > MOST_PIXELS or max(width, height) > LONGEST_SIDE
