"""Man pages, made from the parsers that read the command lines: what they say cannot be wrong."""

import argparse
import gzip
import re
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

from artefacts import facts
from kandinsky_desktop.app import options as window
from kandinsky_desktop.cli.program import parser_for

FILES = (
    ("~/.local/share/kandinsky-desktop", "models, boards, the queue"),
    ("~/.config/kandinsky-desktop", "settings"),
    ("~/.cache/kandinsky-desktop", "what can be made again"),
    ("~/.local/state/kandinsky-desktop/log", "logs"),
)
VARIABLES = (
    ("KANDINSKY_HOME", "one folder for all of the program's files, instead of those below"),
    ("KANDINSKY_MODELS", "a folder to look for models in"),
)
CODES = (
    ("0", "done"),
    ("1", "not done; a sentence says why"),
    ("2", "wrong usage"),
    ("130", "stopped by Ctrl+C; the pictures that were made stay"),
    ("129, 143", "ended as its terminal closed, or by the system; they stay too"),
)


def write(folder: Path) -> list[Path]:
    """Write the pages, packed as Debian wants them, and return where they are."""
    folder.mkdir(parents=True, exist_ok=True)
    written = []
    for name, text in pages().items():
        path = folder / f"{name}.1.gz"
        path.write_bytes(gzip.compress(text.encode(), 9, mtime=0))
        written.append(path)
    return written


def pages() -> dict[str, str]:
    """Return each page as roff, by the command's name."""
    terminal, opened = parser_for([]), window.parser()
    return {
        terminal.prog: page(terminal, "paint words and pictures in a terminal", codes=True),
        opened.prog: page(opened, "the window of Kandinsky Desktop"),
    }


def page(parser: argparse.ArgumentParser, what: str, *, codes: bool = False) -> str:
    """Return the page of one command and of those below it."""
    day = datetime.fromtimestamp(facts.epoch(), UTC).strftime("%Y-%m-%d")
    name = parser.prog
    lines = [
        f'.TH "{plain(name.upper())}" "1" "{day}" "{facts.TITLE} {facts.VERSION}" "User Commands"',
        ".SH NAME",
        f"{plain(name)} \\- {plain(what)}",
        ".SH SYNOPSIS",
        *usage(parser),
        ".SH DESCRIPTION",
        plain(parser.description or ""),
        *(".PP\n" + plain(words) for words in facts.LONG),
        ".SH OPTIONS",
        *listed(parser),
    ]
    for below in _below(parser):
        lines += [f'.SH "COMMAND: {plain(below.prog.upper())}"', plain(below.description or "")]
        lines += [".PP", *usage(below), *listed(below)]
        for deeper in _below(below):
            lines += [f".SS {plain(deeper.prog)}", plain(deeper.description or "")]
            lines += [".PP", *usage(deeper), *listed(deeper)]
    lines += [".SH ENVIRONMENT", *terms(VARIABLES), ".SH FILES", *terms(FILES)]
    if codes:
        lines += [".SH EXIT STATUS", *terms(CODES)]
    other = next(one for one in ("kandinsky", "kandinsky-desktop") if one != name)
    lines += [".SH SEE ALSO", f".BR {plain(other)} (1)"]
    return "\n".join(line for line in lines if line) + "\n"


def usage(parser: argparse.ArgumentParser) -> list[str]:
    """Return the line of what can be typed."""
    words = re.sub(r"\s+", " ", parser.format_usage().partition(":")[2]).strip()
    rest = words.removeprefix(parser.prog).strip()
    return [f".B {plain(parser.prog)}", plain(rest)]


def listed(parser: argparse.ArgumentParser) -> Iterator[str]:
    """Give each option and argument with what it does."""
    for action in parser._actions:
        if isinstance(action, argparse._SubParsersAction):
            for choice in action._choices_actions:
                yield from term(choice.dest, choice.help or "")
        elif action.help is not argparse.SUPPRESS:
            yield from term(_as_typed(action), _help(parser, action))


def terms(rows: tuple[tuple[str, str], ...]) -> Iterator[str]:
    """Give a list of words and what they mean."""
    for name, words in rows:
        yield from term(name, words)


def term(name: str, words: str) -> Iterator[str]:
    """Give a word and what it means."""
    yield from (".TP", f".B {plain(name)}", plain(words) or "\\&")


def plain(words: str) -> str:
    """Return words as roff takes them: nothing in them is an order."""
    safe = words.replace("\\", "\\e").replace("-", "\\-")
    return "\n".join(
        f"\\&{line}" if line.startswith((".", "'")) else line for line in safe.split("\n")
    )


def _below(parser: argparse.ArgumentParser) -> list[argparse.ArgumentParser]:
    for action in parser._actions:
        if isinstance(action, argparse._SubParsersAction):
            return list(action.choices.values())
    return []


def _as_typed(action: argparse.Action) -> str:
    if not action.option_strings:
        return str(action.metavar or action.dest)
    said = ", ".join(action.option_strings)
    if action.nargs == 0:
        return said
    value = action.metavar or (
        "{" + ",".join(map(str, action.choices)) + "}" if action.choices else action.dest.upper()
    )
    return f"{said} {f'[{value}]' if action.nargs == '?' else value}"


def _help(parser: argparse.ArgumentParser, action: argparse.Action) -> str:
    if "%(default)" in (action.help or "") or action.help is None:
        return parser._get_formatter()._expand_help(action) if action.help else ""
    return action.help.replace("%%", "%")
