"""Two trees of the program side by side: this one, and an older commit in a worktree."""

import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

from benchmarks.child import Served

HERE = Path(__file__).resolve().parents[1]
OLD = "412387c"  # before plans and families
LAID_IN = ("__init__", "child", "measures", "peak", "cases", "crossings", "inside", "old_masks")


@contextmanager
def checked_out(commit: str = OLD) -> Iterator[Path]:
    """Lend a commit in a worktree of its own, with what runs `inside` it laid in."""
    with TemporaryDirectory(prefix="kandinsky-tree-") as folder:
        tree = Path(folder).resolve() / commit
        _git("worktree", "add", "--detach", str(tree), commit)
        try:
            shutil.rmtree(tree / "benchmarks")
            (tree / "benchmarks").mkdir()
            for name in LAID_IN:
                shutil.copy(HERE / "benchmarks" / f"{name}.py", tree / "benchmarks")
            words = HERE / "benchmarks" / f"vocabulary_{commit}.txt"
            shutil.copy(words, tree / "benchmarks" / "vocabulary.py")
            yield tree
        finally:
            _git("worktree", "remove", "--force", str(tree))


def inside(tree: Path, home: Path) -> Served:
    """Start what runs cases inside a tree, on one thread, with a home folder of its own."""
    return Served(
        "-m",
        "benchmarks.inside",
        environment={
            "KANDINSKY_HOME": str(home),
            "OMP_NUM_THREADS": "1",
            "PYTHONPATH": str(tree),
            "PYTHONWARNINGS": "ignore",
        },
        folder=tree,
    )


def starter(tree: Path) -> Path:
    """Return the model that ships with a tree; both sides paint with one and the same."""
    return tree / "resources" / "models" / "starter"


def _git(*words: str) -> None:
    subprocess.run(["git", *words], cwd=HERE, check=True, capture_output=True)
