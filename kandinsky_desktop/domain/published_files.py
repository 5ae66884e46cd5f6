"""Files of models as they were published: how large, and how their SHA-256 begins where known.

From the listings of the repositories; where no checksum is given it is not known here. Where a size
is not from a listing it is that of the network's numbers, and said as "about". A file that is not
named here may be as published all the same.
"""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class PublishedFile:
    """A file of weights of a published model."""

    repository: str
    place: str  # within it
    size_bytes: int
    sha256: str = ""  # how it begins; "": not known
    is_exact: bool = True  # whether the size is that of the file
    of: tuple[str, ...] = ()  # versions of Kandinsky, each with the role: "2.2 prior"

    @property
    def folder(self) -> str:
        """The name of the folder that it lies in; empty: none."""
        return self.place.rpartition("/")[0]


HUB = "kandinsky-community"
PRIOR_22 = f"{HUB}/kandinsky-2-2-prior"
DECODER_22 = f"{HUB}/kandinsky-2-2-decoder"
HOLES_22 = f"{HUB}/kandinsky-2-2-decoder-inpaint"
DEPTH_22 = f"{HUB}/kandinsky-2-2-controlnet-depth"
PRIOR_21 = f"{HUB}/kandinsky-2-1-prior"
DECODER_21 = f"{HUB}/kandinsky-2-1"
HOLES_21 = f"{HUB}/kandinsky-2-1-inpaint"
ECLIPSE_22 = "ECLIPSE-Community/ECLIPSE_KandinskyV22_Prior"
ALL_20 = "ai-forever/Kandinsky_2.0"
WEIGHTS, NETWORK = "model.safetensors", "diffusion_pytorch_model.safetensors"
PICKLE = "diffusion_pytorch_model.bin"  # all that there is of 2.2's decoder for depth


def _about(repository: str, place: str, size_bytes: int, of: str) -> PublishedFile:
    return PublishedFile(repository, place, size_bytes, is_exact=False, of=(of,))


FILES = (
    PublishedFile(PRIOR_22, f"prior/{NETWORK}", 4_104_940_968, "ab139b2d", of=("2.2 prior",)),
    PublishedFile(
        PRIOR_22, f"text_encoder/{WEIGHTS}", 2_778_702_976, "6eaafeea", of=("2.2 text_encoder",)
    ),
    _about(DECODER_22, f"unet/{NETWORK}", 5_012_229_152, "2.2 unet"),
    _about(DECODER_22, f"movq/{NETWORK}", 271_329_980, "2.2 movq"),
    PublishedFile(
        PRIOR_22, f"image_encoder/{WEIGHTS}", 3_689_912_664, "657723e0", of=("2.2 image_encoder",)
    ),
    PublishedFile(HOLES_22, f"unet/{NETWORK}", 5_012_378_704, "098b846d", of=("2.2 inpaint unet",)),
    PublishedFile(HOLES_22, f"movq/{NETWORK}", 271_380_364, "43a5860f"),
    _about(DEPTH_22, f"unet/{PICKLE}", 5_013_716_848, "2.2 depth unet"),
    _about(ECLIPSE_22, NETWORK, 136_772_608, "2.2 eclipse_prior"),
    _about(PRIOR_21, f"prior/{NETWORK}", 4_088_120_320, "2.1 prior"),
    _about(PRIOR_21, f"text_encoder/{WEIGHTS}", 494_601_216, "2.1 text_encoder"),
    _about(DECODER_21, f"unet/{NETWORK}", 4_914_647_072, "2.1 unet"),
    _about(DECODER_21, f"text_encoder/{WEIGHTS}", 2_242_710_528, "2.1 decoder_text_encoder"),
    _about(DECODER_21, f"movq/{NETWORK}", 271_329_980, "2.1 movq"),
    _about(PRIOR_21, f"image_encoder/{WEIGHTS}", 1_215_864_832, "2.1 image_encoder"),
    _about(HOLES_21, f"unet/{NETWORK}", 4_914_716_192, "2.1 inpaint unet"),
    PublishedFile(ALL_20, "Kandinsky-2-0.pt", 2_672_894_857, of=("2.0 unet", "2.0 conditioner")),
    _about(ALL_20, "text_encoder1/pytorch_model.bin", 2_242_185_728, "2.0 text_encoder"),
    _about(ALL_20, "text_encoder2/pytorch_model.bin", 1_200_000_000, "2.0 text_encoder_2"),
    _about(ALL_20, "vae.ckpt", 1_100_000_000, "2.0 vae"),
    PublishedFile(
        ALL_20,
        "Kandinsky-2-0-inpainting.pt",
        2_672_937_865,
        of=("2.0 inpaint unet", "2.0 inpaint unet conditioner"),
    ),
)
VERSIONS = ("2.2", "2.1", "2.0")  # the one that is best to begin with first


def published_as(folder: str, size_bytes: int) -> PublishedFile | None:
    """Return the published file in a folder of that name that is so large; None if none is."""
    return next(
        (
            one
            for one in FILES
            if one.is_exact and one.folder == folder and one.size_bytes == size_bytes
        ),
        None,
    )


def files_for(version: str, role: str) -> tuple[PublishedFile, ...]:
    """Return the published files of a role in a version, as "2.2"; empty: none is known."""
    return tuple(one for one in FILES if f"{version} {role}" in one.of)
