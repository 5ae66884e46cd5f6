"""Saved boards: named ones, and the board that the viewed picture was fused from."""

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from pathlib import Path

from PySide6.QtCore import QObject, Signal, Slot

from kandinsky_desktop.domain.board import Board, Card
from kandinsky_desktop.domain.conditioning import ImageEmbedding, Mix, Source
from kandinsky_desktop.domain.errors import InvalidRequest
from kandinsky_desktop.domain.events import Made
from kandinsky_desktop.domain.i18n import _, ngettext
from kandinsky_desktop.domain.job import Job
from kandinsky_desktop.domain.paths import with_file_renamed
from kandinsky_desktop.domain.record import Record
from kandinsky_desktop.state.background import Background
from kandinsky_desktop.state.board_editor import BoardEditor
from kandinsky_desktop.state.viewer import Viewer
from kandinsky_desktop.store import boards, ingredients

LONGEST_NAME = 80


@dataclass(frozen=True, slots=True)
class RestoredBoard:
    """The board of a picture, with copies in place of missing files."""

    board: Board
    stand_ins: dict[Source, Source] = field(default_factory=dict)  # what is kept, for what is gone


class BoardLibrary(QObject):
    """Saves boards, opens them, and lays a fused picture's own board out again."""

    changed = Signal()  # the names there are, or which of them is open
    refused = Signal(str)  # why something was not done
    message = Signal(str)  # what lies on the board instead of what is gone
    deleted = Signal(str)  # the name of a board that `bring_back` brings back

    def __init__(
        self, background: Background, fusing: BoardEditor, viewer: Viewer, folder: Path, kept: Path
    ) -> None:
        """`kept` is the folder with copies of ingredients."""
        super().__init__()
        self._background, self._editor, self._viewer = background, fusing, viewer
        self._folder, self._kept = folder, kept
        self._named: dict[str, Board] = {}
        self._gone: dict[str, Board] = {}  # deleted in this sitting
        self._picture: Path | None = None  # the fused one that is looked at
        self._laid: RestoredBoard | None = None  # its board, once that is read
        self._due: Board | None = None  # what lies there until it is read
        self._due_is_step = False  # whether that was a step of its own
        self._made: dict[Path, Board] = {}  # in this sitting: they may not be on disk yet
        viewer.record_changed.connect(self._look)
        fusing.changed.connect(self.changed)

    @property
    def names(self) -> tuple[str, ...]:
        """The names of all saved boards."""
        return tuple(sorted(self._named, key=str.casefold))

    @property
    def name(self) -> str:
        """The name of the board that is open; empty: it has none, or is no longer saved."""
        name = self._editor.board.name
        return name if name in self._named else ""

    @property
    def altered(self) -> bool:
        """Whether the open board is not as it was saved."""
        return bool(self.name) and self._editor.board != self._named[self.name]

    def refresh(self) -> None:
        """Find the saved boards."""

        left: list[str] = []  # sentences of boards that cannot be read

        def take(found: list[Board]) -> None:
            self._named = {board.name: board for board in found} | self._named
            self.changed.emit()
            if left:
                self.refused.emit(_joined(left))

        self._background.read(lambda: boards.named(self._folder, left.append), take)

    def begin(self) -> None:
        """Lay an empty board."""
        self._editor.lay_board(Board())

    def open(self, name: str) -> None:
        """Lay a saved board."""
        self._editor.lay_board(self._named[name])

    def save(self) -> None:
        """Save the board under the name that it has."""
        if self.name:
            self._keep(self._editor.board)

    def save_as(self, name: str) -> None:
        """Save the board under another name, which is its name from now on, undone or not."""
        old = self._editor.board.name
        try:
            board = replace(self._editor.board, name=self._checked(name))
        except InvalidRequest as error:
            self.refused.emit(str(error))
            return
        self._keep(board, lambda: self._editor.rename_board(board.name, old))
        self._editor.name_board(board.name)

    def rename(self, name: str) -> None:
        """Give the open board another name, on disk too."""
        old = self.name
        if not old or name.strip() == old:
            return
        try:
            renamed = replace(self._named[old], name=self._checked(name))
        except InvalidRequest as error:
            self.refused.emit(str(error))
            return
        before = self._named.pop(old)
        self._named[renamed.name] = renamed

        def rename() -> None:  # as one: what cannot be written must not be deleted
            boards.save(self._folder, renamed)
            boards.delete(self._folder, old)

        def take_back(reason: str) -> None:
            self._named.pop(renamed.name, None)
            self._named[old] = before
            self._editor.rename_board(renamed.name, old)
            self.changed.emit()
            self._say_not_saved(reason)

        self._background.write(rename, take_back)
        self._editor.rename_board(old, renamed.name)
        self.changed.emit()

    @Slot(object, object)
    def follow(self, old: Path, new: Path) -> None:
        """Follow that a picture's file has another name, on the disk too.

        The board of a fused picture stays what its record says: it would not be known as its own.
        """

        def renamed(board: Board) -> Board:
            return with_file_renamed(board, old, new)

        for board in tuple(self._named.values()):
            if renamed(board) != board:
                self._keep(renamed(board))
        self._gone = {name: renamed(board) for name, board in self._gone.items()}
        self._made = {new if path == old else path: one for path, one in self._made.items()}

    def delete(self) -> None:
        """Delete the open board from the disk; it stays laid out, and can be brought back."""
        name = self.name
        if name:
            self._gone[name] = self._named[name]
            self._forget(name)
            self.changed.emit()
            self.deleted.emit(name)

    def undelete(self, name: str) -> None:
        """Undo a deletion."""
        if name in self._gone and name not in self._named:
            self._keep(self._gone.pop(name))

    @Slot(object, object)
    def on_made(self, job: Job, made: Made) -> None:
        """Save the board of a finished picture, with its muted cards."""
        board = job.board
        if board is not None:
            self._made[made.path] = board
            self._background.write(
                lambda: boards.keep_for_picture(self._folder, made.path, board), self.refused.emit
            )

    def open_for_viewed(self) -> bool:
        """Lay out the board of the fused picture that is looked at; False if it is no fusion."""
        record = self._viewer.record
        if self._picture is None or record is None:
            return False
        before = self._editor.changed_at
        if self._laid is not None:
            self._lay(self._laid)
        elif not self.lay_fusion(record):
            return False
        else:
            self._due = self._editor.board
            self._due_is_step = self._editor.changed_at != before
        return True

    def lay_fusion(self, record: Record) -> bool:
        """Lay what a record says was fused; False, with a sentence, if a board cannot hold it."""
        try:
            self._editor.lay_board(board_of(record))
        except InvalidRequest as error:
            self.refused.emit(str(error))
            return False
        return True

    def original(self, source: Source) -> Source:
        """Return the original of a card's source, if the source is a copy; else the source."""
        return source if self._laid is None else self._laid.stand_ins.get(source, source)

    def _look(self) -> None:
        """Preload the viewed fusion's board."""
        record, picture = self._viewer.record, self._viewer.path
        if record is None or not isinstance(record.request.conditioning_of(record.index), Mix):
            self._picture = self._laid = None
            return
        if picture is None or picture == self._picture:
            return
        self._picture, self._laid, self._due = picture, None, None

        def take(laid: RestoredBoard) -> None:
            if self._picture == picture:
                self._laid = laid
                if self._editor.board == self._due:
                    self._lay(laid)
                self.changed.emit()

        made = self._made.get(picture)

        def read() -> RestoredBoard:
            board = made or boards.of_picture(self._folder, picture)
            return restored_board(record, board, self._kept)

        self._background.read(read, take)

    def _lay(self, laid: RestoredBoard) -> None:
        goes_on, self._due = self._due is not None and self._due_is_step, None
        if goes_on:
            self._editor.complete_board(laid.board)
        else:
            self._editor.lay_board(laid.board)
        count = len(laid.stand_ins)
        if count:
            words = ngettext(
                "{n} picture is not there any more as it was: what is kept of it lies on the board"
                " instead.",
                "{n} pictures are not there any more as they were: what is kept of them lies on the"
                " board instead.",
                count,
            )
            self.message.emit(words.format(n=count))

    def _keep(self, board: Board, when_unsaved: Callable[[], None] = lambda: None) -> None:
        before = self._named.get(board.name)
        self._named[board.name] = board

        def take_back(reason: str) -> None:
            """Let it count as unsaved, so that it can be saved again."""
            if self._named.get(board.name) is board:
                del self._named[board.name]
                if before is not None:
                    self._named[board.name] = before
                when_unsaved()
                self.changed.emit()
            self._say_not_saved(reason)

        self._background.write(lambda: boards.save(self._folder, board), take_back)
        self.changed.emit()

    def _forget(self, name: str) -> None:
        board = self._named.pop(name)

        def take_back(reason: str) -> None:
            """Name what is still on the disk."""
            self._named.setdefault(name, board)
            self.changed.emit()
            self.refused.emit(
                _("The board “{name}” could not be deleted: {reason}").format(
                    name=name, reason=reason
                )
            )

        self._background.write(lambda: boards.delete(self._folder, name), take_back)

    def _say_not_saved(self, reason: str) -> None:
        self.refused.emit(_("The board could not be saved: {reason}").format(reason=reason))

    def _checked(self, name: str) -> str:
        name = " ".join(name.split())
        if not name:
            raise InvalidRequest(_("A board needs a name to be saved."))
        if len(name) > LONGEST_NAME:
            raise InvalidRequest(
                _("A board's name has at most {most} letters.").format(most=LONGEST_NAME)
            )
        if name in self._named:
            raise InvalidRequest(
                _("There is a board “{name}” already: choose another name.").format(name=name)
            )
        return name


def _joined(sentences: list[str]) -> str:
    """Return the first of many sentences, and how many more there are."""
    first, *others = sentences
    if not others:
        return first
    words = ngettext(
        "So it is with {n} more board.", "So it is with {n} more boards.", len(others)
    ).format(n=len(others))
    return f"{first} {words}"


def board_of(record: Record) -> Board:
    """Return a board made of a fusion's record, which holds no muted cards.

    Raises InvalidRequest if more was fused than a board can hold.
    """
    meaning = record.request.conditioning_of(record.index)
    assert isinstance(meaning, Mix)
    cards = (
        Card(id=number, source=one.source, weight=one.weight)
        for number, one in enumerate(meaning.ingredients, 1)
    )
    return Board(cards=tuple(cards), blend=meaning.blend, restore=meaning.restore)


def restored_board(record: Record, board: Board | None, kept: Path) -> RestoredBoard:
    """Return a fused picture's board, with copies in place of missing files.

    `board` is the one saved with it, if any. For any thread. Raises KandinskyError.
    """
    if board is None or not _fuses(board, record):
        board = board_of(record)
    contents = dict(zip(record.request.files, record.sources, strict=False))
    stand_ins: dict[Source, Source] = {}
    for card in board.cards:
        file = getattr(card.source, "path", None)
        if file in contents:
            path = ingredients.instead(
                kept, card.source, contents[file], record.fingerprint, record.request, record.index
            )
            if path is not None:
                stand_ins[ImageEmbedding(path)] = card.source
                board = board.replaced(card.id, ImageEmbedding(path))
    return RestoredBoard(board, stand_ins)


def _fuses(board: Board, record: Record) -> bool:
    """Whether a board, which its file may say wrong, makes what was fused."""
    try:
        return board.fusion == record.request.conditioning_of(record.index)
    except InvalidRequest:
        return False
