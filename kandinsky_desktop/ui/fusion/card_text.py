"""How text is set on cards: fonts, shares, and words that shrink before they are cut."""

from PySide6.QtCore import QSizeF, Qt
from PySide6.QtGui import QFont, QFontMetrics, QPainter, QTextLayout, QTextOption

from kandinsky_desktop.domain.i18n import _
from kandinsky_desktop.ui.theme import Theme

WORDS = (16, 15, 14, 13)  # sizes, of which the first is taken in which words fit
MOST_LINES = 4
MOST_PERCENT = 9999  # that are written out: a plain sum may be of any weights


def font_of(base: QFont, pixels: int, *, bold: bool = False, figures: bool = False) -> QFont:
    """Return a font of a size; with `figures` all digits are equally wide."""
    font = QFont(base)
    font.setPixelSize(pixels)
    font.setWeight(QFont.Weight.DemiBold if bold else QFont.Weight.Normal)
    if figures:
        font.setFeature(QFont.Tag("tnum"), 1)
    return font


def share_in_words(share: float, *, heard: bool) -> str:
    """Return a share as it is written: “−12 %”; what is not heard has none."""
    if heard and abs(100 * share) > MOST_PERCENT:
        return _("{share} %").format(share=f"<−{MOST_PERCENT}" if share < 0 else f">{MOST_PERCENT}")
    percent = round(100 * share) if heard else 0
    return _("{share} %").format(share=f"−{-percent}" if percent < 0 else percent)


def share_text(share: str) -> tuple[str, str]:
    """Return the number of a share and its sign."""
    number, _space, sign = share.rpartition(" ")
    return number, sign


def elided(painter: QPainter, words: str, width: float) -> str:
    """Return words shortened to a width in the painter's font."""
    one_line = " ".join(words.split())
    return painter.fontMetrics().elidedText(
        one_line, Qt.TextElideMode.ElideRight, max(0, int(width))
    )


def fitting_words(words: str, base: QFont, theme: Theme, room: QSizeF) -> tuple[QFont, list[str]]:
    """Return the font and the lines in which words fit a place; the last is elided at worst.

    It is the largest font in which all fits and no word is broken, or else the largest in which
    all fits.
    """
    font, lines, fitting = base, [""], []
    for size in WORDS:
        font = font_of(base, theme.px(size))
        lines = wrapped(words, font, room.width())
        most = min(MOST_LINES, max(1, int(room.height() / QFontMetrics(font).lineSpacing())))
        if len(lines) <= most:
            fitting.append((font, lines))
            if "\n".join(lines).split() == words.split():
                return font, lines
    if fitting:
        return fitting[0]
    metrics = QFontMetrics(font)
    rest = " ".join(lines[most - 1 :])
    last = metrics.elidedText(rest, Qt.TextElideMode.ElideRight, int(room.width()))
    return font, [*lines[: most - 1], last]


def wrapped(words: str, font: QFont, width: float) -> list[str]:
    """Return words broken into lines of a width, at spaces where that is possible."""
    option = QTextOption()
    option.setWrapMode(QTextOption.WrapMode.WrapAtWordBoundaryOrAnywhere)
    lines = []
    for part in words.splitlines() or [""]:
        layout = QTextLayout(part, font)
        layout.setTextOption(option)
        layout.beginLayout()
        while (line := layout.createLine()).isValid():
            line.setLineWidth(max(1.0, width))
            lines.append(part[line.textStart() : line.textStart() + line.textLength()].strip())
        layout.endLayout()
    return lines
