"""The fusion board in use: its cards, their pictures, what was undone, and the request it makes."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from time import monotonic

from PySide6.QtCore import QObject, Signal
from PySide6.QtGui import QImage

from kandinsky_desktop.domain.board import Board, Card, weight_in_words
from kandinsky_desktop.domain.conditioning import ImageEmbedding, ImagePrompt, Mix, Prompt, Source
from kandinsky_desktop.domain.errors import InvalidRequest, Unreadable
from kandinsky_desktop.domain.i18n import _
from kandinsky_desktop.domain.paths import with_file_renamed
from kandinsky_desktop.domain.percent import in_percent
from kandinsky_desktop.domain.request import Paint
from kandinsky_desktop.state.background import Background
from kandinsky_desktop.state.history import History
from kandinsky_desktop.state.image_import import saved_as_file
from kandinsky_desktop.state.thumbnails import ThumbnailLoader
from kandinsky_desktop.store import pictures

IN_ONE_GO = 1.0  # seconds between two steps of a wheel or a key, at most


@dataclass(frozen=True, slots=True)
class _Laid:
    board: Board
    sheet: int = 0  # which of the boards of this sitting it is a state of, whatever its name


class BoardEditor(QObject):
    """Holds the board. Every change can be undone, but for what the board is called."""

    changed = Signal()  # the board
    edit_finished = Signal()  # it changed for more than a moment: no hand holds a card
    thumbnail_loaded = Signal()  # a card's picture was read
    refused = Signal(str)  # why something was not done

    def __init__(
        self,
        background: Background,
        thumbnails: ThumbnailLoader,
        dropped: Path,
        board: Board | None,
        drags: int = 0,
    ) -> None:
        """Pictures that are dropped as pixels are kept in the folder `dropped`."""
        super().__init__()
        self.drags = drags  # how many cards a hand has ever dragged
        self._background, self._thumbnails, self._dropped = background, thumbnails, dropped
        self._history = History(_Laid(board or Board()))
        self._weighed: object = None  # the card whose weight was changed last, and when
        self._sheets = 1  # boards that were laid in this sitting
        self._pictures: tuple[Path, ...] = ()  # on the cards
        self.changed.connect(self._request_thumbnails)
        thumbnails.loaded.connect(self._on_loaded)
        thumbnails.failed.connect(self._on_failed)
        self._request_thumbnails()

    @property
    def board(self) -> Board:
        """What lies on it."""
        return self._history.value.board

    @property
    def can_undo(self) -> bool:
        """Whether there is something to undo."""
        return self._history.can_undo

    @property
    def changed_at(self) -> float | None:
        """When the change that undo takes back was made (time.monotonic); None: there is none."""
        return self._history.changed_at

    @property
    def can_redo(self) -> bool:
        """Whether there is something to do again."""
        return self._history.can_redo

    @property
    def undone_at(self) -> float | None:
        """When the change that redo makes again was undone; None: there is none."""
        return self._history.undone_at

    @property
    def problem(self) -> str:
        """Why it cannot be fused now, as a sentence; empty if it can."""
        try:
            self.board.fusion  # noqa: B018 - it says why not
        except InvalidRequest as error:
            return str(error)
        return ""

    def set_board(self, board: Board, *, lasting: bool = True) -> None:
        """Set the board. A temporary change (while dragging) adds no undo step."""
        self._go_on(replace(self._history.value, board=board), lasting=lasting)

    def weigh(self, number: int, weight: float, *, lasting: bool = True) -> None:
        """Give a card another weight. What a wheel or a held key does in one go is one undo step.

        A temporary change (while dragging) adds none.
        """
        board, at = self.board.weighed(number, weight), self.changed_at
        soon = at is not None and monotonic() - at <= IN_ONE_GO
        if lasting and soon and self._weighed == (number, at) and board != self.board:
            self._history.resume()
        self.set_board(board, lasting=lasting)
        self._weighed = (number, self.changed_at) if lasting else None

    def lay_board(self, board: Board) -> None:
        """Lay another board in place of this one, as an undo step."""
        self.finish_edit()
        laid = _Laid(board, self._sheets)
        self._sheets += 1
        self._go_on(laid)

    def complete_board(self, board: Board) -> None:
        """Let another board lie there in place of the one that was laid last: the same step."""
        self._history.amend(replace(self._history.value, board=board))
        self.changed.emit()
        self.edit_finished.emit()

    def finish_edit(self) -> None:
        """Add one undo step for a whole drag."""
        if self._history.open_name is not None:
            self._history.end_step()
            self.changed.emit()
            self.edit_finished.emit()

    def undo(self) -> None:
        """Go back one step."""
        if self.can_undo:
            self._history.undo()
            self.changed.emit()
            self.edit_finished.emit()

    def redo(self) -> None:
        """Go forward again."""
        if self.can_redo:
            self._history.redo()
            self.changed.emit()
            self.edit_finished.emit()

    def rename(self, old: Path, new: Path) -> None:
        """Follow that a picture's file has another name. It is no step."""
        self._change_all(lambda laid: with_file_renamed(laid, old, new))

    def name_board(self, name: str) -> None:
        """Give the board that lies there a name, in all its states. It is no step."""
        sheet = self._history.value.sheet
        self._change_all(lambda laid: _named(laid, name) if laid.sheet == sheet else laid)
        self.edit_finished.emit()

    def rename_board(self, old: str, new: str) -> None:
        """Follow that a saved board has another name, also where undo leads. It is no step."""
        self._change_all(lambda laid: _named(laid, new) if laid.board.name == old else laid)

    def add_card(self, source: Source, weight: float = 1.0) -> None:
        """Lay a card."""
        self._try(lambda board: board.laid(source, weight))

    def add_words(self, words: str) -> bool:
        """Lay words; False, with a sentence, if they cannot be."""
        return self._try(lambda board: board.laid(Prompt(words)))

    def write_words(self, number: int, words: str) -> None:
        """Change the words of a card, if it has some."""

        def write(board: Board) -> Board:
            card = board.card(number)
            if card is None or not isinstance(card.source, Prompt):
                return board
            return board.replaced(number, replace(card.source, text=words))

        self._try(write)

    def add_files(self, paths: tuple[Path, ...]) -> bool:
        """Lay several pictures, as one undo step; False, with a sentence, if they are too many."""
        return self._try(lambda board: board.laid_all([ImagePrompt(path) for path in paths]))

    def add_image(self, image: QImage, on: int = 0) -> None:
        """Lay a picture that came as pixels, or put it on a card; it is kept as a file."""

        def lay(path: Path) -> None:
            self._put(ImagePrompt(path), on)

        self._background.read(lambda: saved_as_file(image, self._dropped), lay, self.refused.emit)

    def add_embedding(self, path: Path, on: int = 0) -> None:
        """Add the image embedding stored in a picture of ours, or put it on a card.

        Refused with a sentence if the picture has none.
        """
        source = ImageEmbedding(path)

        def lay(_meaning: str) -> None:
            self._put(source, on)

        self._background.read(lambda: pictures.read_embedding(path), lay, self.refused.emit)

    def apply_formula(self, formula: str, folder: Path | None = None) -> bool:
        """Set the board from a formula; a file that it adds must exist.

        Returns whether it could be read.
        """

        def read(board: Board) -> Board:
            new = board.read(formula, folder)
            for card in new.cards:
                if board.card(card.id) is None and isinstance(card.source, ImagePrompt):
                    _check_picture(card.source.path)
            return new

        return self._try(read)

    def replace_source(self, number: int, source: Source) -> None:
        """Put another thing on a card."""
        self._try(lambda board: board.replaced(number, source))

    def load_mix(self, fusion: Mix) -> None:
        """Set the cards of a mix with its weights: missing ones are added, all others muted."""
        self._try(lambda board: board.playing(fusion))

    def request(self, plain: Paint) -> Paint:
        """Return a request that paints the board as `plain` would be painted.

        Raises InvalidRequest with a sentence.
        """
        return replace(plain, conditioning=self.board.fusion, candidates=0)

    def image_of(self, source: Source) -> QImage | None:
        """Return the picture on a card, once it is read; words have none."""
        path = _picture_on(source)
        return None if path is None else self._thumbnails.get(path)

    def _go_on(self, laid: _Laid, *, lasting: bool = True) -> None:
        if laid.board == self.board:
            return
        self._history.push(_("Board"), laid, leave_open=not lasting)
        self.changed.emit()
        if lasting:
            self.edit_finished.emit()

    def _change_all(self, change: Callable[[_Laid], _Laid]) -> None:
        before = self.board
        self._history.change_all(change)
        if self.board != before:
            self.changed.emit()

    def _put(self, source: Source, on: int) -> None:
        """Put what was read on the card it was dropped on; if that is gone, lay it."""
        if self.board.card(on) is not None:
            self.replace_source(on, source)
        else:
            self.add_card(source)

    def _request_thumbnails(self) -> None:
        paths = (_picture_on(card.source) for card in self.board.cards)
        self._pictures = tuple(path for path in paths if path is not None)
        self._thumbnails.request(self, self._pictures)

    def _on_loaded(self, path: Path) -> None:
        if path in self._pictures:
            self.thumbnail_loaded.emit()

    def _on_failed(self, path: Path, reason: str) -> None:
        if path in self._pictures:
            self.refused.emit(reason)

    def _try(self, change: Callable[[Board], Board]) -> bool:
        try:
            self.set_board(change(self.board))
        except InvalidRequest as error:
            self.refused.emit(str(error))
            return False
        return True


def _named(laid: _Laid, name: str) -> _Laid:
    return replace(laid, board=replace(laid.board, name=name))


def _check_picture(path: Path) -> None:
    try:
        pictures.check_picture(path)
    except Unreadable as error:
        words = _("Words stand in quotes: “{name}”.").format(name=path.name)
        raise InvalidRequest(f"{error} {words}") from error


def _picture_on(source: Source) -> Path | None:
    match source:
        case Prompt():
            return None
        case ImagePrompt(path=path) | ImageEmbedding(path=path):
            return path


def accessible_texts(board: Board) -> dict[int, str]:
    """Return each card with its weight and share, as a screen reader says it, by its id."""
    names, shares = board.names, board.shares
    return {card.id: _said(card, names[card.id], shares[card.id]) for card in board.cards}


def _said(card: Card, name: str, share: float) -> str:
    states = [
        word
        for on, word in (
            (isinstance(card.source, ImageEmbedding), _("its meaning")),
            (card.muted, _("muted")),
            (card.solo, _("solo")),
            (card.locked, _("locked")),
        )
        if on
    ]
    return ", ".join(
        (
            name,
            _("weight {n}").format(n=weight_in_words(card.weight)),
            _("share {share}").format(share=in_percent(share)),
            *states,
        )
    )
