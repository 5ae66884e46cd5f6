"""Installs the program for one person, beside what is there: versions, one pointer, a way back.

Standard library alone; run by the Python that uv finds or fetches. Laid out below one folder:

    versions/NAME/     a version: its environment, and `ready.json` once its selftest has passed;
                       `running.lock` is held by its processes (not on Windows, which needs none)
    current            names the version that is started (a link; on Windows a file)
    previous           the one before, for `rollback`
    installer/         this program, uv, and what says which version they brought
    receipt.json       what was laid elsewhere: entries of the menu and of the shell

A version is made in a folder of its own and counts once `ready.json` is there; then the pointer
moves, in one step. Killed at any moment, the version before is still the one that starts, and the
next run clears away what is half made. A version that runs is kept: its processes hold a lock. What
a version has in common with the one before is linked,
file by file, after it was compared with its checksum: torch is not installed again.
"""

import argparse
import csv
import errno
import io
import json
import os
import platform
import re
import shutil
import signal
import subprocess
import sys
import time
from base64 import urlsafe_b64encode
from collections.abc import Iterator
from contextlib import contextmanager
from hashlib import file_digest, sha256
from pathlib import Path
from typing import Any

HERE = Path(__file__).resolve().parent
NAME, TITLE = "kandinsky-desktop", "Kandinsky Desktop"
WINDOWS, MAC = sys.platform == "win32", sys.platform == "darwin"
READY, CURRENT, PREVIOUS, RECEIPT = "ready.json", "current", "previous", "receipt.json"
PAYLOAD, LOCK, RUNNING = "payload.json", ".lock", "running.lock"
UNPACKED, PID = "kandinsky-installer-", "pid"  # the folder that the script unpacks into
SCRIPTS, EXE = ("Scripts", ".exe") if WINDOWS else ("bin", "")
SELFTEST_S = 600
SETUP = """program=$here/installer/installer.py
[ -f "$program" ] || program=$here/.installer-new/installer.py
for python in "$here/current/env/bin/python" "$here/previous/env/bin/python" \\
    "$here"/python/*/bin/python3 python3; do
    if "$python" -I -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; then
        exec "$python" -I "$program" "${1:-status}" --to "$here"
    fi
done
echo 'Kandinsky Desktop: no Python 3.11 or later is here. Start the installer instead.' >&2
exit 1
"""
NEW, GOING, NEW_INSTALLER = ".new-", ".going-", ".installer-new"
NO_ROOM = re.compile(r"No space left|[Dd]isk quota exceeded|os error (28|112|122)|disk is full")
AS_IT_WAS = "What was installed before is as it was."
AT_WORK = "another installer is at work there. Wait until it is done."
DISK_FULL = "the disk is full. Make room and start the installer again."
SCANT = 100_000  # bytes: with no more a disk is full
COLOURS = re.compile(r"\x1b\[[0-9;?]*[A-Za-z]")  # and what else tells a terminal something
LAST_WORDS = 20_000  # bytes of what uv said
UV_SAYS = (  # of a folder of packages, and of a Python
    (r"Failed to extract archive: (\S+\.whl)", "{} is damaged: get it again."),
    (
        r"(\S+) was not found in the provided",
        "{} is missing: it belongs beside the other packages.",
    ),
    (
        r"(\S+) has no wheels with a matching",
        "{} is here for another Python or system alone. Get the offline pack for this one, or"
        " connect and start the installer without a folder of packages.",
    ),
    (
        r"No interpreter found for Python (3\.\d+)\b",
        "no Python {} is here, and none could be fetched.",
    ),
    (r"No interpreter found at path `([^`]+)`", "there is no Python {}."),
)
CARDS = {  # the least compute capability that a build of torch has code for, the newest first
    "cu130": ((7, 5), 580),  # and the least driver
    "cu126": ((5, 0), 560),
}
AMD = {  # what the build for ROCm has code for; graphics within processors mostly are not among it
    "gfx900", "gfx906", "gfx908", "gfx90a", "gfx942", "gfx950", "gfx1030", "gfx1100", "gfx1101",
    "gfx1102", "gfx1150", "gfx1151", "gfx1200", "gfx1201",
}  # fmt: skip


class Stop(Exception):
    """It cannot go on, for the reason that a person is told."""


def main(arguments: list[str] | None = None) -> int:
    """Do what is asked for, and say what came of it in a sentence."""
    parser = argparse.ArgumentParser(prog="installer", description=f"Installs {TITLE}.")
    parser.add_argument(
        "act",
        choices=("install", "repair", "rollback", "uninstall", "status", "find-card"),
        help="install also updates",
    )
    parser.add_argument("--to", type=Path, default=None, metavar="FOLDER", help="where to")
    parser.add_argument(
        "--wheels", type=Path, metavar="FOLDER", help="take everything from here, without a network"
    )
    parser.add_argument("--backend", help="for which card, instead of the one that is found")
    parser.add_argument("--python", help="which Python to use")
    parser.add_argument("--no-entries", action="store_true", help="nothing outside the folder")
    for stream in (sys.stdout, sys.stderr):  # a path may have signs that a console does not know
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="replace")
    given = parser.parse_args(arguments)
    handle = hold_unpacked(HERE.parent)
    end_tidily()
    place, before = None, None
    try:
        target = whole_path(given.to)
        if given.act == "find-card":
            say(" ".join(find_card()))
            return 0
        place = Place(target)
        before = place.current
        if given.act == "status":
            say(place.status())
        else:
            if given.act in {"rollback", "uninstall"} and not place.is_there:
                raise Stop(f"it is not installed in {target}.")
            with place.held():
                act(given, place)
    except Stop as reason:
        say(f"{TITLE}: {reason}", error=True)
        return 1
    except OSError as error:
        say(f"{TITLE}: {_sentence(error)}", error=True)
        return 1
    except KeyboardInterrupt as stopped:
        say(f"Stopped. {_left(given.act, place, before)}", error=True)
        return 128 + (stopped.args[0] if stopped.args else signal.SIGINT)
    finally:
        release(handle)
    return 0


def end_tidily() -> None:
    """Let other signals do what Ctrl+C does: what was started ends, what is half made goes.

    One that is ignored (by nohup, say) stays so, and one is enough.
    """
    ends = _ends()

    def end(number: int, _frame: object) -> None:
        for one in ends:
            signal.signal(one, signal.SIG_IGN)
        raise KeyboardInterrupt(number)

    for one in ends:
        if signal.getsignal(one) == signal.SIG_DFL:
            signal.signal(one, end)


def _ends() -> tuple[int, ...]:
    """Return the signals that end a program, besides Ctrl+C."""
    return () if sys.platform == "win32" else (signal.SIGTERM, signal.SIGHUP)


def _left(act: str, place: "Place | None", before: str | None) -> str:
    """Say what there is after an act was stopped."""
    if act == "uninstall":
        return "Of what was installed a part may be gone. Remove it again, or install it again."
    now = place.current if place else None
    return AS_IT_WAS if now == before else f"{now} starts from now on."


def act(given: argparse.Namespace, place: "Place") -> None:
    """Install, repair, go back or remove."""
    if given.act in {"install", "repair"}:
        sweep(HERE.parent)
        pack = Pack(HERE, given.wheels)
        card, why = (given.backend, "as you said") if given.backend else find_card()
        backend = pack.backend(card)
        if backend != card:
            say(f"This installer has no build for {card} ({why}); the one for {backend} is used.")
        install(place, pack, backend, given.python, again=given.act == "repair")
        if not given.no_entries:
            try:
                Entries(place).lay()
            except OSError as error:
                raise Stop(
                    f"{pack.version} is installed, and starts with {place.program(NAME)}; but the"
                    f" entry of the menu could not be made: {_sentence(error)}"
                ) from error
        say(f"{TITLE} {pack.version} is installed, for {backend}. Start it from the menu, or with:")
        say(f"    {place.program(NAME)}")
    elif given.act == "rollback":
        begun = time.monotonic()
        back, away = place.roll_back()
        say(f"{back} starts from now on, no more {away} ({time.monotonic() - begun:.1f} s).")
    else:
        if place.running:
            raise Stop(f"{place.running[0]} is running. Close it, then remove it.")
        Entries(place).remove()
        place.remove()
        say(f"{TITLE} is removed. Your own files are still here:")
        for what, path in own_files():
            say(f"    {what}: {path}")


def install(place: "Place", pack: "Pack", backend: str, python: str | None, *, again: bool) -> None:
    """Make a version whole, look whether it works, and only then start it from now on."""
    pack.check()
    place.clear()
    name = pack.name(backend)
    old = place.current
    there = name
    if old is not None and re.fullmatch(rf"{re.escape(name)}-r\d+", old):
        there = old  # repaired since: what has the name alone is the damaged one
    if not again and place.is_ready(there) and still_works(place.versions / there, backend):
        place.point_to(there)
        place.prune()
        return
    if place.is_ready(name):
        name = place.free_name(name)
    version = place.versions / name
    uv = Uv(pack, place, backend)
    check_room(place, pack, backend)
    try:
        uv.make_environment(version / "env", python)
        linked = link_same(place.versions / old, version, pack.pins(backend)) if old else 0
        if linked:
            say(f"{linked} packages are those of the version before, and are linked.")
        uv.install_locked(version / "env", pack.requirements(backend))
        uv.install_ours(version / "env")
        (version / RUNNING).touch()
        found = selftest(version / "env", backend)
        found |= {"backend": backend, "name": name}
        place.keep_installer(HERE)
        if not WINDOWS:  # nothing may say that a version is whole before its files are on the disk
            os.sync()
        write_whole(version / READY, json.dumps(found, indent=1))
        place.point_to(name)
    except BaseException:
        if place.current != name:
            place.discard(name)
        _remove(place.root / NEW_INSTALLER)
        _remove(place.root / "cache")
        raise
    place.prune()


def check_room(place: "Place", pack: "Pack", backend: str) -> None:
    """Raise Stop where the disk has too little room for another version.

    What is linked takes none; where nothing can be linked, all of it is counted.
    """
    wanted, old = pack.needs_bytes(backend), place.current
    if old is not None and place.can_link():
        pins, packages = pack.pins(backend), _packages_of(place.versions / old / "env")
        there = list(_alike(packages, pins)) if packages else []
        shared = sum(_size(about) for about in there)
        wanted = pack.update_bytes(backend) if len(there) == len(pins) else wanted - shared
    free = shutil.disk_usage(place.root).free
    if free < wanted:
        raise Stop(
            f"{place.root} has {free / 1e9:.2f} GB free, and {wanted / 1e9:.2f} GB are needed."
            " Make room and start the installer again."
        )


def still_works(version: Path, backend: str) -> bool:
    """Whether a version paints that is there already: its files, or its Python, may be gone."""
    try:
        selftest(version / "env", backend)
    except Stop:
        say("What is installed does not work any more. It is made anew.")
        return False
    return True


def selftest(environment: Path, backend: str) -> dict[str, object]:
    """Let a version paint a picture; return what it says. Raises Stop if it does not work."""
    say("Looking whether it works: it paints a picture.")
    program = environment / SCRIPTS / f"{NAME}{EXE}"
    said = environment.parent / "selftest.json"
    said.unlink(missing_ok=True)
    kept = {name: value for name, value in os.environ.items() if not name.startswith("PYTHON")}
    try:
        ended = subprocess.run(
            [program, "--selftest", said],
            capture_output=True,
            text=True,
            errors="replace",
            timeout=SELFTEST_S,
            check=False,
            env=kept,
        )
        code, words = ended.returncode, ended.stderr
    except OSError as error:  # it is gone, or what it is run by, or nothing may be run there
        code, words = 1, _sentence(error)
    except subprocess.TimeoutExpired as error:
        raise Stop(
            f"the new version did not paint its picture within {SELFTEST_S // 60} minutes."
            f" {AS_IT_WAS} Start the installer again when the machine has less to do."
        ) from error
    try:
        found = json.loads(said.read_text("utf-8"))
    except (OSError, ValueError):
        found = {"problem": _cause(words)}
    if code or not found.get("ok"):
        full = shutil.disk_usage(environment.parent).free < SCANT  # not each program says that
        if full or NO_ROOM.search(str(found.get("problem"))):
            raise Stop(DISK_FULL)
        without_card = "" if backend == "cpu" else " With --backend cpu it paints without a card."
        raise Stop(
            f"the new version does not work here: {found.get('problem')}{without_card} {AS_IT_WAS}"
        )
    return {"ok": True, "version": found["version"], "device": found.get("device", "")}


def _cause(words: str) -> str:
    """Return in a sentence what a program that could not start said."""
    library = re.search(r"(lib[\w.+-]+\.so[\w.]*): cannot open shared object", words)
    if library:
        package = _packages().get(library[1], "")
        hint = f" On Debian and Ubuntu: sudo apt install {package}." if package else ""
        return f"The system library {library[1]} is missing.{hint}"
    lines = [line for line in words.strip().splitlines() if line.strip()]
    return lines[-1] if lines else "It ended without a word."


def _packages() -> dict[str, str]:
    try:
        found: dict[str, str] = json.loads((HERE / "libraries.json").read_text("utf-8"))
    except (OSError, ValueError):
        return {}
    return found


# -- what killed installers left


def hold_unpacked(folder: Path) -> int | None:
    """Let no other installer take the folder away that this one was unpacked into."""
    if sys.platform == "win32" or not folder.name.startswith(UNPACKED):
        return None
    import fcntl

    try:
        handle = os.open(folder / PID, os.O_RDONLY)
        fcntl.flock(handle, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except OSError:
        return None
    return handle


def release(handle: int | None) -> None:
    """Let go of what `hold_unpacked` holds."""
    if handle is not None:
        os.close(handle)


def take_away(folder: Path) -> None:
    """Remove the folder that this program was unpacked into, if the script became this process."""
    if not folder.name.startswith(UNPACKED) or _read(folder / PID).strip() != str(os.getpid()):
        return
    for one in (signal.SIGINT, *_ends()):
        signal.signal(one, signal.SIG_IGN)  # it is at its end
    shutil.rmtree(folder, ignore_errors=True)


def sweep(here: Path) -> None:
    """Remove the folders that killed installers of this person left beside this one."""
    if not here.name.startswith(UNPACKED):
        return
    for path in here.parent.glob(f"{UNPACKED}*"):
        if path != here and _is_left(path):
            shutil.rmtree(path, ignore_errors=True)


def _is_left(path: Path) -> bool:
    """Whether the script that unpacked into a folder is no more, and no installer of its."""
    if sys.platform == "win32":
        return False
    import fcntl

    try:
        if path.is_symlink() or path.stat().st_uid != os.getuid():
            return False
        handle = os.open(path / PID, os.O_RDWR)
    except OSError:
        return False
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        os.kill(int(os.read(handle, 20)), 0)
    except ProcessLookupError:
        return True
    except (OSError, ValueError):
        return False
    finally:
        os.close(handle)
    return False


# -- where it is installed


def whole_path(said: Path | None) -> Path:
    """Return the folder that a person named, or the usual one. Raises Stop without a home."""
    try:
        Path.home()  # entries and a person's own files lie below it, whatever was named
    except RuntimeError as error:
        raise Stop("nobody says which folder is yours. Set HOME to it.") from error
    try:
        return (said or usual_place()).expanduser().absolute()
    except RuntimeError as error:
        raise Stop(f"nobody here has the name in {said}.") from error


def usual_place() -> Path:
    """Return where the program is installed if nobody says where."""
    if WINDOWS:
        return Path(os.environ["LOCALAPPDATA"]) / "Programs" / TITLE
    if MAC:
        return Path.home() / "Library" / "Application Support" / f"{NAME}-program"
    return Path.home() / ".local" / "lib" / NAME


def own_files() -> list[tuple[str, str]]:
    """Return where a person's own things lie: they are never removed."""
    home = os.environ.get("KANDINSKY_HOME")
    if home:
        return [("everything", home)]
    if WINDOWS:
        data = str(Path(os.environ["LOCALAPPDATA"]) / NAME)
        pictures = str(Path.home() / "Pictures" / "Kandinsky")
    elif MAC:
        data = str(Path.home() / "Library" / "Application Support" / NAME)
        pictures = str(Path.home() / "Pictures" / "Kandinsky")
    else:
        said = os.environ.get("XDG_DATA_HOME") or str(Path.home() / ".local" / "share")
        data, pictures = str(Path(said) / NAME), str(_pictures() / "Kandinsky")
    return [("pictures", pictures), ("models, boards, the queue", data)]


def _pictures() -> Path:
    """Return the folder of pictures on Linux: by its name in the person's language."""
    config = Path(os.environ.get("XDG_CONFIG_HOME") or Path.home() / ".config")
    found = re.search(r'^XDG_PICTURES_DIR="(.+)"', _read(config / "user-dirs.dirs"), re.MULTILINE)
    said = found[1].replace("$HOME", str(Path.home())) if found else ""
    return Path(said or os.environ.get("XDG_PICTURES_DIR") or Path.home() / "Pictures")


class Place:
    """The folder that the program is installed in."""

    def __init__(self, root: Path) -> None:
        self.root, self.versions = root, root / "versions"
        self.lock: int | None = None  # of which installer is at work, while it is this one

    @contextmanager
    def held(self) -> Iterator[None]:
        """Let no other installer work here meanwhile. The lock goes with the process.

        Raises Stop for a folder with other things in it, where what is cleared away by its name
        might be a person's own. The file of the lock is there before all else, and goes last.
        """
        try:
            self.root.mkdir(parents=True, exist_ok=True)
            there = [path.name for path in self.root.iterdir() if not path.name.startswith(".")]
            if there and not self.is_there:
                raise Stop(
                    f"{self.root} has files in it that are not ours, such as {min(there)}."
                    " Name a new folder, or an empty one."
                )
            handle = os.open(self.root / LOCK, os.O_RDWR | os.O_CREAT, 0o600)
            self.versions.mkdir(exist_ok=True)
        except OSError as error:
            raise Stop(f"{self.root} cannot be written: {error.strerror}.") from error
        try:
            if sys.platform == "win32":
                import msvcrt

                msvcrt.locking(handle, msvcrt.LK_NBLCK, 1)
            else:
                import fcntl

                fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            os.close(handle)
            raise Stop(AT_WORK) from error
        self.lock = handle
        try:
            lock = self.root / LOCK  # no file that is open can be removed on Windows
            if not WINDOWS and not (
                lock.exists() and os.path.samestat(os.fstat(handle), lock.stat())
            ):
                raise Stop(AT_WORK)  # one that has just removed all of it, with that file
            yield
        finally:
            self.lock = None
            os.close(handle)

    @property
    def is_there(self) -> bool:
        """Whether anything was installed here, whole or not."""
        return (self.root / LOCK).is_file()

    @property
    def current(self) -> str | None:
        """The version that is started; None before the first."""
        return self._pointed(CURRENT)

    @property
    def previous(self) -> str | None:
        """The version before, if it is still whole and another one.

        Killed between its two pointers, both name the same: then it is the one that was made last
        before the current one, or any other.
        """
        now, name = self.current, self._pointed(PREVIOUS)
        if name != now or now is None:
            return name
        made = {one: (self.versions / one / READY).stat().st_mtime for one in self._ready()}
        others = [one for one in made if one != now]
        return max(others, key=lambda one: (made[one] <= made[now], made[one]), default=None)

    def program(self, name: str) -> Path:
        """Return what starts the program, whichever version is the current one."""
        if WINDOWS:
            return self.root / f"{name}.exe"
        return self.root / CURRENT / "env" / SCRIPTS / name

    def status(self) -> str:
        """Return in a few words what is installed."""
        if self.current is None:
            return f"{TITLE} is not installed in {self.root}."
        return f"{self.current} is installed in {self.root}; before: {self.previous or 'nothing'}."

    @property
    def running(self) -> list[str]:
        """The versions of which a program is at work."""
        there = self.versions.iterdir() if self.versions.is_dir() else ()
        return sorted(path.name for path in there if self.is_running(path.name))

    def is_running(self, name: str) -> bool:
        """Whether a program of a version is at work, or has just begun to be."""
        if sys.platform == "win32":
            return False  # who tries to remove it there is refused
        import fcntl

        try:
            handle = os.open(self.versions / name / RUNNING, os.O_RDWR)
        except OSError:
            return False
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            return True
        finally:
            os.close(handle)
        return False

    def can_link(self) -> bool:
        """Whether a file can be linked on this disk."""
        one, other = self.root / LOCK, self.root / f"{NEW}link"
        other.unlink(missing_ok=True)
        try:
            os.link(one, other)
        except OSError:
            return False
        other.unlink()
        return True

    def _ready(self) -> list[str]:
        there = (path.name for path in self.versions.iterdir())
        return sorted(name for name in there if not name.startswith(GOING) and self.is_ready(name))

    def is_ready(self, name: str) -> bool:
        """Whether a version was made whole and has passed its selftest."""
        return (self.versions / name / READY).is_file()

    def free_name(self, name: str) -> str:
        """Return a name for the same version once more."""
        number = 1
        while self.is_ready(f"{name}-r{number}"):
            number += 1
        return f"{name}-r{number}"

    def point_to(self, name: str) -> None:
        """Start another version from now on: the last step, done whole or not at all."""
        now = self.current
        if now == name:
            return
        if now is not None:
            self._point(PREVIOUS, now)
        self._point(CURRENT, name)

    def roll_back(self) -> tuple[str, str]:
        """Start the version before again; return both names."""
        now, before = self.current, self.previous
        if now is None or before is None:
            raise Stop("there is no version before to go back to.")
        self.point_to(before)
        return before, now

    def clear(self) -> None:
        """Remove what a killed installer left."""
        for path in self.versions.iterdir():
            if path.name.startswith(GOING):
                self._remove_later(path)
            elif not (path / READY).is_file():
                _remove(path)
        for path in (*self.root.glob(f"{NEW}*"), *self.root.glob(".*.new")):
            path.unlink()
        _remove(self.root / NEW_INSTALLER)
        _remove(self.root / "cache")

    def prune(self) -> None:
        """Keep the version that is started, the one before and those that run, and no more."""
        kept = {self.current, self.previous}
        for path in list(self.versions.iterdir()):
            there = not path.name.startswith(GOING)
            if there and path.name not in kept and not self.is_running(path.name):
                self.discard(path.name)
        self._prune_pythons()
        _remove(self.root / "cache")

    def _prune_pythons(self) -> None:
        """Remove what uv fetched for versions that are gone: an update may bring a newer Python."""
        homes = set[Path]()
        for path in self.versions.iterdir():
            said = re.search(r"^home *= *(.+)$", _read(path / "env" / "pyvenv.cfg"), re.MULTILINE)
            if said is None:
                return  # nobody says what is in use
            homes.add(Path(said[1].strip()).resolve())
        for path in sorted(self.root.glob("python/cpython-*"), key=Path.is_symlink):
            if path.is_symlink() and not path.exists():
                path.unlink()  # uv's name for the newest one
            elif not any(home.is_relative_to(path.resolve()) for home in homes):
                self._remove_later(path)

    def discard(self, name: str) -> None:
        """Remove a version: first it stops counting, whole, then its files go."""
        going = self.versions / f"{GOING}{name}"
        try:
            (self.versions / name).rename(going)
        except OSError:  # it was not begun; or it is running, on Windows, and stays
            return
        self._remove_later(going)

    def _remove_later(self, going: Path) -> None:
        """Remove what does not count any more: the next installer tries again what remains."""
        try:
            _remove(going)
        except OSError as error:
            say(f"Of an older version something remains: {_sentence(error)}", error=True)

    def keep_installer(self, pack: Path) -> None:
        """Keep a copy of this program, by which the version can be repaired and removed."""
        kept, fresh = self.root / "installer", self.root / NEW_INSTALLER
        if pack == kept:
            return
        _remove(fresh)
        shutil.copytree(pack, fresh, ignore=shutil.ignore_patterns("wheels", "python"))
        _remove(kept)
        fresh.rename(kept)
        if not WINDOWS:
            script = '#!/bin/sh\nhere=$(CDPATH= cd -- "$(dirname -- "$0")" && pwd)\n' + SETUP
            write_whole(self.root / "setup", script)
            (self.root / "setup").chmod(0o755)

    def remove(self) -> None:
        """Remove all of it."""
        for name in (CURRENT, PREVIOUS):
            (self.root / name).unlink(missing_ok=True)
        for path in list(self.versions.iterdir()):  # the folder may be a link to a larger disk
            _remove(path)
        # killed at any moment, what is left of this program works, or is seen not to be whole
        for name in ("versions", "cache", "python", "setup", "installer", NEW_INSTALLER):
            _remove(self.root / name)
        for name in (RECEIPT, LOCK):
            (self.root / name).unlink(missing_ok=True)
        if self.root.is_symlink():
            say(f"{self.root} is a link that is not ours; it stays.")
            return
        try:
            self.root.rmdir()
        except OSError:
            say(f"{self.root} has files in it that are not ours; it stays.")

    def _pointed(self, pointer: str) -> str | None:
        path = self.root / pointer
        try:
            name = path.read_text("utf-8").strip() if WINDOWS else path.readlink().name
        except OSError:
            return None
        return name if self.is_ready(name) else None

    def _point(self, pointer: str, name: str) -> None:
        fresh = self.root / f"{NEW}{pointer}"
        fresh.unlink(missing_ok=True)
        if WINDOWS:
            with fresh.open("w", encoding="utf-8") as file:
                file.write(name + "\n")
                file.flush()
                os.fsync(file.fileno())
        else:
            fresh.symlink_to(Path("versions") / name)
        fresh.replace(self.root / pointer)
        settle(self.root)


def link_same(old: Path, new: Path, pins: dict[str, str]) -> int:
    """Link each pinned distribution of another version that is whole there; return how many."""
    source, target = _packages_of(old / "env"), _packages_of(new / "env")
    if source is None or target is None or source.parent.name != target.parent.name:
        return 0  # another Python: nothing fits
    done = 0
    for about in _alike(source, pins):
        files = _whole(source, about)
        if files is None:
            continue
        for file in files:
            place = target / file
            place.parent.mkdir(parents=True, exist_ok=True)
            try:
                os.link(source / file, place)
            except OSError:  # another disk, or one without links
                shutil.copy2(source / file, place)
        done += 1
    return done


def _alike(packages: Path, pins: dict[str, str]) -> Iterator[Path]:
    """Give the metadata of the distributions that are there in the version that a list says."""
    for about in sorted(packages.glob("*.dist-info")):
        name, _, version = about.name.removesuffix(".dist-info").rpartition("-")
        if pins.get(_normal(name)) == version:
            yield about


def _size(about: Path) -> int:
    """Return how many bytes the files of a distribution have, as its RECORD says."""
    try:
        with (about / "RECORD").open(encoding="utf-8", newline="") as record:
            return sum(int(row[2]) for row in csv.reader(record) if len(row) > 2 and row[2])
    except (OSError, ValueError):
        return 0


def _packages_of(environment: Path) -> Path | None:
    found = [*environment.glob("lib/python3*/site-packages"), environment / "Lib/site-packages"]
    return next((path for path in found if path.is_dir()), None)


def _whole(packages: Path, about: Path) -> list[Path] | None:
    """Return the files of a distribution below its folder; None if one is not what RECORD says."""
    files = []
    try:
        with (about / "RECORD").open(encoding="utf-8", newline="") as record:
            for name, checksum, *_ in csv.reader(record):
                file = Path(name)
                if file.is_absolute() or ".." in file.parts or file.suffix == ".pyc":
                    continue  # a script says where its environment is: it is made anew
                if checksum:
                    kind, _, wanted = checksum.partition("=")
                    with (packages / file).open("rb") as read:  # some have more than a GB
                        found = urlsafe_b64encode(file_digest(read, "sha256").digest())
                    if kind != "sha256" or found.rstrip(b"=").decode() != wanted:
                        return None
                if (packages / file).is_file():
                    files.append(file)
    except (OSError, ValueError):
        return None
    return files


# -- what is installed


class Pack:
    """What came with this installer: uv, our packages, and the locked lists of all others."""

    def __init__(self, folder: Path, wheels: Path | None) -> None:
        self.folder = folder
        beside = folder / "wheels"
        self.wheels = wheels.absolute() if wheels else beside if beside.is_dir() else None
        try:
            self._about = json.loads((folder / PAYLOAD).read_text("utf-8"))
            self.version: str = self._about["version"]
        except (OSError, ValueError, KeyError) as error:
            raise Stop("the installer is damaged: get it again.") from error
        if wheels is not None and not wheels.is_dir():
            raise Stop(f"there is no folder {wheels}.")

    def check(self) -> None:
        """Compare every file with its checksum. Raises Stop where one differs."""
        for name, wanted in self._about["files"].items():
            path = self.folder / name
            if not path.is_file() or sha256(path.read_bytes()).hexdigest() != wanted:
                raise Stop(f"the installer is damaged ({name}): get it again.")

    def name(self, backend: str) -> str:
        """Return the name of the version that this pack makes for a card."""
        said = json.dumps([self._about["files"], self._about["wheels"], backend])
        return f"{self.version}-{backend}-{sha256(said.encode()).hexdigest()[:8]}"

    def backend(self, card: str) -> str:
        """Return for which card there is a list: the one that is asked for, or the processor."""
        there = self._about["backends"]
        if card in there:
            return card
        if "cpu" not in there:
            raise Stop(f"this installer has nothing for {card}; it has {', '.join(there)}.")
        return "cpu"

    def requirements(self, backend: str) -> Path:
        """Return the locked list for a card."""
        return self.folder / str(self._about["backends"][backend]["requirements"])

    def needs_bytes(self, backend: str) -> int:
        """Return how much room a first installation takes at its largest."""
        return int(self._about["backends"][backend]["bytes"])

    def update_bytes(self, backend: str) -> int:
        """Return how much room it takes where all other packages are there already."""
        return int(self._about["backends"][backend].get("update_bytes", 0))

    def indexes(self, backend: str) -> list[str]:
        """Return where packages are fetched from, besides uv's own."""
        return list(self._about["backends"][backend].get("indexes", ()))

    def pins(self, backend: str) -> dict[str, str]:
        """Return the version of each package in the list."""
        text = self.requirements(backend).read_text("utf-8")
        found = re.findall(r"^([A-Za-z0-9._-]+)==([^\s;\\]+)", text, re.MULTILINE)
        return {_normal(name): version for name, version in found}

    def pythons(self) -> set[int]:
        """Return for which Pythons, 3 and a number, the folder of packages is; none means any."""
        files = self.wheels.glob("*.whl") if self.wheels else ()
        found = (re.search(r"-cp3(\d+)-cp3\1-", path.name) for path in files)
        return {int(one[1]) for one in found if one and _fits(3, int(one[1]))}

    def ours(self) -> list[str]:
        """Return our packages: files, or where to fetch them, each with its checksum checked."""
        found = []
        for one in self._about["wheels"]:
            for folder in (self.folder, self.wheels):
                path = folder / one["file"] if folder else None
                if path and path.is_file():
                    if sha256(path.read_bytes()).hexdigest() != one["sha256"]:
                        raise Stop(f"{path} is damaged: get it again.")
                    found.append(str(path))
                    break
            else:
                if self.wheels or not one.get("url"):
                    raise Stop(f"{one['file']} is missing: it belongs beside the other packages.")
                found.append(f"{one['url']}#sha256={one['sha256']}")
        return found


class Uv:
    """uv, told to keep everything in one folder."""

    def __init__(self, pack: Pack, place: Place, backend: str) -> None:
        self._pack, self._program = pack, pack.folder / f"uv{EXE}"
        # uv may outlive an installer that is killed: until it ends, no other one is let in
        self._held = () if WINDOWS or place.lock is None else (place.lock,)
        self._indexes = pack.indexes(backend)
        kept = {name: value for name, value in os.environ.items() if not name.startswith("UV_")}
        kept = {name: value for name, value in kept.items() if not name.startswith("PYTHON")}
        kept.pop("VIRTUAL_ENV", None)
        self._environment = kept | {
            "UV_CACHE_DIR": str(place.root / "cache"),
            "UV_PYTHON_INSTALL_DIR": str(place.root / "python"),
            "UV_PYTHON_INSTALL_BIN": "0",
            "UV_PYTHON_INSTALL_REGISTRY": "0",
            "UV_NO_CONFIG": "1",
        }
        archives = HERE.parent / "archives"  # what was fetched to run this program
        if archives.is_dir():
            self._environment["UV_PYTHON_CACHE_DIR"] = str(archives)

    def make_environment(self, folder: Path, python: str | None) -> None:
        """Make an environment with a Python that fits, fetched where there is none.

        One that was fetched for the installer goes with it: the same is laid beside the versions.
        """
        more: tuple[str, ...] = ()
        wanted, fits = python or sys.executable, _fits(*sys.version_info[:2])
        if built := self._pack.pythons():  # the folder of packages may be for another one
            fits = fits and sys.version_info.minor in built
            wanted = wanted if python or fits else f"3.{max(built)}"
        elif not python and not fits:
            wanted = ">=3.11,<3.14"
        if not python and fits and Path(sys.base_prefix).resolve().is_relative_to(HERE.parent):
            wanted, more = platform.python_version(), ("--managed-python",)
        self._run("venv", "--no-project", *more, "--python", wanted, str(folder))

    def install_locked(self, environment: Path, requirements: Path) -> None:
        """Install exactly what a list says, each file by its checksum."""
        say("Installing what it is made of. The first time that takes some minutes.")
        self._pip(environment, "--require-hashes", "--no-deps", "-r", str(requirements))

    def install_ours(self, environment: Path) -> None:
        """Install the program itself."""
        self._pip(environment, "--no-deps", *self._pack.ours())

    def _pip(self, environment: Path, *more: str) -> None:
        python = environment / SCRIPTS / f"python{EXE}"
        where: list[str] = []
        if self._pack.wheels is not None:
            where = ["--offline", "--no-index", "--find-links", str(self._pack.wheels)]
        else:
            for index in self._indexes:
                where += ["--index", index]
            where += ["--index-strategy", "unsafe-best-match"] if where else []
        self._run(
            "pip", "install", "--python", str(python), "--link-mode", "hardlink", *where, *more
        )

    def _run(self, *words: str) -> None:
        if sys.stderr.isatty() and not WINDOWS:
            code, said = _shown([str(self._program), *words], self._environment, self._held)
        else:
            with _running(
                [str(self._program), "--quiet", *words],
                env=self._environment,
                stderr=subprocess.PIPE,
                pass_fds=self._held,
            ) as running:
                said = running.communicate()[1].decode("utf-8", "replace")
            code = running.returncode
        if code:
            raise Stop(_why(said))


@contextmanager
def _running(command: list[str], **how: Any) -> Iterator["subprocess.Popen[bytes]"]:
    """Start a program, wait for its end, and kill it where what is done meanwhile is cut short.

    A signal that comes before it is known is heeded just after: else nothing would end it.
    """
    came: list[int] = []
    heeded = {}
    for one in (signal.SIGINT, *_ends()):
        if callable(signal.getsignal(one)):
            heeded[one] = signal.signal(one, lambda number, _frame: came.append(number))

    def heed_again() -> None:
        for one, heed in heeded.items():
            signal.signal(one, heed)

    try:
        running = subprocess.Popen(command, **how)
    except BaseException:
        heed_again()
        raise
    with running:
        try:
            heed_again()
            for number in came:
                signal.raise_signal(number)
            yield running
        except BaseException:
            running.kill()
            raise


def _shown(
    command: list[str], environment: dict[str, str], held: tuple[int, ...]
) -> tuple[int, str]:
    """Let a program show on the terminal how far it is; return its code and its last words.

    It is given a terminal of its own, whose words are passed on: into a pipe it would show nothing.
    """
    if sys.platform == "win32":
        raise NotImplementedError
    import fcntl
    import pty
    import termios

    here = sys.stderr.fileno()
    ours, its = pty.openpty()
    said = b""
    try:
        size = fcntl.ioctl(here, termios.TIOCGWINSZ, bytes(8))
        fcntl.ioctl(its, termios.TIOCSWINSZ, size)
        with _running(command, env=environment, stderr=its, pass_fds=held) as running:
            os.close(its)
            while words := _read_terminal(ours):
                os.write(here, words)
                said = (said + words)[-LAST_WORDS:]
    finally:
        os.close(ours)
    return running.returncode, COLOURS.sub("", said.decode("utf-8", "replace"))


def _read_terminal(handle: int) -> bytes:
    try:
        return os.read(handle, 4096)
    except OSError:  # so Linux says that the other side is closed
        return b""


def _fits(major: int, minor: int) -> bool:
    return (3, 11) <= (major, minor) < (3, 14)


def _why(words: str) -> str:
    """Return in a sentence why uv did not do it."""
    if NO_ROOM.search(words):
        return DISK_FULL
    if "hash mismatch" in words.lower():
        found = re.search(r"[Hh]ash mismatch for `([^`]+)`", words)
        what = found[1] if found else "a package"
        return f"{what} is not the file that was tested (its checksum differs). Get it again."
    if re.search(r"dns error|error sending request|Connection|timed out", words):
        return "there is no network. Connect, or use the offline pack (--wheels FOLDER)."
    plain = re.sub(r"[\s×╰─▶│]+", " ", words)  # on a terminal its lines are broken
    for pattern, sentence in UV_SAYS:
        if found := re.search(pattern, plain):
            return sentence.format(found[1])
    if "No interpreter found" in words or "No Python" in words:
        return "no Python 3.11, 3.12 or 3.13 is here, and none could be fetched."
    lines = [line for line in words.splitlines() if line.strip()]
    begun = [number for number, line in enumerate(lines) if re.match(r"error|\s*×", line)]
    lines = lines[begun[0] :] if begun else lines  # what is before only says how far it was
    said = "; ".join(line.strip(" ×╰─▶│") for line in lines[:3])
    return said or "uv ended without a word."


# -- which card


def find_card() -> tuple[str, str]:
    """Return which build of torch fits the machine, and why."""
    if MAC:
        if platform.machine() == "arm64":
            return "mps", "an Apple chip"
        raise Stop("Macs without an Apple chip are not supported: torch has no builds for them.")
    nvidia = _ask(
        "nvidia-smi", "--query-gpu=name,compute_cap,driver_version", "--format=csv,noheader"
    )
    found = [_nvidia(line) for line in nvidia.splitlines()]
    found += map(_amd, amd_targets(Path("/sys/class/kfd/kfd/topology/nodes")))
    return best_card([card for card in found if card is not None])


def best_card(found: list[tuple[str, str]]) -> tuple[str, str]:
    """Return the first card that there is a build for; without any, why there is none."""
    usable = (card for card in found if card[0] != "cpu")
    return next(usable, found[0] if found else ("cpu", "no card was found"))


def _amd(target: str) -> tuple[str, str]:
    """Return the build for a card that the kernel offers for computing."""
    if target in AMD:
        return "rocm", f"AMD {target}"
    return "cpu", f"today's torch has no code for AMD {target}"


def _nvidia(line: str) -> tuple[str, str] | None:
    """Return the build for a card as nvidia-smi describes it; None if the line says nothing."""
    parts = [part.strip() for part in line.split(",")]
    if len(parts) != 3 or not re.fullmatch(r"\d+\.\d+", parts[1]):
        return None
    name, capability = parts[0], tuple(int(part) for part in parts[1].split("."))
    digits = re.match(r"\d+", parts[2])
    driver = int(digits[0]) if digits else 0
    for build, (least, least_driver) in CARDS.items():
        if capability >= least and driver >= least_driver:
            return build, name
    if capability < CARDS["cu126"][0]:
        return "cpu", f"{name} is too old for today's torch"
    return "cpu", f"the driver {parts[2]} of {name} is too old: {CARDS['cu126'][1]} is needed"


def amd_targets(nodes: Path) -> list[str]:
    """Return the AMD cards that the kernel offers for computing, such as gfx1100."""
    found = []
    for file in sorted(nodes.glob("*/properties")):
        said = re.search(r"^gfx_target_version (\d+)", _read(file), re.MULTILINE)
        number = int(said[1]) if said else 0
        if number:
            found.append(f"gfx{number // 10000}{number // 100 % 100:x}{number % 100:x}")
    return found


def _ask(*command: str) -> str:
    try:
        said = subprocess.run(command, capture_output=True, text=True, timeout=20, check=False)
    except (OSError, subprocess.TimeoutExpired):
        return ""
    return said.stdout if said.returncode == 0 else ""


def _read(path: Path) -> str:
    try:
        return path.read_text("utf-8", "replace")
    except OSError:
        return ""


# -- what lies elsewhere


class Entries:
    """What makes the program be found: entries of the menu, commands of the shell."""

    def __init__(self, place: Place) -> None:
        self._place, self._receipt = place, place.root / RECEIPT

    def lay(self) -> None:
        """Lay them; what is laid is written down first, so that it is removed in any case."""
        wanted = {} if WINDOWS else self._app() if MAC else self._linux()
        for path in [path for path, content in wanted.items() if isinstance(content, Path)]:
            if os.path.lexists(path) and _installation_of(path) is None:
                say(f"{path} is there already, and is not ours: it stays, and no command is laid.")
                del wanted[path]
        laid = {*self._laid(), *map(str, wanted)}
        made = _applications() / "mimeinfo.cache"  # by what `_tell_desktop` starts
        if not made.exists():
            laid.add(str(made))
        write_whole(self._receipt, json.dumps(sorted(laid), indent=1))
        for path, content in wanted.items():
            path.parent.mkdir(parents=True, exist_ok=True)
            if isinstance(content, Path):
                fresh = path.with_name(f".{path.name}.new")
                fresh.unlink(missing_ok=True)
                fresh.symlink_to(content)
                fresh.replace(path)
            else:
                write_whole(path, content)
                if path.parent.name == "MacOS":
                    path.chmod(0o755)
        self._tell_desktop()

    def remove(self) -> None:
        """Remove them, and folders that are empty then.

        Not what is another's by now: a command of a person's own, and all that serves another
        installation, which took the commands over.
        """
        laid = [Path(name) for name in self._laid()]
        links = {path: _installation_of(path) for path in laid}
        others = {place for place in links.values() if place and self._is_another(place)}
        ours = []
        for path in laid:
            place = links[path]
            if place in others or (place is None and (others or path.parent.name == "bin")):
                continue
            path.unlink(missing_ok=True)
            ours.append(path)
        self._tell_desktop()
        for path in ours:
            for folder in path.parents[:4]:
                if folder in (Path.home(), Path.home() / ".local", Path.home() / ".local/share"):
                    break
                try:
                    folder.rmdir()
                except OSError:
                    break

    def _is_another(self, place: Path) -> bool:
        try:
            return not place.samefile(self._place.root)
        except OSError:  # it is gone
            return False

    def _laid(self) -> list[str]:
        try:
            said: list[str] = json.loads(self._receipt.read_text("utf-8"))
        except (OSError, ValueError):
            return []
        return said

    def _linux(self) -> dict[Path, "str | bytes | Path"]:
        share = _applications().parent
        commands = Path.home() / ".local" / "bin"
        files = HERE / "entries"
        entry = (files / f"{NAME}.desktop").read_text("utf-8")
        started = _quoted(str(self._place.program(NAME)))
        entry = re.sub(r"^Exec=\S+", lambda _: f"Exec={started}", entry, flags=re.MULTILINE)
        entry = re.sub(r"^TryExec=.*\n", "", entry, flags=re.MULTILINE)
        icons = share / "icons" / "hicolor"
        return {
            commands / "kandinsky": self._place.program("kandinsky"),
            commands / NAME: self._place.program(NAME),
            share / "applications" / f"{NAME}.desktop": entry,
            share / "mime" / "packages" / f"{NAME}.xml": (files / f"{NAME}.xml").read_bytes(),
            icons / "scalable" / "apps" / f"{NAME}.svg": (files / f"{NAME}.svg").read_bytes(),
            icons / "256x256" / "apps" / f"{NAME}.png": (files / f"{NAME}.png").read_bytes(),
        }

    def _app(self) -> dict[Path, "str | bytes | Path"]:
        inside = Path.home() / "Applications" / f"{TITLE}.app" / "Contents"
        files = HERE / "entries"
        started = str(self._place.program(NAME)).replace("'", "'\\''")
        return {
            inside / "Info.plist": (files / "Info.plist").read_text("utf-8"),
            inside / "Resources" / "icon.icns": (files / "icon.icns").read_bytes(),
            inside / "MacOS" / NAME: f"#!/bin/sh\nexec '{started}' \"$@\"\n",
        }

    def _tell_desktop(self) -> None:
        """Let the desktop read its folders again; without that program it does so later."""
        if WINDOWS or MAC:
            return
        if any(_applications().glob("*.desktop")):
            _ask("update-desktop-database", "-q", str(_applications()))
        kinds = _applications().with_name("mime")
        if (kinds / "mime.cache").exists():  # where there is none, dozens of files would be left
            _ask("update-mime-database", str(kinds))


def _installation_of(command: Path) -> Path | None:
    """Return the folder of the installation that a command starts; None if it is none of ours."""
    try:
        program = command.readlink()
    except OSError:
        return None
    if program.parts[-4:-1] != (CURRENT, "env", SCRIPTS):
        return None
    return program.parents[3]


def _applications() -> Path:
    """Return the folder of a person's entries of the menu on Linux."""
    share = os.environ.get("XDG_DATA_HOME") or str(Path.home() / ".local" / "share")
    return Path(share) / "applications"


def _quoted(path: str) -> str:
    """Return a path as the Exec line of a desktop entry takes it."""
    for sign in ("\\", '"', "`", "$"):
        path = path.replace(sign, f"\\{sign}")
    return '"' + path.replace("\\", "\\\\").replace("%", "%%") + '"'


# -- small things


def write_whole(path: Path, content: str | bytes) -> None:
    """Write a file so that it is there whole or not at all, on the disk when this returns."""
    fresh = path.with_name(f".{path.name}.new")
    data = content.encode() if isinstance(content, str) else content
    with fresh.open("wb") as file:
        file.write(data)
        file.flush()
        os.fsync(file.fileno())
    fresh.replace(path)
    settle(path.parent)


def settle(folder: Path) -> None:
    """Have on the disk what was renamed in a folder: on Windows no program can ask for that."""
    if WINDOWS:
        return
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    except OSError as error:
        if error.errno not in {errno.EINVAL, errno.ENOTSUP}:  # disks of a network may not have it
            raise
    finally:
        os.close(handle)


def _remove(folder: Path) -> None:
    """Remove a folder with all that is in it, if it is there."""
    if folder.is_symlink() or folder.is_file():
        folder.unlink()
    elif folder.exists():
        shutil.rmtree(folder)


def _normal(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()


def _sentence(error: OSError) -> str:
    if isinstance(error, shutil.Error):  # of many files: what was said of the first
        words = str(error.args[0][0][2])
        return DISK_FULL if NO_ROOM.search(words) else f"{words}."
    if error.errno in {errno.ENOSPC, errno.EDQUOT}:
        return DISK_FULL
    where = f" ({error.filename})" if error.filename else ""
    return f"{error.strerror or error}{where}."


def say(words: str, *, error: bool = False) -> None:
    """Tell the person."""
    stream = sys.stderr if error else sys.stdout
    try:
        print(words, file=stream, flush=True)
    except OSError:  # nobody reads it any more: a terminal that was closed, `head`
        os.dup2(os.open(os.devnull, os.O_WRONLY), stream.fileno())


if __name__ == "__main__":
    try:
        sys.exit(main())
    finally:
        take_away(HERE.parent)
