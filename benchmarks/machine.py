"""What the measures were taken on: processor, load, library versions."""

import os
import platform
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

LIBRARIES = ("torch", "diffusers", "transformers", "PySide6-Essentials", "numpy", "pillow")


def load_average() -> float | None:
    """Return the mean number of busy threads over the last minute, where the system counts it."""
    return round(os.getloadavg()[0], 2) if hasattr(os, "getloadavg") else None


def about() -> dict[str, object]:
    """Return what does not change while we measure."""
    return {
        "cpu": _processor(),
        "cores": os.cpu_count(),
        "system": f"{platform.system()} {platform.machine()}",
        "python": platform.python_version(),
        "libraries": {name: _version(name) for name in LIBRARIES},
    }


def _version(name: str) -> str | None:
    try:
        return version(name)
    except PackageNotFoundError:
        return None


def _processor() -> str:
    cpuinfo = Path("/proc/cpuinfo")
    if cpuinfo.is_file():
        for line in cpuinfo.read_text().splitlines():
            if line.startswith("model name"):
                return line.partition(":")[2].strip()
    return platform.processor() or platform.machine()
