"""A library to measure with: small real PNGs that carry real records, in folders by day.

`python -m benchmarks.library_pictures FOLDER COUNT` makes one: 100,000 are 600 MB and some minutes.
"""

import json
import os
import random
import struct
import sys
import time
import zlib
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from dataclasses import replace
from functools import lru_cache
from io import BytesIO
from pathlib import Path
from typing import Any

from PIL import Image, ImageDraw

from kandinsky_desktop.domain import file_format
from kandinsky_desktop.domain.catalog import Size
from kandinsky_desktop.domain.conditioning import ImagePrompt, Ingredient, Mix, Prompt
from kandinsky_desktop.domain.record import Conditions, Record
from kandinsky_desktop.domain.request import Paint, Sampling
from kandinsky_desktop.domain.schedulers import LABELS
from kandinsky_desktop.domain.task import Img2Img
from kandinsky_desktop.store import pictures

COMMON = """
red blue green golden dark bright small huge old young sad happy cat dog robot house tree river
mountain city portrait woman man child street night morning winter summer snow rain fire glass
painting oil watercolor photo sketch detailed cinematic light soft sharp abstract circles lines
кот собака дом река красный синий зима лето портрет город ночь свет
"""
WORDS = COMMON.split()
PARTS = "ka lo mi ra ten sor vi du pel an gor is thu mar ne fi bo cha zet ul"
SYLLABLES = PARTS.split()
MODELS = ("kandinsky-2.2", "kandinsky-2.1", "starter")
SIDES = (128, 128, 128, 128, 128, 128, 128, 128, 256, 512)
START = time.mktime((2023, 1, 1, 9, 0, 0, 0, 0, -1))
A_DAY = 100
BASES = 200  # pictures, each used many times under other records
CONDITIONS = Conditions(
    device="cpu",
    device_name="a processor",
    dtype="float32",
    threads=1,
    batch=(0,),
    libraries=("torch 2.13.0+cpu", "diffusers 0.36.0", "transformers 5.23.0"),
    platform="Linux x86_64",
)


def make(folder: Path, count: int) -> None:
    """Write so many pictures, in as many processes as there are cores."""
    days = range((count + A_DAY - 1) // A_DAY)
    if count <= 10 * A_DAY:
        for day in days:
            _day(folder, day, min(A_DAY, count - day * A_DAY))
        return
    with ProcessPoolExecutor(os.cpu_count()) as pool:
        list(pool.map(_day, [folder] * len(days), days, [A_DAY] * len(days), chunksize=5))


def _day(folder: Path, number: int, count: int) -> None:
    dice = random.Random(number)
    at = START + number * 86_400
    place = folder / time.strftime("%Y", time.localtime(at))
    place /= time.strftime("%Y-%m-%d", time.localtime(at))
    place.mkdir(parents=True, exist_ok=True)
    batch: Record | None = None
    for index in range(count):
        side, before, after = dice.choice(_bases())
        if batch is not None and batch.index + 1 < batch.request.count:
            record = _next(batch)
        else:
            record = _record(dice, side, number * A_DAY + index)
        batch = record
        text = json.dumps(file_format.encode(record), ensure_ascii=False)
        about = _itxt("kandinsky", text)
        about += _itxt("parameters", pictures.parameters(record, Size(side, side)))
        if dice.random() < 0.05:  # an image embedding
            about += _chunk(b"tEXt", b"kandinsky-embedding\0" + b"A" * 6900)
        when = at + index * 300
        stamp = time.strftime("%Y-%m-%d-%H%M%S", time.localtime(when))
        path = place / f"{stamp}{pictures.stem(record)[17:]}-{index}.png"
        path.write_bytes(before + about + after)
        os.utime(path, (when, when))


def _next(before: Record) -> Record:
    return replace(before, index=before.index + 1)


def _record(dice: random.Random, side: int, number: int) -> Record:
    words = Prompt(_prompt(dice), _rare(dice) if dice.random() < 0.4 else "")
    changes: dict[str, Any] = {"conditioning": words}
    sources: tuple[str, ...] = ()
    if dice.random() < 0.1:
        picture = ImagePrompt(Path(f"/pictures/{number % 997}.png"))
        both = (Ingredient(words, 0.6), Ingredient(picture, 0.4))
        changes["conditioning"] = Mix(ingredients=both)
        sources = (f"{number % 997:024x}",)
    elif dice.random() < 0.1:
        changes["task"] = Img2Img(path=Path(f"/pictures/{number % 991}.png"), strength=0.5)
        sources = (f"{number % 991:024x}",)
    sampling = Sampling(
        width=side,
        height=side,
        steps=dice.choice((20, 30, 50)),
        scheduler=dice.choice(tuple(LABELS)),
        prior_seed=dice.randrange(2**32),
        seed=dice.randrange(2**32),
    )
    model = dice.choice(MODELS)
    count = 4 if dice.random() < 0.1 else 1
    return Record(
        request=Paint(sampling=sampling, model=model, count=count, **changes),
        index=0,
        model=model,
        fingerprint="aaaaaabbbbbbccccccdddddd",
        conditions=CONDITIONS,
        program="Kandinsky Desktop 0.3.0",
        sources=sources,
    )


def _prompt(dice: random.Random) -> str:
    count = dice.randint(4, 28)
    words = [dice.choice(WORDS) if dice.random() < 0.8 else _rare(dice) for _word in range(count)]
    return ", ".join(" ".join(words[at : at + 4]) for at in range(0, len(words), 4))


def _rare(dice: random.Random) -> str:
    return "".join(dice.choice(SYLLABLES) for _syllable in range(dice.randint(2, 4)))


@lru_cache(maxsize=1)
def _bases() -> list[tuple[int, bytes, bytes]]:
    """Return pictures as side, bytes before the texts, and bytes behind them."""
    return list(_drawn())


def _drawn() -> Iterator[tuple[int, bytes, bytes]]:
    for number in range(BASES):
        dice, side = random.Random(number), SIDES[number % len(SIDES)]
        image = Image.frombytes("RGB", (4, 4), dice.randbytes(48))
        image = image.resize((side, side), Image.Resampling.BICUBIC)
        draw = ImageDraw.Draw(image)
        for _circle in range(5):
            x, y, radius = dice.randrange(side), dice.randrange(side), dice.randrange(4, side // 3)
            box = (x - radius, y - radius, x + radius, y + radius)
            draw.ellipse(box, fill=tuple(dice.randbytes(3)))
        stream = BytesIO()
        colors = 48 if side > 128 else 24
        few = image.quantize(colors, Image.Quantize.FASTOCTREE).convert("RGB")
        few.save(stream, "PNG")
        data = stream.getvalue()
        yield side, data[:33], data[33:]


def _itxt(key: str, text: str) -> bytes:
    return _chunk(b"iTXt", key.encode() + bytes(5) + text.encode())


def _chunk(kind: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


if __name__ == "__main__":
    began = time.perf_counter()
    make(Path(sys.argv[1]), int(sys.argv[2]))
    print(f"{time.perf_counter() - began:.0f} s")
