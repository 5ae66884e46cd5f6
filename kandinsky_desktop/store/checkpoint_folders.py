"""Where checkpoints of unfinished jobs lie: a folder for each job, below `steps` in the cache.

Safe to delete at any time: a job without checkpoints begins anew. What the files hold is opaque
here; the engine writes safetensors.
"""

import logging
import shutil
import time
from pathlib import Path
from uuid import UUID

log = logging.getLogger(__name__)

LONGEST_KEPT_S = 7 * 24 * 3600.0


def folder_of(cache: Path, job: UUID) -> Path:
    """Return the folder of a job's checkpoints, which need not exist."""
    return cache / "steps" / str(job)


def forget(cache: Path, job: UUID) -> None:
    """Delete a job's checkpoints: it is finished or was dropped."""
    _delete(folder_of(cache, job))


def prune(cache: Path, older_than_s: float = LONGEST_KEPT_S) -> None:
    """Delete the checkpoints of jobs to which nothing was added for so long."""
    try:
        folders = list((cache / "steps").iterdir())
    except OSError:  # none yet
        return
    for folder in folders:
        try:
            age_s = time.time() - folder.stat().st_mtime  # each new file changes its folder
        except OSError:
            continue  # another process was faster
        if age_s > older_than_s:
            _delete(folder)


def _delete(folder: Path) -> None:
    try:
        shutil.rmtree(folder)
    except FileNotFoundError:
        pass  # there were none, or another process was faster
    except OSError as error:
        log.warning("checkpoints cannot be deleted: %s", error)
