"""The help pages: how to install and remove the program, and what to do where it does not work."""

from collections.abc import Iterator, Sequence

from PySide6.QtCore import QSize, QUrl
from PySide6.QtGui import QFont, QTextBlock, QTextCursor, QTextTable
from PySide6.QtWidgets import QDialog, QListWidget, QTextBrowser, QWidget

from kandinsky_desktop.domain.i18n import _
from kandinsky_desktop.store.help_pages import Page, anchor
from kandinsky_desktop.ui.reading import lay_out_reading
from kandinsky_desktop.ui.theme import Theme

SIZE = QSize(940, 640)  # in unscaled pixels
LIST_WIDE = 200
ABOVE, BELOW = 18, 8  # a heading, and any paragraph, in unscaled pixels
BETWEEN_ITEMS, INDENT = 3, 20  # of a list
CELL = 6  # around the words of a table's cells
SIZES = {1: 22, 2: 16, 3: 13}  # of headings, by their level


class HelpDialog(QDialog):
    """Lists the pages; the chosen one is read beside the list, and its links lead on."""

    def __init__(self, theme: Theme, pages: Sequence[Page], parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme, self._pages = theme, tuple(pages)
        self.setWindowTitle(_("Help"))
        self.list, self.text = QListWidget(), QTextBrowser()
        self.list.setAccessibleName(_("Pages"))
        self.list.setFixedWidth(theme.px(LIST_WIDE))
        self.list.addItems([page.title for page in self._pages])
        self.text.setAccessibleName(_("Page"))
        self.text.setOpenLinks(False)
        self.text.anchorClicked.connect(self._follow)
        self.list.currentRowChanged.connect(self._show)
        lay_out_reading(self, _("Help"), self.list, self.text)
        self.list.setCurrentRow(0)
        self.list.setFocus()
        theme.changed.connect(self._show_again)
        most = self.screen().availableSize() - QSize(48, 48)
        self.resize(QSize(theme.px(SIZE.width()), theme.px(SIZE.height())).boundedTo(most))

    def open_at(self, link: str) -> bool:
        """Show a page, at a heading; say whether there is one. `link` is as in the pages."""
        name, _sign, heading = link.partition("#")
        rows = [row for row, page in enumerate(self._pages) if page.name == name]
        if name and not rows:
            return False
        if rows:
            self.list.setCurrentRow(rows[0])
        if not heading:
            return True
        for block, _level in self._headings():
            if anchor(block.text()) == heading:
                self.text.setTextCursor(QTextCursor(block))
                place = self.text.cursorRect().top() + self.text.verticalScrollBar().value()
                self.text.verticalScrollBar().setValue(place)
                return True
        return False

    def _follow(self, url: QUrl) -> None:
        self.open_at(url.toString())

    def _show_again(self) -> None:
        place = self.text.verticalScrollBar().value()
        self._show(self.list.currentRow())
        self.text.verticalScrollBar().setValue(place)

    def _show(self, row: int) -> None:
        self.text.setMarkdown(self._pages[row].text)
        self._dress()
        self.text.moveCursor(QTextCursor.MoveOperation.Start)

    def _headings(self) -> list[tuple[QTextBlock, int]]:
        """Return the blocks that are headings, with their levels."""
        levels = [(block, block.blockFormat().headingLevel()) for block in self._blocks()]
        return [(block, level) for block, level in levels if level]

    def _blocks(self) -> Iterator[QTextBlock]:
        block = self.text.document().begin()
        while block.isValid():
            yield block
            block = block.next()

    def _dress(self) -> None:
        """Give what Qt made of the Markdown the sizes and distances of the window's texts."""
        px, document = self._theme.px, self.text.document()
        document.setIndentWidth(px(INDENT))
        tables = [
            frame for frame in document.rootFrame().childFrames() if isinstance(frame, QTextTable)
        ]
        for block in self._blocks():
            cursor, around = QTextCursor(block), block.blockFormat()
            level = around.headingLevel()
            around.setTopMargin(px(ABOVE) if level > 1 else 0)
            in_table = any(cursor.currentTable() == table for table in tables)
            after = 0 if in_table else px(BETWEEN_ITEMS if block.textList() else BELOW)
            around.setBottomMargin(after)
            cursor.setBlockFormat(around)
            if level:
                cursor.select(QTextCursor.SelectionType.BlockUnderCursor)
                letters = cursor.charFormat()
                letters.setProperty(letters.Property.FontPixelSize, px(SIZES[level]))
                letters.clearProperty(letters.Property.FontSizeAdjustment)
                letters.setFontWeight(QFont.Weight.DemiBold)
                cursor.setCharFormat(letters)
        for table in tables:
            shape = table.format()
            shape.setBorder(0)
            shape.setCellPadding(px(CELL))
            shape.setBottomMargin(px(BELOW))
            shape.setLeftMargin(-px(CELL))
            table.setFormat(shape)
