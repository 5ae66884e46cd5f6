"""The colours that a picture is made of, the ones that take most room first."""

from PIL import Image

from kandinsky_desktop.raster.conversion import picture_image
from kandinsky_desktop.raster.layer import Pixels

MOST = 8  # colours
TRIED = 16  # of which those that are alike are left out
ALIKE = 24  # of 255, in each channel

Rgb = tuple[int, int, int]


def palette_of(pixels: Pixels, *, alpha: bool) -> tuple[Rgb, ...]:
    """Return up to eight colours of a picture's pixels; what is hardly seen does not count."""
    image = picture_image(pixels, alpha=alpha)
    if alpha:
        seen = image.getchannel("A").point([0] * 128 + [255] * 128)
        if seen.getbbox() is None:
            return ()
        ground = image.convert("RGB").resize((1, 1), Image.Resampling.BOX, seen.getbbox())
        image = Image.composite(image.convert("RGB"), ground.resize(image.size), seen)
    found = image.quantize(TRIED, Image.Quantize.MEDIANCUT)
    table = found.getpalette() or []
    counts = found.histogram()
    result: list[Rgb] = []
    for index in sorted(range(len(table) // 3), key=lambda one: -counts[one]):
        if not counts[index]:
            break
        red, green, blue = table[3 * index : 3 * index + 3]
        colour = red, green, blue
        if all(max(abs(a - b) for a, b in zip(colour, one, strict=True)) > ALIKE for one in result):
            result.append(colour)
    return tuple(result[:MOST])
