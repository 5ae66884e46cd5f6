"""The small installer: whole or not at all, whatever happens to it, and a way back."""

import json
import re
import shlex
import shutil
import subprocess
import sys
from hashlib import sha256
from pathlib import Path

import installer
import pytest
from artefacts.facts import ROOT

from tests.packaging.packs import KILL, Home, make_pack

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="its script of uv is one for sh")

# Kills the process when it has written which version was before, and not yet which one is now.
BETWEEN = """
import os, signal, sys
written = []
def watch(event, args):
    if event == "os.rename" and str(args[1]).endswith("previous"):
        written.append(True)
    elif event == "os.symlink" and written:
        os.kill(os.getpid(), signal.SIGKILL)
sys.addaudithook(watch)
"""
SOME = range(1, 400, 29)  # of the steps; all of them in the long sweep


@pytest.fixture
def there(tmp_path: Path) -> Home:
    return Home(tmp_path / "person")


def processor_time() -> float:
    """Return how many seconds of a processor the programs took that were started so far."""
    import resource  # not on Windows

    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def killed_everywhere(tmp_path: Path, steps: range) -> int:
    """Kill an update at each of some steps; return how many there were."""
    old, new = make_pack(tmp_path / "old", "1.0"), make_pack(tmp_path / "new", "2.0")
    first = Home(tmp_path / "person")
    assert first.run(old, "install").returncode == 0
    for done, step in enumerate(steps):
        assert first.run(old, "install").returncode == 0
        ended = first.run(new, "install", before=KILL.format(step=step))
        if ended.returncode == 0:
            return done
        assert ended.returncode == -9, ended.stderr
        assert first.starts() in {"1.0", "2.0"}, f"killed at step {step}"
        ended = first.run(new, "install")
        assert ended.returncode == 0, ended.stderr
        assert first.starts() == "2.0"
        assert first.versions() == {"1.0", "2.0"}
        left = [name for name in first.files() if ".new" in name or name.endswith("/cache")]
        assert not left
        assert first.run(new, "uninstall").returncode == 0
        assert not first.place.exists()
        assert not {name for name in first.files() if "kandinsky" in name}
    raise AssertionError("it has more steps than were tried")


def test_killed_at_any_step_the_old_version_or_the_new_starts(tmp_path: Path) -> None:
    assert killed_everywhere(tmp_path, SOME) > 2


@pytest.mark.soak
def test_killed_at_every_step_the_old_version_or_the_new_starts(tmp_path: Path) -> None:
    assert killed_everywhere(tmp_path, range(1, 1000)) > 30


def test_an_update_keeps_the_version_before_and_links_what_is_the_same(
    tmp_path: Path, there: Home
) -> None:
    packs = [make_pack(tmp_path / number, number) for number in ("1.0", "2.0", "3.0")]
    for number, pack in enumerate(packs, 1):
        said = there.run(pack, "install")
        assert said.returncode == 0, said.stderr
        assert there.starts() == f"{number}.0"
    assert there.versions() == {"2.0", "3.0"}
    torch = list(there.place.glob("versions/*/env/lib/*/site-packages/torch/lib.so"))
    assert len({path.stat().st_ino for path in torch}) == 1
    assert not list(there.place.glob("versions/*/env/fetched"))
    begun = processor_time()
    assert there.run(packs[2], "rollback").returncode == 0
    assert processor_time() - begun < 2
    assert there.starts() == "2.0"
    assert there.run(packs[2], "rollback").returncode == 0
    assert there.starts() == "3.0"
    commands = there.folder / ".local" / "bin"
    assert (commands / "kandinsky").readlink() == there.place / "current/env/bin/kandinsky"
    entry = (there.folder / ".local/share/applications/kandinsky-desktop.desktop").read_text()
    assert f'Exec="{there.place}/current/env/bin/kandinsky-desktop" %F' in entry


# Writes down in which order files get to the disk.
ORDER = """
import atexit, os, sys
usual, order = os.fsync, []
def fsync(handle):
    order.append(os.path.basename(os.readlink(f"/proc/self/fd/{handle}")))
    usual(handle)
os.fsync, os.sync = fsync, lambda: order.append("all")
def watch(event, args):
    if event == "os.rename" and not isinstance(args[1], int):
        order.append("to " + os.path.basename(args[1]))
sys.addaudithook(watch)
atexit.register(lambda: print(*order, sep="|", file=sys.stderr))
"""


@pytest.mark.skipif(sys.platform != "linux", reason="asks Linux which file a number is")
def test_a_machine_that_goes_off_finds_no_pointer_to_what_is_not_on_the_disk(
    tmp_path: Path, there: Home
) -> None:
    pack = make_pack(tmp_path / "pack", "1.0")
    said = there.run(pack, "install", "--no-entries", before=ORDER)
    order = said.stderr.strip().split("|")
    last = order[order.index("all") :]
    (version,) = [path.name for path in (there.place / "versions").iterdir()]
    assert last == [
        "all", ".ready.json.new", "to ready.json", version, "to current", there.place.name
    ]  # fmt: skip


def test_large_files_are_not_read_into_memory_to_be_compared(tmp_path: Path, there: Home) -> None:
    pack = make_pack(tmp_path / "pack", "1.0")
    assert there.run(pack, "install").returncode == 0
    whole = "import pathlib\nusual = pathlib.Path.read_bytes\ndef read(path):\n"
    whole += (
        "    assert path.name != 'lib.so'\n    return usual(path)\npathlib.Path.read_bytes = read"
    )
    said = there.run(pack, "repair", before=whole)
    assert said.returncode == 0, said.stderr
    assert "1 packages are those of the version before" in said.stdout


@pytest.mark.parametrize("act", ["install", "rollback"])
def test_killed_between_its_pointers_there_is_still_a_way_back(
    tmp_path: Path, there: Home, act: str
) -> None:
    packs = [make_pack(tmp_path / number, number) for number in ("1.0", "2.0", "3.0")]
    for pack in packs[:2]:
        assert there.run(pack, "install").returncode == 0
    killed = there.run(packs[2], act, before=BETWEEN)
    assert killed.returncode == -9, killed.stderr
    assert there.starts() == "2.0"
    said = there.run(packs[1], "rollback")
    assert said.returncode == 0, said.stderr
    assert there.starts() == "1.0"
    assert there.run(packs[1], "rollback").returncode == 0
    assert there.starts() == "2.0"


def test_what_a_killed_update_left_beside_it_goes(tmp_path: Path, there: Home) -> None:
    packs = [make_pack(tmp_path / number, number) for number in ("1.0", "2.0", "3.0")]
    for pack in packs[:2]:
        assert there.run(pack, "install").returncode == 0
    assert there.run(packs[2], "install", before=BETWEEN).returncode == -9
    assert there.run(packs[2], "install").returncode == 0
    assert there.versions() == {"2.0", "3.0"}


def test_a_python_goes_with_the_last_version_that_was_made_with_it(tmp_path: Path) -> None:
    place = installer.Place(tmp_path)
    pythons = tmp_path / "python"
    for patch in ("1", "2", "3"):
        (pythons / f"cpython-3.11.{patch}-linux" / "bin").mkdir(parents=True)
    (pythons / "cpython-3.11-linux").symlink_to("cpython-3.11.3-linux")
    (pythons / "cpython-3.10-linux").symlink_to("cpython-3.10.1-linux")
    (pythons / ".lock").touch()
    homes = {"1": "cpython-3.11.2-linux", "2": "cpython-3.11-linux"}
    for name, home in homes.items():
        (environment := place.versions / name / "env").mkdir(parents=True)
        (environment / "pyvenv.cfg").write_text(f"home = {pythons / home}/bin\nversion = 3\n")
        (environment.parent / installer.READY).touch()
        place.point_to(name)
    place.prune()
    assert {path.name for path in pythons.iterdir()} == {
        ".lock", "cpython-3.11-linux", "cpython-3.11.2-linux", "cpython-3.11.3-linux"
    }  # fmt: skip
    (place.versions / "1" / "env" / "pyvenv.cfg").unlink()
    place.prune()  # which one it was made with cannot be known
    assert (pythons / "cpython-3.11.2-linux").is_dir()


def test_a_version_that_does_not_work_is_never_started(tmp_path: Path, there: Home) -> None:
    assert there.run(make_pack(tmp_path / "old", "1.0"), "install").returncode == 0
    before = there.files()
    said = there.run(make_pack(tmp_path / "bad", "2.0", works=False), "install")
    assert said.returncode == 1
    assert "it cannot paint" in said.stderr
    assert "as it was" in said.stderr
    assert len(said.stderr.splitlines()) == 1
    assert there.starts() == "1.0"
    assert there.files() == before


def test_a_repair_makes_a_damaged_version_anew(tmp_path: Path, there: Home) -> None:
    pack = make_pack(tmp_path / "pack", "1.0")
    assert there.run(pack, "install").returncode == 0
    (torch,) = there.place.glob("versions/*/env/lib/*/site-packages/torch/lib.so")
    torch.write_text("broken")
    assert there.run(pack, "repair").returncode == 0
    mended = there.place / "current/env/lib/python3.11/site-packages/torch/lib.so"
    assert mended.read_text() == "large\n"
    assert there.starts() == "1.0"
    assert there.run(pack, "install").returncode == 0  # does not lead back to what was damaged
    assert mended.read_text() == "large\n"
    assert there.run(pack, "repair").returncode == 0  # as often as one likes
    assert there.starts() == "1.0"


def test_what_does_not_work_any_more_is_made_anew(tmp_path: Path, there: Home) -> None:
    """Its files may be gone, or the Python that it was made with, as after an upgrade."""
    pack = make_pack(tmp_path / "pack", "1.0")
    assert there.run(pack, "install").returncode == 0
    for _damaged_twice in range(2):
        program = there.place / "current" / "env" / "bin" / "kandinsky-desktop"
        program.write_text("#!/no/such/python\n")
        said = there.run(pack, "install")
        assert said.returncode == 0, said.stderr
        assert "does not work any more" in said.stdout
        assert there.starts() == "1.0"
    before = there.files()
    said = there.run(pack, "install")
    assert "any more" not in said.stdout
    assert there.files() == before


def test_what_fails_on_a_full_disk_fails_for_that(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A shell says "I/O error" there."""
    program = tmp_path / "env" / "bin" / "kandinsky-desktop"
    program.parent.mkdir(parents=True)
    program.write_text("#!/bin/sh\necho 'I/O error' >&2\nexit 1\n")
    program.chmod(0o755)
    with pytest.raises(installer.Stop, match="I/O error"):
        installer.selftest(tmp_path / "env", "cpu")
    usage = shutil.disk_usage(tmp_path)._replace(free=4096)
    monkeypatch.setattr(shutil, "disk_usage", lambda _folder: usage)
    with pytest.raises(installer.Stop, match="the disk is full"):
        installer.selftest(tmp_path / "env", "cpu")


def test_where_no_program_may_be_started_it_is_one_sentence(tmp_path: Path, there: Home) -> None:
    said = there.run(make_pack(tmp_path / "pack", "1.0"), "install", before=NO_PROGRAMS)
    assert said.returncode == 1
    assert "does not work here: Permission denied" in said.stderr
    assert len(said.stderr.splitlines()) == 1


def test_what_is_not_ours_outlives_the_program(tmp_path: Path, there: Home) -> None:
    before = there.files()
    pack = make_pack(tmp_path / "pack", "1.0")
    assert there.run(pack, "install").returncode == 0
    outside = {name for name in there.files() - before if not name.startswith(there.place.name)}
    assert all(name.startswith(".local") for name in outside)
    (there.folder / ".local/bin/mine").write_text("mine")
    (there.place / "mine").write_text("mine")
    said = there.run(pack, "uninstall")
    assert said.returncode == 0
    assert "Pictures/Kandinsky" in said.stdout
    left = {name for name in there.files() if (there.folder / name).is_file()}
    assert left == {".local/bin/mine", f"{there.place.name}/mine"}
    assert there.run(pack, "uninstall").returncode == 1


def test_no_folder_stays_that_was_made_for_the_entries(tmp_path: Path, there: Home) -> None:
    pack = make_pack(tmp_path / "pack", "1.0")
    (there.folder / ".local" / "share").mkdir(parents=True)
    before = there.files()
    assert there.run(pack, "install").returncode == 0
    assert there.run(pack, "uninstall").returncode == 0
    assert there.files() == before


def test_a_desktop_that_keeps_kinds_of_files_learns_and_forgets_ours(
    tmp_path: Path, there: Home
) -> None:
    (tools := tmp_path / "tools").mkdir()
    tool = tools / "update-mime-database"
    tool.write_text('#!/bin/sh\nls "$1/packages" >>"$HOME/learnt"; echo . >>"$HOME/learnt"\n')
    tool.chmod(0o755)
    there.environment["PATH"] = f"{tools}:{there.environment['PATH']}"
    pack, learnt = make_pack(tmp_path / "pack", "1.0"), there.folder / "learnt"
    assert there.run(pack, "install").returncode == 0
    assert not learnt.exists()  # nobody keeps them
    cache = there.folder / ".local" / "share" / "mime" / "mime.cache"
    cache.touch()
    assert there.run(pack, "repair").returncode == 0
    assert there.run(pack, "uninstall").returncode == 0
    assert learnt.read_text().split() == ["kandinsky-desktop.xml", ".", "."]
    assert cache.parent.is_dir()
    assert not (cache.parent / "packages").exists()


def test_links_in_place_of_folders_are_followed_and_stay(tmp_path: Path, there: Home) -> None:
    pack = make_pack(tmp_path / "pack", "1.0")
    (elsewhere := there.folder / "elsewhere").mkdir()
    there.place.symlink_to(elsewhere)
    assert there.run(pack, "install").returncode == 0
    assert there.starts() == "1.0"
    (larger := there.folder / "larger disk").mkdir()
    shutil.move(elsewhere / "versions", larger)
    (elsewhere / "versions").symlink_to(larger / "versions")
    said = there.run(pack, "uninstall")
    assert said.returncode == 0
    assert f"{there.place} is a link that is not ours" in said.stdout
    assert there.place.is_symlink()
    assert not list(elsewhere.iterdir())
    assert not list((larger / "versions").iterdir())


@pytest.mark.parametrize(
    ("damage", "words"),
    [
        ("rm", "the installer is damaged (uv)"),
        ("flip", "the installer is damaged (ours.whl)"),
        ("json", "the installer is damaged"),
        ("wheels", "there is no folder"),
    ],
)
def test_bad_input_is_one_sentence(tmp_path: Path, there: Home, damage: str, words: str) -> None:
    pack, more = make_pack(tmp_path / "pack", "1.0"), list[str]()
    if damage == "rm":
        (pack / "uv").unlink()
    elif damage == "flip":
        (pack / "ours.whl").write_bytes(b"\0" + (pack / "ours.whl").read_bytes()[1:])
    elif damage == "json":
        (pack / "payload.json").write_text("{")
    else:
        more = ["--wheels", str(tmp_path / "nowhere")]
    said = there.run(pack, "install", *more)
    assert said.returncode == 1
    assert words in said.stderr
    assert len(said.stderr.splitlines()) == 1
    assert there.starts() == ""


def test_two_installers_do_not_meet(tmp_path: Path, there: Home) -> None:
    pack = make_pack(tmp_path / "pack", "1.0")
    with installer.Place(there.place).held():
        said = there.run(pack, "install")
    assert said.returncode == 1
    assert "another installer is at work" in said.stderr


@pytest.mark.parametrize(
    ("line", "build"),
    [
        ("NVIDIA GeForce RTX 4090, 8.9, 580.65.06", "cu130"),
        ("NVIDIA GeForce GTX 1080, 6.1, 580.65.06", "cu126"),
        ("NVIDIA GeForce RTX 4090, 8.9, 565.10", "cu126"),
        ("NVIDIA GeForce RTX 4090, 8.9, 470.10", "cpu"),
        ("NVIDIA GeForce GT 710, 3.5, 580.65.06", "cpu"),
    ],
)
def test_a_card_gets_the_build_that_has_code_for_it(line: str, build: str) -> None:
    found = installer._nvidia(line)
    assert found is not None
    assert found[0] == build
    assert installer._nvidia("No devices were found") is None


def test_amd_cards_are_known_by_what_the_kernel_says(tmp_path: Path) -> None:
    for number, version in enumerate((0, 110000, 90010, 120001)):
        node = tmp_path / str(number)
        node.mkdir()
        (node / "properties").write_text(f"simd_count 4\ngfx_target_version {version}\n")
    assert installer.amd_targets(tmp_path) == ["gfx1100", "gfx90a", "gfx1201"]


def test_a_card_without_a_build_does_not_hide_another() -> None:
    old = installer._nvidia("NVIDIA GeForce GT 710, 3.5, 580.65.06")
    new = installer._nvidia("NVIDIA GeForce RTX 4090, 8.9, 580.65.06")
    within_a_processor = installer._amd("gfx90c")
    assert old is not None
    assert new is not None
    assert installer.best_card([old, new]) == new
    assert installer.best_card([old, installer._amd("gfx1100")])[0] == "rocm"
    assert installer.best_card([within_a_processor])[0] == "cpu"
    assert "gfx90c" in installer.best_card([within_a_processor])[1]
    assert installer.best_card([]) == ("cpu", "no card was found")


@pytest.mark.parametrize(
    ("said", "words"),
    [
        ("error: Hash mismatch for `torch==2.0`\nExpected: x", "torch==2.0 is not the file"),
        ("error: failed\n Caused by: No space left on device (os error 28)", "the disk is full"),
        ("error: dns error: failed to lookup", "there is no network"),
        ("error: No interpreter found for Python", "no Python 3.11"),
        ("error: No interpreter found for Python >=3.11,<3.14 in search path", "no Python 3.11, 3"),
        ("error: No interpreter found for Python 3.12 in search path", "no Python 3.12 is here"),
        ("error: No interpreter found at path `/no/where`", "there is no Python /no/where."),
        (
            "error: Failed to download `a==1`\n  cause: Failed to extract archive: a-1-any.whl\n"
            "  cause: Bad CRC",
            "a-1-any.whl is damaged: get it again.",
        ),
        (
            "  × No solution found when\n  │ resolving:\n  ╰─▶ Because part-03 was not\n"
            "      found in the provided package locations and you require",
            "part-03 is missing: it belongs beside the other packages.",
        ),
        (
            "cause: Because numpy==2.4 has no wheels with a matching Python ABI tag (e.g., x)",
            "numpy==2.4 is here for another Python or system alone.",
        ),
    ],
)
def test_what_uv_says_becomes_a_sentence(said: str, words: str) -> None:
    assert words in installer._why(said)


def test_a_missing_system_library_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(installer, "HERE", tmp_path)
    (tmp_path / "libraries.json").write_text(json.dumps({"libEGL.so.1": "libegl1"}))
    words = "ImportError: libEGL.so.1: cannot open shared object file: No such file or directory"
    assert installer._cause(words) == (
        "The system library libEGL.so.1 is missing. On Debian and Ubuntu: sudo apt install libegl1."
    )


# Lets no program of a version be started, as where programs may not be run.
NO_PROGRAMS = """
import subprocess
usual = subprocess.run
def run(*words, **more):
    if more.get("timeout", 0) > 100:
        raise PermissionError(13, "Permission denied", str(words[0][0]))
    return usual(*words, **more)
subprocess.run = run
"""
# Lets each program that may take long, as a selftest may, take too long.
SLOW = """
import subprocess
usual = subprocess.run
def run(*words, **more):
    if more.get("timeout", 0) > 100:
        raise subprocess.TimeoutExpired(words, more["timeout"])
    return usual(*words, **more)
subprocess.run = run
"""


def test_a_selftest_that_takes_too_long_is_one_sentence(tmp_path: Path, there: Home) -> None:
    assert there.run(make_pack(tmp_path / "old", "1.0"), "install").returncode == 0
    said = there.run(make_pack(tmp_path / "new", "2.0"), "install", before=SLOW)
    assert said.returncode == 1
    assert "did not paint its picture within 10 minutes" in said.stderr
    assert len(said.stderr.splitlines()) == 1
    assert there.starts() == "1.0"


@pytest.mark.parametrize(("backend", "hint"), [("cpu", False), ("rocm", True)])
def test_a_build_for_a_card_that_fails_names_the_way_without_one(
    tmp_path: Path, backend: str, hint: bool
) -> None:
    program = tmp_path / "env" / "bin" / "kandinsky-desktop"
    program.parent.mkdir(parents=True)
    program.write_text("#!/bin/sh\necho 'no code for it' >&2\nexit 1\n")
    program.chmod(0o755)
    with pytest.raises(installer.Stop, match="no code for it") as stopped:
        installer.selftest(tmp_path / "env", backend)
    assert ("--backend cpu" in str(stopped.value)) is hint


def test_a_console_that_does_not_know_a_paths_signs_stops_nothing(
    tmp_path: Path, there: Home
) -> None:
    console = "import io, sys; sys.stdout = io.TextIOWrapper(sys.stdout.buffer, encoding='ascii')"
    said = there.run(make_pack(tmp_path / "pack", "1.0"), "install", before=console)
    assert said.returncode == 0, said.stderr
    assert "pro gram?s ?mlaut's" in said.stdout


@pytest.mark.skipif(
    sys.platform != "linux" or not shutil.which("script"), reason="nothing here lends a terminal"
)
def test_on_a_terminal_uv_shows_how_far_it_is_and_says_why_it_stops(
    tmp_path: Path, there: Home
) -> None:
    pack = make_pack(tmp_path / "pack", "1.0")
    uv = pack / "uv"
    uv.write_text(
        "#!/bin/sh\n[ -t 2 ] && printf '\\033[2K1 of 2\\r' >&2\n"
        "printf '\\033[31merror\\033[39m: dns error: failed to lookup\\n' >&2\nexit 2\n"
    )
    payload = pack / "payload.json"
    about = json.loads(payload.read_text())
    about["files"]["uv"] = sha256(uv.read_bytes()).hexdigest()
    payload.write_text(json.dumps(about))
    command = shlex.join(
        [sys.executable, "-I", str(pack / "installer.py"), "install", "--to", str(there.place)]
    )
    said = subprocess.run(
        ["script", "-qec", command, "/dev/null"],
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        env=there.environment,
        check=False,
        timeout=60,
    )
    assert said.returncode == 1
    assert "1 of 2" in said.stdout
    assert "there is no network" in said.stdout.splitlines()[-1]


def test_what_uv_showed_before_it_stopped_is_no_reason() -> None:
    words = "Resolved 3 packages\nerror: Something else\n  Caused by: a reason\n"
    assert installer._why(words) == "error: Something else; Caused by: a reason"
    words = "Resolved 3 packages\n  × No solution found\n  ╰─▶ Because of this\n"
    assert installer._why(words) == "No solution found; Because of this"


@pytest.mark.parametrize("act", ["install", "repair", "uninstall", "rollback"])
def test_a_folder_with_other_things_in_it_is_left_alone(
    tmp_path: Path, there: Home, act: str
) -> None:
    pack = make_pack(tmp_path / "pack", "1.0")
    for name in ("versions/mine", "cache", "python", "installer"):
        (there.place / name).mkdir(parents=True)
        (there.place / name / "file").write_text("mine")
    before = there.files()
    said = there.run(pack, act)
    assert said.returncode == 1
    expected = (
        "not ours, such as cache. Name a new folder"
        if act in {"install", "repair"}
        else "it is not installed"
    )
    assert expected in said.stderr
    assert len(said.stderr.splitlines()) == 1
    assert there.files() == before


def test_an_empty_folder_is_taken_and_one_that_keeps_hidden_files(
    tmp_path: Path, there: Home
) -> None:
    pack = make_pack(tmp_path / "pack", "1.0")
    there.place.mkdir()
    (there.place / ".DS_Store").write_text("a file manager's")
    assert there.run(pack, "install").returncode == 0
    assert there.run(pack, "uninstall").returncode == 0
    assert [path.name for path in there.place.iterdir()] == [".DS_Store"]


@pytest.mark.parametrize("as_link", [False, True])
def test_a_command_of_the_same_name_is_left_as_it_is(
    tmp_path: Path, there: Home, as_link: bool
) -> None:
    commands = there.folder / ".local" / "bin"
    commands.mkdir(parents=True)
    mine = commands / "kandinsky"
    if as_link:
        mine.symlink_to("/opt/tools/env/bin/kandinsky")
    else:
        mine.write_text("mine")
    pack = make_pack(tmp_path / "pack", "1.0")
    said = there.run(pack, "install")
    assert said.returncode == 0
    assert f"{mine} is there already, and is not ours" in said.stdout
    assert (commands / "kandinsky-desktop").is_symlink()
    assert there.run(pack, "uninstall").returncode == 0
    assert [path.name for path in commands.iterdir()] == ["kandinsky"]
    assert mine.is_symlink() if as_link else mine.read_text() == "mine"


def test_removing_one_installation_leaves_the_entries_of_another(
    tmp_path: Path, there: Home
) -> None:
    pack = make_pack(tmp_path / "pack", "1.0")
    first, second = there.place, there.folder / "another"
    for there.place in (first, second):
        assert there.run(pack, "install").returncode == 0
    entries = {name for name in there.files() if name.startswith(".local")}
    there.place = first
    assert there.run(pack, "uninstall").returncode == 0
    assert {name for name in there.files() if name.startswith(".local")} == entries
    for there.place in (first, second):
        assert there.run(pack, "install").returncode == 0
    shutil.rmtree(second)  # by hand: its entries lead nowhere
    there.place = first
    assert there.run(pack, "uninstall").returncode == 0
    assert not {name for name in there.files() if "kandinsky" in name}


# Refuses to remove files of versions that are going, as it happens where another owns them.
REFUSED = """
import os, sys
def watch(event, args):
    if event != "os.remove" or args[1] < 0:
        return
    if ".going-" in os.readlink(f"/proc/self/fd/{args[1]}"):
        raise PermissionError(13, "Permission denied", args[0])
sys.addaudithook(watch)
"""


@pytest.mark.skipif(sys.platform != "linux", reason="asks /proc where a file lies")
def test_an_old_version_that_cannot_be_removed_hinders_nothing(tmp_path: Path, there: Home) -> None:
    packs = [make_pack(tmp_path / number, number) for number in ("1.0", "2.0", "3.0", "4.0")]
    for number, pack in enumerate(packs, 1):
        said = there.run(pack, "install", before=REFUSED if number > 2 else "")
        assert said.returncode == 0, said.stderr
        assert ("Of an older version something remains" in said.stderr) is (number > 2)
        assert there.starts() == f"{number}.0"
    assert there.run(packs[3], "repair").returncode == 0
    assert there.versions() == {"4.0"}


def test_where_no_entry_can_be_laid_it_says_how_to_start(tmp_path: Path, there: Home) -> None:
    (there.folder / ".local").mkdir()
    (there.folder / ".local" / "bin").write_text("no folder")
    said = there.run(make_pack(tmp_path / "pack", "1.0"), "install")
    assert said.returncode == 1
    program = there.place / "current/env/bin/kandinsky-desktop"
    assert f"is installed, and starts with {program}; but" in said.stderr
    assert len(said.stderr.splitlines()) == 1
    assert there.starts() == "1.0"


def test_what_stays_is_where_the_program_puts_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """In a new process: where folders lie is read once."""
    (tmp_path / ".config").mkdir()
    (tmp_path / ".config" / "user-dirs.dirs").write_text('XDG_PICTURES_DIR="$HOME/Bilder"\n')
    for name in ("KANDINSKY_HOME", "XDG_CONFIG_HOME", "XDG_DATA_HOME", "XDG_PICTURES_DIR"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("HOME", str(tmp_path))
    code = "from kandinsky_desktop.store import places\n"
    code += "print(places.pictures(), places.boards(), sep=chr(10))"
    said = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=ROOT
    )
    pictures, boards = said.stdout.splitlines()
    assert installer.own_files() == [
        ("pictures", pictures),
        ("models, boards, the queue", str(Path(boards).parent)),
    ]


def test_there_is_a_list_for_each_build_that_a_card_is_given() -> None:
    lists = re.findall(r"^resolve (\w+)", (ROOT / "packaging/release/locks.sh").read_text(), re.M)
    assert sorted(lists) == sorted(["cpu", "mps", "rocm", *installer.CARDS])
