"""What the engine of today asks of a model, read off a Model. To be deleted with engine/studio."""

from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from kandinsky_desktop.domain.errors import ModelProblem
from kandinsky_desktop.domain.model import Model, unet_for
from kandinsky_desktop.domain.request import Request
from kandinsky_desktop.domain.words import _
from kandinsky_desktop.store.models import fingerprint_of, read_model

Kind = Literal["decoder", "inpaint", "depth"]  # of a decoder
UNETS: dict[Kind, str] = {"decoder": "unet", "inpaint": "inpaint unet", "depth": "depth unet"}
KINDS: dict[str, Kind] = {role: kind for kind, role in UNETS.items()}


@dataclass(frozen=True, slots=True)
class ModelFacts:
    """A Kandinsky by the folders of its prior and its decoders."""

    model: Model

    @property
    def name(self) -> str:
        """The model's name."""
        return self.model.name

    @property
    def prior(self) -> Path:
        """The folder with the prior and its encoders."""
        return self.model.components["prior"].folder.parent

    @property
    def decoder(self) -> Path:
        """The folder with the plain decoder."""
        return self.model.components["unet"].folder.parent

    @property
    def version(self) -> str:
        """2.1 or 2.2."""
        return "2.1" if self.model.can("decoder prompt") else "2.2"

    @property
    def embedding_dim(self) -> int:
        """The width of image embeddings."""
        return self.model.width

    @property
    def channels(self) -> tuple[int, ...]:
        """The width of the U-Net's first level."""
        return (self.model.channels["unet"],)

    @property
    def movq_factor(self) -> int:
        """Pixels a latent cell."""
        return self.model.factor

    @property
    def multiple(self) -> int:
        """What sides are divisible by."""
        return self.model.multiple

    @property
    def token_limit(self) -> int:
        """Tokens of a prompt."""
        return self.model.token_limit

    @property
    def image_encoder(self) -> bool:
        """Whether it is there."""
        return "image_encoder" in self.model.components

    @property
    def image_processor(self) -> bool:
        """Whether it is there."""
        return "image_processor" in self.model.components

    @property
    def size_bytes(self) -> int:
        """Bytes of all weights that words to pictures need."""
        return self.model.size_bytes

    def decoder_of(self, kind: Kind) -> Path:
        """Return the folder of a decoder that is there."""
        return self.model.components[UNETS[kind]].folder.parent

    def fingerprint(self, kind: Kind) -> str:
        """Return the fingerprint of what a decoder's pictures come from. Raises OSError."""
        return fingerprint_of(self.model, UNETS[kind])


def facts_of(root: Path) -> ModelFacts | None:
    """Read one model folder; None if there is no model in it. Raises ModelProblem if not whole."""
    model = read_model(root)
    if model is not None and model.family != "kandinsky2":
        raise ModelProblem(_("{model} cannot be painted with yet.").format(model=model.name))
    return None if model is None else ModelFacts(model)


def decoder_for(request: Request, facts: ModelFacts) -> Kind:
    """Return which of the model's decoders paints a request."""
    return KINDS[unet_for(request, facts.model)]
