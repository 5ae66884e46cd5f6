"""The real program in a process of its own, on the starter model."""

import json
import os
import shutil
import signal
import subprocess
import sys
from pathlib import Path

import pytest
from PIL import Image

from kandinsky_desktop.store.pictures import read_record
from tests.fakes import NATIVE
from tests.mounts import FULL, READ_ONLY, on_disk

MODULE = ("-W", "error", "-m", "kandinsky_desktop.cli")
QUICK = ("--steps", "3", "--prior-steps", "2", "--threads", "1")


class Kandinsky:
    """Runs the command in a process of its own, by a Python that has imported torch."""

    def __init__(self, python: str) -> None:
        self.command = [python, *MODULE]

    def __call__(
        self, *arguments: str | Path, disk: tuple[str, Path] | None = None, **environment: str
    ) -> subprocess.CompletedProcess[str]:
        command = [*self.command, *map(str, arguments)]
        return subprocess.run(
            on_disk(*disk, command) if disk else command,
            capture_output=True,
            text=True,
            check=False,
            env=os.environ | environment,
            timeout=200,
        )


@pytest.fixture(scope="session")
def kandinsky(python: str) -> Kandinsky:
    return Kandinsky(python)


@pytest.fixture(scope="module")
def batch(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, ...]:
    """Four pictures of one request, by a Python that begins from nothing."""
    home = tmp_path_factory.mktemp("batch")
    drawn = Kandinsky(sys.executable)(
        "draw", "a red cat", "-n", "4", *QUICK, KANDINSKY_HOME=str(home)
    )
    assert drawn.returncode == 0, drawn.stderr
    return tuple(Path(line) for line in drawn.stdout.splitlines())


def test_a_batch_is_saved_and_its_paths_are_all_that_stdout_says(batch: tuple[Path, ...]) -> None:
    assert len(batch) == 4
    assert all(path.is_absolute() and path.parent.name == "pictures" for path in batch)
    records = [read_record(path) for path in batch]
    assert [record.index for record in records] == [0, 1, 2, 3]
    seeds = [record.seed for record in records]
    assert seeds == [(seeds[0] + index) % 2**32 for index in range(4)]
    ideas = [record.prior_seed for record in records]
    assert ideas == [(ideas[0] + index) % 2**32 for index in range(4)]
    with Image.open(batch[0]) as image:
        assert image.size == (NATIVE, NATIVE)


def test_one_picture_of_a_batch_is_made_again_byte_for_byte(
    batch: tuple[Path, ...], tmp_path: Path, kandinsky: Kandinsky
) -> None:
    again = tmp_path / "again.png"
    replayed = kandinsky("replay", batch[2], "-o", again)
    assert replayed.returncode == 0, replayed.stderr
    assert replayed.stdout == f"{again}\n"
    assert again.read_bytes() == batch[2].read_bytes()
    assert "the same picture, to the bit" in replayed.stderr
    assert "very nearly" not in replayed.stderr
    for bar in ("loading", "prior", "decoder"):
        assert f"{bar}: 100%" in replayed.stderr


def test_what_a_model_cannot_paint_is_fitted_and_said(tmp_path: Path, kandinsky: Kandinsky) -> None:
    drawn = kandinsky(
        "draw", "a cat", "-o", tmp_path / "cat.png", "--width", "90", "--height", "700",
        "--seed", "7", "--detail-seed", "9", "--no-thresholding", *QUICK,
    )  # fmt: skip
    assert drawn.stdout == f"{tmp_path / 'cat.png'}\n"
    assert "Width: 96 instead of 90" in drawn.stderr
    assert f"Height: {2 * NATIVE} instead of 700" in drawn.stderr
    sampling = read_record(tmp_path / "cat.png").request.sampling
    assert (sampling.width, sampling.height) == (96, 2 * NATIVE)
    assert (sampling.prior_seed, sampling.seed) == (7, 9)
    assert not sampling.thresholding
    assert (sampling.guidance, sampling.prior_guidance) == (1.5, 2.0)  # the model's own


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (["draw", ""], "Type what you want to see first."),
        (["draw", "a cat", "--steps", "0"], "Steps must lie between 1 and 1000"),
        (["draw", "a cat", "--guidance", "nan"], "Guidance scale must lie between"),
        (["draw", "a cat", "-n", "65"], "Pictures must lie between 1 and 64"),
        (["draw", "a cat", "-n", "2", "-o", "cat.png"], "name a folder"),
        (["draw", "a cat", "-o", "cat.jpg"], "name the file cat.png"),
        (["draw", "a cat", "--threads", "0"], "--threads: a number from 1 to 1024, not '0'"),
        (["draw", "a cat", "--threads", "x"], "--threads: a whole number, not 'x'"),
        (["draw", "a cat", "--steps", "5.0"], "--steps: a whole number, not '5.0'"),
        (["draw", "a cat", "-n", ""], "-n: a whole number, not ''"),
        (["draw", "a cat", "--seed", "x" * 99], f"--seed: a whole number, not '{'x' * 40}'"),
        (["draw", "a cat", "--guidance", "4,5"], "--guidance: a number, not '4,5'"),
        (["variation", "a", "--from-pixels", "x"], "--from-pixels: a number, not 'x'"),
        (["draw", "a cat", "--scheduler", "LCMScheduler"], "invalid choice"),
        (["draw", b"\xff cat".decode("utf-8", "surrogateescape")], "broken character"),
        (["paint", "a cat"], "invalid choice"),
        ([], "required"),
    ],
    ids=lambda value: " ".join(value).encode(errors="replace")[:30].decode() if value else "none",
)
def test_wrong_usage_is_code_2(arguments: list[str], sentence: str, kandinsky: Kandinsky) -> None:
    wrong = kandinsky(*arguments)
    assert wrong.returncode == 2
    assert sentence in wrong.stderr
    assert "Traceback" not in wrong.stderr
    assert not wrong.stdout


@pytest.mark.parametrize("option", [("--scheduler", "p_sampler"), ("--thresholding",)])
def test_what_would_wash_out_a_models_pictures_is_refused(
    tmp_path: Path, option: tuple[str, ...], kandinsky: Kandinsky
) -> None:
    refused = kandinsky("draw", "a cat", "-o", tmp_path / "cat.png", *option, *QUICK)
    assert refused.returncode == 1
    assert "washes out what starter paints" in refused.stderr.splitlines()[-1]
    assert not list(tmp_path.iterdir())


def test_our_errors_are_one_sentence_and_code_1(tmp_path: Path, kandinsky: Kandinsky) -> None:
    Image.new("RGB", (8, 8)).save(tmp_path / "foreign.png")
    for arguments in (
        ("replay", tmp_path / "foreign.png"),
        ("replay", tmp_path / "nothing.png"),
        ("draw", "a cat", "--model", "no-such-model"),
        ("draw", "a cat", "--models", tmp_path / "nowhere"),
    ):
        failed = kandinsky(*arguments)
        assert failed.returncode == 1
        assert len(failed.stderr.splitlines()) == 1
        assert not failed.stdout


def test_ctrl_c_is_code_130_and_what_was_made_stays(home: Path, kandinsky: Kandinsky) -> None:
    # in a shell's background it is ignored, by the children of ours too
    signal.signal(signal.SIGINT, signal.default_int_handler)
    command = [*kandinsky.command, "draw", "a cat", "-n", "64", *QUICK, "--steps", "10"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as program:
        assert program.stdout
        first = program.stdout.readline()
        program.send_signal(signal.SIGINT)
        others, said = program.communicate(timeout=60)
    assert program.returncode == 130
    assert b"Traceback" not in said
    paths = [Path(line) for line in (first + others).decode().splitlines()]
    assert 0 < len(paths) < 64
    assert sorted((home / "pictures").iterdir()) == sorted(paths)  # and no half-written file


def test_a_picture_that_cannot_be_saved_is_rescued(
    tmp_path: Path, home: Path, kandinsky: Kandinsky
) -> None:
    disk = tmp_path / "disk"
    failed = kandinsky("draw", "a cat", "-o", disk, *QUICK, "--quiet", disk=(FULL, disk))
    assert failed.returncode == 1
    assert not failed.stdout
    (rescued,) = (home / "rescued").iterdir()
    assert read_record(rescued).request.words == "a cat"
    assert "is full" in failed.stderr
    assert str(rescued) in failed.stderr
    assert len(failed.stderr.splitlines()) == 1


@pytest.mark.parametrize("name", ["", "new/", "new/cat.png", "cat.png"])
def test_nothing_is_painted_for_a_disk_that_takes_nothing(
    tmp_path: Path, home: Path, kandinsky: Kandinsky, name: str
) -> None:
    disk = tmp_path / "disk"
    typed = ("draw", "a cat", "-o", f"{disk}/{name}", *QUICK)
    failed = kandinsky(*typed, disk=(READ_ONLY, disk))
    assert (failed.returncode, failed.stdout) == (1, "")
    folder = (disk / name).parent if name.endswith(".png") else disk / name
    said = f"{folder} must not be written to: save the picture in another folder.\n"
    assert failed.stderr.endswith(said)
    assert "decoder" not in failed.stderr  # no step of one
    assert not (home / "rescued").exists()


def test_nothing_is_painted_for_a_folder_that_is_a_file(
    tmp_path: Path, home: Path, kandinsky: Kandinsky
) -> None:
    (tmp_path / "notes").write_text("mine")
    failed = kandinsky("draw", "a cat", "-o", tmp_path / "notes" / "cat.png", *QUICK)
    assert (failed.returncode, failed.stdout) == (1, "")
    assert f"{tmp_path / 'notes'} did not take the picture" in failed.stderr
    assert not (home / "rescued").exists()


def test_the_doctor_says_what_is_here(
    tmp_path: Path, home: Path, starter: Path, kandinsky: Kandinsky
) -> None:
    shutil.copytree(starter, home / "models" / "half", ignore=shutil.ignore_patterns("movq"))
    seen = kandinsky("doctor", "--json", "--models", tmp_path / "more")
    assert seen.returncode == 0, seen.stderr
    about = json.loads(seen.stdout)
    assert about["libraries"]["torch"]
    assert about["device"]["kind"] in ("cpu", "cuda", "mps")
    assert about["device"]["free_bytes"] <= about["device"]["memory_bytes"]
    assert [model["name"] for model in about["models"]] == ["starter"]
    assert about["models"][0]["native"] == NATIVE
    missing, broken = about["problems"]
    assert str(tmp_path / "more") in missing
    assert "lacks its folder movq" in broken
    assert about["places"]["models"][0] == str(tmp_path / "more")
    assert about["places"]["pictures"] == str(home / "pictures")
    assert not home.joinpath("cache").exists()  # looking leaves no traces
