"""The set-up takes the Python that is named, and makes an environment anew that is not whole."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from artefacts.facts import ROOT

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="it is a script for sh")

# Does what Python does, but for an environment: that is said, and not made.
PYTHON = """#!/bin/sh
case "$*" in *"-m venv"*) echo "an environment by $0"; exit 3 ;; esac
exec "{python}" "$@"
"""


def set_up(folder: Path, python: Path) -> str:
    """Run the set-up of a checkout; return what it said."""
    (folder / "packaging").mkdir(parents=True, exist_ok=True)
    for name in ("packaging/setup.sh", "packaging/constraints.txt", "pyproject.toml"):
        shutil.copy(ROOT / name, folder / name)
    python.write_text(PYTHON.format(python=sys.executable))
    python.chmod(0o755)
    run = ["sh", str(folder / "packaging" / "setup.sh")]
    environment = os.environ | {"PYTHON": str(python)}
    ended = subprocess.run(run, capture_output=True, text=True, env=environment, check=False)
    return ended.stdout


def test_a_python_whose_path_has_spaces_is_the_one_that_is_taken(tmp_path: Path) -> None:
    python = tmp_path / "my python"
    assert set_up(tmp_path / "a checkout", python) == f"an environment by {python}\n"


def test_an_environment_without_pip_is_made_anew(tmp_path: Path) -> None:
    """So it is where making it was stopped."""
    folder, python = tmp_path / "checkout", tmp_path / "python"
    run = [sys.executable, "-m", "venv", "--without-pip", str(folder / ".venv")]
    subprocess.run(run, check=True)
    assert set_up(folder, python) == f"an environment by {python}\n"


def test_a_link_to_the_environment_of_another_folder_leaves_that_whole(tmp_path: Path) -> None:
    """As where a second checkout was given the environment of the first."""
    folder, python, first = tmp_path / "second", tmp_path / "python", tmp_path / "first" / ".venv"
    first.mkdir(parents=True)
    (first / ".set-up").write_text(f"{first.parent} 1 2\n")
    folder.mkdir()
    (folder / ".venv").symlink_to(first)
    assert set_up(folder, python) == f"an environment by {python}\n"
    assert not (folder / ".venv").is_symlink()
    assert (first / ".set-up").exists()


def test_a_link_to_a_place_for_the_environment_is_kept(tmp_path: Path) -> None:
    folder, python, place = tmp_path / "checkout", tmp_path / "python", tmp_path / "large disk"
    folder.mkdir()
    place.mkdir()
    (folder / ".venv").symlink_to(place)
    assert set_up(folder, python) == f"an environment by {python}\n"
    assert (folder / ".venv").is_symlink()
