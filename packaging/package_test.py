"""Installs what `make package` built into a clean root, runs it there, removes it, compares.

    deb        in a Debian root made by debootstrap: installed, selftest as an ordinary user and
               without a network, removed; nothing may be left but that user's own files
    appimage   its squashfs mounted in that root, selftest
    tar        unpacked in that root, selftest
    installer  a new person's folder, wheels beside it, no network: installed, repaired while the
               program runs, rolled back, removed
    kills      the same killed at random moments and started again: 20 times with small packs, and
               3 times with the one that people get
    speed      how large all is, and how soon the bundle starts and paints beside the sources

Root alone can do it. What was found is printed and written to build/package-test.json.
"""

import argparse
import fcntl
import json
import os
import shutil
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from hashlib import sha256
from pathlib import Path
from typing import Any

HERE = Path(__file__).resolve().parent
ROOT = HERE.parent
sys.path[:0] = [str(ROOT), str(HERE)]
import kill_test  # noqa: E402
import speed_test  # noqa: E402
from artefacts import contents, debian, facts  # noqa: E402
from artefacts.checks import NO_NETWORK, Person, Wrong, bytes_on_disk, only  # noqa: E402

WORK = ROOT / "build" / "package-test"
SUITE = "bookworm"
PERSON = "person"
NOT_COMPARED = (  # of a root: what the system itself keeps, or makes again
    "proc", "sys", "dev", "run", "tmp", "var/lib/dpkg", "var/log", "var/cache", "var/lib/apt",
    "etc/ld.so.cache", "home",
)  # fmt: skip
ALONE = {"PATH": "/usr/sbin:/usr/bin:/sbin:/bin", "LANG": "C.UTF-8"}


def main(arguments: list[str]) -> int:
    """Test the parts that are asked for."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("parts", nargs="*", help=", ".join(TESTS))
    parser.add_argument("--dist", type=Path, default=ROOT / "dist", metavar="FOLDER")
    parser.add_argument("--kills", type=int, default=20, metavar="N", help="with small packs")
    parser.add_argument("--full-kills", type=int, default=3, metavar="N")
    parser.add_argument("--rounds", type=int, default=5, metavar="N", help="of measuring")
    package = ROOT / "build" / "package"
    parser.add_argument("--uv", type=Path, default=package / "venv/bin/uv", metavar="FILE")
    bundle = package / "bundle" / facts.NAME
    parser.add_argument("--bundle", type=Path, default=bundle, metavar="FOLDER")
    given = parser.parse_args(arguments)
    if os.geteuid():
        parser.error("only root can make a clean root")
    if unknown := set(given.parts) - set(TESTS):
        parser.error(f"there is no test of {', '.join(unknown)}")
    WORK.mkdir(parents=True, exist_ok=True)
    told: dict[str, Any] = {"version": facts.VERSION, "commit": facts.commit()}
    ended = 0
    for name in given.parts or list(TESTS):
        begun = time.monotonic()
        try:
            told[name] = TESTS[name](given)
            told[name]["ok"] = True
        except (Wrong, subprocess.CalledProcessError, OSError) as error:
            words = getattr(error, "stderr", "") or ""
            told[name] = {"ok": False, "problem": f"{error} {words}".strip()[-3000:]}
            ended = 1
        told[name]["minutes"] = round((time.monotonic() - begun) / 60, 1)
        print(json.dumps({name: told[name]}, indent=1), flush=True)
    (ROOT / "build" / "package-test.json").write_text(json.dumps(told, indent=1))
    return ended


# -- a clean root


def clean_root(packed: Path | None = None) -> Path:
    """Return a fresh Debian root with an ordinary person in it and nothing of ours.

    `packed` is one that was made before, with more in it.
    """
    kept, root = packed or WORK / "root.tar", WORK / "root"
    leave_root(root)
    shutil.rmtree(root, ignore_errors=True)
    if not kept.is_file():
        made = WORK / "root.new"
        shutil.rmtree(made, ignore_errors=True)
        mirror = subprocess.run(
            ["apt-get", "indextargets", "--format", "$(SITE)", "Codename: bookworm"],
            capture_output=True,
            text=True,
            check=True,
        ).stdout.split()
        run = ["debootstrap", "--variant=minbase", SUITE, str(made)]
        subprocess.run([*run, *mirror[:1]], check=True, stdout=subprocess.DEVNULL)
        for name in ("resolv.conf", "hosts"):
            if Path("/etc", name).exists():
                shutil.copy(Path("/etc", name), made / "etc" / name)
        # how this machine reaches its mirror, if it needs to be told
        for source in Path("/etc/apt/apt.conf.d").glob("*"):
            if "Proxy" in source.read_text("utf-8", "replace"):
                shutil.copy(source, made / "etc/apt/apt.conf.d")
        subprocess.run(["chroot", str(made), "useradd", "-m", PERSON], check=True, env=ALONE)
        fresh = Path(f"{kept}.new")
        subprocess.run(["tar", "-C", str(made), "-cf", str(fresh), "."], check=True)
        fresh.rename(kept)
        shutil.rmtree(made)
    root.mkdir()
    subprocess.run(["tar", "-C", str(root), "-xpf", str(kept)], check=True)
    for name in ("proc", "dev"):
        subprocess.run(["mount", "--rbind", f"/{name}", str(root / name)], check=True)
        subprocess.run(["mount", "--make-rslave", str(root / name)], check=True)
    return root


def leave_root(root: Path) -> None:
    """Take away what was mounted there."""
    for name in ("mnt", "proc", "dev"):
        while (root / name).is_mount():
            subprocess.run(["umount", "-R", "-l", str(root / name)], check=True)


def inside(root: Path, *words: str) -> subprocess.CompletedProcess[str]:
    """Run something as root in a root. Raises CalledProcessError."""
    run = ["chroot", str(root), *words]
    environment = os.environ | ALONE | {"DEBIAN_FRONTEND": "noninteractive"}
    return subprocess.run(run, capture_output=True, text=True, check=True, env=environment)


def as_person(root: Path, *words: str) -> subprocess.CompletedProcess[str]:
    """Run something as an ordinary person in a root, without a network."""
    run = [*NO_NETWORK, "chroot", f"--userspec={PERSON}:{PERSON}", str(root), *words]
    environment = ALONE | {"HOME": f"/home/{PERSON}", "OMP_NUM_THREADS": "2"}
    return subprocess.run(run, capture_output=True, text=True, check=False, env=environment)


def selftest(root: Path, *program: str) -> dict[str, Any]:
    """Let an artefact examine itself in a root; return what it says. Raises Wrong."""
    begun = time.monotonic()
    ended = as_person(root, *program, "--selftest")
    try:
        said: dict[str, Any] = json.loads(ended.stdout)
    except ValueError:
        raise Wrong(f"the selftest said no JSON: {ended.stdout} {ended.stderr}") from None
    if ended.returncode or not said["ok"] or not said["frozen"]:
        raise Wrong(f"the selftest failed: {json.dumps(said)} {ended.stderr}")
    return {"seconds": round(time.monotonic() - begun, 1), "of": said["seconds"]}


def listed(root: Path) -> dict[str, str]:
    """Return what lies in a root: a file's size and checksum, where a link leads."""
    found = {}
    for folder, folders, files in os.walk(root):
        here = Path(folder)
        place = here.relative_to(root).as_posix()
        folders[:] = [
            name for name in folders if f"{place}/{name}".removeprefix("./") not in NOT_COMPARED
        ]
        for name in (*files, *folders):
            path = here / name
            what = path.relative_to(root).as_posix()
            if what in NOT_COMPARED:
                continue
            if path.is_symlink():
                found[what] = f"-> {path.readlink()}"
            elif path.is_file():
                found[what] = sha256(path.read_bytes()).hexdigest()
            else:
                found[what] = "folder"
    return found


def same(before: dict[str, str], after: dict[str, str]) -> None:
    """Raise Wrong where a root is not what it was."""
    changed = sorted(
        name for name in before.keys() | after.keys() if before.get(name) != after.get(name)
    )
    if changed:
        raise Wrong(f"{len(changed)} files are not as they were: {', '.join(changed[:20])}")


# -- the artefacts


@contextmanager
def root_with_libraries(given: argparse.Namespace) -> Iterator[Path]:
    """Lend a root in which the system libraries are that the .deb asks for."""
    deb = only(given.dist, f"{facts.NAME}_*.deb")
    run = ["dpkg-deb", "-f", str(deb), "Depends"]
    asked = subprocess.run(run, capture_output=True, text=True, check=True).stdout
    names = [one.split("|")[0].split("(")[0].strip() for one in asked.split(",")]
    kept = WORK / f"root-{sha256(' '.join(names).encode()).hexdigest()[:12]}.tar"
    root = clean_root(kept if kept.is_file() else None)
    try:
        if not kept.is_file():
            inside(root, "apt-get", "update", "-qq")
            inside(root, "apt-get", "install", "-qq", "-y", "--no-install-recommends", *names)
            run = ["tar", "-C", str(root), "--one-file-system", "--exclude=./proc/*"]
            run += ["--exclude=./dev/*", "-cf", f"{kept}.new", "."]
            subprocess.run(run, check=True)
            Path(f"{kept}.new").rename(kept)
        yield root
    finally:
        leave_root(root)


def test_deb(given: argparse.Namespace) -> dict[str, Any]:
    """Install, run, remove; and the same for what an ordinary person leaves."""
    deb = only(given.dist, f"{facts.NAME}_*.deb")
    with root_with_libraries(given) as root:
        before = listed(root)
        shutil.copy(deb, root / "tmp" / deb.name)
        begun = time.monotonic()
        inside(root, "dpkg", "-i", f"/tmp/{deb.name}")
        home = root / debian.HOME
        lost = [path for path in contents.files_below(home) if _looks_outside(path)]
        if lost:
            raise Wrong(f"{len(lost)} files look for libraries elsewhere, {lost[0]} among them")
        told: dict[str, Any] = {
            "install_seconds": round(time.monotonic() - begun, 1),
            "bytes": deb.stat().st_size,
            "selftest": selftest(root, "kandinsky-desktop"),
        }
        said = as_person(root, "kandinsky", "draw", "a red cat", "-o", f"/home/{PERSON}/cat.png")
        if said.returncode or not (root / f"home/{PERSON}/cat.png").is_file():
            raise Wrong(f"the command does not draw: {said.stderr}")
        inside(root, "dpkg", "-P", facts.NAME)
        same(before, listed(root))
        if not (root / f"home/{PERSON}/cat.png").is_file():
            raise Wrong("a person's picture went with the program")
    return told


def _looks_outside(path: Path) -> bool:
    return any(not one.startswith("$ORIGIN") for one in contents.search_path(path))


def test_appimage(given: argparse.Namespace) -> dict[str, Any]:
    """Mount the squashfs, and start it."""
    image = only(given.dist, f"{facts.NAME}-*.squashfs")
    with root_with_libraries(given) as root:
        subprocess.run(["mount", "-o", "loop,ro", str(image), str(root / "mnt")], check=True)
        return {"bytes": image.stat().st_size, "selftest": selftest(root, "/mnt/AppRun")}


def test_tar(given: argparse.Namespace) -> dict[str, Any]:
    """Unpack it, and start it where it lies."""
    archive = only(given.dist, f"{facts.NAME}-*.tar.zst")
    with root_with_libraries(given) as root:
        home = root / "home" / PERSON
        subprocess.run(["tar", "--zstd", "-C", str(home), "-xf", str(archive)], check=True)
        name = f"/home/{PERSON}/{facts.NAME}-{facts.VERSION}/{facts.NAME}"
        return {"bytes": archive.stat().st_size, "selftest": selftest(root, name)}


def test_installer(given: argparse.Namespace) -> dict[str, Any]:
    """Install for a new person, update while the program runs, go back, remove."""
    stick = only(given.dist, f"{facts.NAME}-*-offline")
    shutil.rmtree(WORK / "person", ignore_errors=True)
    person = Person(WORK / "person" / "a person’s hôme")
    told: dict[str, Any] = {"bytes": only(stick, "*.sh").stat().st_size}
    told["install_seconds"] = person.do(stick, "install")
    first, before = person.version, bytes_on_disk(person.place)
    told["installed_bytes"] = before
    with _running(person):
        told["repair_seconds"] = [person.do(stick, "repair") for _twice in range(2)]
        if not (person.place / "versions" / first).is_dir():
            raise Wrong("a version that ran was taken away")
        if person.start(stick, "uninstall").wait() != 1:
            raise Wrong("what ran was uninstalled")
    person.do(stick, "repair")
    if (person.place / "versions" / first).exists():
        raise Wrong("a version that ran once is kept for good")
    told["bytes_of_second_version"] = bytes_on_disk(person.place) - before
    now = person.version
    told["rollback_seconds"] = [person.do(stick, "rollback") for _there_and_back in range(2)]
    if person.version != now or facts.VERSION not in person.works():
        raise Wrong("going back and forth did not lead back")
    told["files_outside"] = outside = person.files()
    if any(not name.startswith((".local/", ".cache/", ".config/")) for name in outside):
        raise Wrong(f"files lie elsewhere: {outside}")
    for name in (".cache", ".config", ".local/state", ".local/share/kandinsky-desktop"):
        shutil.rmtree(person.home / name, ignore_errors=True)  # a person's own
    person.remove(stick)
    return told


@contextmanager
def _running(person: Person) -> Iterator[None]:
    """Have the window of the version open that is started now. Raises Wrong."""
    program = person.place / "current/env/bin/kandinsky-desktop"
    lock = (person.place / "current").resolve() / "running.lock"
    with subprocess.Popen([str(program)], env=person.environment) as window:
        try:
            patience = time.monotonic() + 60
            while not _is_held(lock):
                if time.monotonic() > patience or window.poll() is not None:
                    raise Wrong("the window holds no lock on its version")
                time.sleep(0.1)
            yield
            if window.poll() is not None:
                raise Wrong("the window ended while others were at work")
        finally:
            window.terminate()  # as the end of a session does
            try:
                window.wait(60)
            except subprocess.TimeoutExpired:
                window.kill()
                raise Wrong("the window does not close when it is asked to") from None


def _is_held(lock: Path) -> bool:
    with lock.open("rb") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            return True
    return False


def test_kills(given: argparse.Namespace) -> dict[str, Any]:
    """Kill with small packs often, with the one that people get some times."""
    shutil.rmtree(WORK / "killed", ignore_errors=True)
    old, new = kill_test.small_sticks(WORK, given.uv)
    told: dict[str, Any] = {"small": kill_test.kills(WORK, old, new, given.kills, seed=1)}
    if given.full_kills:
        stick = only(given.dist, f"{facts.NAME}-*-offline")
        told["full"] = kill_test.kills(WORK, stick, stick, given.full_kills, seed=2)
    return told


def test_speed(given: argparse.Namespace) -> dict[str, Any]:
    """Say how large all is and how soon it starts. Raises Wrong where a bound is not held."""
    return speed_test.measure(given.bundle, given.dist, given.rounds)


TESTS: dict[str, Callable[[argparse.Namespace], dict[str, Any]]] = {
    "deb": test_deb,
    "appimage": test_appimage,
    "tar": test_tar,
    "installer": test_installer,
    "kills": test_kills,
    "speed": test_speed,
}

if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
