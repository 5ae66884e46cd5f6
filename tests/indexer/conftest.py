"""Tests of the indexer write and sync index and thumbnails: in memory, where there is room."""

from tests.in_memory import memory, tmp_path

__all__ = ["memory", "tmp_path"]
