"""The window is never larger than the free area of its screen, and lies within it."""

from collections.abc import Iterator

import pytest
from PySide6.QtCore import QRect, QSize, Qt
from PySide6.QtWidgets import QApplication

from kandinsky_desktop.ui.main_window import DECORATION, MainWindow
from kandinsky_desktop.ui.theme_tokens import LIGHT


@pytest.fixture
def window(qapp: QApplication) -> Iterator[MainWindow]:
    del qapp
    made = MainWindow(LIGHT, 1.0, "")
    yield made
    made.deleteLater()


@pytest.mark.parametrize(
    "free",
    [
        QRect(0, 0, 911, 480),  # 1366 × 768 at 150 %
        QRect(0, 27, 1280, 773),
        QRect(1920, 40, 1024, 700),  # a second screen with a bar at its top
        QRect(0, 0, 3840, 2160),
    ],
    ids=lambda free: f"{free.width()}x{free.height()}",
)
@pytest.mark.parametrize("at", [(0, 0), (1800, 900), (-500, -200)])
def test_it_lies_within_the_free_area(window: MainWindow, free: QRect, at: tuple[int, int]) -> None:
    window.move(*at)
    window.fit(free)
    frame = QRect(window.pos(), window.size() + DECORATION)
    assert free.adjusted(0, 0, 1, 1).contains(frame)
    assert window.width() == min(1280, free.width() - DECORATION.width())


def test_a_maximised_window_is_left_to_the_desktop(window: MainWindow) -> None:
    window.setWindowState(Qt.WindowState.WindowMaximized)
    window.fit(QRect(0, 0, 800, 500))
    assert window.size() == QSize(1280, 800)


def test_place_size_and_state_come_back(window: MainWindow) -> None:
    window.resize(1000, 650)
    window.setWindowState(Qt.WindowState.WindowMaximized)
    again = MainWindow(LIGHT, 1.0, window.place)
    assert again.windowState() & Qt.WindowState.WindowMaximized
    again.deleteLater()
