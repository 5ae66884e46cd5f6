"""What comes among the person's own models: a folder by a link, or what is converted."""

import os
import shutil
import tempfile
from collections.abc import Iterable
from itertools import count
from pathlib import Path

from kandinsky_desktop.domain.converting import MARK
from kandinsky_desktop.domain.errors import ModelProblem
from kandinsky_desktop.domain.families.kandinsky2.recognise import ECLIPSE_TOKENS
from kandinsky_desktop.domain.i18n import _
from kandinsky_desktop.domain.model import Model
from kandinsky_desktop.store import folder_report, hub_cache, places
from kandinsky_desktop.store.components import check_component
from kandinsky_desktop.store.models import Found, find_models
from kandinsky_desktop.store.pickled_weights import pickles_in
from kandinsky_desktop.store.weights import read_config

ECLIPSE = "eclipse_prior"  # the kind of a prior of one pass


def add(folder: Path, known: Iterable[Model] = ()) -> Found:
    """Link to a folder with models, or with their parts, and return what is in it.

    An ECLIPSE prior goes with one of the models that are known: a folder of links to all that both
    are made of. Raises ModelProblem where the folder holds none or is there already; nothing is
    copied or changed.
    """
    folder = folder.resolve()
    found = find_models([folder])
    if not found.models:
        network = _eclipse_in(folder)
        full = None if network is None else _going_with(network, known)
        if network is not None and full is not None:
            return _joined(network, full)
        raise ModelProblem(" ".join(found.problems) or folder_report.why_none(folder, found))
    home = places.user_models()
    if folder.is_relative_to(home.resolve()):
        raise ModelProblem(_("{folder} lies among your models already.").format(folder=folder))
    link = home / folder.name
    if os.path.lexists(link):
        if link.resolve() == folder:
            raise ModelProblem(_("{folder} was added before.").format(folder=folder))
        raise ModelProblem(
            _("There is a {name} among your models already: rename one.").format(name=folder.name)
        )
    home.mkdir(parents=True, exist_ok=True)
    _link(link, folder)
    return found


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
