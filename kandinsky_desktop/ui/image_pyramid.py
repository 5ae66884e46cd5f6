"""A picture and the smaller and larger copies of it that are shown, each made when first used."""

from PySide6.QtCore import QSize, Qt
from PySide6.QtGui import QImage, QPixmap

from kandinsky_desktop.domain.zooming import halvings
from kandinsky_desktop.ui.image_scaling import doublings, upscaled


class ImagePyramid:
    """Has, for each size on the screen, a pixmap with about as many pixels. For the UI thread."""

    def __init__(self, image: QImage) -> None:
        self.image = image
        self._halved: list[QPixmap] = []
        self._doubled: tuple[int, QPixmap] | None = None  # only the last: each is four times it

    def pixmap(self, width: int, *, smooth: bool) -> QPixmap:
        """Return the copy for so many device pixels across; not `smooth` never has more."""
        if self.image.isNull():
            return QPixmap()
        if width < self.image.width():
            return self._smaller(halvings(max(1, width) / self.image.width()))
        count = doublings(self.image.size(), width) if smooth else 0
        if count == 0:
            return self._smaller(0)
        if self._doubled is None or self._doubled[0] != count:
            target = QSize(width, width * self.image.height() // self.image.width())
            self._doubled = count, upscaled(self.image, target)
        return self._doubled[1]

    def _smaller(self, count: int) -> QPixmap:
        if not self._halved:
            self._halved.append(QPixmap.fromImage(self.image))
        while len(self._halved) <= count:
            last = self._halved[-1].toImage()
            half = last.scaled(
                (last.width() + 1) // 2,
                (last.height() + 1) // 2,
                Qt.AspectRatioMode.IgnoreAspectRatio,
                Qt.TransformationMode.SmoothTransformation,
            )
            self._halved.append(QPixmap.fromImage(half))
        return self._halved[count]
