"""The same work from a terminal: `kandinsky draw`, `inpaint`, `fuse`, `replay` and the others.

Stdout carries results alone: the absolute path of each picture on a line of its own, as soon as it
is on disk. All else goes to stderr. Exit codes: 0 done; 1 our error, in one sentence; 2 usage; 130
Ctrl+C, 143 or 129 a signal that ends programs, and then the pictures that were made stay. Who stops
reading (`| head`) stops nothing. torch is imported when drawing begins, Qt never.
"""

from collections.abc import Sequence

from kandinsky_desktop.cli import ending


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command and return the exit code."""
    with ending.at_once():  # the imports take half a second, and a traceback helps nobody
        from kandinsky_desktop.cli import program
    with ending.in_good_order():
        return program.run(arguments)
