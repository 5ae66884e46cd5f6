"""Exports in the background: what would happen, what happened, and what is remembered of it."""

from pathlib import Path

import pytest
from PIL import Image
from pytestqt.qtbot import QtBot

from kandinsky_desktop.domain.catalog import Size
from kandinsky_desktop.domain.codec import to_plain
from kandinsky_desktop.domain.image_formats import ExportOptions
from kandinsky_desktop.state.background import Background
from kandinsky_desktop.state.exporter import Exporter, ExportHabits, ExportPlan, export_plan
from kandinsky_desktop.store.exporting import Exported, Facts
from kandinsky_desktop.store.saved_session import read_part

FACTS = Facts("cat", Size(8, 8), transparent=True, says=True)
JPEG = ExportOptions(format="jpeg")


@pytest.fixture
def source(tmp_path: Path) -> Path:
    path = tmp_path / "source.png"
    Image.new("RGBA", (8, 8)).save(path)
    return path


def planned(source: Path, name: str, options: ExportOptions | None = None) -> ExportPlan:
    return export_plan(source, FACTS, str(source.parent), name, options or ExportOptions())


def test_a_plan_says_where_the_file_goes_and_what_is_lost(source: Path) -> None:
    folder = source.parent
    assert planned(source, "cat") == ExportPlan(folder / "cat.png", ExportOptions())
    made = planned(source, "cat.jpg")  # the name says the format
    assert (made.options.format, made.remark) == (
        "jpeg",
        "JPEG has nothing transparent: it is laid on a ground.",
    )
    (folder / "cat.webp").write_bytes(b"")
    made = planned(source, "cat.webp")
    assert made.replaces
    assert "will be replaced" in made.remark
    new = export_plan(source, FACTS, str(folder / "new"), "cat", ExportOptions())
    assert (new.problem, new.remark) == ("", "The folder is new and will be made.")


@pytest.mark.parametrize(
    ("folder", "name", "said"),
    [
        (None, "", "Give the file a name."),
        (None, " .. ", "Give the file a name."),
        (None, "a/b", "no “/” in it"),
        (None, "cat.gif", "not written as .gif"),
        (None, "source.png", "This is the picture itself"),
        (None, "folder.png", "There is a folder of that name"),
        ("", "cat", "Choose a folder"),
        ("pictures", "cat", "Choose a folder"),
    ],
)
def test_a_plan_that_cannot_be_says_why(
    source: Path, folder: str | None, name: str, said: str
) -> None:
    (source.parent / "folder.png").mkdir()
    where = str(source.parent) if folder is None else folder
    assert said in export_plan(source, FACTS, where, name, ExportOptions()).problem


def test_too_large_a_picture_for_the_format_is_said_at_once(source: Path) -> None:
    facts = Facts("cat", Size(20_000, 8), transparent=False, says=True)
    made = export_plan(source, facts, str(source.parent), "cat.webp", ExportOptions())
    assert "WebP holds at most 16383" in made.problem


def test_what_worked_is_remembered_and_what_failed_is_not(
    source: Path, background: Background, qtbot: QtBot
) -> None:
    exporter = Exporter(background)
    failed: list[str] = []
    done: list[int] = []
    told: list[Exported] = []
    exporter.exported.connect(told.append)
    plan = planned(source, "cat", JPEG)
    folder = plan.target.with_name("cat.jpg")
    folder.mkdir()  # it has come since the person looked
    exporter.export(source, plan, lambda: done.append(1), failed.append)
    qtbot.waitUntil(lambda: bool(failed))
    assert "is a folder" in failed[0]
    assert exporter.habits == ExportHabits()
    folder.rmdir()
    with qtbot.waitSignal(exporter.habits_changed):
        exporter.export(source, plan, lambda: done.append(1), failed.append)
    qtbot.waitUntil(lambda: bool(told))
    assert (done, len(failed)) == ([1], 1)
    assert told[0].path == plan.target
    assert told[0].remarks == ("What was transparent lies on a ground now: white.",)
    assert exporter.habits == ExportHabits(JPEG, str(source.parent))
    kept = read_part(ExportHabits, to_plain(exporter.habits, bytearray()))
    assert Exporter(background, kept).habits == exporter.habits


def test_a_picture_that_is_gone_is_said_before_anything_is_asked(
    tmp_path: Path, background: Background, qtbot: QtBot
) -> None:
    exporter = Exporter(background)
    asked: list[Facts] = []
    with qtbot.waitSignal(exporter.refused) as refused:
        exporter.look_at(tmp_path / "gone.png", asked.append)
    assert "There is no file" in refused.args[0]
    assert not asked
