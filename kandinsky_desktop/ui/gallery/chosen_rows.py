"""Rows that are chosen in a list, as few ranges: of 10,000 they cost what of one."""

from itertools import pairwise
from typing import Any

import numpy as np
from PySide6.QtCore import QItemSelection, QItemSelectionModel

Flags = QItemSelectionModel.SelectionFlag


def chosen_rows(selection: QItemSelectionModel) -> list[range]:
    """Return the chosen rows in their order."""
    chosen = selection.selection()
    ranges = (chosen.at(number) for number in range(chosen.count()))
    rows = (range(one.top(), one.bottom() + 1) for one in ranges)
    return sorted(rows, key=lambda one: one.start)


def choose_rows(selection: QItemSelectionModel, rows: "np.ndarray[Any, Any]", flags: Flags) -> None:
    """Select rows, which rise."""
    chosen, model = QItemSelection(), selection.model()
    if len(rows):
        breaks = np.flatnonzero(np.diff(rows) > 1) + 1
        bounds = [0, *breaks.tolist(), len(rows)]
        for start, stop in pairwise(bounds):
            first, last = int(rows[start]), int(rows[stop - 1])
            chosen.select(model.index(first, 0), model.index(last, 0))
    selection.select(chosen, flags)


def is_multiple(selection: QItemSelectionModel) -> bool:
    """Whether more than one row is chosen."""
    chosen = selection.selection()
    return chosen.count() > 1 or (chosen.count() == 1 and chosen.at(0).height() > 1)
