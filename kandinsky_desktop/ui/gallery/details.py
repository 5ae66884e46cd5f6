"""The panel beside the grid: the picture that is chosen, and how it was made."""

from collections.abc import Callable, Sequence

from PySide6.QtCore import QDate, QDateTime, QLocale, QPoint, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QImage, QPainter, QPainterPath, QPaintEvent, QPen, QResizeEvent
from PySide6.QtWidgets import (
    QFrame,
    QHBoxLayout,
    QLabel,
    QLineEdit,
    QPushButton,
    QScrollArea,
    QSizePolicy,
    QVBoxLayout,
    QWidget,
)

from kandinsky_desktop.domain.conditioning import ImageEmbedding, ImagePrompt, Mix
from kandinsky_desktop.domain.conditioning import title_of as title_of_meaning
from kandinsky_desktop.domain.i18n import N_, _, ngettext
from kandinsky_desktop.domain.typing_compat import override
from kandinsky_desktop.state.library_details import Fact, Kin, PictureDetails
from kandinsky_desktop.state.plain_tip import plain_tip
from kandinsky_desktop.ui.actions import ActionSet, Target
from kandinsky_desktop.ui.controls import (
    CollapsibleSection,
    ElidedLabel,
    GutterScrollBar,
    icon_button,
    label,
    titled_row,
)
from kandinsky_desktop.ui.gallery.facts_list import FactsList
from kandinsky_desktop.ui.gallery.family import FamilyView, Relative
from kandinsky_desktop.ui.gallery.stars import Stars
from kandinsky_desktop.ui.image_pyramid import ImagePyramid
from kandinsky_desktop.ui.shadow import paint_shadow
from kandinsky_desktop.ui.theme import Theme

SIDE = 16  # beside the panel's parts
GUTTER = 6
ACT = 34  # height of the two acts, in unscaled pixels
RADIUS = 8
RELATIVE, MIDDLE = 48, 56  # sides in the family
FIRST = 4  # lines that are seen without the fold
TASKS = {  # words of the index, and as people say them; of words alone nothing is said
    "fusion": N_("fused"),
    "inpainting": N_("filled"),
    "outpainting": N_("grown"),
    "image-to-image": N_("from a picture"),
}
MOST_WORDS = 600  # letters of a request that are shown; all of them are copied


class DetailsPanel(QFrame):
    """Shows one picture, or how many are chosen. It knows nothing of the library."""

    stars_given = Signal(int)
    renamed = Signal(str)
    relative_chosen = Signal(object)  # int: the id of a picture of the family
    family_requested = Signal()
    copied = Signal(str)  # what is to lie in the clipboard
    opened = Signal()  # the picture was clicked: it is to be seen large
    labels_requested = Signal(str, QPoint)  # "album" or "tag": to be added or taken away

    def __init__(
        self,
        theme: Theme,
        actions: ActionSet,
        target: Target,
        image_of: Callable[[int], QImage | None],
        parent: QWidget | None = None,
    ) -> None:
        """`target` returns the file that the actions are done to, `image_of` thumbnails by id."""
        super().__init__(parent)
        self.setObjectName("inspector")
        self.setAccessibleName(_("Details"))
        self._theme, self._image_of = theme, image_of
        self._details: PictureDetails | None = None
        self.picture = _Picture(theme)
        self.name = ElidedLabel("heading")
        self.edit = QLineEdit()
        self.edit.setAccessibleName(_("Name of the file"))
        self.edit.hide()
        self.stars = Stars(theme)
        self.about = ElidedLabel("small")
        self.use = actions.button("use_again", target, role="pill")
        self.change = actions.button("edit", target, role="pill")
        self.more = icon_button(theme, "ellipsis", _("All that can be done with it"))
        self.more.setProperty("role", "pill")
        self.words = QLabel()
        self.words.setTextFormat(Qt.TextFormat.PlainText)
        self.words.setWordWrap(True)
        self.words.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        self.unread = label("", "warning")
        self._silent = label(_("It does not say how it was made."), "quiet")
        self._silent.setWordWrap(True)
        self.unread.setTextFormat(Qt.TextFormat.PlainText)
        self.unread.setWordWrap(True)
        self.family = FamilyView(theme, side=RELATIVE, middle=MIDDLE)
        self._kinship = label("", "small")
        self._walk = _link(_("Walk it"), _("The family as a picture that you can walk (F)"))
        self.facts = FactsList(theme, _("How it was made"))
        self.copy_all = _link(_("Copy all"), _("Copy all that is known of it, as text"))
        self.albums, self.tags = _Labels(theme, _("Albums")), _Labels(theme, _("Tags"))
        self.everything = FactsList(theme, _("Everything that is known of it"))
        self.fold = CollapsibleSection(theme, _("Everything"), self.everything, is_open=False)
        self._none = label("", "quiet")
        self._none.setWordWrap(True)
        self._none.setAlignment(Qt.AlignmentFlag.AlignTop)
        self._one = QWidget()
        self._one.setObjectName("inspectorbody")
        self._known = QWidget()  # what is read of a picture, and what can be done with it
        self._known.setObjectName("inspectorbody")
        body = QWidget()
        body.setObjectName("inspectorbody")
        self._body = body
        self._fill(body)
        self._area = area = QScrollArea()
        area.setWidget(body)
        area.setWidgetResizable(True)
        area.setVerticalScrollBar(GutterScrollBar())
        area.setVerticalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOn)
        area.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        area.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        whole = QVBoxLayout(self)
        whole.setContentsMargins(0, 0, 0, 0)
        whole.addWidget(area)
        self._connect()
        theme.changed.connect(self._measure)
        self._measure()
        self.show_none()

    def _fill(self, body: QWidget) -> None:
        around = QVBoxLayout(body)
        around.setContentsMargins(SIDE, SIDE, SIDE - GUTTER, SIDE)
        around.setSpacing(0)
        around.addWidget(self._none)
        around.addWidget(self._one, 1)
        around.addStretch(0)
        column = QVBoxLayout(self._one)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addWidget(self.picture)
        head = QHBoxLayout()
        head.setSpacing(8)
        head.addWidget(self.name, 1)
        head.addWidget(self.edit, 1)
        head.addWidget(self.stars)
        column.addSpacing(12)
        column.addLayout(head)
        column.addWidget(self.about)
        column.addWidget(self._known, 1)
        column = QVBoxLayout(self._known)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addSpacing(12)
        acts = QHBoxLayout()
        acts.setSpacing(8)
        acts.addWidget(self.use, 1)
        acts.addWidget(self.change, 1)
        acts.addWidget(self.more)
        column.addLayout(acts)
        self._family_part = QWidget()
        family = QVBoxLayout(self._family_part)
        family.setContentsMargins(0, 16, 0, 0)
        family.setSpacing(8)
        family.addLayout(titled_row(_("Family"), self._kinship, self._walk))
        family.addWidget(self.family)
        column.addWidget(self._family_part)
        column.addSpacing(16)
        column.addLayout(titled_row(_("How it was made"), self.copy_all))
        column.addSpacing(4)
        column.addWidget(self.words)
        column.addWidget(self.unread)
        column.addWidget(self._silent)
        column.addSpacing(4)
        column.addWidget(self.facts)
        column.addSpacing(12)
        column.addWidget(self.albums)
        column.addWidget(self.tags)
        column.addStretch(1)
        column.addWidget(self.fold)

    def _connect(self) -> None:
        self.stars.given.connect(self.stars_given)
        self.picture.clicked.connect(self.opened)
        self.family.chosen.connect(self.relative_chosen)
        self._walk.clicked.connect(self.family_requested)
        self.facts.copied.connect(self.copied)
        self.everything.copied.connect(self.copied)
        self.copy_all.clicked.connect(self._copy_all)
        self.edit.editingFinished.connect(self._finish_rename)
        for kind, labels in (("album", self.albums), ("tag", self.tags)):
            labels.requested.connect(
                lambda point, kind=kind: self.labels_requested.emit(kind, point)
            )

    def _measure(self) -> None:
        for button in (self.use, self.change, self.more):
            button.setFixedHeight(self._theme.px(ACT))

    @property
    def details(self) -> PictureDetails | None:
        """What is shown."""
        return self._details

    @property
    def needed(self) -> int:
        """How wide it must be so that nothing is cut."""
        return self._body.minimumSizeHint().width() + self._area.verticalScrollBar().width()

    def show_none(self) -> None:
        """Say what would be here."""
        self._say(_("Choose a picture to see how it was made."))

    def show_several(self, cells: int, pictures: int) -> None:
        """Say how many are chosen."""
        words = ngettext("{n} chosen", "{n} chosen", cells).format(n=f"{cells:,}")
        if pictures > cells:
            more = ngettext("{n} picture", "{n} pictures", pictures).format(n=f"{pictures:,}")
            words = f"{words} · {more}"
        self._say(
            f"{words}\n\n" + _("Digits give stars to all of them, Delete moves all to the trash.")
        )

    def _say(self, words: str) -> None:
        self._details = None
        self._none.setText(words)
        self._none.show()
        self._one.hide()

    def show_soon(self, title: str, image: QImage | None) -> None:
        """Show what is known at once of another picture; the rest is read."""
        self._leave_rename()
        self._details = None
        self._none.hide()
        self._one.show()
        self.picture.show_image(image, title)
        self.name.setText(title)
        self.name.setToolTip(plain_tip(title))

    def show_making(self, words: str, image: QImage | None) -> None:
        """Show a picture that is in the making: nothing more is known of it yet."""
        self.show_soon(words, image)
        self.about.setText(_("In the making"))
        self.about.setToolTip("")
        self._known.hide()
        self.stars.hide()

    def show_details(self, details: PictureDetails) -> None:
        """Show all that is known of a picture."""
        self._details = details
        self._none.hide()
        self._one.show()
        self._known.show()
        self.stars.show()
        title = title_of(details)
        self.name.setText(title)
        self.name.setToolTip(plain_tip(f"{title}\n{details.path.name}"))
        self.show_stars(details.stars)
        task = next((fact.value for fact in details.facts if fact.name == _("Task")), "")
        said = [_(TASKS[one]) for one in task.split() if one in TASKS]
        tool = () if details.foreign is None else (details.foreign.tool,)
        self.about.setText(" · ".join(filter(None, (made(details.made_ms), *said, *tool))))
        self.about.setToolTip(plain_tip(self.about.text()))
        shown = (
            details.words if len(details.words) <= MOST_WORDS else details.words[:MOST_WORDS] + "…"
        )
        if details.negative:
            shown = f"{shown}\n− {details.negative[:MOST_WORDS]}"
        self.words.setText(shown)
        room = self.name.fontMetrics().horizontalAdvance(title) > self.name.width()
        asked = bool(details.request or details.foreign) and title == " ".join(
            details.words.split()
        )
        self.words.setVisible(bool(details.negative) or (asked and room))
        self.unread.setText(details.broken or details.unread)
        self.unread.setVisible(bool(self.unread.text()))
        says = details.request or details.foreign or self.unread.text()
        self._silent.setVisible(not says)
        self.use.setVisible(bool(details.request or details.foreign))
        self._show_family(details)
        self.facts.show_facts(first_facts(details.facts, of_others=details.foreign is not None))
        self.everything.show_facts(details.facts)
        count = len(details.facts)
        self.fold.set_summary(ngettext("{n} value", "{n} values", count).format(n=count))
        for labels, names in ((self.albums, details.albums), (self.tags, details.tags)):
            labels.show_names(names)
            labels.setVisible(bool(names))

    def show_stars(self, stars: int) -> None:
        """Show how many stars it has now."""
        self.stars.setValue(stars)

    def complete(self, image: QImage) -> None:
        """Show all of the picture's pixels."""
        self.picture.show_image(image, self.name.text())

    def refresh_images(self) -> None:
        """Paint thumbnails that came."""
        self.family.refresh()

    def begin_rename(self) -> None:
        """Let the file's name be typed."""
        if self._details is not None:
            self.edit.setText(self._details.path.stem)
            self.name.hide()
            self.edit.show()
            self.edit.selectAll()
            self.edit.setFocus()

    def _finish_rename(self) -> None:
        if self.edit.isHidden():
            return
        name, before = self.edit.text().strip(), self._details
        self._leave_rename()
        if before is not None and name and name != before.path.stem:
            self.renamed.emit(name)

    def _leave_rename(self) -> None:
        if not self.edit.isHidden():
            self.edit.hide()
            self.name.show()

    def escape(self) -> bool:
        """Leave the field of the name as it was; whether there was one."""
        was = not self.edit.isHidden()
        self._leave_rename()
        return was

    def _copy_all(self) -> None:
        if self._details is not None:
            self.copied.emit(self._details.as_text)

    def _show_family(self, details: PictureDetails) -> None:
        there = bool(details.parents or details.children)
        self._family_part.setVisible(there)
        if not there:
            return
        self.family.show_family(
            relatives(details.parents),
            Relative(details.id, _("this picture")),
            relatives(details.children),
            self._image_of,
        )
        self._kinship.setText(kinship(details))


class _Picture(QWidget):
    """The picture, as large as the panel is wide; a click shows it larger."""

    clicked = Signal()

    def __init__(self, theme: Theme) -> None:
        super().__init__()
        self._theme = theme
        self._copies: ImagePyramid | None = None
        self.setCursor(Qt.CursorShape.PointingHandCursor)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.setToolTip(_("Look at it (Space)"))

    def show_image(self, image: QImage | None, title: str) -> None:
        """Show another picture, or a better copy of it."""
        self._copies = None if image is None or image.isNull() else ImagePyramid(image)
        self.setAccessibleName(title)
        self.update()

    @override
    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        if self.height() != self.width():
            self.setFixedHeight(self.width())

    @override
    def sizeHint(self) -> QSize:
        return QSize(264, 264)

    @override
    def minimumSizeHint(self) -> QSize:
        return QSize(96, 96)

    @override
    def mouseReleaseEvent(self, event: object) -> None:
        self.clicked.emit()

    @override
    def paintEvent(self, event: QPaintEvent) -> None:
        painter, theme = QPainter(self), self._theme
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform)
        room = QRectF(self.rect())
        if self._copies is None:
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(theme.colour("well"))
            painter.drawRoundedRect(room, RADIUS, RADIUS)
            return
        size = self._copies.image.size().toSizeF()
        size.scale(room.size(), Qt.AspectRatioMode.KeepAspectRatio)
        place = QRectF(0, 0, round(size.width()), round(size.height()))
        place.moveCenter(room.center())
        paint_shadow(painter, theme.tokens, place, RADIUS)
        shape = QPainterPath()
        shape.addRoundedRect(place, RADIUS, RADIUS)
        painter.setClipPath(shape)
        wide = round(place.width() * self.devicePixelRatioF())
        painter.drawPixmap(place, self._copies.pixmap(wide, smooth=True), QRectF())
        painter.setClipping(False)
        if theme.tokens.name == "contrast":
            painter.setPen(QPen(theme.colour("line"), 1))
            painter.drawPath(shape)


class _Labels(QWidget):
    """Albums or tags of a picture, and the way to others."""

    requested = Signal(QPoint)

    def __init__(self, theme: Theme, title: str) -> None:
        super().__init__()
        self._names = ElidedLabel("quiet")
        self.button = _link(
            _("Change"), _("{what}: add some, or take them away").format(what=title)
        )
        self.button.setAccessibleName(f"{title}: {_('Change')}")
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 2, 0, 2)
        row.setSpacing(8)
        row.addWidget(label(title))
        row.addWidget(self._names, 1)
        row.addWidget(self.button)
        self.button.clicked.connect(self._ask)

    def show_names(self, names: Sequence[str]) -> None:
        """Show which it has."""
        self._names.setText(", ".join(names) if names else "–")
        self._names.setToolTip(plain_tip(", ".join(names)))

    def _ask(self) -> None:
        self.requested.emit(self.button.mapToGlobal(QPoint(0, self.button.height() + 4)))


def title_of(details: PictureDetails) -> str:
    """Return what a picture is called: its words, or what it was mixed or varied from."""
    record = details.record
    meaning = None if record is None else record.request.conditioning_of(record.index)
    if isinstance(meaning, Mix | ImagePrompt | ImageEmbedding):
        return title_of_meaning(meaning)
    return " ".join(details.words.split())


def relatives(kin: Sequence[Kin]) -> list[Relative]:
    """Return relatives as they are shown: those of one request as one, whatever their number."""
    return [Relative(one.ids[0] if one.ids else None, one.title) for one in kin]


def kinship(details: PictureDetails) -> str:
    """Say in a few words what the family is."""
    made_from, led_to = len(details.parents), len(details.children)
    if made_from:
        names = {1: _("made from one"), 2: _("made from two"), 3: _("made from three")}
        return names.get(made_from, _("made from {n}").format(n=made_from))
    return ngettext("{n} came of it", "{n} came of it", led_to).format(n=led_to)


def first_facts(facts: Sequence[Fact], *, of_others: bool = False) -> list[Fact]:
    """Return the lines that are seen first; of other programs' pictures some more."""
    wanted = [_("Model"), _("Size"), _("Seed"), _("Steps")]
    if of_others:
        wanted += [_("Guidance"), _("Scheduler")]
    found = {fact.name: fact for fact in reversed(facts)}
    return [found[name] for name in wanted if name in found] or list(facts[:FIRST])


def made(made_ms: int) -> str:
    """Return when a picture was made, as people say it."""
    when, short = QDateTime.fromMSecsSinceEpoch(made_ms), QLocale.FormatType.ShortFormat
    time = QLocale().toString(when.time(), short)
    days = when.date().daysTo(QDate.currentDate())
    if days in (0, 1):
        day = _("Today") if days == 0 else _("Yesterday")
    else:
        day = QLocale().toString(when.date(), QLocale.FormatType.ShortFormat)
    return f"{day}, {time}"


def _link(words: str, tip: str) -> QPushButton:
    button = QPushButton(words)
    button.setProperty("role", "link")
    button.setToolTip(tip)
    button.setCursor(Qt.CursorShape.PointingHandCursor)
    return button
