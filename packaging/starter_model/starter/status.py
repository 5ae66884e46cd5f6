"""What each stage has behind it, read from the checkpoints."""

import torch

from starter.course import checkpoint_path
from starter.journal import cache_folder, log
from starter.plan import PASSES, STAGES


def show() -> None:
    """Write a line for each stage that was begun, then the latest line of the journal."""
    lines = []
    for stage in STAGES:
        path = checkpoint_path(stage)
        if path.exists():
            held = torch.load(path, weights_only=True, mmap=True)
            whole = max((thousands for name, thousands in PASSES if name == stage), default=0.0)
            lines.append(
                f"{stage:10} {held['seen'] // 1000:6} of {whole:6g} thousand samples, "
                f"{held['elapsed'] / 60:6.1f} min"
            )
    journal = (cache_folder() / "train.log").read_text(encoding="utf-8").splitlines()
    log.info("status\n%s\nlatest: %s", "\n".join(lines), journal[-1] if journal else "nothing yet")
