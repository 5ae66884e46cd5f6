"""`kandinsky doctor --report`: what is painted, and what may be passed on."""

import json
import os
import re
import signal
import subprocess
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

from kandinsky_desktop import cli
from kandinsky_desktop.cli import painting, report_page, reporting
from kandinsky_desktop.domain.errors import OutOfMemory
from kandinsky_desktop.store.models import read_model
from tests.engine import tiny
from tests.mounts import FULL, on_disk

QUICK = ("--steps", "2", "--threads", "1")
NAMES = [task.name for task in reporting.TASKS]


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tiny.write(tmp_path_factory.mktemp("models") / "Whole 2.2", tiny.WHOLE_22)


def reported(model: Path, folder: Path, *more: str) -> tuple[int, dict[str, Any]]:
    """Report one model in this process; return the code and the figures."""
    where = ["--models", str(model.parent), "--model", model.name, "--report", str(folder)]
    code = cli.main(["doctor", *where, *QUICK, *more])
    return code, json.loads((folder / "report.json").read_text("utf-8"))


def tasks_of(about: dict[str, Any]) -> dict[str, dict[str, Any]]:
    (model,) = about["models"]
    return {task["name"]: task for task in model["tasks"]}


def test_each_task_is_painted_with_its_time_and_memory(
    whole: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = tmp_path / "report"
    code, about = reported(whole, folder)
    assert code == 0
    assert capsys.readouterr().out == f"{folder / 'report.html'}\n"
    tasks = tasks_of(about)
    assert list(tasks) == NAMES
    assert about["complete"]
    assert about["device"]["budget_bytes"] > 0
    for name, task in tasks.items():
        assert task["state"] == "made", name
        assert task["seconds"] > 0
        assert task["used_bytes"] > 10_000_000
        denoised = [one for one in task["phases"] if one["operation"] == "Denoise"]
        assert all(one["predicted_bytes"] > 0 and one["way"] for one in denoised)
        with Image.open(folder / task["picture"]) as image:
            assert len(image.convert("RGB").getcolors(100_000) or ()) > 50, name
            assert not {"kandinsky", "parameters"} & set(image.info)  # no request inside
    operations = {one["operation"] for task in tasks.values() for one in task["phases"]}
    assert {"EncodePrompt", "SamplePrior", "EncodePicture", "EncodePixels"} <= operations
    with Image.open(folder / tasks["strip"]["picture"]) as strip:
        assert strip.width > 4 * strip.height


def test_nothing_that_is_passed_on_names_a_folder_of_the_persons(
    whole: Path, tmp_path: Path, home: Path
) -> None:
    folder = tmp_path / "report"
    reported(whole, folder)
    for file in folder.rglob("*"):
        data = b"" if file.is_dir() else file.read_bytes()
        for private in (tmp_path, home, whole.parent, Path.home(), Path.cwd()):
            assert str(private).encode() not in data, file
    page = (folder / "report.html").read_text("utf-8")
    shown = re.findall(r'(?:src|href)="([^"]+)"', page)
    assert len(shown) == 2 * len(NAMES)
    assert all((folder / name).is_file() for name in shown)
    assert "http" not in page
    assert "<script" not in page


def test_what_a_model_cannot_do_is_named_and_skipped(tmp_path: Path) -> None:
    model = tiny.write(tmp_path / "models" / "Plain & simple", tiny.Plan(channels=(16, 32)))
    code, about = reported(model, tmp_path / "report")
    tasks = tasks_of(about)
    assert code == 0
    assert [name for name, task in tasks.items() if task["state"] != "made"] == ["depth"]
    assert tasks["depth"]["state"] == "skipped"
    assert "Plain & simple" in tasks["depth"]["why"]
    page = (tmp_path / "report" / "report.html").read_text("utf-8")
    assert "<h2>Plain &amp; simple</h2>" in page
    assert page.count("Not painted: ") == 1


def test_more_steps_than_a_model_takes_are_as_many_as_it_takes(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    model = tiny.write(tmp_path / "models" / "Few", tiny.Plan(channels=(16, 32)))
    config = model / "decoder" / "scheduler" / "scheduler_config.json"
    config.write_text(json.dumps(json.loads(config.read_text()) | {"num_train_timesteps": 4}))
    code, about = reported(model, tmp_path / "report", "--steps", "200")
    tasks = tasks_of(about)
    assert code == 0
    assert (tasks["words"]["state"], tasks["words"]["steps"]) == ("made", 4)
    said = capsys.readouterr().err
    assert "Steps: 4 instead of 200, which Few cannot do." in said


def test_what_fails_is_a_sentence_and_the_rest_goes_on(
    whole: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    make = painting.make_engine

    def failing(*how: Any) -> Any:
        engine = make(*how)
        run = engine.run

        def run_or_fail(job: Any, model: Path, *more: Any, **others: Any) -> None:
            if job.request.depth is not None:
                raise OutOfMemory(f"{model}/depth needs more.")
            run(job, model, *more, **others)

        vars(engine)["run"] = run_or_fail
        return engine

    monkeypatch.setattr(painting, "make_engine", failing)
    code, about = reported(whole, tmp_path / "report")
    assert code == 1
    states = {name: task["state"] for name, task in tasks_of(about).items()}
    assert states == dict.fromkeys(NAMES, "made") | {"depth": "failed"}
    assert tasks_of(about)["depth"]["why"] == "Whole 2.2/depth needs more."


def test_a_cap_is_kept_and_a_second_report_takes_the_place_of_the_first(
    whole: Path, tmp_path: Path
) -> None:
    folder = tmp_path / "report"
    (folder / "pictures").mkdir(parents=True)
    (folder / "pictures" / "mine.txt").write_text("mine")
    code, about = reported(whole, folder, "--budget", "1GB")
    assert (code, about["device"]["budget_bytes"]) == (0, 1_000_000_000)
    code, about = reported(whole, folder)
    assert about["device"]["budget_bytes"] > 1_000_000_000
    assert (folder / "pictures" / "mine.txt").read_text() == "mine"


def test_a_stop_leaves_a_page_of_what_was_painted(whole: Path, tmp_path: Path, python: str) -> None:
    signal.signal(signal.SIGINT, signal.default_int_handler)
    folder = tmp_path / "report"
    typed = ["--models", str(whole.parent), "--model", whole.name, "--report", str(folder)]
    # a stop within psutil leaves its file to the collector, which says so
    strict = ["-W", "error", "-W", "ignore::ResourceWarning"]
    command = [python, *strict, "-m", "kandinsky_desktop.cli", "doctor", *typed]
    command += ["--steps", "100", "--threads", "1"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as program:
        assert program.stderr
        said = b""
        while b"Fusion" not in said and program.poll() is None:
            said += os.read(program.stderr.fileno(), 4096)
        program.send_signal(signal.SIGINT)
        out, rest = program.communicate(timeout=60)
    assert (program.returncode, out) == (130, b"")
    assert b"Traceback" not in rest
    about = json.loads((folder / "report.json").read_text("utf-8"))
    tasks = tasks_of(about)
    assert (about["stopped"], about["complete"]) == (True, False)
    assert tasks["words"]["state"] == "made"
    assert (folder / tasks["words"]["picture"]).is_file()
    assert "It was stopped" in (folder / "report.html").read_text("utf-8")
    assert not list(folder.rglob("*.part"))


def test_a_full_disk_is_a_sentence(whole: Path, tmp_path: Path, python: str) -> None:
    disk = tmp_path / "disk"
    typed = ["--models", whole.parent, "--model", whole.name, "--report", disk / "report"]
    command = [python, "-m", "kandinsky_desktop.cli", "doctor", *map(str, typed), *QUICK]
    done = subprocess.run(
        on_disk(FULL, disk, command), capture_output=True, text=True, check=False, timeout=200
    )
    assert (done.returncode, done.stdout) == (1, "")
    last = done.stderr.splitlines()[-1]
    assert last.startswith(f"The report could not be written to {disk / 'report'}: No space left")
    assert "Traceback" not in done.stderr


def test_a_folder_that_is_a_file_is_a_sentence(
    whole: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "report").write_text("a file")
    typed = ["--models", str(whole.parent), "--report", str(tmp_path / "report")]
    assert cli.main(["doctor", *typed]) == 1
    said = capsys.readouterr().err
    assert said.startswith("The report could not be written to ")
    assert len(said.splitlines()) == 1


def test_the_longest_folder_is_the_first_that_a_sentence_loses(whole: Path, tmp_path: Path) -> None:
    model = read_model(whole)
    assert model is not None
    private = reporting._private(tmp_path / "report", [model], tmp_path / "cache")
    told = reporting.Told(reporting.Files(tmp_path), {}, private)
    said = told.plain(f"{whole}/unet and {whole.parent}/other and {Path.home()}/x")
    assert said == "Whole 2.2/unet and models/other and ~/x"


def test_a_page_says_all_in_letters_of_its_own() -> None:
    about = reporting._about() | {"complete": True}
    model = {"name": "<b>", "title": "t", "native": 8, "size_bytes": 0, "fingerprint": "f"}
    begun = {"name": "words", "title": "T", "about": "A", "state": "stopped"}
    about["models"] = [model | {"problems": ["<i>"], "tasks": [begun]}]
    page = report_page.page(about)
    assert "<b>" not in page
    assert "<i>" not in page
    assert "&lt;b&gt;" in page
