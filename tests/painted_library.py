"""A library that is nice to look at, with all that a gallery shows: for shots and walks."""

import os
import time
from dataclasses import dataclass, field, replace
from functools import cache
from io import BytesIO
from pathlib import Path

from PIL import Image, ImageOps

from kandinsky_desktop.domain.conditioning import ImagePrompt, Ingredient, Mix
from kandinsky_desktop.domain.record import Record
from kandinsky_desktop.domain.task import Img2Img
from kandinsky_desktop.store import fingerprints, library_index, pictures, places, thumbnail_store
from kandinsky_desktop.store.pictures import Finished
from kandinsky_desktop.store.thumbnail_store import ThumbnailStore
from tests.library import plain_png, record_of, rescan, texts, watch

STAMP = "%Y-%m-%d-%H%M%S"


@dataclass
class PaintedLibrary:
    """Files in a folder, and the index and thumbnails of them where the program reads them."""

    folder: Path
    made: list[Path] = field(default_factory=list)
    _number: int = 0
    _now: float = field(default_factory=time.time)  # the same for all: saving may take any time

    def add(self, image: Image.Image, record: Record, *, ago_s: float = 0.0) -> Path:
        """Save one picture as the engine does, so long ago."""
        return self._save(pictures.finish(image, record), ago_s)

    def _save(self, picture: Finished, ago_s: float) -> Path:
        self.folder.mkdir(parents=True, exist_ok=True)
        path = pictures.save(picture, self.folder)
        when = self._now - ago_s - self._number * 0.05
        rest = path.name.split("-", 4)[-1]  # behind the day and the time
        path = path.rename(self.folder / f"{time.strftime(STAMP, time.localtime(when))}-{rest}")
        os.utime(path, (when, when))
        self._number += 1
        self.made.append(path)
        return path

    def fill(self, count: int) -> None:
        """Save so many: some alone, some of one request, fused, filled or begun from others."""
        for picture, ago_s in filled(count):
            self._save(picture, ago_s)

    def add_family(self) -> tuple[Path, Path, Path, Path]:
        """Save two pictures, what was fused from them, and what was filled in that."""
        samples = sorted((places.resources() / "prompts" / "starter").glob("*.png"))
        # like no other picture here: a family is found by what its pictures hold
        one, other = (varied(Image.open(path).convert("RGB"), 11) for path in samples[:2])
        first = self.add(one, record_of("a rainbow", seed=11), ago_s=4000)
        second = self.add(other, record_of("a rocket", seed=12), ago_s=3000)
        mix = Mix(
            ingredients=(
                Ingredient(ImagePrompt(first), 0.5),
                Ingredient(ImagePrompt(second), 0.5),
            )
        )
        sources = tuple(fingerprints.of_file(path) for path in (first, second))
        fused = record_of(conditioning=mix, seed=13, sources=sources, width=128, height=128)
        third = self.add(Image.blend(one, other, 0.5), fused, ago_s=2000)
        filled = record_of(
            "a rocket in the clouds",
            seed=14,
            task=Img2Img(path=third, strength=0.6),
            sources=(fingerprints.of_file(third),),
        )
        fourth = self.add(varied(Image.blend(one, other, 0.4), 3), filled, ago_s=1000)
        return first, second, third, fourth

    def add_foreign(self) -> Path:
        """Save a picture of another program, with settings of its own, stars and keywords."""
        source = sorted((places.resources() / "prompts" / "starter").glob("*.png"))[3]
        stream = BytesIO()
        Image.open(source).convert("RGB").resize((256, 384)).save(stream, "PNG")
        said = (
            "a watercolour of a <b>lighthouse</b> on a cliff, golden hour\nNegative prompt: blurry,"
            " watermark\nSteps: 28, Sampler: DPM++ 2M Karras, CFG scale: 6.5, Seed: 3141592653,"
            " Size: 512x768, Model hash: 6ce0161689, Model: dreams, Denoising strength: 0.45,"
            " Clip skip: 2, Hires upscale: 2, Version: v1.10.1"
        )
        xmp = (
            '<rdf:Description xmp:Rating="3"><dc:subject><rdf:Bag><rdf:li>sea</rdf:li>'
            "</rdf:Bag></dc:subject></rdf:Description>"
        )
        data = stream.getvalue()
        path = self.folder / "00012-3141592653.png"
        about = texts(("parameters", said), ("XML:com.adobe.xmp", xmp))
        path.write_bytes(data[:33] + about + data[33:])
        self.made.append(path)
        return path

    def add_broken(self) -> Path:
        """Save a file that is cut off."""
        path = self.folder / "cut-off.png"
        path.write_bytes(plain_png(("Title", "<b>bold</b>"))[:60])
        self.made.append(path)
        return path

    def index(self) -> None:
        """Index all of it, and make the thumbnails."""
        index, _aside = library_index.open_index(library_index.place_in(places.library()))
        rescan(index, watch(index, self.folder))
        reader = library_index.open_reader(index.path)
        rows = library_index.rows(reader, index.without_content())
        index.set_contents([(row.id, fingerprints.of_file(row.path)) for row in rows])
        store = ThumbnailStore(places.library() / "thumbs.db")
        made = [
            (row.id, thumbnail_store.make(row.path), row.path.stat().st_mtime_ns)
            for row in rows
            if row.path.name != "cut-off.png"
        ]
        store.keep(made)
        store.close()
        reader.close()
        index.close()


def varied(image: Image.Image, number: int) -> Image.Image:
    """Return a picture that is like another and is not the same."""
    shades = list(image.convert("HSV").split())
    by = number * 23 % 256
    shades[0] = shades[0].point(lambda value: (value + by) % 256)
    turned = Image.merge("HSV", shades).convert("RGB")
    return ImageOps.mirror(turned) if number % 2 else turned


@cache
def filled(count: int) -> tuple[tuple[Finished, float], ...]:
    """Return so many pictures, and how long ago each was made: drawn once for all libraries."""
    samples = sorted((places.resources() / "prompts" / "starter").glob("*.png"))
    made = list[tuple[Finished, float]]()
    ago = 0
    while len(made) < count:
        source = samples[(len(made) // 3) % len(samples)]
        words = source.stem.replace("-", " ")
        image = varied(Image.open(source).convert("RGB"), len(made))
        each = (1, 4, 1, 1, 7, 1, 1, 1, 9)[ago % 9]
        record = record_of(words, seed=4_175_469_901 + ago, count=each, width=128, height=128)
        for index in range(min(each, count - len(made))):
            shown = varied(image, 7 * index) if index else image
            picture = pictures.finish(shown, replace(record, index=index))
            made.append((picture, 5000 + ago * 2700.0))
        ago += 1
    return tuple(made)
