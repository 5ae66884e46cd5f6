"""The operations that phases run, as values: all that the bits of an output depend on.

Fields with `repr=False` are no part of a phase's key: where a file lies (its content is a field
too), which picture of the batch it is for, and what is only shown. RANK is the turn of an operation
in a plan: files first, then each conditioning network in one go.
"""

from dataclasses import dataclass, field
from pathlib import Path
from typing import ClassVar

from kandinsky_desktop.domain.catalog import Size
from kandinsky_desktop.domain.conditioning import Blend
from kandinsky_desktop.domain.plan import Key
from kandinsky_desktop.domain.region import Box

DenoiserInputs = tuple[tuple[str, Key], ...]  # the inputs of a denoiser for one picture, by role


@dataclass(frozen=True, slots=True)
class EncodePrompt:
    """A text encoder's output for a text."""

    RANK: ClassVar = 0
    text: str


@dataclass(frozen=True, slots=True)
class EncodePicture:
    """The image encoder's embedding of a picture."""

    RANK: ClassVar = 1
    content: str
    path: Path = field(repr=False)


@dataclass(frozen=True, slots=True)
class EncodeSurroundings:
    """The image encoder's embedding of a picture from which what a mask covers is taken out."""

    RANK: ClassVar = 1
    content: str
    mask: str  # its content
    grow: int
    fit: bool  # whether the mask is stretched to the picture's size
    path: Path = field(repr=False)
    mask_path: Path = field(repr=False)


@dataclass(frozen=True, slots=True)
class EncodeBlack:
    """The embedding of a black picture: the neutral negative of a checkpoint."""

    RANK: ClassVar = -1  # its network is run alone, before any other is loaded
    prior: str  # the content of the checkpoint's prior
    width: int  # of the embedding
    model: str = field(repr=False)  # its name, for an error
    encoder: Path | None = field(repr=False)  # None: there is none
    advice: Path = field(repr=False)  # the folder into which it would be copied


@dataclass(frozen=True, slots=True)
class ReadEmbedding:
    """An image embedding that lies in a file."""

    RANK: ClassVar = -2
    content: str
    width: int  # that it must have
    path: Path = field(repr=False)
    model: str = field(repr=False, default="")  # its name, for an error


@dataclass(frozen=True, slots=True, kw_only=True)
class SamplePrior:
    """The prior's loop: from a prompt to an image embedding."""

    RANK: ClassVar = 2
    prompt: Key
    negative: Key
    steps: int
    guidance: float
    seed: int
    init: Key | None = None  # the image embedding that is led towards the prompt (emb2emb)
    strength: float = 1.0
    packed: bool = False  # whether the prior's weights are in 8 bits
    index: int = field(default=0, repr=False)  # of the picture, for reports


@dataclass(frozen=True, slots=True)
class PredictEmbedding:
    """One pass of an ECLIPSE prior: from a prompt and noise to an image embedding."""

    RANK: ClassVar = 2
    prompt: Key
    seed: int  # of the noise


@dataclass(frozen=True, slots=True)
class MixEmbeddings:
    """A weighted mixture of image embeddings."""

    RANK: ClassVar = 3
    parts: tuple[tuple[float, Key], ...]  # shares and embeddings
    blend: Blend
    norm_of: str  # the content of the prior whose usual norm is restored; empty: none is
    prior: Path | None = field(default=None, repr=False)  # the folder of that prior's weights


@dataclass(frozen=True, slots=True)
class SelectCandidate:
    """Of several image embeddings the one that is, but for `place`, nearest to the prompt."""

    RANK: ClassVar = 3
    prompt: Key
    among: tuple[Key, ...]
    numbers: tuple[int, ...]  # of the candidates
    place: int  # 0: the nearest


@dataclass(frozen=True, slots=True)
class FitPreview:
    """The map from latents to small previews, fitted to an autoencoder."""


@dataclass(frozen=True, slots=True)
class ReadDepthMap:
    """A depth map: read from a file, or estimated from a picture by a model."""

    RANK: ClassVar = -2
    content: str
    flip: bool
    estimator: str  # the content of the model that estimates it; empty: the file is the map
    path: Path = field(repr=False)
    estimator_folder: Path | None = field(default=None, repr=False)


@dataclass(frozen=True, slots=True)
class LoadImage:
    """A picture from a file; with a size it is scaled and cropped to it."""

    RANK: ClassVar = -2
    content: str
    size: Size | None
    path: Path = field(repr=False)


@dataclass(frozen=True, slots=True)
class ApplyMask:
    """A picture with a mask: white is repainted, grey in part, black is kept to the bit."""

    image: Key
    content: str  # of the mask
    grow: int
    feather: int
    path: Path = field(repr=False)  # of the mask
    fit: bool = False  # whether it is stretched to the picture's size


@dataclass(frozen=True, slots=True)
class ExtendCanvas:
    """A picture with unknown borders, in pixels, that are painted window by window."""

    image: Key
    left: int
    top: int
    size: Size  # of the whole


@dataclass(frozen=True, slots=True)
class Piece:
    """A part of a picture that is denoised at once: where it lies, and its size while painted."""

    box: Box
    work: Size

    @property
    def pixels(self) -> int:
        """How many pixels are painted."""
        return self.work.width * self.work.height


@dataclass(frozen=True, slots=True)
class EncodePixels:
    """A piece of a picture as image latents, with the mask of the latents that stay."""

    image: Key
    piece: Piece
    fill: str = ""  # what is put under the mask first
    seed: int = 0  # of the noise that fills it
    masked_image: bool = False  # whether the picture without what is masked is encoded too


@dataclass(frozen=True, slots=True, kw_only=True)
class Sampler:
    """How the denoiser's steps are taken: fields of request.Sampling."""

    scheduler: str
    steps: int
    guidance: float
    eta: float
    thresholding: bool
    guidance_from: float
    guidance_to: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Denoise:
    """The denoiser's loop over one piece of one batch."""

    sampler: Sampler
    conditioning: tuple[DenoiserInputs, ...]  # one a picture
    seeds: tuple[int, ...]  # one a picture
    piece: Piece
    init: tuple[Key, ...] = ()  # image latents, one a picture; none: from noise
    strength: float = 1.0  # of what changes most
    masked: bool = False
    soft: float | None = None  # the strength of white, where masks have greys; None: they have none
    old_noise: bool = False
    depth: Key | None = None
    depth_canvas: Size | None = None  # over which the depth map is laid; None: over the piece
    after: Key | None = None  # the piece before, whose generators go on
    kept_step: int = 0  # the step whose prediction is the result; 0: the last
    packed: bool = False  # whether the denoiser's weights are in 8 bits
    split_from: int = field(default=-1, repr=False)  # the step before guidance is split; -1: never
    rows_from: int = field(default=-1, repr=False)  # the step before rows go one by one; -1: never
    processor_from: int = field(
        default=-1, repr=False
    )  # the step before it is run there; -1: never
    chunks_from: int = field(default=-1, repr=False)  # the step before attention goes in chunks
    batch: tuple[int, ...] = field(default=(), repr=False)
    number: int = field(default=0, repr=False)  # of the piece
    preview: Key | None = field(default=None, repr=False)


@dataclass(frozen=True, slots=True)
class DecodePixels:
    """One picture of a denoised batch as pixels, pasted into the picture that it is a piece of."""

    latents: Key
    row: int
    image: Key | None = None
    piece: Piece | None = None
    feather: int = 0
    match_colours: bool = False


@dataclass(frozen=True, slots=True)
class Deliver:
    """A finished picture, handed over with its record."""

    index: int
    batch: tuple[int, ...]
    image: Key
    pieces: tuple[Key, ...]  # the denoised pieces that it was made of
    embedding: Key | None = None  # the image embedding that is stored in the picture
    packed: tuple[str, ...] = ()  # kinds of networks run in 8 bits
