"""Models by their trees of configs alone: the starter, the real ones, and relatives of them."""

from pathlib import Path
from typing import Any

from kandinsky_desktop.domain.families.kandinsky2 import recognise as kandinsky2
from kandinsky_desktop.domain.families.kandinsky20 import recognise as kandinsky20
from kandinsky_desktop.domain.families.stable_diffusion import recognise as stable_diffusion
from kandinsky_desktop.domain.model import Model, Tree

FULL_LEVELS = (384, 768, 1152, 1536)
FULL_MOVQ = (128, 256, 256, 512)


def prior(width: int, tokens: int = 77, version: str = "2.2") -> Tree:
    """Return the configs of a prior's folder, with its encoder of pictures."""
    pipeline = "KandinskyPriorPipeline" if version == "2.1" else "KandinskyV22PriorPipeline"
    return {
        ".": {"_class_name": pipeline},
        "prior": {"_class_name": "PriorTransformer", "embedding_dim": width},
        "text_encoder": {
            "architectures": ["CLIPTextModelWithProjection"],
            "max_position_embeddings": tokens,
        },
        "tokenizer": {"tokenizer_class": "CLIPTokenizer", "model_max_length": tokens},
        "scheduler": {"_class_name": "UnCLIPScheduler"},
        "image_encoder": {"architectures": ["CLIPVisionModelWithProjection"]},
        "image_processor": {"image_processor_type": "CLIPImageProcessor"},
    }


def unet(version: str, channels: int, width: int, levels: tuple[int, ...]) -> dict[str, Any]:
    """Return the config of a decoder's U-Net."""
    embeds = {"2.1": "text_image", "2.2": "image_hint" if channels == 8 else "image"}[version]
    return {
        "_class_name": "UNet2DConditionModel",
        "addition_embed_type": embeds,
        "in_channels": channels,
        "block_out_channels": list(levels),
        "cross_attention_dim": width if version == "2.1" else 768,
        "encoder_hid_dim": 1024 if version == "2.1" else width,
        "sample_size": 64,
    }


def decoder(
    version: str = "2.2",
    *,
    channels: int = 4,
    width: int = 1280,
    levels: tuple[int, ...] = FULL_LEVELS,
    movq: tuple[int, ...] = FULL_MOVQ,
    sample_size: int = 64,
) -> Tree:
    """Return the configs of a decoder's folder."""
    config = unet(version, channels, width, levels) | {"sample_size": sample_size}
    tree: dict[str, dict[str, Any]] = {
        ".": {"_class_name": "KandinskyPipeline" if version == "2.1" else "KandinskyV22Pipeline"},
        "unet": config,
        "movq": {"_class_name": "VQModel", "block_out_channels": list(movq)},
        "scheduler": {"_class_name": "DDIMScheduler" if version == "2.1" else "DDPMScheduler"},
    }
    if version == "2.1":
        tree |= {
            "ddpm_scheduler": {"_class_name": "DDPMScheduler", "variance_type": "learned_range"},
            "text_encoder": {"architectures": ["MultilingualCLIP"]},
            "tokenizer": {"tokenizer_class": "XLMRobertaTokenizer"},
        }
    return tree


def beside(**parts: Tree) -> dict[str, dict[str, Any]]:
    """Return the tree of a folder that holds others side by side; `_` stands for `-`."""
    tree: dict[str, dict[str, Any]] = {".": {}}
    for name, part in parts.items():
        for place, config in part.items():
            home = name.replace("_", "-")
            tree[home if place == "." else f"{home}/{place}"] = config
    return tree


def full_22(**more: Tree) -> dict[str, dict[str, Any]]:
    """Return the tree of Kandinsky 2.2 as it comes from the hub, with further decoders."""
    return beside(prior=prior(1280), decoder=decoder(), **more)


def eclipsed_22() -> dict[str, dict[str, Any]]:
    """Return the tree of Kandinsky 2.2 with an ECLIPSE prior, and without the full one."""
    eclipse = {"_class_name": "PriorTransformer", "embedding_dim": 1280, "additional_embeddings": 3}
    return full_22(eclipse={".": eclipse}) | {"prior/prior": {}}


def full_21(**more: Tree) -> dict[str, dict[str, Any]]:
    """Return the tree of Kandinsky 2.1 as it comes from the hub, with further decoders."""
    return beside(prior=prior(768, version="2.1"), decoder=decoder("2.1", width=768), **more)


def starter() -> dict[str, dict[str, Any]]:
    """Return the tree of the starter model, without its decoders for holes and for depth."""
    own = decoder(width=192, levels=(32, 64, 112, 160), movq=(32, 64, 128), sample_size=32)
    tree = beside(prior=prior(192, 32), decoder=own)
    return tree | {"prior/zero_embedding.safetensors": {}}


def diffusion_1(channels: int = 4) -> dict[str, dict[str, Any]]:
    """Return the tree of Stable Diffusion 1.5."""
    return {
        ".": {"_class_name": "StableDiffusionPipeline"},
        "text_encoder": {
            "architectures": ["CLIPTextModel"],
            "hidden_size": 768,
            "max_position_embeddings": 77,
        },
        "tokenizer": {"tokenizer_class": "CLIPTokenizer", "model_max_length": 77},
        "unet": {
            "_class_name": "UNet2DConditionModel",
            "in_channels": channels,
            "out_channels": 4,
            "block_out_channels": [320, 640, 1280, 1280],
            "cross_attention_dim": 768,
            "sample_size": 64,
        },
        "vae": {
            "_class_name": "AutoencoderKL",
            "block_out_channels": [128, 256, 512, 512],
            "latent_channels": 4,
        },
        "scheduler": {"_class_name": "PNDMScheduler"},
        "safety_checker": {"architectures": ["StableDiffusionSafetyChecker"]},
    }


def full_20(*, holes: bool = True) -> dict[str, dict[str, Any]]:
    """Return the tree of Kandinsky 2.0, as it is laid out here."""
    painter: dict[str, dict[str, Any]] = {
        "unet": {
            "_class_name": "UNet2DConditionModel",
            "in_channels": 4,
            "out_channels": 8,
            "block_out_channels": list(FULL_LEVELS),
            "class_embed_type": "identity",
            "cross_attention_dim": 768,
            "sample_size": 64,
        },
        "conditioner": {
            "_class_name": "TextConditioner",
            "text_width": 1024,
            "pooled_width": 640,
            "second_width": 512,
            "crossing": 768,
            "time_width": 1536,
        },
    }
    tree: dict[str, dict[str, Any]] = {
        ".": {"_class_name": "Kandinsky20Pipeline"},
        "text_encoder": {
            "architectures": ["MultilingualCLIP"],
            "transformerDimensions": 1024,
            "numDims": 640,
            "max_position_embeddings": 514,
        },
        "tokenizer": {"tokenizer_class": "XLMRobertaTokenizer", "model_max_length": 512},
        "text_encoder_2": {"architectures": ["MT5EncoderModel"], "d_model": 512},
        "tokenizer_2": {"tokenizer_class": "T5Tokenizer"},
        "vae": {
            "_class_name": "AutoencoderKL",
            "block_out_channels": [128, 256, 512, 512],
            "scaling_factor": 0.0512,
        },
        "scheduler": {"_class_name": "DDIMScheduler"},
        **painter,
    }
    if holes:
        tree["inpaint"] = {}
        tree |= {f"inpaint/{name}": dict(config) for name, config in painter.items()}
        tree["inpaint/unet"]["in_channels"] = 9
    return tree


def named(name: str, tree: Tree) -> Model:
    """Return the model of a folder of that name with these configs."""
    kinds = (kandinsky2.recognise, kandinsky20.recognise, stable_diffusion.recognise)
    found = (recognise(Path(name), tree) for recognise in kinds)
    return next(model for model in found if model is not None)


STARTER = named("starter", starter())
FULL = named("Kandinsky 2.2", full_22())
RELATIVE = named("a relative", beside(prior=prior(1280), decoder=decoder(levels=(16, 32, 32, 32))))
OLD = named("Kandinsky 2.1", full_21())
OLD_RELATIVE = named(
    "an old relative",
    beside(prior=prior(768), decoder=decoder("2.1", width=768, levels=(16, 32))),
)
OLDEST = named("Kandinsky 2.0", full_20())
DIFFUSION = named("Stable Diffusion", diffusion_1())
ECLIPSED = named("with ECLIPSE", eclipsed_22())
EVERY = (STARTER, FULL, ECLIPSED, RELATIVE, OLD, OLD_RELATIVE, OLDEST, DIFFUSION)
