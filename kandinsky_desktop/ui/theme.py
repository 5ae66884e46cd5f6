"""The theme in force, applied to the application: palette, style sheet, text size, motion."""

from dataclasses import fields
from string import Template

from PySide6.QtCore import QObject, Signal
from PySide6.QtGui import QColor, QFont, QGuiApplication, QPalette
from PySide6.QtWidgets import QApplication, QWidget

from kandinsky_desktop.store.places import resources
from kandinsky_desktop.ui.theme_tokens import LIGHT, ThemeTokens, mixed, tokens_for


class Theme(QObject):
    """The theme, text size and motion in force, applied to the application and its windows."""

    changed = Signal()

    def __init__(self, application: QApplication) -> None:
        super().__init__(application)
        self._application = application
        self._base = application.font()
        self._wanted = "system"
        self._scale = 1.0
        self._windows: list[QWidget] = []
        self.motion = True
        self.tokens = LIGHT
        hints = QGuiApplication.styleHints()
        hints.colorSchemeChanged.connect(self._on_system)

    @property
    def scale(self) -> float:
        """The text size against the usual one."""
        return self._scale

    def px(self, size: int) -> int:
        """Return a length that grows with the text."""
        return round(size * self._scale)

    def apply(self, theme: str, text_size: int, *, motion: bool) -> None:
        """Take a theme by its setting, a text size in percent, and whether things may move."""
        self._wanted, self._scale, self.motion = theme, text_size / 100, motion
        self._refresh()

    def dress(self, window: QWidget) -> None:
        """Give a window, and all that is or comes into it, the style sheet in force from now on.

        A style sheet of the whole application costs five times as much to exchange: Qt goes
        through its widgets again for each of them.
        """
        self._windows.append(window)
        window.destroyed.connect(lambda: self._windows.remove(window))
        window.setStyleSheet(style_sheet(self.tokens, self._scale))

    def colour(self, name: str) -> QColor:
        """Return a named colour of the theme."""
        return QColor(getattr(self.tokens, name))

    def _on_system(self) -> None:
        if self._wanted == "system":
            self._refresh()

    def _refresh(self) -> None:
        self.tokens = tokens_for(self._wanted)
        font = QFont(self._base)
        font.setPixelSize(self.px(13))
        font.setFeature(QFont.Tag("tnum"), 1)  # figures that change do not jiggle
        self._application.setFont(font)
        self._application.setPalette(palette_of(self.tokens))
        sheet = style_sheet(self.tokens, self._scale)
        for window in self._windows:
            window.setStyleSheet(sheet)
        self.changed.emit()


def hint_of(theme: ThemeTokens) -> str:
    """Return the colour of what an empty field says; nobody takes it for what was typed."""
    return mixed(theme.text, theme.raised, 0.6)


def palette_of(theme: ThemeTokens) -> QPalette:
    """Return the palette, so that parts that no style sheet reaches agree."""
    palette = QPalette()
    role = QPalette.ColorRole
    for what, colour in (
        (role.Window, theme.panel),
        (role.WindowText, theme.text),
        (role.Base, theme.raised),
        (role.AlternateBase, theme.panel),
        (role.Text, theme.text),
        (role.Button, theme.raised),
        (role.ButtonText, theme.text),
        (role.ToolTipBase, theme.raised),
        (role.ToolTipText, theme.text),
        (role.Highlight, theme.accent),
        (role.HighlightedText, theme.on_accent),
        (role.PlaceholderText, hint_of(theme)),
        (role.Link, theme.accent),
        (role.Mid, theme.line),
    ):
        palette.setColor(what, QColor(colour))
    dim = QPalette.ColorGroup.Disabled
    for what in (role.WindowText, role.Text, role.ButtonText):
        palette.setColor(dim, what, QColor(mixed(theme.text, theme.panel, 0.45)))
    return palette


def style_sheet(theme: ThemeTokens, scale: float) -> str:
    """Fill the theme's colours and the scaled lengths into the one style sheet."""
    template = Template((resources() / "theme" / "theme.qss").read_text("utf-8"))
    colours = {f.name: getattr(theme, f.name) for f in fields(theme) if f.name != "bands"}
    sizes = {
        f"px{size}": f"{round(size * scale)}px" for size in (12, 13, 16, 20, 22, 28, 32, 38, 40, 48)
    }
    check = (resources() / "theme" / f"check-{theme.name}.svg").as_posix()
    chevron = (resources() / "theme" / f"chevron-{theme.name}.svg").as_posix()
    return template.substitute(
        colours,
        **sizes,
        room=round(56 + 36 * (scale - 1)) - 4,
        room_height=round(53 * scale) - 14,
        model=round(52 * scale) - 2,
        fold=round(36 * scale) - 4,
        hint=hint_of(theme),
        faint=mixed(theme.text, theme.panel, 0.45),
        check=check,
        chevron=chevron,
    )
