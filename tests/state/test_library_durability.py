"""An act that was acknowledged outlives a kill at any moment, and a full disk changes nothing."""

import json
import random
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest

from kandinsky_desktop.store import act_log, library_index
from kandinsky_desktop.store.library_index import Index, open_index
from tests.library import indexed, picture, record_of, watch
from tests.mounts import on_disk

FULL = "size=32k,nr_inodes=40"


def library(tmp_path: Path, count: int = 4) -> tuple[Path, Path]:
    """Return the index and the folder of a small library, whose contents are known."""
    folder, place = tmp_path / "pictures", tmp_path / "index.db"
    for number in range(count):
        name = f"2026-01-0{number + 1}-120000-x-1.png"
        picture(folder, record_of(f"picture {number}", seed=number), number=number, name=name)
    indexed(place, folder)[0].close()
    return place, folder


def command(tmp_path: Path, place: Path, acts: int) -> list[str]:
    device, logs = tmp_path / "device", tmp_path / "logs"
    module = ["-m", "tests.state.act_writer", str(place), str(device), str(logs), str(acts)]
    return [sys.executable, *module]


def states(told: list[dict[str, Any]]) -> dict[tuple[str, str], int]:
    """Return what holds after some acts: of each key and content the last value."""
    found: dict[tuple[str, str], int] = {}
    for one in told:
        for content in one["contents"]:
            found[one["key"], content] = one["value"]
    return found


def taken(index: Index, folder: Path) -> dict[tuple[str, str], int]:
    """Return what an index says that has read the logs."""
    (root,) = watch(index, folder)
    for _change in index.take_acts(root, folder):
        pass
    rows = index.base.execute("SELECT key, hex(content), value FROM mark")
    return {(key, content.lower()): value for key, content, value in rows}


def kill_while_acting(tmp_path: Path, kills: int) -> int:
    """Kill what acts, again and again; check what is left each time; return how many it said."""
    place, folder = library(tmp_path)
    dice, said = random.Random(kills), list[dict[str, Any]]()
    heard = 0
    for _kill in range(kills):
        acting = command(tmp_path, place, 10**9)
        with subprocess.Popen(acting, stdout=subprocess.PIPE, text=True) as child:
            assert child.stdout is not None
            lines = [child.stdout.readline() for _act in range(dice.randint(2, 14))]
            time.sleep(dice.random() * 0.03)  # into the middle of another
            child.kill()
            lines += child.stdout.readlines()
        told = [json.loads(line) for line in lines if line.endswith("\n")]
        assert told
        heard += len(told)
        said += told
        index, aside = open_index(place)
        assert aside is None
        held = taken(index, folder)
        index.close()
        wanted = states(said)
        # the very last act may be in the log though nobody was told of it any more
        unheard = {one for one in wanted if held.get(one) != wanted[one]}
        log_said = last_act(folder)
        assert unheard <= log_said, (unheard, log_said)
        assert set(held) <= set(wanted) | log_said
        said += [
            {"key": key, "value": held[key, content], "contents": [content]}
            for key, content in log_said
        ]
    anew, _aside = open_index(tmp_path / "anew.db")
    assert taken(anew, folder) == states(said)  # what is made anew from the logs is the same
    anew.close()
    return heard


def last_act(folder: Path) -> set[tuple[str, str]]:
    (log,) = act_log.logs(folder)
    *_before, (_place, act) = act_log.read(log)
    marks = act.get("marks", [act])
    return {(one["key"], content) for one in marks for content in one["set"]}


def test_no_acknowledged_act_is_lost_when_it_is_killed(tmp_path: Path) -> None:
    assert kill_while_acting(tmp_path, 4) >= 8


@pytest.mark.soak
def test_no_acknowledged_act_is_lost_over_200_kills(tmp_path: Path) -> None:
    assert kill_while_acting(tmp_path, 200) > 1_000


def test_a_full_disk_is_one_sentence_and_nothing_half_done(tmp_path: Path) -> None:
    place, folder = library(tmp_path / "here")
    disk = tmp_path / "disk"
    script = "\n".join(
        (
            f"cp -r {folder} {disk}/pictures && rm -rf {disk}/pictures/.kandinsky/notes*",
            f"{sys.executable} -c 'from tests.state.test_library_durability import move_root;"
            f' move_root("{place}", "{disk}/pictures")\'',
            f"cat /dev/zero > {disk}/fill 2>/dev/null",
            " ".join(command(tmp_path, place, 3)),
            f"cat {disk}/pictures/.kandinsky/notes* 2>/dev/null | wc -c",
            f"rm {disk}/fill",
            " ".join(command(tmp_path, place, 3)),
        )
    )
    done = subprocess.run(
        on_disk(FULL, disk, ["sh", "-c", script]),
        capture_output=True,
        text=True,
        check=False,
        timeout=90,
    )
    lines = done.stdout.splitlines()
    assert lines, done.stderr
    assert json.loads(lines[0])["refused"].startswith("The disk is full, so nothing was changed")
    assert lines[1].strip() == "0"
    assert [json.loads(line)["key"] for line in lines[2:]], done.stderr  # and then all goes on


def move_root(place: str, folder: str) -> None:
    """Let an index say that its only library folder lies elsewhere."""
    index, _aside = open_index(Path(place))
    index.base.execute("UPDATE root SET path = ?", (folder,))
    index.close()


def test_the_index_says_what_memory_said_before(tmp_path: Path) -> None:
    """Acts of several values in one line are read as they were meant."""
    place, folder = library(tmp_path)
    done = subprocess.run(
        command(tmp_path, place, 40), stdout=subprocess.PIPE, text=True, check=True, timeout=60
    )
    told = [json.loads(line) for line in done.stdout.splitlines()]
    index, _aside = open_index(place)
    assert taken(index, folder) == states(told)
    assert library_index.version_of(place) == library_index.VERSION
    index.close()
