"""Several pictures as one file: a contact sheet, or a film."""

from collections.abc import Sequence
from io import BytesIO
from math import ceil
from typing import TYPE_CHECKING

from kandinsky_desktop.store import pictures

if TYPE_CHECKING:
    from PIL.Image import Image

ACROSS = 10  # frames in a row of a sheet, where nobody says otherwise
LONGEST_SIDE = 320  # pixels of a frame on a sheet
GAP = 4
FILMS = {".gif": "GIF", ".webp": "WEBP"}
A_SECOND = 8.0  # frames of a film


def sheet(frames: Sequence["Image"], columns: int = ACROSS) -> bytes:
    """Return a PNG of all frames side by side, in rows, none longer than LONGEST_SIDE."""
    from PIL import Image, PngImagePlugin

    scale = min(1.0, LONGEST_SIDE / max(frames[0].size))
    wide, high = (max(1, round(side * scale)) for side in frames[0].size)
    columns = min(len(frames), columns)
    rows = ceil(len(frames) / columns)
    whole = Image.new(
        "RGB", (columns * (wide + GAP) - GAP, rows * (high + GAP) - GAP), (127, 127, 127)
    )
    for number, frame in enumerate(frames):
        row, column = divmod(number, columns)
        small = frame if scale == 1 else frame.resize((wide, high), Image.Resampling.LANCZOS)
        whole.paste(small, (column * (wide + GAP), row * (high + GAP)))
    stream = BytesIO()
    about = PngImagePlugin.PngInfo()
    about.add_text(pictures.SHEET, str(len(frames)))
    whole.save(stream, "PNG", pnginfo=about)
    return stream.getvalue()


def film(frames: Sequence["Image"], suffix: str, a_second: float = A_SECOND) -> bytes:
    """Return the frames as an animation that runs for ever; the suffix is one of FILMS."""
    kind = FILMS[suffix]
    stream = BytesIO()
    frames[0].save(
        stream,
        kind,
        save_all=True,
        append_images=list(frames[1:]),
        duration=round(1000 / a_second),
        loop=0,
        **({"quality": 90, "method": 4} if kind == "WEBP" else {}),
    )
    return stream.getvalue()
