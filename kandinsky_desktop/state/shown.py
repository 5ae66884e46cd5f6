"""All that the window shows, in one value."""

from dataclasses import dataclass

from kandinsky_desktop.state.boards import Boards
from kandinsky_desktop.state.draft import Draft
from kandinsky_desktop.state.filming import Filming
from kandinsky_desktop.state.fusing import Fusing
from kandinsky_desktop.state.gallery import Gallery
from kandinsky_desktop.state.ideas import Ideas
from kandinsky_desktop.state.intake import Intake
from kandinsky_desktop.state.length import Length
from kandinsky_desktop.state.live import Live
from kandinsky_desktop.state.measuring import Measuring
from kandinsky_desktop.state.models import Models, TokenMeter
from kandinsky_desktop.state.onward import Onward
from kandinsky_desktop.state.preferences import Preferences
from kandinsky_desktop.state.session import Session
from kandinsky_desktop.state.through import Through
from kandinsky_desktop.state.viewing import Viewing


@dataclass(frozen=True, slots=True)
class State:
    """All state objects that the window shows."""

    session: Session
    gallery: Gallery
    viewing: Viewing
    draft: Draft
    models: Models
    meter: TokenMeter
    preferences: Preferences
    fusing: Fusing
    live: Live
    measuring: Measuring
    boards: Boards
    through: Through
    filming: Filming
    intake: Intake
    ideas: Ideas
    length: Length
    onward: Onward
