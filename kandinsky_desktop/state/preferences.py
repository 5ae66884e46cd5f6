"""The settings in force, and their file."""

from dataclasses import replace
from pathlib import Path
from typing import Any

from PySide6.QtCore import QObject, Signal

from kandinsky_desktop.domain.fields import keywords_of
from kandinsky_desktop.domain.settings import Settings
from kandinsky_desktop.state.background import Background
from kandinsky_desktop.store import places, settings_file


class Preferences(QObject):
    """Holds the settings, writes each change, and says so."""

    changed = Signal(object, object)  # the settings before, and now
    not_saved = Signal(str)

    def __init__(self, file: Path, settings: Settings, background: Background) -> None:
        super().__init__()
        self._file = file
        self._background = background
        self._settings = settings

    @property
    def settings(self) -> Settings:
        """What is in force."""
        return self._settings

    @property
    def pictures(self) -> Path:
        """Where pictures go."""
        return places.pictures(self._settings.pictures)

    def replace(self, settings: Settings) -> None:
        """Put other settings in force and write them."""
        before, self._settings = self._settings, settings
        if before != settings:
            self._background.write(
                lambda: settings_file.save(self._file, settings), self.not_saved.emit
            )
            self.changed.emit(before, settings)

    @keywords_of(Settings)
    def set(self, **changes: Any) -> None:
        """Change some of them by name."""
        self.replace(replace(self._settings, **changes))
