"""A folder of finished pictures, each carrying the request that made it.

A picture's name sorts by time and says what it is: `2026-11-23-172054-a-red-cat-42.png`. Inside,
the text chunk `kandinsky` holds the whole record as JSON, and `parameters` says the same in the
words that other programs read. Neither holds a time or a path, so that the same picture made
again is the same file, byte for byte.
"""

import errno
import json
import re
import time
import unicodedata
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path
from typing import TYPE_CHECKING

from kandinsky_desktop.domain.codec import from_plain, to_plain
from kandinsky_desktop.domain.errors import KandinskyError, SavingFailed, Unreadable
from kandinsky_desktop.domain.record import Record
from kandinsky_desktop.domain.schedulers import LABELS
from kandinsky_desktop.domain.words import _
from kandinsky_desktop.store import whole

if TYPE_CHECKING:
    from PIL.Image import Image

KEY = "kandinsky"
MEANING = "kandinsky-meaning"  # the picture's point in CLIP's image space: safetensors in base64
MOST_PIXELS = 100_000_000  # a foreign picture larger than this is refused from its header
LONGEST_WORDS = 40  # characters of the prompt in a file's name


@dataclass(frozen=True, slots=True)
class Finished:
    """A picture as the bytes of its file, and the name it wants."""

    stem: str
    data: bytes


def finish(image: "Image", record: Record, meaning: bytes = b"") -> Finished:
    """Encode a picture with its record and, where it is to travel along, its meaning inside."""
    from PIL import PngImagePlugin

    about = PngImagePlugin.PngInfo()
    plain = to_plain(record, bytearray())
    about.add_itxt(KEY, json.dumps(plain, ensure_ascii=False, sort_keys=True))
    about.add_itxt("parameters", parameters(record))
    if meaning:
        about.add_text(MEANING, meaning.decode("ascii"))
    stream = BytesIO()
    image.save(stream, "PNG", pnginfo=about)
    return Finished(stem(record), stream.getvalue())


def save(picture: Finished, folder: Path) -> Path:
    """Write it under a name of its own. Raises SavingFailed with what to do."""
    try:
        return whole.create(folder, picture.stem, ".png", picture.data).absolute()
    except OSError as error:
        raise _failed(folder, error) from error


def save_as(picture: Finished, path: Path) -> Path:
    """Write it to the very file the person named. Raises SavingFailed with what to do."""
    try:
        whole.replace(path, picture.data)
    except OSError as error:
        raise _failed(path, error) from error
    return path.absolute()


def stem(record: Record) -> str:
    """Return the name for a picture made now, without its ending."""
    when = time.strftime("%Y-%m-%d-%H%M%S")
    words = _spoken(record.request.words)
    return "-".join(part for part in (when, words, str(record.detail_seed)) if part)


def parameters(record: Record) -> str:
    """Say the record in the convention that other programs read."""
    request, sampling = record.request, record.request.sampling
    negatives = (request.negative_prior.strip(), request.negative_decoder.strip())
    lines = [request.words]
    if any(negatives):
        lines.append("Negative prompt: " + ", ".join(text for text in negatives if text))
    facts = {
        "Steps": sampling.steps,
        "Sampler": LABELS[sampling.scheduler],
        "CFG scale": f"{sampling.guidance:g}",
        "Seed": record.detail_seed,
        "Size": f"{sampling.width}x{sampling.height}",
        "Model": record.model,
        "Model hash": record.fingerprint[:10],
        "Prior steps": sampling.prior_steps,
        "Prior CFG scale": f"{sampling.prior_guidance:g}",
        "Prior seed": record.idea_seed,
        "Version": record.program,
    }
    lines.append(", ".join(f"{name}: {value}" for name, value in facts.items()))
    return "\n".join(lines)


def read_record(path: Path) -> Record:
    """Return what a picture of ours says of itself. Raises Unreadable with a sentence."""
    with open_picture(path) as image:
        text = getattr(image, "text", {}).get(KEY)
    if text is None:
        raise Unreadable(_("{path} does not say how it was made.").format(path=path))
    try:
        record: Record = from_plain(Record, json.loads(text))
    except (ValueError, RecursionError, KandinskyError) as error:
        raise Unreadable(
            _("What {path} says of itself cannot be read: {error}").format(path=path, error=error)
        ) from error
    return record


def check_there(path: Path) -> None:
    """Raise Unreadable, with a sentence, unless there is a file."""
    if not path.is_file():
        raise Unreadable(_("There is no file {path}.").format(path=path))


def read_meaning(path: Path) -> str:
    """Return the meaning that travels in a picture of ours, in base64. Raises Unreadable."""
    with open_picture(path) as image:
        text = getattr(image, "text", {}).get(MEANING)
    if not isinstance(text, str):
        raise Unreadable(_("{path} does not carry its meaning with it.").format(path=path))
    return text


def open_rgb(path: Path) -> "Image":
    """Open a foreign picture as eight-bit RGB, turned upright. Raises Unreadable.

    Of an animation the first frame; what is transparent becomes white; 16-bit greys are scaled,
    not clipped; CMYK is converted.
    """
    from PIL import Image, ImageOps

    with open_picture(path) as opened:
        image = ImageOps.exif_transpose(opened)
        if image.mode.startswith(("I;16", "I")):
            image = image.convert("I").point(lambda value: value / 257).convert("L")
        if image.mode in ("RGBA", "LA", "PA", "P"):
            image = image.convert("RGBA")
            ground = Image.new("RGBA", image.size, "white")
            image = Image.alpha_composite(ground, image)
        return image.convert("RGB")


def open_grey(path: Path) -> "Image":
    """Open a mask or a depth map as eight-bit grey; transparent parts are black."""
    from PIL import Image, ImageOps

    with open_picture(path) as opened:
        image = ImageOps.exif_transpose(opened)
        if image.mode.startswith(("I;16", "I")):
            return image.convert("I").point(lambda value: value / 257).convert("L")
        if image.mode in ("RGBA", "LA", "PA"):
            image = image.convert("RGBA")
            ground = Image.new("RGBA", image.size, "black")
            image = Image.alpha_composite(ground, image)
        return image.convert("L")


def open_picture(path: Path) -> "Image":
    """Open a foreign picture, checked by its header first. Raises Unreadable with a sentence.

    The only place where the program lets Pillow read a file it did not write.
    """
    from PIL import Image

    Image.MAX_IMAGE_PIXELS = None  # our own limit, with a sentence, comes before any pixel is read
    image = None
    try:
        image = Image.open(path)
        width, height = image.size
        if width * height > MOST_PIXELS:
            raise Unreadable(
                _("{path} is {width} × {height} pixels; at most {most} million are read.").format(
                    path=path, width=width, height=height, most=MOST_PIXELS // 1_000_000
                )
            )
        image.load()
    except FileNotFoundError as error:
        raise Unreadable(_("There is no file {path}.").format(path=path)) from error
    except Exception as error:  # Pillow's decoders raise anything
        if image is not None:
            image.close()
        if isinstance(error, Unreadable):
            raise
        raise Unreadable(
            _("{path} cannot be read as a picture: it is damaged or of an unknown kind.").format(
                path=path
            )
        ) from error
    return image


def move_in(paths: Sequence[Path], folder: Path) -> list[Path]:
    """Move pictures of ours into a folder, whole or not at all. Raises SavingFailed."""
    moved = []
    for path in paths:
        try:
            moved.append(whole.create(folder, path.stem, path.suffix, path.read_bytes()))
            path.unlink()
        except OSError as error:
            raise _failed(folder, error) from error
    return moved


def newest(folder: Path, most: int) -> Iterator[Path]:
    """Yield the newest pictures of a folder by their names, newest first."""
    try:
        names = sorted((path.name for path in folder.glob("*.png")), reverse=True)
    except OSError:
        return
    for name in names[:most]:
        if name[0] != ".":
            yield folder / name


def _spoken(prompt: str) -> str:
    text = unicodedata.normalize("NFC", prompt).lower()
    words = "-".join(re.findall(r"\w+", text.replace("_", " ")))[:LONGEST_WORDS]
    while len(words.encode()) > 120:  # a name is at most 255 bytes on most disks
        words = words[:-1]
    return words.strip("-")


def _failed(place: Path, error: OSError) -> SavingFailed:
    match error.errno:
        case errno.ENOSPC | errno.EDQUOT:
            text = _("{place} is full: make room there, or save the picture in another folder.")
        case errno.EROFS | errno.EACCES | errno.EPERM:
            text = _("{place} must not be written to: save the picture in another folder.")
        case _:
            text = _("{place} did not take the picture ({reason}): save it in another folder.")
    return SavingFailed(text.format(place=place, reason=error.strerror or error))
