"""How far predictions of memory are off, by machine: learnt from measurements, kept on disk."""

import json
import logging
from pathlib import Path
from typing import Any

from kandinsky_desktop.domain.corrections import CORRECTIONS
from kandinsky_desktop.domain.errors import OtherFormat
from kandinsky_desktop.domain.file_format import with_format, without_format
from kandinsky_desktop.domain.i18n import _
from kandinsky_desktop.store import atomic_file, json_files

log = logging.getLogger(__name__)

NAME = "memory-corrections.json"
MOST = 20  # machines: a cache that moves about


def correction(folder: Path, machine: str) -> float:
    """Return the factor of what activations take on a machine; 1 where none was learnt.

    `machine` is the device, its driver and torch in words. What cannot be read counts as nothing.
    """
    found = _read(folder).get(machine)
    low, high = CORRECTIONS
    return float(found) if isinstance(found, int | float) and low <= found <= high else 1.0


def keep(folder: Path, machine: str, factor: float) -> None:
    """Write what was learnt. Where the disk does not take it, it is learnt again."""
    known = _read(folder)
    known.pop(machine, None)
    kept = dict([*known.items(), (machine, round(factor, 4))][-MOST:])
    text = json.dumps(with_format({"corrections": kept}), indent=1, ensure_ascii=False)
    try:
        folder.mkdir(parents=True, exist_ok=True)
        atomic_file.write(folder / NAME, text.encode())
    except OSError as error:
        log.warning("the correction of memory cannot be kept: %s", error)


def _read(folder: Path) -> dict[str, Any]:
    try:
        plain = without_format(json_files.read(folder / NAME), _("What was learnt of memory"))
    except FileNotFoundError:
        return {}
    except (OSError, ValueError, RecursionError, OtherFormat) as error:
        log.warning("what was learnt of memory is left aside: %s", error)
        return {}
    found = plain.get("corrections") if isinstance(plain, dict) else None
    return found if isinstance(found, dict) else {}
