"""The plan of memory: a column for each kind of phase, against what may be taken."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from PySide6.QtCore import QEvent, QPointF, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QHelpEvent, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QSizePolicy, QToolTip, QWidget

from kandinsky_desktop.domain.i18n import _
from kandinsky_desktop.domain.phase_memory import PlannedPhase
from kandinsky_desktop.domain.typing_compat import override
from kandinsky_desktop.ui.theme import Theme

HIGH, WORDS = 84, 18  # of the columns; of the names under them, in unscaled pixels
WIDEST, GAP = 44, 12  # of a column; between two
RADIUS = 3
ABOVE = 1.12  # so much of the greatest is seen where there is no limit


@dataclass(frozen=True, slots=True)
class PlanShown:
    """What the columns show."""

    phases: tuple[PlannedPhase, ...] = ()
    budget: int = 0  # bytes; 0: it is not known
    measured: tuple[tuple[str, int], ...] = ()  # operation, bytes that it took at most
    correction: float = 1.0  # by which activations are multiplied, as the machine was measured


class PlanBar(QWidget):
    """Columns: weights below, what they work on above, the limit as a line.

    A tick marks what was measured. What each column means in full stands in its tooltip, and in
    the accessible description.
    """

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme = theme
        self._shown = PlanShown()
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.setAccessibleName(_("What the job will take of the memory"))
        self.setMouseTracking(True)
        theme.changed.connect(self.updateGeometry)
        self.hide()

    def show_plan(
        self,
        phases: Sequence[PlannedPhase],
        budget: int,
        measured: Mapping[str, int] | None = None,
        correction: float = 1.0,
    ) -> None:
        """Show what phases will take; `measured` is what they took, by their operations."""
        shown = PlanShown(tuple(phases), budget, tuple((measured or {}).items()), correction)
        if shown != self._shown:
            self._shown = shown
            self.setVisible(bool(phases))
            self.setAccessibleDescription(" ".join(self.sentence(one) for one in phases))
            self.update()

    def sentence(self, phase: PlannedPhase) -> str:
        """Say what a column means."""
        words = _("{name}: {peak} ({weights} weights, {activations} to work on), {mode}.").format(
            name=_(phase.name),
            peak=size_text(phase.peak),
            weights=size_text(phase.weights),
            activations=size_text(phase.activations),
            mode=_(phase.mode),
        )
        measured = dict(self._shown.measured).get(phase.operation)
        if measured:
            words += " " + _("It took {measured}.").format(measured=size_text(measured))
        if not phase.fits:
            words += " " + _("That is more than there is.")
        elif not phase.fastest:
            words += " " + _("It goes slower, so that it fits.")
            if phase.costs:
                words += " " + phase.costs[0].upper() + phase.costs[1:] + "."
        if round(self._shown.correction, 2) != 1:
            words += " " + _(
                "The part to work on is reckoned × {factor:.2f}: so it was measured here."
            ).format(factor=self._shown.correction)
        return words

    @override
    def sizeHint(self) -> QSize:
        return QSize(200, self._theme.px(HIGH + WORDS) + 4)

    @override
    def minimumSizeHint(self) -> QSize:
        return QSize(80, self.sizeHint().height())

    @override
    def event(self, event: QEvent) -> bool:
        if isinstance(event, QHelpEvent):
            phase = self.phase_at(QPointF(event.pos()))
            QToolTip.showText(
                event.globalPos(), "" if phase is None else self.sentence(phase), self
            )
            return True
        return super().event(event)

    def phase_at(self, point: QPointF) -> PlannedPhase | None:
        """Return whose column, or name under it, is there."""
        for phase, place in zip(self._shown.phases, self._columns, strict=True):
            if place.adjusted(-GAP / 2, 0, GAP / 2, self._theme.px(WORDS)).contains(point):
                return phase
        return None

    @override
    def paintEvent(self, event: QPaintEvent) -> None:
        painter, theme = QPainter(self), self._theme
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        measured = dict(self._shown.measured)
        font = self.font()
        font.setPixelSize(theme.px(11))
        for phase, place in zip(self._shown.phases, self._columns, strict=True):
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(theme.colour("well"))
            painter.drawRoundedRect(place, RADIUS, RADIUS)
            colour = theme.colour("accent" if phase.fits else "danger")
            fainter = QColor(colour)
            fainter.setAlphaF(0.45)
            base = place.bottom()
            for size, shade in ((phase.weights, colour), (phase.activations, fainter)):
                high = min(base - place.top(), self._height(size))
                painter.fillRect(QRectF(place.left(), base - high, place.width(), high), shade)
                base -= high
            if phase.operation in measured:
                y = place.bottom() - min(place.height(), self._height(measured[phase.operation]))
                painter.setPen(QPen(theme.colour("text"), 2))
                painter.drawLine(QPointF(place.left() - 3, y), QPointF(place.right() + 3, y))
            painter.setPen(theme.colour("quiet"))
            painter.setFont(font)
            under = QRectF(
                place.center().x() - self._pitch / 2, place.bottom(), self._pitch, theme.px(WORDS)
            )
            name = painter.fontMetrics().elidedText(
                _(phase.name), Qt.TextElideMode.ElideRight, round(under.width()) - 2
            )
            painter.drawText(under, Qt.AlignmentFlag.AlignCenter, name)
        if self._shown.budget and self._shown.phases:
            y = self._theme.px(HIGH) - self._height(self._shown.budget) + 1
            painter.setPen(QPen(theme.colour("text"), 1, Qt.PenStyle.DashLine))
            painter.drawLine(QPointF(0, y), QPointF(self.width(), y))

    @property
    def _most(self) -> float:
        """The bytes that the height of a column stands for."""
        greatest = max((one.peak for one in self._shown.phases), default=1)
        if self._shown.budget and self._shown.budget < 4 * greatest:
            greatest = max(greatest, self._shown.budget)
        return greatest * ABOVE

    def _height(self, size: int) -> float:
        return size / self._most * self._theme.px(HIGH)

    @property
    def _pitch(self) -> float:
        return self.width() / max(1, len(self._shown.phases))

    @property
    def _columns(self) -> list[QRectF]:
        pitch, high = self._pitch, float(self._theme.px(HIGH))
        wide = min(float(self._theme.px(WIDEST)), pitch - GAP)
        return [
            QRectF(number * pitch + (pitch - wide) / 2, 0, wide, high)
            for number in range(len(self._shown.phases))
        ]


def size_text(size_bytes: int) -> str:
    """Return a number of bytes as people read it."""
    if size_bytes < 1e9:
        return _("{n:.0f} MB").format(n=size_bytes / 1e6)
    return _("{n:.1f} GB").format(n=size_bytes / 1e9)
