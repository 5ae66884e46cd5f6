"""Libraries to test with: real pictures of ours, as quickly as they can be written."""

import json
import os
import struct
import time
import zlib
from dataclasses import replace
from functools import partial
from io import BytesIO
from pathlib import Path

from PIL import Image

from kandinsky_desktop.domain import file_format
from kandinsky_desktop.domain.catalog import Size
from kandinsky_desktop.domain.conditioning import Prompt
from kandinsky_desktop.domain.library import Change
from kandinsky_desktop.domain.record import Conditions, Record
from kandinsky_desktop.domain.request import Paint, Sampling
from kandinsky_desktop.store import fingerprints, library_folders, pictures
from kandinsky_desktop.store.library_index import Index, Root, open_index
from kandinsky_desktop.store.scanning import is_at_hand, scan

CONDITIONS = Conditions(
    device="cpu",
    device_name="a processor",
    dtype="float32",
    threads=1,
    batch=(0,),
    libraries=("torch 2.13.0",),
    platform="Linux x86_64",
)


def record_of(words: str = "a red cat", *, index: int = 0, **changes: object) -> Record:
    """Return a record; `changes` are those of the request, or of its sampling."""
    sampling = {key: changes.pop(key) for key in tuple(changes) if hasattr(Sampling(), key)}
    rest = {key: changes.pop(key) for key in ("model", "sources") if key in changes}
    request = Paint(
        conditioning=changes.pop("conditioning", Prompt(words)),  # type: ignore[arg-type]
        sampling=replace(Sampling(width=64, height=64), **sampling),  # type: ignore[arg-type]
        **changes,  # type: ignore[arg-type]
    )
    return Record(
        request=request,
        index=index,
        model=str(rest.get("model", "kandinsky-2.2")),
        fingerprint="0" * 24,
        conditions=CONDITIONS,
        program="Kandinsky Desktop 0.3.0",
        sources=rest.get("sources", ()),  # type: ignore[arg-type]
    )


def colored(number: int = 0, side: int = 16) -> Image.Image:
    """Return a picture unlike those of other numbers."""
    color = (number * 37 % 256, number * 91 % 256, number * 53 % 256)
    image = Image.new("RGB", (side, side), color)
    image.putpixel((number % side, number // side % side), (255, 255, 255))
    return image


def picture(folder: Path, record: Record | None = None, *, number: int = 0, name: str = "") -> Path:
    """Save a picture of ours, as the engine does; under a name, if one is given."""
    folder.mkdir(parents=True, exist_ok=True)
    finished = pictures.finish(colored(number), record or record_of())
    if name:
        return pictures.save_as(finished, folder / name)
    return pictures.save(finished, folder)


def chunk(kind: bytes, data: bytes) -> bytes:
    """Return a chunk of a PNG."""
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


def texts(*pairs: tuple[str, str]) -> bytes:
    """Return texts as chunks of a PNG."""
    said = (key.encode("latin-1") + bytes(5) + text.encode() for key, text in pairs)
    return b"".join(chunk(b"iTXt", one) for one in said)


def plain_png(*pairs: tuple[str, str], number: int = 0, side: int = 16) -> bytes:
    """Return a PNG that says these texts."""
    stream = BytesIO()
    colored(number, side).save(stream, "PNG")
    data = stream.getvalue()
    return data[:33] + texts(*pairs) + data[33:]


def quick(folder: Path, count: int, *, words: str = "a red cat", first: int = 0) -> list[Path]:
    """Write many pictures of ours with real records, a millisecond each."""
    folder.mkdir(parents=True, exist_ok=True)
    base = plain_png()
    paths = []
    for number in range(first, first + count):
        record = record_of(f"{words} {number}", seed=number)
        said = json.dumps(file_format.encode(record), ensure_ascii=False)
        about = texts(
            ("kandinsky", said), ("parameters", pictures.parameters(record, Size(16, 16)))
        )
        when = 1_700_000_000_000_000_000 + number * 1_000_000_000
        day = time.strftime("%Y-%m-%d-%H%M%S", time.localtime(when // 10**9))
        path = folder / f"{day}-a-red-cat-{number}.png"
        unseen = folder / f".{path.name}"  # an indexer may look at the folder just now
        unseen.write_bytes(base[:33] + about + base[33:])
        os.utime(unseen, ns=(when, when))
        paths.append(unseen.rename(path))
    return paths


def indexed(place: Path, *folders: Path) -> tuple[Index, list[Root]]:
    """Return an index of library folders, brought to what lies in them."""
    index, _aside = open_index(place)
    roots = watch(index, *folders)
    rescan(index, roots)
    return index, roots


def watch(index: Index, *folders: Path) -> list[Root]:
    """Let the index know of library folders, as the indexer does."""
    found = library_folders.find(folders, index.roots(), partial(is_at_hand, index))
    return [index.set_root(one.mark, one.path, away=one.away) for one in found]


def rescan(index: Index, roots: list[Root]) -> Change:
    """Scan to the end, and return all that changed."""
    whole = Change()
    for step in scan(index, roots):
        whole += step.change
    return whole


def everything(index: Index) -> dict[str, list[tuple[object, ...]]]:
    """Return all that an index says, without the numbers by which it says it."""
    sql = {
        "picture": "SELECT p.id, r.mark, f.path, p.file, p.size, p.mtime_ns, p.inode, p.sidecar,"
        " p.width, p.height, m.text, k.text, s.text, o.text, p.steps, p.prior_seed, p.seed,"
        " p.stars, p.rating, p.stack, p.place, p.content, p.broken FROM picture p"
        " JOIN folder f ON f.id = p.folder JOIN root r ON r.id = f.root"
        " LEFT JOIN name m ON m.id = p.model LEFT JOIN name k ON k.id = p.task"
        " LEFT JOIN name s ON s.id = p.scheduler LEFT JOIN name o ON o.id = p.tool ORDER BY 1",
        "folder": "SELECT r.mark, f.path, f.mounted FROM folder f JOIN root r ON r.id = f.root"
        " ORDER BY 1, 2",
        "text": "SELECT * FROM text ORDER BY id",
        "parent": "SELECT * FROM parent ORDER BY 1, 2",
        "subject": "SELECT * FROM subject ORDER BY 1, 2",
        "mark": "SELECT * FROM mark ORDER BY 1, 2",
        "log": "SELECT * FROM log ORDER BY 1",
        "red": "SELECT rowid FROM words WHERE words MATCH 'red*' ORDER BY 1",
        "moved": "SELECT rowid FROM words WHERE words MATCH 'moved OR plain' ORDER BY 1",
    }
    index.base.execute("INSERT INTO words (words) VALUES ('integrity-check')")
    return {name: index.base.execute(one).fetchall() for name, one in sql.items()}


def hashed(index: Index) -> None:
    """Let the index know what all files hold, as the indexer does in its second pass."""
    waiting = index.without_content()
    index.set_contents([(one, fingerprints.of_file(path)) for one, path in index.paths(waiting)])
