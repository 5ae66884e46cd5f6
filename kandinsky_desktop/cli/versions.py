"""The versions of the libraries that this program stands on."""

from importlib import metadata

LIBRARIES = (
    "PySide6-Essentials",
    "torch",
    "diffusers",
    "transformers",
    "accelerate",
    "tokenizers",
    "safetensors",
    "pillow",
    "numpy",
)


def of_libraries() -> dict[str, str | None]:
    """Return the version of each; None where it is not here."""
    return {name: _version(name) for name in LIBRARIES}


def _version(name: str) -> str | None:
    try:
        return metadata.version(name)
    except metadata.PackageNotFoundError:
        return None
