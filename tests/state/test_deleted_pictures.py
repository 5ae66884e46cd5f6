"""The trash as a list: each picture under the words that it says itself, once it is looked at."""

from pathlib import Path

from PIL import Image
from pytestqt.modeltest import ModelTester
from pytestqt.qtbot import QtBot

from kandinsky_desktop.domain.conditioning import Ingredient, Mix, Prompt
from kandinsky_desktop.state.background import Background
from kandinsky_desktop.state.card_titles import CardTitles
from kandinsky_desktop.state.deleted_pictures import DeletedPictures
from kandinsky_desktop.state.thumbnails import ThumbnailLoader
from kandinsky_desktop.store.thumbnails import Thumbnails
from kandinsky_desktop.store.trash import Trash
from tests import library


def test_a_fusion_is_called_by_what_was_fused_and_no_picture_before_it_is_seen(
    tmp_path: Path, background: Background, qtbot: QtBot, qtmodeltester: ModelTester
) -> None:
    parts = (Ingredient(Prompt("a red cat"), 0.6), Ingredient(Prompt("a dog"), 0.4))
    fused = library.picture(tmp_path, library.record_of(conditioning=Mix(ingredients=parts)))
    other = tmp_path / "plain.png"
    Image.new("RGB", (8, 8)).save(other)
    trash = Trash(tmp_path / "device", tmp_path / "libraries.json")
    trashed = [trash.delete(path, tmp_path) for path in (fused, other)]
    loader = ThumbnailLoader(background, Thumbnails(tmp_path / "cache"))
    listed = DeletedPictures(loader, CardTitles(background).read)
    qtmodeltester.check(listed)
    listed.show(trashed)

    def names() -> list[str]:
        return [listed.data(listed.index(row, 0)) for row in range(listed.rowCount())]

    assert "0-6" in fused.name
    assert names() != ["a red cat and a dog", "plain"]
    loader.request(listed, [one.path for one in trashed])
    qtbot.waitUntil(lambda: names() == ["a red cat and a dog", "plain"])
    listed.show(trashed[:1], days=30)
    assert names() == ["a red cat and a dog"]
