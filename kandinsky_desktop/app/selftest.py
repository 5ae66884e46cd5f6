"""`--selftest`: paints a picture in the real window, with the real processes, and checks it.

All in a data folder of its own, which goes afterwards, and on a screen that nobody sees. What is
found is one JSON object: `{"format": 1, "ok": true, "checks": {...}, "seconds": {...}, ...}`. Where
something is not as it should be, `ok` is false, `problem` says why in a sentence, and the exit code
is 1.
"""

import asyncio
import json
import os
import platform
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, TextIO

from PySide6.QtCore import QObject
from PySide6.QtGui import QImage

from kandinsky_desktop import __version__
from kandinsky_desktop.domain.errors import KandinskyError
from kandinsky_desktop.domain.events import Awake, Made
from kandinsky_desktop.domain.file_format import with_format
from kandinsky_desktop.domain.i18n import _
from kandinsky_desktop.domain.job import Job
from kandinsky_desktop.store import places, temporary
from kandinsky_desktop.ui.create.room import CreateRoom
from kandinsky_desktop.worker.process import terminal_command

if TYPE_CHECKING:
    from kandinsky_desktop.app.program import Program

PROMPT, HUES, SEED = "a red heart", (330, 30), 7  # red are hues from one to the other, through 0
FEWEST_COLOURS = 64  # of a window with panels, words and icons; a blank one has one
LEAST_SHARE = 0.02  # of a picture's pixels that have the colour that was asked for
LEAST_SPREAD = 20.0  # of grey values from dark to light: a picture of nothing has none
PATIENCE_S = 300.0  # for the slowest step: a cold disk, a busy machine
LOOK_S = 0.02
LOG_LINES = 20


class Amiss(KandinskyError):
    """Something is not as it should be."""


def examine(said_to: Path, run: Callable[..., int]) -> int:
    """Run the program, say what was found to a file ("-": stdout) and return the exit code."""
    begun = time.monotonic()
    with _home_of_its_own():
        examiners: list[Examiner] = []
        run(begun=lambda program: examiners.append(Examiner(program, begun)))
        told = examiners[0].told if examiners else {"ok": False, "problem": _("No window opened.")}
    words = json.dumps(with_format(told), indent=2, ensure_ascii=False) + "\n"
    if said_to != Path("-"):
        try:
            said_to.write_text(words, "utf-8")
        except OSError as error:
            _say(sys.stderr, _("What was found cannot be written: {error}").format(error=error))
            _say(sys.stdout, words)
            return 1
    else:
        _say(sys.stdout, words)
    return 0 if told["ok"] else 1


def _say(stream: TextIO | None, words: str) -> None:
    """Write words to a stream, unless this is a program without a console."""
    if stream is not None:
        stream.write(words.rstrip("\n") + "\n")
        stream.flush()


@contextmanager
def _home_of_its_own() -> Iterator[None]:
    """Keep all that is written apart from the person's own, and show nothing."""
    wanted = {"QT_QPA_PLATFORM": "offscreen"}
    with temporary.folder("selftest") as home:
        wanted["KANDINSKY_HOME"] = str(home)
        before = {name: os.environ.get(name) for name in (*wanted, "KANDINSKY_MODELS")}
        os.environ.update(wanted)
        os.environ.pop("KANDINSKY_MODELS", None)
        try:
            yield
        finally:
            for name, value in before.items():
                if value is None:
                    os.environ.pop(name, None)
                else:
                    os.environ[name] = value


class Examiner(QObject):
    """Does what a person would, looks whether it came out, and closes the window."""

    def __init__(self, program: "Program", begun: float) -> None:
        """Begin as soon as the event loop runs."""
        super().__init__(program)
        self._program, self._state, self._begun = program, program.state, begun
        self._pid = 0  # of the engine
        self._made: list[Path] = []
        self._ended: list[object] = []
        self.told: dict[str, Any] = {
            "ok": False,
            "problem": _("It ended before all was looked at."),
            "version": __version__,
            "python": platform.python_version(),
            "system": platform.platform(),
            "frozen": bool(getattr(sys, "frozen", False)),
            "device": "",
            "checks": {},
            "seconds": {"window": self._passed()},
        }
        program.worker.engine_started.connect(self._note_engine)
        program.happened.connect(self._note_event)
        self._state.job_queue.picture_made.connect(self._note_picture)
        self._state.job_queue.job_ended.connect(self._note_end)
        program.when_running(self._examine)

    def _note_engine(self, pid: int) -> None:
        self._pid = pid

    def _note_picture(self, _job: Job, made: Made) -> None:
        self._made.append(made.path)

    def _note_end(self, _job: Job, event: object) -> None:
        self._ended.append(event)

    def _note_event(self, event: object) -> None:
        if isinstance(event, Awake):
            self.told["device"] = event.device
            self.told["seconds"].setdefault("engine", self._passed())

    def _passed(self) -> float:
        return round(time.monotonic() - self._begun, 3)

    async def _examine(self) -> None:
        try:
            self._look_at_window()
            await self._paint()
            picture = self._made[0]
            self._look_at_picture(picture)
            await self._find_shown(picture)
            await self._find_indexed(picture)
            self._ask_terminal()
        except (Amiss, KandinskyError, OSError) as error:
            self.told["problem"] = str(error)
            for name in ("engine", "indexer"):
                self.told[f"{name}_log"] = _last_lines(places.log_file(name))
        else:
            del self.told["problem"]
            self.told["ok"] = True
        finally:
            self.told["seconds"]["all"] = self._passed()
            self._program.window.close()

    def _look_at_window(self) -> None:
        image = self._program.window.grab().toImage()
        colours = _colours(image)
        self.told["checks"]["window"] = {
            "size": [image.width(), image.height()],
            "colours": colours,
        }
        if colours < FEWEST_COLOURS:
            raise Amiss(_("The window is blank."))
        heavy = sorted({"torch", "diffusers", "transformers"} & set(sys.modules))
        if heavy:
            raise Amiss(_("The window imported {names}.").format(names=", ".join(heavy)))

    async def _paint(self) -> None:
        """Type words, and press the button."""
        draft, room = self._state.draft, self._program.workspace.rooms.of(CreateRoom)
        await self._until(lambda: draft.model is not None, _("No model was found."))
        assert draft.model is not None
        self.told["checks"]["model"] = draft.model.name
        draft.set(count=1, prior_seed_locked=True, seed_locked=True)
        draft.set_sampling(prior_seed=SEED, seed=SEED)
        room.prompt.prompt.setPlainText(PROMPT)
        button = room.prompt.run_button
        await self._until(button.isEnabled, _("The button cannot be pressed."))
        button.click()
        await self._until(lambda: bool(self._ended), _("The picture was not done in time."))
        if not self._made:
            reason = getattr(self._ended[0], "reason", "")
            raise Amiss(_("No picture was made. {reason}").format(reason=reason).strip())
        if self._pid in (0, os.getpid()):
            raise Amiss(_("The engine has no process of its own."))
        self.told["seconds"]["picture"] = self._passed()

    def _look_at_picture(self, path: Path) -> None:
        """Whether it is a picture of what was asked for, and carries its request."""
        from kandinsky_desktop.store.pictures import read_record

        record = read_record(path)
        image = QImage(str(path))
        grey = sorted(
            image.pixelColor(x, y).lightness()
            for x in range(image.width())
            for y in range(image.height())
        )
        spread = float(grey[-1 - len(grey) // 50] - grey[len(grey) // 50]) if grey else 0.0
        share = share_of_hues(image, HUES)
        self.told["checks"]["picture"] = {
            "prompt": getattr(record.request.conditioning, "text", ""),
            "size": [image.width(), image.height()],
            "spread": spread,
            "of_the_colour": round(share, 4),
            "program": record.program,
        }
        size = record.request.sampling
        if (image.width(), image.height()) != (size.width, size.height):
            raise Amiss(_("The picture has another size than was asked for."))
        if spread < LEAST_SPREAD or share < LEAST_SHARE:
            raise Amiss(_("The picture is not of what was asked for."))
        if self.told["checks"]["picture"]["prompt"] != PROMPT:
            raise Amiss(_("The picture does not carry its request."))

    async def _find_shown(self, picture: Path) -> None:
        viewer = self._state.viewer
        await self._until(lambda: viewer.current_path == picture, _("The picture is not shown."))
        self.told["checks"]["shown"] = True

    async def _find_indexed(self, picture: Path) -> None:
        """Wait for the indexer's process to have it in the library."""
        from sqlite3 import OperationalError

        from kandinsky_desktop.store import library_index

        def there() -> bool:
            try:
                with closing(
                    library_index.open_reader(library_index.place_in(places.library()))
                ) as reader:
                    said = reader.execute(
                        "SELECT count(*) FROM picture WHERE file = ?", (picture.name,)
                    )
                    return bool(said.fetchone()[0])
            except OperationalError:  # not made yet
                return False

        await self._until(there, _("The library does not know the picture."))
        self.told["checks"]["indexed"] = True
        self.told["seconds"]["indexed"] = self._passed()

    def _ask_terminal(self) -> None:
        """Whether the command line of the same build answers, and knows its libraries."""
        asked = subprocess.run(
            [*terminal_command(), "--version"],
            capture_output=True,
            text=True,
            check=False,
            timeout=PATIENCE_S,
            stdin=subprocess.DEVNULL,
        )
        self.told["checks"]["terminal"] = asked.stdout.strip()
        if asked.returncode or __version__ not in asked.stdout:
            raise Amiss(
                _("The command line does not answer: {words}").format(words=asked.stderr.strip())
            )

    async def _until(self, done: Callable[[], bool], else_say: str) -> None:
        """Wait for something, looking again and again: whoever brings it about does not matter."""
        patience = time.monotonic() + PATIENCE_S
        while not done():
            if time.monotonic() > patience:
                raise Amiss(else_say)
            await asyncio.sleep(LOOK_S)


def _colours(image: QImage) -> int:
    """Return how many colours a sample of an image's pixels has."""
    return len(
        {image.pixel(x, y) for x in range(0, image.width(), 2) for y in range(0, image.height(), 2)}
    )


def share_of_hues(image: QImage, hues: tuple[int, int]) -> float:
    """Return the share of the pixels that are vivid and of a hue between two, in degrees."""
    low, high = hues
    found = 0
    for x in range(image.width()):
        for y in range(image.height()):
            colour = image.pixelColor(x, y)
            hue = colour.hsvHue()
            between = low <= hue <= high if low <= high else hue >= low or 0 <= hue <= high
            found += between and colour.hsvSaturation() > 110 and colour.value() > 90
    return found / max(1, image.width() * image.height())


def _last_lines(file: Path) -> list[str]:
    try:
        return file.read_text("utf-8", "replace").splitlines()[-LOG_LINES:]
    except OSError:
        return []
