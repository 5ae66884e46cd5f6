"""`kandinsky doctor`: what is here, and what is amiss."""

import argparse
import json
import os
import platform
import sys
from dataclasses import asdict
from itertools import groupby
from pathlib import Path
from typing import Any

from kandinsky_desktop import __version__
from kandinsky_desktop.cli import findings, planned, reporting, versions
from kandinsky_desktop.cli.findings import Finding
from kandinsky_desktop.cli.painting import settings
from kandinsky_desktop.cli.saying import size
from kandinsky_desktop.domain.i18n import _
from kandinsky_desktop.domain.model import Model
from kandinsky_desktop.store import folder_report, help_pages, memory_corrections, places
from kandinsky_desktop.store.help_pages import Trouble
from kandinsky_desktop.store.models import Found, find_models, fingerprint_of, lost

ASKED = ("plan", "report")  # what is done in the place of saying what is here
HEARD = {  # by which of these each option is heard; "": by what is done else
    "report": ("report",),
    "json": ("",),
    "task": ("plan",),
    "host": ("plan",),
    "count": ("plan",),
    "dtype": ("plan",),
    "model": ASKED,
    "budget": ASKED,
    "eight_bits": ASKED,
    "steps": ("report",),
    "device": ("report",),
    "threads": ("report",),
}
HINDERS = {Trouble.ENGINE, Trouble.NO_MODEL, Trouble.NEWER_DATA}  # nothing can be painted


def look_around(args: argparse.Namespace) -> int:
    """Say what is here, what is planned, or what it takes. Return 1 if nothing can be painted."""
    _refuse_what_is_not_heard(args)
    if args.plan is not None:
        return planned.show(args)
    if args.report is not None:
        return reporting.report(args)
    found = find_models(places.model_folders(settings().models, args.models))
    about = _about(found, args.models)
    amiss = _amiss(about)
    about["findings"] = [one.as_json() for one in amiss]
    sys.stdout.write(json.dumps(about, indent=2) if args.json else _as_text(about, amiss))
    sys.stdout.write("\n")
    return 1 if HINDERS & {one.trouble for one in amiss} else 0


def _refuse_what_is_not_heard(args: argparse.Namespace) -> None:
    """Exit with 2 where an option was given that what is asked for does not go by."""
    doing = next((one for one in ASKED if getattr(args, one) is not None), "")
    for name, doings in HEARD.items():
        if doing in doings or getattr(args, name) == args.parser.get_default(name):
            continue
        option = f"--{name.replace('_', '-')}"
        if doing:
            words = _("{option} does not go with --{other}.").format(option=option, other=doing)
        else:
            others = _(" or ").join(f"--{one}" for one in doings)
            words = _("{option} goes with {others}.").format(option=option, others=others)
        args.parser.error(words)


def _about(found: Found, given: Path | None) -> dict[str, Any]:
    """Return all that the doctor says, as JSON takes it."""
    return {
        "program": __version__,
        "python": platform.python_version(),
        "system": platform.platform(),
        "libraries": versions.of_libraries(),
        "device": _device(),
        "models": [_model(model) for model in found.models],
        "estimators": [str(folder) for folder in found.estimators],
        "problems": [*found.problems, *found.asides],
        "folders": _folders(found, given),
        "places": {
            "models": [str(path) for path in places.model_folders(settings().models, given)],
            "pictures": str(places.pictures(settings().pictures)),
            "rescued pictures": str(places.rescue()),
            "settings": str(places.settings_file()),
            "queue and draft": str(places.session_file()),
            "cache": str(places.cache()),
            "logs": str(places.log_file("engine").parent),
            "resources": str(places.resources()),
        },
        "help": str(help_pages.folder()),
    }


def _amiss(about: dict[str, Any]) -> list[Finding]:
    """Return all that is not as it should be, in the order in which it is shown."""
    written = {
        _("pictures"): places.pictures(settings().pictures),
        _("models, boards and the queue"): places.session_file().parent,
        _("settings"): places.settings_file().parent,
        _("what can be made again"): places.cache(),
        _("logs"): places.log_file("engine").parent,
    }
    return [
        *findings.of_libraries(about["libraries"]),
        *findings.of_device(about["device"]),
        *findings.of_models(about["models"], about["problems"]),
        *findings.of_places(written),
    ]


def _folders(found: Found, given: Path | None) -> dict[str, dict[str, str]]:
    """Return what lies in each folder of the person's where models are looked for."""
    told: dict[str, dict[str, str]] = {}
    for folder in places.model_folders(settings().models, given):
        if folder != places.shipped_models() and os.path.isdir(folder):
            about = folder_report.report(folder, found)
            told[str(folder)] = {str(path): what for path, what in about.items()}
    return told


def _device() -> dict[str, Any]:
    try:
        from kandinsky_desktop.engine.device import best_device
    except (ImportError, OSError) as error:  # a broken installation, or a library it needs
        return {"problem": _("torch cannot be imported: {error}").format(error=error)}
    device = best_device()
    memory = device.memory()
    learnt = memory_corrections.correction(places.cache(), device.fingerprint)
    return {
        "kind": device.kind,
        "name": device.name,
        "cores": os.cpu_count(),
        "memory_bytes": memory.total_bytes,
        "free_bytes": memory.free_bytes,
        "memory_correction": learnt,
    }


def _model(model: Model) -> dict[str, Any]:
    fingerprint, problems = "", list(model.problems)
    try:
        fingerprint = fingerprint_of(model)
    except OSError as error:
        problems.append(str(lost(error, model)))
    return {
        "name": model.name,
        "title": model.profile.title,
        "family": model.family,
        "folder": str(model.root),
        "fingerprint": fingerprint,
        "size_bytes": model.size_bytes,
        "native": model.native,
        "largest": model.largest,
        "multiple": model.multiple,
        "tokens": model.token_limit,
        "features": sorted(model.features),
        "components": {
            role: {"kind": one.kind, "folder": str(one.folder), "values": one.values}
            for role, one in model.components.items()
        },
        "problems": problems,
        "defaults": asdict(model.profile.sampling),
    }


def _as_text(about: dict[str, Any], amiss: list[Finding]) -> str:
    device = about["device"]
    lines = [
        f"Kandinsky Desktop {about['program']}, Python {about['python']}, {about['system']}",
        ", ".join(f"{name} {version or '–'}" for name, version in about["libraries"].items()),
        *_told(amiss, Trouble.LIBRARY),
        "",
    ]
    if "problem" in device:
        lines += _told(amiss, Trouble.ENGINE)
    else:
        words = _("{kind}: {name}, {cores} cores, {free} of {total} memory free").format(
            kind=device["kind"],
            name=device["name"],
            cores=device["cores"],
            free=size(device["free_bytes"]),
            total=size(device["memory_bytes"]),
        )
        lines += [words, *_learnt(device)]
    lines += [""]
    for model in about["models"]:
        lines += [
            _("{name}: {title}, best at {native} × {native}").format(**model),
            f"    {model['folder']}, {size(model['size_bytes'])}, {model['fingerprint']}",
            f"    {_parts(model)}",
        ]
    lines += [_("{folder}: estimates depth").format(folder=one) for one in about["estimators"]]
    lines += [*_told(amiss, Trouble.MODEL), *_told(amiss, Trouble.NO_MODEL), ""]
    for folder, below in about["folders"].items():
        lines += [f"{folder}:"]
        lines += [f"    {Path(path).name}: {what}" for path, what in below.items()]
        lines += [""] if below else [_("    nothing"), ""]
    for name, place in about["places"].items():
        for path in place if isinstance(place, list) else [place]:
            lines.append(f"{name + ':':<18} {path}")
    of_places = _told(amiss, Trouble.NEWER_DATA, Trouble.NOT_WRITABLE, Trouble.NO_ROOM)
    lines += ["", *of_places] if of_places else []
    if amiss:
        lines += ["", _("Help is in the window, and in {folder}").format(folder=about["help"])]
    return "\n".join(lines)


def _told(amiss: list[Finding], *troubles: Trouble) -> list[str]:
    """Say what was found of some kinds, and once for those that follow each other where to read."""
    chosen = (one for one in amiss if one.trouble in troubles)
    lines: list[str] = []
    for _trouble, alike in groupby(chosen, lambda one: one.trouble):
        found = list(alike)
        lines += [*(f"! {one.words}" for one in found), found[-1].section]
    return lines


def _learnt(device: dict[str, Any]) -> list[str]:
    """Say by how much predictions of memory are corrected on this machine, if they are."""
    factor = device.get("memory_correction", 1.0)
    if factor == 1:
        return []
    return [
        _("What work takes of the memory is reckoned × {factor:.2f}, as measured here").format(
            factor=factor
        )
    ]


def _parts(model: dict[str, Any]) -> str:
    """Say what a model has besides the plain decoder, and what it lacks."""
    parts = {
        _("looks at pictures"): "pictures" in model["features"],
        _("a decoder for holes"): "inpaint unet" in model["components"],
        _("a decoder for depth"): "depth unet" in model["components"],
    }
    return ", ".join(f"{name}: {_('yes') if there else _('no')}" for name, there in parts.items())
