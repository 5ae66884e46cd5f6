"""Acts on pictures, and an index that has not seen yet what they did to files."""

from pathlib import Path

from pytestqt.qtbot import QtBot

from kandinsky_desktop.state import library_acts
from kandinsky_desktop.state.background import Background
from kandinsky_desktop.store import library_index
from tests import library


def test_what_got_another_name_is_acted_on_before_the_index_knows_it(
    tmp_path: Path, background: Background, qtbot: QtBot
) -> None:
    path = library.picture(tmp_path / "pictures", library.record_of("a dog"))
    index, roots = library.indexed(tmp_path / "index.db", path.parent)
    (dog,) = index.ids_below(roots[0])
    find = library_acts.find_places(lambda: library_index.open_reader(index.path))
    stars = {dog: 0}
    acts = library_acts.LibraryActs(
        background, find, lambda _key, _ids: stars, tmp_path / "device", tmp_path / "logs"
    )
    refused: list[str] = []
    acts.refused.connect(refused.append)

    def names() -> list[str]:
        qtbot.waitUntil(lambda: not acts.is_busy)
        return [one.stem for one in path.parent.glob("*.png")]

    for name in ("hund", "hound"):
        acts.rename(dog, name)
    assert names() == ["hound"]
    acts.set_stars([dog], 3)  # its content was not read yet
    assert names() == ["hound"]
    assert acts.undo_words.startswith("3 stars")
    library.rescan(index, roots)
    acts.rename(dog, "chien")
    assert names() == ["chien"]
    for _step in range(4):
        acts.undo()
    assert names() == [path.stem]
    assert not refused
    index.close()
