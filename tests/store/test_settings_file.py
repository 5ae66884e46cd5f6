"""The settings file: whatever is in it, the program starts."""

import errno
import json
from pathlib import Path
from typing import Any

import pytest

from kandinsky_desktop.domain.settings import Settings
from kandinsky_desktop.store import json_files, settings_file
from kandinsky_desktop.store.settings_file import Read


def test_settings_come_back(tmp_path: Path) -> None:
    file = tmp_path / "new" / "settings.json"
    settings = Settings(theme="dark", text_size=120, motion=False, models="/мои модели")
    settings_file.save(file, settings)
    assert settings_file.load(file) == settings
    assert "мои модели" in file.read_text("utf-8")  # for people to read
    assert [path.name for path in file.parent.iterdir()] == ["settings.json"]


def test_a_folder_of_any_bytes_comes_back(tmp_path: Path) -> None:
    settings = Settings(pictures="/disk/\udcff")
    settings_file.save(tmp_path / "settings.json", settings)
    assert settings_file.load(tmp_path / "settings.json") == settings


def test_without_a_file_there_are_defaults(tmp_path: Path) -> None:
    assert settings_file.load(tmp_path / "settings.json") == Settings()


@pytest.mark.parametrize(
    "content",
    [b"", b"{", b"\xff\xfe", b'{"theme": "dark"', b"[]", b"7", b"null", b"[" * 100_000],
    ids=lambda content: repr(content[:12]),
)
def test_a_torn_file_is_set_aside(
    tmp_path: Path, content: bytes, caplog: pytest.LogCaptureFixture
) -> None:
    file = tmp_path / "settings.json"
    file.write_bytes(content)
    assert settings_file.read(file) == Read(Settings(), aside=True)
    assert (tmp_path / "settings.json.bad").read_bytes() == content
    assert not file.exists()
    assert "set aside" in caplog.text


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("theme", "purple"),
        ("theme", 7),
        ("text_size", 1000),
        ("text_size", "100"),
        ("text_size", True),
        ("text_size", 100.0),
        ("motion", "yes"),
        ("motion", 1),
        ("models", None),
        ("models", "x" * 5000),
        ("models", "a\0b"),
        ("models", "\ud800"),
        ("a setting of tomorrow", 1),
    ],
)
def test_a_bad_value_costs_only_itself(
    tmp_path: Path, name: str, value: Any, caplog: pytest.LogCaptureFixture
) -> None:
    file = tmp_path / "settings.json"
    good = {"previews": False, "pictures": "/pictures"}
    file.write_text(json.dumps(good | {name: value}))
    odd = () if name == "a setting of tomorrow" else (name,)
    assert settings_file.read(file) == Read(Settings(previews=False, pictures="/pictures"), odd=odd)
    assert name in caplog.text


def test_a_file_that_cannot_be_read_is_kept(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = tmp_path / "settings.json"
    settings_file.save(file, Settings(theme="dark"))
    before = file.read_bytes()

    def refuse(_path: Path, *_args: Any, **_named: Any) -> None:
        raise OSError(errno.EIO, "worn out")

    with monkeypatch.context() as patch:
        patch.setattr(json_files, "read", refuse)
        assert settings_file.read(file) == Read(Settings(), unread="worn out")
    assert file.read_bytes() == before
    with monkeypatch.context() as patch:
        opened = Path.open
        patch.setattr(
            Path, "open", lambda path, *args: (refuse if path == file else opened)(path, *args)
        )
        settings_file.save(file, Settings(text_size=120))
    assert settings_file.load(file) == Settings(text_size=120)
    assert (tmp_path / "settings.json.bad").read_bytes() == before


def test_a_file_that_cannot_be_read_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "settings.json").mkdir()
    assert settings_file.load(tmp_path / "settings.json") == Settings()
    assert (tmp_path / "settings.json").is_dir()
