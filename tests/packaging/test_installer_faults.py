"""The small installer in the world: what runs is kept, full disks, what killed ones left."""

import json
import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from hashlib import sha256
from pathlib import Path

import installer
import pytest

from tests.mounts import on_disk
from tests.packaging.packs import KILL, Home, heed, make_pack, make_script

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="its script of uv is one for sh")

HUGE = 10**16  # bytes
RUN = """
import sys
sys.path[:0] = sys.argv[1:]
from kandinsky_desktop.store import installed_version
installed_version.hold()
print("runs", flush=True)
sys.stdin.readline()
print(open(sys.prefix + "/lib/python3.11/site-packages/torch/lib.so").read().strip(), flush=True)
"""


each_end = pytest.mark.parametrize(
    ("number", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 143), (signal.SIGHUP, 129)]
)


@pytest.fixture
def there(tmp_path: Path) -> Home:
    return Home(tmp_path / "person")


def until(done: Callable[[], bool]) -> None:
    patience = time.monotonic() + 60
    while not done():
        assert time.monotonic() < patience
        time.sleep(0.02)


def running_version(place: Home) -> subprocess.Popen[str]:
    """Run the version that is started now, by an interpreter of its own environment."""
    environment = (place.place / "current").resolve() / "env"
    base = Path(sys.executable).resolve()
    (environment / "pyvenv.cfg").write_text(f"home = {base.parent}\n")
    python = environment / "bin" / "python"
    python.symlink_to(base)
    run = [str(python), "-c", RUN, *sys.path]
    pipe = subprocess.PIPE
    process = subprocess.Popen(run, stdin=pipe, stdout=pipe, text=True)
    assert process.stdout is not None
    assert process.stdout.readline() == "runs\n"
    return process


def test_a_version_that_runs_is_kept_until_it_ends(tmp_path: Path, there: Home) -> None:
    packs = [make_pack(tmp_path / number, number) for number in ("1.0", "2.0", "3.0", "4.0")]
    assert there.run(packs[0], "install").returncode == 0
    with running_version(there) as process:
        for pack in packs[1:3]:
            assert there.run(pack, "install").returncode == 0
        assert there.starts() == "3.0"
        assert there.versions() == {"1.0", "2.0", "3.0"}
        refused = there.run(packs[2], "uninstall")
        assert refused.returncode == 1
        assert "1.0-cpu" in refused.stderr
        assert "is running. Close it" in refused.stderr
        assert len(refused.stderr.splitlines()) == 1
        said, _ = process.communicate("\n", timeout=60)
        assert said == "large\n"  # its files are there
    assert there.run(packs[3], "install").returncode == 0
    assert there.versions() == {"3.0", "4.0"}
    assert there.run(packs[3], "uninstall").returncode == 0


@pytest.mark.parametrize("act", ["install", "repair"])
def test_room_is_looked_for_before_anything_is_done(tmp_path: Path, there: Home, act: str) -> None:
    old = make_pack(tmp_path / "old", "1.0")
    large = make_pack(tmp_path / "large", "2.0", needs=HUGE, update=HUGE)
    said = there.run(large, act)
    assert said.returncode == 1
    assert "are needed" in said.stderr
    assert there.run(old, "install").returncode == 0
    before = there.files()
    said = there.run(large, act)
    assert said.returncode == 1
    assert f"{HUGE / 1e9:.2f} GB are needed" in said.stderr
    assert len(said.stderr.splitlines()) == 1
    assert there.files() == before
    assert there.starts() == "1.0"


def test_what_is_linked_takes_no_room(tmp_path: Path, there: Home) -> None:
    assert there.run(make_pack(tmp_path / "old", "1.0"), "install").returncode == 0
    new = make_pack(tmp_path / "new", "2.0", needs=HUGE, update=1000)
    assert there.run(new, "install").returncode == 0
    assert there.starts() == "2.0"


def updated_on_full_disks(tmp_path: Path, step: int) -> int:
    """Update where so many pages more are free each time; return how often there was too little."""
    old, new = make_pack(tmp_path / "old", "1.0"), make_pack(tmp_path / "new", "2.0")
    code = [sys.executable, "-m", "tests.packaging.full_disk"]
    disk = tmp_path / "disk"
    run = on_disk("size=900k", disk, [*code, str(disk), str(old), str(new), str(step)])
    paths = os.environ | {"PYTHONPATH": os.pathsep.join(sys.path)}
    ended = subprocess.run(run, capture_output=True, text=True, check=False, env=paths)
    assert ended.returncode == 0, ended.stderr
    told = json.loads(ended.stdout)
    for one in told:
        if one["code"]:
            assert one["code"] == 1, one
            (sentence,) = one["said"]
            assert "disk is full" in sentence or "are needed" in sentence, one
        assert one["starts"] in ("1.0", "2.0"), one
        assert one["again"] == "2.0", one
        assert not one["left"], one
    assert told[-1]["code"] == 0
    assert told[-1]["starts"] == "2.0"
    return len(told) - 1


def test_a_disk_that_fills_up_leaves_the_old_version_at_work(tmp_path: Path) -> None:
    assert updated_on_full_disks(tmp_path, 7) >= 3


@pytest.mark.soak
def test_a_disk_that_fills_up_anywhere_leaves_the_old_version_at_work(tmp_path: Path) -> None:
    assert updated_on_full_disks(tmp_path, 1) > 15


def test_what_a_killed_installer_unpacked_goes_at_the_next_start(
    tmp_path: Path, there: Home
) -> None:
    script = make_script(make_pack(tmp_path / "pack", "1.0"), tmp_path / "out")
    temporary = tmp_path / "tmp"
    temporary.mkdir()
    (there.folder / "wait").touch()
    dead = there.start_script(script, "install", temporary=temporary)
    until(lambda: (there.place / "versions").is_dir())
    os.killpg(dead.pid, signal.SIGKILL)
    dead.communicate()
    (left,) = temporary.iterdir()
    (other := temporary / "kandinsky-installer-other").mkdir()  # of one that has just begun
    (in_use := temporary / "kandinsky-installer-in-use").mkdir()
    (in_use / "pid").write_text(f"{os.getpid()}\n")
    (theirs := temporary / "kandinsky-installer-link").symlink_to(tmp_path / "out")
    (there.folder / "wait").unlink()
    ended = there.start_script(script, "install", temporary=temporary)
    said, _ = ended.communicate(timeout=60)
    assert ended.returncode == 0, said
    assert not left.exists()
    assert set(temporary.iterdir()) == {other, in_use, theirs}
    assert there.starts() == "1.0"


def test_going_back_unpacks_nothing(tmp_path: Path, there: Home) -> None:
    scripts = []
    for number in ("1.0", "2.0"):
        pack = make_pack(tmp_path / number, number)
        scripts.append(make_script(pack, tmp_path / f"out {number}"))
        assert there.run(pack, "install").returncode == 0
    for act, words in (
        ("status", "1.0-cpu"),
        ("rollback", "1.0-cpu"),
        ("rollback", "2.0-cpu"),
        ("uninstall", "is removed"),
    ):
        run = there.start_script(scripts[1], act, temporary=tmp_path / "nowhere")
        said, _ = run.communicate(timeout=60)
        assert run.returncode == 0, said
        assert words in said
    assert not there.place.exists()
    run = there.start_script(scripts[1], "rollback", temporary=tmp_path)
    said, _ = run.communicate(timeout=60)
    assert run.returncode == 1
    assert "it is not installed" in said


def test_going_back_needs_no_whole_version(tmp_path: Path, there: Home) -> None:
    for number in ("1.0", "2.0"):
        assert there.run(make_pack(tmp_path / number, number), "install").returncode == 0
    python = there.place / "current/env/bin/python"
    python.write_text("#!/nowhere\n")
    python.chmod(0o755)
    run = [str(there.place / "setup"), "rollback"]
    said = subprocess.run(run, capture_output=True, text=True, env=there.environment, check=False)
    assert said.returncode == 0, said.stderr
    assert there.starts() == "1.0"


TOOLS = (
    "awk", "cat", "chmod", "cut", "dirname", "echo", "env", "head", "mkdir", "mktemp", "printf",
    "rm", "sh", "sha256sum", "sleep", "tail", "tar", "uname", "xz",
)  # fmt: skip


def only_tools(folder: Path, without: str = "") -> str:
    """Return a PATH where nothing is but what every Linux has."""
    folder.mkdir()
    for name in TOOLS:
        found = shutil.which(name)
        if found is None:
            pytest.skip(f"{name} is not here")
        if name != without:
            (folder / name).symlink_to(found)
    return str(folder)


def test_where_no_python_is_one_is_fetched_that_goes_again(tmp_path: Path, there: Home) -> None:
    script = make_script(make_pack(tmp_path / "pack", "1.0"), tmp_path / "out")
    temporary = tmp_path / "tmp"
    temporary.mkdir()
    there.environment["PATH"] = only_tools(tmp_path / "tools")
    run = there.start_script(script, "install", temporary=temporary)
    said, _ = run.communicate(timeout=60)
    assert run.returncode == 0, said
    assert "one is fetched" in said
    assert there.starts() == "1.0"
    assert not list(temporary.iterdir())


def test_without_xz_it_says_how_to_get_it(tmp_path: Path, there: Home) -> None:
    script = make_script(make_pack(tmp_path / "pack", "1.0"), tmp_path / "out")
    there.environment["PATH"] = only_tools(tmp_path / "tools", without="xz")
    run = there.start_script(script, "install", temporary=tmp_path)
    said, _ = run.communicate(timeout=60)
    assert run.returncode == 1
    assert "sudo apt install xz-utils" in said
    assert len(said.splitlines()) == 1


def test_where_no_program_may_be_started_it_names_the_way_out(tmp_path: Path, there: Home) -> None:
    script = make_script(make_pack(tmp_path / "pack", "1.0"), tmp_path / "out")
    temporary = tmp_path / "tmp"
    run = on_disk("noexec", temporary, ["sh", str(script), "--to", str(there.place)])
    environment = there.environment | {"TMPDIR": str(temporary)}
    said = subprocess.run(run, capture_output=True, text=True, check=False, env=environment)
    assert said.returncode == 1
    assert said.stderr == (
        f"Kandinsky Desktop: no program may be started in {temporary};"
        " name another folder with TMPDIR.\n"
    )


def test_a_python_that_was_fetched_for_the_installer_is_not_built_upon(
    tmp_path: Path, there: Home, monkeypatch: pytest.MonkeyPatch
) -> None:
    pack = make_pack(tmp_path / "unpacked" / "pack", "1.0")
    (pack / "uv").write_text(
        '#!/bin/sh\nenv printf "%s\\n" "$@" "$UV_PYTHON_CACHE_DIR" >"$HOME/asked"\n'
    )
    (tmp_path / "unpacked" / "archives").mkdir()
    monkeypatch.setenv("HOME", str(there.folder))
    monkeypatch.setattr(installer, "HERE", pack)
    uv = installer.Uv(installer.Pack(pack, None), installer.Place(there.place), "cpu")
    uv.make_environment(tmp_path / "env", None)
    asked = (there.folder / "asked").read_text().splitlines()
    assert asked[-3:-1] == [sys.executable, str(tmp_path / "env")]
    monkeypatch.setattr(sys, "base_prefix", str(tmp_path / "unpacked" / "python" / "cpython"))
    uv.make_environment(tmp_path / "env", None)
    asked = (there.folder / "asked").read_text().splitlines()
    assert "--managed-python" in asked
    version = ".".join(map(str, sys.version_info[:3]))
    assert asked[-3:] == [version, str(tmp_path / "env"), str(tmp_path / "unpacked" / "archives")]


def test_without_a_home_it_is_one_sentence(tmp_path: Path) -> None:
    pack = make_pack(tmp_path / "pack", "1.0")
    script = make_script(pack, tmp_path / "out")
    bare = {"PATH": os.environ["PATH"], "TMPDIR": str(tmp_path)}  # HOME is not there: who is known
    run = ["sh", str(script), "status"]
    said = subprocess.run(run, capture_output=True, text=True, env=bare, check=False)
    assert said.returncode == 0, said.stderr
    unknown = "import pathlib\ndef home(): raise RuntimeError\npathlib.Path.home = home\n"
    said = Home(tmp_path / "person").run(pack, "install", before=unknown)
    assert said.returncode == 1
    assert said.stderr == (
        "Kandinsky Desktop: nobody says which folder is yours. Set HOME to it.\n"
    )
    run = ["sh", str(script), "status", "--to", "~no-such-person/x"]
    said = subprocess.run(run, capture_output=True, text=True, env=bare, check=False)
    assert said.returncode == 1
    assert said.stderr == "Kandinsky Desktop: nobody here has the name in ~no-such-person/x.\n"


def test_a_pack_gets_the_python_that_its_packages_are_for(
    tmp_path: Path, there: Home, monkeypatch: pytest.MonkeyPatch
) -> None:
    pack = make_pack(tmp_path / "pack", "1.0")
    (pack / "uv").write_text('#!/bin/sh\nenv printf "%s\\n" "$@" >"$HOME/asked"\n')
    (wheels := tmp_path / "wheels").mkdir()
    monkeypatch.setenv("HOME", str(there.folder))

    def asked_for(*names: str) -> str:
        for name in names:
            (wheels / f"{name}-any.whl").touch()
        uv = installer.Uv(installer.Pack(pack, wheels), installer.Place(there.place), "cpu")
        uv.make_environment(tmp_path / "env", None)
        asked = (there.folder / "asked").read_text().splitlines()
        return asked[asked.index("--python") + 1]

    here = sys.version_info.minor
    other = 12 if here == 11 else 11
    assert asked_for("a-1-py3-none", "b-1-cp39-abi3", "c-1-cp39-cp39") == sys.executable
    assert asked_for(f"d-1-cp3{other}-cp3{other}") == f"3.{other}"
    assert asked_for(f"d-1-cp3{here}-cp3{here}") == sys.executable


def test_a_file_that_was_cut_is_said_to_be_damaged(tmp_path: Path, there: Home) -> None:
    script = make_script(make_pack(tmp_path / "pack", "1.0"), tmp_path / "out")
    whole = script.read_bytes()
    for length in (3000, whole.index(b"\n__PAYLOAD__") + 8, len(whole) - 100):
        script.write_bytes(whole[:length])
        run = there.start_script(script, "install", temporary=tmp_path)
        said, _ = run.communicate(timeout=60)
        assert run.returncode == 1
        assert said == "Kandinsky Desktop: the installer is damaged: get it again.\n"


def at_work(tmp_path: Path, there: Home, new: Path) -> subprocess.Popen[str]:
    """Start an update whose uv waits for the file `wait` to go; return it when uv runs."""
    (there.folder / "wait").touch()
    beginning(new)
    run = [sys.executable, "-I", str(new / "installer.py"), "install", "--to", str(there.place)]
    pipe = subprocess.PIPE
    process = subprocess.Popen(
        run, stdout=pipe, stderr=pipe, text=True, env=there.environment, preexec_fn=heed
    )
    until((there.folder / "begun").exists)
    return process


def beginning(pack: Path) -> None:
    """Let a pack's uv make the file `begun` when it begins."""
    uv = pack / "uv"
    uv.write_text(uv.read_text().replace("set -e", 'set -e; : >"$HOME/begun"', 1))
    about = json.loads((pack / "payload.json").read_text())
    about["files"]["uv"] = sha256(uv.read_bytes()).hexdigest()
    (pack / "payload.json").write_text(json.dumps(about))


@each_end
def test_what_ends_it_ends_uv_too_and_nothing_stays(
    tmp_path: Path, there: Home, number: int, code: int
) -> None:
    old, new = make_pack(tmp_path / "old", "1.0"), make_pack(tmp_path / "new", "2.0")
    assert there.run(old, "install").returncode == 0
    before = there.files()
    process = at_work(tmp_path, there, new)
    process.send_signal(number)
    _, said = process.communicate(timeout=60)  # to their end: uv had it too
    assert process.returncode == code
    assert said == "Stopped. What was installed before is as it was.\n"
    assert there.files() - {"wait", "begun"} == before
    assert there.starts() == "1.0"


ENDED_WHILE_IT_STARTS = """
import os, signal, subprocess
signal.signal({number}, signal.default_int_handler if {number} == signal.SIGINT else signal.SIG_DFL)
started = subprocess.Popen._execute_child
def start(self, args, *others):
    started(self, args, *others)
    if args[0].endswith("uv"):
        os.kill(os.getpid(), {number})
subprocess.Popen._execute_child = start
"""


@each_end
def test_what_ends_it_while_uv_starts_ends_uv_too(
    tmp_path: Path, there: Home, number: int, code: int
) -> None:
    """Python does not know yet what it has started: a busy machine can take its time there."""
    old, new = make_pack(tmp_path / "old", "1.0"), make_pack(tmp_path / "new", "2.0")
    assert there.run(old, "install").returncode == 0
    before = there.files()
    (there.folder / "wait").touch()
    said = there.run(new, "install", before=ENDED_WHILE_IT_STARTS.format(number=int(number)))
    assert said.returncode == code
    assert said.stderr == "Stopped. What was installed before is as it was.\n"
    assert there.files() - {"wait"} == before
    assert there.starts() == "1.0"


@pytest.mark.parametrize("fetches", [False, True], ids=["a Python is here", "it is fetched"])
@pytest.mark.parametrize(("number", "code"), [(signal.SIGTERM, 143), (signal.SIGHUP, 129)])
def test_what_ends_the_script_alone_ends_all_of_it(
    tmp_path: Path, there: Home, number: int, code: int, *, fetches: bool
) -> None:
    """As `kill` and systemd do: a shell would heed it once what it waits for has ended."""
    pack = make_pack(tmp_path / "pack", "1.0")
    beginning(pack)
    script = make_script(pack, tmp_path / "out")
    (temporary := tmp_path / "tmp").mkdir()
    (there.folder / "wait").touch()
    if fetches:
        there.environment["PATH"] = only_tools(tmp_path / "tools")
    run = there.start_script(script, "install", temporary=temporary)
    until((there.folder / "begun").exists)
    run.send_signal(number)
    assert run.wait(timeout=30) == code
    assert not list(temporary.iterdir())
    (there.folder / "wait").unlink()
    run.communicate(timeout=60)  # uv has ended too
    assert there.starts() == ""


def test_as_long_as_a_killed_installers_uv_is_at_work_no_other_is_let_in(
    tmp_path: Path, there: Home
) -> None:
    old, new = make_pack(tmp_path / "old", "1.0"), make_pack(tmp_path / "new", "2.0")
    assert there.run(old, "install").returncode == 0
    process = at_work(tmp_path, there, new)
    process.kill()
    process.wait()
    said = there.run(old, "repair")
    assert said.returncode == 1
    assert "another installer is at work there" in said.stderr
    (there.folder / "wait").unlink()
    process.communicate(timeout=60)  # uv has ended
    assert there.run(old, "install").returncode == 0


@pytest.mark.parametrize("step", [1, 15, 38, 46, 54, 57, 58])
def test_a_removal_that_was_killed_is_done_by_the_next(
    tmp_path: Path, there: Home, step: int
) -> None:
    pack = make_pack(tmp_path / "pack", "1.0")
    assert there.run(pack, "install").returncode == 0
    killed = there.run(pack, "uninstall", before=KILL.format(step=step))
    if killed.returncode == 0:
        pytest.skip("it has fewer steps")
    script = make_script(pack, tmp_path / "out")
    again = there.start_script(script, "uninstall", temporary=tmp_path)
    said, _ = again.communicate(timeout=60)
    assert again.returncode == 0, said
    assert not {name for name in there.files() if "kandinsky" in name}
    assert not there.place.exists()


STOP = """
import os, signal, sys
signal.signal(signal.SIGINT, signal.default_int_handler)
def watch(event, args):
    if event == "shutil.rmtree":
        os.kill(os.getpid(), signal.SIGINT)
sys.addaudithook(watch)
"""


def test_a_removal_that_was_stopped_does_not_say_that_nothing_happened(
    tmp_path: Path, there: Home
) -> None:
    pack = make_pack(tmp_path / "pack", "1.0")
    assert there.run(pack, "install").returncode == 0
    said = there.run(pack, "uninstall", before=STOP)
    assert said.returncode == 130
    assert said.stderr.startswith("Stopped. Of what was installed a part may be gone.")
    assert there.starts() == ""


def test_nobody_has_to_read_what_it_says(tmp_path: Path, there: Home) -> None:
    pack = make_pack(tmp_path / "pack", "1.0")
    closed = "import os; read, write = os.pipe(); os.close(read); os.dup2(write, 1)"
    said = there.run(pack, "install", before=closed)
    assert said.returncode == 0, said.stderr
    assert there.starts() == "1.0"


def test_a_name_that_awk_takes_for_a_setting_is_a_name(tmp_path: Path, there: Home) -> None:
    script = make_script(make_pack(tmp_path / "pack", "1.0"), tmp_path / "a=b")
    run = ["sh", f"a=b/{script.name}", "find-card", "--to", str(there.place)]
    said = subprocess.run(
        run, capture_output=True, text=True, env=there.environment, check=False, cwd=tmp_path
    )
    assert said.returncode == 0, said.stderr


def test_an_installer_that_is_being_removed_is_not_built_upon(there: Home) -> None:
    """One has the file of the lock open while another takes the lock, the file and itself away."""
    place = installer.Place(there.place)
    late = there.place / installer.LOCK

    def gone(_handle: int, _how: int) -> None:
        late.unlink()

    import fcntl

    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(fcntl, "flock", gone)
        with pytest.raises(installer.Stop, match="another installer"), place.held():
            pass
