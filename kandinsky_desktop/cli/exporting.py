"""`kandinsky export`: pictures written once more, in another format or without their words."""

import argparse
from pathlib import Path

from kandinsky_desktop.cli import ingredients, options
from kandinsky_desktop.cli.painting import names_a_folder
from kandinsky_desktop.cli.saying import remarks, show_path, tell, usage
from kandinsky_desktop.domain.errors import InvalidRequest, Unreadable
from kandinsky_desktop.domain.i18n import _
from kandinsky_desktop.domain.image_formats import (
    FORMATS,
    ExportOptions,
    format_of,
    with_ending,
)
from kandinsky_desktop.domain.paths import typed_path
from kandinsky_desktop.store import exporting

FIELDS = ("quality", "lossless", "keep", "ground")


def add_options(parser: argparse.ArgumentParser) -> None:
    """Add what the command takes."""
    parser.add_argument(
        "pictures",
        nargs="+",
        metavar="PICTURE",
        help=_("or a folder: then each picture in it"),
    )
    parser.add_argument(
        "--to",
        choices=[one.value for one in FORMATS],
        help=_("the format; by default what the file's name after -o ends in, else png"),
    )
    options.add_fields(parser, ExportOptions, FIELDS)
    parser.add_argument(
        "-o",
        dest="output",
        type=options.named,
        metavar="PATH",
        default=".",
        help=_("a file for one picture, or a folder; by default the folder you are in"),
    )
    parser.add_argument(
        "--replace", action="store_true", help=_("let a file that lies there already go")
    )
    parser.add_argument("--quiet", action="store_true", help=_("no remarks"))


def export(args: argparse.Namespace) -> int:
    """Write each picture, and say where and what may be unexpected.

    Of several, one that cannot be read does not end the others; a folder that takes none does.
    """
    remark = remarks(quiet=args.quiet)
    sources = [path for typed in args.pictures for path in ingredients.pictures(typed, remark)]
    folder = names_a_folder(args.output)
    with usage(args.parser):
        chosen = _chosen(args, len(sources), folder=folder)
    failed: set[str] = set()
    for source in sources:
        try:
            if folder:
                told = exporting.export_into(source, typed_path(args.output), chosen)
            else:
                target = Path(with_ending(str(typed_path(args.output)), chosen))
                told = exporting.export(source, target, chosen, replace=args.replace)
        except (InvalidRequest, Unreadable) as error:
            if len(sources) == 1:
                raise
            if str(error) not in failed:  # that a format cannot be written is said once
                tell(str(error))
            failed.add(str(error))
            continue
        show_path(told.path)
        for words in told.remarks:
            remark(f"{told.path.name}: {words}")
    return 1 if failed else 0


def _chosen(args: argparse.Namespace, count: int, *, folder: bool) -> ExportOptions:
    """Return what `count` pictures are written as. Raises InvalidRequest."""
    if not folder and count > 1:
        words = _("{path} is one file, but {count} pictures are to be written: name a folder.")
        raise InvalidRequest(words.format(path=args.output, count=count))
    if folder and args.replace:
        words = _("--replace is about one file: name it after -o. In a folder nothing is replaced.")
        raise InvalidRequest(words)
    return ExportOptions(
        format=(args.to or "png") if folder else _asked(args.output, args.to),
        **options.given(args, ExportOptions, FIELDS),
    )


def _asked(output: str, to: str | None) -> str:
    """Return the format that is asked for, by the name of a file and by --to."""
    found = format_of(output)
    if found is None:
        return to or "png"
    if to not in (None, found.value):
        words = _("{path} ends as a {format} file: name another one, or leave --to {to} out.")
        raise InvalidRequest(words.format(path=output, format=found.name, to=to))
    return found.value
