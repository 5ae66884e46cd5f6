"""The composer of the room to create: it grows while words are typed, over what lies above it."""

from collections.abc import Iterator

import pytest
from PySide6.QtCore import QEvent, QRectF, Qt
from PySide6.QtGui import QColor, QKeyEvent, QPixmap
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QWidget

from kandinsky_desktop.ui.create.prompt_bar import PromptBar
from kandinsky_desktop.ui.theme import Theme

LONG = "a castle in the clouds " * 12


@pytest.fixture
def bar(theme: Theme, qapp: QApplication) -> Iterator[PromptBar]:
    theme.apply("light", 100, motion=False)
    window = QWidget()
    window.resize(912, 708)
    bar = PromptBar(theme)
    theme.dress(bar)
    bar.setParent(window)
    bar.setGeometry(0, 708 - bar.height(), 912, bar.height())
    window.show()
    window.activateWindow()
    assert QTest.qWaitForWindowActive(window, 60_000)
    bar.prompt.setFocus()
    qapp.processEvents()
    yield bar
    window.deleteLater()


def test_what_was_sent_makes_room_until_it_is_changed(bar: PromptBar, qapp: QApplication) -> None:
    low = bar.composer.height()
    bar.prompt.setPlainText(LONG)
    qapp.processEvents()
    assert bar.composer.height() > low
    bar.show_running(0.0, "", stopping=False)
    assert bar.composer.height() == low
    bar.show_ready("", "")
    assert bar.composer.height() == low
    QTest.keyClicks(bar.prompt, "x")
    assert bar.composer.height() > low


def test_words_that_fit_are_seen_from_the_first_line_on(bar: PromptBar, qapp: QApplication) -> None:
    bar.prompt.show_text(LONG[:92])  # two lines; the cursor is behind them
    qapp.processEvents()
    assert bar.growth > 0
    assert bar.prompt.verticalScrollBar().value() == 0
    bar.prompt.show_text("")
    QTest.keyClicks(bar.prompt, LONG[:92])
    assert bar.prompt.verticalScrollBar().value() == 0
    bar.prompt.show_text(LONG * 3)
    qapp.processEvents()
    assert bar.prompt.verticalScrollBar().value() > 0  # the cursor is seen


def test_which_picture_is_current_stands_in_the_hint_where_the_row_has_no_room(
    bar: PromptBar,
) -> None:
    bar.show_where("2 of 4")
    assert bar.hint_text == "2 of 4 · Enter paints · Shift+Enter starts a new line"
    bar.show_where("")
    assert bar.hint_text == "Enter paints · Shift+Enter starts a new line"


def test_the_ground_of_the_stage_and_the_bars_shadow_go_on_below(bar: PromptBar) -> None:
    plain = bar.grab().toImage()
    ground = QPixmap(912, bar.height())
    ground.fill(QColor("#ff00ff"))
    bar.show_ground(ground)
    assert bar.grab().toImage().pixelColor(2, 2) == QColor("#ff00ff")
    bar.show_ground(QPixmap())
    bar.show_raised(QRectF(300, -40, 300, 40))
    shadowed = bar.grab().toImage()
    assert shadowed.pixelColor(450, 1).lightness() < plain.pixelColor(450, 1).lightness()
    assert shadowed.pixelColor(2, 2) == plain.pixelColor(2, 2)


@pytest.mark.parametrize(
    "held", [Qt.KeyboardModifier.NoModifier, Qt.KeyboardModifier.ControlModifier]
)
def test_enter_that_is_held_a_moment_too_long_paints_once(
    bar: PromptBar, held: Qt.KeyboardModifier
) -> None:
    sent: list[bool] = []
    bar.run_requested.connect(lambda: sent.append(True))
    bar.prompt.setPlainText("a cat")
    for again in (False, True, True):
        enter = QKeyEvent(QEvent.Type.KeyPress, Qt.Key.Key_Return, held, "\r", again)
        QApplication.sendEvent(bar.prompt, enter)
    assert (len(sent), bar.prompt.toPlainText()) == (1, "a cat")
