"""A picture written once more, in another format or without what it says of itself.

Pixels that need not change do not: a PNG stays the same bytes, or loses the chunks that say how it
was made and nothing else. The colour profile goes along in every format.
"""

import errno
import os
from collections.abc import Callable
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path
from typing import TYPE_CHECKING, Any

from kandinsky_desktop.domain.catalog import Size
from kandinsky_desktop.domain.conditioning import Series, spoken, title_of
from kandinsky_desktop.domain.errors import InvalidRequest, SavingFailed, Unreadable
from kandinsky_desktop.domain.i18n import _
from kandinsky_desktop.domain.image_formats import GROUNDS, ExportOptions
from kandinsky_desktop.store import atomic_file, pictures, png_chunks

if TYPE_CHECKING:
    from PIL.Image import Exif, Image

PIXELS = (  # of a PNG: what is seen, and no word about it
    b"IHDR PLTE IDAT IEND tRNS iCCP sRGB gAMA cHRM cICP mDCV cLLI sBIT bKGD pHYs".split()
)
PARAMETERS = "parameters"  # the text in a PNG that other programs read
EXIF_IFD, USER_COMMENT = 0x8769, 0x9286
UNICODE = b"UNICODE\0"  # in front of a comment in EXIF
MOST_EXIF = 60_000  # bytes: a segment of JPEG holds 65,533, and other programs allow no more
FINE = 90  # from this quality on JPEG and AVIF keep colours at full resolution


@dataclass(frozen=True, slots=True)
class Facts:
    """What is to be known of a picture before it is exported."""

    name: str  # suggested for the file, without an ending: the words it was painted from
    size: Size
    transparent: bool  # somewhere
    says: bool  # how it was made


@dataclass(frozen=True, slots=True)
class Exported:
    """A picture that was written, and what a person may not expect of it, in sentences."""

    path: Path
    size_bytes: int
    remarks: tuple[str, ...] = ()


def facts_of(source: Path) -> Facts:
    """Look at a picture. Raises Unreadable."""
    with pictures.open_to_export(source) as image:
        size, transparent = Size(*image.size), image.mode.endswith("A")
    return Facts(name_of(source), size, transparent, bool(_comment(source)))


def name_of(source: Path) -> str:
    """Return the words a picture was painted from as a file's name; else its own name."""
    try:
        record = pictures.read_record(source)
    except Unreadable:
        return source.stem
    meaning = record.request.conditioning_of(record.index)
    words = spoken(meaning) if isinstance(meaning, Series) else title_of(meaning)
    return pictures.in_a_name(words) or source.stem


def export(
    source: Path, target: Path, options: ExportOptions, *, replace: bool = False
) -> Exported:
    """Write a picture to the very file named, by the options' format whatever its ending.

    Raises InvalidRequest where it must not go there, unless `replace` says that what lies there may
    go; Unreadable; SavingFailed.
    """
    _check_target(source, target, replace=replace)
    data, remarks = encoded(source, options)
    write = atomic_file.write if replace else atomic_file.write_new
    _saved(target, lambda: write(target, data))
    return Exported(target.absolute(), len(data), remarks)


def export_into(source: Path, folder: Path, options: ExportOptions) -> Exported:
    """Write a picture into a folder under a name of its own; nothing is overwritten.

    Raises Unreadable; SavingFailed.
    """
    data, remarks = encoded(source, options)
    stem, ending = name_of(source), options.target.endings[0]
    path = _saved(folder / stem, lambda: atomic_file.create(folder, stem, ending, data))
    return Exported(path.absolute(), len(data), remarks)


def free_name(folder: Path, stem: str, ending: str) -> str:
    """Return a name that is not taken in a folder now: with -2 behind its stem, or a higher one."""
    stem = atomic_file.unreserved(stem)
    number, name = 1, f"{stem}{ending}"
    while os.path.lexists(folder / name):
        number += 1
        name = f"{stem}-{number}{ending}"
    return name


def encoded(source: Path, options: ExportOptions) -> tuple[bytes, tuple[str, ...]]:
    """Return a picture as a file of the options' format, and remarks. Raises Unreadable.

    Raises InvalidRequest for a size that the format cannot hold.
    """
    with pictures.open_to_export(source) as image:
        options.target.check_size(Size(*image.size))
        if options.format == "png":
            return _as_png(source, image, options), ()
        return _as_other(source, image, options)


def _as_png(source: Path, image: "Image", options: ExportOptions) -> bytes:
    from PIL.PngImagePlugin import PngInfo

    try:
        data = source.read_bytes()
    except OSError as error:
        raise Unreadable(pictures.why_not(source, error), source) from error
    if data.startswith(png_chunks.MAGIC):
        if options.keep:
            return data
        every = list(png_chunks.chunks(BytesIO(data)))
        if all(chunk.whole for chunk in every) and not pictures.is_turned(source):
            kept = (chunk.encoded for chunk in every if chunk.kind in PIXELS)
            return png_chunks.MAGIC + b"".join(kept)
    about = PngInfo()
    if options.keep and (comment := _comment(source)):
        about.add_itxt(PARAMETERS, comment)
    return _written(image, "PNG", pnginfo=about)


def _as_other(
    source: Path, image: "Image", options: ExportOptions
) -> tuple[bytes, tuple[str, ...]]:
    remarks: list[str] = []
    profile = image.info.get("icc_profile")
    if image.mode.endswith("A") and not options.target.transparent:
        image = _on_ground(image, options.ground)
        ground = next(_(one.label) for one in GROUNDS if one.value == options.ground)
        words = _("What was transparent lies on a ground now: {ground}.")
        remarks.append(words.format(ground=ground.lower()))
    said: dict[str, Any] = {"icc_profile": profile} if profile else {}
    comment = _comment(source) if options.keep else ""
    if comment:
        exif = _exif(comment)
        if len(exif.tobytes()) <= MOST_EXIF:
            said["exif"] = exif
        else:
            words = _("How it was made is too long for {format} and is not in the file.")
            remarks.append(words.format(format=options.target.name))
    if options.format == "webp":
        how: dict[str, Any] = {"lossless": options.lossless, "quality": options.quality}
        return _written(image, "WEBP", **how, **said), tuple(remarks)
    fine = options.quality >= FINE
    if options.format == "avif":
        if "exif" in said:  # with its mark in front, nobody finds it again
            said["exif"] = said["exif"].tobytes().removeprefix(b"Exif\0\0")
        how = {"quality": options.quality, "subsampling": "4:4:4" if fine else "4:2:0"}
        return _written(image, "AVIF", **how, **said), tuple(remarks)
    how = {"quality": options.quality, "optimize": True} | ({"subsampling": 0} if fine else {})
    return _written(image, "JPEG", **how, **said), tuple(remarks)


def _written(image: "Image", kind: str, **how: Any) -> bytes:
    from PIL import features

    if kind == "AVIF" and not features.check("avif"):  # a build of Pillow without it
        raise InvalidRequest(_("AVIF cannot be written on this machine: choose another format."))
    stream = BytesIO()
    image.save(stream, kind, **how)
    return stream.getvalue()


def _on_ground(image: "Image", ground: str) -> "Image":
    from PIL import Image

    under = Image.new("RGBA", image.size, ground)
    under.alpha_composite(image.convert("RGBA"))
    return under.convert("L" if image.mode == "LA" else "RGB")


def _comment(source: Path) -> str:
    """Return how a picture was made, in the words that other programs read; empty if it is mute.

    They stand in the text `parameters` of a PNG, and in the comment of a JPEG's or WebP's EXIF.
    """
    try:
        text = png_chunks.texts(source, (PARAMETERS,)).get(PARAMETERS, "")
    except OSError:
        return ""
    if text:
        return text
    comment = pictures.exif_of(source).get_ifd(EXIF_IFD).get(USER_COMMENT)
    if not isinstance(comment, bytes) or not comment.startswith(UNICODE):
        return ""
    return comment.removeprefix(UNICODE).decode("utf-16-be", "replace")


def _exif(comment: str) -> "Exif":
    from PIL import Image

    exif = Image.Exif()
    exif.get_ifd(EXIF_IFD)[USER_COMMENT] = UNICODE + comment.encode("utf-16-be", "replace")
    return exif


def _check_target(source: Path, target: Path, *, replace: bool) -> None:
    try:
        if target.exists() and source.exists() and os.path.samefile(source, target):
            raise InvalidRequest(
                _("{path} is the picture itself: give the new file another name.").format(
                    path=target
                )
            )
        if target.is_dir():
            words = _("{path} is a folder: give the file a name in it.")
            raise InvalidRequest(words.format(path=target))
        if not replace and os.path.lexists(target):
            raise InvalidRequest(_taken(target))
    except OSError as error:
        raise pictures.saving_failed(target, error) from error


def _saved(target: Path, write: Callable[[], Any]) -> Any:
    try:
        return write()
    except OSError as error:
        if isinstance(error, FileExistsError) and os.path.lexists(target):  # it came meanwhile
            raise SavingFailed(_taken(target)) from error
        place = target if error.errno == errno.ENAMETOOLONG else target.parent
        raise pictures.saving_failed(place, error) from error
    except ValueError as error:  # a name with a null in it
        words = _("{path} cannot be the name of a file.")
        raise SavingFailed(words.format(path=repr(target.name)[1:-1])) from error


def _taken(target: Path) -> str:
    words = _("There is a file {path} already: give the new one another name.")
    return words.format(path=target)
