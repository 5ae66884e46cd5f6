"""The published networks at their real size, made from their configs without weights.

Their numbers of parameters are those of the published files (`published.py`), and a test says so.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import torch
from diffusers import AutoencoderKL, PriorTransformer, UNet2DConditionModel, VQModel
from diffusers.pipelines.kandinsky.text_encoder import MCLIPConfig, MultilingualCLIP
from transformers import (
    CLIPTextConfig,
    CLIPTextModel,
    CLIPTextModelWithProjection,
    CLIPVisionConfig,
    CLIPVisionModelWithProjection,
    MT5Config,
    MT5EncoderModel,
)

from kandinsky_desktop.engine.eclipse_prior import EclipsePrior
from kandinsky_desktop.engine.text_conditioner import TextConditioner

TOKENS = 77
UNET: dict[str, Any] = {
    "act_fn": "silu",
    "attention_head_dim": 64,
    "block_out_channels": (384, 768, 1152, 1536),
    "cross_attention_dim": 768,
    "down_block_types": ("ResnetDownsampleBlock2D",) + ("SimpleCrossAttnDownBlock2D",) * 3,
    "up_block_types": ("SimpleCrossAttnUpBlock2D",) * 3 + ("ResnetUpsampleBlock2D",),
    "mid_block_type": "UNetMidBlock2DSimpleCrossAttn",
    "in_channels": 4,
    "out_channels": 8,
    "layers_per_block": 3,
    "resnet_time_scale_shift": "scale_shift",
    "sample_size": 64,
    "addition_embed_type_num_heads": 64,
}
# as `kandinsky models convert` lays it out: the texts are brought to its widths outside of it
UNET_20 = {name: one for name, one in UNET.items() if not name.startswith("addition_")} | {
    "class_embed_type": "identity"
}
UNET_21 = UNET | {
    "addition_embed_type": "text_image",
    "encoder_hid_dim": 1024,
    "encoder_hid_dim_type": "text_image_proj",
}
UNET_22 = UNET | {
    "addition_embed_type": "image",
    "encoder_hid_dim": 1280,
    "encoder_hid_dim_type": "image_proj",
}
MOVQ: dict[str, Any] = {
    "in_channels": 3,
    "out_channels": 3,
    "latent_channels": 4,
    "num_vq_embeddings": 16384,
    "vq_embed_dim": 4,
    "layers_per_block": 2,
    "norm_type": "spatial",
    "down_block_types": ("DownEncoderBlock2D",) * 3 + ("AttnDownEncoderBlock2D",),
    "up_block_types": ("AttnUpDecoderBlock2D",) + ("UpDecoderBlock2D",) * 3,
    "block_out_channels": (128, 256, 256, 512),
}
PRIOR: dict[str, Any] = {
    "num_attention_heads": 32,
    "attention_head_dim": 64,
    "num_layers": 20,
    "num_embeddings": TOKENS,
    "additional_embeddings": 4,
}
# ECLIPSE-Community/ECLIPSE_KandinskyV22_Prior
ECLIPSE: dict[str, Any] = {
    "num_attention_heads": 16,
    "attention_head_dim": 32,
    "num_layers": 10,
    "embedding_dim": 1280,
    "num_embeddings": TOKENS,
}
TEXT_22: dict[str, Any] = {
    "hidden_size": 1280,
    "intermediate_size": 5120,
    "num_hidden_layers": 32,
    "num_attention_heads": 20,
    "projection_dim": 1280,
    "hidden_act": "gelu",
}
TEXT_21: dict[str, Any] = {
    "hidden_size": 768,
    "intermediate_size": 3072,
    "num_hidden_layers": 12,
    "num_attention_heads": 12,
    "projection_dim": 768,
}
IMAGE_22: dict[str, Any] = {
    "hidden_size": 1664,
    "intermediate_size": 8192,
    "num_hidden_layers": 48,
    "num_attention_heads": 16,
    "projection_dim": 1280,
    "image_size": 224,
    "patch_size": 14,
    "hidden_act": "gelu",
}
IMAGE_21: dict[str, Any] = {
    "hidden_size": 1024,
    "intermediate_size": 4096,
    "num_hidden_layers": 24,
    "num_attention_heads": 16,
    "projection_dim": 768,
    "image_size": 224,
    "patch_size": 14,
}
MCLIP: dict[str, Any] = {
    "transformerDimSize": 1024,
    "imageDimSize": 768,
    "hidden_size": 1024,
    "num_hidden_layers": 24,
    "num_attention_heads": 16,
    "intermediate_size": 4096,
    "vocab_size": 250002,
    "max_position_embeddings": 514,
    "type_vocab_size": 1,
    "pad_token_id": 1,
}
MCLIP_20 = MCLIP | {"imageDimSize": 640}
MT5: dict[str, Any] = {  # google/mt5-small, of which the encoder is read
    "vocab_size": 250112,
    "d_model": 512,
    "d_kv": 64,
    "d_ff": 1024,
    "num_layers": 8,
    "num_heads": 6,
    "feed_forward_proj": "gated-gelu",
}
CONDITIONER: dict[str, Any] = {
    "text_width": 1024,
    "pooled_width": 640,
    "second_width": 512,
    "crossing": 768,
    "time_width": 1536,
}
SD_UNET: dict[str, Any] = {
    "block_out_channels": (320, 640, 1280, 1280),
    "cross_attention_dim": 768,
    "attention_head_dim": 8,
    "sample_size": 64,
    "in_channels": 4,
    "out_channels": 4,
}
SD_VAE: dict[str, Any] = {
    "down_block_types": ("DownEncoderBlock2D",) * 4,
    "up_block_types": ("UpDecoderBlock2D",) * 4,
    "block_out_channels": (128, 256, 512, 512),
    "layers_per_block": 2,
    "latent_channels": 4,
}
SD_TEXT: dict[str, Any] = TEXT_21 | {"max_position_embeddings": TOKENS}
SD2_UNET = SD_UNET | {
    "cross_attention_dim": 1024,
    "attention_head_dim": (5, 10, 20, 20),
    "use_linear_projection": True,
    "sample_size": 96,
}
SD2_TEXT: dict[str, Any] = {
    "hidden_size": 1024,
    "intermediate_size": 4096,
    "num_hidden_layers": 23,
    "num_attention_heads": 16,
    "projection_dim": 512,
    "hidden_act": "gelu",
}


@dataclass(frozen=True, slots=True)
class Network:
    """A published network: its family's version, its role there, and how it is made."""

    version: str
    role: str
    kind: str  # of a component
    config: dict[str, Any]

    @property
    def name(self) -> str:
        """What it is called in tables."""
        return f"{self.version} {self.role}"

    def make(self) -> torch.nn.Module:
        """Make it on torch's default device, with whatever weights its classes begin with."""
        network: torch.nn.Module = MAKERS[self.kind](self.config).eval()
        return network


MAKERS: dict[str, Callable[[dict[str, Any]], Any]] = {
    "unet": lambda config: UNet2DConditionModel(**config),
    "movq": lambda config: VQModel(**config),
    "vae": lambda config: AutoencoderKL(**config),
    "prior": lambda config: PriorTransformer(**config),
    "eclipse_prior": lambda config: EclipsePrior(**config),
    "text_encoder": lambda config: CLIPTextModelWithProjection(CLIPTextConfig(**config)),
    "clip_text_encoder": lambda config: CLIPTextModel(CLIPTextConfig(**config)),
    "image_encoder": lambda config: CLIPVisionModelWithProjection(CLIPVisionConfig(**config)),
    "decoder_text_encoder": lambda config: MultilingualCLIP(MCLIPConfig(**config)),
    "t5_encoder": lambda config: MT5EncoderModel(MT5Config(**config)),
    "conditioner": lambda config: TextConditioner(**config),
}
NETWORKS: tuple[Network, ...] = (
    Network("2.2", "text_encoder", "text_encoder", TEXT_22),
    Network("2.2", "image_encoder", "image_encoder", IMAGE_22),
    Network("2.2", "prior", "prior", PRIOR | {"embedding_dim": 1280}),
    Network("2.2", "eclipse_prior", "eclipse_prior", ECLIPSE),
    Network("2.2", "unet", "unet", UNET_22),
    Network("2.2", "inpaint unet", "unet", UNET_22 | {"in_channels": 9}),
    Network(
        "2.2",
        "depth unet",
        "unet",
        UNET_22 | {"in_channels": 8, "addition_embed_type": "image_hint"},
    ),
    Network("2.2", "movq", "movq", MOVQ),  # 2.1's is the same
    Network("2.1", "text_encoder", "text_encoder", TEXT_21),
    Network("2.1", "image_encoder", "image_encoder", IMAGE_21),
    Network("2.1", "decoder_text_encoder", "decoder_text_encoder", MCLIP),
    Network("2.1", "prior", "prior", PRIOR | {"embedding_dim": 768}),
    Network("2.1", "unet", "unet", UNET_21),
    Network("2.1", "inpaint unet", "unet", UNET_21 | {"in_channels": 9}),
    Network("2.0", "text_encoder", "decoder_text_encoder", MCLIP_20),
    Network("2.0", "text_encoder_2", "t5_encoder", MT5),
    Network("2.0", "conditioner", "conditioner", CONDITIONER),
    Network("2.0", "unet", "unet", UNET_20),
    Network("2.0", "inpaint unet", "unet", UNET_20 | {"in_channels": 9}),
    Network("SD 1", "text_encoder", "clip_text_encoder", SD_TEXT),
    Network("SD 1", "unet", "unet", SD_UNET),
    Network("SD 1", "inpaint unet", "unet", SD_UNET | {"in_channels": 9}),
    Network("SD 1", "vae", "vae", SD_VAE),  # 2.0's is the same
    Network("SD 2", "text_encoder", "clip_text_encoder", SD2_TEXT),
    Network("SD 2", "unet", "unet", SD2_UNET),
)


def network(name: str) -> Network:
    """Return the network of that name, as "2.2 unet"."""
    return next(one for one in NETWORKS if one.name == name)
