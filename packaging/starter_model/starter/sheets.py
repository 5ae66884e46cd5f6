"""Contact sheets: rows of pictures, with a line of text below each where one is given."""

from collections.abc import Iterable
from pathlib import Path

import torch
from PIL import Image, ImageDraw, ImageFont
from torch import Tensor

from starter.journal import cache_folder

GAP = 4
LINE = 14


def picture(one: Tensor | Image.Image) -> Image.Image:
    """A tensor in -1 to 1 as an RGB picture."""
    if isinstance(one, Image.Image):
        return one.convert("RGB")
    values = ((one.detach().cpu().float().clamp(-1, 1) + 1) * 127.5).round().to(torch.uint8)
    return Image.fromarray(values.permute(1, 2, 0).contiguous().numpy())


def _font() -> ImageFont.ImageFont | ImageFont.FreeTypeFont:
    """Pillow's own font knows no Cyrillic; most systems have DejaVu."""
    try:
        return ImageFont.truetype("DejaVuSans.ttf", 10)
    except OSError:
        return ImageFont.load_default(10)


def sheet(
    rows: list[list[Tensor]] | list[list[Image.Image]], texts: list[list[str]] | None = None
) -> Image.Image:
    """Lay pictures of one size out in rows; tensors are in -1 to 1."""
    made = [[picture(one) for one in row] for row in rows]
    wide, high = made[0][0].size
    below = LINE if texts else 0
    canvas = Image.new(
        "RGB",
        (max(map(len, made)) * (wide + GAP) + GAP, len(made) * (high + GAP + below) + GAP),
        (240, 240, 240),
    )
    draw, font = ImageDraw.Draw(canvas), _font()
    for down, row in enumerate(made):
        for across, one in enumerate(row):
            x, y = GAP + across * (wide + GAP), GAP + down * (high + GAP + below)
            canvas.paste(one, (x, y))
            if texts and across < len(texts[down]):
                draw.text((x, y + high), texts[down][across][:26], (0, 0, 0), font)
    return canvas


def write(
    name: str,
    rows: list[list[Tensor]] | list[list[Image.Image]],
    texts: list[list[str]] | None = None,
) -> Path:
    """Put a sheet into the cache's folder of sheets."""
    folder = cache_folder() / "sheets"
    folder.mkdir(exist_ok=True)
    sheet(rows, texts).save(folder / name)
    return folder / name


def ship(card: Path, names: Iterable[str]) -> None:
    """Write the card's sheets as JPEG, small enough to be committed."""
    (card / "sheets").mkdir(parents=True, exist_ok=True)
    for name in names:
        path = cache_folder() / "sheets" / f"card-{name}.png"
        if path.exists():
            with Image.open(path) as held:
                held.convert("RGB").save(card / "sheets" / f"{name}.jpg", quality=82)
