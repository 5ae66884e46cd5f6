"""Kills the small installer at random moments and starts it again: `package_test.py kills`.

Without a network. After each kill the version before starts, or none where there was none; the
second start completes, nothing is left of the first, and removing leaves nothing. Every other kill
is one of an update. Many with small packs, some with the one that people get.
"""

import platform
import random
import shutil
import time
from pathlib import Path
from typing import Any

from artefacts import small_pack
from artefacts.checks import Person, Wrong

TRIES = 5  # kills that come too late, for each that does not


def small_sticks(work: Path, uv: Path) -> tuple[Path, Path]:
    """Make two small offline packs, of which the second updates the first."""
    machine = platform.machine()
    made = [
        small_pack.make(
            work / f"small-{number}", number, uv, f"linux-{machine}", f"Linux-{machine}"
        )
        for number in ("1", "2")
    ]
    return made[0], made[1]


def kills(work: Path, old: Path, new: Path, count: int, seed: int) -> dict[str, Any]:
    """Kill so many; return what came of them. Raises Wrong where anything is not as it should be.

    Where `old` and `new` are the same pack, a repair stands for the update.
    """
    chance, begun = random.Random(seed), time.monotonic()
    told = {"killed": 0, "of_them_updates": 0, "came_too_late": 0}
    whole: dict[bool, float] = {}  # seconds that it takes undisturbed: so long a kill may wait
    words = ""  # of the new version
    for trial in range(count * TRIES):
        if told["killed"] == count:
            break
        update = bool(told["killed"] % 2)
        act = "repair" if update and old == new else "install"
        person = Person(work / "killed" / f"a person’s hôme {trial}")
        if update:
            person.do(old, "install")
        before = person.works()
        if update not in whole:
            whole[update] = person.do(new, act)
            words = person.works()
        else:
            at = chance.uniform(0, whole[update])
            if person.kill(new, at, act):
                told["killed"] += 1
                told["of_them_updates"] += update
            else:
                told["came_too_late"] += 1
            if person.works() not in (before, words):
                raise Wrong(f"killed after {at:.2f} s it says {person.works()!r}")
            person.do(new, "install")
            left = person.left_overs()
            if person.works() != words or left:
                raise Wrong(f"killed after {at:.2f} s, the second start left {left}")
        person.remove(new)
        shutil.rmtree(person.home)
        shutil.rmtree(person.temporary)
    if told["killed"] < count:
        raise Wrong(f"only {told['killed']} of {count} kills came while it was at work")
    return told | {
        "completed_at_second_start": told["killed"],
        "install_seconds": whole[False],
        "update_seconds": whole.get(True, 0.0),
        "seconds": round(time.monotonic() - begun),
    }
