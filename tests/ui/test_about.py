"""About says which version this is, and shows the licence of everything that it is made of."""

from pytestqt.qtbot import QtBot

from kandinsky_desktop import __version__
from kandinsky_desktop.store import licences
from kandinsky_desktop.ui.about import AboutDialog
from kandinsky_desktop.ui.theme import Theme


def test_every_licence_can_be_read(qtbot: QtBot, theme: Theme) -> None:
    dialog = AboutDialog(theme, licences.own(), licences.third_party())
    qtbot.addWidget(dialog)
    names = [dialog.list.item(row).text() for row in range(dialog.list.count())]
    assert names[0] == f"Kandinsky Desktop {__version__}"
    assert any(name.startswith("PySide6") for name in names)
    for row, name in enumerate(names):
        dialog.list.setCurrentRow(row)
        assert dialog.what.text(), name
        assert len(dialog.text.toPlainText()) > 400, name
        if name.startswith("PySide6"):
            words = dialog.text.toPlainText()
            assert "put other builds in their place" in words.replace("\n", " ")
            assert "source" in words
            assert "GNU LESSER GENERAL PUBLIC LICENSE" in words
