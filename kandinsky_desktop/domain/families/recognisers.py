"""What recognises the models of each family by a tree of configs, and names folders of others."""

from collections.abc import Callable
from pathlib import Path

from kandinsky_desktop.domain.families.kandinsky2 import recognise as kandinsky2
from kandinsky_desktop.domain.families.kandinsky20 import recognise as kandinsky20
from kandinsky_desktop.domain.families.stable_diffusion import recognise as stable_diffusion
from kandinsky_desktop.domain.i18n import _
from kandinsky_desktop.domain.model import Survey, Tree

RECOGNISERS: dict[str, Callable[[Path, Tree], Survey]] = {
    "kandinsky2": kandinsky2.survey,
    "kandinsky20": kandinsky20.survey,
    "stable_diffusion": stable_diffusion.survey,
}


def survey(root: Path, tree: Tree) -> Survey:
    """Return all that is recognised in a folder; of a pipeline of another kind, what it is."""
    found = [recognise(root, tree) for recognise in RECOGNISERS.values()]
    models = tuple(model for one in found for model in one.models)
    problems = tuple(problem for one in found for problem in one.problems)
    foreign = next((one.foreign for one in found if one.foreign), "")
    kind = tree.get(".", {}).get("_class_name")
    if not models and not problems and isinstance(kind, str):
        foreign = _(
            "{root} holds a {kind}, which is not known here: Kandinsky 2.0, 2.1 and 2.2 and"
            " Stable Diffusion 1 and 2 are."
        ).format(root=root, kind=kind[:60])
        problems = (foreign,)
    return Survey(models, problems, frozenset().union(*(one.parts for one in found)), foreign)
