"""How large pictures may be: those that are read, painted on, or grown by borders."""

MOST_PIXELS = 100_000_000  # of any picture; a larger one is refused from its header
LONGEST_SIDE = 32_768  # pixels of a picture that is painted on or grows; read is any


def is_too_large(width: int, height: int) -> bool:
    """Return whether a canvas of so many pixels a side is beyond both limits or one."""
    return width * height > MOST_PIXELS or max(width, height) > LONGEST_SIDE


MOST_THREADS = 1024  # of a processor
