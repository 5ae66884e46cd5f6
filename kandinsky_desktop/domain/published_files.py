"""Files of models as they were published: how large, and how their SHA-256 begins where known.

From the listings of the repositories; where no checksum is given it is not known here. A file that
is not named here may be as published all the same.
"""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class PublishedFile:
    """A file of weights of a published model."""

    repository: str
    place: str  # within it
    size_bytes: int
    sha256: str = ""  # how it begins; "": not known

    @property
    def folder(self) -> str:
        """The name of the folder that it lies in."""
        return self.place.rpartition("/")[0]


HUB = "kandinsky-community"
PRIOR_22 = f"{HUB}/kandinsky-2-2-prior"
HOLES_22 = f"{HUB}/kandinsky-2-2-decoder-inpaint"
WEIGHTS, NETWORK = "model.safetensors", "diffusion_pytorch_model.safetensors"
FILES = (
    PublishedFile(PRIOR_22, f"image_encoder/{WEIGHTS}", 3_689_912_664, "657723e0"),
    PublishedFile(PRIOR_22, f"prior/{NETWORK}", 4_104_940_968, "ab139b2d"),
    PublishedFile(PRIOR_22, f"text_encoder/{WEIGHTS}", 2_778_702_976, "6eaafeea"),
    PublishedFile(HOLES_22, f"unet/{NETWORK}", 5_012_378_704, "098b846d"),
    PublishedFile(HOLES_22, f"movq/{NETWORK}", 271_380_364, "43a5860f"),
)


def published_as(folder: str, size_bytes: int) -> PublishedFile | None:
    """Return the published file in a folder of that name that is so large; None if none is."""
    return next(
        (one for one in FILES if one.folder == folder and one.size_bytes == size_bytes), None
    )


def published_for(folder: str, repository: str) -> PublishedFile | None:
    """Return the published file of a folder of a repository; None where its size is not known."""
    return next(
        (one for one in FILES if (one.folder, one.repository) == (folder, repository)), None
    )
