"""Kandinsky 2.2 as small as it gets: whole diffusers folders with random weights."""

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from diffusers import (
    DDPMScheduler,
    KandinskyV22Pipeline,
    KandinskyV22PriorPipeline,
    PriorTransformer,
    UnCLIPScheduler,
    UNet2DConditionModel,
    VQModel,
)
from safetensors.torch import load_file, save_file
from transformers import (
    CLIPImageProcessorPil,
    CLIPTextConfig,
    CLIPTextModelWithProjection,
    CLIPTokenizer,
    CLIPVisionConfig,
    CLIPVisionModelWithProjection,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """What a tiny model is like."""

    embedding: int = 32
    channels: tuple[int, ...] = (16, 32)  # of the U-Net; two levels or more
    movq: tuple[int, ...] = (32, 32)  # SpatialNorm wants multiples of 32
    tokens: int = 20
    learned: bool = False  # the U-Net's variance is used
    clip: bool = False
    hub: bool = False  # files as the hub's repositories have them


SMALL = Plan()
LEARNED = Plan(learned=True)
# What every Kandinsky 2.2 has in common, at a thousandth of its size
KANDINSKY = Plan(
    embedding=1280,
    channels=(16, 32, 32, 32),
    movq=(32, 32, 32, 32),
    tokens=77,
    clip=True,
    hub=True,
)


def write(root: Path, plan: Plan = SMALL) -> Path:
    """Write a prior's and a decoder's folder below `root`, and return it."""
    prior_pipeline(plan).save_pretrained(root / "prior")
    decoder_pipeline(plan).save_pretrained(root / "decoder")
    if plan.hub:
        _as_on_the_hub(root / "prior")
    return root


def prior_pipeline(plan: Plan) -> Any:
    torch.manual_seed(0)
    tokenizer = clip_tokenizer(plan.tokens)
    layers: dict[str, Any] = {"num_hidden_layers": 1, "projection_dim": plan.embedding}
    prior = PriorTransformer(
        num_attention_heads=2,
        attention_head_dim=12,
        embedding_dim=plan.embedding,
        num_embeddings=plan.tokens,
        num_layers=1,
    )
    with torch.no_grad():  # they begin at 0, and then all meanings would be alike
        prior.clip_std.fill_(0.5)
        prior.clip_mean.fill_(0.1)
    return KandinskyV22PriorPipeline(
        prior=prior,
        image_encoder=CLIPVisionModelWithProjection(
            CLIPVisionConfig(
                **layers,
                hidden_size=32,
                intermediate_size=37,
                num_attention_heads=4,
                image_size=32,
                patch_size=8,
            )
        ),
        text_encoder=CLIPTextModelWithProjection(
            CLIPTextConfig(
                **layers,
                hidden_size=plan.embedding,
                intermediate_size=37,
                num_attention_heads=4,
                vocab_size=len(tokenizer),
                max_position_embeddings=plan.tokens,
                bos_token_id=tokenizer.bos_token_id,
                eos_token_id=tokenizer.eos_token_id,
                pad_token_id=tokenizer.pad_token_id,
            )
        ),
        tokenizer=tokenizer,
        scheduler=UnCLIPScheduler(
            variance_type="fixed_small_log",
            prediction_type="sample",
            clip_sample=True,
            clip_sample_range=10.0,
        ),
        image_processor=CLIPImageProcessorPil(
            size={"shortest_edge": 32}, crop_size={"height": 32, "width": 32}
        ),
    )


def decoder_pipeline(plan: Plan) -> Any:
    torch.manual_seed(1)
    crossing = len(plan.channels) - 1
    depth = len(plan.movq)
    return KandinskyV22Pipeline(
        unet=UNet2DConditionModel(
            sample_size=8,
            in_channels=4,
            out_channels=8,
            down_block_types=(
                "ResnetDownsampleBlock2D",
                *["SimpleCrossAttnDownBlock2D"] * crossing,
            ),
            up_block_types=(*["SimpleCrossAttnUpBlock2D"] * crossing, "ResnetUpsampleBlock2D"),
            mid_block_type="UNetMidBlock2DSimpleCrossAttn",
            block_out_channels=plan.channels,
            layers_per_block=1,
            attention_head_dim=8,
            norm_num_groups=8,
            cross_attention_dim=32,
            resnet_time_scale_shift="scale_shift",
            addition_embed_type="image",
            encoder_hid_dim=plan.embedding,
            encoder_hid_dim_type="image_proj",
        ),
        scheduler=ddpm(learned=plan.learned, clip=plan.clip),
        movq=VQModel(
            block_out_channels=plan.movq,
            down_block_types=(*["DownEncoderBlock2D"] * (depth - 1), "AttnDownEncoderBlock2D"),
            up_block_types=("AttnUpDecoderBlock2D", *["UpDecoderBlock2D"] * (depth - 1)),
            latent_channels=4,
            layers_per_block=1,
            norm_num_groups=8,
            norm_type="spatial",
            num_vq_embeddings=16,
            vq_embed_dim=4,
        ),
    )


def ddpm(*, learned: bool = False, clip: bool = False) -> DDPMScheduler:
    """Return the scheduler of the 2.2 decoders, or the learned-range one of 2.1."""
    return DDPMScheduler(
        beta_schedule="linear",
        beta_start=0.00085,
        beta_end=0.012,
        steps_offset=1,
        clip_sample=clip,
        variance_type="learned_range" if learned else "fixed_small",
    )


def clip_tokenizer(tokens: int = 77) -> Any:
    """Return a byte-level CLIP tokenizer with two merges; it encodes any text."""
    units = _letters_for_bytes()
    merges = [("c", "a"), ("ca", "t</w>")]
    words = [*units, *(unit + "</w>" for unit in units), *map("".join, merges)]
    words += ["<|startoftext|>", "<|endoftext|>"]  # the end must be the largest: CLIP pools there
    vocabulary = {word: number for number, word in enumerate(words)}
    return CLIPTokenizer(vocab=vocabulary, merges=merges, model_max_length=tokens)


def write_legacy_tokenizer(tokenizer: Any, folder: Path) -> None:
    """Write vocab.json and merges.txt and no tokenizer.json, as the hub's repositories have it."""
    folder.mkdir(parents=True, exist_ok=True)
    for file in folder.iterdir():
        file.unlink()
    model = json.loads(tokenizer.backend_tokenizer.to_str())["model"]
    (folder / "vocab.json").write_text(json.dumps(model["vocab"], ensure_ascii=False), "utf-8")
    merges = [one if isinstance(one, str) else " ".join(one) for one in model["merges"]]
    (folder / "merges.txt").write_text("#version: 0.2\n" + "\n".join(merges) + "\n", "utf-8")
    marks = {"bos_token": "<|startoftext|>", "eos_token": "<|endoftext|>"}
    marks |= {"unk_token": "<|endoftext|>", "pad_token": "<|endoftext|>"}
    (folder / "special_tokens_map.json").write_text(json.dumps(marks))
    config = {"tokenizer_class": "CLIPTokenizer", "model_max_length": tokenizer.model_max_length}
    (folder / "tokenizer_config.json").write_text(json.dumps(config | marks))


def _as_on_the_hub(prior: Path) -> None:
    """The old tokenizer's files, position_ids among the weights, a half-precision image encoder."""
    tokenizer = CLIPTokenizer.from_pretrained(prior / "tokenizer", local_files_only=True)
    write_legacy_tokenizer(tokenizer, prior / "tokenizer")
    for part, key, positions in (
        ("text_encoder", "text_model.embeddings.position_ids", 77),
        ("image_encoder", "vision_model.embeddings.position_ids", 17),
    ):
        file = prior / part / "model.safetensors"
        tensors = load_file(file)
        if part == "image_encoder":
            tensors = {name: tensor.half() for name, tensor in tensors.items()}
        tensors[key] = torch.arange(positions)[None]
        save_file(tensors, file, {"format": "pt"})


def _letters_for_bytes() -> list[str]:
    """Return the 256 printable stand-ins of byte-level BPE, in CLIP's order."""
    printable = [*range(33, 127), *range(161, 173), *range(174, 256)]
    others = [byte for byte in range(256) if byte not in printable]
    return [*map(chr, printable), *(chr(256 + number) for number in range(len(others)))]
