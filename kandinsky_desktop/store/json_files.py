"""JSON that a person may have saved with an editor: UTF-8, or UTF-16 or 32, with or without a mark.

PowerShell and Notepad put a byte order mark in front, and `>` in a PowerShell writes UTF-16.
"""

import json
from pathlib import Path
from typing import Any


def read(path: Path, *, errors: str = "strict") -> Any:
    """Return what a file holds. Raises OSError, ValueError or RecursionError."""
    return parse(path.read_bytes(), errors=errors)


def parse(data: bytes, *, errors: str = "strict") -> Any:
    """Return what bytes say as JSON. Raises ValueError or RecursionError."""
    return json.loads(data.decode(json.detect_encoding(data), errors))
