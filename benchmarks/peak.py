"""The most memory that this process has held so far."""

import sys


def peak_bytes() -> int:
    """Return it in bytes."""
    import resource  # not on Windows

    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak if sys.platform == "darwin" else peak * 1024
