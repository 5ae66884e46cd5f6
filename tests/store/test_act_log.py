"""The log of acts: what was synced is read again, whatever else stands in the file."""

import errno
import json
import os
import zlib
from pathlib import Path

import pytest

from kandinsky_desktop.domain.errors import OtherFormat
from kandinsky_desktop.store import act_log
from kandinsky_desktop.store.act_log import ActLog

DEVICE = "0123456789ab"


@pytest.fixture
def log(tmp_path: Path) -> ActLog:
    return ActLog(tmp_path, DEVICE)


def acts(path: Path) -> list[act_log.Act]:
    return [act for _place, act in act_log.read(path)]


def test_what_is_appended_is_read_in_its_order_with_times_that_grow(log: ActLog) -> None:
    said = [log.append({"set": ["a", "б"], "key": "stars", "value": n}) for n in range(3)]
    assert acts(log.path) == said
    times = [act["at"] for act in said]
    assert times == sorted(set(times))


def test_each_line_is_a_checksum_and_json_and_the_first_is_a_mark_of_birth(log: ActLog) -> None:
    log.append({"trash": "x", "from": "x.png"})
    lines = log.path.read_bytes().splitlines()
    for line in lines:
        assert int(line[:8], 16) == zlib.crc32(line[9:])
    birth = json.loads(lines[0][9:])
    assert birth["format"] == 1
    assert birth["birth"] == act_log.birth(log.path) != ""


def test_reading_goes_on_from_a_place(log: ActLog) -> None:
    log.append({"n": 1})
    *_before, (place, _act) = act_log.read(log.path)
    log.append({"n": 2})
    assert [act["n"] for _place, act in act_log.read(log.path, place)] == [2]


@pytest.mark.parametrize("kept", range(1, 60, 7))
def test_a_torn_last_line_is_no_act_and_the_next_one_stands_alone(log: ActLog, kept: int) -> None:
    log.append({"n": 1})
    whole = log.path.read_bytes()
    log.append({"n": 2, "words": "a cat" * 10})
    torn = log.path.read_bytes()[: len(whole) + kept]
    log.path.write_bytes(torn)
    assert [act["n"] for act in acts(log.path)] == [1]
    log.append({"n": 3})
    assert [act["n"] for act in acts(log.path)] == [1, 3]


def test_a_torn_first_line_is_begun_anew(log: ActLog) -> None:
    log.append({"n": 1})
    log.path.write_bytes(log.path.read_bytes()[:20])
    log.append({"n": 2})
    assert [act["n"] for act in acts(log.path)] == [2]
    assert act_log.birth(log.path)


def test_foreign_garbled_and_unknown_lines_are_kept_and_left_alone(log: ActLog) -> None:
    log.append({"n": 1})
    strange = b"hello\n\x00\xff\n00000000 {}\n" + b"[" * 5000 + b"\n"
    with log.path.open("ab") as file:
        file.write(strange)
    log.append({"dance": "a tango"})
    assert strange in log.path.read_bytes()
    assert [list(act)[-1] for act in acts(log.path)] == ["n", "dance"]


def test_a_log_of_a_later_version_is_not_written_to(log: ActLog) -> None:
    body = json.dumps({"format": 2, "birth": "x"}).encode()
    log.path.parent.mkdir()
    log.path.write_bytes(before := b"%08x %s\n" % (zlib.crc32(body), body))
    with pytest.raises(OtherFormat, match="another version"):
        log.append({"n": 1})
    assert log.path.read_bytes() == before


@pytest.mark.parametrize("taken", [0, 5, 30])
def test_what_a_full_disk_takes_in_part_is_taken_back(
    log: ActLog, monkeypatch: pytest.MonkeyPatch, taken: int
) -> None:
    log.append({"n": 1})
    before, write = log.path.read_bytes(), os.write
    with monkeypatch.context() as patch:
        patch.setattr(os, "write", lambda file, data: write(file, data[:taken]))
        with pytest.raises(OSError, match="No space") as raised:
            log.append({"n": 2})
    assert raised.value.errno == errno.ENOSPC
    assert log.path.read_bytes() == before


def test_an_act_that_was_not_synced_is_taken_back(
    log: ActLog, monkeypatch: pytest.MonkeyPatch
) -> None:
    log.append({"n": 1})
    before = log.path.read_bytes()

    def broken(file: int) -> None:
        raise OSError(errno.EIO, "broken")

    with monkeypatch.context() as patch:
        patch.setattr(os, "fsync", broken)
        with pytest.raises(OSError, match="broken"):
            log.append({"n": 2})
    assert log.path.read_bytes() == before


def test_names_that_are_no_text_come_back_as_they_were(log: ActLog) -> None:
    name = os.fsdecode(b"\xff cat.png")
    log.append({"from": name})
    assert acts(log.path)[0]["from"] == name


def test_a_device_keeps_its_id(tmp_path: Path) -> None:
    file = tmp_path / "device"
    first = act_log.device(file)
    assert act_log.device(file) == first
    file.write_bytes(b"\xff../..")
    assert act_log.DEVICE.fullmatch(act_log.device(file))


def test_the_logs_of_all_devices_are_found(tmp_path: Path) -> None:
    assert act_log.logs(tmp_path) == []
    for device in ("b" * 12, "a" * 12):
        ActLog(tmp_path, device).append({"n": 1})
    names = [path.name for path in act_log.logs(tmp_path)]
    assert names == [f"notes-{'a' * 12}.log", f"notes-{'b' * 12}.log"]
