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
    panel: str  # inspector
    raised: str  # composer, cards, bars, fields, menus, notices
    well: str  # chips that are off, a disabled button
    hover: str
    line: str  # hairlines
    edge: str  # borders of fields, dashed places
    text: str
    quiet: str  # second things
    accent: str  # fills, rings of choice, lines
    on_accent: str
    accent_hover: str
    accent_text: str  # blue words
    tint: str  # what is chosen: a chip, a place, a row; a target that is lit
    track: str  # grooves of sliders and bars
    ring: str  # of the board
    bands: tuple[str, str, str]  # between the rings, from outside in
    danger: str
    on_danger: str
    warning: str
    good: str
    star: str
    star_line: str


LIGHT = ThemeTokens(
    name="light",
    stage="#E9E9E9",
    window="#F4F4F4",
    panel="#FAFAFA",
    raised="#FFFFFF",
    well="#EFEFEF",
    hover="#ECECEC",
    line="#DADADA",
    edge="#C6C6C6",
    text="#1A1A1A",
    quiet="#575757",
    accent="#2F5BD8",
    on_accent="#FFFFFF",
    accent_hover="#274DBA",
    accent_text="#2F5BD8",
    tint="#E3EAFB",
    track="#D2D2D2",
    ring="#858585",
    bands=("#EEEEEE", "#F4F4F4", "#FBFBFB"),
    danger="#B93219",
    on_danger="#FFFFFF",
    warning="#7A5600",
    good="#1B7437",
    star="#F4BD1C",
    star_line="#96690A",
)
DARK = ThemeTokens(
    name="dark",
    stage="#2E2E2E",
    window="#202020",
    panel="#262626",
    raised="#373737",
    well="#303030",
    hover="#404040",
    line="#3A3A3A",
    edge="#505050",
    text="#EEEEEE",
    quiet="#ADADAD",
    accent="#6E93FF",
    on_accent="#111111",
    accent_hover="#8AA8FF",
    accent_text="#8FACFF",
    tint="#2C3654",
    track="#4A4A4A",
    ring="#8A8A8A",
    bands=("#323232", "#373737", "#3D3D3D"),
    danger="#FF7B5E",
    on_danger="#111111",
    warning="#F2C230",
    good="#6FCF86",
    star="#F2C230",
    star_line="#F2C230",
)
CONTRAST = ThemeTokens(
    name="contrast",
    stage="#000000",
    window="#000000",
    panel="#000000",
    raised="#000000",
    well="#000000",
    hover="#262626",
    line="#FFFFFF",
    edge="#FFFFFF",
    text="#FFFFFF",
    quiet="#FFFFFF",
    accent="#8FB0FF",
    on_accent="#000000",
    accent_hover="#C2D3FF",
    accent_text="#8FB0FF",
    tint="#1B2A52",
    track="#5A5A5A",
    ring="#FFFFFF",
    bands=("#000000", "#000000", "#000000"),
    danger="#FF9C85",
    on_danger="#000000",
    warning="#FFD84D",
    good="#8FF0A4",
    star="#FFD84D",
    star_line="#FFD84D",
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
