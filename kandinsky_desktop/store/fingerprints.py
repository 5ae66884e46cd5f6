"""What a weights file holds, in a few letters: the key of every cache and part of every record."""

from functools import lru_cache
from hashlib import sha256
from pathlib import Path

from kandinsky_desktop.store.weights import changes, check_weights, not_loaded

BLOCK = 4096
BLOCKS = 256
HEAD = 2**20
SMALL = 2**25  # bytes that are hashed in some hundredths of a second


def of_file(path: Path) -> str:
    """Return a fingerprint of a file's content.

    Hashing 10 GB would take longer than a picture. Of a large file are read the size, the first
    MiB (the whole table of tensors) and 256 blocks spread evenly over the rest, so that any other
    training of the same tensors has another fingerprint; of a small one, all. It is no proof
    against malice. Raises OSError.
    """
    stat = path.stat()
    return _of_file(path, stat.st_size, changes(stat))


@lru_cache(maxsize=256)
def _of_file(path: Path, size: int, changed: tuple[int, int]) -> str:
    del changed  # a part of the key only
    digest = sha256(size.to_bytes(8, "big"))
    with path.open("rb") as file:
        digest.update(file.read(SMALL if size <= SMALL else HEAD))
        if size > SMALL:
            stride = max(BLOCK, (size - HEAD) // BLOCKS)
            for offset in range(HEAD, size, stride):
                file.seek(offset)
                digest.update(file.read(BLOCK))
            file.seek(max(HEAD, size - BLOCK))
            digest.update(file.read(BLOCK))
    return digest.hexdigest()[:24]


def of_weights(folder: Path, stem: str = "") -> str:
    """Return a fingerprint of the weights that are loaded from a folder, and of nothing else.

    Raises ModelProblem and OSError.
    """
    files = check_weights(folder, stem).files
    return sha256("".join(map(of_file, files)).encode()).hexdigest()[:24]


def of_folder(folder: Path, stem: str = "") -> str:
    """Return a fingerprint of the weights, configs and vocabularies directly in a folder.

    Of several files with the same weights, such as a variant in half precision beside the plain
    one, only that which is loaded counts; `stem` as in `check_weights`. Raises OSError.
    """
    paths = sorted(path for path in folder.iterdir() if path.name[0] != ".")
    idle = not_loaded(folder, [path.name for path in paths], stem)
    digest = sha256()
    for path in paths:
        read = path.suffix in (".safetensors", ".json", ".txt") and path.name not in idle
        if read and path.is_file():
            digest.update(path.name.encode() + of_file(path).encode())
    return digest.hexdigest()[:24]
