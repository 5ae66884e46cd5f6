"""Nothing that a file or a person says becomes rich text."""

from hypothesis import example, given
from hypothesis import strategies as st
from PySide6.QtGui import Qt, QTextDocument

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
    assert shown.split() == words.split()
