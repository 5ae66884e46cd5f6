"""Installs what `make package` built into a clean root, runs it there, removes it, compares.

    deb        in a Debian root made by debootstrap: installed, selftest as an ordinary user and
               without a network, removed; nothing may be left but that user's own files
    appimage   its squashfs mounted in that root, selftest
    tar        unpacked in that root, selftest
    installer  a new person's folder, wheels beside it, no network: installed, killed at random
               moments of a repair, rolled back, removed

Root alone can do it. What was found is printed and written to build/package-test.json.
"""

import argparse
import json
import os
import random
import shutil
import signal
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
from artefacts import facts  # noqa: E402

WORK = ROOT / "build" / "package-test"
SUITE = "bookworm"
PERSON = "person"
NOT_COMPARED = (  # of a root: what the system itself keeps, or makes again
    "proc", "sys", "dev", "run", "tmp", "var/lib/dpkg", "var/log", "var/cache", "var/lib/apt",
    "etc/ld.so.cache", "home",
)  # fmt: skip
NO_NETWORK = ["unshare", "--net"]
ALONE = {"PATH": "/usr/sbin:/usr/bin:/sbin:/bin", "LANG": "C.UTF-8"}


class Wrong(Exception):
    """Something is not as it should be."""


def main(arguments: list[str]) -> int:
    """Test the parts that are asked for."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("parts", nargs="*", help=", ".join(TESTS))
    parser.add_argument("--dist", type=Path, default=ROOT / "dist", metavar="FOLDER")
    parser.add_argument("--kills", type=int, default=20, metavar="N")
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
        subprocess.run(["tar", "-C", str(made), "-cf", str(kept), "."], check=True)
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


def only(folder: Path, pattern: str) -> Path:
    """Return the one file of a name. Raises Wrong."""
    found = sorted(folder.glob(pattern))
    if len(found) != 1:
        raise Wrong(f"{folder} has {len(found)} files {pattern}: `make package` builds them")
    return found[0]


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
    """Install for a new person from wheels, without a network; kill it again and again."""
    stick = only(given.dist, f"{facts.NAME}-*-offline")
    script = only(stick, "*.sh")
    home = WORK / "a person’s hôme"
    shutil.rmtree(home, ignore_errors=True)
    home.mkdir()
    place = home / "Über 'my' programs"
    chance = random.Random(1)
    told: dict[str, Any] = {"bytes": script.stat().st_size}

    def started(*words: str) -> subprocess.Popen[str]:
        environment = {"HOME": str(home), "LANG": "C.UTF-8"}
        environment |= {"PATH": os.environ["PATH"], "TMPDIR": str(WORK)}
        return subprocess.Popen(
            [*NO_NETWORK, "sh", str(script), *words, "--to", str(place)],
            env=environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            start_new_session=True,
        )

    def done(*words: str) -> float:
        begun = time.monotonic()
        running = started(*words)
        said, _ = running.communicate()
        if running.returncode:
            raise Wrong(f"{' '.join(words)}: {said}")
        return round(time.monotonic() - begun, 1)

    def works() -> str:
        program = place / "current/env/bin/kandinsky"
        asked = subprocess.run(
            [str(program), "--version"], capture_output=True, text=True, check=False
        )
        if facts.VERSION not in asked.stdout:
            raise Wrong(f"the program does not start: {asked.stderr}")
        return (place / "current").readlink().name

    told["install_seconds"] = done("install")
    first = works()
    bytes_before = _bytes_on_disk(place)
    told["installed_bytes"] = bytes_before
    told["repair_seconds"] = done("repair")
    second = works()
    if first == second:
        raise Wrong("a repair made no new version")
    told["bytes_of_second_version"] = _bytes_on_disk(place) - bytes_before
    told["rollback_seconds"] = done("rollback")
    if works() != first:
        raise Wrong("going back did not")
    kills = 0
    for _ in range(given.kills):
        running = started("repair")
        try:
            running.wait(chance.uniform(0.3, told["repair_seconds"]))
        except subprocess.TimeoutExpired:
            kills += 1
        try:
            os.killpg(running.pid, signal.SIGKILL)
        except ProcessLookupError:
            pass
        running.wait()
        works()
    told["killed"] = kills
    told["after_kills_seconds"] = done("install")
    works()
    outside = {
        path.relative_to(home).as_posix()
        for path in home.rglob("*")
        if path.is_file() and not path.is_relative_to(place)
    }
    told["files_outside"] = sorted(outside)
    if any(not name.startswith(".local/") for name in outside):
        raise Wrong(f"files lie elsewhere: {outside}")
    done("uninstall")
    left = [path.relative_to(home).as_posix() for path in home.rglob("*") if path.is_file()]
    if left or place.exists():
        raise Wrong(f"it left {left}")
    return told


def _bytes_on_disk(folder: Path) -> int:
    """Return what a folder takes on the disk, each linked file once."""
    seen: dict[tuple[int, int], int] = {}
    for path in folder.rglob("*"):
        about = path.lstat()
        seen[about.st_dev, about.st_ino] = about.st_blocks * 512
    return sum(seen.values())


TESTS: dict[str, Callable[[argparse.Namespace], dict[str, Any]]] = {
    "deb": test_deb,
    "appimage": test_appimage,
    "tar": test_tar,
    "installer": test_installer,
}

if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
