"""A folder of finished pictures, each carrying the request that made it.

A picture's name sorts by time and says what it is: `2026-11-23-172054-a-red-cat-42.png`. Inside,
the text chunk `kandinsky` holds the whole record as JSON, and `parameters` says the same in the
words that other programs read. Neither holds a time or where the picture lies, so that the same
picture made again is the same file, byte for byte. (The record does say which files it was made
from.)
"""

import errno
import json
import logging
import os
import re
import stat
import sys
import time
import unicodedata
import warnings
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from hashlib import sha256
from io import BytesIO
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

from kandinsky_desktop.domain import file_format, picture_kinds
from kandinsky_desktop.domain.catalog import Size
from kandinsky_desktop.domain.codec import to_plain
from kandinsky_desktop.domain.conditioning import Series
from kandinsky_desktop.domain.errors import (
    KandinskyError,
    OtherFormat,
    SavingFailed,
    TooLarge,
    Unreadable,
)
from kandinsky_desktop.domain.i18n import N_, _
from kandinsky_desktop.domain.limits import MOST_PIXELS
from kandinsky_desktop.domain.picture_kinds import (
    DECODERS,
    HEAD,
    PICTURE_ENDINGS,
    SAVED_MEANING,
    Kind,
)
from kandinsky_desktop.domain.record import Record
from kandinsky_desktop.domain.request import Request
from kandinsky_desktop.domain.schedulers import LABELS
from kandinsky_desktop.domain.task import Img2Img, Inpaint
from kandinsky_desktop.store import atomic_file, picture_repair, png_chunks
from kandinsky_desktop.store.picture_repair import ORIENTATION

if TYPE_CHECKING:
    from PIL.Image import Exif, Image

T = TypeVar("T")
log = logging.getLogger(__name__)
DAMAGED = N_("What {path} says of itself cannot be read: it is damaged.")

KEY = "kandinsky"
EMBEDDING = "kandinsky-embedding"  # the CLIP image embedding: safetensors in base64
SHEET = "kandinsky-sheet"  # in contact sheets: that they are ours
CANVAS = "kandinsky-canvas"  # in pictures that were kept from the canvas: likewise
BLOCK_BYTES = 64 * 2**20
MOST_BYTES = 300_000_000  # of a file that is repaired in memory
TURNS = {  # by EXIF's orientation; Pillow's names
    2: "FLIP_LEFT_RIGHT",
    3: "ROTATE_180",
    4: "FLIP_TOP_BOTTOM",
    5: "TRANSPOSE",
    6: "ROTATE_270",
    7: "TRANSVERSE",
    8: "ROTATE_90",
}
SIDEWAYS = (5, 6, 7, 8)
HALF = re.compile("[\ud800-\udfff]")  # of a character: in names of any bytes, and in no UTF-8
LONGEST_WORDS = 40  # characters of the prompt in a file's name
LONGEST_BYTES = 120  # of them: a name is at most 255 bytes on most disks
VARIATION = re.compile("[\ufe00-\ufe0f\U000e0100-\U000e01ef]")  # says how, not which letter


@dataclass(frozen=True, slots=True)
class WholePicture:
    """A foreign picture to be worked on: upright, eight bits a channel, in its own colours."""

    colours: "Image"  # RGB, also under what is transparent
    alpha: "Image | None"  # grey; None: nothing is transparent
    profile: bytes  # the colour profile, which is to be saved with it; empty: it has none
    as_it_is: bool  # the file is a PNG, which says the same to whoever opens it
    remarks: tuple[str, ...]  # what of the file is not kept, in sentences


@dataclass(frozen=True, slots=True)
class Finished:
    """An encoded picture, and the stem of its file name."""

    stem: str
    data: bytes


def finish(image: "Image", record: Record, embedding: bytes = b"") -> Finished:
    """Encode a picture as PNG with its record and, if given, its image embedding."""
    from PIL import PngImagePlugin

    about = PngImagePlugin.PngInfo()
    text = json.dumps(file_format.encode(record), ensure_ascii=False)
    about.add_itxt(KEY, _said(text))
    about.add_itxt("parameters", HALF.sub("?", parameters(record, Size(*image.size))))
    if embedding:
        about.add_text(EMBEDDING, embedding.decode("ascii"))
    stream = BytesIO()
    image.save(stream, "PNG", pnginfo=about)
    return Finished(stem(record), stream.getvalue())


def _said(text: str) -> str:
    """Return JSON as it stands in a file, in UTF-8 whatever names are in it."""
    return HALF.sub(lambda half: f"\\u{ord(half[0]):04x}", text)


def carrying(image: "Image", embedding: bytes) -> bytes:
    """Encode a picture as PNG with its image embedding and without a record."""
    from PIL import PngImagePlugin

    about = PngImagePlugin.PngInfo()
    about.add_text(EMBEDDING, embedding.decode("ascii"))
    stream = BytesIO()
    image.save(stream, "PNG", pnginfo=about)
    return stream.getvalue()


def finish_canvas(image: "Image", name: str, profile: bytes | None) -> Finished:
    """Encode a picture that was worked on as PNG, with its colour profile; it says it is ours."""
    from PIL import PngImagePlugin

    about, stream = PngImagePlugin.PngInfo(), BytesIO()
    about.add_text(CANVAS, "1")
    kept = {"icc_profile": profile} if profile else {}
    image.save(stream, "PNG", pnginfo=about, **kept)
    return Finished(Path(name).stem, stream.getvalue())


def save(picture: Finished, folder: Path) -> Path:
    """Write it under a name of its own. Raises SavingFailed with what to do."""
    try:
        return atomic_file.create(folder, picture.stem, ".png", picture.data).absolute()
    except OSError as error:
        raise saving_failed(folder, error) from error


def save_as(picture: Finished, path: Path) -> Path:
    """Write it to the very file the person named. Raises SavingFailed with what to do."""
    try:
        atomic_file.write(path, picture.data)
    except OSError as error:
        raise saving_failed(path, error) from error
    return path.absolute()


def stem(record: Record) -> str:
    """Return the name for a picture made now, without its ending.

    Pictures of an interpolation, which share their seed, are numbered.
    """
    when = time.strftime("%Y-%m-%d-%H%M%S")
    words, seed = in_a_name(record.request.words), str(record.seed)
    number = f"{record.index + 1:02}" if isinstance(record.request.conditioning, Series) else ""
    return "-".join(part for part in (when, words, seed, number) if part)


def in_a_name(words: str) -> str:
    """Return words as a part of a file's name: without what such names cannot hold here."""
    encoding = sys.getfilesystemencoding()  # UTF-8, but where someone set up an older locale
    return _spoken(words).encode(encoding, "ignore").decode(encoding).strip("-")


def parameters(record: Record, size: Size) -> str:
    """Return the record in the `parameters` convention that other programs read."""
    request, sampling = record.request, record.request.sampling
    negatives = (request.negative_prior.strip(), request.negative_decoder.strip())
    lines = [request.words]
    if any(negatives):
        lines.append("Negative prompt: " + ", ".join(text for text in negatives if text))
    facts = {
        "Steps": sampling.steps,
        "Sampler": LABELS[sampling.scheduler],
        "CFG scale": f"{sampling.guidance:g}",
        "Seed": record.seed,
        "Size": f"{size.width}x{size.height}",  # of an inpainted picture not as requested
        "Model": _quoted(record.model),
        "Model hash": record.fingerprint[:10],
        "Prior steps": sampling.prior_steps,
        "Prior CFG scale": f"{sampling.prior_guidance:g}",
        "Prior seed": record.prior_seed,
        "Version": record.program,
    }
    if isinstance(request.task, Img2Img | Inpaint):
        facts["Denoising strength"] = f"{request.task.strength:g}"
    lines.append(", ".join(f"{name}: {value}" for name, value in facts.items()))
    return "\n".join(lines)


def _quoted(value: str) -> str:
    """Return a setting in quotes, as other programs do, where it would be read as several."""
    return json.dumps(value, ensure_ascii=False) if re.search('[,:"\n]', value) else value


def read_record(path: Path) -> Record:
    """Return the record stored in a picture of ours. Raises Unreadable with a sentence."""
    text = _text(path, KEY)
    if text is None:
        raise Unreadable(_("{path} does not say how it was made.").format(path=path), path)
    try:
        record: Record = file_format.decode(Record, json.loads(text), str(path))
    except OtherFormat as error:
        error.path = path
        raise
    except (ValueError, RecursionError) as error:
        log.info("the record of %s is no JSON: %s", path, error)
        raise Unreadable(_(DAMAGED).format(path=path), path) from error
    except KandinskyError as error:
        raise Unreadable(
            _("What {path} says of itself cannot be read: {error}").format(path=path, error=error),
            path,
        ) from error
    return record


def stack_of(request: Request) -> int:
    """Return by what the pictures of a request will be known as one stack, in their files too."""
    text = _said(f'"request": {json.dumps(to_plain(request, bytearray()), ensure_ascii=False)}')
    return _stack(text.removesuffix("}"))


def stack_in(record: str, request: dict[str, Any]) -> int:
    """Return it by a record as it stands in a file, and by the request that was read of it.

    They were written by one program, so the request reads the same in all of them.
    """
    start, end = record.find('"request": {'), record.rfind('}, "index": ')
    return _stack(record[start:end] if 0 <= start < end else json.dumps(request, sort_keys=True))


def _stack(text: str) -> int:
    return int.from_bytes(sha256(text.encode()).digest()[:8], "big") >> 1


def check_there(path: Path) -> None:
    """Raise Unreadable, with a sentence, unless there is a file."""
    if not os.path.isfile(path):  # of any length, which is_file does not take
        raise Unreadable(_("There is no file {path}.").format(path=path), path)


def kind_of(path: Path) -> Kind | None:
    """Return what kind of picture or meaning a file is, by its content. Raises OSError."""
    if never_ends(path):
        return None
    with path.open("rb") as file:
        return picture_kinds.kind_of(file.read(HEAD))


def check_picture(path: Path) -> None:
    """Raise Unreadable, with a sentence, unless a file is a picture or is called like one.

    What is called like a picture and is none may be a damaged one: reading it says so.
    """
    check_there(path)
    try:
        kind = kind_of(path)
    except OSError as error:
        raise Unreadable(why_not(path, error), path) from error
    if kind is not None and not kind.is_picture:
        raise Unreadable(_not_read(path, kind), path)
    if kind is None and not path.name.lower().endswith(PICTURE_ENDINGS):
        raise Unreadable(_("{path} is no picture that can be read.").format(path=path), path)


def _not_read(path: Path, kind: Kind) -> str:
    if kind is SAVED_MEANING:
        return _("{path} is a saved meaning and no picture.").format(path=path)
    words = _("{path} is of a kind that is not read ({kind}): save it as PNG or JPEG first.")
    return words.format(path=path, kind=kind.name)


def read_embedding(path: Path) -> str:
    """Return the image embedding stored in a picture of ours, in base64. Raises Unreadable."""
    text = _text(path, EMBEDDING)
    if text is None:
        raise Unreadable(_("{path} does not carry its meaning with it.").format(path=path), path)
    return text


def _text(path: Path, key: str) -> str | None:
    """Return a text in a picture whose pixels are whole. Raises Unreadable."""
    open_picture(path).close()
    try:
        text = png_chunks.texts(path, (key,)).get(key)
        damaged = text is None and png_chunks.says(path, (key,))
    except OSError as error:
        raise Unreadable(why_not(path, error), path) from error
    if damaged:
        raise Unreadable(_(DAMAGED).format(path=path), path)
    return text


def open_rgb(path: Path, *, own_colours: bool = False) -> "Image":
    """Open a foreign picture as eight-bit RGB, turned upright. Raises Unreadable.

    Of an animation the first frame; what is transparent becomes white; 16-bit greys are scaled,
    not clipped; CMYK is converted. Colours are those of sRGB or, with `own_colours`, the very
    values of the file, whose profile then stays with the picture and is saved with it.
    """
    return _read(path, partial(_as_rgb, own_colours=own_colours))


def open_small(path: Path, side: int) -> "Image":
    """Open a picture as `open_rgb` does, to be shrunk to a side of so many pixels.

    It is at least twice as large, unless it is small; so little of a large one is copied.
    """

    def small(image: "Image") -> "Image":
        image.draft("RGB", (2 * side, 2 * side))  # of a JPEG no more is decoded
        times = max(image.size) // (2 * side)
        if times > 1 and image.mode in ("RGB", "L"):
            image = image.reduce((min(times, image.width), min(times, image.height)))
        return _as_rgb(image, own_colours=False)

    return _read(path, small)


def open_layers(path: Path) -> tuple["Image", "Image | None"]:
    """Open a foreign picture as its colours and its transparency apart. Raises Unreadable.

    Colours are those of `open_rgb` with `own_colours`, but those under what is transparent as they
    stand in the file. Without transparency there is no second layer.
    """
    return _read(path, _layers)


def open_whole(path: Path, data: bytes | None = None) -> WholePicture:
    """Open a foreign picture with all that can be worked on. Raises Unreadable.

    With `data` that is read instead, and the path is only what it is called.
    """

    def whole(image: "Image") -> WholePicture:
        remarks = tuple(_not_kept(path, image))
        said = image.info.get("icc_profile") if image.mode.startswith(("RGB", "P")) else None
        profile = said if isinstance(said, bytes) and said[16:20] == b"RGB " else b""
        as_it_is = image.format == "PNG" and not remarks
        colours, alpha = _layers(image)
        as_it_is = as_it_is and _orientation(image) == 1
        return WholePicture(colours, alpha, profile, as_it_is, remarks)

    return _read(path, whole, data)


def _layers(image: "Image") -> tuple["Image", "Image | None"]:
    image = _eight_bit(_upright(image))
    alpha = None
    if image.has_transparency_data:
        image = image.convert("RGBA")
        alpha = image.getchannel("A")
    colours = image.convert("RGB")
    colours.info.clear()
    return colours, alpha


def _not_kept(path: Path, image: "Image") -> Iterator[str]:
    """Yield what of a picture is lost when it is worked on; before its pixels are read."""
    deep = any(";16" in str(tile[-1]) for tile in getattr(image, "tile", ()))
    if deep or image.mode.startswith(("I", "F")):
        yield _(
            "{name} has 16 bits or more a channel; eight are worked with. The file itself stays."
        ).format(name=path.name)
    if image.mode in ("CMYK", "LAB"):
        yield _("{name} is {mode}; it is worked with as RGB. The file itself stays.").format(
            name=path.name, mode=image.mode
        )
    if getattr(image, "is_animated", False):
        yield _("{name} is an animation; its first frame is worked with.").format(name=path.name)


def open_grey(path: Path) -> "Image":
    """Open a depth map as eight-bit grey, turned upright; transparent parts are black."""
    return _read(path, _as_grey)


def size_of(path: Path) -> Size:
    """Return the size of a foreign picture, turned upright. Raises Unreadable."""

    def size(image: "Image") -> Size:
        if image.format == "PNG":
            image.load()  # what it says of itself may stand behind the pixels
        return _upright_size(image)

    return _read(path, size)


def glance(path: Path) -> tuple[Size, dict[str, bytes]]:
    """Return size and texts, as `size_of` and `about` do, with no pixel read. Raises Unreadable."""
    return _read(path, lambda image: (_upright_size(image), _texts_in(image)))


def _upright_size(image: "Image") -> Size:
    sideways = _orientation(image) in SIDEWAYS
    turned = sideways and image.format != "TIFF"  # whose size Pillow turns by itself
    found = Size(image.width, image.height)
    return found.swapped if turned else found


def open_picture(path: Path) -> "Image":
    """Open a picture as it is. Raises Unreadable."""

    def loaded(image: "Image") -> "Image":
        image.load()
        return image

    return _read(path, loaded)


def about(path: Path) -> dict[str, bytes]:
    """Return what a picture says besides its pixels, as it stands: `exif`, `xmp` and `comment`.

    Raises Unreadable.
    """

    return _read(path, _texts_in)


def _texts_in(image: "Image") -> dict[str, bytes]:
    parts = {key: image.info.get(key) for key in ("exif", "xmp", "comment")}
    return {key: part for key, part in parts.items() if isinstance(part, bytes)}


def open_to_show(path: Path) -> "Image":
    """Open a picture as people see it: eight-bit RGBA, turned upright. Raises Unreadable."""
    return _read(path, lambda image: _eight_bit(_upright(image)).convert("RGBA"))


def open_to_export(path: Path) -> "Image":
    """Open a picture upright with eight bits a channel and its own values. Raises Unreadable.

    Its mode is L, LA, RGB or RGBA, with no alpha where nothing is transparent; `info` holds its
    colour profile, if it has one that fits, and nothing else.
    """

    def whole(image: "Image") -> "Image":
        profile = image.info.get("icc_profile")
        image = _eight_bit(_upright(image))
        if image.has_transparency_data:
            grey = image.mode in ("L", "LA", "La")
            image = image.convert("LA" if grey else "RGBA")
            if image.getchannel("A").getextrema() == (255, 255):
                image = image.convert("L" if grey else "RGB")
        elif image.mode != "L":
            image = image.convert("L" if image.mode == "1" else "RGB")
        space = b"GRAY" if image.mode.startswith("L") else b"RGB "
        image.info.clear()
        if isinstance(profile, bytes) and profile[16:20] == space:
            image.info["icc_profile"] = profile
        return image

    return _read(path, whole)


def exif_of(path: Path) -> "Exif":
    """Return what a picture says in EXIF; nothing where that cannot be read. Raises Unreadable."""
    from PIL.Image import Exif as Nothing

    def exif(image: "Image") -> "Exif":
        try:
            return image.getexif()
        except Exception:  # Pillow's readers of EXIF and XMP raise anything too
            log.info("the EXIF of a picture cannot be read", exc_info=True)
            return Nothing()

    return _read(path, exif)


def is_turned(path: Path) -> bool:
    """Whether a picture says that it is to be turned before it is seen. Raises Unreadable."""

    def turned(image: "Image") -> bool:
        image.load()  # what it says of itself may stand behind the pixels
        return _orientation(image) in TURNS

    return _read(path, turned)


def _read(path: Path, use: Callable[["Image"], T], data: bytes | None = None) -> T:
    """Open a foreign picture, checked by its header first, and use it. Raises Unreadable.

    Where something besides the pixels is broken, the file is read without it.
    """
    if data is None and never_ends(path):
        raise Unreadable(_("There is no file {path}.").format(path=path), path)
    try:
        return _opened(path, path if data is None else BytesIO(data), use)
    except FileNotFoundError as error:
        raise Unreadable(_("There is no file {path}.").format(path=path), path) from error
    except (Unreadable, MemoryError):
        raise
    except Exception as error:  # Pillow's decoders raise anything
        whole = _repaired(path) if data is None else picture_repair.repaired(data)
        if whole is None:
            raise Unreadable(why_not(path, error), path) from error
        log.info("%s is read without what is broken in it: %s", path, error)
        try:
            return _opened(path, BytesIO(whole), use)
        except (Unreadable, MemoryError):
            raise
        except Exception as again:
            raise Unreadable(why_not(path, again), path) from again


def never_ends(path: Path) -> bool:
    """Whether a path leads to a pipe or a device, which would be read for ever."""
    try:
        mode = path.stat().st_mode
    except (OSError, ValueError):  # said when it is opened
        return False
    return not (stat.S_ISREG(mode) or stat.S_ISDIR(mode))


def _opened(path: Path, file: Path | BytesIO, use: Callable[["Image"], T]) -> T:
    """Let Pillow open a file. The only place where it reads what the program did not write."""
    from PIL import Image, _imaging

    # Pillow takes large pictures in blocks of 16 MB, which the C library keeps once they are freed;
    # those of 32 MB and more go back to the system.
    _imaging.set_block_size(BLOCK_BYTES)
    Image.MAX_IMAGE_PIXELS = None  # our own limit, with a sentence, comes before any pixel is read
    # Pillow's remarks on odd files would stand raw on stderr. Said each time, since whoever catches
    # warnings forgets it; set for all threads, since those of a block would not be theirs alone.
    warnings.filterwarnings("ignore", module=r"PIL\.")
    with Image.open(file, formats=DECODERS) as image:
        width, height = image.size
        if width * height > MOST_PIXELS:
            raise TooLarge(
                _("{path} is {width} × {height} pixels; at most {most} million are read.").format(
                    path=path, width=width, height=height, most=MOST_PIXELS // 1_000_000
                ),
                path,
            )
        return use(image)


def _repaired(path: Path) -> bytes | None:
    try:
        if path.stat().st_size > MOST_BYTES:
            return None
        return picture_repair.repaired(path.read_bytes())
    except OSError:
        return None


def why_not(path: Path, error: Exception) -> str:
    """Say why a picture was not read: the disk did not give it, or it is none."""
    if not isinstance(error, OSError) or error.errno in (None, errno.EINVAL):
        # Pillow's own errors have no number; a damaged file may lead where no disk goes
        try:
            kind = kind_of(path)
        except OSError:
            kind = None
        if kind is not None and not kind.is_picture:
            return _not_read(path, kind)
        text = _("{path} cannot be read as a picture: it is damaged or of an unknown kind.")
        return text.format(path=path)
    return _("{path} cannot be read: {reason}.").format(path=path, reason=error.strerror or error)


def _as_rgb(image: "Image", *, own_colours: bool) -> "Image":
    profile = image.info.get("icc_profile") if image.mode.startswith(("RGB", "P")) else None
    image = _on("white", _eight_bit(_upright(image))).convert("RGB")
    image.info.clear()  # what else was said of the file does not hold for a new picture
    if not isinstance(profile, bytes) or profile[16:20] != b"RGB ":
        return image
    if own_colours:
        image.info["icc_profile"] = profile
        return image
    return _in_srgb(image, profile)


def _as_grey(image: "Image") -> "Image":
    image = _on("black", _eight_bit(_upright(image))).convert("L")
    image.info.clear()
    return image


def _upright(image: "Image") -> "Image":
    from PIL.Image import Transpose

    image.load()
    turn = TURNS.get(_orientation(image))
    return image if turn is None else image.transpose(Transpose[turn])


def _orientation(image: "Image") -> int:
    """Return how a picture is to be turned, as EXIF or XMP says; 1 where that cannot be read."""
    try:
        return int(image.getexif().get(ORIENTATION, 1))
    except Exception:  # Pillow's readers of EXIF and XMP raise anything too
        log.info("the EXIF of a picture cannot be read", exc_info=True)
        exif = image.info.get("exif")
        return picture_repair.orientation(exif) if isinstance(exif, bytes) else 1


def _eight_bit(image: "Image") -> "Image":
    """Return a picture of one deep channel with eight bits; 16 are scaled, others stretched."""
    if image.mode.startswith(("I", "F")):  # one of 65,536 greys may be called transparent
        image.info.pop("transparency", None)
    if image.mode.startswith("I;16"):
        return image.convert("I").point(lambda value: value / 257).convert("L")
    if image.mode not in ("I", "F"):
        return image
    low, high = image.getextrema()
    assert isinstance(low, float | int)
    assert isinstance(high, float | int)
    if image.mode == "I" and low >= 0 and high < 2**16:  # as 16-bit PNGs are opened too
        return image.point(lambda value: value / 257).convert("L")
    scale = 255 / (high - low) if high > low else 0.0
    return image.convert("F").point(lambda value: value * scale - low * scale).convert("L")


def _on(ground: str, image: "Image") -> "Image":
    """Return a picture with nothing transparent: it lies on a ground of one colour."""
    from PIL import Image

    if not image.has_transparency_data:
        return image
    image = image.convert("RGBA")
    under = Image.new("RGBA", image.size, ground)
    under.alpha_composite(image)
    return under


def _in_srgb(image: "Image", profile: bytes) -> "Image":
    from PIL import ImageCms

    try:
        theirs = ImageCms.ImageCmsProfile(BytesIO(profile))
        ours = ImageCms.createProfile("sRGB")
        changed = ImageCms.profileToProfile(image, theirs, ours)
    except (OSError, ImageCms.PyCMSError):  # a broken profile is as good as none
        return image
    if changed is None:
        return image
    changed.info.clear()
    return changed


def move_in(paths: Sequence[Path], folder: Path) -> list[Path]:
    """Move pictures of ours into a folder, whole or not at all. Raises SavingFailed."""
    moved = []
    for path in paths:
        try:
            moved.append(atomic_file.create(folder, path.stem, path.suffix, path.read_bytes()))
            path.unlink()
        except OSError as error:
            raise saving_failed(folder, error) from error
    return moved


def newest(folder: Path, most: int) -> list[Path]:
    """Return the pictures of a folder, ours first, each newest first; others if there is room.

    Ours are known by what they say of themselves, whatever they are called now, and what is newest
    by the time at which it was written.
    """
    times: dict[Path, int] = {}
    try:
        for path in folder.glob("*.png"):
            if path.name[0] != ".":
                times[path] = _written(path)
    except OSError:
        return []
    ours: list[Path] = []
    others: list[Path] = []
    for path in sorted(times, key=lambda one: (times[one], one.name), reverse=True):
        (ours if _is_ours(path) else others).append(path)
        if len(ours) == most:
            break
    return (ours + others)[:most]


def _written(path: Path) -> int:
    try:
        return path.stat().st_mtime_ns
    except OSError:
        return 0


def _is_ours(path: Path) -> bool:
    try:
        return png_chunks.says(path, (KEY, EMBEDDING, SHEET, CANVAS))
    except OSError:
        return False


def _spoken(prompt: str) -> str:
    """Return the words of a prompt for a file's name, cut between letters and never within one."""
    words = ""
    for letter in _letters(unicodedata.normalize("NFC", prompt).lower()):
        longer = (words + ("-" if letter == " " else letter)).lstrip("-")
        if len(longer) > LONGEST_WORDS or len(longer.encode()) > LONGEST_BYTES:
            break
        words = longer
    return words.rstrip("-")


def _letters(text: str) -> Iterator[str]:
    """Yield letters and digits with their vowel signs and accents; what is between, as one space.

    A sign is a character of its own (in Hindi, Thai, pointed Hebrew) and part of the spelling.
    """
    letter = " "
    for one in text:
        kind = unicodedata.category(one)
        if kind in ("Mn", "Mc") and letter != " " and not VARIATION.match(one):
            letter += one
        elif one.isalnum():
            yield letter
            letter = one
        elif kind != "Cf" and not VARIATION.match(one):  # joiners stand within words
            if letter != " ":
                yield letter
            letter = " "
    if letter != " ":
        yield letter


def saving_failed(place: Path, error: OSError) -> SavingFailed:
    """Return why a picture was not written there, as an error that says what to do."""
    match error.errno:
        case errno.ENOSPC | errno.EDQUOT:
            text = _("{place} is full: make room there, or save the picture in another folder.")
        case errno.EROFS | errno.EACCES | errno.EPERM:
            text = _("{place} must not be written to: save the picture in another folder.")
        case errno.ENAMETOOLONG:
            text = _("{place} is too long a name: give the picture a shorter one.")
        case _:
            text = _("{place} did not take the picture ({reason}): save it in another folder.")
    return SavingFailed(text.format(place=place, reason=error.strerror or error))
