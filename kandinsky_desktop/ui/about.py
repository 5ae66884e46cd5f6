"""About: which version this is, and what it is made of, with every licence to read."""

from collections.abc import Sequence

from PySide6.QtCore import QSize, Qt
from PySide6.QtWidgets import (
    QDialog,
    QListWidget,
    QListWidgetItem,
    QPlainTextEdit,
    QVBoxLayout,
    QWidget,
)

from kandinsky_desktop.domain.i18n import _
from kandinsky_desktop.store.licences import Licence, texts
from kandinsky_desktop.ui.controls import label
from kandinsky_desktop.ui.reading import lay_out_reading
from kandinsky_desktop.ui.theme import Theme

SIZE = QSize(940, 640)  # in unscaled pixels
LIST_WIDE = 240
RULE = "\n\n" + "─" * 40 + "\n\n"  # between two texts


class AboutDialog(QDialog):
    """Lists the program and its libraries; the chosen one's licence is read beside the list."""

    def __init__(
        self,
        theme: Theme,
        own: Licence,
        others: Sequence[Licence],
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self.setWindowTitle(_("About Kandinsky Desktop"))
        self.list, self.text = QListWidget(), QPlainTextEdit()
        self.list.setAccessibleName(_("The program and its libraries"))
        self.list.setFixedWidth(theme.px(LIST_WIDE))
        self.text.setReadOnly(True)
        self.text.setAccessibleName(_("Licence"))
        self._licences = (own, *others)
        for one in self._licences:
            item = QListWidgetItem(f"{one.name} {one.version}", self.list)
            item.setToolTip(one.expression)
        self.list.currentRowChanged.connect(self._show)
        self.what = label("", "small")
        self.what.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        about = label(
            _(
                "Kandinsky 2 on your own machine. It never goes online. Free software under the"
                " Apache License 2.0, made of the libraries below; Qt is used under the LGPL 3, and"
                " may be replaced."
            )
        )
        about.setWordWrap(True)
        page = QWidget()
        reading = QVBoxLayout(page)
        reading.setContentsMargins(0, 0, 0, 0)
        reading.setSpacing(8)
        reading.addWidget(self.what)
        reading.addWidget(self.text, 1)
        lay_out_reading(self, f"Kandinsky Desktop {own.version}", self.list, page, about)
        self.list.setCurrentRow(0)
        self.list.setFocus()
        most = self.screen().availableSize() - QSize(48, 48)
        self.resize(QSize(theme.px(SIZE.width()), theme.px(SIZE.height())).boundedTo(most))

    def _show(self, row: int) -> None:
        one = self._licences[row]
        self.what.setText(one.expression)
        self.text.setPlainText(RULE.join(texts(one)) or _("Its licence text is not here."))
