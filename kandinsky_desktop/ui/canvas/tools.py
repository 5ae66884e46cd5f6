"""The tools of the canvas: their words, keys and icons, and what can be done there besides."""

from dataclasses import dataclass

from kandinsky_desktop.domain.i18n import N_
from kandinsky_desktop.ui.actions import Action, Focus


@dataclass(frozen=True, slots=True)
class Tool:
    """A tool of the canvas, in words that are marked for translation."""

    name: str
    text: str
    help: str
    keys: tuple[str, ...]
    icon: str


TOOLS = (
    Tool(
        "brush",
        N_("Brush"),
        N_("Paint on the mask, or colours on the sketch"),
        ("B",),
        "paintbrush",
    ),
    Tool("eraser", N_("Eraser"), N_("Take away from mask or sketch"), ("E",), "eraser"),
    Tool("smudge", N_("Smudge"), N_("Draw colours along, as a wet finger does"), ("U",), "droplet"),
    Tool(
        "pick",
        N_("Pick a colour"),
        N_("Paint on with a colour of the picture (or hold Alt)"),
        ("I",),
        "pipette",
    ),
    Tool("rectangle", N_("Rectangle"), N_("Mask or fill a rectangle"), ("R",), "square-dashed"),
    Tool("ellipse", N_("Ellipse"), N_("Mask or fill an ellipse"), ("C",), "circle-dashed"),
    Tool("lasso", N_("Lasso"), N_("Mask or fill what you draw around"), ("L",), "lasso"),
    Tool(
        "polygon", N_("Polygon"), N_("Mask or fill what lies between corners"), ("P",), "pentagon"
    ),
    Tool(
        "alike",
        N_("Fill by colour"),
        N_("Mask or fill what has the same colour"),
        ("W",),
        "wand-sparkles",
    ),
    Tool(
        "gradient",
        N_("Gradient"),
        N_("Mask or colour more and more along a line"),
        ("G",),
        "gradient",
    ),
    Tool("expand", N_("Expand"), N_("Drag the picture's sides outwards"), ("X",), "expand"),
    Tool("hand", N_("Hand"), N_("Move the picture (or hold Space)"), ("H",), "hand"),
)
GROUPS = (
    ("brush", "eraser", "smudge", "pick"),
    ("rectangle", "ellipse", "lasso", "polygon", "alike", "gradient"),
    ("expand",),
)


CANVAS = Focus.CANVAS
ACTIONS = (
    *(
        Action(f"tool_{tool.name}", tool.text, tool.help, tool.keys, tool.icon, CANVAS)
        for tool in TOOLS
    ),
    Action(
        "canvas_open",
        N_("Open a picture…"),
        N_("Choose a picture, or an OpenRaster document"),
        ("Ctrl+Shift+O",),
        "folder-open",
        CANVAS,
    ),
    Action(
        "canvas_documents",
        N_("Documents…"),
        N_("All that you worked on: go on with one, or delete some"),
        (),
        "history",
        CANVAS,
    ),
    Action(
        "canvas_save",
        N_("Save the document…"),
        N_("Picture, mask and fills as an OpenRaster file"),
        ("Ctrl+Shift+W",),
        "save",
        CANVAS,
    ),
    Action(
        "canvas_keep",
        N_("To my pictures"),
        N_("Save the picture as it is now among your pictures; so does Ctrl+S"),
        ("Ctrl+Shift+P",),
        "image-plus",
        CANVAS,
    ),
    Action(
        "target_switch",
        N_("Mask or sketch"),
        N_("Paint on the other one: on the mask, or on the sketch"),
        ("S",),
        "pencil",
        CANVAS,
    ),
    Action(
        "canvas_live",
        N_("Live"),
        N_("A fast preview after each stroke, in its place"),
        ("V",),
        "",
        CANVAS,
    ),
    Action(
        "target_depth",
        N_("Depth"),
        N_("Paint what is near and what is far; again: on the mask"),
        ("D",),
        "blend",
        CANVAS,
    ),
    Action(
        "depth_estimate",
        N_("Estimate the depth"),
        N_("A model among yours says how near each part of the picture is"),
        (),
        "",
        CANVAS,
        word=N_("Estimate"),
    ),
    Action(
        "depth_load",
        N_("Load a depth map…"),
        N_("Load the depth from a grey picture: white is near"),
        (),
        "folder-open",
        CANVAS,
        word=N_("Load…"),
    ),
    Action(
        "depth_swap",
        N_("Swap near and far"),
        N_("What was near is far"),
        ("N",),
        "",
        CANVAS,
        word=N_("Near ⇄ far"),
    ),
    Action(
        "depth_clear",
        N_("Remove the depth"),
        N_("Paint along no depth any more"),
        (),
        "",
        CANVAS,
        word=N_("Remove"),
    ),
    Action(
        "target_clear",
        N_("Clear what is painted on"),
        N_("Take away all of the mask, or of sketch or depth while you paint there"),
        ("Del", "Backspace"),
        "",
        CANVAS,
    ),
    Action(
        "sketch_colour",
        N_("Choose a colour…"),
        N_("Choose the colour to paint with"),
        ("K",),
        "",
        CANVAS,
    ),
    Action(
        "sketch_clear",
        N_("Clear the sketch"),
        N_("Take all colours of the sketch away"),
        (),
        "",
        CANVAS,
        word=N_("Clear"),
    ),
    Action(
        "sketch_merge",
        N_("Merge the sketch"),
        N_("Make what is seen of the sketch a part of the picture"),
        ("Ctrl+M",),
        "",
        CANVAS,
        word=N_("Merge"),
    ),
    Action(
        "mask_show",
        N_("Show what is painted on"),
        N_("Show or hide what is painted on: mask, sketch or depth"),
        ("Q",),
        "contrast",
        CANVAS,
    ),
    Action(
        "mask_invert",
        N_("Invert"),
        N_("Mask what is not masked"),
        ("Ctrl+Shift+I",),
        "",
        CANVAS,
    ),
    Action(
        "mask_clear",
        N_("Clear"),
        N_("Mask nothing"),
        (),
        "",
        CANVAS,
    ),
    Action("mask_all", N_("Select all"), N_("Mask all of the picture"), ("Ctrl+A",), "", CANVAS),
    Action(
        "mask_grow", N_("Grow"), N_("Widen what is painted"), ("Alt+Up",), "", CANVAS, repeats=True
    ),
    Action(
        "mask_shrink",
        N_("Shrink"),
        N_("Narrow what is painted"),
        ("Alt+Down",),
        "",
        CANVAS,
        repeats=True,
    ),
    Action("mask_feather", N_("Feather"), N_("Soften the edge of what is painted"), (), "", CANVAS),
    Action(
        "mask_load",
        N_("Load a mask…"),
        N_("Load a mask from a picture"),
        (),
        "folder-open",
        CANVAS,
        word=N_("Load…"),
    ),
    Action("mask_save", N_("Save the mask…"), N_("As a grey picture"), (), "save", CANVAS),
    Action(
        "fills_discard",
        N_("Discard all fills"),
        N_("Let all that wait go; their files stay"),
        ("Shift+Del", "Shift+Backspace"),
        "",
        CANVAS,
    ),
    Action(
        "brush_smaller", N_("Smaller brush"), N_("Smaller brush"), ("[",), "", CANVAS, repeats=True
    ),
    Action(
        "brush_larger", N_("Larger brush"), N_("Larger brush"), ("]",), "", CANVAS, repeats=True
    ),
    Action(
        "view_rotate",
        N_("Turn the view"),
        N_("By 15 degrees"),
        ("Ctrl+]",),
        "",
        CANVAS,
        repeats=True,
    ),
    Action(
        "view_rotate_back",
        N_("Turn the view back"),
        N_("By 15 degrees"),
        ("Ctrl+[",),
        "",
        CANVAS,
        repeats=True,
    ),
    Action(
        "view_mirror", N_("Mirror the view"), N_("The picture stays as it is"), ("M",), "", CANVAS
    ),
)
