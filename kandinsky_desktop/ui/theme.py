"""How the window is coloured: three themes, and the palette and style sheet made of them."""

from dataclasses import dataclass, fields
from string import Template
from typing import Literal

from PySide6.QtCore import QObject, Qt, Signal
from PySide6.QtGui import QColor, QFont, QGuiApplication, QPalette
from PySide6.QtWidgets import QApplication

from kandinsky_desktop.store.places import resources

Name = Literal["light", "dark", "contrast"]


@dataclass(frozen=True, slots=True)
class Theme:
    """Named colours, each as #rrggbb. Greys have no tint: pictures are judged against them."""

    name: Name
    stage: str  # behind pictures
    window: str  # rail, strip, status line
    panel: str  # inspector, prompt
    raised: str  # fields and buttons
    hover: str
    line: str  # hairlines
    text: str
    quiet: str  # second things
    accent: str
    on_accent: str
    accent_hover: str
    track: str  # of sliders and bars
    danger: str
    on_danger: str
    warning: str
    good: str


LIGHT = Theme(
    name="light",
    stage="#E4E4E4",
    window="#F2F2F2",
    panel="#F8F8F8",
    raised="#FFFFFF",
    hover="#ECECEC",
    line="#D2D2D2",
    text="#1B1B1B",
    quiet="#585858",
    accent="#2F5BD8",
    on_accent="#FFFFFF",
    accent_hover="#274DBA",
    track="#CFCFCF",
    danger="#C0341D",
    on_danger="#FFFFFF",
    warning="#7A5600",
    good="#1D7A3A",
)
DARK = Theme(
    name="dark",
    stage="#2E2E2E",
    window="#222222",
    panel="#272727",
    raised="#353535",
    hover="#3F3F3F",
    line="#404040",
    text="#EDEDED",
    quiet="#ABABAB",
    accent="#6E93FF",
    on_accent="#111111",
    accent_hover="#8AA8FF",
    track="#4A4A4A",
    danger="#FF7B5E",
    on_danger="#111111",
    warning="#F2C230",
    good="#6FCF86",
)
CONTRAST = Theme(
    name="contrast",
    stage="#000000",
    window="#000000",
    panel="#000000",
    raised="#000000",
    hover="#262626",
    line="#FFFFFF",
    text="#FFFFFF",
    quiet="#FFFFFF",
    accent="#8FB0FF",
    on_accent="#000000",
    accent_hover="#C2D3FF",
    track="#6B6B6B",
    danger="#FF9C85",
    on_danger="#000000",
    warning="#FFD84D",
    good="#8FF0A4",
)
THEMES: dict[str, Theme] = {theme.name: theme for theme in (LIGHT, DARK, CONTRAST)}


class Look(QObject):
    """The theme, text size and motion in force, applied to the whole application."""

    changed = Signal()

    def __init__(self, application: QApplication) -> None:
        super().__init__(application)
        self._application = application
        self._base = application.font()
        self._wanted = "system"
        self._scale = 1.0
        self.motion = True
        self.theme = LIGHT
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

    def colour(self, name: str) -> QColor:
        """Return a named colour of the theme."""
        return QColor(getattr(self.theme, name))

    def _on_system(self) -> None:
        if self._wanted == "system":
            self._refresh()

    def _refresh(self) -> None:
        self.theme = THEMES.get(self._wanted) or _system_theme()
        font = QFont(self._base)
        font.setPixelSize(self.px(13))
        self._application.setFont(font)
        self._application.setPalette(palette_of(self.theme))
        self._application.setStyleSheet(style_sheet(self.theme, self._scale))
        self.changed.emit()


def _system_theme() -> Theme:
    dark = QGuiApplication.styleHints().colorScheme() is Qt.ColorScheme.Dark
    return DARK if dark else LIGHT


def palette_of(theme: Theme) -> QPalette:
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
        (role.PlaceholderText, theme.quiet),
        (role.Link, theme.accent),
        (role.Mid, theme.line),
    ):
        palette.setColor(what, QColor(colour))
    dim = QPalette.ColorGroup.Disabled
    for what in (role.WindowText, role.Text, role.ButtonText):
        palette.setColor(dim, what, QColor(mixed(theme.text, theme.panel, 0.45)))
    return palette


def style_sheet(theme: Theme, scale: float) -> str:
    """Fill the theme's colours and the scaled lengths into the one style sheet."""
    template = Template((resources() / "theme" / "theme.qss").read_text("utf-8"))
    colours = {f.name: getattr(theme, f.name) for f in fields(theme)}
    sizes = {f"px{size}": f"{round(size * scale)}px" for size in (12, 13, 16, 22, 28, 32, 40, 48)}
    check = (resources() / "theme" / f"check-{theme.name}.svg").as_posix()
    chevron = (resources() / "theme" / f"chevron-{theme.name}.svg").as_posix()
    return template.substitute(
        colours,
        **sizes,
        faint=mixed(theme.text, theme.panel, 0.45),
        accent_faint=mixed(theme.accent, theme.panel, 0.16),
        check=check,
        chevron=chevron,
    )


def mixed(colour: str, ground: str, share: float) -> str:
    """Return `share` of a colour laid over a ground."""
    one, other = QColor(colour), QColor(ground)
    return QColor(
        *(
            round(share * a + (1 - share) * b)
            for a, b in zip(one.getRgb()[:3], other.getRgb()[:3], strict=True)  # type: ignore[index]
        )
    ).name()


def contrast(one: str, other: str) -> float:
    """Return the contrast of two colours, 1 to 21 (WCAG 2.2, relative luminance)."""
    lighter, darker = sorted((_luminance(one), _luminance(other)), reverse=True)
    return (lighter + 0.05) / (darker + 0.05)


def _luminance(colour: str) -> float:
    def linear(value: float) -> float:
        return value / 12.92 if value <= 0.04045 else ((value + 0.055) / 1.055) ** 2.4

    shade = QColor(colour)
    red, green, blue = (linear(part) for part in (shade.redF(), shade.greenF(), shade.blueF()))
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue
