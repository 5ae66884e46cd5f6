"""`kandinsky strip`: the way from one meaning to another, as frames, a contact sheet or a film."""

import argparse
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from kandinsky_desktop.cli import asking, ending, painting
from kandinsky_desktop.cli.saying import show_path, tell, usage
from kandinsky_desktop.domain.conditioning import Interpolation
from kandinsky_desktop.domain.errors import InvalidRequest, SavingFailed
from kandinsky_desktop.domain.i18n import _, ngettext
from kandinsky_desktop.domain.paths import typed_path
from kandinsky_desktop.domain.record import Record
from kandinsky_desktop.engine.unsaved_pictures import UnsavedPictures
from kandinsky_desktop.store import contact_sheet, pictures, places
from kandinsky_desktop.store.pictures import Finished

if TYPE_CHECKING:
    from PIL.Image import Image

    from kandinsky_desktop.engine.engine import Engine
    from kandinsky_desktop.raster.even_steps import Broad

FRAMES = 9
Frame = tuple["Image", Record, bytes]
"""A picture of a strip, how it was made, and its meaning."""


def add_options(parser: argparse.ArgumentParser) -> None:
    """Add how fast a film runs."""
    parser.add_argument(
        "--fps",
        type=_frames_a_second,
        default=8.0,
        metavar="N",
        help=_("frames a second, where -o names a .gif or .webp"),
    )
    parser.add_argument(
        "--even",
        action="store_true",
        help=_("paint it twice, the second time with more frames where it changed most"),
    )


def strip(args: argparse.Namespace) -> int:
    """Paint the frames; save them with a sheet or, where -o names a file, that file alone."""
    with usage(args.parser):
        orders = painting.ordered(args)
        if any(order.request.count < 2 for order in orders) or len(orders) > 1:
            raise InvalidRequest(_("A strip has at least two frames, and is one request."))
        if args.even and not isinstance(orders[0].request.conditioning, Interpolation):
            raise InvalidRequest(_("Only the way from one meaning to another can be made even."))
        if args.even and args.print_request:
            raise InvalidRequest(_("Where even steps lie is known only once they are painted."))
        if args.print_request:
            return asking.show([order.request for order in orders])
        alone = args.output is not None and not painting.names_a_folder(args.output)
        save_all = _file(args, orders[0].request.files) if alone else _sheet(args)
        save = None if alone else painting.destination(args.output, FRAMES)
        engine = painting.make_engine(args.device, args.threads)

    frames: list[Image] = []
    unsaved: list[Frame] = []  # those that only the one file will hold, or were painted to look at
    stem = ""

    def deliver(image: "Image", record: Record, meaning: bytes) -> None:
        nonlocal stem
        stem = stem or pictures.stem(record).removesuffix("-01")
        frames.append(image)
        if save is None:
            unsaved.append((image, record, meaning))
            return
        show_path(painting.saved(painting.finished(args, image, record, meaning), save))

    try:
        if args.even:
            orders = [_evened(args, orders[0], engine, unsaved)]
        painting.run(args, orders, engine, deliver, again=args.even)
        path = save_all(frames, stem)
    except SavingFailed:
        raise  # what could not be saved is rescued
    except BaseException:  # whatever it was
        with ending.not_now():
            _rescue([painting.finished(args, *frame) for frame in unsaved])
        raise
    show_path(path)
    return 0


def _evened(
    args: argparse.Namespace, order: painting.Order, engine: "Engine", unsaved: list[Frame]
) -> painting.Order:
    """Paint a strip to look at, and return it with its frames where they differ evenly."""
    from kandinsky_desktop.raster.even_steps import broad_colours, even_places

    seen: list[Broad] = []

    def look(image: "Image", record: Record, meaning: bytes) -> None:
        seen.append(broad_colours(image))
        unsaved.append((image, record, meaning))

    painting.run(args, [order], engine, look)
    way = order.request.conditioning
    assert isinstance(way, Interpolation)
    count = order.request.count
    places = even_places(seen, [way.place_of(index, count) for index in range(count)])
    return replace(order, request=replace(order.request, conditioning=replace(way, places=places)))


def _rescue(frames: Sequence[Finished]) -> None:
    """Save the finished frames of an interrupted strip as pictures, and say where."""
    kept = UnsavedPictures(places.rescue())
    for frame in frames:
        kept.hold(frame)
    for folder, number in Counter(path.parent for path in kept.rescue()).items():
        words = ngettext(
            "The frame that was made lies in {folder}.",
            "The {number} frames that were made lie in {folder}.",
            number,
        )
        tell(words.format(number=number, folder=folder))


def _file(
    args: argparse.Namespace, sources: Iterable[Path]
) -> Callable[[Sequence["Image"], str], Path]:
    """Return what saves all frames in the one file that was named.

    Raises InvalidRequest, SavingFailed.
    """
    path = typed_path(args.output)
    suffix = path.suffix.lower()
    if suffix not in (".png", *contact_sheet.FILMS):
        raise InvalidRequest(
            _(
                "A strip is written as .png, .gif or .webp, or into a folder; {name} is none."
            ).format(name=path.name)
        )
    painting.check_target(path, sources)

    def save(frames: Sequence["Image"], stem: str) -> Path:
        moving = suffix in contact_sheet.FILMS
        data = (
            contact_sheet.film(frames, suffix, args.fps) if moving else contact_sheet.sheet(frames)
        )
        return painting.saved(Finished(stem, data), partial(pictures.save_as, path=path))

    return save


def _sheet(args: argparse.Namespace) -> Callable[[Sequence["Image"], str], Path]:
    folder = painting.folder_for(args.output)

    def save(frames: Sequence["Image"], stem: str) -> Path:
        finished = Finished(f"{stem}-sheet", contact_sheet.sheet(frames))
        return painting.saved(finished, partial(pictures.save, folder=folder))

    return save


def _frames_a_second(text: str) -> float:
    try:
        number = float(text)
    except ValueError:
        number = 0
    if not 0.1 <= number <= 50:
        raise argparse.ArgumentTypeError(f"0.1 – 50: {text}")
    return number
