"""`kandinsky depth`: pictures along a depth map, or the map alone."""

import argparse
from io import BytesIO

from kandinsky_desktop.cli import ingredients, painting
from kandinsky_desktop.cli.saying import show_path, usage
from kandinsky_desktop.domain.errors import ModelProblem
from kandinsky_desktop.domain.fields import declared
from kandinsky_desktop.domain.i18n import _
from kandinsky_desktop.domain.task import NO_ESTIMATOR, Depth
from kandinsky_desktop.store import pictures, places


def add_options(parser: argparse.ArgumentParser) -> None:
    """Add how a depth map is read, and that it alone is wanted."""
    for name, about in declared(Depth).items():
        parser.add_argument(f"--{name}", action="store_true", help=_(about.label))
    parser.add_argument(
        "--map-only",
        action="store_true",
        help=_("estimate the map of a picture and write it down; paint nothing"),
    )


def asked(args: argparse.Namespace) -> Depth:
    """Return the depth map that was asked for."""
    estimate = args.estimate or args.map_only
    return Depth(path=ingredients.existing(args.map), estimate=estimate, flip=args.flip)


def depth(args: argparse.Namespace) -> int:
    """Paint along a map, or write down the map of a picture."""
    return _map_only(args) if getattr(args, "map_only", False) else painting.paint(args)


def _map_only(args: argparse.Namespace) -> int:
    wanted = asked(args)
    with usage(args.parser):
        save = painting.destination(args.output, 1, [wanted.path])
        painting.make_engine(args.device, args.threads)  # so that torch has its threads
    from kandinsky_desktop.engine.depth import depth_map

    estimators = painting.estimators(args)
    if not estimators:
        raise ModelProblem(_(NO_ESTIMATOR))
    image = depth_map(wanted.path, estimators[0], places.cache(), flip=wanted.flip)
    stream = BytesIO()
    image.save(stream, "PNG")
    map_of_it = pictures.Finished(f"{wanted.path.stem}-depth", stream.getvalue())
    show_path(painting.saved(map_of_it, save))
    return 0
