"""The comparison of two trees of the program finds what differs, and only that."""

import ast
import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

from benchmarks import cases, inside, same_pixels, trees, vocabulary
from benchmarks.same_pixels import KNOWN, Known, compared, verdict

SAID: dict[str, Any] = {
    "cold": {
        "pictures": [0, 1],
        "embeddings": {"0": "ab", "1": "cd"},
        "planned": [4, 5, 2],
        "taken": {"prior": 4, "decoder": 5},
    }
}


def made(folder: Path, said: dict[str, Any] = SAID) -> Path:
    folder.mkdir()
    for name, story in said.items():
        for index in story["pictures"]:
            Image.new("RGB", (4, 3), (10, 20, index)).save(folder / f"{name}, {index}.png")
    (folder / "said.json").write_text(json.dumps(said), "utf-8")
    return folder


@pytest.fixture
def old(tmp_path: Path) -> Path:
    return made(tmp_path / "old")


def test_what_is_equal_is_equal(old: Path, tmp_path: Path) -> None:
    assert compared(old, made(tmp_path / "new")) == {}


def test_one_pixel_that_is_off_by_one_is_found(old: Path, tmp_path: Path) -> None:
    path = made(tmp_path / "new") / "cold, 1.png"
    with Image.open(path) as image:
        image.putpixel((2, 1), (10, 21, 1))
        image.save(path)
    assert compared(old, path.parent) == {
        "pixels": ["cold, picture 1: 1 pixels differ, by 1 of 255 at most"]
    }


def test_another_size_and_a_missing_picture_are_found(old: Path, tmp_path: Path) -> None:
    new = made(tmp_path / "new")
    Image.new("RGB", (4, 4)).save(new / "cold, 0.png")
    (new / "cold, 1.png").unlink()
    (pixels,) = compared(old, new).values()
    assert "RGB (4, 3) before, RGB (4, 4) now" in pixels[0]
    assert "only one of the trees" in pixels[1]


@pytest.mark.parametrize(
    ("change", "aspect"),
    [
        ({"embeddings": {"0": "ab", "1": "ce"}}, "embeddings"),
        ({"planned": [4, 6, 2]}, "steps"),
        ({"taken": {"prior": 8, "decoder": 5}}, "steps"),
    ],
)
def test_other_embeddings_and_steps_are_found(
    old: Path, tmp_path: Path, change: dict[str, Any], aspect: str
) -> None:
    new = made(tmp_path / "new", {"cold": SAID["cold"] | change})
    assert [*compared(old, new)] == [aspect]


def test_a_story_that_only_one_tree_tells_is_found(old: Path, tmp_path: Path) -> None:
    new = made(tmp_path / "new", SAID | {"warm": SAID["cold"]})
    assert [*compared(old, new)] == ["pixels", "embeddings", "steps"]


def test_two_trees_that_paint_nothing_are_not_equal(tmp_path: Path) -> None:
    nothing: dict[str, Any] = {
        "cold": {"pictures": [], "embeddings": {}, "planned": [], "taken": {}}
    }
    assert compared(made(tmp_path / "old", nothing), made(tmp_path / "new", nothing))


MENDED = Known(differs=frozenset({"pixels"}), reason="the kept part was put back too clean")


def test_a_known_difference_must_be_there_and_be_that_one() -> None:
    assert verdict({}, None)[0]
    assert not verdict({"pixels": ["..."]}, None)[0]
    assert verdict({"pixels": ["..."]}, MENDED)[0]
    assert not verdict({}, MENDED)[0]
    assert not verdict({"pixels": ["..."], "steps": ["..."]}, MENDED)[0]


def test_every_known_difference_is_one_of_a_case() -> None:
    assert set(KNOWN) <= set(cases.cases())


def test_every_case_asks_for_something_else(tmp_path: Path) -> None:
    same_pixels.make_desk(tmp_path / "desk")
    desk = cases.Desk(tmp_path / "desk", lambda suffix: tmp_path / f"own{suffix}")
    every = cases.cases()
    asked = [(repr(case.build(desk)), case.model, case.way) for case in every.values()]
    assert len(set(asked)) == len(every) > 100
    assert all(name.split(":")[0] in " ".join(every) for name in vocabulary.SCHEDULERS)


def test_the_old_vocabulary_has_the_words_of_this_one() -> None:
    def words(path: Path) -> dict[str, str]:
        tree = ast.parse(path.read_text("utf-8"))
        functions = (node for node in tree.body if isinstance(node, ast.FunctionDef))
        return {one.name: ast.unparse(one.args) for one in functions}

    here = trees.HERE / "benchmarks"
    now, old = words(here / "vocabulary.py"), words(here / f"vocabulary_{trees.OLD}.txt")
    mends = {known.mend for known in KNOWN.values() if known.mend}
    assert {name: old.pop(name) for name in now} == now
    assert mends <= set(old)


def run(case: str, folder: Path) -> Path:
    """Run a case in this tree, here."""
    folder.mkdir()
    desk, models = folder / "desk", {"starter": str(trees.starter(trees.HERE))}
    same_pixels.make_desk(desk)
    order = {"case": case, "models": models, "desk": str(desk), "out": str(folder)}
    (folder / "said.json").write_text(json.dumps(inside.run_case(order)), "utf-8")
    return folder


def test_a_case_that_is_run_twice_is_equal_until_a_picture_is_touched(tmp_path: Path) -> None:
    one = run("variation of a picture, n=2", tmp_path / "one")
    other = run("variation of a picture, n=2", tmp_path / "other")
    assert compared(one, other) == {}
    path = other / "replayed, 0.png"
    with Image.open(path) as image:
        image.transpose(Image.Transpose.FLIP_LEFT_RIGHT).save(path)
    assert [*compared(one, other)] == ["pixels"]


def test_both_trees_can_be_asked() -> None:
    known = subprocess.run(
        ["git", "cat-file", "-e", f"{trees.OLD}^{{commit}}"],
        cwd=trees.HERE,
        check=False,
        capture_output=True,
    )
    if known.returncode:
        pytest.skip(f"commit {trees.OLD} is not in this clone")
    done = subprocess.run(
        [sys.executable, "-m", "benchmarks.same_pixels", "DDIMScheduler: img2img"],
        cwd=trees.HERE,
        check=False,
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, f"{done.stdout}\n{done.stderr}"
    assert "1 cases, 0 not as they should be" in done.stdout
