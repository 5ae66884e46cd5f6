"""Stable Diffusion through our engine against diffusers' pipeline, on the same random weights.

    python -m benchmarks.diffusion --pairs 9      what the benchmark runs in a process of its own

The model has the blocks of Stable Diffusion 1 at a quarter of their width: the weights belong to
people and are on no machine here. Both sides run in turn, and must paint the same pictures.
"""

import argparse
import json
import time
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from benchmarks import child
from benchmarks.engine import THREADS
from benchmarks.measures import Aim, Benchmark, CannotMeasure, Effort, Measure

AIMS = (Aim("quarter-width Stable Diffusion 1: text to image", "s", 1.02),)
LEVELS, SIDE, STEPS = (80, 160, 320, 320), 256, 10
SHORT_LEVELS, SHORT_SIDE, SHORT_STEPS = (32, 32, 64, 64), 64, 2


def against_the_pipeline(effort: Effort) -> list[Measure]:
    """Compare processor times, pair by pair."""
    told = child.run(
        "-m",
        "benchmarks.diffusion",
        f"--pairs={effort.pairs}",
        *(["--short"] if effort.short else []),
        environment={"OMP_NUM_THREADS": str(THREADS)},
    )
    if not told["alike"]:
        raise CannotMeasure("the pictures differ")
    (aim,) = AIMS
    return [
        Measure(
            name=aim.name,
            ours=sum(told["ours"]) / len(told["ours"]),
            theirs=sum(told["theirs"]) / len(told["theirs"]),
            unit=aim.unit,
            goal=aim.goal,
            runs=effort.pairs,
            threads=THREADS,
            note=f"{SIDE} × {SIDE}, {STEPS} steps, float32, processor time, the same pixels",
            ratios=tuple(
                ours / theirs for ours, theirs in zip(told["ours"], told["theirs"], strict=True)
            ),
        )
    ]


def compare(pairs: int, *, short: bool) -> dict[str, Any]:
    """Paint in turn, after one round that warms up, and say what each took."""
    import torch
    from diffusers import StableDiffusionPipeline

    from kandinsky_desktop.domain.conditioning import Prompt
    from kandinsky_desktop.domain.job import Job
    from kandinsky_desktop.domain.request import Paint, Sampling
    from kandinsky_desktop.engine.device import Device
    from kandinsky_desktop.engine.engine import Engine

    torch.set_num_threads(THREADS)
    side, steps = (SHORT_SIDE, SHORT_STEPS) if short else (SIDE, STEPS)
    said: dict[str, Any] = {"ours": [], "theirs": [], "alike": True}
    with TemporaryDirectory() as folder:
        root, cache = Path(folder) / "model", Path(folder) / "cache"
        pipeline(SHORT_LEVELS if short else LEVELS).save_pretrained(root)
        pipe = StableDiffusionPipeline.from_pretrained(root, local_files_only=True)
        pipe.set_progress_bar_config(disable=True)
        engine = Engine(cache, THREADS, Device("cpu"))
        for turn in range(pairs + 1):
            sampling = Sampling(
                width=side,
                height=side,
                steps=steps,
                guidance=7.5,
                seed=turn,
                scheduler="DDIMScheduler",
            )
            request = Paint(
                conditioning=Prompt(f"a cat {turn}"), negative=Prompt("fog"), sampling=sampling
            )
            made: list[Any] = []
            began = time.process_time()
            engine.run(
                Job(request),
                root,
                lambda progress: None,
                lambda image, record, embedding: made.append(image),  # noqa: B023 - called now
                previews=False,
            )
            ours, began = time.process_time() - began, time.process_time()
            (theirs,) = pipe(
                f"a cat {turn}",
                negative_prompt="fog",
                width=side,
                height=side,
                num_inference_steps=steps,
                guidance_scale=7.5,
                generator=torch.Generator().manual_seed(turn),
            ).images
            dropped = time.process_time() - began
            said["alike"] &= made[0].tobytes() == theirs.tobytes()
            if turn:
                said["ours"].append(ours)
                said["theirs"].append(dropped)
    return said


def pipeline(levels: tuple[int, ...]) -> Any:
    """Return a random Stable Diffusion 1 with levels of these widths; same seed, same weights."""
    import torch
    from diffusers import (
        AutoencoderKL,
        DDIMScheduler,
        StableDiffusionPipeline,
        UNet2DConditionModel,
    )
    from transformers import CLIPTextConfig, CLIPTextModel, CLIPTokenizer

    from benchmarks.half import STARTER

    torch.manual_seed(0)
    tokenizer = CLIPTokenizer.from_pretrained(STARTER / "prior" / "tokenizer")
    tokenizer.model_max_length = 77
    width = max(32, levels[1])
    text = CLIPTextConfig(
        vocab_size=len(tokenizer),
        hidden_size=width,
        intermediate_size=2 * width,
        num_hidden_layers=4,
        num_attention_heads=4,
        bos_token_id=tokenizer.bos_token_id,
        eos_token_id=tokenizer.eos_token_id,
        pad_token_id=tokenizer.pad_token_id,
    )
    unet = UNet2DConditionModel(
        sample_size=64,
        block_out_channels=levels,
        layers_per_block=2,
        cross_attention_dim=width,
        attention_head_dim=8,
        norm_num_groups=16,
        down_block_types=(*("CrossAttnDownBlock2D",) * 3, "DownBlock2D"),
        up_block_types=("UpBlock2D", *("CrossAttnUpBlock2D",) * 3),
    )
    vae = AutoencoderKL(
        block_out_channels=tuple(max(32, level // 2) for level in levels),
        layers_per_block=2,
        down_block_types=("DownEncoderBlock2D",) * 4,
        up_block_types=("UpDecoderBlock2D",) * 4,
        latent_channels=4,
        norm_num_groups=8,
    )
    scheduler = DDIMScheduler(
        beta_start=0.00085,
        beta_end=0.012,
        beta_schedule="scaled_linear",
        clip_sample=False,
        set_alpha_to_one=False,
        steps_offset=1,
    )
    return StableDiffusionPipeline(
        vae=vae.eval(),
        text_encoder=CLIPTextModel(text).eval(),
        tokenizer=tokenizer,
        unet=unet.eval(),
        scheduler=scheduler,
        safety_checker=None,
        feature_extractor=None,
        requires_safety_checker=False,
    )


def main() -> None:
    """Read the command line; say the result in the last line."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.diffusion", description=__doc__)
    parser.add_argument("--pairs", type=int, default=9)
    parser.add_argument("--short", action="store_true")
    args = parser.parse_args()
    print(json.dumps(compare(args.pairs, short=args.short)))


BENCHMARKS = (Benchmark("stable-diffusion", AIMS, against_the_pipeline),)

if __name__ == "__main__":
    main()
