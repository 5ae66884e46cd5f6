"""Tips that show words as they stand: Qt takes any text that looks so for HTML."""

import re
from html import escape

from PySide6.QtGui import Qt

LONG = 80  # characters: longer lines are to wrap, which Qt does in rich text alone
LONGEST, MOST_LINES = 1000, 30  # characters: of more a tip would be higher than the screen
UNBROKEN = re.compile(r"\S{60}(?=\S)")  # Qt would let it be wider than the screen


def plain_tip(words: str) -> str:
    """Return words of a file or a person as a tip that interprets none of them.

    Of very many the first are shown, and a very long word may break.
    """
    if len(words) <= LONG and not Qt.mightBeRichText(words):
        return words
    shown = "\n".join(words[:LONGEST].split("\n")[:MOST_LINES])
    if len(shown) < len(words):
        words = f"{shown[: LONGEST - 1].rstrip()}…"
    words = UNBROKEN.sub("\\g<0>\u200b", words)
    return f"<qt>{escape(words, quote=False).replace(chr(10), '<br>')}</qt>"
