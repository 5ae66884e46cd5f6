"""Kandinsky 2.1 and 2.2 as they are published: what their configs say, and how large they are.

For plans without their files. The configs hold what recognition and planning read. The numbers of
parameters are those of networks made on the meta device from the published configs; those of 2.2
were checked against the sizes of the published files.
"""

from dataclasses import replace
from functools import lru_cache
from pathlib import Path
from typing import Any

from kandinsky_desktop.domain.families.kandinsky2.recognise import recognise
from kandinsky_desktop.domain.model import Model
from kandinsky_desktop.domain.packing import Packing

PARAMETERS: dict[str, dict[str, int]] = {
    "2.1": {
        "text_encoder": 123_650_304,
        "image_encoder": 303_966_208,
        "prior": 1_022_030_080,
        "unet": 1_228_661_768,
        "inpaint unet": 1_228_679_048,
        "movq": 67_832_495,
        "decoder_text_encoder": 560_677_632,
    },
    "2.2": {
        "text_encoder": 694_659_840,
        "image_encoder": 1_844_907_264,
        "prior": 1_026_225_920,
        "unet": 1_253_057_288,
        "inpaint unet": 1_253_074_568,
        "depth unet": 1_253_429_212,
        "movq": 67_832_495,
    },
}
WINDOWS: dict[str, dict[str, int]] = {  # numbers of the two largest tensors
    "2.1": {
        "text_encoder": 37_945_344 + 2_359_296,
        "image_encoder": 4_194_304 * 2,
        "prior": 16_777_216 * 2,
        "unet": 42_467_328 * 2,
        "inpaint unet": 42_467_328 * 2,
        "decoder_text_encoder": 256_002_048 + 4_194_304,
    },
    "2.2": {
        "text_encoder": 63_242_240 + 6_553_600,
        "image_encoder": 13_631_488 * 2,
        "prior": 16_777_216 * 2,
        "unet": 42_467_328 * 2,
        "inpaint unet": 42_467_328 * 2,
        "depth unet": 42_467_328 * 2,
    },
}
PACKINGS: dict[str, dict[str, Packing]] = {
    "2.1": {
        "prior": Packing(1_019_740_160, 378_880, 16_777_216),
        "unet": Packing(1_228_104_192, 331_016, 42_467_328),
        "inpaint unet": Packing(1_228_121_472, 331_016, 42_467_328),
    },
    "2.2": {
        "prior": Packing(1_022_885_888, 378_880, 16_777_216),
        "unet": Packing(1_252_483_584, 345_608, 42_467_328),
        "inpaint unet": Packing(1_252_500_864, 345_608, 42_467_328),
        "depth unet": Packing(1_252_852_224, 346_124, 42_467_328),
    },
}
VERSIONS = tuple(PARAMETERS)


@lru_cache(maxsize=2)
def published(version: str) -> Model:
    """Return the model of a version, "2.1" or "2.2", with its components' sizes and no files."""
    sizes, model = PARAMETERS[version], recognise(Path(f"Kandinsky {version}"), _tree(version))
    assert model is not None
    windows = WINDOWS[version]
    components = {
        role: replace(
            component,
            content=f"{version} {role}",
            values=sizes.get(role, 0),
            window=windows.get(role, 0),
            packing=PACKINGS[version].get(role),
        )
        for role, component in model.components.items()
    }
    return replace(model, components=components)


def _tree(version: str) -> dict[str, dict[str, Any]]:
    old = version == "2.1"
    tree: dict[str, dict[str, Any]] = {
        "prior": {"_class_name": f"Kandinsky{'' if old else 'V22'}PriorPipeline"},
        "prior/prior": {"_class_name": "PriorTransformer", "embedding_dim": 768 if old else 1280},
        "prior/text_encoder": {"max_position_embeddings": 77},
        "prior/tokenizer": {"model_max_length": 77},
        "prior/scheduler": {"_class_name": "UnCLIPScheduler"},
        "prior/image_encoder": {"architectures": ["CLIPVisionModelWithProjection"]},
        "prior/image_processor": {"image_processor_type": "CLIPImageProcessor"},
    }
    embeds = "text_image" if old else "image"
    decoders = {"decoder": (embeds, 4), "inpaint": (embeds, 9)}
    if not old:
        decoders["depth"] = ("image_hint", 8)
    for name, (kind, channels) in decoders.items():
        tree |= {
            name: {"_class_name": f"Kandinsky{'' if old else 'V22'}Pipeline"},
            f"{name}/unet": {
                "_class_name": "UNet2DConditionModel",
                "addition_embed_type": kind,
                "in_channels": channels,
                "block_out_channels": [384, 768, 1152, 1536],
                "cross_attention_dim": 768,
                "encoder_hid_dim": 1024 if old else 1280,
                "sample_size": 64,
            },
            f"{name}/movq": {"_class_name": "VQModel", "block_out_channels": [128, 256, 256, 512]},
            f"{name}/scheduler": {"_class_name": "DDIMScheduler" if old else "DDPMScheduler"},
        }
        if old:
            tree |= {
                f"{name}/ddpm_scheduler": {"_class_name": "DDPMScheduler"},
                f"{name}/text_encoder": {"architectures": ["MultilingualCLIP"]},
                f"{name}/tokenizer": {"tokenizer_class": "XLMRobertaTokenizer"},
            }
    return tree
