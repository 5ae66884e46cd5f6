"""The forms for start and meaning together, and what passes between them and the state."""

from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Qt, QTimer, Signal
from PySide6.QtWidgets import QScrollArea, QWidget

from kandinsky_desktop.domain.conditioning import ImageEmbedding, ImagePrompt
from kandinsky_desktop.domain.i18n import _
from kandinsky_desktop.domain.picture_kinds import SAVED_MEANING
from kandinsky_desktop.domain.task import NOWHERE, Img2Img, Inpaint, Outpaint, TextToImage
from kandinsky_desktop.state.app_state import AppState
from kandinsky_desktop.state.draft import STARTS, Part, PictureAndPrompt
from kandinsky_desktop.state.thumbnails import MaskThumbnail, Subject
from kandinsky_desktop.store import pictures
from kandinsky_desktop.ui.conditioning_panel import ConditioningPanel
from kandinsky_desktop.ui.drop_overlay import Place
from kandinsky_desktop.ui.image_drop_target import DropSection, ImageDropTarget
from kandinsky_desktop.ui.inspector import Inspector
from kandinsky_desktop.ui.mime import DroppedImages
from kandinsky_desktop.ui.task_panel import TaskPanel
from kandinsky_desktop.ui.theme import Theme

if TYPE_CHECKING:
    from kandinsky_desktop.ui.drop_acts import Offer


class ImageInputs(QObject):
    """Wires the forms to the draft. A picture is read before it is taken."""

    refused = Signal(str)  # why something was not done
    remarked = Signal(str)  # what a person may not expect of what was done
    cleared = Signal(str, object)  # what was taken out, and a call that puts it back
    fit_offered = Signal(str, object)  # that a mask has another size; a call that stretches it

    def __init__(self, theme: Theme, state: AppState, inspector: Inspector) -> None:
        super().__init__()
        self._draft, self._image_import, self._models = (
            state.draft,
            state.image_import,
            state.models,
        )
        self.start, self.meaning = TaskPanel(theme), ConditioningPanel(theme)
        self._made_elsewhere = False  # whether the room makes its own conditioning
        self.task_section = DropSection(theme, _("Start from"), self.start)
        self.conditioning_section = DropSection(theme, _("Meaning"), self.meaning)
        inspector.add_shared_section(self.task_section)
        inspector.add_shared_section(self.conditioning_section)
        self._connect()
        self.show_draft()

    def show_conditioning(self, on: bool) -> None:
        """Show the form of the conditioning, or hide it where a room makes its own."""
        self._made_elsewhere = not on
        self._show_meaning()

    @property
    def cannot_estimate(self) -> str:
        """Why the depth of a picture cannot be estimated, as a sentence; empty if it can."""
        return "" if self._models.available.estimators else self.start.lacking

    def show_task(self, on: bool) -> None:
        """Show the form for what pictures start from, or hide it where a room makes its own."""
        self.task_section.setVisible(on)

    def start_from(self, path: Path) -> None:
        """Start from a picture as a whole, and show that."""
        self._image_import.import_file(path, partial(self._start_here, kind=Img2Img))

    def use_meaning(self, path: Path) -> None:
        """Let the meaning be a picture's, and show that."""
        reason = self._draft.lacks(image_conditioning=ImagePrompt(path))
        if reason:
            self.refused.emit(reason)
        else:
            self._image_import.import_file(path, self._mean_this)

    def expand(self, path: Path) -> None:
        """Paint on beyond a picture's edges, and go to where it is said how far."""
        self._begin(path, Outpaint, self.start.rows[Outpaint])

    def follow_depth(self, path: Path) -> None:
        """Follow the estimated depth of a picture, and show that."""

        def follow(path: Path) -> None:
            self._draft.follow_depth_of(path)
            self.task_section.set_open(True)

        self._image_import.import_file(path, follow)

    def _begin(self, path: Path, kind: type, then: QWidget) -> None:
        def begin(path: Path) -> None:
            self._start_here(path, kind)
            focus_first(then)

        self._image_import.import_file(path, begin)

    def places(self, offer: "Offer") -> list[Place]:
        """Return the wells that can be seen, and the folds that take pictures while closed."""
        if offer.carried.words:
            return []
        start, meaning, words = self.start, self.meaning, _("Start from this")
        wells: tuple[tuple[str, str, QWidget, Callable[[Path], None]], ...] = (
            ("start_well", words, start.picture, self._start_here),
            ("mask_well", _("Use it as the mask"), start.mask_target, self._put_mask),
            ("depth_well", _("Follow its depth"), start.map, partial(self._put, "depth")),
            ("meaning_well", _("Use its meaning"), meaning.picture, self._mean_this),
            ("away_well", _("Lead away from it"), meaning.away, partial(self._put, "negative")),
        )
        folds: tuple[tuple[str, str, QWidget, Callable[[Path], None]], ...] = (
            ("start_fold", words, self.task_section, self._start_here),
            ("meaning_fold", _("Use its meaning"), self.conditioning_section, self._mean_this),
        )
        seen = [one for one in wells if one[2].isVisible()]
        seen += [one for one in folds if not any(one[2].isAncestorOf(well[2]) for well in seen)]
        return [
            Place(name, said, "image", widget, partial(self._take, widget, put=put), through=True)
            for name, said, widget, put in seen
        ]

    def show_draft(self) -> None:
        """Show what is set now."""
        draft, model = self._draft, self._draft.model
        values, start = draft.values, self.start
        features = frozenset[str]() if model is None else model.features
        start.show_task(values.task, old_noise="old noise" in features)
        estimators = self._models.available.estimators
        start.show_depth(
            values.depth,
            can="depth" in features,
            estimator=estimators[0] if estimators else None,
        )
        self.task_section.set_summary(start.summary(values.task, values.depth))
        self.meaning.show_draft(values, anchors="decoder prompt" in features)
        self.conditioning_section.set_summary(self.meaning.summary(values))
        self._show_pictures()

    def show_model(self) -> None:
        """Offer what the model in use can do."""
        self._show_meaning()
        somewhere = Path("?")
        for kind in (ImagePrompt, PictureAndPrompt, ImageEmbedding):
            self.meaning.kind.allow(kind, self._draft.lacks(image_conditioning=kind(somewhere)))
        for away in (ImagePrompt(somewhere), ImageEmbedding(somewhere)):
            self.meaning.away_kind.allow(type(away), self._draft.lacks(negative=away))
        self.show_draft()

    def _show_meaning(self) -> None:
        """Show the form of the meaning where there is a choice: not with words alone."""
        model = self._draft.model
        led = model is None or model.can("embeddings")
        self.conditioning_section.setVisible(led and not self._made_elsewhere)

    def _connect(self) -> None:
        draft, start, meaning = self._draft, self.start, self.meaning
        start.kind_chosen.connect(draft.set_task_kind)
        start.edited.connect(partial(draft.set_in_part, "task"))
        start.depth_requested.connect(draft.follow_depth)
        start.depth_edited.connect(partial(draft.set_in_part, "depth"))
        meaning.kind_chosen.connect(draft.set_conditioning_kind)
        meaning.negative_kind_chosen.connect(draft.set_negative_kind)
        meaning.strength_edited.connect(partial(draft.set_in_part, "image_conditioning"))
        meaning.edited.connect(draft.set_option)
        meaning.anchors.left.connect(draft.finish_edit)
        draft.edit_finished.connect(meaning.anchors.forget_undo)
        draft.changed.connect(self.show_draft)
        draft.model_changed.connect(self.show_model)
        self._models.found.connect(self.show_draft)
        self._image_import.thumbnail_loaded.connect(self._show_pictures)
        self._image_import.refused.connect(self.refused)
        self._image_import.remarked.connect(self.remarked)
        self._image_import.fit_offered.connect(self._offer_fit)
        self._fill(start.picture, partial(self._put, "task"), "task")
        self._fill(start.map, partial(self._put, "depth"), "depth")
        self._fill(meaning.picture, partial(self._put, "image_conditioning"), "image_conditioning")
        self._fill(meaning.away, partial(self._put, "negative"), "negative")
        self.task_section.images_received.connect(
            lambda dropped: self._take(None, dropped, self._start_here)
        )
        self.conditioning_section.images_received.connect(self._take_meaning)
        self._fill(start.mask_target, self._put_mask, "task")

    def _fill(self, target: ImageDropTarget, put: Callable[[Path], None], part: Part) -> None:
        """Put into the draft what is dropped into a well, and take it out again."""
        target.images_received.connect(lambda dropped: self._take(target, dropped, put))
        target.cleared.connect(lambda: self._clear(part, put))

    def _take(
        self, target: QWidget | None, dropped: DroppedImages, put: Callable[[Path], None]
    ) -> None:
        values = self._draft.values
        load: Callable[[Path], None] = partial(self._image_import.import_file, then=put)
        if target is self.start.mask_target and isinstance(values.task, Inpaint):
            load = partial(self._image_import.import_mask, then=put, task=values.task)
        if dropped.paths and _is_meaning(dropped.paths[0]):
            put(dropped.paths[0])  # no picture: the engine reads it
        elif dropped.paths:
            load(dropped.paths[0])
        elif dropped.images:
            self._image_import.import_image(dropped.images[0], load)
        elif dropped.boards or dropped.requests:
            self.refused.emit(_("That is no picture: drop it on the stage to open it."))
        else:
            refused = dropped.refused or (_("Words are no picture: type them below."),)
            self.refused.emit(" ".join(refused))

    def _take_meaning(self, dropped: DroppedImages) -> None:
        reason = self._draft.lacks(image_conditioning=ImagePrompt(Path("?")))
        if reason:
            self.refused.emit(reason)
        else:
            self._take(None, dropped, self._mean_this)

    def _clear(self, part: Part, put: Callable[[Path], None]) -> None:
        held = getattr(self._draft.values, part)
        put(NOWHERE)
        self.cleared.emit(
            _("The picture was taken out."), lambda: self._draft.set_option(part, held)
        )

    def _put(self, part: Part, path: Path) -> None:
        with self._draft.one_step(_("Picture")):
            self._draft.set_picture(part, path)
            if part in ("task", "depth"):
                self._shape_as(path)
        self._check_mask()

    def _shape_as(self, path: Path) -> None:
        """Use the aspect ratio of the start picture, where it would be cropped otherwise."""
        start, size = self._draft.values.task, self._image_import.size_of(path)
        if size is not None and isinstance(start, TextToImage | Img2Img):
            self._draft.set_shape(size)

    def _put_mask(self, path: Path) -> None:
        self._draft.set_masks(() if path == NOWHERE else (path,))

    def _check_mask(self) -> None:
        """Offer to stretch the mask that is there, if it does not fit a picture that came later."""
        task = self._draft.values.task
        if isinstance(task, Inpaint) and task.path != NOWHERE and not task.fit_mask:
            for mask in task.masks[:1]:
                self._image_import.check_mask(mask, task)

    def _offer_fit(self, path: Path, sentence: str) -> None:
        def fit() -> None:
            with self._draft.one_step(_("Mask")):
                self._draft.set_in_part("task", "fit_mask", True)
                self._draft.set_masks((path,))

        self.fit_offered.emit(sentence, fit)

    def _start_here(self, path: Path, kind: type | None = None) -> None:
        with self._draft.one_step(_(STARTS[kind or Img2Img])):
            self._draft.start_from(path, kind)
            self._shape_as(path)
        self._check_mask()
        self.task_section.set_open(True)

    def _mean_this(self, path: Path) -> None:
        self._draft.take_meaning(path)
        self.conditioning_section.set_open(True)

    def _show_pictures(self) -> None:
        shown = [(target, path, self._subject(target, path)) for target, path in self._shown()]
        subjects = (subject for _target, _path, subject in shown)
        self._image_import.request_thumbnails(one for one in subjects if one is not None)
        for target, path, subject in shown:
            image = None if subject is None else self._image_import.image_of(subject)
            target.show_picture(path, image)

    def _subject(self, target: ImageDropTarget, path: Path) -> Subject | None:
        """Return what the thumbnail in a target is to show: of a mask how it is used."""
        task = self._draft.values.task
        if path == NOWHERE or path.suffix.lower() in SAVED_MEANING.endings:
            return None
        if target is self.start.mask_target and isinstance(task, Inpaint):
            return MaskThumbnail(path, task.path if task.fit_mask else NOWHERE)
        return path

    def _shown(self) -> tuple[tuple[ImageDropTarget, Path], ...]:
        values = self._draft.values
        masks = values.task.masks if isinstance(values.task, Inpaint) else ()
        return (
            (self.start.picture, getattr(values.task, "path", NOWHERE)),
            (self.start.mask_target, masks[0] if masks else NOWHERE),
            (self.start.map, NOWHERE if values.depth is None else values.depth.path),
            (
                self.meaning.picture,
                NOWHERE if values.image_conditioning is None else values.image_conditioning.path,
            ),
            (self.meaning.away, getattr(values.negative, "path", NOWHERE)),
        )


def _is_meaning(path: Path) -> bool:
    try:
        return pictures.kind_of(path) is SAVED_MEANING
    except OSError:
        return False


def focus_first(widget: QWidget) -> None:
    """Give the focus to a control or to the first one within, once it is laid out, and show it."""
    tab = Qt.FocusPolicy.TabFocus
    within = [one for one in widget.findChildren(QWidget) if one.focusPolicy() & tab]
    first = widget if widget.focusPolicy() & tab or not within else within[0]

    def focus() -> None:
        first.setFocus(Qt.FocusReason.TabFocusReason)
        above = first.parentWidget()
        while above is not None:
            if isinstance(above, QScrollArea):
                above.ensureWidgetVisible(first)
            above = above.parentWidget()

    QTimer.singleShot(0, first, focus)
