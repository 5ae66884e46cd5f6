"""Every command on the starter, in this process: what it paints, prints and refuses."""

import errno
import json
import os
import re
import shlex
import shutil
import signal
import sys
from collections.abc import Callable
from dataclasses import replace
from functools import partial
from io import BytesIO, TextIOWrapper
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as some
from PIL import Image, ImageChops, ImageFilter

from kandinsky_desktop import cli
from kandinsky_desktop.cli import painting, program
from kandinsky_desktop.domain.catalog import Size
from kandinsky_desktop.domain.conditioning import (
    ImageEmbedding,
    ImagePrompt,
    Interpolation,
    Mix,
    Prompt,
)
from kandinsky_desktop.domain.errors import OutOfMemory
from kandinsky_desktop.domain.events import Report
from kandinsky_desktop.domain.file_format import decode, encode, with_format
from kandinsky_desktop.domain.job import Job
from kandinsky_desktop.domain.record import Record
from kandinsky_desktop.domain.request import Paint, Sampling
from kandinsky_desktop.domain.task import Depth, Img2Img, Inpaint, Outpaint, PartOf, TextToImage
from kandinsky_desktop.engine.context import Deliver
from kandinsky_desktop.engine.device import best_device
from kandinsky_desktop.engine.engine import Engine
from kandinsky_desktop.raster.even_steps import broad_colours, even_places
from kandinsky_desktop.store import (
    clip_similarity,
    fingerprints,
    memory_corrections,
    places,
    regions,
)
from kandinsky_desktop.store.pictures import read_record, size_of
from tests import request_strategies
from tests.engine import tiny
from tests.engine.sides import mask, picture
from tests.fakes import NATIVE, request

ROOT = Path(__file__).parents[2]
QUICK = ("--steps", "2", "--prior-steps", "2", "--seed", "7", "--threads", "1")


@pytest.fixture(scope="module")
def desk(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a cat, a mask, and a folder of two pictures, one of them of ours."""
    folder = tmp_path_factory.mktemp("desk")
    picture().save(folder / "cat.png")
    picture(seed=3).save(folder / "x: y.png")
    mask((16, 16, 40, 40)).save(folder / "hole.png")
    (folder / "many").mkdir()
    for seed, name in enumerate(("b.png", "a.jpg", ".hidden.png")):
        picture(seed=seed).save(folder / "many" / name)
    (folder / "many" / "notes.txt").write_text("no picture")
    (folder / "empty").mkdir()
    return folder


@pytest.fixture
def here(desk: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(desk)
    return desk


class Terminal:
    """Runs a command as a person types it."""

    def __init__(self, capsys: pytest.CaptureFixture[str], folder: Path) -> None:
        self._capsys, self.folder = capsys, folder
        self.said = ""

    def run(self, *typed: str) -> tuple[int, list[str]]:
        """Return the exit code and the lines on stdout."""
        self._capsys.readouterr()
        try:
            code = cli.main(typed)
        except SystemExit as end:
            code = int(end.code or 0)
        out, self.said = self._capsys.readouterr()
        assert "Traceback" not in self.said
        return code, out.splitlines()

    def painted(self, *typed: str) -> list[Path]:
        """Return the pictures that a command painted, each with what it says of itself."""
        code, lines = self.run(*typed, *QUICK, "-o", f"{self.folder / 'made'}/")
        assert code == 0, self.said
        return [Path(line) for line in lines]

    def asked(self, *typed: str) -> Paint:
        """Return the request that a command would make."""
        code, lines = self.run(*typed, "--print-request", "--seed", "7")
        assert code == 0, self.said
        made: Paint = decode(Paint, json.loads("\n".join(lines)), "")
        return made

    def refused(self, *typed: str) -> str:
        """Return the one sentence with which a command is refused, behind its exit code."""
        code, lines = self.run(*typed, "--quiet")
        assert not lines
        said, *more = self.said.splitlines()
        assert (code, len(more)) in ((1, 0), (2, 1))
        return f"{code}: {said}"


@pytest.fixture
def terminal(capsys: pytest.CaptureFixture[str], here: Path, tmp_path: Path) -> Terminal:
    return Terminal(capsys, tmp_path)


# What each paints


@pytest.mark.parametrize(
    ("typed", "meaning", "start"),
    [
        (("draw", "a red cat"), Prompt, TextToImage),
        (("draw", "a red cat", "--start", "cat.png", "--strength", "0.5"), Prompt, Img2Img),
        (("variation", "cat.png"), ImagePrompt, TextToImage),
        (
            ("variation", "cat.png", "--words", "a dog", "--from-pixels", "0.5"),
            ImagePrompt,
            Img2Img,
        ),
        (("inpaint", "cat.png", "hole.png", "a tree"), Prompt, Inpaint),
        (("inpaint", "cat.png", "hole.png", "--like", "x: y.png"), ImagePrompt, Inpaint),
        (("inpaint", "cat.png", "hole.png"), ImagePrompt, Inpaint),
        (("outpaint", "cat.png", "a tree", "--left", "24"), Prompt, Outpaint),
        (("outpaint", "cat.png", "--top", "8", "--fuse", "cat.png:2", "a tree"), Mix, Outpaint),
        (("fuse", "cat.png:0.6", "oil painting:0.4"), Mix, TextToImage),
    ],
    ids=lambda value: " ".join(value[:3]) if isinstance(value, tuple) else "",
)
def test_every_command_paints_and_is_replayed(
    terminal: Terminal, typed: tuple[str, ...], meaning: type, start: type
) -> None:
    (path,) = terminal.painted(*typed)
    record = read_record(path)
    assert type(record.request.conditioning) is meaning
    assert type(record.request.task) is start
    assert record.changed_outside == 0
    again = terminal.folder / "again.png"
    assert terminal.run("replay", str(path), "-o", str(again)) == (0, [str(again)])
    assert again.read_bytes() == path.read_bytes()


def test_a_region_of_a_canvas_says_of_what_it_is_and_is_replayed(
    terminal: Terminal, tmp_path: Path
) -> None:
    whole, box = picture(300, 200), (100, 40, 196, 136)
    whole.save(tmp_path / "whole.png")
    soft = Image.new("L", (96, 96))
    soft.paste(140, (30, 30, 60, 70))
    folder = tmp_path / "regions"
    part = PartOf(fingerprints.of_file(tmp_path / "whole.png"), *box)
    start = Inpaint(
        path=regions.write(whole.crop(box), folder),
        masks=(regions.write(soft, folder),),
        padding=0,
        crop=False,
        part_of=part,
    )
    how = Sampling(width=64, height=64, steps=4, prior_steps=2)
    asked = Paint(conditioning=Prompt("a red cat"), task=start, sampling=how)
    (tmp_path / "request.json").write_text(json.dumps(encode(asked)))
    (path,) = terminal.painted("draw", "--request", str(tmp_path / "request.json"))
    record = read_record(path)
    assert record.request.task == start
    assert record.sources[0] == fingerprints.of_file(start.path)
    assert record.changed_outside == 0
    assert size_of(path) == Size(96, 96)
    assert regions.named_in_pictures([path]) == {start.path.name, start.masks[0].name}
    again = tmp_path / "again.png"
    moved = folder.rename(tmp_path / "moved")
    typed = ("replay", str(path), "--files", str(moved), "-o", str(again))
    assert terminal.run(*typed) == (0, [str(again)])
    assert again.read_bytes() == path.read_bytes()


def test_depth_is_painted_by_a_model_that_can(
    terminal: Terminal, whole: Path, tmp_path: Path
) -> None:
    models = ("--models", str(whole.parent), "--model", whole.name)
    small = ("--width", "64", "--height", "64")
    (path,) = terminal.painted("depth", "cat.png", "a dog", "--flip", *models, *small)
    assert read_record(path).request.depth == Depth(path=Path("cat.png").absolute(), flip=True)
    assert "put a DPT" in terminal.refused(
        "depth", "cat.png", "a dog", "--estimate", *models, *small
    )
    tiny.write_estimator(whole.parent / "seer")
    assert terminal.painted("depth", "cat.png", "a dog", "--estimate", *models, *small)
    code, (map_path,) = terminal.run(
        "depth", "cat.png", "--map-only", *models, "-o", str(tmp_path / "map.png")
    )
    assert (code, map_path) == (0, str(tmp_path / "map.png"))
    with Image.open(map_path) as made:
        assert (made.mode, made.size) == ("L", (64, 64))


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tiny.write(tmp_path_factory.mktemp("models") / "whole", tiny.WHOLE_22)


def test_a_strip_is_frames_and_a_sheet(terminal: Terminal) -> None:
    *frames, sheet = terminal.painted("strip", "a red cat", "cat.png", "-n", "3")
    requests = [read_record(frame).request for frame in frames]
    assert all(isinstance(request.conditioning, Interpolation) for request in requests)
    assert len({request.seed_of(index) for index, request in enumerate(requests)}) == 1
    assert [path.stem[-3:] for path in frames] == ["-01", "-02", "-03"]
    with Image.open(sheet) as made:
        assert made.size == (3 * NATIVE + 2 * 4, NATIVE)
        for number, frame in enumerate(frames):
            with Image.open(frame) as alone:
                left = number * (NATIVE + 4)
                place = made.crop((left, 0, left + NATIVE, NATIVE))
                assert place.tobytes() == alone.convert("RGB").tobytes()


def test_an_even_strip_has_its_frames_where_the_equal_one_changed(terminal: Terminal) -> None:
    typed = ("strip", "a red cat", "cat.png", "-n", "5", "--seed", "4")
    *equal, _sheet = terminal.painted(*typed)
    *frames, _sheet = terminal.painted(*typed, "--even")
    colours = []
    for frame in equal:
        with Image.open(frame) as seen:
            colours.append(broad_colours(seen))
    wanted = even_places(colours, (0, 0.25, 0.5, 0.75, 1))
    assert wanted != (0, 0.25, 0.5, 0.75, 1)
    for index, frame in enumerate(frames):
        way = read_record(frame).request.conditioning
        assert isinstance(way, Interpolation)
        assert way.places == wanted
        assert read_record(frame).request.conditioning_of(index) == way.at(wanted[index])
    assert frames[0].read_bytes() != frames[1].read_bytes()
    with Image.open(frames[0]) as one, Image.open(equal[0]) as other:
        assert one.tobytes() == other.tobytes()  # the ends stay
    with Image.open(frames[1]) as one, Image.open(equal[1]) as other:
        assert one.tobytes() != other.tobytes()


@pytest.mark.parametrize(("name", "frames"), [("a.gif", 3), ("a.webp", 3), ("a.png", 1)])
def test_a_strip_is_one_file_where_one_is_named(
    terminal: Terminal, tmp_path: Path, name: str, frames: int
) -> None:
    path = str(tmp_path / name)
    typed = ("strip", "a red cat", "a tree", "-n", "3", *QUICK, "-o", path)
    assert terminal.run(*typed) == (0, [path])
    with Image.open(path) as film:
        assert getattr(film, "n_frames", 1) == frames


def test_a_strip_in_a_file_of_its_own_needs_no_usual_folder(
    terminal: Terminal, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "no folder").touch()
    monkeypatch.setattr(places, "pictures", lambda _usual: tmp_path / "no folder")
    typed = ("strip", "a red cat", "a tree", "-n", "2", *QUICK)
    assert "no folder" in terminal.refused(*typed)
    path = str(tmp_path / "a.gif")
    assert terminal.run(*typed, "-o", path) == (0, [path])


class CutShort:
    """The engine, on which something happens as soon as so many pictures are made."""

    def __init__(self, engine: Engine, made: int, then: Callable[[], None]) -> None:
        self._engine, self._made, self._then = engine, made, then

    def run(self, job: Job, model: Path, report: Report, deliver: Deliver, **how: Any) -> None:
        def deliver_and_count(image: Image.Image, record: Record, meaning: bytes) -> None:
            deliver(image, record, meaning)
            self._made -= 1
            if not self._made:
                self._then()

        self._engine.run(job, model, report, deliver_and_count, **how)

    def tidy(self) -> None:
        self._engine.tidy()


def run_out() -> None:
    raise OutOfMemory("The machine ran out of memory.")


def hang_up() -> None:
    """As a terminal does that closes: the system and the shell both say so."""
    try:
        signal.raise_signal(signal.SIGHUP)
    finally:
        signal.raise_signal(signal.SIGHUP)


@pytest.mark.parametrize(
    ("name", "then", "code", "last"),
    [
        ("a.gif", lambda: signal.raise_signal(signal.SIGINT), 130, "Stopped."),
        ("a.webp", lambda: signal.raise_signal(signal.SIGTERM), 143, "Stopped."),
        ("a.png", hang_up, 129, "Stopped."),
        ("a.png", run_out, 1, "The machine ran out of memory."),
    ],
)
def test_the_frames_of_a_strip_that_broke_off_are_kept(
    terminal: Terminal,
    home: Path,
    monkeypatch: pytest.MonkeyPatch,
    request: pytest.FixtureRequest,
    name: str,
    then: Callable[[], None],
    code: int,
    last: str,
) -> None:
    make_engine = painting.make_engine
    monkeypatch.setattr(
        painting, "make_engine", lambda *where: CutShort(make_engine(*where), 2, then)
    )
    # a suite that a shell started in its background ignores some of them
    does: dict[int, Any] = {
        signal.SIGINT: signal.default_int_handler,
        signal.SIGTERM: signal.SIG_DFL,
        signal.SIGHUP: signal.SIG_DFL,
    }
    for number, usual in does.items():
        before = signal.signal(number, usual)
        request.addfinalizer(partial(signal.signal, number, before))
    target = terminal.folder / name
    typed = ("strip", "a red cat", "a tree", "-n", "3", *QUICK, "--quiet", "-o", str(target))
    assert terminal.run(*typed) == (code, [])
    said = f"The 2 frames that were made lie in {home / 'rescued'}."
    assert terminal.said.splitlines() == [said, last]
    kept = sorted((home / "rescued").iterdir())
    assert [read_record(path).index for path in kept] == [0, 1]
    assert not target.exists()


@pytest.mark.parametrize(
    ("target", "made", "rescued"),
    [("a.gif", 2, 2), ("a.gif", 4, 4), ("way/", 2, 2), ("way/", 4, 3)],
)
def test_frames_that_were_painted_to_look_at_are_kept_where_it_breaks_off(
    terminal: Terminal,
    home: Path,
    monkeypatch: pytest.MonkeyPatch,
    target: str,
    made: int,
    rescued: int,
) -> None:
    make_engine = painting.make_engine
    monkeypatch.setattr(
        painting, "make_engine", lambda *where: CutShort(make_engine(*where), made, run_out)
    )
    typed = ("strip", "a red cat", "a tree", "-n", "3", "--even", *QUICK, "--quiet")
    code, shown = terminal.run(*typed, "-o", f"{terminal.folder}/{target}")
    assert (code, len(shown)) == (1, made - rescued)
    assert len(list((home / "rescued").iterdir())) == rescued


@pytest.mark.parametrize(
    "typed",
    [
        ("variation", "many", "--from-pixels", "0.5"),
        ("draw", "a rainbow", "--start", "many", "--strength", "0.5"),
        ("fuse", "a rainbow", "a tree", "--start", "many"),
    ],
)
def test_of_a_folder_each_picture_is_painted_from(
    terminal: Terminal, here: Path, typed: tuple[str, ...]
) -> None:
    made = terminal.painted(*typed)
    starts = [read_record(path).request.task for path in made]
    names = [start.path for start in starts if isinstance(start, Img2Img)]
    assert names == [here / "many" / "a.jpg", here / "many" / "b.png"]


def test_one_bad_picture_of_a_folder_does_not_end_the_others(
    terminal: Terminal, tmp_path: Path
) -> None:
    folder = tmp_path / "some"
    folder.mkdir()
    (folder / "a.png").write_bytes(b"no picture")
    picture().save(folder / "b.png")
    code, lines = terminal.run("variation", str(folder), *QUICK, "-o", f"{tmp_path / 'made'}/")
    assert (code, len(lines)) == (1, 1)
    assert "a.png cannot be read as a picture" in terminal.said


def test_a_mask_for_each_picture_of_a_batch(terminal: Terminal, tmp_path: Path) -> None:
    folder = tmp_path / "masks"
    folder.mkdir()
    for number in range(2):
        mask((8 * number, 0, 8 * number + 8, 64)).save(folder / f"{number}.png")
    made = terminal.painted("inpaint", "cat.png", str(folder), "a tree", "--grow", "0")
    assert len(made) == 2


@pytest.mark.parametrize(
    ("typed", "said"),
    [
        (("draw", "a", "--scheduler", "UniPCMultistepScheduler", "--eta", "0.5"), ["Eta"]),
        (("draw", "a", "--scheduler", "DDIMScheduler", "--eta", "0.5", "--thresholding"), []),
        (
            ("draw", "a", "--scheduler", "HeunDiscreteScheduler", "--thresholding"),
            ["Dynamic thresholding"],
        ),
        (("draw", "a", "--scheduler", "EulerDiscreteScheduler", "--eta", "0"), []),
        (
            ("inpaint", "cat.png", "hole.png", "a", "--width", "90", "--height", "700"),
            ["Width", "Height"],
        ),
        (("outpaint", "cat.png", "a", "--top", "8", "--width", "90"), ["Width"]),
    ],
    ids=lambda value: " ".join(value)[:60] if isinstance(value, tuple) else "",
)
def test_what_is_said_in_vain_is_remarked_on(
    terminal: Terminal, tmp_path: Path, typed: tuple[str, ...], said: list[str]
) -> None:
    request = terminal.asked(*typed)
    remarks = terminal.said.splitlines()
    assert [remark.partition(" changes nothing. ")[0] for remark in remarks] == said
    file = tmp_path / "request.json"
    file.write_text(json.dumps(encode(request)))
    terminal.asked("draw", "--request", str(file))  # what is not said again is no wish
    assert not terminal.said
    (*_others, option, number) = typed
    if said and number.isdecimal():
        terminal.asked("draw", "--request", str(file), option, number)
        assert terminal.said.splitlines() == remarks[-1:]


@pytest.mark.parametrize("said", [None, b"", b" \n"])
def test_where_nothing_is_piped_there_is_no_request(
    terminal: Terminal, monkeypatch: pytest.MonkeyPatch, said: bytes | None
) -> None:
    piped = None if said is None else TextIOWrapper(BytesIO(said))  # None: a closed stream
    monkeypatch.setattr(sys, "stdin", piped)
    there_is_none = "1: There is no request in standard input."
    assert terminal.refused("draw", "--request", "-") == there_is_none


def test_a_request_goes_round_as_json(terminal: Terminal, tmp_path: Path) -> None:
    request = terminal.asked("fuse", "cat.png:0.6", "a tree", "--blend", "slerp", "--steps", "2")
    file = tmp_path / "request.json"
    file.write_text(json.dumps(encode(request)))
    (path,) = terminal.painted("fuse", "--request", str(file))
    assert read_record(path).request.conditioning == request.conditioning
    changed = terminal.asked("draw", "--request", str(file), "--detail-seed", "9", "-n", "2")
    assert (changed.sampling.seed, changed.sampling.prior_seed) == (9, 7)
    assert (changed.count, changed.conditioning) == (2, request.conditioning)
    file.write_text(json.dumps([encode(request)] * 2))
    assert len(terminal.painted("draw", "--request", str(file))) == 2


@pytest.mark.parametrize("theirs", [{"format": 2}, {}])
def test_a_request_of_another_format_is_one_sentence(
    terminal: Terminal, tmp_path: Path, theirs: dict[str, int]
) -> None:
    plain = encode(terminal.asked("draw", "a cat"))
    del plain["format"]
    file = tmp_path / "request.json"
    for text in (json.dumps(plain | theirs), json.dumps([encode(request()), plain | theirs])):
        file.write_text(text)
        said = terminal.refused("draw", "--request", str(file))
        assert said.startswith(f"1: The request in {file} was written by another version")


def test_what_is_wrong_in_a_request_is_named_by_its_path(
    terminal: Terminal, tmp_path: Path
) -> None:
    plain = encode(request())
    plain["sampling"]["steps"] = "50"
    file = tmp_path / "request.json"
    said = f"1: The request in {file} cannot be read: "
    file.write_text(json.dumps(plain))
    assert terminal.refused("draw", "--request", str(file)) == (
        f"{said}sampling.steps: a whole number, not '50'."
    )
    file.write_text(json.dumps([encode(request()), plain]))
    assert terminal.refused("draw", "--request", str(file)) == (
        f"{said}[1].sampling.steps: a whole number, not '50'."
    )


def test_paths_in_a_request_begin_where_its_file_lies(
    terminal: Terminal, here: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    plain = encode(Paint(conditioning=ImagePrompt(Path("cat.png"))))
    (here / "relative.json").write_text(json.dumps(plain))
    monkeypatch.chdir("/")
    asked = terminal.asked("draw", "--request", str(here / "relative.json"))
    assert asked.conditioning == ImagePrompt(here / "cat.png")


def test_depth_comes_again_by_the_model_that_estimated_it(
    terminal: Terminal, whole: Path, tmp_path: Path
) -> None:
    folder = shutil.copytree(whole, tmp_path / "models" / "whole").parent
    seer = tiny.write_estimator(folder / "seer")
    models = ("--models", str(folder))
    wanted = ("depth", "cat.png", "a dog", "--estimate", "--width", "64", "--height", "64")
    (path,) = terminal.painted(*wanted, *models, "--model", "whole")
    again = tmp_path / "again.png"
    tiny.write_estimator(folder / "a second one", "depth anything")  # which would come first
    assert terminal.run("replay", str(path), "-o", str(again), *models)[0] == 0
    assert again.read_bytes() == path.read_bytes()
    shutil.rmtree(seer)
    assert terminal.run("replay", str(path), "-o", str(again), *models)[0] == 0
    assert "Not as it was: the model that estimated the depth" in terminal.said


def test_what_came_through_is_said_and_kept(terminal: Terminal, tmp_path: Path) -> None:
    (path,) = terminal.painted("fuse", "cat.png:0.6", "oil painting:0.4")
    code, lines = terminal.run("measure", str(path))
    assert code == 0
    table = [line.split("\t") for line in lines]
    assert [(name, where) for where, _near, name in table] == [
        ("cat", str(path)),
        ("oil painting", str(path)),
    ]
    cosines = clip_similarity.read(places.clip_similarity(), path)
    assert cosines is not None
    assert [float(near) for _where, near, _name in table] == pytest.approx(cosines, abs=1e-4)
    clip_similarity.write(
        places.clip_similarity(), path, (0.5, None)
    )  # what is kept is not measured again
    assert terminal.run("measure", str(path)) == (
        0,
        [f"{path}\t0.5000\tcat", f"{path}\t–\toil painting"],
    )
    picture().save(tmp_path / "foreign.png")
    code, lines = terminal.run("measure", str(tmp_path / "foreign.png"), str(path))
    assert (code, len(lines)) == (1, 2)
    assert "does not say how it was made" in terminal.said


def test_several_pictures_are_measured_by_one_engine(
    terminal: Terminal, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = terminal.painted("fuse", "cat.png:0.6", "a tree", "-n", "3")
    _code, lines = terminal.run("fuse", "cat.png", "a tree", *QUICK, "--threads", "2")
    engines: list[Engine] = []

    def make_engine(device: str | None, threads: int) -> Engine:
        engines.append(make(device, threads))
        return engines[-1]

    make = painting.make_engine
    monkeypatch.setattr(painting, "make_engine", make_engine)
    assert terminal.run("measure", *map(str, made), *lines)[0] == 0
    assert [engine.about().threads for engine in engines] == [1, 2]
    assert [engine.loads for engine in engines] == [1, 1]  # the image encoder, once each


def test_a_picture_that_followed_depth_is_not_replayed_without_its_model(
    terminal: Terminal, whole: Path
) -> None:
    models = ("--models", str(whole.parent), "--model", "whole")
    small = ("--width", "64", "--height", "64")
    (path,) = terminal.painted("depth", "cat.png", "a dog", *models, *small)
    for command in ("replay", "measure"):
        code, lines = terminal.run(command, str(path))
        assert (code, lines) == (1, [])
        assert "The model 'whole' that painted this picture is not here." in terminal.said


def test_a_broken_model_is_said_before_another_takes_its_place(
    terminal: Terminal, tmp_path: Path
) -> None:
    folder = tmp_path / "models"
    (weights,) = (tiny.write(folder / "full") / "decoder" / "unet").glob("*.safetensors")
    os.truncate(weights, weights.stat().st_size - 1)
    models = ("--models", str(folder))
    request = terminal.asked("draw", "a cat", *models)
    assert request.model == "starter"
    broken, instead = terminal.said.splitlines()
    assert f"{weights} breaks off" in broken
    assert instead == f"No model in {folder} can be used: starter paints instead."
    file = tmp_path / "requests.json"
    file.write_text(json.dumps([encode(replace(request, model=""))] * 2))
    assert terminal.run("draw", "--request", str(file), "--print-request", *models)[0] == 0
    assert terminal.said.splitlines() == [broken, instead]
    terminal.asked("draw", "a cat", "--model", "starter", *models)
    assert not terminal.said
    terminal.asked("draw", "a cat", "--quiet", *models)
    assert not terminal.said


def test_nothing_is_said_where_every_model_is_whole(terminal: Terminal, whole: Path) -> None:
    for folder in (whole, whole.parent):
        assert terminal.asked("draw", "a cat", "--models", str(folder)).model == whole.name
        assert not terminal.said


def test_the_doctor_says_what_each_model_can(terminal: Terminal, tmp_path: Path) -> None:
    folder = tmp_path / "models"
    weights = tiny.write(folder / "whole", tiny.WHOLE_22) / "depth" / "unet"
    seer = tiny.write_estimator(folder / "seer")
    (file,) = weights.glob("*.safetensors")
    file.rename(file.with_suffix(".bin"))
    code, lines = terminal.run("doctor", "--models", str(folder))
    assert code == 0
    said = "\n".join(lines)
    assert "looks at pictures: yes, a decoder for holes: yes, a decoder for depth: no" in said
    assert f"! {file.with_suffix('.bin')} is a pickle" in said
    assert f"{seer}: estimates depth" in said


def test_the_doctor_says_by_how_much_predictions_of_memory_are_corrected(
    terminal: Terminal,
) -> None:
    said = "What work takes of the memory is reckoned × 1.13, as measured here"
    assert said not in terminal.run("doctor")[1]
    memory_corrections.keep(places.cache(), best_device().fingerprint, 1.127)
    assert said in terminal.run("doctor")[1]
    about = json.loads("\n".join(terminal.run("doctor", "--json")[1]))
    assert about["device"]["memory_correction"] == 1.127


PLANNED = """\
Kandinsky 2.2, 768 × 768, 2 × float16, budget: 3,815 MiB
phase           network                  ×  weights    act.    peak  calls  mode
EncodeBlack     image_encoder            1                                  once, alone, on the processor
EncodePrompt    text_encoder             2    1,325       2   1,327         resident
EncodePicture   image_encoder            1    3,519      12   3,530         resident
SamplePrior     prior                    2    1,957       9   1,967     25  resident
MixEmbeddings                            2
Denoise         unet                     1    2,390     405   2,795     50  resident
DecodePixels    movq                     2      129     864     994         resident
Deliver                                  2
resident: everything stays on the device: the fastest way
peak, a phase at a time: 3,530 MiB
all networks resident: 10,185 MiB (does not fit)
denoised together: 2
"""  # noqa: E501


def test_the_doctor_plans_the_published_models_without_their_files(terminal: Terminal) -> None:
    typed = ["--plan", "768x768", "--task", "fuse", "--model", "2.2", "-n", "2", "--budget", "4GB"]
    code, lines = terminal.run("doctor", *typed)
    assert code == 0
    assert "\n".join(lines) + "\n" == PLANNED


@pytest.mark.parametrize(
    "task", ["draw", "vary", "strip", "redraw", "inpaint", "outpaint", "depth"]
)
def test_the_doctor_plans_any_task_for_a_model_that_is_here(
    terminal: Terminal, whole: Path, task: str
) -> None:
    models = ["--models", str(whole.parent), "--model", whole.name]
    code, lines = terminal.run("doctor", "--plan", "64 × 64", "--task", task, *models)
    assert code == 0
    assert any(line.startswith("Denoise") for line in lines)


def test_the_doctor_plans_a_request_from_a_file(
    terminal: Terminal, whole: Path, tmp_path: Path
) -> None:
    path, models = tmp_path / "request.json", ["--models", str(whole.parent)]
    code, lines = terminal.run("draw", "a cat", "-n", "3", "--print-request", *models)
    assert code == 0
    path.write_text("\n".join(lines))
    code, lines = terminal.run("doctor", "--plan", str(path), *models)
    assert code == 0
    assert lines[-1] == "denoised together: 3"
    assert lines[0].startswith(f"{whole.name}, ")
    assert terminal.run("doctor", "--plan", str(path), "-n", "2", *models)[1][-1].endswith(": 2")


def test_a_request_is_planned_for_the_model_that_it_names(
    terminal: Terminal, whole: Path, tmp_path: Path
) -> None:
    path, models = tmp_path / "request.json", ["--models", str(whole.parent)]
    typed = ["draw", "a cat", "--print-request", "--model", "starter"]
    path.write_text("\n".join(terminal.run(*typed, *models)[1]))
    planned = ["doctor", "--plan", str(path), *models]
    assert terminal.run(*planned)[1][0].startswith("starter, 128 × 128, ")
    named = terminal.run(*planned, "--model", whole.name)[1]
    assert named[0].startswith(f"{whole.name}, 128 × 128, ")
    path.write_text(path.read_text().replace('"starter"', '"gone"'))
    code, lines = terminal.run(*planned)
    assert (code, lines) == (1, [])
    assert "There is no model named 'gone'" in terminal.said


@pytest.mark.parametrize(
    ("typed", "said"),
    [
        (["--plan", "768x768", "--budget", "much"], "a number of bytes, as 4GB"),
        (["--plan", "768x770", "--model", "2.2"], "Height must be a multiple of 64"),
        (["--plan", "nowhere.json"], "There is no file"),
        (["--plan", "64x64", "--model", "3.0"], "There is no model named '3.0'"),
        (["--plan", "64x64", "--model", "2.1", "--task", "depth"], "cannot follow a depth map"),
        (["--plan", "512x512", "--model", "2.0", "--task", "fuse"], "it is led by words alone"),
    ],
)
def test_what_cannot_be_planned_is_one_sentence(
    terminal: Terminal, typed: list[str], said: str
) -> None:
    code, lines = terminal.run("doctor", *typed)
    assert not lines
    assert code in (1, 2)
    assert said in terminal.said.splitlines()[0]


@pytest.mark.parametrize(
    ("typed", "said"),
    [
        (["--plan", "64x64", "--json"], "--json does not go with --plan."),
        (["--plan", "64x64", "--report", "out"], "--report does not go with --plan."),
        (["--plan", "64x64", "--device", "cuda"], "--device does not go with --plan."),
        (["--plan", "a.json", "--task", "fuse"], "--task goes with a size: a file says itself"),
        (["--report", "out", "--task", "fuse"], "--task does not go with --report."),
        (["--steps", "3", "--json"], "--steps goes with --report."),
        (["--model", "2.2"], "--model goes with --plan or --report."),
        (["--eight-bits"], "--eight-bits goes with --plan or --report."),
    ],
)
def test_the_doctor_passes_no_option_over(terminal: Terminal, typed: list[str], said: str) -> None:
    code, lines = terminal.run("doctor", *typed)
    assert (code, lines) == (2, [])
    assert terminal.said.startswith(f"kandinsky doctor: {said}")


def test_the_doctor_says_which_file_of_a_model_is_amiss(
    terminal: Terminal, starter: Path, tmp_path: Path
) -> None:
    folder = tmp_path / "models"
    tokenizer = shutil.copytree(starter, folder / "mine") / "prior" / "tokenizer"
    for file in tokenizer.iterdir():
        file.unlink()
    code, lines = terminal.run("doctor", "--models", str(folder))
    assert code == 0  # the starter is there
    assert f"! {tokenizer} lacks tokenizer.json or vocab.json and merges.txt: copy it too." in lines


@pytest.mark.parametrize(
    "typed",
    [
        ("draw", "{}", "--ideas", "2"),
        ("variation", "cat.png", "--words", "{}"),
        ("strip", "a tree", "{}", "-n", "2"),
        ("draw", "a tree", "--away-words", "{}"),
    ],
    ids=lambda typed: " ".join(typed),
)
def test_words_that_are_not_read_are_named(terminal: Terminal, typed: tuple[str, ...]) -> None:
    words = " ".join(["a", "cat", "on", "a", "mat"] * 40) + " under-the-moon"
    said = [one.format(words) for one in typed]
    terminal.painted(*said)
    (remark,) = [line for line in terminal.said.splitlines() if "tokens" in line]
    assert remark.startswith("starter reads 32 tokens of a text and not the rest of this one: “")
    assert remark.endswith("a mat under-the-moon”")


# How a meaning is typed


@pytest.mark.parametrize(
    ("typed", "expected"),
    [
        (["cat.png:0.6", "oil painting:0.4"], [("cat.png", 0.6), ("oil painting", 0.4)]),
        (["cat.png", "oil painting"], [("cat.png", 1.0), ("oil painting", 1.0)]),
        (["./cat.png:2", "x: y.png:-.5"], [("cat.png", 2.0), ("x: y.png", -0.5)]),
        (["x: y.png", "a cat: red"], [("x: y.png", 1.0), ("a cat: red", 1.0)]),
        (["text:cat.png:0.5", "file:cat.png:1e-1"], [("cat.png text", 0.5), ("cat.png", 0.1)]),
        (["text:a:1:1", "text:file:x:1"], [("a:1", 1.0), ("file:x", 1.0)]),
        (["10:30:1", "a:0,25"], [("10:30", 1.0), ("a", 0.25)]),
        (["C:1", "b"], [("C", 1.0), ("b", 1.0)]),
        (["1.5 cats: big", "C:big"], [("1.5 cats: big", 1.0), ("C:big", 1.0)]),
        (["wide picture 16:9:1", "at 10:30:0.5"], [("wide picture 16:9", 1.0), ("at 10:30", 0.5)]),
        (["Route 66:0.5", "Route 66:2.0"], [("Route 66", 0.5), ("Route 66", 2.0)]),
        (["a cat:2", "16k:3", "text:66:1:2"], [("a cat", 2.0), ("16k", 3.0), ("66:1", 2.0)]),
        (["4:-1", "file:many/../cat.png:2"], [("4", -1.0), ("many/../cat.png", 2.0)]),
    ],
)
def test_a_weight_is_a_number_after_the_last_colon(
    terminal: Terminal, here: Path, typed: list[str], expected: list[tuple[str, float]]
) -> None:
    meaning = terminal.asked("fuse", *typed).conditioning
    assert isinstance(meaning, Mix)
    for one, (name, weight) in zip(meaning.ingredients, expected, strict=True):
        assert one.weight == weight
        if (here / name).is_file():
            assert one.source == ImagePrompt(here / name)
        else:
            assert one.source == Prompt(name.removesuffix(" text"))


@pytest.mark.parametrize("option", ["--seed", "--idea-seed", "--detail-seed"])
def test_a_seed_of_minus_one_is_drawn_each_time(
    monkeypatch: pytest.MonkeyPatch, terminal: Terminal, option: str
) -> None:
    seeds = iter(range(1000, 2000))
    monkeypatch.setattr("random.randrange", lambda end: next(seeds))
    code, lines = terminal.run("draw", "a cat", "--print-request", "--seed", "7", option, "-1")
    assert code == 0
    first = decode(Paint, json.loads("\n".join(lines)), "").sampling
    drawn = (first.prior_seed, first.seed)
    assert drawn == {
        "--seed": (1000, 1001), "--idea-seed": (1000, 7), "--detail-seed": (7, 1000)
    }[option]  # fmt: skip


def test_seeds_of_minus_one_in_a_request_are_drawn_when_it_is_read(
    monkeypatch: pytest.MonkeyPatch, terminal: Terminal, tmp_path: Path
) -> None:
    seeds = iter(range(1000, 2000))
    monkeypatch.setattr("random.randrange", lambda end: next(seeds))
    plain = encode(request("a cat"))
    plain["sampling"] |= {"seed": -1, "prior_seed": -1}
    (tmp_path / "two.json").write_text(json.dumps([plain, plain]))
    code, lines = terminal.run("draw", "--request", str(tmp_path / "two.json"), "--print-request")
    assert code == 0
    made = [decode(Paint, one, "").sampling for one in json.loads("\n".join(lines))]
    assert [(one.prior_seed, one.seed) for one in made] == [(1000, 1001), (1002, 1003)]


def test_a_saved_meaning_is_read_from_a_picture_of_ours(terminal: Terminal) -> None:
    (path,) = terminal.painted("draw", "a red cat")
    asked = terminal.asked("fuse", f"meaning:{path}:0.5", "a tree")
    assert isinstance(asked.conditioning, Mix)
    assert asked.conditioning.ingredients[0].source == ImageEmbedding(path)
    assert terminal.painted("fuse", f"meaning:{path}:0.5", "a tree")
    (bare,) = terminal.painted("draw", "a red cat", "--no-meaning")
    assert "does not carry its meaning" in terminal.refused("fuse", f"meaning:{bare}", "a tree")


@pytest.mark.parametrize("option", ["--like", "--away-picture"])
def test_where_a_picture_is_asked_for_a_file_needs_no_ending(
    terminal: Terminal, here: Path, option: str
) -> None:
    def meant(typed: str) -> object:
        words = () if option == "--like" else ("a tree",)
        asked = terminal.asked("inpaint", "cat.png", "hole.png", *words, option, typed)
        return asked.conditioning if option == "--like" else asked.negative

    shutil.copy(here / "cat.png", here / "tom")
    assert meant("tom") == ImagePrompt(here / "tom")
    assert meant("file:tom") == ImagePrompt(here / "tom")
    assert meant("text:tom") == Prompt("tom")


@pytest.mark.parametrize(
    "typed",
    [
        ("inpaint", "cat.png", "hole.png"),
        ("inpaint", "cat.png", "hole.png", ""),
        ("inpaint", "--grow", "3", "cat.png", "hole.png", "--steps", "3"),
        ("inpaint", "cat.png", "--fill", "noise", "hole.png", "-n", "1"),
        ("outpaint", "--top", "8", "cat.png"),
        ("outpaint", "cat.png", "--top", "8"),
    ],
    ids=" ".join,
)
def test_without_words_a_part_is_filled_by_what_the_picture_means(
    terminal: Terminal, here: Path, typed: tuple[str, ...]
) -> None:
    holed = typed[0] == "inpaint"  # then what was in the hole is left out
    meant = ImagePrompt(here / "cat.png", without_hole=holed)
    assert terminal.asked(*typed).conditioning == meant


@pytest.mark.parametrize(
    "typed",
    [
        ("inpaint", "--steps", "3", "cat.png", "hole.png", "a tree"),
        ("inpaint", "cat.png", "hole.png", "--steps", "3", "a tree"),
        ("inpaint", "cat.png", "--steps", "3", "hole.png", "a tree"),
        ("outpaint", "cat.png", "--top", "8", "a tree"),
    ],
    ids=" ".join,
)
def test_words_are_read_wherever_they_stand(terminal: Terminal, typed: tuple[str, ...]) -> None:
    assert terminal.asked(*typed).conditioning == Prompt("a tree")


# What is refused


@pytest.mark.parametrize(
    ("typed", "said"),
    [
        (("fuse", "dog.png:0.5", "a"), "1: There is no file dog.png. If words are meant, write"),
        (("fuse", "C:\\dog.png:0.5", "a"), "1: There is no file C:\\dog.png"),
        (("fuse", "a/b", "a"), "1: There is no file a/b"),
        (("fuse", "file:a cat"), "1: There is no file a cat"),
        (("fuse", "cat.png:0", "a:0"), "2: kandinsky fuse: At least one ingredient must have"),
        (("fuse", "cat.png:1", "a:-1"), "2: kandinsky fuse: The weights cancel each other out"),
        (("fuse", "cat.png:nan", "a"), "a weight must be a finite number"),
        (("fuse", "cat.png:1e999", "a"), "a weight must be a finite number"),
        (
            ("fuse", "wide picture 16:9"),
            "2: kandinsky fuse: 'wide picture 16:9' can be read in two ways: write “wide picture"
            " 16:9:1” if all of it is words, or “wide picture 16:9.0” if 9 is a weight.",
        ),
        (("fuse", "text:aspect ratio 4 : 3", "a"), "can be read in two ways"),
        (("inpaint", "cat.png", "hole.png", "--fuse", "at 10:30"), "can be read in two ways"),
        (("fuse", "text:", "a"), "says nothing"),
        (("fuse", ":1", "a"), "says nothing"),
        (("fuse",), "the following arguments are required: THING"),
        (("fuse", "a", "b", "c", "--blend", "slerp"), "goes between exactly two"),
        (("inpaint", "cat.png", "hole.png", "--like", "tiger"), "1: There is no file tiger. If"),
        (("draw", "a", "--away-picture", "photo.heic"), "1: There is no file photo.heic. If"),
        (("outpaint", "cat.png", "a"), "by how many pixels the picture is to grow"),
        (("inpaint", "cat.png", "empty", "a"), "1: There is no picture in"),
        (("inpaint", "cat.png", "hole.png", "a", "--fill", "x"), "invalid choice: 'x'"),
        (("inpaint", "cat.png", "many/a.jpg", "a", "--grow", "-1"), "Grow must lie between"),
        (("variation", "cat.png", "--strength", "0.5"), "Say with --words"),
        (("variation", "cat.png", "--old-noise"), "2: kandinsky variation: Say with --from-pixels"),
        (
            ("variation", "cat.png", "--from-pixels", "0"),
            "argument --from-pixels: it must lie between 0.01 and 1; 0 does not.",
        ),
        (("variation", "cat.png", "--from-pixels", "nan"), "argument --from-pixels: it must lie"),
        (
            ("draw", "a", "--seed", "-2"),
            "--seed: a number from 0 to 4294967295, or -1 for a random",
        ),
        (
            ("draw", "a", "--idea-seed", "4294967296"),
            "argument --idea-seed: a number from 0 to 42949",
        ),
        (
            ("draw", "a", "--detail-seed", "1e9"),
            "argument --detail-seed: a whole number, not '1e9'",
        ),
        (("draw", "a", "--ideas", "257"), "argument --ideas: it must lie between 0 and 256; 257"),
        (("draw", "a", "--seed", "x"), "argument --seed: a whole number, not 'x'"),
        (("inpaint", "cat.png", "hole.png", "a", "--blend", "sum"), "--blend is about a fusion"),
        (
            ("inpaint", "cat.png"),
            "2: kandinsky inpaint: the following arguments are required: MASK\n",
        ),
        (("inpaint", "cat.png", "hole.png", "--negative-prior", "fog"), "is about words, and none"),
        (("inpaint", "cat.png", "hole.png", "--grow", "x"), "argument --grow: a whole number"),
        (("outpaint", "cat.png", "a", "--restore"), "2: kandinsky outpaint: --restore is about a"),
        (("depth", "cat.png", "--like", "cat.png", "--restore"), "--restore is about a fusion"),
        (("draw", "a", "--strength", "0.5"), "name it with --start"),
        (("draw", "a", "--ideas", "2", "-n", "3"), "cannot be chosen among 2 ideas"),
        (("draw", "a", "--anchor", "b"), "1: starter reads no anchor text"),
        (("draw", "a", "-o", ""), "argument -o: a name, not ''"),
        (("export", "cat.png", "-o", " "), "argument -o: a name, not ' '"),
        (("draw", "a", "--models", ""), "argument --models: a name, not ''"),
        (("replay", "cat.png", "--files", ""), "argument --files: a name, not ''"),
        (("doctor", "--report", ""), "argument --report: a name, not ''"),
        (("strip", "a", "b", "-n", "1"), "A strip has at least two frames"),
        (("strip", "a", "b", "-n", "1", "--print-request"), "A strip has at least two frames"),
        (("strip", "a", "b", "-o", "a.mp4"), "written as .png, .gif or .webp"),
        (("strip", "a", "b", "--start", "many"), "is one request"),
        (("strip", "a", "b", "--even", "--print-request"), "known only once they are painted"),
        (
            ("draw", "--request", "cat.png"),
            "1: The request in cat.png cannot be read: it is no text",
        ),
        (("draw", "--request", "none.json"), "1: There is no file none.json"),
        (
            ("draw", "--request", "many"),
            "1: The request in many cannot be read: " + os.strerror(errno.EISDIR),
        ),
    ],
    ids=lambda value: " ".join(value)[:40] if isinstance(value, tuple) else "",
)
def test_what_cannot_be_painted_is_one_sentence(
    terminal: Terminal, typed: tuple[str, ...], said: str
) -> None:
    assert said in terminal.refused(*typed) + "\n"


@pytest.mark.parametrize("command", ["inpaint", "outpaint", "depth"])
def test_help_says_which_words_may_be_left_out(terminal: Terminal, command: str) -> None:
    code, lines = terminal.run(command, "--help")
    usage, _, about = "\n".join(lines).partition("\n\n")
    fills = command != "depth"
    assert (code, usage.endswith(" [WORDS]"), "without words" in about) == (0, fills, fills)


@pytest.mark.parametrize(
    ("typed", "said"),
    [
        (("depth", "cat.png", "--map-only", "--device", "mps"), "has no device 'mps'"),
        (("doctor", "--plan", "0x64"), "Width must lie between 16 and 4096; 0 does not."),
        (("doctor", "--plan", "65x64"), "Width must be a multiple of"),
        (("doctor", "--plan", "64x64", "-n", "65"), "Pictures must lie between 1 and 64"),
        (("doctor", "--report", "seen", "--steps", "0"), "--steps: it must lie between 1 and 1000"),
        (("doctor", "--report", "seen", "--device", "mps"), "has no device 'mps'"),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, tuple) else "",
)
@pytest.mark.skipif(best_device().kind == "mps", reason="that device is here")
def test_what_was_typed_wrongly_is_code_2_everywhere(
    terminal: Terminal, here: Path, typed: tuple[str, ...], said: str
) -> None:
    assert terminal.run(*typed) == (2, [])
    first, last = terminal.said.splitlines()
    assert first.startswith(f"kandinsky {typed[0]}: ")
    assert said in first
    assert last == f"kandinsky {typed[0]} --help says more."
    assert not (here / "seen").exists()


@pytest.mark.parametrize(
    ("typed", "over"),
    [
        (("variation", "cat.png"), "cat.png"),
        (("draw", "a", "--start", "cat.png"), "other name.png"),  # a link to it
        (("inpaint", "cat.png", "hole.png", "a"), "hole.png"),
        (("fuse", "cat.png", "x: y.png"), "./x: y.png"),
        (("strip", "a", "cat.png", "-n", "3"), "cat.png"),
        (("depth", "cat.png", "a", "--away-picture", "hole.png"), "hole.png"),
    ],
    ids=lambda value: " ".join(value)[:40] if isinstance(value, tuple) else value,
)
def test_what_a_picture_is_made_from_is_not_written_over(
    terminal: Terminal, here: Path, typed: tuple[str, ...], over: str
) -> None:
    if over == "other name.png":
        (here / over).symlink_to(here / "cat.png")
    before = (here / over).read_bytes()
    assert "is a file that the picture is made from" in terminal.refused(*typed, "-o", over)
    assert (here / over).read_bytes() == before


def written_down() -> list[list[str]]:
    """Return the commands that the README and the Makefile say can be typed."""
    files = [ROOT / "README.md", ROOT / "Makefile"]  # a package of the source lacks the second
    said = "\n".join(file.read_text("utf-8") for file in files if file.is_file())
    whole = [
        shlex.split(typed, comments=True) for typed in re.findall(r"^kandinsky (.*)", said, re.M)
    ]
    options = map(shlex.split, re.findall(r'PROMPT="[^"]*" ARGS="([^"]*)"', said))
    return whole + [["draw", *one, "--", "a cat"] for one in options]


@pytest.mark.parametrize("typed", written_down(), ids=" ".join)
def test_what_is_written_down_can_be_typed(typed: list[str]) -> None:
    args = program.parser_for(typed).parse_args(typed)
    if typed[0] == "draw":
        painting.destination(args.output, args.count or 1)


def test_a_model_without_a_depth_decoder_says_so(terminal: Terminal, tmp_path: Path) -> None:
    models = tiny.write(tmp_path / "models" / "small").parent
    small = ("--models", str(models), "--model", "small", "--width", "64", "--height", "64")
    said = terminal.refused("depth", "cat.png", "a", *small)
    assert said.startswith("1: small cannot follow a depth map")


def test_a_mask_of_another_size_is_said(terminal: Terminal, tmp_path: Path) -> None:
    mask((0, 0, 8, 8), 32, 32).save(tmp_path / "small.png")
    said = terminal.refused("inpaint", "cat.png", str(tmp_path / "small.png"), "a")
    assert said.startswith("1: The mask is 32 × 32 pixels, but the picture 64 × 64")
    assert "--fit-mask" in said
    typed = ("inpaint", "cat.png", str(tmp_path / "small.png"), "a", "--fit-mask", "--grow", "0")
    (path,) = terminal.painted(*typed)
    changed = ImageChops.difference(Image.open(path).convert("RGB"), picture())
    assert changed.getbbox() == (0, 0, 16, 16)


def test_how_a_mask_is_read_is_said_where_it_may_not_be_expected(
    terminal: Terminal, tmp_path: Path
) -> None:
    erased = picture()
    erased.putalpha(ImageChops.invert(mask((8, 8, 24, 24))).filter(ImageFilter.GaussianBlur(2)))
    erased.save(tmp_path / "erased.png")
    (path,) = terminal.painted("inpaint", "cat.png", str(tmp_path / "erased.png"), "a")
    assert "erased.png: what is transparent in it is painted anew." in terminal.said
    assert "erased.png: what is grey in it changes by as much" in terminal.said
    assert read_record(path).changed_outside == 0


def test_any_json_is_a_request_or_one_sentence(terminal: Terminal, tmp_path: Path) -> None:
    file, gone = tmp_path / "request.json", [tmp_path / "gone.png"]
    ours = request_strategies.requests(gone, gone, gone)
    junk = some.recursive(
        some.sampled_from(request_strategies.STRANGE),
        lambda one: some.lists(one) | some.just({"type": "Paint"}),
    )
    dump: Callable[[Any], str] = json.dumps
    strange = request_strategies.plain_requests(ours)
    texts = strange.map(with_format).map(dump) | strange.map(dump) | junk.map(dump) | some.text()

    @settings(max_examples=60)
    @given(texts)
    def try_it(text: str) -> None:
        file.write_bytes(text.encode("utf-8", "surrogatepass"))
        code, lines = terminal.run("draw", "--request", str(file), "--print-request")
        if code:
            assert not lines
            assert len(terminal.said.splitlines()) == code
        else:
            assert json.loads("\n".join(lines))

    try_it()
