"""What a process may take: the least of what its groups and the system let it."""

import subprocess
import sys
from pathlib import Path

import psutil
import pytest

from kandinsky_desktop.domain.events import Memory
from kandinsky_desktop.engine import device
from kandinsky_desktop.engine.device import Device
from kandinsky_desktop.engine.limits import group_limits, memory_limit

GB = 10**9


def written(root: Path, files: dict[str, str]) -> Path:
    for name, text in files.items():
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_text(text)
    return root


def test_the_limits_of_a_group_and_of_those_around_it_count(tmp_path: Path) -> None:
    member = tmp_path / "member"
    member.write_text("0::/user/app\n")
    groups = written(
        tmp_path / "groups",
        {
            "user/app/memory.max": "max\n",
            "user/memory.max": f"{5 * GB}\n",
            "memory.max": f"{9 * GB}\n",
        },
    )
    assert list(group_limits(groups, member)) == [5 * GB, 9 * GB]


def test_groups_of_the_first_version_count_too_and_a_container_sees_its_own_as_the_root(
    tmp_path: Path,
) -> None:
    member = tmp_path / "member"
    member.write_text("9:name=systemd:/\n4:cpu,memory:/docker/abc\n0::/\n")
    files = {"memory/memory.limit_in_bytes": f"{3 * GB}\n"}
    groups = written(tmp_path / "groups", files)
    assert list(group_limits(groups, member)) == [3 * GB]
    assert list(group_limits(groups, tmp_path / "none")) == []


@pytest.mark.skipif(sys.platform == "win32", reason="there are no rlimits")
def test_a_limit_of_the_process_is_its_budget() -> None:
    code = (
        "import resource\n"
        f"resource.setrlimit(resource.RLIMIT_DATA, ({8 * GB}, {8 * GB}))\n"
        "from kandinsky_desktop.engine.limits import memory_limit\n"
        "print(memory_limit())\n"
    )
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert int(run.stdout) == min(8 * GB, psutil.virtual_memory().total)


def test_a_budget_is_the_limit_less_a_fixed_reserve_and_never_what_is_free(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    processor = Device("cpu")
    assert processor.budget_bytes == memory_limit() - processor.reserve_bytes
    monkeypatch.setattr(device, "memory_limit", lambda: 5 * GB)
    monkeypatch.setattr(device, "own_limits", lambda: [5 * GB])
    before = processor.budget_bytes
    assert before == 5 * GB - device.OWN_RESERVE
    held = bytearray(50_000_000)
    assert processor.budget_bytes == before
    assert processor.free_bytes() <= 5 * GB - len(held)


def test_no_more_is_shown_to_be_free_than_a_limit_leaves(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(device, "memory_limit", lambda: GB)
    monkeypatch.setattr(device, "own_limits", lambda: [GB])
    monkeypatch.setattr(device, "_resident", lambda: GB // 4)
    available = psutil.virtual_memory()._replace(available=50 * GB)
    monkeypatch.setattr(psutil, "virtual_memory", lambda: available)
    assert Device("cpu").memory() == Memory(GB // 4, GB - GB // 4, GB)
    monkeypatch.setattr(device, "_resident", lambda: 2 * GB)  # pages of files count too
    assert Device("cpu").memory().free_bytes == 0
