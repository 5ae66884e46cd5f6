"""Offline packs of a few MB that the real script, the real installer and the real uv lay.

What they install is a program of some lines with many small packages beside it, so that an
installation takes a second and can be killed often.
"""

import shutil
from hashlib import sha256
from pathlib import Path

from artefacts import bootstrap, facts

PARTS, FILES = 12, 25  # packages beside the program, and files of each
PROGRAM = """
import json, sys

def main():
    if sys.argv[1:2] == ["--selftest"]:
        with open(sys.argv[2], "w") as file:
            json.dump({{"ok": True, "version": "{number}"}}, file)
    else:
        print("{number}")
    return 0
"""


def make(folder: Path, number: str, uv: Path, system: str, uname: str) -> Path:
    """Make one whose program says `number`; return the folder to start it from."""
    shutil.rmtree(folder, ignore_errors=True)
    stick, locks, made = folder / "stick", folder / "locks", folder / "made"
    for one in (stick / "wheels", locks, made):
        one.mkdir(parents=True)
    lines = []
    for part in range(PARTS):
        name = f"part_{part:02}"
        files = {f"{name}/file_{one}.py": f"n = {one}\n".encode() * 400 for one in range(FILES)}
        wheel = _wheel(stick / "wheels", name, "1.0", files)
        lines.append(f"{name}==1.0 --hash=sha256:{sha256(wheel.read_bytes()).hexdigest()}\n")
    (locks / "cpu.txt").write_text("".join(lines))
    stem = facts.NAME.replace("-", "_")
    starts = "[console_scripts]\n"
    starts += "".join(f"{one} = small_program:main\n" for one in ("kandinsky", facts.NAME))
    program = {
        "small_program.py": PROGRAM.format(number=number).encode(),
        f"{stem}-{facts.VERSION}.dist-info/entry_points.txt": starts.encode(),
    }
    ours = _wheel(made, stem, facts.VERSION, program)
    model = _wheel(
        stick / "wheels", f"{stem}_starter", facts.VERSION, {"small_model": bytes(10**6)}
    )
    bootstrap.lay_out(folder / "pack", uv, (ours, model))
    bootstrap.shell_installer(folder / "pack", stick, system, uname, preset=0)
    return stick


def _wheel(folder: Path, name: str, version: str, files: dict[str, bytes]) -> Path:
    about = f"{name}-{version}.dist-info"
    said = {
        f"{about}/METADATA": f"Metadata-Version: 2.1\nName: {name}\nVersion: {version}\n",
        f"{about}/WHEEL": "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n",
    }
    path = folder / f"{name}-{version}-py3-none-any.whl"
    bootstrap.write_wheel(path, files | {key: text.encode() for key, text in said.items()})
    return path
