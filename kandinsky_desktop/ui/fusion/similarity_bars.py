"""What came through of each card, as bars beside what was asked for.

A bar is a card's part of all that came through, by its CLIP similarity; the cosine itself is said
on hover. A tick marks the share that was asked for.
"""

from PySide6.QtCore import QEvent, QPoint, QPointF, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QFontMetrics, QHelpEvent, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import (
    QHBoxLayout,
    QPushButton,
    QSizePolicy,
    QToolTip,
    QVBoxLayout,
    QWidget,
)

from kandinsky_desktop.domain.board import Board
from kandinsky_desktop.domain.i18n import _
from kandinsky_desktop.domain.percent import in_percent
from kandinsky_desktop.domain.typing_compat import override
from kandinsky_desktop.state.clip_similarity import SimilarityBar
from kandinsky_desktop.ui.controls import label
from kandinsky_desktop.ui.fusion.card_list import CardRow, paint_thumb
from kandinsky_desktop.ui.fusion.card_text import font_of
from kandinsky_desktop.ui.theme import Theme

ROW, THUMB, GROOVE = 26, 20, 8
TICK, HALO = 2.0, 1.5
GAP = 10


class SimilarityBars(QWidget):
    """The heading, a bar a card, or what to do for them."""

    measure_requested = Signal()

    def __init__(self, theme: Theme) -> None:
        super().__init__()
        self._theme = theme
        self.bars = _Bars(theme)
        self.shown: dict[int, SimilarityBar] = {}  # by card
        self._asked = label(_("asked"), "small")
        self._asked.setToolTip(_("The tick marks the share that was asked for."))
        self.measure = QPushButton(_("Measure"))
        self.measure.setProperty("role", "act")
        self.measure.setToolTip(_("Compare each card with the picture (C)"))
        self.measure.clicked.connect(self.measure_requested)
        self._awaited = label(_("being measured"), "small")
        head = QHBoxLayout()
        head.setSpacing(4)
        head.addWidget(label(_("What came through"), "group"))
        head.addStretch(1)
        self._sample = _TickSample(theme)
        for part in (self._sample, self._asked, self.measure, self._awaited):
            head.addWidget(part)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 8, 0, 0)
        column.setSpacing(4)
        column.addLayout(head)
        column.addWidget(self.bars)
        self.show_bars(Board(), (), {})

    def show_bars(
        self, board: Board, rows: tuple[CardRow, ...], bars: dict[int, SimilarityBar]
    ) -> None:
        """Show what is known of the cards that went into the picture; of none, nothing."""
        self.shown = bars
        standings = {bar.standing for bar in bars.values()}
        self.setVisible(bool(bars))
        self.measure.setVisible("unknown" in standings)
        self._awaited.setVisible("awaited" in standings)
        measured = standings == {"measured"}
        for part in (self._sample, self._asked):
            part.setVisible(measured)
        shares = board.shares
        self.bars.show_rows(
            [(row, bars[row.card.id], shares[row.card.id]) for row in rows if row.card.id in bars]
        )
        self.bars.setVisible(measured)


class _Bars(QWidget):
    """A row a card: its picture, a groove filled by what came through, a tick at what was asked."""

    def __init__(self, theme: Theme) -> None:
        super().__init__()
        self._theme = theme
        self._rows: list[tuple[CardRow, SimilarityBar, float]] = []
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.setAccessibleName(_("What came through"))
        theme.changed.connect(self.updateGeometry)

    @property
    def parts(self) -> list[float]:
        """How much of each groove is filled, 0 to 1."""
        cosines = [max(0.0, bar.cosine or 0.0) for _row, bar, _asked in self._rows]
        total = sum(cosines) or 1.0
        return [cosine / total for cosine in cosines]

    @property
    def asked(self) -> list[float]:
        """Where the tick of each groove is, 0 to 1."""
        return [min(1.0, max(0.0, asked)) for _row, _bar, asked in self._rows]

    def show_rows(self, rows: list[tuple[CardRow, SimilarityBar, float]]) -> None:
        """Show other bars."""
        if len(rows) != len(self._rows):
            self.updateGeometry()
        self._rows = rows
        self.setAccessibleDescription(
            "; ".join(f"{row.title}: {bar.accessible_text}" for row, bar, _asked in rows)
        )
        self.update()

    @override
    def sizeHint(self) -> QSize:
        return QSize(160, self._theme.px(ROW) * len(self._rows))

    @override
    def minimumSizeHint(self) -> QSize:
        return QSize(80, self.sizeHint().height())

    @override
    def event(self, event: QEvent) -> bool:
        if event.type() is QEvent.Type.ToolTip and isinstance(event, QHelpEvent):
            QToolTip.showText(event.globalPos(), self._help_at(event.pos()), self)
            return True
        return super().event(event)

    @override
    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform)
        theme, high, side = self._theme, self._theme.px(ROW), self._theme.px(THUMB)
        for place, ((row, bar, _asked), part, asked) in enumerate(
            zip(self._rows, self.parts, self.asked, strict=True)
        ):
            top = place * high
            paint_thumb(painter, theme, QRectF(0, top + (high - side) / 2, side, side), row)
            groove = QRectF(
                side + GAP, top + (high - GROOVE) / 2, self.width() - side - GAP - 2, GROOVE
            )
            if bar.cosine is None:
                painter.setFont(font_of(self.font(), theme.px(12)))
                painter.setPen(theme.colour("quiet"))
                text = QFontMetrics(painter.font()).elidedText(
                    bar.accessible_text, Qt.TextElideMode.ElideRight, int(groove.width())
                )
                painter.drawText(groove.adjusted(0, -8, 0, 8), Qt.AlignmentFlag.AlignVCenter, text)
                continue
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(theme.colour("track"))
            painter.drawRoundedRect(groove, GROOVE / 2, GROOVE / 2)
            painter.setBrush(theme.colour("accent"))
            filled = QRectF(groove)
            filled.setWidth(max(float(GROOVE), groove.width() * part))
            painter.drawRoundedRect(filled, GROOVE / 2, GROOVE / 2)
            paint_tick(painter, theme, groove.left() + groove.width() * asked, groove)

    def _help_at(self, point: QPoint) -> str:
        place = point.y() // max(1, self._theme.px(ROW))
        if not 0 <= place < len(self._rows):
            return ""
        row, bar, asked = self._rows[place]
        said = f"{row.title}: {bar.accessible_text}"
        if bar.cosine is None:
            return said
        return "\n".join(
            (
                said,
                _("1 would be the same meaning (cosine in CLIP's image space)"),
                _("asked: {share}").format(share=in_percent(asked)),
            )
        )


class _TickSample(QWidget):
    """A tick beside the word that says what it means."""

    def __init__(self, theme: Theme) -> None:
        super().__init__()
        self._theme = theme
        self.setFixedSize(8, 14)

    @override
    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        paint_tick(
            painter, self._theme, self.width() / 2, QRectF(self.rect()).adjusted(0, 3, 0, -3)
        )


def paint_tick(painter: QPainter, theme: Theme, at: float, groove: QRectF) -> None:
    """Paint a tick across a groove, with a halo so that it is seen on any ground."""
    at = min(groove.right() - TICK / 2, max(groove.left() + TICK / 2, at))
    for colour, wide in (("panel", TICK + 2 * HALO), ("text", TICK)):
        painter.setPen(QPen(theme.colour(colour), wide, Qt.PenStyle.SolidLine))
        painter.drawLine(QPointF(at, groove.top() - 3), QPointF(at, groove.bottom() + 3))
