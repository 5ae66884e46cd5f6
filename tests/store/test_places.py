"""Where everything lies."""

from pathlib import Path

import pytest

from kandinsky_desktop.store import places


def test_one_folder_holds_all_that_is_the_persons(home: Path) -> None:
    every = [
        places.user_models(),
        places.pictures(),
        places.rescue(),
        places.cache(),
        places.settings_file(),
        places.session_file(),
        places.layout_file(),
        places.log_file("engine"),
    ]
    assert all(path.is_relative_to(home) for path in every)
    assert len(set(every)) == len(every)


def test_without_it_the_systems_places_are_taken(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.delenv("KANDINSKY_HOME")
    assert all(
        path.is_absolute()
        for path in (
            places.user_models(),
            places.pictures(),
            places.cache(),
            places.settings_file(),
        )
    )


def test_temporary_files_of_two_data_folders_are_apart(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    one = places.last_rescue()
    assert one == places.last_rescue()
    monkeypatch.setenv("KANDINSKY_HOME", str(tmp_path / "other"))
    assert places.last_rescue() != one


def test_the_settings_may_name_a_folder_for_pictures(home: Path) -> None:
    assert places.pictures("  ") == home / "pictures"
    assert places.pictures(" /elsewhere ") == Path("/elsewhere")
    assert places.pictures("~/mine") == Path.home() / "mine"


def test_a_person_who_is_not_there_is_a_folder_of_that_name(home: Path) -> None:
    """`~Pictures` is a slip for `~/Pictures`, and the program must start with it."""
    assert places.pictures("~Pictures/mine") == Path.cwd() / "~Pictures" / "mine"
    assert Path("~Pictures/models") in places.model_folders("~Pictures/models")


def test_a_variable_that_no_shell_read_may_begin_with_a_tilde(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """As in a desktop entry or a unit of systemd, for all three ways to name a folder."""
    monkeypatch.setenv("KANDINSKY_MODELS", "~/Kandinsky")
    assert places.model_folders()[0] == Path.home() / "Kandinsky"


def test_models_are_looked_for_in_order(monkeypatch: pytest.MonkeyPatch, home: Path) -> None:
    monkeypatch.setenv("KANDINSKY_MODELS", "/from/the/environment")
    assert places.model_folders("/from/the/settings", Path("/given")) == (
        Path("/given"),
        Path("/from/the/environment"),
        Path("/from/the/settings"),
        home / "models",
        places.shipped_models(),
        places.hub_cache(),
    )
    assert (places.shipped_models() / "starter" / "prior").is_dir()


def test_the_hubs_cache_is_where_its_libraries_look(monkeypatch: pytest.MonkeyPatch) -> None:
    names = ("HF_HUB_CACHE", "HUGGINGFACE_HUB_CACHE", "HF_HOME", "XDG_CACHE_HOME")
    for name in names:
        monkeypatch.delenv(name, raising=False)
    assert places.hub_cache() == Path.home() / ".cache" / "huggingface" / "hub"
    for name, place in zip(
        reversed(names),
        ("/c/huggingface/hub", "/c/hub", "/c", "/c"),
        strict=True,
    ):
        monkeypatch.setenv(name, "/c")
        assert places.hub_cache() == Path(place)
    assert places.model_folders("/c")[:1] == (Path("/c"),)
    assert places.model_folders("/c").count(Path("/c")) == 1
