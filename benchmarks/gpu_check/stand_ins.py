"""What stands in for two small packages that a Python with torch may lack: psutil, platformdirs.

Only what the engine asks of them, and only where they are missing.
"""

import importlib
import os
import sys
import tempfile
from pathlib import Path
from types import ModuleType, SimpleNamespace
from typing import Any


def provide() -> list[str]:
    """Put stand-ins in the place of what is missing, and return their names."""
    made = []
    for name, make in (("psutil", _psutil), ("platformdirs", _platformdirs)):
        try:
            importlib.import_module(name)
        except ImportError:
            sys.modules[name] = make(ModuleType(name))
            made.append(name)
    return made


def _psutil(module: ModuleType) -> ModuleType:
    def virtual_memory() -> Any:
        about = _kilobytes(Path("/proc/meminfo"))
        total = about.get("MemTotal", 16_000_000) * 1024
        return SimpleNamespace(total=total, available=about.get("MemAvailable", 0) * 1024 or total)

    class Process:
        def memory_info(self) -> Any:
            about = _kilobytes(Path(f"/proc/{os.getpid()}/status"))
            return SimpleNamespace(rss=about.get("VmRSS", 0) * 1024)

    vars(module).update(virtual_memory=virtual_memory, Process=Process)
    return module


def _platformdirs(module: ModuleType) -> ModuleType:
    class PlatformDirs:
        """All in one folder: a check keeps nothing in a person's own."""

        def __init__(self, *_names: Any, **_how: Any) -> None:
            pass

        def __getattr__(self, name: str) -> str:
            return str(Path(tempfile.gettempdir()) / "kandinsky-gpu-check" / name)

    vars(module).update(PlatformDirs=PlatformDirs)
    return module


def _kilobytes(file: Path) -> dict[str, int]:
    """Return the figures of a file of Linux's that counts kilobytes; nothing elsewhere."""
    try:
        lines = file.read_text("utf-8").splitlines()
    except OSError:
        return {}
    found = {}
    for line in lines:
        name, _colon, rest = line.partition(":")
        number, *unit = rest.split() or ["", ""]
        if unit == ["kB"] and number.isdigit():
            found[name] = int(number)
    return found
