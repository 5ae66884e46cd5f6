"""What comes among the person's own models: a folder by a link, or what is converted."""

import os
import shutil
import tempfile
from collections.abc import Iterable
from dataclasses import replace
from itertools import count
from pathlib import Path

from kandinsky_desktop.domain.converting import MARK
from kandinsky_desktop.domain.errors import ModelProblem
from kandinsky_desktop.domain.families.kandinsky2.recognise import ECLIPSE_TOKENS
from kandinsky_desktop.domain.i18n import _
from kandinsky_desktop.domain.model import Model
from kandinsky_desktop.store import folder_report, hub_cache, places
from kandinsky_desktop.store.components import check_component
from kandinsky_desktop.store.models import Found, find_models, folders_of, read_models
from kandinsky_desktop.store.pickled_weights import pickles_in
from kandinsky_desktop.store.weights import read_config

ECLIPSE = "eclipse_prior"  # the kind of a prior of one pass


def add(folder: Path, known: Iterable[Model] = ()) -> Found:
    """Link to a folder with models, their parts or estimators of depth; return what is in it.

    Where they lie deeper in it than a link is looked into, the links are to the folders in it. An
    ECLIPSE prior goes with one of the models that are known: a folder of links to all that both are
    made of. Raises ModelProblem where the folder holds none or is there already; nothing is copied
    or changed.
    """
    folder = folder.resolve()
    found = find_models([folder])
    if not found.models and not found.estimators:
        network = _eclipse_in(folder)
        full = None if network is None else _going_with(network, known)
        if network is not None and full is not None:
            return _joined(network, full)
        raise ModelProblem(" ".join(found.problems) or folder_report.why_none(folder, found))
    home = places.user_models()
    if folder.is_relative_to(home.resolve()):
        raise ModelProblem(_("{folder} lies among your models already.").format(folder=folder))
    wanted = {home / _name(place): place for place in _places(folder, found)}
    new = {link: place for link, place in wanted.items() if link.resolve() != place.resolve()}
    if not new:
        raise ModelProblem(_("{folder} was added before.").format(folder=folder))
    for link in filter(os.path.lexists, new):
        raise ModelProblem(
            _("There is a {name} among your models already: rename one.").format(name=link.name)
        )
    home.mkdir(parents=True, exist_ok=True)
    made: list[Path] = []
    try:
        for link, place in new.items():
            _link(link, place)
            made.append(link)
        return _found_again(found, folder, made)
    except BaseException:
        for link in made:
            link.unlink(missing_ok=True)
        raise


def _places(folder: Path, found: Found) -> list[Path]:
    """Return what is to be linked to: the folder, or those in it in which its models are found.

    Of the hub's cache the repositories, each under its name, that a model is made of.
    """
    if hub_cache.opened(folder) in found.estimators:
        return [folder]
    if hub_cache.repository_of(folder) is not None:
        parts = (one.folder for model in found.models for one in model.components.values())
        repositories = {hub_cache.repository_of(part) for part in parts} - {None}
        return [folder] if len(repositories) < 2 else sorted(filter(None, repositories))
    near = {folders_of(model) for model in read_models(folder).models}
    deeper = [model.root for model in found.models if folders_of(model) not in near]
    deeper += found.estimators  # which are looked for in folders of home, and no deeper
    below = {folder / root.relative_to(folder).parts[0] for root in deeper}
    return [*([folder] if near else []), *sorted(below)]


def _name(place: Path) -> str:
    """Return what a link is called: as the folder is, or its drive, but never hidden."""
    letters = "".join(sign for sign in place.anchor if sign.isalnum())
    return place.name.lstrip(".") or letters or "models"


def _found_again(found: Found, folder: Path, links: list[Path]) -> Found:
    """Return what is in a folder as it is found by links. Raises ModelProblem if not all is."""
    there = find_models([places.user_models()])
    wanted = {_deciding(model) for model in found.models}
    models = tuple(model for model in there.models if _deciding(model) in wanted)
    seers = {one.resolve() for one in found.estimators}
    estimators = tuple(one for one in there.estimators if one.resolve() in seers)
    if wanted - {_deciding(model) for model in models} or len(estimators) < len(seers):
        told = [one for one in there.problems if any(str(link) in one for link in links)]
        words = _("{folder} cannot be used by a link: name it in the settings.")
        raise ModelProblem(" ".join(told) or words.format(folder=folder))
    return replace(found, models=models, estimators=estimators)


def _deciding(model: Model) -> frozenset[Path]:
    """Return where that lies which makes a model another one."""
    parts = model.components
    return frozenset(parts[role].folder.resolve() for role in ("prior", "unet") if role in parts)


def _link(link: Path, folder: Path) -> None:
    try:
        link.symlink_to(folder, target_is_directory=folder.is_dir())
    except OSError as error:  # Windows lets only some people make links
        raise ModelProblem(
            _("No link to {folder} can be made here ({reason}): name it in the settings.").format(
                folder=folder, reason=error.strerror or error
            )
        ) from error


def _eclipse_in(folder: Path) -> Path | None:
    """Return the folder of the ECLIPSE prior that lies in a folder by itself; None: none does."""
    for place in (folder, folder / "prior"):
        try:
            check_component(ECLIPSE, place)
            if read_config(place / "config.json").get("additional_embeddings") == ECLIPSE_TOKENS:
                return place
        except ModelProblem:
            continue
    return None


def _going_with(network: Path, known: Iterable[Model]) -> Model | None:
    """Return the first model with a full prior whose decoder takes what an ECLIPSE prior makes."""
    width = read_config(network / "config.json").get("embedding_dim")
    for model in known:
        prior = model.components.get("prior")
        is_22 = model.family == "kandinsky2" and "decoder_text_encoder" not in model.components
        if is_22 and prior is not None and prior.kind != ECLIPSE and model.width == width:
            return model
    return None


def _joined(network: Path, full: Model) -> Found:
    """Make a folder of links to an ECLIPSE prior and to all of a model but its full prior."""
    home, parts = places.user_models(), full.components
    name = f"{full.name.rpartition('/')[2]} ECLIPSE"
    for number in count(1):
        target = home / (name if number == 1 else f"{name} {number}")
        if not os.path.lexists(target):
            break
        if (target / "eclipse").resolve() == network.resolve():
            raise ModelProblem(_("{folder} was added before.").format(folder=network))
    home.mkdir(parents=True, exist_ok=True)
    begun = Path(tempfile.mkdtemp(prefix=".adding-", dir=home))
    try:
        begun.chmod(0o755)
        (begun / "texts").mkdir()
        for role in ("text_encoder", "tokenizer", "image_encoder", "image_processor", "black"):
            if role in parts:
                folder = parts[role].folder
                _link(begun / "texts" / folder.name, folder.absolute())
        places_of = {"unet": "decoder", "inpaint unet": "inpaint", "depth unet": "depth"}
        for role, place in places_of.items():
            if role in parts:
                _link(begun / place, parts[role].folder.parent.absolute())
        _link(begun / "eclipse", network.absolute())
        begun.rename(target)
    except BaseException:
        shutil.rmtree(begun, ignore_errors=True)  # links alone
        raise
    return find_models([target])


def place_for(origin: Path) -> Path:
    """Return the folder, among the person's models, for what is made of original files.

    The one that was begun from them, or a new one that is called as they are. Pickles in diffusers'
    layout stay where they are, among the parts that they go with, and so does what is made of them.
    """
    if hub_cache.repository_of(origin.resolve()) is None and pickles_in(origin):
        return origin
    home, name = places.user_models(), origin.resolve().name or "Kandinsky"
    for number in count(1):
        target = home / (name if number == 1 else f"{name} {number}")
        if not os.path.lexists(target):
            return target
        try:
            begun = (target / MARK).read_text("utf-8", "replace")
        except OSError:
            continue  # another model's
        if begun == str(origin.resolve()):
            return target
    raise AssertionError
