"""The same work from a terminal: `kandinsky draw`, `replay` and `doctor`.

Stdout carries results alone: the absolute path of each picture on a line of its own, as soon as it
is on disk. All else goes to stderr. Exit codes: 0 done; 1 our error, in one sentence; 2 usage; 130
Ctrl+C, and then the pictures that were made stay. torch is imported when drawing begins, Qt never.
"""

import argparse
import json
import os
import platform
import random
import sys
from collections.abc import Callable, Sequence
from dataclasses import asdict, fields, replace
from functools import partial
from importlib import metadata
from io import TextIOWrapper
from pathlib import Path
from typing import TYPE_CHECKING, Any, NoReturn

from tqdm import tqdm

from kandinsky_desktop import __version__
from kandinsky_desktop.domain.catalog import ModelFacts, fitted, traits_of
from kandinsky_desktop.domain.errors import (
    InvalidRequest,
    KandinskyError,
    ModelProblem,
    SavingFailed,
    Unreadable,
)
from kandinsky_desktop.domain.events import Loading, Planned, Progress, Stage, Stepped
from kandinsky_desktop.domain.fields import About, declared
from kandinsky_desktop.domain.job import Job
from kandinsky_desktop.domain.record import Conditions, Record, unlike
from kandinsky_desktop.domain.request import (
    MOST_PICTURES,
    NEGATIVES,
    SEEDS,
    Paint,
    Sampling,
    text_to_image,
)
from kandinsky_desktop.domain.settings import Settings
from kandinsky_desktop.domain.words import _
from kandinsky_desktop.engine.kept import Kept
from kandinsky_desktop.store import fingerprints, pictures, places, settings_file
from kandinsky_desktop.store.weights import Found, find_models

if TYPE_CHECKING:
    from PIL.Image import Image

    from kandinsky_desktop.engine.engine import Engine

Save = Callable[[pictures.Finished], Path]
SET_BY_ONE = ("idea_seed", "detail_seed")  # options of their own, and --seed for both
MOST_THREADS = 1024
LOADING = "loading"
LIBRARIES = (
    "PySide6-Essentials",
    "torch",
    "diffusers",
    "transformers",
    "accelerate",
    "tokenizers",
    "safetensors",
    "pillow",
    "numpy",
)


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command and return the exit code."""
    if isinstance(sys.stdout, TextIOWrapper):
        sys.stdout.reconfigure(errors="surrogateescape")  # a path may hold any bytes
    parser = _parser()
    args = parser.parse_args(arguments)
    try:
        code: int = args.command(args)
    except KandinskyError as error:
        _tell(str(error))
        return 1
    except KeyboardInterrupt:
        _tell(_("Stopped."))
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
    again.set_defaults(command=_replay)
    again.add_argument("picture", type=Path, metavar="PICTURE", help=_("a PNG of ours"))

    for drawing in (draw, again):
        drawing.add_argument(
            "-o", dest="output", metavar="PATH", help=_("a .png file, or a folder for pictures")
        )
        drawing.add_argument("--quiet", action="store_true", help=_("no progress, no remarks"))

    doctor = commands.add_parser("doctor", help=_("say what is here and what is amiss"))
    doctor.set_defaults(command=_doctor)
    doctor.add_argument("--json", action="store_true", help=_("for programs to read"))

    for command in (draw, again, doctor):
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


# draw


def _draw(args: argparse.Namespace) -> int:
    facts = _found(args).named(args.model)
    remark = _silent if args.quiet else _tell
    try:
        request = _request(args, facts, remark)
        save = _destination(args.output, request.count)
        engine = _engine(args.device, args.threads)
    except InvalidRequest as error:
        args.parser.error(str(error))  # exits with 2
    note = traits_of(facts).note
    if note:
        remark(_(note))

    def deliver(image: "Image", record: Record, meaning: bytes) -> None:
        _show_path(_saved(pictures.finish(image, record, meaning), save))

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


# replay


def _replay(args: argparse.Namespace) -> int:
    old = pictures.read_record(args.picture)
    remark = _silent if args.quiet else _tell
    facts, same_model = _model_of(old, _found(args))
    save = _destination(args.output, 1)
    others = tuple(index for index in range(old.request.count) if index != old.index)
    job = Job(old.request, made=others)

    engine = _engine_like(old.conditions)
    differences = list(unlike(old.conditions, engine.conditions(facts.root, old.conditions)))
    if not same_model:
        differences.insert(0, _("the model, which has the same name but other weights"))
    if differences:
        remark(
            _("It will be very nearly the same picture. Not as it was: {what}.").format(
                what="; ".join(differences)
            )
        )

    def deliver(image: "Image", record: Record, meaning: bytes) -> None:
        if same_model:  # under the name it had then: a folder may have been renamed
            record = replace(record, model=old.model)
        kept = meaning if _carries_meaning(args.picture) else b""
        _show_path(_saved(pictures.finish(image, record, kept), save))
        remark(_likeness(args.picture, image))

    with Bars(quiet=args.quiet) as bars:
        engine.run(job, facts.root, bars.report, deliver, previews=False, like=old.conditions)
    return 0


def _model_of(record: Record, found: Found) -> tuple[ModelFacts, bool]:
    """Return the model that painted a picture, and whether its weights are the very same.

    Looked for by its weights, under its name first; else by its name. Raises ModelProblem.
    """
    named = [facts for facts in found.models if facts.name == record.model]
    others = [facts for facts in found.models if facts.name != record.model]
    for facts in named + others:
        if fingerprints.of_model(facts) == record.fingerprint:
            return facts, True
    if named:
        return named[0], False
    there = _("The model {name!r} that painted this picture is not here.").format(name=record.model)
    raise ModelProblem(" ".join((there, *found.problems, _("`kandinsky doctor` helps."))))


def _carries_meaning(path: Path) -> bool:
    try:
        return bool(pictures.read_meaning(path))
    except Unreadable:
        return False


def _likeness(before: Path, image: "Image") -> str:
    """Say how far the new picture is from the old one."""
    from PIL import ImageChops

    with pictures.open_picture(before) as old:
        if old.size != image.size or old.mode != image.mode:
            return _("It has another size or colour format than the old one.")
        difference = ImageChops.difference(old, image)
    most = max(difference.tobytes())
    if not most:
        return _("It is the same picture, to the bit.")
    return _("No value differs from the old picture by more than {most} of 255.").format(most=most)


# drawing


class Bars:
    """Shows on stderr what a job does, one bar at a time."""

    def __init__(self, *, quiet: bool) -> None:
        self._quiet = quiet
        self._steps: dict[Stage, int] = {}  # planned
        self._done: dict[Stage, int] = {}
        self._bar: tqdm[NoReturn] | None = None
        self._what = ""

    def __enter__(self) -> "Bars":
        return self

    def __exit__(self, kind: type[BaseException] | None, *error: object) -> None:
        if self._bar is not None:
            if kind is None:
                self._fill()
            self._bar.close()

    def report(self, progress: Progress) -> None:
        """Take note of what the engine says."""
        match progress:
            case Planned():
                self._steps = {"prior": progress.prior_steps, "decoder": progress.decoder_steps}
            case Loading(component=component, number=number, of=of):
                bar = self._open(LOADING, of, anew=number == 1)
                bar.set_postfix_str(component)
                bar.update(number - 1 - bar.n)  # it is read from now on
            case Stepped(stage=stage):
                of = self._steps.get(stage, progress.of)
                bar = self._open(stage, of, begin=self._done.get(stage, 0))
                bar.update()
                self._done[stage] = int(bar.n)
            case _:
                pass  # a picture's path says that it is made

    def _open(self, what: str, of: int, *, begin: int = 0, anew: bool = False) -> "tqdm[NoReturn]":
        if self._bar is not None:
            if self._what == what and not anew:
                return self._bar
            self._fill()
            self._bar.close()
        self._what = what
        self._bar = tqdm(
            total=of,
            initial=begin,
            desc=what,
            file=sys.stderr,
            disable=self._quiet,
            mininterval=0.1 if sys.stderr.isatty() else 5,  # a log is not flooded
            dynamic_ncols=True,
        )
        return self._bar

    def _fill(self) -> None:
        """What was loading is loaded, since something else is said now."""
        if self._bar is not None and self._what == LOADING and self._bar.total:
            self._bar.update(self._bar.total - self._bar.n)


def _found(args: argparse.Namespace) -> Found:
    return find_models(places.model_folders(_settings().models, args.models))


def _settings() -> Settings:
    return settings_file.load(places.settings_file())


def _engine(device: str | None, threads: int) -> "Engine":
    """Import torch and make an engine. Takes seconds. Raises InvalidRequest."""
    from kandinsky_desktop.engine.device import named_device
    from kandinsky_desktop.engine.engine import Engine

    return Engine(places.cache(), threads, named_device(device) if device else None)


def _engine_like(then: Conditions) -> "Engine":
    """Make an engine on the device that a picture was made on or, if it is not here, the best."""
    try:
        return _engine(then.device, then.threads)
    except InvalidRequest:
        return _engine(None, then.threads)


def _destination(output: str | None, count: int) -> Save:
    """Return what saves a picture where it was asked for. Raises InvalidRequest."""
    if output is None:
        return partial(pictures.save, folder=places.pictures(_settings().pictures))
    path = Path(output).expanduser()
    if path.is_dir() or output.endswith(("/", os.sep)) or not path.suffix:
        return partial(pictures.save, folder=path)
    if path.suffix.lower() != ".png":
        raise InvalidRequest(
            _("Pictures are written as PNG: name the file {name}.").format(
                name=path.with_suffix(".png").name
            )
        )
    if count > 1:
        raise InvalidRequest(
            _("{path} is one file, but {count} pictures are wanted: name a folder.").format(
                path=path, count=count
            )
        )
    return partial(pictures.save_as, path=path)


def _saved(picture: pictures.Finished, save: Save) -> Path:
    """Save a picture or, if that fails, rescue it and raise SavingFailed with both said."""
    try:
        return save(picture)
    except SavingFailed as error:
        kept = Kept(places.rescue())
        kept.hold(picture)
        for path in kept.rescue():
            words = _("It lies at {path} now.").format(path=path)
            break
        else:
            words = _("No other place took it, and it is lost.")
        raise SavingFailed(f"{error} {words}") from error


# doctor


def _doctor(args: argparse.Namespace) -> int:
    found = _found(args)
    about = _about(found, args.models)
    sys.stdout.write(json.dumps(about, indent=2) if args.json else _as_text(about))
    sys.stdout.write("\n")
    return 0 if found.models and "problem" not in about["device"] else 1


def _about(found: Found, given: Path | None) -> dict[str, Any]:
    """Return all that the doctor says, as JSON takes it."""
    return {
        "program": __version__,
        "python": platform.python_version(),
        "system": platform.platform(),
        "libraries": {name: _version(name) for name in LIBRARIES},
        "device": _device(),
        "models": [_model(facts) for facts in found.models],
        "problems": list(found.problems),
        "places": {
            "models": [str(path) for path in places.model_folders(_settings().models, given)],
            "pictures": str(places.pictures(_settings().pictures)),
            "rescued pictures": str(places.rescue()),
            "settings": str(places.settings_file()),
            "queue and draft": str(places.session_file()),
            "cache": str(places.cache()),
            "logs": str(places.log_file("engine").parent),
            "resources": str(places.resources()),
        },
    }


def _device() -> dict[str, Any]:
    try:
        from kandinsky_desktop.engine.device import best_device
    except (ImportError, OSError) as error:  # a broken installation, or a library it needs
        return {"problem": _("torch cannot be imported: {error}").format(error=error)}
    device = best_device()
    memory = device.memory()
    return {
        "kind": device.kind,
        "name": device.name,
        "cores": os.cpu_count(),
        "memory_bytes": memory.total_bytes,
        "free_bytes": memory.free_bytes,
    }


def _model(facts: ModelFacts) -> dict[str, Any]:
    traits = traits_of(facts)
    return {
        "name": facts.name,
        "title": traits.title,
        "version": facts.version,
        "folder": str(facts.root),
        "fingerprint": fingerprints.of_model(facts),
        "size_bytes": facts.size_bytes,
        "native": traits.native,
        "largest": traits.largest,
        "multiple": facts.multiple,
        "tokens": facts.token_limit,
        "image_encoder": facts.image_encoder,
        "zero_embedding": facts.zero_embedding,
        "defaults": asdict(traits.sampling),
    }


def _version(name: str) -> str | None:
    try:
        return metadata.version(name)
    except metadata.PackageNotFoundError:
        return None


def _as_text(about: dict[str, Any]) -> str:
    device = about["device"]
    lines = [
        f"Kandinsky Desktop {about['program']}, Python {about['python']}, {about['system']}",
        ", ".join(f"{name} {version or '–'}" for name, version in about["libraries"].items()),
        "",
        device.get("problem")
        or _("{kind}: {name}, {cores} cores, {free} of {total} memory free").format(
            kind=device["kind"],
            name=device["name"],
            cores=device["cores"],
            free=_gb(device["free_bytes"]),
            total=_gb(device["memory_bytes"]),
        ),
        "",
    ]
    for model in about["models"]:
        lines += [
            _("{name}: {title}, best at {native} × {native}").format(**model),
            f"    {model['folder']}, {_gb(model['size_bytes'])}, {model['fingerprint']}",
        ]
    lines += [f"! {problem}" for problem in about["problems"]]
    lines += ["" if about["models"] else _("No model was found.")]
    for name, place in about["places"].items():
        for path in place if isinstance(place, list) else [place]:
            lines.append(f"{name + ':':<18} {path}")
    return "\n".join(lines)


def _gb(size_bytes: int) -> str:
    return f"{size_bytes / 1e9:.1f} GB" if size_bytes >= 1e9 else f"{size_bytes / 1e6:.0f} MB"


# words


def _show_path(path: Path) -> None:
    tqdm.write(str(path), file=sys.stdout)
    sys.stdout.flush()


def _tell(text: str) -> None:
    tqdm.write(text, file=sys.stderr)


def _silent(text: str) -> None:
    del text


if __name__ == "__main__":
    raise SystemExit(main())
