"""Asks which pictures to open, where pictures are and with other files out of the way."""

from pathlib import Path

from PySide6.QtWidgets import QFileDialog, QWidget

from kandinsky_desktop.domain.i18n import _
from kandinsky_desktop.domain.picture_kinds import PICTURE_ENDINGS


def ask_picture(
    parent: QWidget | None, title: str, folder: Path, *, besides: tuple[str, ...] = ()
) -> Path | None:
    """Return the file that a person chose, also of the endings `besides`; None: nothing."""
    chosen, _kind = QFileDialog.getOpenFileName(parent, title, str(folder), _kinds(besides))
    return Path(chosen) if chosen else None


def ask_pictures(parent: QWidget | None, title: str, folder: Path) -> list[Path]:
    """Return the files that a person chose."""
    chosen, _kind = QFileDialog.getOpenFileNames(parent, title, str(folder), _kinds(()))
    return [Path(one) for one in chosen]


def _kinds(besides: tuple[str, ...]) -> str:
    """Return what may be shown: pictures, or everything."""
    kinds = " ".join(f"*{one} *{one.upper()}" for one in (*PICTURE_ENDINGS, *besides))
    return ";;".join((_("Pictures ({kinds})").format(kinds=kinds), _("All files (*)")))
