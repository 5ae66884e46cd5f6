"""What can be done in the gallery: words, keys and icons of the room's own actions."""

from kandinsky_desktop.domain.i18n import N_
from kandinsky_desktop.ui.actions import Action, Focus

GALLERY = Focus.GALLERY
STARS = (N_("No stars"), N_("1 star"), N_("2 stars"), N_("3 stars"), N_("4 stars"), N_("5 stars"))
ACTIONS = (
    Action(
        "gallery_view",
        N_("Look at it"),
        N_("See the picture large, the next ones by the arrows; Space leads back"),
        ("Alt+Return",),
        "maximize",
        GALLERY,
    ),
    Action(
        "gallery_slides",
        N_("Slide show"),
        N_("See all that was found, one after the other"),
        ("F5",),
        "play",
        GALLERY,
    ),
    Action(
        "gallery_compare",
        N_("Compare"),
        N_("Compare two pictures, or one with what it came from"),
        ("C",),
        "columns-2",
        GALLERY,
    ),
    Action(
        "gallery_family",
        N_("Family"),
        N_("Walk from what it came from to what came of it"),
        ("F",),
        "network",
        GALLERY,
    ),
    Action(
        "gallery_board",
        N_("To the board"),
        N_("Lay all that is chosen on the fusion board"),
        ("B",),
        "blend",
        GALLERY,
    ),
    Action(
        "gallery_album",
        N_("Album"),
        N_("Put what is chosen into an album, or take it out"),
        ("A",),
        "folder-plus",
        GALLERY,
    ),
    Action(
        "gallery_tag",
        N_("Tag"),
        N_("Put a tag on what is chosen, or take it off"),
        ("T",),
        "tag",
        GALLERY,
    ),
    Action(
        "gallery_export",
        N_("Save as…"),
        N_("Save all that is chosen in another place or format, or as one sheet"),
        ("X",),
        "save",
        GALLERY,
    ),
    Action(
        "gallery_copy",
        N_("Copy"),
        N_("Copy all that is chosen, as files; so does Ctrl+C"),
        (),
        "copy",
        GALLERY,
    ),
    Action(
        "gallery_rename",
        N_("Rename…"),
        N_("Give the file another name"),
        ("F2",),
        "pencil",
        GALLERY,
    ),
    Action(
        "gallery_delete",
        N_("Delete"),
        N_("Move all that is chosen to the trash, from where it can be brought back"),
        ("Del", "Ctrl+Backspace"),
        "trash-2",
        GALLERY,
    ),
    *(
        Action(f"gallery_stars_{number}", words, words, (str(number),), "star", GALLERY)
        for number, words in enumerate(STARS)
    ),
    Action(
        "gallery_search",
        N_("Search"),
        N_("Search your pictures"),
        ("Ctrl+F",),
        "search",
        GALLERY,
    ),
    Action(
        "gallery_none",
        N_("Choose nothing"),
        N_("Choose nothing"),
        ("Ctrl+Shift+A",),
        "",
        GALLERY,
    ),
)
BAR = (
    "gallery_compare",
    "gallery_board",
    "gallery_album",
    "gallery_export",
    "gallery_delete",
)
MENU_OF_MANY = (
    ("gallery_compare", "gallery_board"),
    ("gallery_album", "gallery_tag"),
    ("gallery_copy", "gallery_export"),
    ("gallery_delete",),
)
MENU_OF_ONE = (
    ("gallery_view", "gallery_compare", "gallery_family"),
    ("gallery_album", "gallery_tag", "gallery_rename"),
)
OWN_KEYS = tuple(key for action in ACTIONS for key in action.keys)
