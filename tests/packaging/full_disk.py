"""Updates on a disk with ever more room, from none to enough: to be run where that is mounted.

`python -m tests.packaging.full_disk DISK OLD NEW STEP` prints as JSON what came of each.
"""

import json
import shutil
import sys
from pathlib import Path

from tests.packaging.packs import Home

PAGE = 4096


def main(disk: Path, old: Path, new: Path, step: int) -> list[dict[str, object]]:
    """Install the old version, then the new one again and again; return what each said."""
    told: list[dict[str, object]] = []
    for room in range(0, shutil.disk_usage(disk).total, step):
        person = Home(disk / "person")
        first = person.run(old, "install")
        assert first.returncode == 0, first.stderr
        with (disk / "ballast").open("wb") as ballast:
            ballast.write(bytes(max(0, shutil.disk_usage(disk).free - room)))
        ended = person.run(new, "install")
        said = {"room": room, "code": ended.returncode, "said": ended.stderr.splitlines()}
        said["starts"] = person.starts()
        (disk / "ballast").unlink()
        again = person.run(new, "install")
        said["again"] = again.stderr or person.starts()
        said["left"] = [name for name in person.files() if ".going" in name or ".new" in name]
        told.append(said)
        shutil.rmtree(person.folder)
        if ended.returncode == 0:
            break
    return told


if __name__ == "__main__":
    disk, old, new = map(Path, sys.argv[1:4])
    print(json.dumps(main(disk, old, new, int(sys.argv[4]) * PAGE)))
