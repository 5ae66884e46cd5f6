"""Tips that show words as they stand: Qt takes any text that looks so for HTML."""

from html import escape

from PySide6.QtGui import Qt

LONG = 80  # characters: longer lines are to wrap, which Qt does in rich text alone


def plain_tip(words: str) -> str:
    """Return words of a file or a person as a tip that interprets none of them."""
    if len(words) <= LONG and not Qt.mightBeRichText(words):
        return words
    return f"<qt>{escape(words, quote=False).replace(chr(10), '<br>')}</qt>"
