"""What a person sets once. Declared fields: the file, the dialog and the checks read them."""

from dataclasses import dataclass

from kandinsky_desktop.domain.fields import Choice, check, choice, folder, number, switch
from kandinsky_desktop.domain.i18n import N_

THEMES = (
    Choice("system", N_("As the system")),
    Choice("light", N_("Light")),
    Choice("dark", N_("Dark")),
    Choice("contrast", N_("High contrast")),
)

LIVE = (
    Choice("small", N_("With small models")),
    Choice("always", N_("With every model")),
    Choice("never", N_("Never")),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """Everything in the settings file."""

    theme: str = choice("system", N_("Appearance"), THEMES)
    text_size: int = number(
        100, N_("Text size"), low=90, high=150, step=5, unit="%", help=N_("For the whole window.")
    )
    motion: bool = switch(
        True, N_("Motion"), help=N_("Fades and slides. Off: everything appears at once.")
    )
    previews: bool = switch(
        True, N_("Show pictures as they grow"), help=N_("A small sight of each step.")
    )
    keep_embeddings: bool = switch(
        True,
        N_("Pictures carry their meaning"),
        help=N_("So that they can be fused again, by others too. Off: only here, from the cache."),
    )
    live: str = choice(
        "small",
        N_("Live previews when fusing"),
        LIVE,
        help=N_("A fast preview after each change of the board."),
    )
    measure: bool = switch(
        True,
        N_("Measure what came through of each card"),
        help=N_("In spare time, for each new fusion. Off: a click on a card asks for it."),
    )
    notice_when_done: bool = switch(
        True,
        N_("Tell when pictures are done"),
        help=N_("By a notice of the desktop, while another window is in front."),
    )
    sound_when_done: bool = switch(
        False, N_("With a sound"), help=N_("While another window is in front.")
    )
    memory_gb: float = number(
        0.0,
        N_("Memory it may take"),
        low=0,
        high=256,
        step=0.5,
        unit="GB",
        zero=N_("All there is, less a reserve"),
        help=N_("Of the card, or of the machine without one. 0: all there is, less a reserve."),
    )
    eight_bits: bool = switch(
        False,
        N_("Save memory with 8-bit weights"),
        help=N_(
            "Where a model does not fit whole. Faster than streaming; pictures differ a little."
        ),
    )
    models: str = folder(
        N_("More models in"), help=N_("Besides the usual place. Each folder in it is a model.")
    )
    pictures: str = folder(N_("Save pictures in"), help=N_("Empty: the usual place."))
    trash_days: int = number(
        0,
        N_("Keep deleted pictures for"),
        low=0,
        high=3650,
        unit=N_("days"),
        unit_of_one=N_("day"),
        zero=N_("Until you empty the trash"),
        help=N_("Then they are deleted for good, at the next start. 0: until you empty the trash."),
    )
    system_bin: bool = switch(
        False,
        N_("Delete into the system's bin"),
        help=N_("In place of the trash beside your pictures; it is emptied as the system does."),
    )

    def __post_init__(self) -> None:
        """Check the limits."""
        check(self)
