"""What may be imported when, checked in a fresh interpreter."""

import json
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

HEAVY = {"torch", "diffusers", "transformers", "accelerate", "tokenizers", "safetensors", "numpy"}
QT = {"PySide6", "shiboken6", "qasync"}


@pytest.mark.parametrize(
    ("modules", "banned"),
    [
        (
            "kandinsky_desktop.app kandinsky_desktop.app.program",
            HEAVY | {"PIL", "PySide6.QtNetwork"},
        ),
        ("kandinsky_desktop.ui.workspace", HEAVY | {"PIL"}),
        ("kandinsky_desktop.worker.worker", HEAVY | {"PIL"}),
        ("kandinsky_desktop.cli", HEAVY | QT | {"PIL"}),
        ("kandinsky_desktop.engine.__main__", HEAVY | QT),
        ("kandinsky_desktop.engine.engine", QT),
        ("kandinsky_desktop.indexer.__main__", HEAVY | QT | {"PIL"}),
        ("kandinsky_desktop.store.pictures kandinsky_desktop.store.models", HEAVY | QT | {"PIL"}),
        ("kandinsky_desktop.domain.wire", HEAVY | QT | {"PIL", "platformdirs", "psutil"}),
        ("kandinsky_desktop.domain.planning", HEAVY | QT | {"PIL", "platformdirs", "psutil"}),
    ],
)
def test_importing_one_module_leaves_others_asleep(modules: str, banned: set[str]) -> None:
    names = ", ".join(modules.split())
    code = f"import sys, {names}; print(*(set(sys.modules) & {banned!r}))"
    loaded = subprocess.run(
        [sys.executable, "-W", "error", "-c", code], capture_output=True, text=True, check=True
    ).stdout.split()
    assert not loaded


def test_the_whole_window_is_painted_with_nothing_heavy_awake(tmp_path: Path) -> None:
    """As a person starts it: what the benchmark of the first paint finds imported then."""
    environment = os.environ | {
        "KANDINSKY_HOME": str(tmp_path),
        "KANDINSKY_FIRST_PAINT": "1",
        "QT_QPA_PLATFORM": "offscreen",
    }
    told = subprocess.run(
        [sys.executable, "-m", "kandinsky_desktop"],
        capture_output=True,
        text=True,
        check=True,
        env=environment,
    ).stdout
    said = json.loads(told.splitlines()[-1])
    assert said["furnished_at"] >= said["painted_at"]
    assert said["heavy"] == []


def test_the_engine_looks_nothing_up_in_the_network() -> None:
    code = "import kandinsky_desktop.engine, os; print(os.environ['HF_HUB_OFFLINE'])"
    said = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert said.stdout.strip() == "1"


def test_no_test_imports_from_another() -> None:
    """What several of them need stands in a module of its own, or is a fixture."""
    wanted = re.compile(r"^\s*(?:from|import) tests\.[\w.]*\btest_", re.MULTILINE)
    files = Path(__file__).parent.rglob("*.py")
    assert not [file.name for file in files if wanted.search(file.read_text("utf-8"))]
