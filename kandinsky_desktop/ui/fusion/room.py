"""The fusion room: board, panel and bar together, and what passes between them and the state."""

from collections.abc import Callable
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

from PySide6.QtCore import QObject, QPoint, QPointF, Qt
from PySide6.QtGui import QAction, QDrag, QPixmap
from PySide6.QtWidgets import QApplication, QFileDialog

from kandinsky_desktop.domain.board import Board
from kandinsky_desktop.domain.conditioning import ImagePrompt, Mix, Prompt, Series
from kandinsky_desktop.domain.errors import InvalidRequest
from kandinsky_desktop.domain.i18n import N_, _, ngettext
from kandinsky_desktop.domain.model import Model
from kandinsky_desktop.domain.request import Paint
from kandinsky_desktop.domain.typing_compat import override
from kandinsky_desktop.state.filmstrip import Export
from kandinsky_desktop.state.pictures import Tile, as_files
from kandinsky_desktop.ui.action_menu import ActionMenu
from kandinsky_desktop.ui.actions import Focus, Subject, nothing
from kandinsky_desktop.ui.controls import CollapsibleSection
from kandinsky_desktop.ui.drop_acts import Offer
from kandinsky_desktop.ui.drop_overlay import Place
from kandinsky_desktop.ui.fusion.bar import FusionBar
from kandinsky_desktop.ui.fusion.board import BoardView, stepped
from kandinsky_desktop.ui.fusion.filmstrip import FilmstripPanel
from kandinsky_desktop.ui.fusion.panel import CARD_CHANGES, FusionPanel
from kandinsky_desktop.ui.fusion.result_grid import number_at, together
from kandinsky_desktop.ui.fusion.stage import FusionStage
from kandinsky_desktop.ui.mime import DroppedImages
from kandinsky_desktop.ui.picture_files import ask_pictures
from kandinsky_desktop.ui.room import Room, Shared
from kandinsky_desktop.ui.save_target import ask_target

STEP = 0.05  # of a weight, by keys
DRAGGED = 96  # side of the picture under the cursor


class FusionRoom(Room):
    """Mixes pictures and words on a board."""

    name = "fusion"
    title = N_("Fusion")
    icon = "blend"
    keys = ("Ctrl+3",)
    makes_conditioning = True
    silent = ("delete",)  # Del takes a card away

    def __init__(self, shared: Shared, parent: QObject | None = None) -> None:
        super().__init__(shared, parent)
        theme, state, inspector = shared.theme, shared.state, shared.inspector
        self._editor, self._viewer, self._live = (
            state.board_editor,
            state.viewer,
            state.live_preview,
        )
        self._similarities, self._boards = state.similarities, state.board_library
        self._filmstrip, self._preferences = state.filmstrip, state.preferences
        self._length, self._draft = state.embedding_norm, state.draft
        self._result, self._titles = state.board_result, state.card_titles
        self.board = BoardView(theme)
        self.bar: FusionBar = FusionBar(theme)
        self.panel = FusionPanel(theme, shared.actions)
        self.film = FilmstripPanel(theme, state.filmstrip)
        self.stage = FusionStage(theme, self.board, self.film)
        self.tools, self.pills = self.stage.tools, self.stage.pills
        self.widget = self.stage
        self.ask_target: Callable[[Export], Path | None] = self._ask_target
        self.ask_pictures: Callable[[], list[Path]] = self._ask_pictures
        self.more = CollapsibleSection(theme, _("More"), self.panel.more, is_open=False)
        inspector.add_section(self.panel)
        inspector.add_last_section(self.more)
        self._show_sections(False)
        self._bind_actions()
        self._connect_board()
        self._connect_result()
        self._connect_filmstrip()
        self._connect_bar()
        self._show()
        self._show_result()
        self._show_boards()
        self._show_anchors()

    @override
    def refusal(self, model: Model) -> str:
        return "" if model.can("embeddings") else model.refusal("embeddings")

    @override
    def enter(self) -> None:
        self._show_sections(True)
        self._show()
        self._live.set_active(True, empty=not any(self._result.images))

    @override
    def leave(self) -> None:
        self._show_sections(False)
        self._live.set_active(False)

    @override
    def focus(self) -> None:
        if self._editor.board.cards:
            self.board.setFocus()
        else:
            self.focus_words()

    @override
    def focus_words(self) -> None:
        self.bar.words.setFocus()

    @property
    @override
    def picture(self) -> Path | None:
        """The fusion in the middle of the board; while there is none, what was looked at last."""
        return self._result.path or self._viewer.current_path

    @property
    @override
    def problem(self) -> str:
        return self._editor.problem or self._draft.problem_besides

    @override
    def request(self) -> Paint:
        fresh = not self._live.previewed  # what was previewed is what is painted
        return self._editor.request(self._draft.make_request(words=False, fresh=fresh))

    @property
    @override
    def laid(self) -> Board | None:
        return self._editor.board

    @property
    @override
    def changed_at(self) -> float | None:
        return self._editor.changed_at

    @property
    @override
    def undone_at(self) -> float | None:
        return self._editor.undone_at

    @override
    def undo(self) -> None:
        self.board.finish_writing()
        self._editor.undo()

    @override
    def redo(self) -> None:
        self.board.finish_writing()
        self._editor.redo()

    @override
    def places(self, offer: Offer) -> list[Place]:
        def take(dropped: DroppedImages) -> None:
            self._take(dropped, 0)

        words = _("Lay the words on the board")
        if not offer.carried.words:
            words = _("Lay them on the board") if offer.several else _("Lay it on the board")
        places = [Place("board", words, "blend", self.board, take, through=True)]
        found = offer.said.words
        if found is not None and not offer.several:

            def lay_words(dropped: DroppedImages) -> None:
                del dropped
                self._editor.add_words(found.positive)

            places.append(Place("words", _("Lay its words"), "quote", self.board, lay_words))
        elif not offer.carried.words:
            places += offer.acts.said(offer, self.board)
        return places

    @override
    def escape(self) -> bool:
        """Close the film, if it has the focus; else show all of four again."""
        focus = QApplication.focusWidget()
        if not self.film.isVisible() or focus is None or not self.film.isAncestorOf(focus):
            return self._result.show_all()
        self._close_film()
        return True

    @override
    def show_alone(self, alone: bool) -> None:
        """Show the fusion as large as the screen, if there is one; else the board."""
        image = together(self._result.images) if alone else None
        self.stage.show_large(image)
        if not alone:
            self.board.setFocus()

    def _show_sections(self, on: bool) -> None:
        for part in (self.panel, self.more):
            part.setVisible(on)

    def _pick(self, point: QPointF) -> None:
        """Look at one of four alone."""
        number = number_at(point, len(self._result.images))
        if number is not None:
            self._result.open(number)

    def _ask_result_menu(self, point: QPoint) -> None:
        if self._result.path is not None:
            self.menu_requested.emit(self._result.path, point)

    def _ask_frame_menu(self, number: int, point: QPoint) -> None:
        path = self._filmstrip.path(number)
        if path is not None:
            self.menu_requested.emit(path, point)

    def _drag_result(self) -> None:
        """Let the fusion be dragged to wherever pictures are taken."""
        path, image = self._result.path, together(self._result.images)
        if path is None or image is None:
            return
        drag = QDrag(self.board)
        drag.setMimeData(as_files([path]))
        side = self.shared.theme.px(DRAGGED)
        small = image.scaled(
            side,
            side,
            Qt.AspectRatioMode.KeepAspectRatio,
            Qt.TransformationMode.SmoothTransformation,
        )
        drag.setPixmap(QPixmap.fromImage(small))
        drag.exec(Qt.DropAction.CopyAction)

    def _bind_actions(self) -> None:
        actions = self.shared.actions
        for name in CARD_CHANGES:
            actions.bind(name, partial(self._act, name))
        actions.bind("edit_words", self._edit)
        actions.bind("heavier", partial(self._step, STEP))
        actions.bind("lighter", partial(self._step, -STEP))
        actions.bind("measure", self._similarities.measure)
        self._bind_boards()
        for name, pill in (("film", self.pills.film), ("sheet", self.pills.sheet)):
            actions.bind(name, pill.click)
            pill.setToolTip(actions.named(name).tip)
        for widget in (self.board, self.panel.list):
            actions.listen(widget, Focus.CARDS, Subject.CARD, self._card)
            actions.listen(widget, Focus.CARDS, Subject.NOTHING, nothing)
        actions.listen(self.board, Focus.BOARD, Subject.CARD, self._card)
        cards = (Focus.CARDS, Focus.BOARD)  # their keys come first there
        actions.listen(
            self.board,
            Focus.PICTURES,
            Subject.PICTURE,
            lambda: self.picture,
            without={key for one in actions.table if one.focus in cards for key in one.keys},
        )
        actions.listen(self.stage.large, Focus.PICTURES, Subject.PICTURE, lambda: self.picture)
        actions.listen(self.film, Focus.PICTURES, Subject.PICTURE, self._frame)

    def _bind_boards(self) -> None:
        """Let the keys of boards do what their menu does, and the menu show them."""
        actions, menu = self.shared.actions, self.tools.boards
        nameless = _("This board has no name yet: save it under one first.")
        for name, shown, reason in (
            ("new_board", menu.begin, ""),
            ("save_board", menu.save, _("There is nothing to save under the board's name.")),
            ("save_board_as", menu.save_as, _("There is nothing on the board yet.")),
            ("rename_board", menu.rename, nameless),
            ("delete_board", menu.delete, nameless),
        ):
            actions.dress(shown, name)
            actions.bind(name, shown.trigger, partial(_why_not, shown, reason))

    def _frame(self) -> Path | None:
        """Return the picture of the film's current frame."""
        index = self.film.view.currentIndex()
        return self._filmstrip.path(index.row()) if index.isValid() else None

    def _card(self) -> int | None:
        """Return the card that is chosen."""
        return self.panel.current or None

    def _connect_board(self) -> None:
        editor, board, panel = self._editor, self.board, self.panel
        editor.changed.connect(self._show)
        editor.thumbnail_loaded.connect(self._show_pictures)
        self._titles.changed.connect(self._show)
        editor.refused.connect(self.refused)
        for source in (board, panel):
            source.weight_changed.connect(self._weigh)
            source.edit_finished.connect(editor.finish_edit)
        panel.weights_changed.connect(self._balance)
        panel.mix_edited.connect(self._edit_mix)
        panel.chosen.connect(board.choose)
        panel.words_requested.connect(self._edit)
        panel.through.measure_requested.connect(self._similarities.measure)
        board.chosen.connect(panel.choose)
        board.edited.connect(self._edit)
        board.words_changed.connect(self._write)
        board.pictures_requested.connect(self._choose_pictures)
        board.card_dragged.connect(self._count_drag)
        board.card_hovered.connect(self.stage.nearness.show_hovered)
        board.dropped.connect(self._take)
        board.embedding_dropped.connect(self._take_meaning)
        board.menu_requested.connect(self._open_menu)
        panel.list.menu_requested.connect(self._open_menu)
        panel.anchors.edited.connect(self._draft.set_option)
        panel.anchors.left.connect(self._draft.finish_edit)
        self._draft.edit_finished.connect(panel.anchors.forget_undo)
        self._draft.changed.connect(self._show_anchors)
        self._draft.model_changed.connect(self._show_anchors)
        self._draft.changed.connect(self.changed)

    def _connect_result(self) -> None:
        """Connect what is in the middle of the board: a preview, or what was painted."""
        board, live, buttons = self.board, self._live, self.stage.buttons
        self._result.changed.connect(self._show_result)
        self.shared.state.job_queue.changed.connect(self._show_waiting)
        board.result_pressed.connect(self._pick)
        board.result_menu_requested.connect(self._ask_result_menu)
        board.result_dragged.connect(self._drag_result)
        board.result_opened.connect(self._show_large)
        buttons.large_requested.connect(self._show_large)
        buttons.menu_requested.connect(self._ask_result_menu)
        self.stage.large.closed.connect(self._show_large)
        live.changed.connect(self._show_live)
        live.failed.connect(self.shared.texts.notify_not_previewed)
        self._similarities.changed.connect(self._show_through)
        self._similarities.refused.connect(self.refused)
        self._length.changed.connect(self._show_norm)

    def _connect_filmstrip(self) -> None:
        film, filmstrip = self.film, self._filmstrip
        film.changed.connect(self._plan)
        film.strip_requested.connect(self._shoot)
        film.sheet_requested.connect(self._shoot)
        film.stop_requested.connect(filmstrip.stop)
        film.even_requested.connect(filmstrip.even_out)
        film.chosen.connect(self._play)
        film.view.menu_requested.connect(self._ask_frame_menu)
        film.export_requested.connect(self._export)
        film.closed.connect(self._close_film)
        filmstrip.refused.connect(self.refused)
        filmstrip.exported.connect(self._tell_exported)

    def _connect_bar(self) -> None:
        bar, boards, menu = self.bar, self._boards, self.tools.boards
        bar.text_submitted.connect(self._lay_words)
        bar.pictures_requested.connect(self._choose_pictures)
        self.panel.formula_submitted.connect(self._read)
        self.pills.opened.connect(self._open_film)
        self.tools.live_toggled.connect(self._live.set_on)
        for asked in (menu.new_requested, menu.open_requested, menu.save_requested):
            asked.connect(lambda *_name: self.board.finish_writing())  # before what is asked for
        menu.save_as_requested.connect(lambda _name: self.board.finish_writing())
        menu.new_requested.connect(boards.begin)
        menu.open_requested.connect(boards.open)
        menu.save_requested.connect(boards.save)
        menu.save_as_requested.connect(boards.save_as)
        menu.rename_requested.connect(boards.rename)
        menu.delete_requested.connect(boards.delete)
        boards.changed.connect(self._show_boards)
        boards.refused.connect(self.refused)
        boards.message.connect(self.refused)
        boards.deleted.connect(self.shared.texts.notify_deleted)

    def _show(self) -> None:
        board = self._editor.board
        titles = {card.id: self._titles.of(card.source) for card in board.cards}
        self.board.show_board(board, titles)
        self.panel.show_board(board, titles, self.board.angles)
        self.panel.show_formula(board.formula)
        if self.film.isVisible():
            self.film.show_board(board, titles)
        self.stage.nearness.show_drags(self._editor.drags)
        self._show_pictures()
        self._show_through()
        self._show_summary()
        self.changed.emit()

    def _show_pictures(self) -> None:
        for card in self._editor.board.cards:
            image = self._editor.image_of(card.source)
            self.board.show_image(card.id, image)
            self.panel.show_image(card.id, image)

    def _show_summary(self) -> None:
        self.more.set_summary(self.panel.summary)

    def _show_norm(self) -> None:
        self.panel.gauge.show_ratio(self._length.ratio)
        self._show_summary()

    def _show_anchors(self) -> None:
        model = self._draft.model
        can = model is not None and model.can("decoder prompt")
        self.panel.show_anchors(self._draft.values, can=can)

    def _show_boards(self) -> None:
        boards = self._boards
        empty = not self._editor.board.cards
        self.tools.boards.show_boards(
            boards.names, boards.name, altered=boards.altered, empty=empty
        )
        self._show_through()

    def _open_film(self, sheet: bool) -> None:
        self.film.show_kind(sheet=sheet)
        self.stage.show_film(True)
        self._show()
        self._plan()
        self.film.shoot.setFocus()

    def _close_film(self) -> None:
        focus = QApplication.focusWidget()
        if focus is not None and self.film.isAncestorOf(focus):
            self.board.setFocus()
        self.stage.show_film(False)

    def _series(self) -> tuple[Series, int]:
        """Return the series to film and its number of pictures. Raises InvalidRequest."""
        board, count = self._editor.board, self.film.count.value()
        if self.film.is_sheet:
            return board.sheet(count), count * count
        return board.passage(*self.film.cards), count

    def _plan(self) -> None:
        """Show placeholders for the film, or why it cannot be made."""
        self.stage.turn()
        try:
            series, count = self._series()
        except InvalidRequest as error:
            self.film.offer(str(error), "")
            return
        self._filmstrip.lay_out(series, count)
        words = ngettext("{n} picture", "{n} pictures", count).format(n=count)
        self.film.offer("", words)

    def _shoot(self) -> None:
        """Paint the film, with the seeds of what the middle shows."""
        try:
            series, count = self._series()
            plain = self._draft.make_request(words=False, fresh=False)
            request = replace(
                plain, conditioning=series, count=count, shared_prior_seed=False, candidates=0
            )
        except InvalidRequest as error:
            self.refused.emit(str(error))
            return
        self._filmstrip.start(request)

    def _play(self, number: int) -> None:
        """Set the board's weights to those of a frame, and show the frame if it is finished."""
        frame = self._filmstrip.frames[number]
        self._editor.load_mix(frame.fusion)
        if frame.path is not None:
            self._live.skip()
            self._viewer.show_tile(Tile(path=frame.path, image=frame.image))

    def _export(self, kind: Export) -> None:
        target = self.ask_target(kind)
        if target is not None:
            self._filmstrip.export(kind, target)

    def _ask_target(self, kind: Export) -> Path | None:
        folder = self._preferences.pictures
        if kind is Export.PICTURES:
            chosen = QFileDialog.getExistingDirectory(
                self.widget, _("Save the pictures in"), str(folder)
            )
            return Path(chosen) if chosen else None
        start = folder / (_("film") + kind.value)
        return ask_target(self.widget, _("Save the film as"), start, kind.value)

    def _tell_exported(self, path: Path) -> None:
        self.message.emit(_("Saved: {path}").format(path=path))

    def _show_result(self) -> None:
        result = self._result
        image = together(result.images)
        self.board.show_result(image, "" if result.mix is None else self._titles.of_mix(result.mix))
        self._show_waiting()
        self.stage.buttons.show_file(there=result.path is not None)
        self.stage.show_result(there=image is not None)
        if self.stage.large.isVisible() and image is not None:
            self.stage.large.show_image(image)
        self._show_live()
        self._show_through()

    def _show_waiting(self) -> None:
        running = self.shared.state.job_queue.jobs.running
        fuses = running is not None and isinstance(running.job.request.conditioning, Mix)
        self.board.show_waiting(on=fuses)

    def _show_through(self) -> None:
        bars = self._similarities.bars
        self.board.show_bars(bars)
        self.panel.show_bars(bars)

    def _show_live(self) -> None:
        live = self._live
        self.tools.show_live(live.on)
        if live.running:
            self.board.show_live(live.text, live.share)
        else:
            self.board.show_live(_("Preview") if self._result.is_preview else "", None)

    def _show_large(self) -> None:
        self.shared.actions.trigger("alone")

    def _count_drag(self) -> None:
        self._editor.drags += 1
        self.stage.nearness.show_drags(self._editor.drags)

    def _edit_mix(self, name: str, value: object) -> None:
        change: dict[str, Any] = {name: value}
        self._editor.set_board(replace(self._editor.board, **change))

    def _weigh(self, number: int, weight: float, lasting: bool) -> None:
        self._editor.weigh(number, weight, lasting=lasting)

    def _balance(self, weights: dict[int, float], lasting: bool) -> None:
        self._editor.set_board(self._editor.board.balanced(weights), lasting=lasting)

    def _step(self, by: float, number: int) -> None:
        card = self._editor.board.card(number)
        if card is not None:
            self._weigh(number, stepped(card.weight, by), True)

    def _act(self, name: str, number: int) -> None:
        board = self._editor.board
        acts = {
            "mute": board.muted,
            "solo": board.played_solo,
            "lock": board.locked,
            "subtract": board.subtracted,
            "duplicate": board.duplicated,
            "remove": board.without,
        }
        try:
            changed: Board = acts[name](number)
        except InvalidRequest as error:  # the board is full
            self.refused.emit(str(error))
            return
        self._editor.set_board(changed)

    def _take(self, dropped: DroppedImages, on: int) -> None:
        """Add what was dropped as cards, or put it on the card it was dropped on."""
        fusing = self._editor
        if on and len(dropped.paths) == 1:
            fusing.replace_source(on, ImagePrompt(dropped.paths[0]))
        elif on and dropped.words:
            fusing.replace_source(on, Prompt(dropped.words))
        else:
            if dropped.paths:
                fusing.add_files(dropped.paths)
            if dropped.words:
                fusing.add_words(dropped.words)
            alone = on if len(dropped.images) == 1 and not dropped.paths else 0
            for image in dropped.images:
                fusing.add_image(image, alone)
        if dropped.refused:
            self.refused.emit(" ".join(dropped.refused))

    def _take_meaning(self, dropped: DroppedImages, on: int) -> None:
        """Add dropped pictures by their stored embedding; add anything else as usual."""
        if not dropped.paths:
            self._take(dropped, on)
        for path in dropped.paths:
            self._editor.add_embedding(path, on if len(dropped.paths) == 1 else 0)
        if dropped.paths and dropped.refused:
            self.refused.emit(" ".join(dropped.refused))

    def _edit(self, number: int) -> None:
        self.board.edit_words(number)

    def _lay_words(self, words: str) -> None:
        if self._editor.add_words(words):  # else they stay, to be mended
            self.bar.words.clear()

    def _write(self, number: int, words: str) -> None:
        """Put what was written on a card; nothing leaves it as it is."""
        if words:
            self._editor.write_words(number, words)

    def _choose_pictures(self) -> None:
        paths = self.ask_pictures()
        if paths:
            self._editor.add_files(tuple(paths))

    def _ask_pictures(self) -> list[Path]:
        title = _("Lay pictures on the board")
        return ask_pictures(self.widget, title, self._preferences.pictures)

    def _read(self, formula: str) -> None:
        read = self._editor.apply_formula(formula, Path.home())
        if read:  # else what was typed stays, to be mended
            self.panel.formula.setModified(False)
            self.panel.show_formula(self._editor.board.formula)

    def _open_menu(self, number: int, point: QPoint) -> None:
        actions = self.shared.actions
        menu = actions.menu(self.board)
        actions.fill(menu, CARD_CHANGES, number)
        bar = self._similarities.bars.get(number)
        if bar is not None and bar.standing == "unknown":
            actions.fill(menu, ("measure",))
        card = self._editor.board.card(number)
        source = None if card is None else card.source
        if isinstance(source, Prompt):
            actions.fill(menu, ("edit_words",), number)
        elif isinstance(source, ImagePrompt):
            menu.addSeparator()
            within = ActionMenu(self.shared.theme, menu, _("Picture"))
            silent = [action.name for action in actions.table]  # their keys mean the fusion here
            actions.fill_picture(within, source.path, silent=silent)
            menu.addMenu(within)
        menu.open_at(point)


def _why_not(shown: QAction, reason: str) -> str:
    """Return the reason while an action of a menu cannot be chosen."""
    return "" if shown.isEnabled() else reason
