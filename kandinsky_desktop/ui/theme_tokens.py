"""How the window is coloured: three themes as values, and what is computed from colours."""

from dataclasses import dataclass
from typing import Literal

from PySide6.QtCore import Qt
from PySide6.QtGui import QColor, QGuiApplication

Name = Literal["light", "dark", "contrast"]


@dataclass(frozen=True, slots=True)
class ThemeTokens:
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


LIGHT = ThemeTokens(
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
DARK = ThemeTokens(
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
CONTRAST = ThemeTokens(
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
THEMES: dict[str, ThemeTokens] = {theme.name: theme for theme in (LIGHT, DARK, CONTRAST)}


def tokens_for(setting: str) -> ThemeTokens:
    """Return the theme of a setting; "system" follows the desktop."""
    if setting in THEMES:
        return THEMES[setting]
    dark = QGuiApplication.styleHints().colorScheme() is Qt.ColorScheme.Dark
    return DARK if dark else LIGHT


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
