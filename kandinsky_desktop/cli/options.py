"""The options that commands share, and what of a request is read from them.

Not given, an option is None: then the model's own default holds, or the request's in `--request`.
"""

import argparse
import os
from collections.abc import Callable, Container, Sequence
from dataclasses import fields, replace
from pathlib import Path
from typing import Any

from kandinsky_desktop.cli import ingredients
from kandinsky_desktop.cli.saying import Remark, remarks
from kandinsky_desktop.domain.catalog import Size, fitted, most_alike
from kandinsky_desktop.domain.conditioning import BLENDS, Conditioning, ImagePrompt, Mix, Prompt
from kandinsky_desktop.domain.errors import InvalidRequest
from kandinsky_desktop.domain.fields import About, check_text, declared, plain_number
from kandinsky_desktop.domain.i18n import N_, _
from kandinsky_desktop.domain.limits import MOST_THREADS
from kandinsky_desktop.domain.model import Model
from kandinsky_desktop.domain.paths import typed_path
from kandinsky_desktop.domain.request import (
    MOST_PICTURES,
    NEGATIVES,
    RANDOM_SEED,
    Paint,
    Sampling,
    drawn,
)
from kandinsky_desktop.domain.schedulers import (
    NO_ETA,
    NO_THRESHOLDING,
    WITH_ETA,
    WITH_THRESHOLDING,
)
from kandinsky_desktop.domain.task import Img2Img, Inpaint, Outpaint, Task, TextToImage

Worded = bool | None  # whether words must be said; None: they may be
SET_BY_ONE = ("prior_seed", "seed")  # options of their own, and --seed for both
OPTIONS = {  # as they are called on the screen too; other fields have an option of their name
    "prior_seed": "--idea-seed",
    "seed": "--detail-seed",
    "shared_prior_seed": "--one-idea",
    "candidates": "--ideas",
    "decoder_prompt": "--anchor",
    "negative_decoder_prompt": "--anchor-away",
}


def named(text: str) -> str:
    """Return a file's or a folder's name as it was typed; an empty one is a variable's not set.

    Raises ArgumentTypeError.
    """
    if not text.strip():
        raise argparse.ArgumentTypeError(_not(_("a name"), text))
    return text


def named_path(text: str) -> Path:
    """Return the path that was typed, likewise."""
    return typed_path(named(text))


def add_running(parser: argparse.ArgumentParser) -> None:
    """Add where it runs, and where pictures go."""
    parser.add_argument(
        "-o",
        dest="output",
        type=named,
        metavar="PATH",
        help=_("a .png file, or a folder for pictures; by default the usual folder"),
    )
    parser.add_argument("--quiet", action="store_true", help=_("no progress, no remarks"))
    add_models(parser)


def add_models(parser: argparse.ArgumentParser) -> None:
    """Add where models are looked for."""
    parser.add_argument(
        "--models", type=named_path, metavar="FOLDER", help=_("look for models here first")
    )


def add_engine(parser: argparse.ArgumentParser) -> None:
    """Add the device and its threads."""
    parser.add_argument(
        "--device", choices=("cpu", "cuda", "mps"), help=_("by default the fastest")
    )
    parser.add_argument(
        "--threads",
        type=_threads,
        default=os.cpu_count() or 1,
        metavar="N",
        help=_("threads of the processor; by default all"),
    )


def add_sampling(parser: argparse.ArgumentParser, count: str = N_("Pictures")) -> None:
    """Add what may be said beside any request: how many, by which model, how it samples."""
    parser.add_argument(
        "-n", dest="count", type=whole, metavar="N", help=f"{_(count)}, 1 – {MOST_PICTURES}"
    )
    parser.add_argument("--model", metavar="NAME", help=_("by default the first found"))
    parser.add_argument(
        "--seed",
        dest="both_seeds",
        type=seed,
        metavar="N",
        help=_("sets both seeds; by default, and where it is -1, they are random"),
    )
    add_fields(parser, Sampling)
    parser.add_argument(
        "--no-meaning",
        dest="keep_embedding",
        action="store_false",
        help=_("the picture's meaning does not travel in its file"),
    )
    parser.add_argument(
        "--request", metavar="FILE", help=_("what to paint, as JSON; - reads it from stdin")
    )
    parser.add_argument(
        "--print-request", action="store_true", help=_("print what would be painted, as JSON")
    )


def add_fields(
    parser: argparse.ArgumentParser, kind: type[Any], only: Sequence[str] | None = None
) -> None:
    """Add an option for each declared field of a dataclass, or for some."""
    for field in fields(kind):
        about = declared(kind).get(field.name)
        if about and (only is None or field.name in only):
            add_field(parser, field.name, about, type(field.default))


def add_field(parser: argparse.ArgumentParser, name: str, about: About, kind: type[Any]) -> None:
    """Add an option for a declared field; not given, it is None."""
    option = OPTIONS.get(name, f"--{name.replace('_', '-')}")
    words = f"{_(about.label)}. {_(about.help)}".replace("%", "%%").strip()
    if kind is bool:
        parser.add_argument(option, dest=name, action=argparse.BooleanOptionalAction, help=words)
        return
    names = [one.value for one in about.choices]
    typed: dict[type[Any], Callable[[str], Any]] = {int: whole, float: decimal}
    if name in SET_BY_ONE:
        typed[int], words = seed, f"{words} {_('-1: a random one.')}"
    elif option in OPTIONS.values() and kind in typed:
        typed[kind] = within(about, kind)
    if names:
        words = f"{words} {_('One of:')} {', '.join(names)}."
    parser.add_argument(
        option,
        dest=name,
        type=typed.get(kind, kind),
        choices=names or None,
        metavar="NAME" if names else ("WORDS" if kind is str else about.unit.upper() or "N"),
        help=words,
    )


def add_leading(parser: argparse.ArgumentParser) -> None:
    """Add what leads the decoder besides the meaning."""
    away = parser.add_mutually_exclusive_group()
    away.add_argument(
        "--away-words",
        "--negative-decoder",
        metavar="WORDS",
        help=help_of(NEGATIVES["negative_decoder"]),
    )
    away.add_argument(
        "--away-picture",
        metavar="PICTURE",
        help=_("a picture or a saved meaning that the decoder leads away from"),
    )
    anchors = declared(Paint)
    for name in ("decoder_prompt", "negative_decoder_prompt"):
        add_field(parser, name, anchors[name], str)


def add_words(parser: argparse.ArgumentParser) -> None:
    """Add what only the prior needs."""
    parser.add_argument(
        "--negative-prior", metavar="WORDS", help=help_of(NEGATIVES["negative_prior"])
    )
    parser.add_argument(
        OPTIONS["shared_prior_seed"],
        dest="shared_prior_seed",
        action="store_true",
        help=help_of(declared(Paint)["shared_prior_seed"]),
    )


def add_ideas(parser: argparse.ArgumentParser) -> None:
    """Add choosing among many ideas of words."""
    add_field(parser, "candidates", declared(Paint)["candidates"], int)


def add_blend(parser: argparse.ArgumentParser, usual: str) -> None:
    """Add how a fusion blends."""
    parser.add_argument(
        "--blend",
        choices=[one.value for one in BLENDS],
        help=_(
            "shares: weights are brought to 1 in all; sum: as the original; slerp: two, on an arc."
            " By default {usual}."
        ).format(usual=usual),
    )
    parser.add_argument(
        "--restore", action="store_true", help=_("scale the mixture to the usual length")
    )


def add_start(parser: argparse.ArgumentParser) -> None:
    """Add a picture to start from."""
    parser.add_argument(
        "--start",
        metavar="PICTURE",
        help=_("start from this picture instead of noise; or a folder: from each one in it"),
    )
    add_fields(parser, Img2Img)


def add_meaning(parser: argparse.ArgumentParser, worded: Worded, *, fills: bool = True) -> None:
    """Add words, and meanings that take their place; what `fills` a part tells of going without."""
    if worded is not False:
        words = _("what you want to see")
        if fills:
            words = _(
                "what you want to see; a hole or border without words is filled by what is around"
            )
        many = None if worded else "?"
        parser.add_argument("words", nargs=many, default="", metavar="WORDS", help=words)
    add_words(parser)
    other = parser.add_mutually_exclusive_group()
    other.add_argument(
        "--like", metavar="PICTURE", help=_("mean what this picture means, instead of words")
    )
    other.add_argument(
        "--fuse",
        nargs="+",
        metavar="THING",
        help=_("mean a fusion, as in the command fuse, instead of words"),
    )
    add_blend(parser, "shares")


def help_of(about: About) -> str:
    """Return a field's help as argparse takes it."""
    return _(about.help).replace("%", "%%")


# what was said


def given(
    args: argparse.Namespace, kind: type[Any], only: Sequence[str] | None = None
) -> dict[str, Any]:
    """Return the fields of a dataclass, or some of them, that were given as options."""
    names = declared(kind) if only is None else only
    said = {name: getattr(args, name, None) for name in names}
    return {name: value for name, value in said.items() if value is not None}


def meaning(
    args: argparse.Namespace, picture: Path | None = None, *, holed: bool = False
) -> Conditioning:
    """Return what is meant where words, a picture or a fusion can be said.

    Without words it is what the `picture` means, if there is one, whose part is painted; where it
    is `holed`, without what was in the hole.
    """
    if args.negative_prior and (args.like is not None or args.fuse is not None):
        raise InvalidRequest(_("--negative-prior is about words, and none are painted."))
    if args.fuse is not None:
        return fusion(args.fuse, args)
    if args.blend is not None or args.restore:
        raise InvalidRequest(
            _("--{option} is about a fusion: name its parts with --fuse.").format(
                option="restore" if args.restore else "blend"
            )
        )
    if args.like is not None:
        return ingredients.pictured(args.like)
    words = getattr(args, "words", "")
    if picture is None or words.strip():
        return Prompt(words, args.negative_prior or "")
    if args.negative_prior:
        raise InvalidRequest(_("--negative-prior is about words, and none are painted."))
    return ImagePrompt(picture, without_hole=holed)


def fusion(typed: Sequence[str], args: argparse.Namespace) -> Mix:
    """Return the fusion of what was typed."""
    return Mix(ingredients=tuple(map(ingredients.ingredient, typed)), **blended(args))


def blended(args: argparse.Namespace) -> dict[str, Any]:
    """Return how a mixture blends, as a fusion and a passage take it."""
    said = {} if args.blend is None else {"blend": args.blend}
    return said | {"restore": args.restore}


def leading(args: argparse.Namespace) -> dict[str, Any]:
    """Return what leads the decoder besides the meaning, as Paint takes it."""
    away: Conditioning | None = None
    if args.away_picture is not None:
        away = ingredients.pictured(args.away_picture)
    elif args.away_words is not None and args.away_words.strip():
        check_text(args.away_words, NEGATIVES["negative_decoder"])  # not as a prompt
        away = Prompt(args.away_words)
    found: dict[str, Any] = {
        "negative": away,
        "shared_prior_seed": getattr(args, "shared_prior_seed", False),
    }
    for name in ("decoder_prompt", "negative_decoder_prompt", "candidates"):
        value = getattr(args, name, None)
        if value is not None:
            found[name] = value
    return found


def starts(args: argparse.Namespace) -> list[Task]:
    """Return the pictures to start from, or noise."""
    said = given(args, Img2Img)
    if args.start is not None:
        found = ingredients.pictures(args.start, remarks(quiet=args.quiet))
        return [Img2Img(path=path, **said) for path in found]
    if said:
        raise InvalidRequest(
            _("--{option} is about a picture to start from: name it with --start.").format(
                option=next(iter(said)).replace("_", "-")
            )
        )
    return [TextToImage()]


def sampling(
    args: argparse.Namespace,
    model: Model,
    start: Task,
    remark: Remark,
    *,
    base: Sampling | None = None,
    shape: Size | None = None,
) -> Sampling:
    """Return the sampling: from options, else from `base`, else the model's defaults.

    With a `shape` and no size given, the offered size with the most similar aspect ratio is taken.
    Values that the model cannot do are replaced, and options without effect kept, each with a
    remark. Raises InvalidRequest.
    """
    said = given(args, Sampling)
    for name in SET_BY_ONE:
        if name not in said and (args.both_seeds is not None or base is None):
            said[name] = RANDOM_SEED if args.both_seeds is None else args.both_seeds
    said |= {name: drawn(said[name]) for name in SET_BY_ONE if name in said}
    if shape is not None and not {"width", "height"} & set(said):
        alike = most_alike(shape, model)
        said |= {"width": alike.width, "height": alike.height}
    wanted = replace(base or model.profile.sampling, **said)
    if base is not None and not said:
        return base
    vain = in_vain(wanted, start)
    for name, about in declared(Sampling).items():
        if name in vain and said.get(name):
            remark(_("{label} changes nothing. {why}").format(label=_(about.label), why=vain[name]))
    return fitted_aloud(wanted, model, remark, vain)


def fitted_aloud(
    wanted: Sampling, model: Model, remark: Remark, vain: Container[str] = ()
) -> Sampling:
    """Return what a model can do that is nearest, with a remark on each field but `vain` ones."""
    painted = fitted(wanted, model)
    for name, about in declared(Sampling).items():
        old, new = getattr(wanted, name), getattr(painted, name)
        if old != new and name not in vain:
            remark(
                _("{label}: {new} instead of {old}, which {model} cannot do.").format(
                    label=_(about.label), new=new, old=old, model=model.name
                )
            )
    return painted


def in_vain(sampling: Sampling, start: Task) -> dict[str, str]:
    """Return the fields that change nothing, each with a sentence that says why."""
    why: dict[str, str] = {}
    if sampling.scheduler not in WITH_ETA:
        why["eta"] = _(NO_ETA)
    if sampling.scheduler not in WITH_THRESHOLDING:
        why["thresholding"] = _(NO_THRESHOLDING)
    if isinstance(start, Inpaint | Outpaint):
        own = _("A part of a picture is painted at a size of its own.")
        why |= {"width": own, "height": own}
    return why


def whole(text: str) -> int:
    """Return a whole number that was typed, or raise what argparse says as it stands."""
    try:
        return int(text)
    except ValueError as error:
        raise argparse.ArgumentTypeError(_not(_("a whole number"), text)) from error


def decimal(text: str) -> float:
    """Return a number that was typed, or raise what argparse says as it stands."""
    try:
        return float(text)
    except ValueError as error:
        raise argparse.ArgumentTypeError(_not(_("a number"), text)) from error


def _not(expected: str, text: str) -> str:
    return _("{expected}, not {given}").format(expected=expected, given=f"{text[:40]!r}")


def within(about: About, kind: type[int] | type[float]) -> Callable[[str], float]:
    """Return what reads a number for a field under an option of another name than the field's.

    Where it lies outside the field's limits the option is named, and not the field.
    """

    def read(text: str) -> float:
        value = whole(text) if kind is int else decimal(text)
        if not about.low <= value <= about.high:
            raise argparse.ArgumentTypeError(
                _("it must lie between {low} and {high}; {held} does not.").format(
                    low=plain_number(about.low),
                    high=plain_number(about.high),
                    held=text.strip()[:40],
                )
            )
        return value

    return read


def seed(text: str) -> int:
    """Return a seed that was typed, RANDOM_SEED too; else raise what argparse says as it stands."""
    value, about = whole(text), declared(Sampling)["seed"]
    if value != RANDOM_SEED and not about.low <= value <= about.high:
        raise argparse.ArgumentTypeError(
            _("a number from {low} to {high}, or -1 for a random one; not {given}").format(
                low=plain_number(about.low), high=plain_number(about.high), given=value
            )
        )
    return value


def _threads(text: str) -> int:
    threads = whole(text)
    if not 1 <= threads <= MOST_THREADS:
        expected = _("a number from 1 to {most}").format(most=MOST_THREADS)
        raise argparse.ArgumentTypeError(_not(expected, text))
    return threads
