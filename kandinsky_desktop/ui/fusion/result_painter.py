"""How the fusion in the middle of the board is painted: as a card, with its caption."""

from PySide6.QtCore import QPointF, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QImage, QPainter, QPainterPath, QPen, QPixmap, QPolygonF
from PySide6.QtWidgets import QApplication

from kandinsky_desktop.domain.i18n import _
from kandinsky_desktop.ui.fusion.card_text import elided, font_of
from kandinsky_desktop.ui.fusion.geometry import BoardGeometry
from kandinsky_desktop.ui.image_scaling import upscaled
from kandinsky_desktop.ui.shadow import paint_shadow
from kandinsky_desktop.ui.theme import Theme
from kandinsky_desktop.ui.wash import FRAMES_A_SECOND, Wash

RADIUS = 8
PAD = 14  # of the caption
ROOM = 50  # around it, for its shadow


class ResultPainter:
    """Paints the middle; what changes seldom is painted once."""

    def __init__(self, theme: Theme) -> None:
        self._theme = theme
        self._image: QImage | None = None
        self._title = ""
        self._share: float | None = None  # of a preview that is done; None: there is none
        self.doing = ""  # what the preview in the middle does
        self.buttons_width = 0  # kept free in the caption
        self._painted: QPixmap | None = None
        self._key: object = None
        self.waiting = False  # for a first sight of the fusion
        self._wash: Wash | None = None
        self._wash_dark = False
        self._moment = 0.0  # of the wash, in seconds

    @property
    def has_image(self) -> bool:
        """Whether there is a result."""
        return self._image is not None

    @property
    def title(self) -> str:
        """What it is called."""
        return self._title

    def show_image(self, image: QImage | None, title: str) -> None:
        """Take another picture and its title; None: there is none."""
        self._image, self._title = image, title

    def show_live(self, doing: str, share: float | None) -> None:
        """Take what the preview does."""
        self.doing, self._share = doing, share

    @property
    def shows_wash(self) -> bool:
        """Whether the wash stands for what is awaited."""
        return self.waiting and self._image is None

    def drift(self) -> None:
        """Go on to the next frame of the wash."""
        self._moment += 1 / FRAMES_A_SECOND

    def paint(self, painter: QPainter, lies: BoardGeometry) -> None:
        """Paint it where the geometry says."""
        theme, ratio = self._theme, painter.device().devicePixelRatioF()
        image = None if self._image is None else self._image.cacheKey()
        key = (image, self._title, lies.middle, lies.scale, theme.tokens, ratio, self.buttons_width)
        if key != self._key or self._painted is None:
            self._key, self._painted = key, self._render(lies, ratio)
        outer = lies.middle.adjusted(-ROOM, -ROOM, ROOM, ROOM)
        painter.drawPixmap(outer.topLeft(), self._painted)
        if self.shows_wash:
            self._paint_wash(painter, lies.middle.united(lies.middle_caption))
        self._paint_doing(painter, lies.middle)

    def _paint_wash(self, painter: QPainter, place: QRectF) -> None:
        dark = self._theme.tokens.name != "light"
        if self._wash is None or dark != self._wash_dark:
            self._wash, self._wash_dark = Wash(dark=dark), dark
        frame = self._wash.frame(round(place.width()), round(place.height()), self._moment)
        shape = QPainterPath()
        shape.addRoundedRect(place, RADIUS, RADIUS)
        painter.save()
        painter.setClipPath(shape, Qt.ClipOperation.IntersectClip)
        painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform)
        painter.drawImage(place, frame)
        painter.restore()

    def _render(self, lies: BoardGeometry, ratio: float) -> QPixmap:
        theme, picture = self._theme, lies.middle
        whole = picture.united(lies.middle_caption)
        outer = whole.adjusted(-ROOM, -ROOM, ROOM, ROOM)
        pixmap = QPixmap((outer.size() * ratio).toSize())
        pixmap.setDevicePixelRatio(ratio)
        pixmap.fill(Qt.GlobalColor.transparent)
        painter = QPainter(pixmap)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform)
        painter.translate(-outer.topLeft())
        paint_shadow(painter, theme.tokens, whole, RADIUS, "floating")
        shape = QPainterPath()
        shape.addRoundedRect(whole, RADIUS, RADIUS)
        painter.fillPath(shape, theme.colour("raised"))
        if theme.tokens.name == "contrast":
            painter.setPen(QPen(theme.colour("line"), 1))
            painter.drawPath(shape)
        font = QApplication.font()
        if self._image is None:
            painter.setPen(theme.colour("quiet"))
            painter.setFont(font_of(font, theme.px(13)))
            words = int(Qt.AlignmentFlag.AlignCenter | Qt.TextFlag.TextWordWrap)
            inside = whole.adjusted(PAD, PAD, -PAD, -PAD)
            painter.drawText(inside, words, _("Their fusion appears here"))
            painter.end()
            return pixmap
        painter.save()
        painter.setClipPath(shape)
        scaled = upscaled(self._image, (QSize(int(picture.width()), 1) * ratio))
        side = min(scaled.width(), scaled.height())
        source = QRectF(0, 0, side, side)
        source.moveCenter(QRectF(scaled.rect()).center())
        painter.drawPixmap(picture, scaled, source)
        painter.restore()
        painter.setFont(font_of(font, theme.px(13), bold=True))
        painter.setPen(theme.colour("text"))
        place = lies.middle_caption.adjusted(PAD, 0, -self.buttons_width - 8, 0)
        title = self._title[:1].upper() + self._title[1:]
        painter.drawText(
            place, Qt.AlignmentFlag.AlignVCenter, elided(painter, title, place.width())
        )
        painter.end()
        return pixmap

    def _paint_doing(self, painter: QPainter, place: QRectF) -> None:
        """Paint the preview's progress text in the corner and its progress around the edge."""
        theme = self._theme
        if self._share is not None:
            around = QPainterPath()
            around.addRoundedRect(place.adjusted(1.5, 1.5, -1.5, -1.5), RADIUS - 1, RADIUS - 1)
            pen = QPen(theme.colour("accent"), 3)
            pen.setCapStyle(Qt.PenCapStyle.RoundCap)
            painter.setPen(pen)
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.drawPolyline(_first_part(around, self._share))
        if not self.doing:
            return
        painter.setFont(font_of(QApplication.font(), theme.px(12)))
        high = theme.px(22)
        wide = min(painter.fontMetrics().horizontalAdvance(self.doing) + 16, place.width() - 16)
        label = QRectF(place.left() + 8, place.bottom() - high - 8, wide, high)
        shade = QColor("#111111")
        shade.setAlphaF(0.78)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(shade)
        painter.drawRoundedRect(label, 6, 6)
        painter.setPen(QColor("#FFFFFF"))
        painter.drawText(
            label, Qt.AlignmentFlag.AlignCenter, elided(painter, self.doing, label.width() - 12)
        )


def _first_part(path: QPainterPath, share: float) -> QPolygonF:
    """Return so much of a closed path, clockwise from the middle of its top."""
    points = [path.pointAtPercent(step / 200) for step in range(201)]
    top = min(range(200), key=lambda step: (round(points[step].y()), abs(points[step].x())))
    turned = points[top:-1] + points[: top + 1]
    if turned[1].x() < turned[0].x():
        turned.reverse()
    return QPolygonF([QPointF(point) for point in turned[: max(2, round(share * 200) + 1)]])
