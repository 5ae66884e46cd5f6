"""`kandinsky models`: what original files become a model's folder."""

import argparse
import sys
from typing import TYPE_CHECKING, Any

from tqdm import tqdm

from kandinsky_desktop.cli.saying import remarks, show_path
from kandinsky_desktop.domain.i18n import _
from kandinsky_desktop.domain.paths import typed_path

if TYPE_CHECKING:
    Added = argparse._SubParsersAction[Any]


def add_to(added: "Added") -> None:
    """Add the command, and what it can do with models."""
    models = added.add_parser(
        "models",
        help=_("turn original files into a model's folder"),
        description=_("Look after models."),
        allow_abbrev=False,
    )
    kinds = models.add_subparsers(required=True, metavar="WHAT")
    converted = kinds.add_parser(
        "convert",
        help=_("make a folder of the original files of Kandinsky 2.0 or 2.1"),
        description=_(
            "Make a folder that models are loaded from of the files that were published in 2022"
            " and 2023. They stay as they are; what was cut off goes on where it was."
        ),
        allow_abbrev=False,
    )
    converted.set_defaults(command=convert)
    converted.add_argument(
        "origin", metavar="FROM", help=_("the folder with the original files, as downloaded")
    )
    converted.add_argument(
        "target", metavar="TO", help=_("a new folder, such as among your models")
    )
    converted.add_argument("--quiet", action="store_true", help=_("no remarks and no bars"))


def convert(args: argparse.Namespace) -> int:
    """Convert a model, and say where it lies."""
    from kandinsky_desktop.engine.converting.convert import convert as convert_files

    target = typed_path(args.target)
    with tqdm(
        total=None, unit="B", unit_scale=True, file=sys.stderr, disable=args.quiet, leave=False
    ) as bar:

        def report(place: str, done: int, whole: int) -> None:
            bar.total = whole
            bar.set_description(place, refresh=False)
            bar.update(done - bar.n)

        version = convert_files(typed_path(args.origin), target, report)
    remarks(quiet=args.quiet)(_("Kandinsky {version} is ready.").format(version=version))
    show_path(target)
    return 0
