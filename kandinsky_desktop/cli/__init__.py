"""The same work from a terminal: `kandinsky draw`, `replay` and `doctor`.

Stdout carries results alone: the absolute path of each picture on a line of its own, as soon as it
is on disk. All else goes to stderr. Exit codes: 0 done; 1 our error, in one sentence; 2 usage; 130
Ctrl+C, and then the pictures that were made stay. torch is imported when drawing begins, Qt never.
"""

import argparse
import os
import random
import sys
from collections.abc import Callable, Sequence
from dataclasses import fields, replace
from io import TextIOWrapper
from pathlib import Path
from typing import TYPE_CHECKING, Any

from kandinsky_desktop import __version__
from kandinsky_desktop.cli.doctor import look_around
from kandinsky_desktop.cli.painting import Bars, destination, found_models, make_engine, saved
from kandinsky_desktop.cli.replaying import replay
from kandinsky_desktop.cli.saying import show_path, silent, tell
from kandinsky_desktop.domain.catalog import ModelFacts, fitted, traits_of
from kandinsky_desktop.domain.errors import InvalidRequest, KandinskyError
from kandinsky_desktop.domain.fields import About, declared
from kandinsky_desktop.domain.job import Job
from kandinsky_desktop.domain.record import Record
from kandinsky_desktop.domain.request import (
    MOST_PICTURES,
    NEGATIVES,
    SEEDS,
    Paint,
    Sampling,
    text_to_image,
)
from kandinsky_desktop.domain.words import _
from kandinsky_desktop.store import pictures

if TYPE_CHECKING:
    from PIL.Image import Image

SET_BY_ONE = ("idea_seed", "detail_seed")  # options of their own, and --seed for both
MOST_THREADS = 1024


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command and return the exit code."""
    if isinstance(sys.stdout, TextIOWrapper):
        sys.stdout.reconfigure(errors="surrogateescape")  # a path may hold any bytes
    parser = _parser()
    args = parser.parse_args(arguments)
    try:
        code: int = args.command(args)
    except KandinskyError as error:
        tell(str(error))
        return 1
    except KeyboardInterrupt:
        tell(_("Stopped."))
        return 130
    except BrokenPipeError:  # whoever read our words has gone
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 1
    return code


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="kandinsky", description=_("Words to pictures, offline."))
    parser.add_argument("--version", action="version", version=f"Kandinsky Desktop {__version__}")
    commands = parser.add_subparsers(required=True, metavar="COMMAND")

    draw = commands.add_parser("draw", help=_("paint words"))
    draw.set_defaults(command=_draw, parser=draw)
    draw.add_argument("prompt", metavar="PROMPT", help=_("what you want to see"))
    draw.add_argument(
        "-n", dest="count", type=int, default=1, help=f"{_('Pictures')}, 1 – {MOST_PICTURES}"
    )
    draw.add_argument("--negative-prior", default="", metavar="WORDS", help=_help("negative_prior"))
    draw.add_argument(
        "--negative-decoder", default="", metavar="WORDS", help=_help("negative_decoder")
    )
    draw.add_argument("--one-idea", action="store_true", help=_help("one_idea"))
    draw.add_argument("--seed", type=int, help=_("sets both seeds; by default they are random"))
    for field in fields(Sampling):
        _add_option(draw, field.name, declared(Sampling)[field.name], type(field.default))
    draw.add_argument("--model", default="", metavar="NAME", help=_("by default the first found"))
    draw.add_argument("--device", choices=("cpu", "cuda", "mps"), help=_("by default the fastest"))
    draw.add_argument(
        "--threads",
        type=_threads,
        default=os.cpu_count() or 1,
        metavar="N",
        help=_("threads of the processor; by default all"),
    )

    again = commands.add_parser("replay", help=_("make a picture again"))
    again.set_defaults(command=replay)
    again.add_argument("picture", type=Path, metavar="PICTURE", help=_("a PNG of ours"))

    for drawing in (draw, again):
        drawing.add_argument(
            "-o", dest="output", metavar="PATH", help=_("a .png file, or a folder for pictures")
        )
        drawing.add_argument("--quiet", action="store_true", help=_("no progress, no remarks"))

    about = commands.add_parser("doctor", help=_("say what is here and what is amiss"))
    about.set_defaults(command=look_around)
    about.add_argument("--json", action="store_true", help=_("for programs to read"))

    for command in (draw, again, about):
        command.add_argument(
            "--models", type=Path, metavar="FOLDER", help=_("look for models here first")
        )
    return parser


def _add_option(parser: argparse.ArgumentParser, name: str, about: About, kind: type[Any]) -> None:
    """Add an option for a declared field; not given, it is None."""
    option = f"--{name.replace('_', '-')}"
    words = f"{_(about.label)}. {_(about.help)}".replace("%", "%%").strip()
    if kind is bool:
        parser.add_argument(option, action=argparse.BooleanOptionalAction, help=words)
        return
    names = [one.value for one in about.choices]
    if names:
        words = f"{words} {_('One of:')} {', '.join(names)}."
    parser.add_argument(
        option,
        type=kind,
        choices=names or None,
        metavar="NAME" if names else "N",
        help=words,
    )


def _help(name: str) -> str:
    return _((NEGATIVES | declared(Paint))[name].help).replace("%", "%%")


def _threads(text: str) -> int:
    if not text.isdecimal() or not 1 <= int(text) <= MOST_THREADS:
        raise argparse.ArgumentTypeError(f"1 – {MOST_THREADS}: {text}")
    return int(text)


def _draw(args: argparse.Namespace) -> int:
    facts = found_models(args).named(args.model)
    remark = silent if args.quiet else tell
    try:
        request = _request(args, facts, remark)
        save = destination(args.output, request.count)
        engine = make_engine(args.device, args.threads)
    except InvalidRequest as error:
        args.parser.error(str(error))  # exits with 2
    note = traits_of(facts).note
    if note:
        remark(_(note))

    def deliver(image: "Image", record: Record, meaning: bytes) -> None:
        show_path(saved(pictures.finish(image, record, meaning), save))

    with Bars(quiet=args.quiet) as bars:
        engine.run(Job(request), facts.root, bars.report, deliver, previews=False)
    return 0


def _request(args: argparse.Namespace, facts: ModelFacts, remark: Callable[[str], None]) -> Paint:
    """Make the request: what was asked for, else the model's own defaults. Raises InvalidRequest.

    What the model cannot paint is brought to what it can, with a remark.
    """
    traits = traits_of(facts)
    given = {field.name: getattr(args, field.name) for field in fields(Sampling)}
    for name in SET_BY_ONE:
        if given[name] is None:
            given[name] = random.randrange(SEEDS) if args.seed is None else args.seed
    wanted: Sampling = replace(
        traits.sampling, **{name: value for name, value in given.items() if value is not None}
    )
    sampling = fitted(wanted, facts, traits)
    for name, about in declared(Sampling).items():
        old, new = getattr(wanted, name), getattr(sampling, name)
        if old != new:
            remark(
                _("{label}: {new} instead of {old}, which {model} cannot do.").format(
                    label=_(about.label), new=new, old=old, model=facts.name
                )
            )
    return text_to_image(
        args.prompt,
        negative_prior=args.negative_prior,
        negative_decoder=args.negative_decoder,
        count=args.count,
        one_idea=args.one_idea,
        model=facts.name,
        sampling=sampling,
    )
