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
LONGEST_TITLE = 24  # characters of what stands over a column or beside a row
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


def crossed(frames: Sequence["Image"], across: Sequence[str], down: Sequence[str]) -> bytes:
    """Return a PNG of frames where each column has one value and each row another, both written.

    Of several with the same two values the first is shown; where there is none, nothing is.
    """
    from PIL import Image, ImageDraw, ImageFont, PngImagePlugin

    columns, rows = (sorted(dict.fromkeys(one), key=_by_number) for one in (across, down))
    longest = max(max(frame.size) for frame in frames)
    side = min(LONGEST_SIDE, longest)
    letter = max(12, side // 16)
    font, head = ImageFont.load_default(letter), letter * 2
    beside = (
        head
        if len(rows) == 1 and not rows[0]
        else round(max(font.getlength(_shown(one)) for one in rows)) + letter
    )
    step = side + GAP
    whole = Image.new(
        "RGB",
        (round(beside) + len(columns) * step, round(head) + len(rows) * step),
        (245, 245, 245),
    )
    draw = ImageDraw.Draw(whole)
    taken = set()
    for frame, x, y in zip(frames, across, down, strict=True):
        if (x, y) not in taken:
            taken.add((x, y))
            small = frame.copy()
            small.thumbnail((side, side), Image.Resampling.LANCZOS)
            left = round(beside) + columns.index(x) * step + (side - small.width) // 2
            whole.paste(
                small, (left, round(head) + rows.index(y) * step + (side - small.height) // 2)
            )
    for number, one in enumerate(columns):
        middle = round(beside) + number * step + side / 2
        draw.text((middle, head / 2), _shown(one), (20, 20, 20), font, anchor="mm")
    for number, one in enumerate(rows):
        middle = head + number * step + side / 2
        draw.text((letter / 2, middle), _shown(one), (20, 20, 20), font, anchor="lm")
    stream = BytesIO()
    about = PngImagePlugin.PngInfo()
    about.add_text(pictures.SHEET, str(len(frames)))
    whole.save(stream, "PNG", pnginfo=about)
    return stream.getvalue()


def _by_number(text: str) -> tuple[float, str]:
    """Order values as numbers where they are."""
    try:
        return float(text), text
    except ValueError:
        return float("inf"), text


def _shown(text: str) -> str:
    """Return a value that is short enough to stand over a picture."""
    return text if len(text) <= LONGEST_TITLE else f"{text[: LONGEST_TITLE - 1]}…"


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
