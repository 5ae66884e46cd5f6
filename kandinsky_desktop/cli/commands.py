"""The commands that paint: what each takes, and the request it makes of that."""

import argparse
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from kandinsky_desktop.cli import ingredients, mapping, options, painting, strips
from kandinsky_desktop.cli.options import Worded
from kandinsky_desktop.cli.saying import remarks
from kandinsky_desktop.domain.conditioning import (
    USUAL_STRENGTH,
    Conditioning,
    ImagePrompt,
    Interpolation,
    Prompt,
)
from kandinsky_desktop.domain.errors import InvalidRequest
from kandinsky_desktop.domain.fields import declared
from kandinsky_desktop.domain.i18n import N_, _
from kandinsky_desktop.domain.task import Img2Img, Inpaint, Outpaint

if TYPE_CHECKING:
    Added = argparse._SubParsersAction[Any]

Content = dict[str, Any]  # what Paint takes, but for how it samples


@dataclass(frozen=True, slots=True, kw_only=True)
class Command:
    """A command: what it is for, what it takes besides what all take, and what it makes of it."""

    name: str
    about: str
    take: Callable[[argparse.ArgumentParser, Worded], None]  # told whether words must be said
    make: Callable[[argparse.Namespace], Iterable[Content]]
    run: Callable[[argparse.Namespace], int] = painting.paint
    count: str = N_("Pictures")
    fills: bool = False  # a part of a picture, which can be done without words


def add_to(added: "Added", typed: Sequence[str], *, words: Worded) -> None:
    """Add the commands; without `words` those that fill a part of a picture take none.

    What was typed decides what must be said: a request in a file says all of it, and another
    meaning takes the place of words. (argparse's optional arguments without a name would be lost
    behind any option.)
    """
    before = typed[: typed.index("--")] if "--" in typed else typed
    said = {one.partition("=")[0] for one in before}
    for command in COMMANDS:
        parser = added.add_parser(
            command.name,
            help=_(command.about),
            description=_(command.about).capitalize() + ".",
            allow_abbrev=False,
        )
        parser.set_defaults(command=command.run, make=command.make, parser=parser)
        if "--request" not in said:
            spared = {"--like", "--fuse", "--map-only"} & said
            command.take(parser, False if spared else words if command.fills else True)
            options.add_leading(parser)
        options.add_sampling(parser, command.count)
        options.add_engine(parser)
        if command.run is strips.strip:
            strips.add_options(parser)
        options.add_running(parser)


def _take_draw(parser: argparse.ArgumentParser, worded: Worded) -> None:
    del worded
    parser.add_argument("prompt", metavar="PROMPT", help=_("what you want to see"))
    options.add_words(parser)
    options.add_ideas(parser)
    options.add_start(parser)


def _draw(args: argparse.Namespace) -> Iterable[Content]:
    words = Prompt(args.prompt, args.negative_prior or "")
    for start in options.starts(args):
        yield {"conditioning": words, "task": start}


def _take_variation(parser: argparse.ArgumentParser, worded: Worded) -> None:
    del worded
    parser.add_argument(
        "picture", metavar="PICTURE", help=_("or a folder: then each picture in it")
    )
    parser.add_argument("--words", metavar="WORDS", help=_("lead its meaning towards words"))
    options.add_words(parser)
    options.add_field(parser, "strength", declared(ImagePrompt)["strength"], float)
    parser.add_argument(
        "--from-pixels",
        type=options.within(declared(Img2Img)["strength"], float),
        metavar="STRENGTH",
        help=_("start from its pixels too; so much of them may change, up to 1"),
    )
    options.add_fields(parser, Img2Img, ["old_noise"])


def _variation(args: argparse.Namespace) -> Iterable[Content]:
    if args.old_noise is not None and args.from_pixels is None:
        raise InvalidRequest(_("Say with --from-pixels how much of the pixels may change."))
    for picture in ingredients.pictures(args.picture, remarks(quiet=args.quiet)):
        meaning: Conditioning = ImagePrompt(picture)
        if args.words is not None:
            strength = USUAL_STRENGTH if args.strength is None else args.strength
            meaning = ImagePrompt(picture, args.words, args.negative_prior or "", strength)
        elif args.strength is not None or args.negative_prior:
            raise InvalidRequest(_("Say with --words where the meaning is to be led."))
        content: Content = {"conditioning": meaning}
        if args.from_pixels is not None:
            old = {} if args.old_noise is None else {"old_noise": args.old_noise}
            content["task"] = Img2Img(path=picture, strength=args.from_pixels, **old)
        yield content


def _take_inpaint(parser: argparse.ArgumentParser, worded: Worded) -> None:
    parser.add_argument("picture", metavar="PICTURE", help=_("what is to be changed"))
    parser.add_argument(
        "mask",
        metavar="MASK",
        help=_(
            "what is white, or erased, is painted anew; or a folder of masks, one for each picture"
        ),
    )
    options.add_meaning(parser, worded)
    options.add_fields(parser, Inpaint)


def _inpaint(args: argparse.Namespace) -> Iterable[Content]:
    masks = ingredients.pictures(args.mask, remarks(quiet=args.quiet))
    picture = ingredients.existing(args.picture)
    start = Inpaint(path=picture, masks=tuple(masks), **options.given(args, Inpaint))
    meaning = options.meaning(args, picture, holed=True)
    yield {"conditioning": meaning, "task": start, "count": len(masks)}


def _take_outpaint(parser: argparse.ArgumentParser, worded: Worded) -> None:
    parser.add_argument("picture", metavar="PICTURE", help=_("what is to grow"))
    options.add_meaning(parser, worded)
    options.add_fields(parser, Outpaint)


def _outpaint(args: argparse.Namespace) -> Iterable[Content]:
    picture = ingredients.existing(args.picture)
    start = Outpaint(path=picture, **options.given(args, Outpaint))
    yield {"conditioning": options.meaning(args, picture), "task": start}


def _take_fuse(parser: argparse.ArgumentParser, worded: Worded) -> None:
    del worded
    parser.add_argument(
        "things",
        nargs="+",
        metavar="THING",
        help=_('such as cat.png:0.6 or "oil painting":0.4; text: file: meaning: force what it is'),
    )
    options.add_blend(parser, "shares")
    options.add_start(parser)


def _fuse(args: argparse.Namespace) -> Iterable[Content]:
    fusion = options.fusion(args.things, args)
    for start in options.starts(args):
        yield {"conditioning": fusion, "task": start}


def _take_depth(parser: argparse.ArgumentParser, worded: Worded) -> None:
    parser.add_argument(
        "map", metavar="MAP", help=_("near is white; or, with --estimate, a picture")
    )
    options.add_meaning(parser, worded, fills=False)
    options.add_start(parser)
    mapping.add_options(parser)


def _depth(args: argparse.Namespace) -> Iterable[Content]:
    meaning, depth = options.meaning(args), mapping.asked(args)
    for start in options.starts(args):
        yield {"conditioning": meaning, "task": start, "depth": depth}


def _take_strip(parser: argparse.ArgumentParser, worded: Worded) -> None:
    del worded
    for name in ("first", "last"):
        parser.add_argument(
            name, metavar="THING", help=_("words, a picture or a saved meaning, as in fuse")
        )
    options.add_blend(parser, "slerp")
    options.add_start(parser)


def _strip(args: argparse.Namespace) -> Iterable[Content]:
    meaning = Interpolation(
        start=ingredients.source(args.first),
        end=ingredients.source(args.last),
        **options.blended(args),
    )
    for start in options.starts(args):
        yield {"conditioning": meaning, "task": start, "count": strips.FRAMES}


COMMANDS = (
    Command(name="draw", about=N_("paint words"), take=_take_draw, make=_draw),
    Command(
        name="variation",
        about=N_("paint what a picture means"),
        take=_take_variation,
        make=_variation,
    ),
    Command(
        name="inpaint",
        about=N_("paint a part of a picture anew"),
        take=_take_inpaint,
        make=_inpaint,
        fills=True,
    ),
    Command(
        name="outpaint",
        about=N_("let a picture grow"),
        take=_take_outpaint,
        make=_outpaint,
        fills=True,
    ),
    Command(
        name="fuse",
        about=N_("paint a mixture of pictures and words"),
        take=_take_fuse,
        make=_fuse,
    ),
    Command(
        name="depth",
        about=N_("paint along a depth map"),
        take=_take_depth,
        make=_depth,
        run=mapping.depth,
    ),
    Command(
        name="strip",
        about=N_("paint the way from one thing to another"),
        take=_take_strip,
        make=_strip,
        run=strips.strip,
        count=N_("Frames"),
    ),
)
