"""A theme in windows: who wears it, and that it is forgotten with its window."""

from PySide6.QtCore import QEvent
from PySide6.QtWidgets import QApplication, QCheckBox, QLabel, QWidget

from kandinsky_desktop.ui.theme import Theme
from kandinsky_desktop.ui.theme_tokens import CONTRAST, DARK, LIGHT
from tests.ui.driver import Driver


def test_what_comes_into_a_dressed_window_wears_the_theme_and_follows_it(
    theme: Theme, qapp: QApplication
) -> None:
    window = QWidget()
    theme.apply("light", 100, motion=False)
    theme.dress(window)
    late = QLabel("late", window)
    late.setProperty("role", "title")
    window.show()
    qapp.processEvents()
    assert late.font().pixelSize() == 22
    for name, tokens in (("dark", DARK), ("contrast", CONTRAST), ("light", LIGHT)):
        theme.apply(name, 150, motion=False)
        qapp.processEvents()
        assert late.font().pixelSize() == 33
        assert late.palette().windowText().color().name() == tokens.text.lower()
    window.deleteLater()
    qapp.sendPostedEvents(None, QEvent.Type.DeferredDelete)
    theme.apply("dark", 100, motion=False)  # the window is gone, and nothing is amiss


def test_the_program_exchanges_the_style_sheet_of_its_window_alone(
    driver: Driver, qapp: QApplication
) -> None:
    worn = driver.window.styleSheet()
    assert worn
    assert not qapp.styleSheet()  # it would cost five times as much to exchange
    driver.state.preferences.set(theme="dark")
    assert driver.window.styleSheet() != worn


def test_what_cannot_be_switched_looks_so(theme: Theme, qapp: QApplication) -> None:
    window = QWidget()
    theme.apply("light", 100, motion=False)
    theme.dress(window)
    switches = [QCheckBox("Same idea for all", window) for _number in range(2)]
    switches[1].setEnabled(False)
    window.show()
    switches[1].move(switches[0].pos())
    qapp.processEvents()
    live, dead = (switch.grab().toImage() for switch in switches)
    assert live != dead
    window.deleteLater()
