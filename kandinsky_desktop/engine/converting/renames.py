"""How the tensors of the original networks are called and laid out in diffusers' ones.

Names and layouts are those of ai-forever/Kandinsky-2 (kandinsky2/model/unet.py, prior.py and
kandinsky2/vqgan). Each made tensor is a `Made`: its name, the original it is made of, and how.
"""

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from torch import Tensor

Tensors = Mapping[str, Tensor]
Part = Callable[[Tensor], Tensor]
HEAD_WIDTH = 64  # of every attention: num_head_channels in configs.py, xf_width // xf_heads

RESNET = {  # of the U-Net
    "in_layers.0": "norm1",
    "in_layers.2": "conv1",
    "emb_layers.1": "time_emb_proj",
    "out_layers.0": "norm2",
    "out_layers.3": "conv2",
    "skip_connection": "conv_shortcut",
}
# What leads the U-Net of 2.1, which has it inside; that of 2.0 is a network of its own
LEADING_21 = {
    "clip_to_seq": "encoder_hid_proj.image_embeds",
    "to_model_dim_n": "encoder_hid_proj.text_proj",
    "proj_n": "add_embedding.text_proj",
    "ln_model_n": "add_embedding.text_norm",
    "img_layer": "add_embedding.image_proj",
}
CONDITIONER_20 = (
    "to_model_dim",
    "to_model_dim2",
    "proj",
    "proj2.q_linear",
    "proj2.k_linear",
    "proj2.v_linear",
    "proj2.out",
    "ln_model1",
    "ln_model2",
    "ln_model3",
)


def as_it_is(tensor: Tensor) -> Tensor:
    """Return the tensor itself."""
    return tensor


@dataclass(frozen=True, slots=True)
class Made:
    """A tensor of the new file."""

    name: str
    source: str  # the original's name
    part: Part = as_it_is


@dataclass(frozen=True, slots=True)
class Network:
    """A network of the new folder: its config, and what its tensors are made of."""

    config: dict[str, Any]
    tensors: tuple[Made, ...]


def of_heads(which: int, count: int, *, flat: bool = True) -> Part:
    """Return what takes one of `count` parts that lie head by head, as query, key and value do.

    `flat`: a convolution over single cells becomes a linear layer.
    """

    def part(tensor: Tensor) -> Tensor:
        rows = tensor.flatten(1) if flat and tensor.dim() > 1 else tensor
        heads = rows.view(-1, count, HEAD_WIDTH, *rows.shape[1:])
        return heads[:, which].reshape(-1, *rows.shape[1:])

    return part


def linear(tensor: Tensor) -> Tensor:
    """Return a convolution over single cells as a linear layer's weight."""
    return tensor.flatten(1) if tensor.dim() > 1 else tensor


def _both(new: str, old: str, part: Part = as_it_is) -> Iterator[Made]:
    for one in ("weight", "bias"):
        yield Made(f"{new}.{one}", f"{old}.{one}", part)


# --- U-Nets -----------------------------------------------------------------------------------


def _unet_resnet(new: str, old: str, there: Tensors) -> Iterator[Made]:
    for theirs, ours in RESNET.items():
        if f"{old}.{theirs}.weight" in there:
            yield from _both(f"{new}.{ours}", f"{old}.{theirs}")


def _unet_attention(new: str, old: str) -> Iterator[Made]:
    yield from _both(f"{new}.group_norm", f"{old}.norm")
    for number, name in enumerate(("to_q", "to_k", "to_v")):
        yield from _both(f"{new}.{name}", f"{old}.qkv", of_heads(number, 3))
    for number, name in enumerate(("add_k_proj", "add_v_proj")):
        yield from _both(f"{new}.{name}", f"{old}.encoder_kv", of_heads(number, 2))
    yield from _both(f"{new}.to_out.0", f"{old}.proj_out", linear)


def unet_layout(there: Tensors) -> tuple[int, int]:
    """Return how many levels a U-Net has, and how many blocks each, by the names of its tensors.

    Each level but the first of the way up ends in a block that enlarges: it tells how many.
    Raises KeyError where this is no such U-Net.
    """
    blocks = 1 + max(int(name.split(".")[1]) for name in there if name.startswith("output_blocks."))
    for number in range(blocks):
        modules = {int(n.split(".")[2]) for n in there if n.startswith(f"output_blocks.{number}.")}
        last = f"output_blocks.{number}.{max(modules)}.in_layers.0.weight"
        if len(modules) > 1 and last in there:
            return blocks // (number + 1), number
    raise KeyError("output_blocks")


def unet(there: Tensors, version: str) -> Network:
    """Return the U-Net of version "2.0" or "2.1". Raises KeyError where a tensor is missing."""
    levels, resnets = unet_layout(there)
    made: list[Made] = []
    made += _both("time_embedding.linear_1", "time_embed.0")
    made += _both("time_embedding.linear_2", "time_embed.2")
    made += _both("conv_in", "input_blocks.0.0")
    made += _both("conv_norm_out", "out.0")
    made += _both("conv_out", "out.2")
    widths, crossed = [], []
    for level in range(levels):
        first = 1 + level * (resnets + 1)
        crossed.append(f"input_blocks.{first}.1.qkv.weight" in there)
        widths.append(int(there[f"input_blocks.{first}.0.out_layers.3.weight"].shape[0]))
        for block in range(resnets):
            old, new = f"input_blocks.{first + block}", f"down_blocks.{level}"
            made += _unet_resnet(f"{new}.resnets.{block}", f"{old}.0", there)
            if crossed[-1]:
                made += _unet_attention(f"{new}.attentions.{block}", f"{old}.1")
        if level < levels - 1:
            smaller = f"input_blocks.{first + resnets}.0"
            made += _unet_resnet(f"down_blocks.{level}.downsamplers.0", smaller, there)
    made += _unet_resnet("mid_block.resnets.0", "middle_block.0", there)
    made += _unet_attention("mid_block.attentions.0", "middle_block.1")
    made += _unet_resnet("mid_block.resnets.1", "middle_block.2", there)
    for level in range(levels):
        with_attention = crossed[levels - 1 - level]
        for block in range(resnets + 1):
            old, new = f"output_blocks.{level * (resnets + 1) + block}", f"up_blocks.{level}"
            made += _unet_resnet(f"{new}.resnets.{block}", f"{old}.0", there)
            if with_attention:
                made += _unet_attention(f"{new}.attentions.{block}", f"{old}.1")
        if level < levels - 1:
            larger = f"{old}.{2 if with_attention else 1}"
            made += _unet_resnet(f"up_blocks.{level}.upsamplers.0", larger, there)
    if version == "2.1":
        for old, new in LEADING_21.items():
            made += _both(new, old)
    down = tuple(
        "SimpleCrossAttnDownBlock2D" if one else "ResnetDownsampleBlock2D" for one in crossed
    )
    up = tuple(
        "SimpleCrossAttnUpBlock2D" if one else "ResnetUpsampleBlock2D" for one in crossed[::-1]
    )
    config: dict[str, Any] = {
        "_class_name": "UNet2DConditionModel",
        "sample_size": 64,
        "in_channels": int(there["input_blocks.0.0.weight"].shape[1]),
        "out_channels": int(there["out.2.weight"].shape[0]),
        "block_out_channels": widths,
        "down_block_types": down,
        "mid_block_type": "UNetMidBlock2DSimpleCrossAttn",
        "up_block_types": up,
        "layers_per_block": resnets,
        "attention_head_dim": HEAD_WIDTH,
        "cross_attention_dim": int(there["middle_block.1.encoder_kv.weight"].shape[1]),
        "resnet_time_scale_shift": "scale_shift",
        "norm_num_groups": 32,
    }
    if version == "2.1":
        config |= {
            "addition_embed_type": "text_image",
            "encoder_hid_dim": int(there["to_model_dim_n.weight"].shape[1]),
            "encoder_hid_dim_type": "text_image_proj",
        }
    else:
        config |= {"class_embed_type": "identity"}
    return Network(config, tuple(made))


def conditioner(there: Tensors) -> Network:
    """Return the text conditioner of 2.0. Raises KeyError where a tensor is missing."""
    config = {
        "_class_name": "TextConditioner",
        "text_width": int(there["to_model_dim.weight"].shape[1]),
        "pooled_width": int(there["proj.weight"].shape[1]),
        "second_width": int(there["to_model_dim2.weight"].shape[1]),
        "crossing": int(there["to_model_dim.weight"].shape[0]),
        "time_width": int(there["proj.weight"].shape[0]),
    }
    made = (one for name in CONDITIONER_20 for one in _both(name, name))
    return Network(config, tuple(made))


# --- the prior --------------------------------------------------------------------------------

PRIOR = {
    "time_embed.0": "time_embedding.linear_1",
    "time_embed.2": "time_embedding.linear_2",
    "clip_img_proj": "proj_in",
    "text_emb_proj": "embedding_proj",
    "text_enc_proj": "encoder_hidden_states_proj",
    "final_ln": "norm_out",
    "out_proj": "proj_to_clip_embeddings",
}
PRIOR_BLOCK = {
    "attn.c_proj": "attn1.to_out.0",
    "ln_1": "norm1",
    "ln_2": "norm3",
    "mlp.c_fc": "ff.net.0.proj",
    "mlp.c_proj": "ff.net.2",
}
MEAN, DEVIATION = "clip_mean", "clip_std"  # of image embeddings: ViT-L-14_stats.th


def prior(there: Tensors) -> Network:
    """Return the prior of 2.1. Raises KeyError where a tensor is missing."""
    made: list[Made] = []
    for old, new in PRIOR.items():
        made += _both(new, old)
    made += (
        Made("positional_embedding", "positional_embedding"),
        Made("prd_embedding", "prd_emb"),
        Made(MEAN, MEAN, lambda tensor: tensor.view(1, -1)),
        Made(DEVIATION, DEVIATION, lambda tensor: tensor.view(1, -1)),
    )
    numbers = {int(name.split(".")[2]) for name in there if name.startswith("transformer.")}
    for number in sorted(numbers):
        old, new = f"transformer.resblocks.{number}", f"transformer_blocks.{number}"
        for theirs, ours in PRIOR_BLOCK.items():
            made += _both(f"{new}.{ours}", f"{old}.{theirs}")
        for which, name in enumerate(("to_q", "to_k", "to_v")):
            made += _both(f"{new}.attn1.{name}", f"{old}.attn.c_qkv", of_heads(which, 3))
    width, embedding = there["clip_img_proj.weight"].shape
    tokens = int(there["positional_embedding"].shape[1])
    config = {
        "_class_name": "PriorTransformer",
        "num_attention_heads": int(width) // HEAD_WIDTH,
        "attention_head_dim": HEAD_WIDTH,
        "num_layers": len(numbers),
        "embedding_dim": int(embedding),
        "num_embeddings": tokens - 4,
        "additional_embeddings": 4,
    }
    return Network(config, tuple(made))


# --- autoencoders -----------------------------------------------------------------------------

LDM_ENDS = {"norm_out": "conv_norm_out", "conv_in": "conv_in", "conv_out": "conv_out"}
LDM_ATTENTION = {"q": "to_q", "k": "to_k", "v": "to_v", "proj_out": "to_out.0"}
LEVEL = re.compile(r"encoder\.down\.(\d+)\.block\.(\d+)\.")


def movq(there: Tensors) -> Network:
    """Return the MoVQ of 2.1. Raises KeyError where a tensor is missing."""
    network = _autoencoder(there, spatial=True)
    codes, width = there["quantize.embedding.weight"].shape
    config = network.config | {
        "_class_name": "VQModel",
        "num_vq_embeddings": int(codes),
        "vq_embed_dim": int(width),
        "norm_type": "spatial",
    }
    codebook = Made("quantize.embedding.weight", "quantize.embedding.weight")
    return Network(config, (*network.tensors, codebook))


def autoencoder_kl(there: Tensors, scale: float) -> Network:
    """Return the autoencoder of 2.0. Raises KeyError where a tensor is missing."""
    network = _autoencoder(there, spatial=False)
    return Network(
        network.config | {"_class_name": "AutoencoderKL", "scaling_factor": scale}, network.tensors
    )


def _autoencoder(there: Tensors, *, spatial: bool) -> Network:
    """Return an autoencoder of the latent diffusion models; of a MoVQ the decoder is spatial."""
    found = [match for name in there if (match := LEVEL.match(name))]
    levels = 1 + max(int(match[1]) for match in found)
    resnets = 1 + max(int(match[2]) for match in found)
    made = [*_both("quant_conv", "quant_conv"), *_both("post_quant_conv", "post_quant_conv")]
    attended = []
    for side in ("encoder", "decoder"):
        norms = spatial and side == "decoder"
        for old, new in LDM_ENDS.items():
            made += _norm_or_conv(f"{side}.{new}", f"{side}.{old}", norms)
        for number, old in enumerate(("block_1", "block_2")):
            new = f"{side}.mid_block.resnets.{number}"
            made += _ldm_resnet(new, f"{side}.mid.{old}", there, spatial=norms)
        middle = f"{side}.mid_block.attentions.0"
        made += _ldm_attention(middle, f"{side}.mid.attn_1", spatial=norms)
        down = side == "encoder"
        for level in range(levels):
            theirs = level if down else levels - 1 - level
            old = f"{side}.{'down' if down else 'up'}.{theirs}"
            new = f"{side}.{'down' if down else 'up'}_blocks.{level}"
            for block in range(resnets + (not down)):
                made += _ldm_resnet(
                    f"{new}.resnets.{block}", f"{old}.block.{block}", there, spatial=norms
                )
                if f"{old}.attn.{block}.q.weight" in there:
                    ours = f"{new}.attentions.{block}"
                    made += _ldm_attention(ours, f"{old}.attn.{block}", spatial=norms)
            sampler = "downsample" if down else "upsample"
            if level < levels - 1:
                made += _both(f"{new}.{sampler}rs.0.conv", f"{old}.{sampler}.conv")
            if down:
                attended.append(f"{old}.attn.0.q.weight" in there)
    widths = [
        int(there[f"encoder.down.{level}.block.0.conv1.weight"].shape[0]) for level in range(levels)
    ]
    config: dict[str, Any] = {
        "in_channels": int(there["encoder.conv_in.weight"].shape[1]),
        "out_channels": int(there["decoder.conv_out.weight"].shape[0]),
        "latent_channels": int(there["decoder.conv_in.weight"].shape[1]),
        "block_out_channels": widths,
        "layers_per_block": resnets,
        "norm_num_groups": 32,
        "down_block_types": [
            "AttnDownEncoderBlock2D" if one else "DownEncoderBlock2D" for one in attended
        ],
        "up_block_types": [
            "AttnUpDecoderBlock2D" if one else "UpDecoderBlock2D" for one in attended[::-1]
        ],
    }
    return Network(config, tuple(made))


def _norm_or_conv(new: str, old: str, spatial: bool) -> Iterator[Made]:
    if spatial and "norm" in new.rpartition(".")[2]:
        for part in ("norm_layer", "conv_y", "conv_b"):
            yield from _both(f"{new}.{part}", f"{old}.{part}")
    else:
        yield from _both(new, old)


def _ldm_resnet(new: str, old: str, there: Tensors, *, spatial: bool) -> Iterator[Made]:
    for name in ("norm1", "conv1", "norm2", "conv2"):
        yield from _norm_or_conv(f"{new}.{name}", f"{old}.{name}", spatial)
    if f"{old}.nin_shortcut.weight" in there:
        yield from _both(f"{new}.conv_shortcut", f"{old}.nin_shortcut")


def _ldm_attention(new: str, old: str, *, spatial: bool) -> Iterator[Made]:
    if spatial:
        for part in ("norm_layer", "conv_y", "conv_b"):
            yield from _both(f"{new}.spatial_norm.{part}", f"{old}.norm.{part}")
    else:
        yield from _both(f"{new}.group_norm", f"{old}.norm")
    for theirs, ours in LDM_ATTENTION.items():
        yield from _both(f"{new}.{ours}", f"{old}.{theirs}", linear)
