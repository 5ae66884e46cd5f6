"""What can be done with a picture, wherever it is shown: by its menu, its buttons and its keys."""

import os
from collections.abc import Callable, Iterable
from functools import partial
from pathlib import Path

from PySide6.QtCore import QLocale, QObject, Signal
from PySide6.QtGui import QGuiApplication, QImage
from PySide6.QtWidgets import QApplication, QWidget

from kandinsky_desktop.domain.catalog import Size
from kandinsky_desktop.domain.conditioning import Mix, short_name
from kandinsky_desktop.domain.i18n import N_, _
from kandinsky_desktop.domain.record import Record
from kandinsky_desktop.domain.task import Depth, Img2Img, Inpaint, Outpaint
from kandinsky_desktop.state import recall
from kandinsky_desktop.state.origins import Origin
from kandinsky_desktop.state.pictures import Tile, as_files
from kandinsky_desktop.store.exporting import Exported
from kandinsky_desktop.store.foreign_settings import Metadata
from kandinsky_desktop.ui.action_menu import ActionMenu
from kandinsky_desktop.ui.actions import Refusal, Run, Subject
from kandinsky_desktop.ui.folders import open_file, show_file
from kandinsky_desktop.ui.image_inputs import ImageInputs
from kandinsky_desktop.ui.model_chooser import ModelChooser
from kandinsky_desktop.ui.picture_files import ask_picture
from kandinsky_desktop.ui.room import Shared
from kandinsky_desktop.ui.saving import Saving

UNKNOWN = N_("How this picture was made is not known.")
NO_MEANING = N_("The picture itself lies on the board: it does not carry its meaning with it.")
SI = QLocale.DataSizeFormat.DataSizeSIFormat


class PictureActions(QObject):
    """Does the actions whose subject is a picture."""

    room_requested = Signal(str)  # the name of the room where what was done is seen
    words_requested = Signal()  # are to be typed now

    def __init__(
        self, shared: Shared, inputs: ImageInputs, models: ModelChooser, parent: QWidget
    ) -> None:
        super().__init__(parent)
        self._state, self._actions = shared.state, shared.actions
        self._inputs, self._models, self._texts = inputs, models, shared.texts
        self._saving = Saving(shared.theme, shared.state.exporter, parent)
        self._awaited: Path | None = None  # a fusion to be used again once it is looked at
        self._with_seeds = True  # whether the seeds of what is used again are taken over, too
        self._taken_at: float | None = None  # when settings were taken over last
        self._board_taken_at: float | None = None  # likewise a board, if it can be undone with them
        self._state.viewer.record_changed.connect(self._on_record)
        self._actions.offered.connect(self._state.origins.want)
        self._state.origins.known.connect(lambda _path: self._actions.refresh())
        self._state.draft.changed.connect(self._on_changed)
        self._state.board_editor.changed.connect(self._on_changed)
        self._state.exporter.exported.connect(self._tell_saved)
        self._state.exporter.refused.connect(self._texts.notify_refused)
        variations, bind = self._state.variations, self._actions.bind
        lacks = self._state.draft.lacks
        bind("use_again", self._use_again, self._unknown)
        bind("use_all_but_seeds", partial(self._use_again, seeds=False), self._unknown)
        bind("use_words", partial(self._use_part, self._take_words), self._no_words)
        bind("use_size", partial(self._use_part, self._take_size), self._no_size)
        bind("open_with", open_file)

        def bind_edit(name: str, run: Run, lacking: Refusal) -> None:
            bind(name, run, lambda path: self._unreadable(path) or lacking(path))

        bind_edit("start_from", self._start_from, lambda path: lacks(task=Img2Img(path=path)))
        bind_edit("fill", self._fill, lambda path: lacks(task=Inpaint(path=path, masks=(path,))))
        bind_edit("expand", self._expand, lambda path: lacks(task=Outpaint(path=path, left=8)))
        bind_edit("follow_depth", self._follow_depth, self._cannot_follow)
        bind("choose_start", self._choose_start)
        bind("lay_embedding", self._lay_embedding, self._cannot_embed)
        bind("vary", lambda path: variations.vary(path, "strongly"), self._unread)
        bind("vary_subtly", lambda path: variations.vary(path, "subtly"), self._unread)
        bind("enlarge", variations.enlarge, self._unread)
        bind("copy", self._copy)
        bind("save_as", self._save_as, self._unreadable)
        bind("show_folder", show_file)
        self._actions.guard(Subject.PICTURE, self._absent)
        bind("delete", self._state.trashing.delete, self._is_needed)

    def menu(self, path: Path, parent: QWidget, *, silent: Iterable[str] = ()) -> ActionMenu:
        """Return what can be done with a picture. It goes when it is closed."""
        menu = self._actions.menu(parent)
        self._actions.fill_picture(menu, path, silent=silent)
        return menu

    def _origin(self, path: Path) -> Origin | None:
        """Return what a picture says of how it was made; None: that is not read yet."""
        viewer = self._state.viewer
        on_stage = viewer.origin if path == viewer.path else None
        return on_stage or self._state.origins.of(path)

    def _unread(self, path: Path) -> str:
        """Return why a picture cannot be painted anew, as far as it is read."""
        origin = self._origin(path)
        if origin is None:
            return ""
        if origin.is_ours:
            return self._state.variations.lacks(origin.model)
        if origin.has_settings and not origin.problem:
            return _("It was made by another program: use its settings again instead.")
        return origin.problem or origin.too_new or _(UNKNOWN)

    def _unknown(self, path: Path) -> str:
        """Return why the settings of a picture cannot be used, as far as it is read."""
        origin = self._origin(path)
        if origin is None or origin.has_settings:
            return ""
        return origin.problem or origin.too_new or _(UNKNOWN)

    def _no_words(self, path: Path) -> str:
        origin = self._origin(path)
        silent = origin is not None and not origin.has_words
        return self._unknown(path) or (_("It says no words.") if silent else "")

    def _no_size(self, path: Path) -> str:
        origin = self._origin(path)
        silent = origin is not None and not origin.has_size
        return self._unknown(path) or (_("It does not say its size.") if silent else "")

    def _unreadable(self, path: Path) -> str:
        origin = self._origin(path)
        return "" if origin is None else origin.problem

    def _cannot_embed(self, path: Path) -> str:
        model, origin = self._state.draft.model, self._origin(path)
        if model is not None and not model.can("embeddings"):
            return model.refusal("embeddings")
        if origin is None or origin.has_embedding:
            return ""
        return origin.problem  # else the picture itself is laid

    def _absent(self, path: Path) -> str:
        """Return that a picture's file is not there, as a sentence, and see to its tile."""
        if os.path.lexists(path):
            return ""
        self._state.outside.look()
        words = _("“{name}” is not there any more: it was moved, renamed or deleted elsewhere.")
        return words.format(name=short_name(path))

    def _is_needed(self, path: Path) -> str:
        """Return which job cannot be painted without the file, as a sentence."""
        for entry in self._state.job_queue.jobs.entries:
            if path in entry.job.request.files:
                words = _(
                    "“{title}” in the queue needs this picture: let it be painted or take it out"
                    " first."
                )
                return words.format(title=entry.job.title)
        return ""

    def _use_part(self, take: Callable[[Record | Metadata], str], path: Path) -> None:
        """Take over a part of how a picture was made once that is read, and offer to undo it."""

        def read(record: Record | Metadata) -> None:
            draft = self._state.draft
            before = draft.changed_at
            with draft.one_step(_("Use again")):
                words = take(record)
            self.room_requested.emit("create")
            self._taken_at = draft.changed_at
            self._texts.notify_taken(words, draft.undo if draft.changed_at != before else None)

        self._state.variations.read(path, read)

    def _take_words(self, record: Record | Metadata) -> str:
        if isinstance(record, Metadata):
            taken = recall.apply_words(self._state.draft, record)
            return _("Its words are taken over") if taken else _("It says no words")
        if not record.words:
            return _("It says no words")
        self._state.draft.set(
            prompt=record.words,
            negative_prior=record.request.negative_prior,
            negative_decoder=record.words_away,
        )
        return _("Its words are taken over")

    def _take_size(self, record: Record | Metadata) -> str:
        draft = self._state.draft
        if isinstance(record, Record):
            sampling = record.request.sampling
            draft.set_size(Size(sampling.width, sampling.height))
        elif not recall.apply_size(draft, record):
            return _("It does not say its size")
        return _("Its size is taken over")

    def _use_again(self, path: Path, *, seeds: bool = True) -> None:
        """Take over how a picture was made once that is read.

        A fusion is looked at, so that its board is read; else what is on the stage stays there.
        """
        viewer, self._with_seeds = self._state.viewer, seeds
        if viewer.path == path and viewer.record is not None:
            self._take_over(viewer.record)
            return

        def take(record: Record | Metadata) -> None:
            if isinstance(record, Metadata):
                self._take_foreign(record)
            elif isinstance(record.request.conditioning_of(record.index), Mix):
                self._awaited = path
                viewer.show_tile(Tile(path=path))
                self._on_record(viewer.record)
            else:
                self._take_over(record)

        self._state.variations.read(path, take)

    def _on_record(self, record: Record | None) -> None:
        if self._awaited != self._state.viewer.path:
            self._awaited = None  # another one was chosen meanwhile
        elif record is not None:
            self._awaited = None
            self._take_over(record)

    def _take_over(self, record: Record) -> None:
        """Take over how a picture was made, say so, and offer to undo it."""
        draft, board = self._state.draft, self._state.board_editor
        before, board_before = draft.changed_at, board.changed_at
        with draft.one_step(_("Use again")):
            self._models.use(record.model)
            sampling = draft.values.sampling
            draft.apply_record(record)
            if not self._with_seeds:
                draft.set_sampling(prior_seed=sampling.prior_seed, seed=sampling.seed)
        is_mix = isinstance(record.request.conditioning_of(record.index), Mix)
        if is_mix:
            self._state.board_library.open_for_viewed()
        self.room_requested.emit("fusion" if is_mix else "create")
        words = _("Settings taken over")
        if draft.model is not None and draft.model.name != record.model:
            words = _("Settings taken over, for {model}: {other} is not here").format(
                model=draft.model.profile.title, other=record.model
            )
        changed = [
            one
            for one, at in ((draft, before), (board, board_before))
            if one.changed_at != at  # what is as it was has no step to undo
        ]
        self._taken_at = draft.changed_at
        self._board_taken_at = board.changed_at if board in changed else None

        def undo() -> None:
            self._board_taken_at = None
            for one in changed:
                one.undo()

        self._texts.notify_taken(words, undo if changed else None)

    def _take_foreign(self, metadata: Metadata) -> None:
        """Take over what another program has the same setting for, and say what is left out."""
        draft = self._state.draft
        before = draft.changed_at
        with draft.one_step(_("Use again")):
            self._models.use(metadata.model)
            left = recall.apply_foreign(draft, metadata, seeds=self._with_seeds)
        self.room_requested.emit("create")
        words = _("Settings of {tool} taken over").format(tool=metadata.tool or _("its file"))
        if left:
            words = f"{words}. " + _("Not taken over: {what}.").format(what=", ".join(left))
        self._taken_at = draft.changed_at
        self._texts.notify_taken(words, draft.undo if draft.changed_at != before else None)

    def _on_changed(self) -> None:
        """Withdraw the offer to undo once something else was changed."""
        board, board_at = self._state.board_editor, self._board_taken_at
        moved = board_at is not None and board.changed_at != board_at
        if moved or self._state.draft.changed_at != self._taken_at:
            self._board_taken_at = None
            self._texts.withdraw_taken()

    def _cannot_follow(self, path: Path) -> str:
        return self._state.draft.lacks(depth=Depth(path=path)) or self._inputs.cannot_estimate

    def _start_from(self, path: Path) -> None:
        self._inputs.start_from(path)
        self.words_requested.emit()

    def _fill(self, path: Path) -> None:
        self._state.canvas.open(path)
        self.room_requested.emit("canvas")

    def _expand(self, path: Path) -> None:
        self._inputs.expand(path)

    def _follow_depth(self, path: Path) -> None:
        self._inputs.follow_depth(path)
        self.words_requested.emit()

    def _choose_start(self) -> None:
        folder = self._state.preferences.pictures
        chosen = ask_picture(QApplication.activeWindow(), _("Start from a picture"), folder)
        if chosen is not None:
            self._start_from(chosen)

    def _lay_embedding(self, path: Path) -> None:
        def lay(origin: Origin) -> None:
            if origin.has_embedding or origin.problem:
                self._state.board_editor.add_embedding(path)
            else:
                self._state.board_editor.add_files((path,))
                self._texts.notify_done(_(NO_MEANING))

        self._state.origins.look_into(path, lay)
        self.room_requested.emit("fusion")

    def _copy(self, path: Path) -> None:
        data = as_files([path])
        image = self._image_of(path)
        if image is not None:
            data.setImageData(image)
        QGuiApplication.clipboard().setMimeData(data)
        self._texts.notify_done(_("Copied"))

    def _save_as(self, path: Path) -> None:
        self._saving.ask(path, self._image_of(path) or self._state.gallery.thumbnails.get(path))

    def _tell_saved(self, told: Exported) -> None:
        words = _("Saved: {name} · {size}").format(
            name=told.path.name, size=QLocale().formattedDataSize(told.size_bytes, 0, SI)
        )
        self._texts.notify_done(
            " ".join((f"{words}.", *told.remarks)) if told.remarks else words,
            _("Show in folder"),
            partial(show_file, told.path),
        )

    def _image_of(self, path: Path) -> QImage | None:
        """Return a picture that is on the stage; None if it is not, or not yet."""
        shown = (one.image for one in self._state.viewer.images if one.path == path)
        return next(shown, None)
