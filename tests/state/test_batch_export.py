"""Many pictures written elsewhere: as files, as one sheet, and what happens when that fails."""

import os
from pathlib import Path

import pytest
from PIL import Image
from pytestqt.qtbot import QtBot

from kandinsky_desktop.domain.image_formats import ExportOptions
from kandinsky_desktop.state.background import Background
from kandinsky_desktop.state.batch_export import BatchExport, BatchPlan
from kandinsky_desktop.store import export_names
from tests.library import picture, record_of


@pytest.fixture
def paths(tmp_path: Path) -> list[Path]:
    shelf = tmp_path / "shelf"
    return [
        picture(shelf, record_of("a cat", seed=seed, steps=steps), number=10 * seed + steps)
        for seed in (1, 2)
        for steps in (10, 20)
    ]


def run(qtbot: QtBot, export: BatchExport, paths: list[Path], plan: BatchPlan) -> str:
    with qtbot.waitSignal(export.finished) as done:
        export.start(paths, plan)
    assert done.args is not None
    return str(done.args[1])


def test_each_becomes_a_file_of_a_name_of_its_own(
    qtbot: QtBot, background: Background, paths: list[Path], tmp_path: Path
) -> None:
    export, out = BatchExport(background), tmp_path / "out"
    seen: list[tuple[int, int]] = []
    export.progressed.connect(lambda done, of: seen.append((done, of)))
    plan = BatchPlan(out, ExportOptions(format="jpeg", keep=False), "{words}")
    assert run(qtbot, export, paths, plan) == "4 pictures saved"
    assert len(list(out.glob("a-cat*.jpg")) + list(out.glob("a cat*.jpg"))) == 4
    assert seen == [(number, 4) for number in range(5)]
    assert not export.busy


def test_one_that_cannot_be_read_stops_no_other(
    qtbot: QtBot, background: Background, paths: list[Path], tmp_path: Path
) -> None:
    paths[1].write_bytes(b"nothing")
    words = run(qtbot, BatchExport(background), paths, BatchPlan(tmp_path / "out"))
    assert words.startswith("3 pictures saved, 1 could not be")


def test_what_is_stopped_stays_as_far_as_it_came(
    qtbot: QtBot, background: Background, paths: list[Path], tmp_path: Path
) -> None:
    export = BatchExport(background)
    export.progressed.connect(lambda done, of: export.stop() if done == 2 else None)
    export.start(paths, BatchPlan(tmp_path / "out"))
    qtbot.waitUntil(lambda: not export.busy)
    qtbot.wait(50)
    assert len(list((tmp_path / "out").iterdir())) == 2


def test_a_sheet_has_a_column_a_seed_and_a_row_a_number_of_steps(
    qtbot: QtBot, background: Background, paths: list[Path], tmp_path: Path
) -> None:
    plan = BatchPlan(tmp_path, template="sheet", across="seed", down="steps")
    run(qtbot, BatchExport(background), paths, plan)
    with Image.open(tmp_path / "sheet.png") as sheet:
        crossed = sheet.convert("RGB")
    with Image.open(paths[0]) as first, Image.open(paths[3]) as last:
        colours = {
            crossed.getpixel((x, y)) for x in range(crossed.width) for y in range(crossed.height)
        }
        assert first.getpixel((3, 3)) in colours
        assert last.getpixel((3, 3)) in colours
    plan = BatchPlan(tmp_path, template="contact", columns=2)
    run(qtbot, BatchExport(background), paths, plan)
    with Image.open(tmp_path / "contact.png") as sheet:
        assert sheet.size == (2 * 16 + 4, 2 * 16 + 4)


@pytest.mark.parametrize(
    ("template", "name"),
    [
        ("{words} {seed}", "a-cat 1"),
        ("{number}", "07"),
        ("../../{seed}", "1"),
        ("a<b>:c", "a-b-c"),
        ("{unknown}", "{unknown}"),
        ("", ""),
    ],
)
def test_a_name_has_nothing_that_a_disk_does_not_take(
    paths: list[Path], template: str, name: str
) -> None:
    filled = export_names.filled(template, paths[0], 7, 12)
    assert filled == (name or paths[0].stem)
    assert "/" not in filled


@pytest.mark.parametrize("seconds", [253_402_400_000, 10**17, -(10**13)])
def test_a_time_that_is_no_date_is_left_out(
    paths: list[Path], monkeypatch: pytest.MonkeyPatch, seconds: int
) -> None:
    about = list(paths[0].stat())
    about[8] = seconds  # st_mtime: few disks keep such a one, but some do
    monkeypatch.setattr(Path, "stat", lambda *_args, **_keywords: os.stat_result(about))
    assert export_names.filled("{number} of {date}", paths[0], 7, 12).startswith("07 of 19")


def test_copies_come_in_under_free_names(
    qtbot: QtBot, background: Background, paths: list[Path], tmp_path: Path
) -> None:
    export = BatchExport(background)
    told: list[str] = []
    made: list[Path] = []
    folder = tmp_path / "mine"
    folder.mkdir()
    (folder / paths[0].name).write_bytes(b"another")
    export.copy_in(paths[:2], folder, made.append, told.append, told.append)
    qtbot.waitUntil(lambda: told == ["2 pictures copied"])
    assert (folder / paths[0].name).read_bytes() == b"another"
    assert [path.read_bytes() for path in made] == [path.read_bytes() for path in paths[:2]]
