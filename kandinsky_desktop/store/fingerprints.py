"""What a weights file holds, in a few letters: the key of every cache and part of every record."""

from functools import lru_cache
from hashlib import sha256
from pathlib import Path

BLOCK = 4096
BLOCKS = 256
HEAD = 2**20


def of_file(path: Path) -> str:
    """Return a fingerprint of a file's content.

    Hashing 10 GB would take longer than a picture. Read are the size, the first MiB (the whole
    table of tensors) and 256 blocks spread evenly over the rest, so that any other training of
    the same tensors has another fingerprint. It is no proof against malice. Raises OSError.
    """
    stat = path.stat()
    return _of_file(path, stat.st_size, stat.st_mtime_ns)


@lru_cache(maxsize=256)
def _of_file(path: Path, size: int, changed_ns: int) -> str:
    del changed_ns  # a part of the key only
    digest = sha256(size.to_bytes(8, "big"))
    with path.open("rb") as file:
        digest.update(file.read(HEAD))
        if size > HEAD:
            stride = max(BLOCK, (size - HEAD) // BLOCKS)
            for offset in range(HEAD, size, stride):
                file.seek(offset)
                digest.update(file.read(BLOCK))
            file.seek(max(HEAD, size - BLOCK))
            digest.update(file.read(BLOCK))
    return digest.hexdigest()[:24]


def of_folder(folder: Path) -> str:
    """Return a fingerprint of the weights directly in a folder, their configs included."""
    digest = sha256()
    for path in sorted(folder.iterdir()):
        if path.suffix in (".safetensors", ".json") and path.is_file():
            digest.update(path.name.encode() + of_file(path).encode())
    return digest.hexdigest()[:24]
