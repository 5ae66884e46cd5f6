"""The page of keys in docs/: what the program itself says, written by `make keys-page`."""

import os
from pathlib import Path

from kandinsky_desktop.ui.shortcut_sheet import grouped
from tests.ui.driver import Driver

FILE = Path(__file__).parents[2] / "docs" / "keys.md"
HEAD = """# Keys

Written by `make keys-page` from the program's own table; the same sheet is in the window (`?` or
F1), to be searched. On a Mac Ctrl is ⌘. Tab goes through everything, and every control has a name
for screen readers. On keyboards of other scripts letters are known by their place.
"""


def page(driver: Driver) -> str:
    parts = [HEAD]
    for title, rows in grouped(driver.workspace.action_set.table):
        keys = [(words, ", ".join(f"`{key}`" for key in keys)) for words, keys in rows]
        parts.append(f"\n## {title}\n\n| what | keys |\n|---|---|\n")
        parts += [f"| {words} | {all_of_it} |\n" for words, all_of_it in keys]
    return "".join(parts)


def test_what_the_page_says_is_what_the_keys_are(driver: Driver) -> None:
    now = page(driver)
    if os.environ.get("KANDINSKY_KEYS_PAGE") == "write":
        FILE.write_text(now, "utf-8", newline="\n")
    assert FILE.read_text("utf-8") == now, "make keys-page"
