"""What artefacts are built in and of: an environment, wheels, and when both are made anew."""

import json
import os
import shutil
import subprocess
import sys
import tomllib
from hashlib import sha256
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
PINS = ROOT / "packaging" / "constraints.txt"
PROJECT = ROOT / "pyproject.toml"
STAMP = ".made-of"


def requirements(project: str) -> tuple[list[str], list[str]]:
    """Return what builds us and what the environment has, by the text of a pyproject.toml."""
    about = tomllib.loads(project)
    ours = about["project"]
    building: list[str] = about["build-system"]["requires"]
    return building, [*ours["dependencies"], *ours["optional-dependencies"]["package"]]


def fingerprint(project: str, pins: str, index: str = "") -> str:
    """Return what an environment is known by: the same for all that needs no other packages."""
    lines = (line.partition("#")[0].strip() for line in pins.splitlines())
    made_of = [sys.version, index, *requirements(project), [line for line in lines if line]]
    return sha256(json.dumps(made_of).encode()).hexdigest()


def bring_up_to_date(folder: Path) -> Path:
    """Make the environment, if it is not what it should be; return its Python.

    We ourselves are installed anew each time, as links and metadata alone: an artefact carries
    the version and the words of now. Raises CalledProcessError.
    """
    python = folder / ("Scripts/python.exe" if os.name == "nt" else "bin/python")
    index = os.environ.get("TORCH_INDEX", "")
    project = PROJECT.read_text("utf-8")
    wanted = fingerprint(project, PINS.read_text("utf-8"), index)
    building, packages = requirements(project)
    pip = [str(python), "-m", "pip", "install", "-q", "--disable-pip-version-check"]
    pip += ["-c", str(PINS)]
    stamp = folder / STAMP
    if not stamp.is_file() or stamp.read_text() != wanted:
        subprocess.run([sys.executable, "-m", "venv", "--clear", str(folder)], check=True)
        more = ["--no-compile"]  # PyInstaller compiles what it takes, of all that the half
        more += ["--extra-index-url", index] if index else []
        subprocess.run([*pip, *more, *building, *packages], check=True)
        stamp.write_text(wanted)
    ours = ["--no-deps", "--no-build-isolation", "--no-index", "-e", str(ROOT)]
    subprocess.run([*pip, *ours], check=True)
    return python


def fetch_wheels(folder: Path) -> Path:
    """Fetch the wheels of all that the program needs, by the pins; again where those changed."""
    index, project = os.environ.get("TORCH_INDEX", ""), PROJECT.read_text("utf-8")
    wanted, stamp = fingerprint(project, PINS.read_text("utf-8"), index), folder / STAMP
    if not stamp.is_file() or stamp.read_text() != wanted:
        fresh = folder.with_name(f"{folder.name}.new")
        shutil.rmtree(fresh, ignore_errors=True)
        run = [sys.executable, "-m", "pip", "download", "-q", "--only-binary", ":all:"]
        run += ["--extra-index-url", index] if index else []
        run += ["-c", str(PINS), "-d", str(fresh)]
        packages: list[str] = tomllib.loads(project)["project"]["dependencies"]
        subprocess.run([*run, *packages], check=True)
        (fresh / STAMP).write_text(wanted)
        shutil.rmtree(folder, ignore_errors=True)
        fresh.rename(folder)
    return folder
