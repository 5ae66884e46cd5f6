"""Where a file is to go: what is agreed to is what is written."""

from pathlib import Path

import pytest
from PySide6.QtCore import Qt, QTimer
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QFileDialog, QLineEdit, QMessageBox, QWidget
from pytestqt.qtbot import QtBot

from kandinsky_desktop.ui.save_target import ask_target

LEFT = Qt.MouseButton.LeftButton


@pytest.mark.qt_log_ignore("This plugin does not support", extend=True)  # dialogs
@pytest.mark.parametrize(("typed", "written"), [("cat", "cat.ora"), ("cat v1.2", "cat v1.2.ora")])
def test_a_file_is_replaced_only_after_it_was_named(
    qtbot: QtBot, tmp_path: Path, typed: str, written: str
) -> None:
    parent = QWidget()
    qtbot.addWidget(parent)
    (tmp_path / written).write_bytes(b"an older one")
    asked: list[str] = []

    def dialog() -> QFileDialog:
        return next(w for w in QApplication.topLevelWidgets() if isinstance(w, QFileDialog))

    def agree() -> None:
        question = next(w for w in QApplication.topLevelWidgets() if isinstance(w, QMessageBox))
        asked.append(question.text())
        QTest.mouseClick(question.button(QMessageBox.StandardButton.Yes), LEFT)

    def accept() -> None:
        QTimer.singleShot(100, agree)
        dialog().accept()

    def type_name() -> None:
        edit = next(one for one in dialog().findChildren(QLineEdit) if one.isVisible())
        edit.selectAll()
        QTest.keyClicks(edit, typed)
        if Path(typed).suffix:  # it is shown with its ending, to be agreed to
            QTimer.singleShot(100, accept)
            dialog().accept()
        else:
            accept()

    QTimer.singleShot(100, type_name)
    target = ask_target(parent, "Save", tmp_path / "start.ora", ".ora")
    assert target == tmp_path / written
    assert len(asked) == 1
    assert written in asked[0]
