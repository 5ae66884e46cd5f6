"""An older command line leaves the data of a newer version as it is, as the older window does."""

from pathlib import Path

import pytest

from kandinsky_desktop import cli
from kandinsky_desktop.store import data_version


def test_the_terminal_leaves_the_data_of_a_newer_version_alone(
    capsys: pytest.CaptureFixture[str], home: Path
) -> None:
    home.mkdir()
    (home / "version.json").write_text('{"data": 99, "program": "9.1.0"}')
    for typed in (["draw", "a cat"], ["replay", "cat.png"], ["models", "list"]):
        assert cli.main(typed) == 1
        out, said = capsys.readouterr()
        assert not out
        assert "Kandinsky Desktop 9.1.0" in said
        assert said == data_version.refusal(home / "version.json") + "\n"  # as in the window
    assert [path.name for path in home.iterdir()] == ["version.json"]
    with pytest.raises(SystemExit, match="0"):
        cli.main(["--version"])
