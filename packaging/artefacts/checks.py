"""What tests of artefacts share: a fault, the one file of a name, a person with an installer."""

import os
import signal
import subprocess
import time
from pathlib import Path

NO_NETWORK = ["unshare", "--net"]


class Wrong(Exception):
    """Something is not as it should be."""


def only(folder: Path, pattern: str) -> Path:
    """Return the one file of a name. Raises Wrong."""
    found = sorted(folder.glob(pattern))
    if len(found) != 1:
        raise Wrong(f"{folder} has {len(found)} files {pattern}: `make package` builds them")
    return found[0]


class Person:
    """A new person's folder, with signs in its name that trip programs up, and no network."""

    def __init__(self, home: Path) -> None:
        self.home, self.temporary = home, home.with_name(f"{home.name} tmp")
        self.place = home / "Über 'my' programs"
        for folder in (self.home, self.temporary):
            folder.mkdir(parents=True)

    @property
    def environment(self) -> dict[str, str]:
        """What programs of this person are told."""
        kept = {"HOME": str(self.home), "LANG": "C.UTF-8", "PATH": os.environ["PATH"]}
        return kept | {"TMPDIR": str(self.temporary), "QT_QPA_PLATFORM": "offscreen"}

    def start(self, stick: Path, *words: str) -> subprocess.Popen[str]:
        """Start the installer of an offline pack, in a process group of its own."""
        return subprocess.Popen(
            [*NO_NETWORK, "sh", str(only(stick, "*.sh")), *words, "--to", str(self.place)],
            env=self.environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            start_new_session=True,
        )

    def do(self, stick: Path, *words: str) -> float:
        """Let an installer do something; return how many seconds it took. Raises Wrong."""
        begun = time.monotonic()
        running = self.start(stick, *words)
        said, _ = running.communicate()
        if running.returncode:
            raise Wrong(f"{' '.join(words)}: {said}")
        return round(time.monotonic() - begun, 2)

    def kill(self, stick: Path, after_s: float, *words: str) -> bool:
        """Kill an installer with all that it started, after a while; say whether it was at work."""
        running = self.start(stick, *words)
        try:
            running.wait(after_s)
        except subprocess.TimeoutExpired:
            os.killpg(running.pid, signal.SIGKILL)
        running.communicate()
        return running.returncode == -signal.SIGKILL

    def works(self) -> str:
        """Return what the program says of its version; empty where none starts. Raises Wrong."""
        program = self.place / "current/env/bin/kandinsky"
        if not program.exists():
            return ""
        run = [str(program), "--version"]
        asked = subprocess.run(
            run, capture_output=True, text=True, check=False, env=self.environment
        )
        if asked.returncode or not asked.stdout.strip():
            raise Wrong(f"the program does not start: {asked.stderr}")
        return asked.stdout.strip()

    @property
    def version(self) -> str:
        """The name of the version that is started."""
        return (self.place / "current").readlink().name

    def files(self) -> list[str]:
        """Return all files below the person's folder, without those of the program."""
        found = (path for path in self.home.rglob("*") if path.is_file() or path.is_symlink())
        return sorted(
            path.relative_to(self.home).as_posix()
            for path in found
            if not path.is_relative_to(self.place)
        )

    def left_overs(self) -> list[str]:
        """Return what only an installer that is at work has."""
        found = [*self.temporary.iterdir(), *self.place.glob("cache")]
        found += [
            *self.place.rglob(".new-*"),
            *self.place.glob(".*new"),
            *self.home.glob("**/.*.new"),
        ]
        found += [
            path
            for path in (self.place / "versions").iterdir()
            if not (path / "ready.json").is_file() or path.name.startswith(".")
        ]
        return [str(path) for path in found]

    def remove(self, stick: Path) -> None:
        """Remove the program, and look whether all of it is gone. Raises Wrong."""
        self.do(stick, "uninstall")
        if self.files() or self.place.exists() or any(self.temporary.iterdir()):
            raise Wrong(f"it left {self.files()}, {[*self.temporary.iterdir()]}")


def bytes_on_disk(folder: Path) -> int:
    """Return what a folder takes on the disk, each linked file once."""
    seen: dict[tuple[int, int], int] = {}
    for path in folder.rglob("*"):
        about = path.lstat()
        seen[about.st_dev, about.st_ino] = about.st_blocks * 512
    return sum(seen.values())
