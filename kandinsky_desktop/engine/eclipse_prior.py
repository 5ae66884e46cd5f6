"""The ECLIPSE prior: from a text and a noise to an image embedding in one pass, without timesteps.

As unCLIP's prior transformer, but for the token of the timestep: 33 million parameters in place of
a thousand million, trained to map texts into Kandinsky 2.2's image space (Patel et al., "ECLIPSE: A
Resource-Efficient Text-to-Image Prior for Image Generations", 2023). Its config names diffusers'
PriorTransformer, which cannot be made without that token.
"""

import torch
from diffusers.configuration_utils import ConfigMixin, register_to_config
from diffusers.models.attention import BasicTransformerBlock
from diffusers.models.modeling_utils import ModelMixin
from torch import Generator, Tensor, nn
from torch.nn.functional import pad

FAR = -10_000.0  # added to the scores of what is not attended to
BESIDE_TEXT = 3  # tokens after those of the text: its summary, the noise, the one that is read


# diffusers says no types of its classes and decorators
class EclipsePrior(ModelMixin, ConfigMixin):  # type: ignore[misc]
    """From an encoded text and noise, (rows, embedding_dim) each, to image embeddings."""

    @register_to_config  # type: ignore[untyped-decorator]
    def __init__(
        self,
        num_attention_heads: int = 16,
        attention_head_dim: int = 32,
        num_layers: int = 10,
        embedding_dim: int = 1280,
        num_embeddings: int = 77,
        additional_embeddings: int = BESIDE_TEXT,
        dropout: float = 0.0,
        norm_in_type: str | None = None,
        embedding_proj_norm_type: str | None = None,
        encoder_hid_proj_type: str | None = "linear",
        added_emb_type: str | None = "prd",
        embedding_proj_dim: int | None = None,
        clip_embed_dim: int | None = None,
    ) -> None:
        super().__init__()
        kinds = (norm_in_type, embedding_proj_norm_type, encoder_hid_proj_type, added_emb_type)
        if kinds != (None, None, "linear", "prd") or additional_embeddings != BESIDE_TEXT:
            raise ValueError(f"an ECLIPSE prior of another kind: {kinds}, {additional_embeddings}")
        width, out = num_attention_heads * attention_head_dim, clip_embed_dim or embedding_dim
        self.proj_in = nn.Linear(embedding_dim, width)
        self.embedding_proj = nn.Linear(embedding_proj_dim or embedding_dim, width)
        self.encoder_hidden_states_proj = nn.Linear(embedding_dim, width)
        self.positional_embedding = nn.Parameter(
            torch.zeros(1, num_embeddings + BESIDE_TEXT, width)
        )
        self.prd_embedding = nn.Parameter(torch.zeros(1, 1, width))
        self.transformer_blocks = nn.ModuleList(
            BasicTransformerBlock(
                width,
                num_attention_heads,
                attention_head_dim,
                dropout=dropout,
                activation_fn="gelu",
                attention_bias=True,
            )
            for _layer in range(num_layers)
        )
        self.norm_out = nn.LayerNorm(width)
        self.proj_to_clip_embeddings = nn.Linear(width, out)
        self.clip_mean = nn.Parameter(torch.zeros(1, out))  # in the files, and not used
        self.clip_std = nn.Parameter(torch.zeros(1, out))

    def forward(self, noise: Tensor, embeds: Tensor, hidden: Tensor, mask: Tensor) -> Tensor:
        """Return (rows, clip_embed_dim).

        `embeds` (rows, embedding_dim) and `hidden` (rows, tokens, embedding_dim) are the text's;
        `mask` (rows, tokens) is true for its tokens and false for padding.
        """
        rows = noise.shape[0]
        tokens = torch.cat(
            [
                self.encoder_hidden_states_proj(hidden),
                self.embedding_proj(embeds)[:, None],
                self.proj_in(noise)[:, None],
                self.prd_embedding.to(noise.dtype).expand(rows, -1, -1),
            ],
            dim=1,
        )
        tokens = tokens + self.positional_embedding.to(noise.dtype)
        length = tokens.shape[1]
        later = torch.full((length, length), FAR, device=noise.device).triu_(1)
        padding = pad((1 - mask.float()) * FAR, (0, BESIDE_TEXT))
        scores = (padding[:, None, :] + later).to(noise.dtype)
        scores = scores.repeat_interleave(self.config.num_attention_heads, dim=0)
        for block in self.transformer_blocks:
            tokens = block(tokens, attention_mask=scores)
        embedding: Tensor = self.proj_to_clip_embeddings(self.norm_out(tokens)[:, -1])
        return embedding


@torch.inference_mode()
def predict(prior: EclipsePrior, text: dict[str, Tensor], generator: Generator) -> Tensor:
    """Return the image embedding of a prompt, (1, clip_embed_dim), as the authors' pipeline does.

    `text` holds what engine.prior.Text holds. The noise is drawn where the generator lives.
    """
    embeds = text["embeds"]
    shape = (embeds.shape[0], prior.config.embedding_dim)
    noise = torch.randn(shape, generator=generator, dtype=embeds.dtype, device=generator.device)
    hidden, mask = text["hidden"], text["mask"]
    embedding: Tensor = prior(noise.to(embeds.device), embeds, hidden, mask)
    return embedding
