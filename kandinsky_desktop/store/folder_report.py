"""What each folder below a folder of models is, and why it is no model: for people who wonder."""

import errno
import os
from collections.abc import Iterator
from pathlib import Path

from kandinsky_desktop.domain.errors import ModelProblem
from kandinsky_desktop.domain.i18n import N_, _
from kandinsky_desktop.store import hub_cache
from kandinsky_desktop.store.estimators import subfolders
from kandinsky_desktop.store.models import Found, lies_in, read_models
from kandinsky_desktop.store.weights import read_config

SINGLE_FILES = (".safetensors", ".ckpt", ".gguf", ".pt", ".pth")
ORIGINALS = (".ckpt", ".pt")
OF_CACHE = ("datasets--", "spaces--")  # what else lies in the hub's cache
DEEPEST = 5  # folders below, in which a model is looked for to tell where it lies
MOST = 4000  # folders that are looked into for it
MOST_NAMED = 6  # folders that are looked at, to say why a folder holds no model
ROLES = {
    "prior": N_("the prior of {model}"),
    "unet": N_("the decoder of {model}"),
    "inpaint unet": N_("the decoder for holes of {model}"),
    "depth unet": N_("the decoder for depth of {model}"),
}


def report(folder: Path, found: Found) -> dict[Path, str]:
    """Return of each folder, and loose file of weights, below a folder what it is, as words.

    `found` is what was found in it. What cannot be looked into is said too; nothing is raised.
    """
    try:
        entries = sorted(path for path in folder.iterdir() if path.name[0] != ".")
    except OSError as error:
        return {folder: _reason(error)}
    return {
        path: _about(path, found)
        for path in entries
        if not os.path.isfile(path) or path.is_symlink() or path.suffix in SINGLE_FILES
    }


def why_none(folder: Path, found: Found) -> str:
    """Return a sentence for a folder that was named for models and in which none was found."""
    said: list[str] = []
    nothing = _("no model: nothing in it is a part of one (model_index.json, unet, prior …)")
    dull = (nothing, _("no model: it is empty"))
    try:
        entries = sorted(subfolders(folder))[:MOST_NAMED]
        if not any(name[0] != "." for name in os.listdir(folder)):
            return _("There is no model in {folder}: it is empty.").format(folder=folder)
        said = [_why_not(folder)]  # it may be a part of one itself
    except OSError as error:
        return _("There is no model in {folder}: {why}.").format(folder=folder, why=_reason(error))
    if said == [nothing]:
        words = {path.name: _about(path, found) for path in entries if os.path.isdir(path)}
        said = [f"{name}: {why}" for name, why in words.items() if why not in dull][:2] or said
    prefix = _("no model: {why}").format(why="")
    why = "; ".join(one.replace(prefix, "", 1) for one in said).rstrip(".")
    return _("There is no model in {folder}: {why}.").format(folder=folder, why=why)


def _about(path: Path, found: Found) -> str:
    try:
        path.stat()
    except OSError as error:
        nowhere = error.errno in (errno.ENOENT, errno.ENOTDIR, errno.ELOOP)
        return _("a link that leads nowhere") if nowhere else _reason(error)
    if path.is_file():
        if path.suffix in ORIGINALS:
            return _(
                "a single file; the original files of Kandinsky 2.0 and 2.1 become a model with"
                " `kandinsky models convert`"
            )
        return _("a single file, which is not read: a model is a folder, as diffusers saves it")
    if path.name.startswith(OF_CACHE):
        return _("no model: another part of the hub's cache")
    parts = list(_parts(path, found))
    if parts:
        return "; ".join(parts)
    if hub_cache.opened(path) in found.estimators:
        return _("estimates depth")
    try:
        return _why_not(path)
    except OSError as error:
        return _reason(error)


def _parts(path: Path, found: Found) -> Iterator[str]:
    """Yield of which models a folder is one, or a part."""
    for model in found.models:
        if not lies_in(model, path):
            continue
        within = [role for role, one in model.components.items() if _contains(path, one.folder)]
        words = [ROLES[role] for role in within if role in ROLES] or [N_("a part of {model}")]
        if len(within) == len(model.components):
            words = [N_("the model {model}")]
        for one in words:
            yield _(one).format(model=model.name)


def _contains(folder: Path, path: Path) -> bool:
    return folder.absolute() in path.absolute().parents


def _why_not(path: Path) -> str:
    """Say why a folder is no model. Raises OSError."""
    if hub_cache.is_repository(path) and hub_cache.snapshot_of(path) is None:
        return _("no model: it holds no snapshot, so nothing was downloaded to its end")
    home = hub_cache.opened(path)
    said = read_models(home).problems
    if said:
        return _("no model: {why}").format(why=" ".join(said))
    names = sorted(name for name in os.listdir(home) if name[0] != ".")
    if not names:
        return _("no model: it is empty")
    kind = _architecture(home)
    if kind:
        return _("no model: it holds a {kind}, which is not known here").format(kind=kind)
    if "adapter_config.json" in names or any("lora" in name.lower() for name in names):
        return _("no model: an addition to one (LoRA), which is not known here")
    single = next((name for name in names if name.endswith(SINGLE_FILES)), "")
    if single:
        return _(
            "no model: it holds single files such as {name}, which are not read; a model is a"
            " folder, as diffusers saves it"
        ).format(name=single)
    deeper = _deeper(home)
    if deeper is not None:
        return _("no model: what lies in it lies too deep; name {folder} instead").format(
            folder=deeper
        )
    return _("no model: nothing in it is a part of one (model_index.json, unet, prior …)")


def _architecture(home: Path) -> str:
    """Return what transformers calls a network that was saved in a folder; empty if none was."""
    try:
        config = read_config(home / "config.json")
    except ModelProblem:
        return ""
    kinds = config.get("architectures")
    kind = kinds[0] if isinstance(kinds, list) and kinds else config.get("_class_name")
    return str(kind)[:60] if kind else ""


def _deeper(home: Path) -> Path | None:
    """Return the folder to name, where a model lies deeper than is looked."""
    level, looked = [home], 0
    for _depth in range(DEEPEST):
        below: list[Path] = []
        for folder in level:
            looked += 1
            if looked > MOST:
                return None
            try:
                entries = sorted(subfolders(folder))[:MOST]
                has_index = (folder / "model_index.json").is_file()
            except OSError:
                continue
            if folder != home and any(hub_cache.is_repository(path) for path in entries):
                return folder
            if folder != home and has_index:
                return folder.parent
            below += [path for path in entries if not path.is_symlink()]
        level = sorted(below)
    return None


def _reason(error: OSError) -> str:
    return _("it cannot be looked through: {reason}").format(reason=error.strerror or error)
