"""How much memory this process may take: the machine's, or what it was limited to."""

import ctypes
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import psutil

GROUPS, MEMBERSHIP = Path("/sys/fs/cgroup"), Path("/proc/self/cgroup")
NO_LIMIT = 2**60  # what stands for none: a control group of version 1 says nearly 2**63


def memory_limit() -> int:
    """Return the bytes that this process may take in all: the least of all limits."""
    return min([psutil.virtual_memory().total, *own_limits()])


def own_limits() -> list[int]:
    """Return the limits in bytes that were set for this process, or for its group."""
    found = [*group_limits(), *_rlimits(), *_job_limits()]
    return [one for one in found if 0 < one < NO_LIMIT]


def group_limits(groups: Path = GROUPS, membership: Path = MEMBERSHIP) -> Iterator[int]:
    """Yield the limits of the control groups that a process is in, and of those around them.

    Of both versions; a container sees its own group as the root.
    """
    try:
        lines = membership.read_text("utf-8").splitlines()
    except OSError:
        return
    for line in lines:
        _number, _colon, rest = line.partition(":")
        controllers, _colon, path = rest.partition(":")
        if controllers == "":
            root, name = groups, "memory.max"
        elif "memory" in controllers.split(","):
            root, name = groups / "memory", "memory.limit_in_bytes"
        else:
            continue
        group = root / path.strip("/")
        for folder in (group, *group.parents):
            yield from _number_in(folder / name)
            if folder == root:
                break


def _number_in(file: Path) -> Iterator[int]:
    try:
        text = file.read_text("ascii").strip()
    except (OSError, ValueError):
        return
    if text.isdigit():  # else "max"
        yield int(text)


def _rlimits() -> Iterator[int]:
    if sys.platform != "win32":
        import resource

        for kind in (resource.RLIMIT_AS, resource.RLIMIT_DATA):
            soft, _hard = resource.getrlimit(kind)
            if soft != resource.RLIM_INFINITY:
                yield soft


class _Basic(ctypes.Structure):  # JOBOBJECT_BASIC_LIMIT_INFORMATION
    _fields_ = (
        ("times", ctypes.c_int64 * 2),
        ("flags", ctypes.c_uint32),
        ("least", ctypes.c_size_t),
        ("most", ctypes.c_size_t),
        ("processes", ctypes.c_uint32),
        ("affinity", ctypes.c_size_t),
        ("priority", ctypes.c_uint32),
        ("scheduling", ctypes.c_uint32),
    )


class _Extended(ctypes.Structure):  # JOBOBJECT_EXTENDED_LIMIT_INFORMATION
    _fields_ = (
        ("basic", _Basic),
        ("io", ctypes.c_uint64 * 6),
        ("process_memory", ctypes.c_size_t),
        ("job_memory", ctypes.c_size_t),
        ("peaks", ctypes.c_size_t * 2),
    )


EXTENDED, OF_PROCESS, OF_JOB = 9, 0x100, 0x200  # as winnt.h has them


def _job_limits() -> Iterator[int]:
    """Yield the limits of the job object that a process of Windows is in. Not run by us yet."""
    kernel: Any = getattr(getattr(ctypes, "windll", None), "kernel32", None)
    if kernel is None:
        return
    about = _Extended()
    size = ctypes.sizeof(about)
    if kernel.QueryInformationJobObject(None, EXTENDED, ctypes.byref(about), size, None):
        if about.basic.flags & OF_PROCESS:
            yield int(about.process_memory)
        if about.basic.flags & OF_JOB:
            yield int(about.job_memory)
