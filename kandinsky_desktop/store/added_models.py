"""What comes among the person's own models: a folder by a link, or what is converted."""

import os
from itertools import count
from pathlib import Path

from kandinsky_desktop.domain.converting import MARK
from kandinsky_desktop.domain.errors import ModelProblem
from kandinsky_desktop.domain.i18n import _
from kandinsky_desktop.store import folder_report, places
from kandinsky_desktop.store.models import Found, find_models


def add(folder: Path) -> Found:
    """Link to a folder with models, or with their parts, and return what is in it.

    Raises ModelProblem where it holds none or is there already; nothing is copied or changed.
    """
    folder = folder.resolve()
    found = find_models([folder])
    if not found.models:
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
    try:
        link.symlink_to(folder, target_is_directory=True)
    except OSError as error:  # Windows lets only some people make links
        raise ModelProblem(
            _("No link to {folder} can be made here ({reason}): name it in the settings.").format(
                folder=folder, reason=error.strerror or error
            )
        ) from error
    return found


def place_for(origin: Path) -> Path:
    """Return the folder, among the person's models, for what is made of original files.

    The one that was begun from them, or a new one that is called as they are.
    """
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
