"""The fusion place: board, panel and bar together, and what passes between them and the state."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

from PySide6.QtCore import QObject, QPoint, QPointF, Signal
from PySide6.QtGui import QGuiApplication, QImage
from PySide6.QtWidgets import (
    QApplication,
    QFileDialog,
    QInputDialog,
    QLineEdit,
    QMenu,
    QPlainTextEdit,
)

from kandinsky_desktop.domain.board import Board
from kandinsky_desktop.domain.conditioning import ImagePrompt, Prompt, Series
from kandinsky_desktop.domain.errors import InvalidRequest
from kandinsky_desktop.domain.i18n import _, ngettext
from kandinsky_desktop.state.filming import Export
from kandinsky_desktop.state.gallery import Tile
from kandinsky_desktop.state.shown import State
from kandinsky_desktop.ui.controls import Fold
from kandinsky_desktop.ui.fusion.bar import FusionBar
from kandinsky_desktop.ui.fusion.board import BoardView
from kandinsky_desktop.ui.fusion.film import BoardAndFilm, FilmPanel
from kandinsky_desktop.ui.fusion.four import number_at, together
from kandinsky_desktop.ui.fusion.panel import ACTS, FusionPanel
from kandinsky_desktop.ui.inspector import Inspector
from kandinsky_desktop.ui.mime import Taken, take
from kandinsky_desktop.ui.theme import Look


class FusionPlace(QObject):
    """Wires the fusion's widgets to its state."""

    run_wanted = Signal()
    cancel_wanted = Signal()
    said = Signal(str)  # why something was not done
    told = Signal(str)  # what was done
    film_wanted = Signal(object, int)  # domain.conditioning.Series, how many pictures
    not_previewed = Signal(str)  # why; empty: it was
    deleted = Signal(str)  # the name of a board that can be brought back
    result_menu_wanted = Signal(object, object)  # Path, QPoint on the screen

    def __init__(self, look: Look, state: State, inspector: Inspector) -> None:
        super().__init__()
        self._fusing, self._viewing, self._live = state.fusing, state.viewing, state.live
        self._through, self._boards = state.through, state.boards
        self._filming, self._preferences = state.filming, state.preferences
        self._length, self._draft = state.length, state.draft
        self._previewing = False  # whether the middle shows a preview of the board
        self.board = BoardView(look)
        self.bar = FusionBar(look)
        self.panel = FusionPanel(look)
        self.film = FilmPanel(look, state.filming)
        self.sight = BoardAndFilm(self.board, self.film)
        self.ask_target: Callable[[Export], Path | None] = self._ask_target
        self._fold = Fold(look, _("Cards"), self.panel, is_open=True)
        inspector.add_fold(self._fold)
        self._fold.hide()
        self._connect()
        self._show()
        self._show_live()
        self._show_boards()
        self._show_anchors()

    def attend(self, on: bool) -> None:
        """Set whether this place is visible."""
        self._fold.setVisible(on)
        self._live.attend(on)

    def show_sights(self) -> None:
        """Show the stage's pictures in the centre of the board, unless they are its film."""
        if not self._shows_film():
            self._show_sight()

    def _shows_film(self) -> bool:
        job, sights = self._viewing.job, self._viewing.sights
        if job is not None:
            return job == self._filming.job
        return len(sights) > 1 and all(sight.path in self._filming.made for sight in sights)

    def _show_sight(self) -> None:
        self._previewing = False
        sights = self._viewing.sights
        self.board.show_result(together([sight.image for sight in sights]))
        self._show_live()
        self._show_through()

    def change_sight(self, number: int) -> None:
        """Update the centre image unless a newer preview is shown."""
        if (number == 0 or len(self._viewing.sights) == 4) and not self._previewing:
            self.show_sights()

    def _pick(self, point: QPointF) -> None:
        """Look at one of four alone."""
        if len(self._viewing.sights) == 4 and not self._previewing and not self._shows_film():
            self._viewing.pick(number_at(point))

    def _ask_result_menu(self, point: QPoint) -> None:
        if self._viewing.path is not None and not self._previewing:
            self.result_menu_wanted.emit(self._viewing.path, point)

    def undo(self) -> None:
        """Undo the last change of the board, unless a text field has the focus."""
        if self._typing():
            self._typing_undo("undo")
        elif self.board.isVisible():
            self._fusing.undo()

    def redo(self) -> None:
        """Do it again."""
        if self._typing():
            self._typing_undo("redo")
        elif self.board.isVisible():
            self._fusing.redo()

    def paste(self) -> None:
        """Add the clipboard's content as cards, unless a text field has the focus."""
        focus = QApplication.focusWidget()
        if isinstance(focus, QLineEdit | QPlainTextEdit):
            focus.paste()
        elif self.board.isVisible():
            self._take(take(QGuiApplication.clipboard().mimeData()), 0)

    def _connect(self) -> None:
        fusing, board, panel, bar = self._fusing, self.board, self.panel, self.bar
        fusing.changed.connect(self._show)
        fusing.pictured.connect(self._show_pictures)
        fusing.refused.connect(self.said)
        self._through.changed.connect(self._show_through)
        self._through.refused.connect(self.said)
        board.measure_wanted.connect(self._through.ask)
        for source in (board, panel):
            source.weighed.connect(self._weigh)
            source.settled.connect(fusing.settle)
            source.acted.connect(self._act)
        panel.balanced.connect(self._balance)
        panel.blend_wanted.connect(lambda blend: fusing.take(replace(fusing.board, blend=blend)))
        panel.restore_wanted.connect(lambda on: fusing.take(replace(fusing.board, restore=on)))
        panel.undo_wanted.connect(fusing.undo)
        panel.redo_wanted.connect(fusing.redo)
        panel.chosen.connect(board.choose)
        board.chosen.connect(panel.choose)
        board.edited.connect(self._edit)
        board.dropped.connect(self._take)
        board.menu_wanted.connect(self._open_menu)
        bar.words_laid.connect(lambda words: fusing.lay(Prompt(words)))
        bar.formula_read.connect(self._read)
        bar.film_turned.connect(self._turn_film)
        film, filming = self.film, self._filming
        film.changed.connect(self._plan)
        film.strip_wanted.connect(self._shoot)
        film.sheet_wanted.connect(self._shoot)
        film.stop_wanted.connect(filming.stop)
        film.chosen.connect(self._play)
        film.export_wanted.connect(self._export)
        film.closed.connect(lambda: bar.film.setChecked(False))
        filming.refused.connect(self.said)
        filming.exported.connect(self._tell_exported)
        bar.live_turned.connect(self._live.turn)
        self._live.changed.connect(self._show_live)
        self._live.pictured.connect(self._show_preview)
        self._live.failed.connect(self.not_previewed)
        self._length.changed.connect(lambda: panel.gauge.show_ratio(self._length.ratio))
        panel.anchors.wished.connect(lambda name, value: self._draft.set(**{name: value}))
        self._draft.changed.connect(self._show_anchors)
        self._draft.model_changed.connect(self._show_anchors)
        board.result_pressed.connect(self._pick)
        board.result_menu_wanted.connect(self._ask_result_menu)
        board.meaning_dropped.connect(self._take_meaning)
        boards, menu = self._boards, bar.boards
        menu.new_wanted.connect(boards.begin)
        menu.opened.connect(boards.open)
        menu.save_wanted.connect(boards.save)
        menu.named.connect(boards.save_as)
        menu.renamed.connect(boards.rename)
        menu.delete_wanted.connect(boards.delete)
        boards.changed.connect(self._show_boards)
        boards.refused.connect(self.said)
        boards.said.connect(self.said)
        boards.deleted.connect(self.deleted)
        bar.run_wanted.connect(self.run_wanted)
        bar.cancel_wanted.connect(self.cancel_wanted)

    def _show(self) -> None:
        board = self._fusing.board
        self.board.show_board(board)
        self.panel.show_board(board, can_undo=self._fusing.can_undo, can_redo=self._fusing.can_redo)
        self.bar.show_formula(board.formula)
        if self.bar.film.isChecked():
            self.film.show_board(board)
        self._fold.summarise(board.formula)
        self._show_pictures()
        self._show_through()

    def _show_pictures(self) -> None:
        for card in self._fusing.board.cards:
            self.board.show_image(card.id, self._fusing.image_of(card.source))

    def _show_anchors(self) -> None:
        model = self._draft.model
        can = model is not None and model.can("decoder prompt")
        self.panel.show_anchors(self._draft.wishes, can=can)

    def _show_boards(self) -> None:
        boards = self._boards
        empty = not self._fusing.board.cards
        self.bar.boards.show_boards(boards.names, boards.name, altered=boards.altered, empty=empty)
        self._show_through()

    def _turn_film(self, on: bool) -> None:
        self.film.setVisible(on)
        if on:
            self.film.show_board(self._fusing.board)
            self._plan()

    def _series(self) -> tuple[Series, int]:
        """Return the series to film and its number of pictures. Raises InvalidRequest."""
        board, count = self._fusing.board, self.film.count.value()
        if self.film.is_sheet:
            return board.sheet(count), count * count
        return board.passage(*self.film.cards), count

    def _plan(self) -> None:
        """Show placeholders for the film, or why it cannot be made."""
        self.sight.turn(sheet=self.film.is_sheet)
        try:
            series, count = self._series()
        except InvalidRequest as error:
            self.film.offer(str(error), "")
            return
        self._filming.plan(series, count)
        words = ngettext("{n} picture", "{n} pictures", count).format(n=count)
        self.film.offer("", words)

    def _shoot(self) -> None:
        try:
            self.film_wanted.emit(*self._series())
        except InvalidRequest as error:
            self.said.emit(str(error))

    def _play(self, number: int) -> None:
        """Set the board's weights to those of a frame, and show the frame if it is finished."""
        frame = self._filming.frames[number]
        self._fusing.play(frame.fusion)
        if frame.path is not None:
            self._live.skip()
            self._viewing.choose(Tile(path=frame.path, image=frame.image))
            self._show_sight()

    def _export(self, kind: Export) -> None:
        target = self.ask_target(kind)
        if target is not None:
            self._filming.export(kind, target)

    def _ask_target(self, kind: Export) -> Path | None:
        folder = self._preferences.pictures
        if kind is Export.PICTURES:
            chosen = QFileDialog.getExistingDirectory(
                self.sight, _("Save the pictures in"), str(folder)
            )
            return Path(chosen) if chosen else None
        name = _("film") + kind.value
        dialog = QFileDialog(
            self.sight, _("Save the film as"), str(folder / name), f"*{kind.value}"
        )
        dialog.setAcceptMode(QFileDialog.AcceptMode.AcceptSave)
        dialog.setDefaultSuffix(kind.value[1:])  # so that it asks about the file that is written
        dialog.selectFile(name)
        target = None
        while target is None and dialog.exec():
            path = Path(dialog.selectedFiles()[0])
            if path.suffix.lower() == kind.value:
                target = path
            else:  # of another kind: shown with its ending, to be agreed to
                dialog.selectFile(path.name + kind.value)
        dialog.deleteLater()
        return target

    def _tell_exported(self, path: Path) -> None:
        self.told.emit(_("Saved: {path}").format(path=path))

    def _show_preview(self, image: QImage) -> None:
        self._previewing = True
        self.board.show_result(image)
        self._show_live()
        self._show_through()

    def _show_through(self) -> None:
        bars = {} if self._previewing else self._through.bars
        self.board.show_bars(bars)
        self.panel.show_bars(bars)

    def _show_live(self) -> None:
        live = self._live
        self.bar.show_live(live.on)
        if live.running:
            self.board.show_live(live.words, live.share)
        else:
            self.board.show_live(_("Preview") if self._previewing else "", None)

    def _weigh(self, number: int, weight: float, lasting: bool) -> None:
        self._fusing.take(self._fusing.board.weighed(number, weight), lasting=lasting)

    def _balance(self, weights: dict[int, float], lasting: bool) -> None:
        self._fusing.take(self._fusing.board.balanced(weights), lasting=lasting)

    def _act(self, name: str, number: int) -> None:
        board = self._fusing.board
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
            self.said.emit(str(error))
            return
        self._fusing.take(changed)

    def _take(self, taken: Taken, on: int) -> None:
        """Add what was dropped as cards, or put it on the card it was dropped on."""
        fusing = self._fusing
        if on and len(taken.paths) == 1:
            fusing.replace_source(on, ImagePrompt(taken.paths[0]))
        elif on and taken.words:
            fusing.replace_source(on, Prompt(taken.words))
        else:
            if taken.paths:
                fusing.lay_paths(taken.paths)
            if taken.words:
                fusing.lay(Prompt(taken.words))
            for image in taken.images:
                fusing.lay_image(image)
        if taken.refused:
            self.said.emit(" ".join(taken.refused))

    def _take_meaning(self, taken: Taken, on: int) -> None:
        """Add dropped pictures by their stored embedding; add anything else as usual."""
        if not taken.paths:
            self._take(taken, on)
        for path in taken.paths:
            self._fusing.lay_meaning(path, on if len(taken.paths) == 1 else 0)
        if taken.paths and taken.refused:
            self.said.emit(" ".join(taken.refused))

    def _edit(self, number: int) -> None:
        card = self._fusing.board.card(number)
        if card is None or not isinstance(card.source, Prompt):
            return
        words, wanted = QInputDialog.getMultiLineText(
            self.board, _("Words"), _("What is on the card"), card.source.text
        )
        if wanted and words.strip():
            self._fusing.replace_source(number, Prompt(words.strip()))

    def _read(self, formula: str) -> None:
        read = self._fusing.read_formula(formula, Path.home())
        if read:  # else what was typed stays, to be mended
            self.bar.formula.setModified(False)
            self.bar.show_formula(self._fusing.board.formula)

    def _open_menu(self, number: int, point: QPoint) -> None:
        menu = QMenu(self.board)
        for name, _icon, tip in ACTS:
            menu.addAction(_(tip)).triggered.connect(
                lambda _on=False, name=name: self._act(name, number)
            )
        bar = None if self._previewing else self._through.bars.get(number)
        if bar is not None and bar.standing == "unknown":
            measure = menu.addAction(_("Measure what came through (C)"))
            measure.triggered.connect(self._through.ask)
        menu.popup(point)

    def _typing(self) -> bool:
        return isinstance(QApplication.focusWidget(), QLineEdit | QPlainTextEdit)

    def _typing_undo(self, what: str) -> None:
        getattr(QApplication.focusWidget(), what)()
