"""Tests of the disk write small files and sync each: they lie in memory, where there is room."""

from tests.in_memory import memory, tmp_path

__all__ = ["memory", "tmp_path"]
