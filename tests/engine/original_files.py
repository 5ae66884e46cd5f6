"""Files as Kandinsky 2.0 and 2.1 were first published, with small networks of random weights.

The names are the originals' own, written down here apart from those that the program has: made of
a diffusers network, whose pictures then say whether what is converted is the same.
"""

import json
from pathlib import Path
from typing import Any

import torch
from diffusers import AutoencoderKL, PriorTransformer, UNet2DConditionModel, VQModel
from diffusers.pipelines.kandinsky.text_encoder import MCLIPConfig, MultilingualCLIP
from torch import Tensor
from transformers import CLIPConfig, CLIPImageProcessorPil, CLIPModel, MT5Config, MT5EncoderModel
from transformers.utils import sentencepiece_model_pb2_new as sentencepiece

from benchmarks.small_tokenizers import clip_tokenizer, xlmr_tokenizer
from kandinsky_desktop.engine.text_conditioner import TextConditioner

Tensors = dict[str, Tensor]
HEAD = 64
WIDTHS = (64, 128)
EMBEDDING = 64  # of CLIP, of the prior's meanings and, in 2.1, what crosses into the U-Net
TEXT = 32  # of mCLIP's hidden states
SECOND = 24  # of mT5's


def both(old: str, new: str, weights: Tensors, *, cells: int = 0) -> Tensors:
    """Return weight and bias under the old name; with `cells` as a convolution of 1 or 2 axes."""
    weight = weights[f"{new}.weight"]
    return {
        f"{old}.weight": weight.reshape(*weight.shape, *[1] * cells),
        f"{old}.bias": weights[f"{new}.bias"],
    }


def woven(old: str, news: tuple[str, ...], weights: Tensors, *, cells: int = 0) -> Tensors:
    """Return queries, keys and values as one: for each head its part of each."""
    made = {}
    for part in ("weight", "bias"):
        heads = [weights[f"{new}.{part}"].unflatten(0, (-1, HEAD)) for new in news]
        rows = torch.stack(heads, dim=1).flatten(0, 2)
        made[f"{old}.{part}"] = (
            rows.reshape(*rows.shape, *[1] * cells) if part == "weight" else rows
        )
    return made


def unet_resnet(old: str, new: str, weights: Tensors) -> Tensors:
    made = both(f"{old}.in_layers.0", f"{new}.norm1", weights)
    made |= both(f"{old}.in_layers.2", f"{new}.conv1", weights)
    made |= both(f"{old}.emb_layers.1", f"{new}.time_emb_proj", weights)
    made |= both(f"{old}.out_layers.0", f"{new}.norm2", weights)
    made |= both(f"{old}.out_layers.3", f"{new}.conv2", weights)
    if f"{new}.conv_shortcut.weight" in weights:
        made |= both(f"{old}.skip_connection", f"{new}.conv_shortcut", weights)
    return made


def unet_attention(old: str, new: str, weights: Tensors) -> Tensors:
    made = both(f"{old}.norm", f"{new}.group_norm", weights)
    made |= woven(f"{old}.qkv", tuple(f"{new}.to_{one}" for one in "qkv"), weights, cells=1)
    crossing = tuple(f"{new}.add_{one}_proj" for one in "kv")
    made |= woven(f"{old}.encoder_kv", crossing, weights, cells=1)
    return made | both(f"{old}.proj_out", f"{new}.to_out.0", weights, cells=1)


def unet(network: Any) -> Tensors:
    """Return a U-Net of two levels with a block each, of which the inner one has attention."""
    weights: Tensors = network.state_dict()
    made = both("time_embed.0", "time_embedding.linear_1", weights)
    made |= both("time_embed.2", "time_embedding.linear_2", weights)
    made |= both("input_blocks.0.0", "conv_in", weights)
    made |= unet_resnet("input_blocks.1.0", "down_blocks.0.resnets.0", weights)
    made |= unet_resnet("input_blocks.2.0", "down_blocks.0.downsamplers.0", weights)
    made |= unet_resnet("input_blocks.3.0", "down_blocks.1.resnets.0", weights)
    made |= unet_attention("input_blocks.3.1", "down_blocks.1.attentions.0", weights)
    made |= unet_resnet("middle_block.0", "mid_block.resnets.0", weights)
    made |= unet_attention("middle_block.1", "mid_block.attentions.0", weights)
    made |= unet_resnet("middle_block.2", "mid_block.resnets.1", weights)
    for number in (0, 1):
        made |= unet_resnet(f"output_blocks.{number}.0", f"up_blocks.0.resnets.{number}", weights)
        inner = f"up_blocks.0.attentions.{number}"
        made |= unet_attention(f"output_blocks.{number}.1", inner, weights)
    made |= unet_resnet("output_blocks.1.2", "up_blocks.0.upsamplers.0", weights)
    for number in (0, 1):
        old = f"output_blocks.{number + 2}.0"
        made |= unet_resnet(old, f"up_blocks.1.resnets.{number}", weights)
    made |= both("out.0", "conv_norm_out", weights)
    return made | both("out.2", "conv_out", weights)


def unet_21(network: Any) -> Tensors:
    weights: Tensors = network.state_dict()
    made = both("clip_to_seq", "encoder_hid_proj.image_embeds", weights)
    made |= both("to_model_dim_n", "encoder_hid_proj.text_proj", weights)
    made |= both("proj_n", "add_embedding.text_proj", weights)
    made |= both("ln_model_n", "add_embedding.text_norm", weights)
    return unet(network) | made | both("img_layer", "add_embedding.image_proj", weights)


def prior(network: Any) -> Tensors:
    weights: Tensors = network.state_dict()
    made = both("time_embed.0", "time_embedding.linear_1", weights)
    made |= both("time_embed.2", "time_embedding.linear_2", weights)
    made |= both("clip_img_proj", "proj_in", weights)
    made |= both("text_emb_proj", "embedding_proj", weights)
    made |= both("text_enc_proj", "encoder_hidden_states_proj", weights)
    made |= both("final_ln", "norm_out", weights)
    made |= both("out_proj", "proj_to_clip_embeddings", weights)
    made["positional_embedding"] = weights["positional_embedding"]
    made["prd_emb"] = weights["prd_embedding"]
    old, new = "transformer.resblocks.0", "transformer_blocks.0"
    made |= woven(f"{old}.attn.c_qkv", tuple(f"{new}.attn1.to_{one}" for one in "qkv"), weights)
    made |= both(f"{old}.attn.c_proj", f"{new}.attn1.to_out.0", weights)
    made |= both(f"{old}.ln_1", f"{new}.norm1", weights)
    made |= both(f"{old}.ln_2", f"{new}.norm3", weights)
    made |= both(f"{old}.mlp.c_fc", f"{new}.ff.net.0.proj", weights)
    made |= both(f"{old}.mlp.c_proj", f"{new}.ff.net.2", weights)
    return {f"model.{name}": one for name, one in made.items()}


def autoencoder(network: Any, *, spatial: bool) -> Tensors:
    """Return an autoencoder of two levels with a block each, of which the inner one may attend."""
    weights: Tensors = network.state_dict()

    def norm(old: str, new: str, side: str) -> Tensors:
        if not (spatial and side == "decoder"):
            return both(old, new, weights)
        parts = ("norm_layer", "conv_y", "conv_b")
        return {k: v for p in parts for k, v in both(f"{old}.{p}", f"{new}.{p}", weights).items()}

    def resnet(old: str, new: str, side: str) -> Tensors:
        made = norm(f"{old}.norm1", f"{new}.norm1", side) | norm(
            f"{old}.norm2", f"{new}.norm2", side
        )
        made |= both(f"{old}.conv1", f"{new}.conv1", weights)
        made |= both(f"{old}.conv2", f"{new}.conv2", weights)
        if f"{new}.conv_shortcut.weight" in weights:
            made |= both(f"{old}.nin_shortcut", f"{new}.conv_shortcut", weights)
        return made

    def attention(old: str, new: str, side: str) -> Tensors:
        inner = "spatial_norm" if spatial and side == "decoder" else "group_norm"
        made = norm(f"{old}.norm", f"{new}.{inner}", side)
        for one in "qkv":
            made |= both(f"{old}.{one}", f"{new}.to_{one}", weights, cells=2)
        return made | both(f"{old}.proj_out", f"{new}.to_out.0", weights, cells=2)

    made = both("quant_conv", "quant_conv", weights)
    made |= both("post_quant_conv", "post_quant_conv", weights)
    for side, way, sampler, blocks in (
        ("encoder", "down", "downsample", 1),
        ("decoder", "up", "upsample", 2),
    ):
        made |= both(f"{side}.conv_in", f"{side}.conv_in", weights)
        made |= both(f"{side}.conv_out", f"{side}.conv_out", weights)
        made |= norm(f"{side}.norm_out", f"{side}.conv_norm_out", side)
        made |= resnet(f"{side}.mid.block_1", f"{side}.mid_block.resnets.0", side)
        made |= attention(f"{side}.mid.attn_1", f"{side}.mid_block.attentions.0", side)
        made |= resnet(f"{side}.mid.block_2", f"{side}.mid_block.resnets.1", side)
        for level in (0, 1):
            theirs = level if side == "encoder" else 1 - level
            old, new = f"{side}.{way}.{theirs}", f"{side}.{way}_blocks.{level}"
            for block in range(blocks):
                made |= resnet(f"{old}.block.{block}", f"{new}.resnets.{block}", side)
                if f"{new}.attentions.{block}.to_q.weight" in weights:
                    inner = f"{new}.attentions.{block}"
                    made |= attention(f"{old}.attn.{block}", inner, side)
            if level == 0:
                made |= both(f"{old}.{sampler}.conv", f"{new}.{sampler}rs.0.conv", weights)
    if spatial:
        made["quantize.embedding.weight"] = weights["quantize.embedding.weight"]
    return made


# --- networks ---------------------------------------------------------------------------------


def new_unet(version: str, channels: int) -> Any:
    led = {"class_embed_type": "identity"}
    if version == "2.1":
        led = {"addition_embed_type": "text_image", "encoder_hid_dim_type": "text_image_proj"}
    return UNet2DConditionModel(
        sample_size=64,
        in_channels=channels,
        out_channels=8,
        down_block_types=("ResnetDownsampleBlock2D", "SimpleCrossAttnDownBlock2D"),
        up_block_types=("SimpleCrossAttnUpBlock2D", "ResnetUpsampleBlock2D"),
        mid_block_type="UNetMidBlock2DSimpleCrossAttn",
        block_out_channels=WIDTHS,
        layers_per_block=1,
        attention_head_dim=HEAD,
        cross_attention_dim=EMBEDDING,
        resnet_time_scale_shift="scale_shift",
        **({"encoder_hid_dim": TEXT} if version == "2.1" else {}),
        **led,
    ).half()


def _save_text_encoder(folder: Path, pooled: int) -> Any:
    """Write mCLIP as it was published: its weights in a pickle, and the config of XLM-R."""
    tokenizer = xlmr_tokenizer()
    about = {
        "hidden_size": TEXT,
        "intermediate_size": 37,
        "num_attention_heads": 4,
        "num_hidden_layers": 2,
        "vocab_size": len(tokenizer),
        "max_position_embeddings": 514,
        "type_vocab_size": 1,
        "layer_norm_eps": 1e-5,
    }
    network = MultilingualCLIP(
        MCLIPConfig(imageDimSize=pooled, transformerDimSize=TEXT, **about)
    ).half()
    folder.mkdir(parents=True)
    torch.save(network.state_dict(), folder / "pytorch_model.bin")
    (folder / "config.json").write_text(json.dumps({"model_type": "xlm-roberta", **about}))
    tokenizer.save_pretrained(folder)
    return network


def spiece() -> bytes:
    """Return a spiece.model that knows Latin letters one by one."""
    told = sentencepiece.ModelProto()
    words = [("<pad>", 0.0, 3), ("</s>", 0.0, 3), ("<unk>", 0.0, 2), ("\u2581", -3.0, 1)]
    for piece, score, kind in (*words, *((chr(one), -4.0, 1) for one in range(33, 127))):
        told.pieces.add(piece=piece, score=score, type=kind)
    told.trainer_spec.unk_id = 2
    data: bytes = told.SerializeToString()
    return data


def write_20(root: Path, *, holes: bool = True) -> dict[str, Any]:
    """Write the files of 2.0 below `root`, and return the networks by their new places."""
    torch.manual_seed(1)
    networks: dict[str, Any] = {"text_encoder": _save_text_encoder(root / "text_encoder1", 48)}
    second = root / "text_encoder2"
    second.mkdir()
    config = MT5Config(
        vocab_size=3 + 1 + 94, d_model=SECOND, d_kv=8, d_ff=32, num_layers=2, num_heads=3
    )
    networks["text_encoder_2"] = MT5EncoderModel(config).half()
    torch.save(
        networks["text_encoder_2"].state_dict() | {"lm_head.weight": torch.ones(2)},
        second / "pytorch_model.bin",
    )
    (second / "config.json").write_text(json.dumps(config.to_dict()))
    (second / "spiece.model").write_bytes(spiece())
    for name, home, channels in (
        ("Kandinsky-2-0.pt", "", 4),
        *((("Kandinsky-2-0-inpainting.pt", "inpaint/", 9),) if holes else ()),
    ):
        network = new_unet("2.0", channels)
        conditioner = TextConditioner(
            text_width=TEXT,
            pooled_width=48,
            second_width=SECOND,
            crossing=EMBEDDING,
            time_width=4 * WIDTHS[0],
        ).half()
        torch.save(unet(network) | conditioner.state_dict(), root / name)
        networks |= {f"{home}unet": network, f"{home}conditioner": conditioner}
    vae = AutoencoderKL(
        block_out_channels=(32, 64),
        down_block_types=("DownEncoderBlock2D",) * 2,
        up_block_types=("UpDecoderBlock2D",) * 2,
        latent_channels=4,
        scaling_factor=0.0512,
    )
    networks["vae"] = vae
    torch.save({"state_dict": autoencoder(vae, spatial=False), "epoch": 7}, root / "vae.ckpt")
    return networks


def write_21(root: Path, *, holes: bool = True) -> dict[str, Any]:
    """Write the files of 2.1 below `root`, and return the networks by their new places."""
    torch.manual_seed(2)
    networks: dict[str, Any] = {
        "decoder/text_encoder": _save_text_encoder(root / "text_encoder", EMBEDDING)
    }
    for name, home, channels in (
        ("decoder_fp16.ckpt", "decoder", 4),
        *((("inpainting_fp16.ckpt", "inpaint", 9),) if holes else ()),
    ):
        networks[f"{home}/unet"] = new_unet("2.1", channels)
        torch.save(unet_21(networks[f"{home}/unet"]), root / name)
    of_prior = PriorTransformer(
        num_attention_heads=1,
        attention_head_dim=HEAD,
        embedding_dim=EMBEDDING,
        num_embeddings=77,
        num_layers=1,
    ).half()
    mean, deviation = torch.randn(EMBEDDING), torch.rand(EMBEDDING) + 0.5
    of_prior.clip_mean.data, of_prior.clip_std.data = mean.half()[None], deviation.half()[None]
    networks["prior/prior"] = of_prior
    torch.save(prior(of_prior), root / "prior_fp16.ckpt")
    torch.save((mean, deviation), root / "ViT-L-14_stats.th")
    movq = VQModel(
        block_out_channels=(32, 64),
        down_block_types=("DownEncoderBlock2D", "AttnDownEncoderBlock2D"),
        up_block_types=("AttnUpDecoderBlock2D", "UpDecoderBlock2D"),
        latent_channels=4,
        layers_per_block=1,
        norm_num_groups=32,
        norm_type="spatial",
        num_vq_embeddings=16,
        vq_embed_dim=4,
    )
    networks["decoder/movq"] = movq
    torch.save(autoencoder(movq, spatial=True), root / "movq_final.ckpt")
    _write_clip(root / "clip-vit-large-patch14", networks)
    return networks


def _write_clip(folder: Path, networks: dict[str, Any]) -> None:
    tokenizer = clip_tokenizer(77)
    text = {
        "vocab_size": len(tokenizer),
        "hidden_size": EMBEDDING,
        "intermediate_size": 37,
        "num_hidden_layers": 1,
        "num_attention_heads": 4,
        "max_position_embeddings": 77,
        "bos_token_id": tokenizer.bos_token_id,
        "eos_token_id": tokenizer.eos_token_id,
        "pad_token_id": tokenizer.pad_token_id,
    }
    vision = {
        "hidden_size": 32,
        "intermediate_size": 37,
        "num_hidden_layers": 1,
        "num_attention_heads": 4,
        "image_size": 32,
        "patch_size": 8,
    }
    config = CLIPConfig(text_config=text, vision_config=vision, projection_dim=EMBEDDING)
    clip = CLIPModel(config).half()
    clip.save_pretrained(folder)
    tokenizer.save_pretrained(folder)
    CLIPImageProcessorPil(
        size={"shortest_edge": 32}, crop_size={"height": 32, "width": 32}
    ).save_pretrained(folder)
    networks["clip"] = clip


def halved(weights: Tensors) -> Tensors:
    """Return weights in half precision, as everything is converted."""
    return {name: one.half() if one.is_floating_point() else one for name, one in weights.items()}
