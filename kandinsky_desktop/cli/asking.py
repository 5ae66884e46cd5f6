"""Requests as JSON: what `--request` reads and `--print-request` prints.

One request is an object that begins with `"format": 1`, several are a list of such. A path that is
not whole starts at the folder of the file, so that both can be moved together. A seed of -1 is
drawn when the request is read.
"""

import json
import sys
from collections.abc import Sequence
from pathlib import Path

from kandinsky_desktop.domain import file_format
from kandinsky_desktop.domain.errors import KandinskyError, OtherFormat, Unreadable
from kandinsky_desktop.domain.i18n import _
from kandinsky_desktop.domain.paths import typed_path, with_paths
from kandinsky_desktop.domain.request import Paint
from kandinsky_desktop.store import json_files, own_files

LARGEST = 10_000_000  # bytes


def show(requests: Sequence[Paint]) -> int:
    """Print requests as JSON; one alone, several as a list."""
    plain = [file_format.encode(request) for request in requests]
    sys.stdout.write(json.dumps(plain if len(plain) > 1 else plain[0], indent=2))
    sys.stdout.write("\n")
    return 0


def read(name: str) -> list[Paint]:
    """Read requests from a file, or `-` from stdin. Raises Unreadable with a sentence."""
    path, shown = typed_path(name), _("standard input") if name == "-" else name
    try:
        if name == "-":
            data = sys.stdin.buffer.read(LARGEST + 1) if sys.stdin else b""  # None: it is closed
        else:
            with path.open("rb") as file:
                data = file.read(LARGEST + 1)
    except FileNotFoundError as error:
        raise Unreadable(_("There is no file {path}.").format(path=path)) from error
    except OSError as error:
        raise _unreadable(shown, f"{error.strerror or error}.") from error
    if len(data) > LARGEST:
        raise Unreadable(_("{path} is too long to be a request.").format(path=shown))
    title = _("The request in {path}").format(path=shown)
    if not data.strip():
        raise Unreadable(_("There is no request in {path}.").format(path=shown))
    try:
        plain = json_files.parse(data)
        found = own_files.requests_of(plain, title)
    except OtherFormat:
        raise
    except UnicodeError as error:
        raise _unreadable(shown, _("it is no text.")) from error
    except (ValueError, RecursionError, KandinskyError) as error:
        raise _unreadable(shown, error) from error
    if not found:
        raise Unreadable(_("There is no request in {path}.").format(path=shown))
    folder = Path.cwd() if name == "-" else path.absolute().parent
    return [with_paths(request, lambda path: folder / path) for request in found]


def _unreadable(shown: str, why: object) -> Unreadable:
    return Unreadable(
        _("The request in {path} cannot be read: {error}").format(path=shown, error=why)
    )
