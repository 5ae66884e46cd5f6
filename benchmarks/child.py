"""Runs one of our programs by itself and reads the JSON in its last line."""

import json
import os
import subprocess
import sys
from collections.abc import Mapping
from typing import Any

from benchmarks.measures import CannotMeasure

PATIENCE_S = 3600


def run(*arguments: str, environment: Mapping[str, str] | None = None) -> Any:
    """Run this Python with the arguments. Raises CannotMeasure with its last words if it fails.

    Byte code is written, as on any person's machine, so that a second start is a usual one.
    """
    variables = {k: v for k, v in os.environ.items() if k != "PYTHONDONTWRITEBYTECODE"}
    variables |= {"HF_HUB_OFFLINE": "1"} | dict(environment or {})
    done = subprocess.run(
        [sys.executable, *arguments],
        capture_output=True,
        text=True,
        timeout=PATIENCE_S,
        env=variables,
        check=False,
    )
    lines = done.stdout.splitlines()
    if done.returncode or not lines:
        last = " | ".join(done.stderr.strip().splitlines()[-3:])
        raise CannotMeasure(f"{' '.join(arguments[:2])} ended with {done.returncode}: {last}")
    return json.loads(lines[-1])
