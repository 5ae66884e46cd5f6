"""What can be typed behind `kandinsky`, and what is done then."""

import argparse
import sys
from collections.abc import Sequence
from typing import NoReturn

from kandinsky_desktop import __version__
from kandinsky_desktop.cli import (
    commands,
    doctor,
    ending,
    exporting,
    measuring,
    models,
    options,
    planned,
    replaying,
    reporting,
)
from kandinsky_desktop.cli.options import Worded
from kandinsky_desktop.cli.saying import tell
from kandinsky_desktop.cli.streams import lasting_streams
from kandinsky_desktop.domain.errors import KandinskyError
from kandinsky_desktop.domain.i18n import _
from kandinsky_desktop.domain.paths import typed_path
from kandinsky_desktop.domain.typing_compat import override
from kandinsky_desktop.store import data_version, installed_version, places


def run(arguments: Sequence[str] | None = None) -> int:
    """Run one command and return the exit code."""
    installed_version.hold()
    with lasting_streams() as out:
        code = _run(sys.argv[1:] if arguments is None else list(arguments))
        out.flush()
        if out.lost:
            tell(_("Not all that was to be printed was written: {reason}.").format(reason=out.lost))
            code = code or 1
    return code


def _run(typed: Sequence[str]) -> int:
    try:
        args = parser_for(typed).parse_args(typed)
        refusal = data_version.refusal(places.version_file())
        if refusal and args.command is not doctor.look_around:  # which says it among the rest
            tell(refusal)
            return 1
        code: int = args.command(args)
    except KandinskyError as error:
        tell(str(error))
        return 1
    except KeyboardInterrupt as stopped:
        tell(_("Stopped."))
        return ending.code_of(stopped)
    return code


class Parser(argparse.ArgumentParser):
    """Says what is wrong in one line; what could be typed fills a screen."""

    @override
    def error(self, message: str) -> NoReturn:
        self.exit(
            2, f"{self.prog}: {message}\n" + _("{name} --help says more.\n").format(name=self.prog)
        )


class _Trial(Parser):
    """Raises what is wrong, so that a command line can be read in another way."""

    @override
    def error(self, message: str) -> NoReturn:
        raise ValueError(message)


def parser_for(typed: Sequence[str]) -> Parser:
    """Return what reads a command line; what was typed decides what must be said.

    Words that may be left out are tried both ways: argparse would lose them behind any option. Its
    own way says what is wrong and helps, since it calls them optional.
    """
    fills = {command.name for command in commands.COMMANDS if command.fills}
    words: Worded = True
    if typed and typed[0] in fills:
        helps = {"-h", "--help"} & {*typed}
        ways: tuple[Worded, ...] = () if helps else (True, False)
        words = next((way for way in ways if _reads(typed, words=way)), None)
    return _parser(Parser, typed, words=words)


def _reads(typed: Sequence[str], *, words: Worded) -> bool:
    try:
        _parser(_Trial, typed, words=words).parse_args(typed)
    except ValueError:
        return False
    return True


def _parser(kind: type[Parser], typed: Sequence[str], *, words: Worded) -> Parser:
    parser = kind(prog="kandinsky", description=_("Words and pictures to pictures, offline."))
    parser.add_argument("--version", action="version", version=f"Kandinsky Desktop {__version__}")
    added = parser.add_subparsers(required=True, metavar="COMMAND")

    commands.add_to(added, typed, words=words)

    again = added.add_parser(
        "replay",
        help=_("make a picture again"),
        description=_("Make a picture again, by the request inside it, and say how near it came."),
        allow_abbrev=False,
    )
    again.set_defaults(command=replaying.replay, parser=again)
    again.add_argument(
        "picture", type=typed_path, metavar="PICTURE", help=_("a PNG that this program made")
    )
    again.add_argument(
        "--files",
        type=options.named_path,
        metavar="FOLDER",
        help=_("look here, by their content, for the files that it was made from"),
    )
    options.add_running(again)

    nearness = added.add_parser(
        "measure",
        help=_("say how much of what went into a picture came through"),
        description=_("Print a line for each ingredient: the picture, its cosine, the ingredient."),
        allow_abbrev=False,
    )
    nearness.set_defaults(command=measuring.measure)
    nearness.add_argument(
        "pictures",
        type=typed_path,
        nargs="+",
        metavar="PICTURE",
        help=_("a PNG that this program made"),
    )
    options.add_models(nearness)

    written = added.add_parser(
        "export",
        help=_("write pictures as PNG, JPEG, WebP or AVIF"),
        description=_("Write pictures once more: in another format, or without their words."),
        allow_abbrev=False,
    )
    written.set_defaults(command=exporting.export, parser=written)
    exporting.add_options(written)

    models.add_to(added)

    about = added.add_parser(
        "doctor",
        help=_("say what is here and what is amiss"),
        description=_(
            "Say which versions, device, models and places there are, and what is amiss."
        ),
        allow_abbrev=False,
    )
    about.set_defaults(command=doctor.look_around, parser=about)
    about.add_argument("--json", action="store_true", help=_("for programs to read"))
    planned.add_options(about)
    reporting.add_options(about)
    options.add_engine(about)
    options.add_models(about)
    return parser
