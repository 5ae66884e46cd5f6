"""Kandinsky 2.0 as it was published, laid out as `kandinsky models convert` lays it out.

For plans without its files. The numbers of parameters are those of networks made on the meta device
from the original's configs (CONFIG_2_0 in kandinsky2/configs.py of ai-forever/Kandinsky-2) and
those of google/mt5-small.
"""

from dataclasses import replace
from functools import lru_cache
from pathlib import Path
from typing import Any

from kandinsky_desktop.domain.families.kandinsky20.recognise import CONDITIONER, PIPELINE, recognise
from kandinsky_desktop.domain.model import Model
from kandinsky_desktop.domain.packing import Packing

VERSION = "2.0"
PARAMETERS = {
    "text_encoder": 560_546_432,
    "text_encoder_2": 146_940_608,
    "conditioner": 3_749_376,
    "unet": 1_219_603_208,
    "inpaint unet": 1_219_620_488,
    "inpaint unet conditioner": 3_749_376,
    "vae": 83_653_863,
}
WINDOWS = {  # numbers of the two largest tensors
    "text_encoder": 256_002_048 + 4_194_304,
    "text_encoder_2": 128_057_344 + 524_288,
    "conditioner": 983_040 + 786_432,
    "unet": 42_467_328 * 2,
    "inpaint unet": 42_467_328 * 2,
    "inpaint unet conditioner": 983_040 + 786_432,
}
WIDE = {"text_encoder_2": 8 * 512 * 1024}  # of each layer what goes from the wide middle back
PACKINGS = {
    "unet": Packing(1_219_060_224, 319_496, 42_467_328),
    "inpaint unet": Packing(1_219_077_504, 319_496, 42_467_328),
}


@lru_cache(maxsize=1)
def published() -> Model:
    """Return the model with its components' sizes and no files."""
    model = recognise(Path(f"Kandinsky {VERSION}"), _tree())
    assert model is not None
    components = {
        role: replace(
            component,
            content=f"{VERSION} {role}",
            values=PARAMETERS.get(role, 0),
            window=WINDOWS.get(role, 0),
            packing=PACKINGS.get(role),
            wide=WIDE.get(role, 0),
        )
        for role, component in model.components.items()
    }
    return replace(model, components=components)


def _tree() -> dict[str, dict[str, Any]]:
    conditioner = {
        "_class_name": CONDITIONER,
        "text_width": 1024,
        "pooled_width": 640,
        "second_width": 512,
        "crossing": 768,
        "time_width": 1536,
    }
    unet = {
        "_class_name": "UNet2DConditionModel",
        "block_out_channels": [384, 768, 1152, 1536],
        "cross_attention_dim": 768,
        "sample_size": 64,
    }
    return {
        ".": {"_class_name": PIPELINE},
        "text_encoder": {"transformerDimensions": 1024, "numDims": 640},
        "tokenizer": {"tokenizer_class": "XLMRobertaTokenizer"},
        "text_encoder_2": {"d_model": 512},
        "tokenizer_2": {"tokenizer_class": "T5Tokenizer"},
        "conditioner": conditioner,
        "unet": unet | {"in_channels": 4},
        "inpaint/unet": unet | {"in_channels": 9},
        "inpaint/conditioner": conditioner,
        "vae": {
            "_class_name": "AutoencoderKL",
            "block_out_channels": [128, 256, 512, 512],
            "scaling_factor": 0.0512,
        },
        "scheduler": {"_class_name": "DDIMScheduler", "num_train_timesteps": 1000},
    }
