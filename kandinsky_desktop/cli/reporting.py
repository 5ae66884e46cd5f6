"""`kandinsky doctor --report FOLDER`: paint a fixed set with what is here, and write what it took.

What lies in the folder can be passed on: pictures without their requests, times, memory that was
predicted and measured, and no path of the person's. It is written anew after each picture, so that
what was painted is there whatever ends it.
"""

import argparse
import contextlib
import json
import os
import platform
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from io import BytesIO
from pathlib import Path
from typing import TYPE_CHECKING, Any

from kandinsky_desktop import __version__
from kandinsky_desktop.cli import options, painting, report_page, versions
from kandinsky_desktop.cli.bars import Bars
from kandinsky_desktop.cli.saying import show_path, tell, usage
from kandinsky_desktop.domain.conditioning import (
    Conditioning,
    ImagePrompt,
    Ingredient,
    Interpolation,
    Mix,
    Prompt,
    Source,
)
from kandinsky_desktop.domain.errors import (
    InvalidRequest,
    KandinskyError,
    ModelProblem,
    SavingFailed,
)
from kandinsky_desktop.domain.events import PhaseRan, Progress
from kandinsky_desktop.domain.fields import declared
from kandinsky_desktop.domain.file_format import with_format
from kandinsky_desktop.domain.i18n import N_, _
from kandinsky_desktop.domain.job import Job
from kandinsky_desktop.domain.model import Model, check_fits
from kandinsky_desktop.domain.paths import typed_path
from kandinsky_desktop.domain.record import Record
from kandinsky_desktop.domain.request import Paint, Sampling
from kandinsky_desktop.domain.task import Depth, Inpaint
from kandinsky_desktop.store import atomic_file, contact_sheet, places, temporary
from kandinsky_desktop.store.models import fingerprint_of

if TYPE_CHECKING:
    from PIL.Image import Image

    from kandinsky_desktop.engine.engine import Engine

PAGE, FIGURES, PICTURES = "report.html", "report.json", "pictures"
SEED = 1
FRAMES = 5  # of a strip
EVERY_S = 0.05  # the memory is looked at
Values = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Desk:
    """What requests are made of: the prompts of a model, and files that we made."""

    prompts: tuple[str, ...]
    picture: Path  # what words painted, or a drawing of ours
    mask: Path
    near: Path  # a depth map
    sees: bool  # whether the model looks at pictures


@dataclass(frozen=True, slots=True)
class Task:
    """One thing that is painted."""

    name: str
    title: str  # marked for translation
    about: str
    make: Callable[[Paint, Desk], Paint]


def _words(request: Paint, desk: Desk) -> Paint:
    del desk
    return request


def _fusion(request: Paint, desk: Desk) -> Paint:
    one: Source = ImagePrompt(desk.picture) if desk.sees else Prompt(desk.prompts[0])
    parts = Ingredient(one, 0.5), Ingredient(Prompt(desk.prompts[1]), 0.5)
    return replace(request, conditioning=Mix(ingredients=parts))


def _variation(request: Paint, desk: Desk) -> Paint:
    return replace(request, conditioning=ImagePrompt(desk.picture))


def _inpaint(request: Paint, desk: Desk) -> Paint:
    hole = Inpaint(path=desk.picture, masks=(desk.mask,))
    return replace(request, conditioning=Prompt(desk.prompts[2]), task=hole)


def _depth(request: Paint, desk: Desk) -> Paint:
    return replace(request, depth=Depth(path=desk.near))


def _strip(request: Paint, desk: Desk) -> Paint:
    way = Interpolation(start=Prompt(desk.prompts[0]), end=Prompt(desk.prompts[1]), blend="slerp")
    return replace(request, conditioning=way, count=FRAMES)


TASKS = (
    Task("words", N_("Words"), N_("words to a picture"), _words),
    Task(
        "fusion",
        N_("Fusion"),
        N_("the first picture, if the model looks at pictures, and other words"),
        _fusion,
    ),
    Task("variation", N_("Variation"), N_("what the first picture means"), _variation),
    Task("inpaint", N_("Inpaint"), N_("words into a round hole of the first picture"), _inpaint),
    Task("depth", N_("Depth"), N_("words along the depth of a ball before a wall"), _depth),
    Task("strip", N_("Strip"), N_("the way from one prompt to another"), _strip),
)


def add_options(parser: argparse.ArgumentParser) -> None:
    """Add where the report goes, and how long it may take."""
    parser.add_argument(
        "--report",
        type=options.named,
        metavar="FOLDER",
        help=_("paint a fixed set with each model and write a page with pictures, times, memory"),
    )
    parser.add_argument(
        "--steps",
        type=options.within(declared(Sampling)["steps"], int),
        metavar="N",
        help=_("of the report's pictures: fewer are quicker"),
    )


def report(args: argparse.Namespace) -> int:
    """Paint, and write the report. Return 1 if anything failed. Raises KandinskyError."""
    folder = typed_path(args.report).absolute()
    found = painting.found_models(args)
    models = [found.named(args.model)] if args.model else list(found.models)
    if not models:
        raise ModelProblem(_("No model was found."))
    files = Files(folder)
    about = _about()
    with temporary.folder("report") as cache:
        with usage(args.parser):
            engine = painting.make_engine(args.device, args.threads, cache)
        files.write(about)  # before anything is painted: a folder that takes nothing says so
        _report(args, models, Told(files, about, _private(folder, models, cache)), engine)
    show_path(folder / PAGE)
    states = [task["state"] for model in about["models"] for task in model["tasks"]]
    return 1 if "failed" in states else 0


def _report(
    args: argparse.Namespace, models: Sequence[Model], told: "Told", engine: "Engine"
) -> None:
    """Paint all, with an engine that knows nothing yet. Raises KeyboardInterrupt, too."""
    if args.budget is not None:
        engine.cap_memory(args.budget, eight_bits=args.eight_bits)
    awake, about = engine.about(), told.about
    about["device"] = {
        "kind": awake.device,
        "name": awake.device_name,
        "threads": awake.threads,
        "budget_bytes": awake.budget_bytes,
        "memory_bytes": engine.memory().total_bytes,
    }
    try:
        for model in map(painting.with_fingerprints, models):
            _paint_all(engine, model, args, told)
            engine.put_models_away()
    except KeyboardInterrupt:
        about["stopped"] = True
        told.write()
        raise
    about["complete"] = True
    told.write()


class Files:
    """The folder of a report. What it does not take is said in a sentence."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def write(self, about: Values) -> None:
        """Write the figures, and the page that shows them. Raises SavingFailed."""
        plain = json.dumps(with_format(about), indent=1, ensure_ascii=False) + "\n"
        self.put(FIGURES, plain.encode())
        self.put(PAGE, report_page.page(about).encode())

    def put(self, name: str, data: bytes) -> Path:
        """Write a file. Raises SavingFailed."""
        path = self.folder / name
        try:
            atomic_file.write(path, data, lasting=False)
        except OSError as error:
            words = _("The report could not be written to {folder}: {reason}.")
            raise SavingFailed(
                words.format(folder=self.folder, reason=error.strerror or error)
            ) from error
        return path


@dataclass
class Told:
    """What is known so far, and where it is written."""

    files: Files
    about: Values
    private: Mapping[str, str]

    def write(self) -> None:
        """Write it, without what is the person's own."""
        self.files.write(self.about)

    def plain(self, text: str) -> str:
        """Return a sentence without the person's folders."""
        for path, name in self.private.items():
            text = text.replace(path, name)
        return text


def _paint_all(engine: "Engine", model: Model, args: argparse.Namespace, told: Told) -> None:
    about = _of_model(model, told)
    told.about["models"].append(about)
    number = len(told.about["models"])
    sampling = replace(model.profile.sampling, seed=SEED, prior_seed=SEED)
    if args.steps is not None:
        prior_steps = min(args.steps, sampling.prior_steps)
        asked = replace(sampling, steps=args.steps, prior_steps=prior_steps)
        sampling = options.fitted_aloud(asked, model, tell)
    prompts = (*model.profile.prompts, "a red cat", "the sea at night", "a house")[:3]
    request = Paint(conditioning=Prompt(prompts[0]), sampling=sampling)
    desk = _desk(told.files, model, prompts)
    for task in TASKS:
        result: Values = {"name": task.name, "title": _(task.title), "about": _(task.about)}
        result["state"] = "stopped"  # until it is known better
        about["tasks"].append(result)
        tell(f"{model.name}: {_(task.title)}")
        try:
            wanted = task.make(request, desk)
            check_fits(wanted, model)
        except InvalidRequest as error:
            result |= {"state": "skipped", "why": told.plain(str(error))}
            told.write()
            continue
        result |= _asked(wanted)
        picture = _paint_one(engine, model, wanted, result, told, f"{number}-{task.name}")
        if task.name == "words" and picture is not None:
            desk = replace(desk, picture=picture)
        told.write()


def _paint_one(
    engine: "Engine", model: Model, request: Paint, result: Values, told: Told, name: str
) -> Path | None:
    """Paint a request, and note what it took. Raises SavingFailed and KeyboardInterrupt."""
    images: list[Image] = []
    phases: list[PhaseRan] = []

    def deliver(image: "Image", record: Record, meaning: bytes) -> None:
        del record, meaning
        images.append(image)

    began = time.perf_counter()
    try:
        with Bars(quiet=False) as bars, _watched(engine, result):

            def note(progress: Progress) -> None:
                bars.report(progress)
                if isinstance(progress, PhaseRan):
                    phases.append(progress)

            engine.run(Job(request), model.root, note, deliver, previews=False)
        result["state"] = "made"
    except KandinskyError as error:
        result |= {"state": "failed", "why": told.plain(str(error))}
    finally:
        result["seconds"] = round(time.perf_counter() - began, 2)
        result["phases"] = [_of_phase(one) for one in phases]
    if not images:
        return None
    data = contact_sheet.sheet(images) if len(images) > 1 else _png(images[0])
    path = told.files.put(f"{PICTURES}/{name}.png", data)
    result["picture"] = f"{PICTURES}/{name}.png"
    return path


@contextlib.contextmanager
def _watched(engine: "Engine", result: Values) -> Iterator[None]:
    """Note the most memory that is in use at once: of the card, else of this process."""
    ended, most = threading.Event(), [engine.memory().used_bytes]

    def watch() -> None:
        while not ended.wait(EVERY_S):
            most.append(engine.memory().used_bytes)
            most[:] = [max(most)]

    watcher = threading.Thread(target=watch, daemon=True)
    watcher.start()
    try:
        yield
    finally:
        ended.set()
        watcher.join()
        result["used_bytes"] = max(most)


def _of_phase(ran: PhaseRan) -> Values:
    """Return what a phase took, as JSON takes it. 0 bytes: the device cannot say."""
    about: Values = {
        "operation": ran.operation,
        "network": ran.network,
        "pixels": ran.pixels,
        "calls": ran.calls,
        "seconds": round(ran.seconds, 3),
    }
    if ran.memory is not None:
        about |= {
            "way": ran.mode,
            "predicted_bytes": ran.memory.predicted,
            "measured_bytes": ran.memory.peak,
            "predicted_reserved_bytes": ran.memory.predicted_reserved,
            "reserved_bytes": ran.memory.reserved,
        }
    return about


def _asked(request: Paint) -> Values:
    sampling = request.sampling
    return {
        "words": _said(request.conditioning),
        "width": sampling.width,
        "height": sampling.height,
        "steps": sampling.steps,
        "prior_steps": sampling.prior_steps,
        "scheduler": sampling.scheduler,
        "pictures": request.count,
    }


def _said(conditioning: Conditioning) -> str:
    """Return the words in a conditioning, and no name of a file."""
    match conditioning:
        case Prompt(text=text):
            return text
        case Mix(ingredients=ingredients):
            return " + ".join(filter(None, (_said(one.source) for one in ingredients)))
        case Interpolation(start=start, end=end):
            return " → ".join(filter(None, (_said(start), _said(end))))
        case _:
            return ""


def _of_model(model: Model, told: Told) -> Values:
    return {
        "name": model.name,
        "title": model.profile.title,
        "family": model.family,
        "fingerprint": fingerprint_of(model),
        "size_bytes": model.size_bytes,
        "native": model.native,
        "features": sorted(model.features),
        "values": {role: one.values for role, one in model.components.items() if one.values},
        "problems": [told.plain(one) for one in model.problems],
        "tasks": [],
    }


def _about() -> Values:
    """Return what stands in a report before anything was painted."""
    return {
        "program": __version__,
        "made": datetime.now(UTC).isoformat(timespec="minutes"),
        "python": platform.python_version(),
        "system": f"{platform.system()} {platform.release()} {platform.machine()}",
        "cores": os.cpu_count(),
        "libraries": versions.of_libraries(),
        "device": {},
        "models": [],
        "complete": False,
    }


def _private(folder: Path, models: Sequence[Model], cache: Path) -> dict[str, str]:
    """Return the person's folders, the longest first, and what is written in their place."""
    known = {str(model.root): model.name for model in models}
    known |= {str(model.root.parent): _("models") for model in models}
    known |= {
        str(folder): _("report"),
        str(cache): _("cache"),
        str(places.user_models()): _("models"),
        str(Path.cwd()): ".",
        str(Path.home()): "~",
    }
    return {path: known[path] for path in sorted(known, key=len, reverse=True) if len(path) > 1}


# -- what is painted from -------------------------------------------------------------------------


def _desk(files: Files, model: Model, prompts: tuple[str, ...]) -> Desk:
    """Draw a picture, a mask and a depth map of the model's size. Raises SavingFailed."""
    side = model.native
    drawn = {
        "picture": _disc(side, "RGB", (70, 90, 140), (230, 160, 60)),
        "mask": _disc(side, "L", 0, 255),
        "near": _ball(side),
    }
    put = {
        name: files.put(f"{PICTURES}/from-{side}-{name}.png", _png(image))
        for name, image in drawn.items()
    }
    return Desk(prompts, put["picture"], put["mask"], put["near"], sees=model.can("pictures"))


def _disc(side: int, mode: str, ground: Any, colour: Any) -> "Image":
    from PIL import Image, ImageDraw

    image = Image.new(mode, (side, side), ground)
    corners = [side * 3 // 10, side * 3 // 10, side * 7 // 10, side * 7 // 10]
    ImageDraw.Draw(image).ellipse(corners, colour)
    return image


def _ball(side: int) -> "Image":
    """Return the depth of a ball before a wall: near is white."""
    import numpy as np
    from PIL import Image

    down, across = np.mgrid[0:side, 0:side] / side - 0.5
    inside = np.clip(0.35**2 - down**2 - across**2, 0, None)
    return Image.fromarray((40 + 215 * np.sqrt(inside) / 0.35).astype("uint8"))


def _png(image: "Image") -> bytes:
    stream = BytesIO()
    image.save(stream, "PNG")
    return stream.getvalue()
