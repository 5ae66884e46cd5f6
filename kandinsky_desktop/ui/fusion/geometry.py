"""Where things lie on the board: rings, cards and the middle, by the size of the view.

The origin is the middle of the view; lengths are its own pixels.
"""

from dataclasses import dataclass
from math import atan2, copysign, cos, pi, radians, sin, sqrt

from PySide6.QtCore import QPointF, QRectF

HEAVIEST = 2.0  # the weight at the inner ring
RINGS = (2.0, 1.0, 0.0)  # the weights whose rings are drawn

# half axes of the rings of heavy and light cards, as shares of the view's width and height; the
# second are for two cards beside each other, where the film lies under them
INNER, OUTER = (0.305, 0.325), (0.475, 0.475)
INNER_LOW, OUTER_LOW = (0.295, 0.335), (0.475, 0.465)

CARD_WIDTHS = ((3, 144), (6, 132), (24, 104))  # up to so many cards
CAPTION, MIDDLE_CAPTION = 46, 40  # heights, which grow with the text
MIDDLE, MIDDLE_LOW = 280, 264  # side of the picture in the middle, without and with the film
LEAST_CARD, LEAST_MIDDLE = 56, 88
EDGE = 6  # between a card and the edge of the view
BAR = 44  # above and below, where controls float over the board; it grows with the text
WIDEST = radians(64)  # of more cards

FLAT, STEEP = radians(37), radians(45)  # of up to four cards, and of six those above and below


@dataclass(frozen=True, slots=True, kw_only=True)
class BoardGeometry:
    """The layout of a board of so many cards in a view of a size."""

    width: float
    height: float
    cards: int
    scale: float = 1.0  # of the text
    low: bool = False  # the film lies under it

    @property
    def caption(self) -> int:
        """The height of a card's caption."""
        return round(CAPTION * self.scale)

    @property
    def card(self) -> int:
        """The width of a card, and the height of its picture."""
        usual = next(wide for most, wide in CARD_WIDTHS if max(2, self.cards) <= most)
        free = self.height - 2 * self._bar
        high = 0.6 * self.height if self.cards <= 2 else free / 2 - 4
        fits = min(0.18 * self.width, high - self.caption)
        return max(LEAST_CARD, min(usual, int(fits)))

    @property
    def card_height(self) -> int:
        """The height of a card with its caption."""
        return self.card + self.caption

    @property
    def middle(self) -> QRectF:
        """Where the picture in the middle lies, without its caption."""
        caption = round(MIDDLE_CAPTION * self.scale)
        share = 0.72 if self.cards <= 2 else 0.54
        usual = MIDDLE_LOW if self.low else MIDDLE
        beside = 2 * (self.ring(HEAVIEST).x() - self.card / 2)
        side = max(LEAST_MIDDLE, int(min(usual, beside, share * self.height - caption)))
        return QRectF(-side // 2, -(side + caption) // 2, side, side)

    @property
    def middle_caption(self) -> QRectF:
        """Where the caption of the middle lies."""
        picture, high = self.middle, round(MIDDLE_CAPTION * self.scale)
        return QRectF(picture.left(), picture.bottom(), picture.width(), high)

    def ring(self, weight: float) -> QPointF:
        """Return the half axes of the ring on which cards of a weight lie."""
        inner, outer = (INNER, OUTER)
        if self.low and self.cards <= 2:
            inner, outer = INNER_LOW, OUTER_LOW
        light = 1 - min(abs(weight), HEAVIEST) / HEAVIEST
        across, down = (
            one + (other - one) * light for one, other in zip(inner, outer, strict=True)
        )
        return QPointF(across * self.width, down * self.height)

    def place_of(self, weight: float, angle: float) -> QPointF:
        """Return the position of a card by weight and direction: the heavier, the nearer."""
        ring = self.ring(weight)
        return QPointF(ring.x() * cos(angle), ring.y() * sin(angle))

    def weight_at(self, point: QPointF) -> tuple[float, float]:
        """Return the weight and direction of a card at a position: the inverse of `place_of`."""

        def outside(weight: float) -> bool:
            ring = self.ring(weight)
            return (point.x() / ring.x()) ** 2 + (point.y() / ring.y()) ** 2 > 1

        low, high = 0.0, HEAVIEST
        for _halving in range(20):  # the rings lie one in the other, so that halving finds the one
            weight = (low + high) / 2
            low, high = (low, weight) if outside(weight) else (weight, high)
        ring = self.ring(low)
        return round(low, 2), atan2(point.y() / ring.y(), point.x() / ring.x())

    def rest_of(self, weight: float, angle: float) -> QPointF:
        """Return where a card rests: on its ring, and clear of what floats above and below.

        Where the ring leaves no room for it, the card slides along the ring to the side.
        """
        place, ring = self.place_of(weight, angle), self.ring(weight)
        most = max(0.0, (self.height - self.card_height) / 2 - self._bar)
        if abs(place.y()) > most:
            aside = ring.x() * sqrt(1 - (most / ring.y()) ** 2)
            place = QPointF(copysign(aside, place.x()), copysign(most, place.y()))
        return self.inside(place)

    def inside(self, point: QPointF) -> QPointF:
        """Return the nearest place where all of a card lies in the view, on whole pixels."""
        across = max(0.0, (self.width - self.card) / 2 - EDGE)
        down = max(0.0, (self.height - self.card_height) / 2 - EDGE)
        return QPointF(
            round(min(across, max(-across, point.x()))), round(min(down, max(-down, point.y())))
        )

    @property
    def _bar(self) -> float:
        return BAR * self.scale


def first_angles(count: int) -> tuple[float, ...]:
    """Return the directions in which cards are laid: beside the middle, not above it.

    The width is the longer side, and below the middle there is no room for a card.
    """
    if count <= 2:
        return (pi, 0.0)[:count]
    if count <= 4:
        return _corners(FLAT)[:count]
    if count <= 6:
        return (*_corners(STEEP), pi, 0.0)[:count]
    left = (count + 1) // 2
    return (*_spread(pi, left), *_spread(0.0, count - left))


def _corners(tilt: float) -> tuple[float, ...]:
    """Return four directions, as they are read: from the upper left to the lower right."""
    return pi + tilt, 2 * pi - tilt, pi - tilt, tilt


def _spread(middle: float, count: int) -> tuple[float, ...]:
    """Return directions around one at the left or the right, from above to below."""
    turn = 1 if middle == 0.0 else -1
    return tuple(middle + turn * WIDEST * (2 * place / (count - 1) - 1) for place in range(count))
