"""Nothing that a file or a person says becomes rich text."""

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from PySide6.QtGui import Qt, QTextDocument
from PySide6.QtWidgets import QLabel
from pytestqt.qtbot import QtBot

from kandinsky_desktop.state.plain_tip import plain_tip


@given(words=st.text(st.sampled_from("ab<>/&;\n\"'=!"), max_size=100))
@example(words="<b>bold</b><img src='file:///etc/passwd'> & more")
@example(words="&lt;b&gt; " * 20)
def test_a_tip_shows_words_as_they_stand(words: str) -> None:
    tip = plain_tip(words)
    if Qt.mightBeRichText(tip):
        document = QTextDocument()
        document.setHtml(tip)
        shown = document.toPlainText()
    else:
        shown = tip
    assert shown.replace("\u200b", "").split() == words.split()


@pytest.mark.parametrize("words", ["a red cat " * 2000, "x" * 20_000, "猫" * 20_000, "a\n" * 9000])
def test_a_tip_of_a_long_prompt_fits_a_screen(qtbot: QtBot, words: str) -> None:
    tip = QLabel(plain_tip(words))
    qtbot.addWidget(tip)
    tip.setWordWrap(True)  # as Qt's own label of tips does for rich text
    assert tip.sizeHint().width() < 1000
    assert tip.sizeHint().height() < 700
