"""The words that were painted: by keys in the prompt, and in a list over the composer."""

from collections.abc import Callable, Iterator

import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QWidget
from pytestqt.qtbot import QtBot

from kandinsky_desktop.store.prompt_history import PastPrompt
from kandinsky_desktop.ui.create.prompt_popup import PromptPopup
from kandinsky_desktop.ui.theme import Theme
from tests.ui.driver import Driver

ALT, CTRL = Qt.KeyboardModifier.AltModifier, Qt.KeyboardModifier.ControlModifier
POPUP = pytest.mark.qt_log_ignore("This plugin does not support", extend=True)
SOME = (
    PastPrompt("a red cat\nin the rain"),
    PastPrompt("a blue dog", star=True),
    PastPrompt("a red fox"),
)


@pytest.fixture
def popup(theme: Theme, qtbot: QtBot) -> Iterator[PromptPopup]:
    window = QWidget()
    window.resize(800, 600)
    composer = QWidget(window)
    composer.setGeometry(20, 500, 760, 54)
    qtbot.addWidget(window)
    window.show()
    popup = PromptPopup(theme, window)
    popup.show_prompts(SOME)
    popup.open_above(composer)
    qtbot.waitExposed(popup)
    yield popup
    window.close()


@POPUP
def test_it_is_searched_by_all_words_and_by_stars(popup: PromptPopup) -> None:
    assert popup.shown == [one.text for one in SOME]
    QTest.keyClicks(popup.search, "RED rain")
    assert popup.shown == [SOME[0].text]
    popup.search.setText("zebra")
    assert popup.shown == []
    assert popup._nothing.text() == "No words of yours are like that."
    popup.search.clear()
    popup.starred.click()
    assert popup.shown == ["a blue dog"]


@POPUP
def test_arrows_and_enter_choose_while_words_are_searched(popup: PromptPopup, qtbot: QtBot) -> None:
    QTest.keyClicks(popup.search, "red")
    QTest.keyClick(popup.search, Qt.Key.Key_Down)
    with qtbot.waitSignal(popup.chosen) as chosen:
        QTest.keyClick(popup.search, Qt.Key.Key_Return)
    assert chosen.args == ["a red fox"]
    assert not popup.isVisible()


@POPUP
def test_a_star_is_set_by_key_or_click_and_chooses_nothing(
    popup: PromptPopup, qtbot: QtBot
) -> None:
    chosen: list[str] = []
    popup.chosen.connect(chosen.append)
    with qtbot.waitSignal(popup.star_requested) as starred:
        QTest.keyClick(popup.search, Qt.Key.Key_D, CTRL)
    assert starred.args == [SOME[0].text, True]
    row = popup.view.visualRect(popup.view.model().index(1, 0))
    star = popup.view.star_of(row).center()
    with qtbot.waitSignal(popup.star_requested) as starred:
        QTest.mouseClick(popup.view.viewport(), Qt.MouseButton.LeftButton, pos=star)
    assert starred.args == ["a blue dog", False]
    assert not chosen
    beside = row.center() - QPoint(40, 0)
    QTest.mouseClick(popup.view.viewport(), Qt.MouseButton.LeftButton, pos=beside)
    assert chosen == ["a blue dog"]


@POPUP
def test_it_lies_over_the_composer_within_the_window(popup: PromptPopup) -> None:
    window = popup.parentWidget()
    assert window is not None
    place = popup.geometry().translated(-window.mapToGlobal(QPoint(0, 0)))
    assert window.rect().contains(place)
    assert place.bottom() < 500


@POPUP
def test_words_that_were_painted_come_back_by_keys_and_by_the_list(
    start: Callable[[], Driver],
) -> None:
    driver = start()
    driver.session.pause(True)  # they need not be finished
    prompt, draft = driver.create.prompt.prompt, driver.state.draft
    assert not driver.create.prompt.past.isVisible()
    for words in ("a cat", "a dog", "a cat"):
        driver.generate(words)
    driver.type("half")
    shown = []
    for _press in range(3):
        driver.press(Qt.Key.Key_Up, ALT)
        shown.append(prompt.toPlainText())
    assert shown == ["a cat", "a dog", "a dog"]
    assert prompt.textCursor().atEnd()
    driver.press(Qt.Key.Key_Z, CTRL)  # all of it is one step
    assert prompt.toPlainText() == "half"
    driver.press(Qt.Key.Key_Up, ALT)
    driver.press(Qt.Key.Key_Down, ALT)
    assert prompt.toPlainText() == "half"
    driver.click(driver.create.prompt.past)
    popup = driver.create.past
    assert popup.shown == ["a cat", "a dog"]
    QTest.keyClick(popup.search, Qt.Key.Key_D, CTRL)
    QTest.keyClick(popup.search, Qt.Key.Key_Down)
    QTest.keyClick(popup.search, Qt.Key.Key_Return)
    assert prompt.toPlainText() == "a dog"
    assert QApplication.focusWidget() is prompt
    assert draft.undo_name == "Earlier words"
    driver.close()

    second = start()
    history = second.state.prompt_history
    second.until(lambda: len(history.prompts) == 2)
    assert history.prompts == (PastPrompt("a cat", star=True), PastPrompt("a dog"))
    second.create.prompt.prompt.setFocus()
    second.press(
        Qt.Key.Key_H, Qt.KeyboardModifier.ControlModifier | Qt.KeyboardModifier.ShiftModifier
    )
    assert second.create.past.isVisible()
    second.click(second.create.past.clear)
    assert [one.text for one in history.prompts] == ["a cat"]
    undo = second.workspace.notices.button("done")
    assert undo is not None
    second.click(undo)
    assert len(history.prompts) == 2
