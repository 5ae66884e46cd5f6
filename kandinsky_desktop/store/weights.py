"""Which weights a component's folder holds, whether they are whole, and which of them are loaded.

Nothing is loaded here: only the headers of weight files and their indices are read.
"""

import errno
import json
import os
import re
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from math import prod
from pathlib import Path
from typing import Any

from kandinsky_desktop.domain.errors import ModelProblem
from kandinsky_desktop.domain.hub_names import repository_name
from kandinsky_desktop.domain.i18n import _
from kandinsky_desktop.domain.packing import Packing, packing_of, together
from kandinsky_desktop.store import hub_cache

DIFFUSERS, TRANSFORMERS = "diffusion_pytorch_model", "model"  # what each calls its weights
LONGEST_HEADER = 100_000_000  # bytes
LARGEST_CONFIG = 10_000_000  # bytes
POINTER = b"version https://git-lfs"  # how Git LFS begins what stands for a file
LONGEST_POINTER = 1024  # bytes, by its specification
UNFINISHED = (".part", ".partial", ".crdownload", ".download", ".incomplete", ".aria2")
METADATA = "__metadata__"  # in a header, beside the tensors
BITS = re.compile(r"[A-Z]+(\d+)")  # of a number, as its format says: BF16, F8_E4M3
SHARD = re.compile(r"-\d+-of-\d+$")
VARIANTS = (
    re.compile(r"([\w-]+)\.safetensors"),
    re.compile(r"safetensors\.index\.([\w-]+)\.json"),
)


Shapes = tuple[tuple[str, tuple[int, ...]], ...]  # tensors' names and shapes
# Tensors that a kind of network has and others have not
SIGNS = (
    "proj_in.weight",  # a prior
    "conv_in.weight",  # a U-Net
    "text_projection.weight",
    "visual_projection.weight",
    "quantize.embedding.weight",  # a MoVQ
    "add_embedding.text_norm.weight",  # a U-Net of Kandinsky 2.1
    "add_embedding.image_norm.weight",  # of 2.2
    "add_embedding.input_hint_block.0.weight",  # of 2.2, for depth
)


WIDE_LAYERS = ".wo.weight"  # of a T5: in float16 what they make overflows, so its library says


@dataclass(frozen=True, slots=True)
class Weights:
    """The weights of a component that are loaded, of all that lie in its folder."""

    files: tuple[Path, ...]
    variant: str  # as `from_pretrained` takes it, "fp16"; "": the plain ones
    size_bytes: int
    values: int  # numbers in them
    window: int = 0  # numbers in the two largest tensors
    packing: Packing | None = None  # of those that 8 bits can hold
    index: Path | None = None  # that names the files, where they are parts
    passed_over: str = ""  # why those that come first, the plain ones, are not loaded
    signs: Shapes = ()  # of SIGNS those that are there
    wide: int = 0  # numbers of the layers that T5 has in single precision


def check_weights(folder: Path, stem: str = "") -> Weights:
    """Return the weights that are loaded from a component's folder. Raises ModelProblem.

    Checking, counting, loading and fingerprints all go by what this returns: the plain weights, or
    the first whole variant (fp16 before others) where those are missing or broken. Each safetensors
    file is measured against its own header, and each part that an index names must be there, so a
    copy that broke off is found now and not in the middle of a picture. `stem` is the name that the
    library looks for; either one's if it is empty.
    """
    names = _names(folder)
    broken: list[ModelProblem] = []
    for name, variant in _choices(names, stem):
        single = name.endswith(".safetensors")
        try:
            files = [folder / name] if single else _shards(folder / name)
            read = [check_file(file) for file in files]
        except ModelProblem as problem:
            broken.append(problem)
            continue
        sizes, values = sum(one.size_bytes for one in read), sum(one.values for one in read)
        return Weights(
            tuple(files),
            variant,
            sizes,
            values,
            sum(sorted(large for one in read for large in one.largest)[-2:]),
            together(one.packing for one in read),
            index=None if single else folder / name,
            passed_over=str(broken[0]) if broken else "",
            signs=tuple(sign for one in read for sign in one.signs),
            wide=sum(one.wide for one in read),
        )
    raise broken[0] if broken else _no_weights(folder, names, stem)


def not_loaded(folder: Path, names: Collection[str], stem: str = "") -> set[str]:
    """Return which weights among a folder's files are not loaded, since others are."""
    weights = {name for name in names if ".safetensors" in name}
    if not weights:
        return set()
    try:
        chosen = check_weights(folder, stem)
    except ModelProblem:
        return set()
    loaded = {file.name for file in chosen.files}
    return weights - loaded - ({chosen.index.name} if chosen.index else set())


def read_config(file: Path) -> dict[str, Any]:
    """Return a JSON object from a file. Raises ModelProblem with a sentence that names the file."""
    check_there(file)
    try:
        if file.stat().st_size > LARGEST_CONFIG:
            raise ModelProblem(
                _("{file} is no config: it has more than {most} MB. Copy it again.").format(
                    file=file, most=LARGEST_CONFIG // 1_000_000
                )
            )
        plain = json.loads(file.read_text("utf-8"))
    except OSError as error:
        raise _unreadable(file, error) from error
    except (ValueError, RecursionError) as error:
        raise ModelProblem(_("{file} is damaged: copy it again.").format(file=file)) from error
    if not isinstance(plain, dict):
        raise ModelProblem(
            _("{file} is damaged, it holds no settings: copy it again.").format(file=file)
        )
    return plain


def check_there(file: Path) -> None:
    """Raise ModelProblem if a file is not there, or is empty, or is a link that leads nowhere."""
    try:
        size = file.stat().st_size
    except FileNotFoundError:
        if file.is_symlink():
            raise dangling(file) from None
        raise ModelProblem(
            _("{folder} lacks {name}: copy it too.").format(folder=file.parent, name=file.name)
        ) from None
    except OSError as error:
        if error.errno == errno.ELOOP:
            raise dangling(file) from None
        raise _unreadable(file, error) from error
    if not size:
        raise ModelProblem(_("{file} is empty: copy it again.").format(file=file))
    if size <= LONGEST_POINTER and _is_pointer(file):
        raise _pointer(file)


def _is_pointer(file: Path) -> bool:
    try:
        with file.open("rb") as stream:
            return stream.read(len(POINTER)) == POINTER
    except OSError as error:
        raise _unreadable(file, error) from error


def dangling(link: Path) -> ModelProblem:
    """Return what to say of a link that leads nowhere."""
    repository = hub_cache.repository_of(link.parent)
    if repository is not None:
        return ModelProblem(
            _("{link} leads to nothing in the hub's cache: download {name} again.").format(
                link=link, name=repository_name(repository)
            )
        )
    if _leads_in_a_circle(link):
        return ModelProblem(
            _("{link} is a link that leads in a circle: copy the file itself.").format(link=link)
        )
    return ModelProblem(
        _("{link} is a link to {target}, which is not there: copy the file itself.").format(
            link=link, target=os.readlink(link)
        )
    )


def _leads_in_a_circle(link: Path) -> bool:
    try:
        link.stat()
    except OSError as error:
        return error.errno == errno.ELOOP
    return False


def _names(folder: Path) -> list[str]:
    """Return what is in a folder, but for what macOS puts beside files (`._name`)."""
    try:
        return sorted(name for name in os.listdir(folder) if not name.startswith("._"))
    except OSError as error:
        raise _unreadable(folder, error) from error


def _choices(names: Collection[str], stem: str) -> Iterator[tuple[str, str]]:
    """Yield what a library loads, a file or the index of files, for each variant; "" is plain."""
    for one in (stem,) if stem else (DIFFUSERS, TRANSFORMERS):
        for variant in ("", *_variants(names, one)):
            dotted = f".{variant}" if variant else ""
            single = f"{one}{dotted}.safetensors"
            index = f"{one}.safetensors.index{dotted}.json"
            # diffusers prefers the index, transformers the file
            for name in (index, single) if one == DIFFUSERS else (single, index):
                if name in names:
                    yield name, variant
                    break


def _variants(names: Collection[str], stem: str) -> list[str]:
    """Return the variants of the weights that are there besides the plain ones, fp16 first."""
    found: set[str] = set()
    for name in names:
        for pattern in VARIANTS:
            match = pattern.fullmatch(name.removeprefix(f"{stem}."))
            if name.startswith(f"{stem}.") and match and not SHARD.search(match[1]):
                found.add(match[1])
    return sorted(found, key=lambda variant: (variant != "fp16", variant))


def _shards(index: Path) -> list[Path]:
    """Return the files that an index names, each there. Raises ModelProblem."""
    shards = read_config(index).get("weight_map")
    if not isinstance(shards, dict) or not shards:
        raise ModelProblem(
            _("{file} names no weights, or is damaged: copy it again.").format(file=index)
        )
    files = [index.with_name(os.path.basename(str(name))) for name in set(shards.values())]
    for file in sorted(files):
        if not os.path.lexists(file):
            raise ModelProblem(
                _("{folder} lacks {shard}, a part of its weights: copy it too.").format(
                    folder=index.parent, shard=file.name
                )
            )
    return sorted(files)


@dataclass(frozen=True, slots=True)
class FileSize:
    """How large a weights file is, and what it holds."""

    size_bytes: int
    values: int  # numbers
    largest: tuple[int, ...]  # numbers in each of its two largest tensors
    packing: Packing
    signs: Shapes = ()
    wide: int = 0  # numbers of the layers that T5 has in single precision


def check_file(file: Path) -> FileSize:
    """Return how large a weights file is. Raises ModelProblem."""
    check_there(file)
    if not _is_text(file):
        raise ModelProblem(
            _("{file} cannot be loaded: a name in its path is no text. Rename it.").format(
                file=file
            )
        )
    stat = file.stat()
    return _checked(file, stat.st_size, changes(stat))


def changes(stat: os.stat_result) -> tuple[int, int]:
    """Return when a file was changed: by its own date, which others may set, and by the disk's.

    A copy that keeps its date, and is as large as what it replaces, is known by the latter.
    """
    return stat.st_mtime_ns, stat.st_ctime_ns


def _is_text(file: Path) -> bool:
    """Whether a path can be said to the libraries that load weights and tokenizers."""
    try:
        os.fspath(file).encode()
    except UnicodeEncodeError:
        return False
    return True


@lru_cache(maxsize=256)  # every job asks: a header of thousands of tensors takes milliseconds
def _checked(file: Path, size: int, changed: tuple[int, int]) -> FileSize:
    del changed  # a part of the key only
    try:
        with file.open("rb") as stream:
            length = int.from_bytes(stream.read(8), "little")
            if not 0 < length <= min(size - 8, LONGEST_HEADER):
                raise ValueError(length)
            header = json.loads(stream.read(length))
        tensors = {name: about for name, about in header.items() if name[:2] != "__"}
        ends = [about["data_offsets"][1] for about in tensors.values()]
        needed = 8 + length + max(ends, default=0)
        is_covered = _covers({key: header[key] for key in header if key != METADATA})
        values = [prod(about["shape"]) for about in tensors.values()]
        signs = [(name, tuple(tensors[name]["shape"])) for name in SIGNS if name in tensors]
        packing = packing_of({name: about["shape"] for name, about in tensors.items()})
        wide = sum(
            prod(one["shape"]) for name, one in tensors.items() if name.endswith(WIDE_LAYERS)
        )
    except (
        OSError,
        ValueError,
        TypeError,
        KeyError,
        IndexError,
        AttributeError,
        RecursionError,
    ) as error:
        raise _damaged(file) from error
    if size < needed:
        raise ModelProblem(
            _("{file} breaks off after {size} of {needed} bytes: copy it again.").format(
                file=file, size=size, needed=needed
            )
        )
    if not is_covered:
        raise _damaged(file)
    if size > needed:  # no library reads it
        raise ModelProblem(
            _("{file} goes on for {more} bytes behind its end: copy it again.").format(
                file=file, more=size - needed
            )
        )
    return FileSize(size, sum(values), tuple(sorted(values)[-2:]), packing, tuple(signs), wide)


def _covers(tensors: Mapping[str, Any]) -> bool:
    """Whether tensors lie one behind the other, each as long as its shape and format say."""
    place = 0
    for about in sorted(tensors.values(), key=lambda one: tuple(one["data_offsets"])):
        start, end = about["data_offsets"]
        bits = BITS.match(about["dtype"])
        if start != place or (bits and 8 * (end - start) != prod(about["shape"]) * int(bits[1])):
            return False
        place = end
    return True


@dataclass(frozen=True, slots=True)
class Span:
    """Where a tensor lies in its file, in bytes, and its number format as the file says it."""

    name: str
    dtype: str
    start: int
    end: int
    shape: tuple[int, ...]


def spans(file: Path) -> tuple[Span, ...]:
    """Return where each tensor of a weights file lies. Raises ModelProblem and OSError."""
    check_file(file)
    with file.open("rb") as stream:
        length = int.from_bytes(stream.read(8), "little")
        header = json.loads(stream.read(length))
    return tuple(
        Span(
            name,
            str(about["dtype"]),
            8 + length + about["data_offsets"][0],
            8 + length + about["data_offsets"][1],
            tuple(about["shape"]),
        )
        for name, about in header.items()
        if name[:2] != "__"
    )


def number_formats(files: Collection[Path]) -> tuple[str, ...]:
    """Return the number formats in weights files, the one that takes most bytes first.

    Raises ModelProblem and OSError.
    """
    sizes: dict[str, int] = {}
    for file in files:
        for span in spans(file):
            sizes[span.dtype] = sizes.get(span.dtype, 0) + span.end - span.start
    return tuple(sorted(sizes, key=lambda one: -sizes[one]))


def _no_weights(folder: Path, names: Collection[str], stem: str) -> ModelProblem:
    usual = f"{stem or DIFFUSERS}.safetensors"
    other = next((name for name in names if name.endswith(".safetensors")), "")
    begun = next((name for name in names if name.endswith(UNFINISHED)), "")
    pickle = next((name for name in names if name.endswith(".bin")), "")
    shard = SHARD.search(other.removesuffix(".safetensors"))
    if shard:
        variant = other[: shard.start()].removeprefix(stem or DIFFUSERS)  # "", or as ".fp16"
        return ModelProblem(
            _("{folder} lacks {index}, which says where its weights are: copy it too.").format(
                folder=folder, index=f"{usual}.index{variant}.json"
            )
        )
    if other:
        return ModelProblem(
            _("{file} is not loaded under that name: rename it to {usual}.").format(
                file=folder / other, usual=usual
            )
        )
    if pickle:  # beside which a conversion may have been cut off
        return ModelProblem(
            _(
                "{file} is a pickle, which could run foreign code when read; get the"
                " .safetensors file of the same name instead, or let `kandinsky models convert"
                " {folder}` write one beside it."
            ).format(file=folder / pickle, folder=folder)
        )
    if begun:
        return ModelProblem(
            _("{file} is a download that broke off: download it again.").format(file=folder / begun)
        )
    return ModelProblem(_("{folder} has no .safetensors weights.").format(folder=folder))


def _pointer(file: Path) -> ModelProblem:
    return ModelProblem(
        _(
            "{file} only stands for the file itself (Git LFS): fetch that with `git lfs pull`."
        ).format(file=file)
    )


def _damaged(file: Path) -> ModelProblem:
    return ModelProblem(
        _("{file} is no safetensors file, or its beginning is damaged: copy it again.").format(
            file=file
        )
    )


def _unreadable(file: Path, error: OSError) -> ModelProblem:
    return ModelProblem(
        _("{file} cannot be read: {reason}.").format(file=file, reason=error.strerror or error)
    )
