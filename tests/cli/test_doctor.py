"""What the doctor finds amiss names the section of the help pages that says what to do."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from kandinsky_desktop import cli
from kandinsky_desktop.cli import doctor, findings, versions
from kandinsky_desktop.cli.saying import size
from kandinsky_desktop.store import help_pages, places
from kandinsky_desktop.store.help_pages import Trouble
from tests.mounts import FULL, READ_ONLY, on_disk


def newer_data(home: Path) -> None:
    home.mkdir(parents=True, exist_ok=True)
    (home / "version.json").write_text('{"data": 99, "program": "9.1.0"}')


def no_models(monkeypatch: pytest.MonkeyPatch, folder: Path) -> None:
    monkeypatch.setattr(places, "shipped_models", lambda: folder / "away")
    monkeypatch.setattr(places, "hub_cache", lambda: folder / "away, too")


def examined(capsys: pytest.CaptureFixture[str], *typed: str) -> tuple[int, str]:
    code = cli.main(["doctor", *typed])
    return code, capsys.readouterr().out


def test_where_nothing_is_amiss_nothing_is_said_of_it(capsys: pytest.CaptureFixture[str]) -> None:
    code, said = examined(capsys)
    assert code == 0
    assert not [line for line in said.splitlines() if line.startswith("!")]
    assert "Troubleshooting" not in said
    assert json.loads(examined(capsys, "--json")[1])["findings"] == []


def test_a_model_is_as_large_as_the_list_of_models_says(
    capsys: pytest.CaptureFixture[str],
) -> None:
    about = json.loads(examined(capsys, "--json")[1])["models"][0]
    cli.main(["models", "list"])
    listed = capsys.readouterr().out.splitlines()
    assert f"{about['name']}: " in listed[0]
    assert f", {size(about['size_bytes'])}" in listed[0]


def test_each_failing_line_is_followed_by_its_section(
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
    home: Path,
) -> None:
    """All at once that can be brought about here without a disk of its own."""
    newer_data(home)
    no_models(monkeypatch, tmp_path)
    monkeypatch.setattr(versions, "LIBRARIES", ("numpy", "no such library"))
    monkeypatch.setattr(doctor, "_device", lambda: {"problem": "torch cannot be imported: why"})
    code, said = examined(capsys, "--models", str(tmp_path / "nowhere"))
    assert code == 1
    lines = said.splitlines()
    found = {Trouble.LIBRARY, Trouble.ENGINE, Trouble.MODEL, Trouble.NO_MODEL, Trouble.NEWER_DATA}
    for one in found:
        place = lines.index(f"    see Help, Troubleshooting: {one.value}")
        assert lines[place - 1].startswith("! ")
    assert "! no such library is not installed." in lines
    assert "! torch cannot be imported: why" in lines
    assert any("Kandinsky Desktop 9.1.0" in line for line in lines)
    assert sum(line.startswith("! ") for line in lines) == len(found)
    assert lines[-1].endswith(str(help_pages.folder()))
    about = json.loads(examined(capsys, "--models", str(tmp_path / "nowhere"), "--json")[1])
    links = [one["help"] for one in about["findings"]]
    assert links == list(dict.fromkeys(links))
    assert "troubleshooting.md#no-model-was-found" in links


@pytest.mark.parametrize(
    ("kind", "trouble"), [(READ_ONLY, Trouble.NOT_WRITABLE), (FULL, Trouble.NO_ROOM)]
)
def test_a_disk_on_which_nothing_can_be_kept_is_found(
    kind: str, trouble: Trouble, tmp_path: Path
) -> None:
    code = """
from pathlib import Path
import sys
from kandinsky_desktop.cli import findings
for one in findings.of_places({"pictures": Path(sys.argv[1]) / "below"}):
    print(one.trouble.name, one.words)
"""
    disk = tmp_path / "disk"
    run = on_disk(kind, disk, [sys.executable, "-c", code, str(disk)])
    said = subprocess.run(run, capture_output=True, text=True, check=True, env=os.environ).stdout
    (line,) = said.splitlines()
    assert line.startswith(trouble.name)
    assert str(disk) in line
    assert "pictures" in line


def test_folders_with_room_that_are_not_made_yet_are_no_finding(tmp_path: Path) -> None:
    assert findings.of_places({"pictures": tmp_path / "a" / "b"}) == []
