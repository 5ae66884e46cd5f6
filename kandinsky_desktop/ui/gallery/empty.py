"""The gallery before there is a picture: what it will be, and a first step to it."""

from PySide6.QtCore import QPointF, QRectF, QSize, Qt, Signal
from PySide6.QtGui import (
    QImage,
    QPainter,
    QPainterPath,
    QPaintEvent,
    QPen,
    QPixmap,
    QResizeEvent,
)
from PySide6.QtWidgets import QHBoxLayout, QPushButton, QVBoxLayout, QWidget

from kandinsky_desktop.domain.i18n import _
from kandinsky_desktop.domain.typing_compat import override
from kandinsky_desktop.ui.controls import label
from kandinsky_desktop.ui.image_pyramid import ImagePyramid
from kandinsky_desktop.ui.shadow import paint_shadow
from kandinsky_desktop.ui.theme import Theme
from kandinsky_desktop.ui.wash import calm_ground

LARGE, SMALL, GAP = 260, 124, 12  # sides of the picture and of the empty places around it
LEAST = 120  # side of the picture, where there is little room
RADIUS = 8
HIGH = 40  # of the buttons, in unscaled pixels


class EmptyLibrary(QWidget):
    """Invites to a first picture, or to a folder of them."""

    paint_requested = Signal()
    folder_requested = Signal()

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("stage")
        self.setAttribute(Qt.WidgetAttribute.WA_OpaquePaintEvent)
        self._theme = theme
        self._ground = QPixmap()
        self._picture: ImagePyramid | None = None
        self._title = label(_("Everything you paint is kept here"), "question")
        self._line = label(_("By day, found by a word, never lost. It begins with one picture."))
        self._line.setProperty("role", "invitation")
        for words in (self._title, self._line):
            words.setWordWrap(True)
            words.setAlignment(Qt.AlignmentFlag.AlignHCenter)
        self.paint_button = QPushButton(_("Paint a first picture"))
        self.paint_button.setProperty("role", "primary")
        self.folder_button = QPushButton(_("Add a folder of pictures…"))
        row = QHBoxLayout()
        row.setSpacing(12)
        row.addStretch(1)
        row.addWidget(self.paint_button)
        row.addWidget(self.folder_button)
        row.addStretch(1)
        self._column = QVBoxLayout(self)
        self._column.setContentsMargins(24, 24, 24, 24)
        self._column.setSpacing(8)
        self._column.addStretch(3)
        self._column.addSpacing(LARGE + 32)
        self._column.addWidget(self._title)
        self._column.addWidget(self._line)
        self._column.addSpacing(12)
        self._column.addLayout(row)
        self._column.addStretch(4)
        self.paint_button.clicked.connect(self.paint_requested)
        self.folder_button.clicked.connect(self.folder_requested)
        theme.changed.connect(self._follow)
        self._follow()

    def show_sample(self, image: QImage) -> None:
        """Show what a first picture would look like."""
        self._picture = None if image.isNull() else ImagePyramid(image)
        self.update()

    @override
    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._follow_size()

    @override
    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.drawPixmap(QPointF(), self._painted_ground())
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform)
        large = self._large
        if large < LEAST:
            return
        small = (large - GAP) // 2
        foot = self._title.geometry().top() - 32
        place = QRectF((self.width() - large) // 2, foot - large, large, large)
        painter.setPen(QPen(self._theme.colour("edge"), 1, Qt.PenStyle.DashLine))
        columns = min(2, int((self.width() - large) // 2 - 24) // (small + GAP))
        for column in range(1, columns + 1):
            for line in range(2):
                top = place.top() + line * (small + GAP) + 0.5
                for left in (
                    place.left() - column * (small + GAP) + 0.5,
                    place.right() + GAP + (column - 1) * (small + GAP) + 0.5,
                ):
                    painter.drawRoundedRect(QRectF(left, top, small - 1, small - 1), RADIUS, RADIUS)
        if self._picture is None:
            painter.drawRoundedRect(place.adjusted(0.5, 0.5, -0.5, -0.5), RADIUS, RADIUS)
            return
        paint_shadow(painter, self._theme.tokens, place, RADIUS)
        shape = QPainterPath()
        shape.addRoundedRect(place, RADIUS, RADIUS)
        painter.setClipPath(shape)
        wide = round(large * self.devicePixelRatioF())
        painter.drawPixmap(place, self._picture.pixmap(wide, smooth=True), QRectF())

    @property
    def _large(self) -> int:
        """How large the picture is: what is left over by the words."""
        words = self._title.heightForWidth(self.width() - 48) + self._line.sizeHint().height()
        room = self.height() - words - self._theme.px(HIGH) - 140
        return min(LARGE, room)

    def _painted_ground(self) -> QPixmap:
        ratio = self.devicePixelRatioF()
        wanted = QSize(round(self.width() * ratio), round(self.height() * ratio))
        if self._ground.size() != wanted:
            self._ground = calm_ground(self._theme.tokens, self.size(), ratio)
        return self._ground

    def _follow_size(self) -> None:
        spacer = self._column.itemAt(1)
        large = self._large
        if spacer is not None and (item := spacer.spacerItem()) is not None:
            item.changeSize(1, large + 32 if large >= LEAST else 0)
            self._column.invalidate()
        self._ground = QPixmap()
        self.update()

    def _follow(self) -> None:
        for button in (self.paint_button, self.folder_button):
            button.setFixedHeight(self._theme.px(HIGH))
        self._follow_size()
