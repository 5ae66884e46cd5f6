"""The report's table says what its JSON file holds."""
# ruff: noqa: D103

import json

from starter.report import GOALS, LIMITS, columns_of, table


def test_the_table_is_made_of_the_file() -> None:
    told = {
        "top1": 0.5,
        "megabytes": 59.9,
        "share": 1.0,
        "share_of_earlier": 0.25,
        "goals": GOALS,
        "limits": LIMITS,
        "others": {"prototype": {"top1": 0.25, "place": 0.125}},
    }
    lines = table(columns_of(json.loads(json.dumps(told)))).splitlines()
    assert lines[0] == "| figure | goal | starter | prototype |"
    assert lines[2:] == [
        "| top1 | at least 0.75 | 0.5 | 0.25 |",
        "| megabytes | at most 60 | 59.9 |  |",
        "| place |  |  | 0.125 |",
    ]
