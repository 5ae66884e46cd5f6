"""Which models that estimate depth there are. They come as transformers saves them."""

import os
from collections.abc import Iterator, Sequence
from pathlib import Path

from kandinsky_desktop.domain.errors import ModelProblem
from kandinsky_desktop.domain.i18n import _
from kandinsky_desktop.store import hub_cache
from kandinsky_desktop.store.components import check_component
from kandinsky_desktop.store.weights import read_config

# The classes whose values are known to us: of the others some say how far, some how near, and some
# want more than a picture.
MOST = 2_000  # folders in one that are looked at
KNOWN = ("DPTForDepthEstimation", "DepthAnythingForDepthEstimation")


def find_estimators(folders: Sequence[Path]) -> tuple[tuple[Path, ...], tuple[str, ...]]:
    """Return the folders of whole models that estimate depth, and a sentence for each other one."""
    found: list[Path] = []
    problems: list[str] = []
    for root in _roots(folders):
        try:
            kind = _class(root)
        except ModelProblem as problem:
            if os.path.isfile(root / "preprocessor_config.json"):
                problems.append(str(problem))
            continue
        if "ForDepthEstimation" not in kind:
            continue
        try:
            if kind not in KNOWN:
                raise ModelProblem(
                    _(
                        "{folder} estimates depth as {kind}, which is not known here: take a DPT or"
                        " Depth Anything folder."
                    ).format(folder=root, kind=kind)
                )
            check_component("depth_estimator", root)
        except ModelProblem as problem:
            problems.append(str(problem))
        else:
            found.append(root)
    return tuple(found), tuple(problems)


def estimates_metres(folder: Path) -> bool:
    """Whether a model that estimates depth says how far a thing is, and not how near.

    Raises ModelProblem.
    """
    return read_config(folder / "config.json").get("depth_estimation_type") == "metric"


def subfolders(folder: Path) -> Iterator[Path]:
    """Yield what in a folder is a folder, or a link, and is not hidden. Raises OSError."""
    with os.scandir(folder) as entries:
        for entry in entries:
            linked = entry.is_symlink()
            if entry.name[0] != "." and (linked or entry.is_dir(follow_symlinks=False)):
                yield folder / entry.name


def _roots(folders: Sequence[Path]) -> Iterator[Path]:
    roots: dict[Path, None] = {}
    for folder in folders:
        try:
            children = sorted(subfolders(folder))[:MOST]
        except OSError:
            continue  # it is said where models are looked for
        roots |= dict.fromkeys(map(hub_cache.opened, (folder, *children)))
    yield from roots


def _class(root: Path) -> str:
    """Return the class that a folder's config names; empty if it has none. Raises ModelProblem."""
    file = root / "config.json"
    if not os.path.isfile(file):  # that of a share may not be reached
        return ""
    made_for = read_config(file).get("architectures")
    return str(made_for[0]) if isinstance(made_for, list) and made_for else ""
