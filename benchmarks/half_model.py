"""Makes a model of the shape of Kandinsky 2.2 at half its width, random, for measuring speed.

U-Net, prior and MoVQ have the full model's blocks and layers with half the channels; the two
encoders are small, so that all of it fits into the memory of a laptop. Same seed, same weights.
For the short form of the benchmarks there is a narrow one, of the same kinds of blocks.
"""

import json
import shutil
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import torch
from diffusers import (
    DDPMScheduler,
    PriorTransformer,
    UnCLIPScheduler,
    UNet2DConditionModel,
    VQModel,
)
from transformers import (
    CLIPTextConfig,
    CLIPTextModelWithProjection,
    CLIPTokenizer,
    CLIPVisionConfig,
    CLIPVisionModelWithProjection,
)

SHAPE = 1  # to be raised when anything below changes
TOKENS = 77
HEAD = 64  # channels of an attention head


@dataclass(frozen=True, slots=True, kw_only=True)
class Widths:
    """How wide the networks are, and how many layers they have."""

    clip: int  # of CLIP's space
    unet: tuple[int, int, int, int]
    unet_layers: int
    crossing: int  # cross_attention_dim of the U-Net
    movq: tuple[int, int, int, int]
    movq_layers: int
    prior_layers: int
    prior_heads: int
    encoder_layers: int


HALF = Widths(
    clip=640,  # of 1280
    unet=(192, 384, 576, 768),  # of 384, 768, 1152, 1536
    unet_layers=3,
    crossing=384,
    movq=(64, 128, 128, 256),  # of 128, 256, 256, 512
    movq_layers=2,
    prior_layers=20,
    prior_heads=16,  # of 32
    encoder_layers=4,
)
NARROW = Widths(
    clip=128,
    unet=(64, 64, 128, 128),
    unet_layers=1,
    crossing=64,
    movq=(32, 32, 32, 64),
    movq_layers=1,
    prior_layers=2,
    prior_heads=2,
    encoder_layers=1,
)


def half_model(folder: Path, tokenizer: Path, widths: Widths = HALF) -> Path:
    """Return the folder with prior/ and decoder/ in diffusers' layout, made if it is not there.

    `tokenizer` is the folder of any CLIP tokenizer, whose words it takes.
    """
    finished, shape = folder / "made.json", json.dumps([SHAPE, asdict(widths)])
    if finished.is_file() and finished.read_text() == shape:
        return folder
    shutil.rmtree(folder, ignore_errors=True)
    torch.manual_seed(0)
    words = CLIPTokenizer.from_pretrained(tokenizer, local_files_only=True)
    words.model_max_length = TOKENS
    prior = {
        "image_encoder": _image_encoder(widths),
        "prior": _prior(widths),
        "text_encoder": _text_encoder(words, widths),
        "tokenizer": words,
        "scheduler": UnCLIPScheduler(
            variance_type="fixed_small_log", prediction_type="sample", clip_sample_range=10.0
        ),
    }
    decoder = {"unet": _unet(widths), "movq": _movq(widths), "scheduler": _scheduler()}
    _write(folder / "prior", "KandinskyV22PriorPipeline", prior)
    _write(folder / "decoder", "KandinskyV22Pipeline", decoder)
    _write_image_processor(folder / "prior")
    finished.write_text(shape)
    return folder


def _write(folder: Path, pipeline: str, parts: dict[str, Any]) -> None:
    index: dict[str, object] = {"_class_name": pipeline, "_diffusers_version": "0.36.0"}
    for name, part in parts.items():
        if isinstance(part, torch.nn.Module):
            part = part.half().eval()  # as large models are handed round
        part.save_pretrained(folder / name)
        library = type(part).__module__.partition(".")[0]
        index[name] = [library, type(part).__name__]
    (folder / "model_index.json").write_text(json.dumps(index, indent=1))


def _write_image_processor(prior: Path) -> None:
    """Write by hand what `CLIPImageProcessor` says of itself; making one may want torchvision."""
    about = {
        "image_processor_type": "CLIPImageProcessor",
        "size": {"shortest_edge": 224},
        "crop_size": {"height": 224, "width": 224},
    }
    (prior / "image_processor").mkdir()
    (prior / "image_processor" / "preprocessor_config.json").write_text(json.dumps(about))
    file = prior / "model_index.json"
    index = json.loads(file.read_text()) | {
        "image_processor": ["transformers", "CLIPImageProcessor"]
    }
    file.write_text(json.dumps(index, indent=1))


def _unet(widths: Widths) -> UNet2DConditionModel:
    across = "SimpleCrossAttn"
    return UNet2DConditionModel(
        sample_size=32,
        in_channels=4,
        out_channels=8,
        block_out_channels=widths.unet,
        layers_per_block=widths.unet_layers,
        attention_head_dim=HEAD,
        cross_attention_dim=widths.crossing,
        down_block_types=("ResnetDownsampleBlock2D", *[f"{across}DownBlock2D"] * 3),
        mid_block_type=f"UNetMidBlock2D{across}",
        up_block_types=(*[f"{across}UpBlock2D"] * 3, "ResnetUpsampleBlock2D"),
        resnet_time_scale_shift="scale_shift",
        addition_embed_type="image",
        encoder_hid_dim=widths.clip,
        encoder_hid_dim_type="image_proj",
    )


def _prior(widths: Widths) -> PriorTransformer:
    prior = PriorTransformer(
        num_attention_heads=widths.prior_heads,
        attention_head_dim=HEAD,
        num_layers=widths.prior_layers,
        embedding_dim=widths.clip,
        num_embeddings=TOKENS,
    )
    prior.clip_std.data.fill_(1.0)  # zero when new: every meaning would be the same
    return prior


def _movq(widths: Widths) -> VQModel:
    return VQModel(
        block_out_channels=widths.movq,
        down_block_types=("DownEncoderBlock2D",) * 3 + ("AttnDownEncoderBlock2D",),
        up_block_types=("AttnUpDecoderBlock2D",) + ("UpDecoderBlock2D",) * 3,
        layers_per_block=widths.movq_layers,
        latent_channels=4,
        num_vq_embeddings=16384,
        norm_type="spatial",
        vq_embed_dim=4,
    )


def _text_encoder(words: CLIPTokenizer, widths: Widths) -> CLIPTextModelWithProjection:
    return CLIPTextModelWithProjection(
        CLIPTextConfig(
            vocab_size=len(words),
            hidden_size=widths.clip,
            intermediate_size=4 * widths.clip,
            num_hidden_layers=widths.encoder_layers,
            num_attention_heads=widths.clip // HEAD,
            max_position_embeddings=TOKENS,
            projection_dim=widths.clip,
            bos_token_id=words.bos_token_id,
            eos_token_id=words.eos_token_id,
            pad_token_id=words.pad_token_id,
        )
    )


def _image_encoder(widths: Widths) -> CLIPVisionModelWithProjection:
    return CLIPVisionModelWithProjection(
        CLIPVisionConfig(
            hidden_size=widths.clip // 2,
            intermediate_size=2 * widths.clip,
            num_hidden_layers=widths.encoder_layers,
            num_attention_heads=widths.clip // 2 // HEAD,
            image_size=224,
            patch_size=14,
            projection_dim=widths.clip,
        )
    )


def _scheduler() -> DDPMScheduler:
    return DDPMScheduler(
        beta_start=0.00085,
        beta_end=0.012,
        beta_schedule="linear",
        clip_sample=False,
        steps_offset=1,
        timestep_spacing="leading",
    )
