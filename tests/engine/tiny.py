"""Models as small as they get: whole diffusers folders with random weights.

Kandinsky 2.1 and 2.2, Stable Diffusion, and models that estimate depth.
"""

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from diffusers import (
    AutoencoderKL,
    DDIMScheduler,
    DDPMScheduler,
    KandinskyInpaintPipeline,
    KandinskyPipeline,
    KandinskyPriorPipeline,
    KandinskyV22ControlnetPipeline,
    KandinskyV22InpaintPipeline,
    KandinskyV22Pipeline,
    KandinskyV22PriorPipeline,
    PriorTransformer,
    StableDiffusionInpaintPipeline,
    StableDiffusionPipeline,
    UnCLIPScheduler,
    UNet2DConditionModel,
    VQModel,
)
from diffusers.pipelines.kandinsky.text_encoder import MCLIPConfig, MultilingualCLIP
from safetensors.torch import load_file, save_file
from transformers import (
    CLIPImageProcessorPil,
    CLIPTextConfig,
    CLIPTextModel,
    CLIPTextModelWithProjection,
    CLIPTokenizer,
    CLIPVisionConfig,
    CLIPVisionModelWithProjection,
    DepthAnythingConfig,
    DepthAnythingForDepthEstimation,
    Dinov2Config,
    DPTConfig,
    DPTForDepthEstimation,
    MT5Config,
    MT5EncoderModel,
    T5Tokenizer,
)

from benchmarks.small_tokenizers import clip_tokenizer, xlmr_tokenizer
from kandinsky_desktop.engine.eclipse_prior import EclipsePrior
from kandinsky_desktop.engine.text_conditioner import TextConditioner

ANCHOR_WIDTH = 16  # of mCLIP's hidden states: 1024 in Kandinsky 2.1
CROSSING = 32  # cross_attention_dim of every U-Net here, and 2.1's embedding too


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
    anchored: bool = False  # the decoder reads text itself: Kandinsky 2.1
    inpaint: bool = False  # with a decoder for pictures with a hole
    depth: bool = False  # with a decoder that follows a depth map: 2.2


SIDE = 64  # of what WHOLE_22 and WHOLE_21 paint best
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
# All that there is of 2.2 and of 2.1. The MoVQ has the true factor of 8, and the U-Net fewer levels
# than the true one, so that sizes are multiples of 16.
WHOLE_22 = Plan(movq=(32, 32, 32, 32), inpaint=True, depth=True, clip=True)
WHOLE_21 = Plan(
    embedding=CROSSING,
    movq=(32, 32, 32, 32),
    tokens=77,
    anchored=True,
    inpaint=True,
    hub=True,
)


def write(root: Path, plan: Plan = SMALL) -> Path:
    """Write the folders of a prior and of all decoders of the plan below `root`, and return it."""
    prior_pipeline(plan).save_pretrained(root / "prior")
    decoder_pipeline(plan).save_pretrained(root / "decoder")
    if plan.inpaint:
        inpaint_pipeline(plan).save_pretrained(root / "inpaint")
    if plan.depth:
        depth_pipeline(plan).save_pretrained(root / "depth")
    if plan.anchored:  # the sampler of the original's p_sampler lies beside DDIM
        learned_ddpm().save_pretrained(root / "decoder" / "ddpm_scheduler")
    if plan.hub:
        _as_on_the_hub(root)
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
    kind = KandinskyPriorPipeline if plan.anchored else KandinskyV22PriorPipeline
    return kind(
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
    unet = _unet(plan, 4)
    if plan.anchored:
        return KandinskyPipeline(unet=unet, scheduler=ddim(), movq=_movq(plan), **_anchor())
    scheduler = ddpm(learned=plan.learned, clip=plan.clip)
    return KandinskyV22Pipeline(unet=unet, scheduler=scheduler, movq=_movq(plan))


def inpaint_pipeline(plan: Plan) -> Any:
    """Return the decoder with nine channels. Its MoVQ is the decoder's, as on the hub."""
    torch.manual_seed(3)
    unet = _unet(plan, 9)
    if plan.anchored:
        return KandinskyInpaintPipeline(unet=unet, scheduler=ddim(), movq=_movq(plan), **_anchor())
    return KandinskyV22InpaintPipeline(unet=unet, scheduler=ddpm(), movq=_movq(plan))


def depth_pipeline(plan: Plan) -> Any:
    """Return the decoder that follows a depth map. Its MoVQ is the decoder's, as on the hub."""
    torch.manual_seed(4)
    unet = _unet(plan, 8)
    return KandinskyV22ControlnetPipeline(
        unet=unet, scheduler=ddpm(clip=plan.clip), movq=_movq(plan)
    )


def _unet(plan: Plan, channels: int) -> Any:
    crossing = len(plan.channels) - 1
    if plan.anchored:
        meaning = {"addition_embed_type": "text_image", "encoder_hid_dim": ANCHOR_WIDTH}
        meaning["encoder_hid_dim_type"] = "text_image_proj"
    else:
        hinted = "image_hint" if channels == 8 else "image"
        meaning = {"addition_embed_type": hinted, "encoder_hid_dim": plan.embedding}
        meaning["encoder_hid_dim_type"] = "image_proj"
    return UNet2DConditionModel(
        sample_size=8,
        in_channels=channels,
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
        cross_attention_dim=CROSSING,
        resnet_time_scale_shift="scale_shift",
        **meaning,
    )


def _movq(plan: Plan) -> Any:
    torch.manual_seed(2)
    levels = len(plan.movq)
    return VQModel(
        block_out_channels=plan.movq,
        down_block_types=(*["DownEncoderBlock2D"] * (levels - 1), "AttnDownEncoderBlock2D"),
        up_block_types=("AttnUpDecoderBlock2D", *["UpDecoderBlock2D"] * (levels - 1)),
        latent_channels=4,
        layers_per_block=1,
        norm_num_groups=8,
        norm_type="spatial",
        num_vq_embeddings=16,
        vq_embed_dim=4,
    )


def _anchor() -> dict[str, Any]:
    """Return 2.1's own reader of text: mCLIP, and the tokenizer of XLM-R."""
    torch.manual_seed(5)
    tokenizer = xlmr_tokenizer()
    config = MCLIPConfig(
        imageDimSize=CROSSING,
        transformerDimSize=ANCHOR_WIDTH,
        hidden_size=ANCHOR_WIDTH,
        intermediate_size=37,
        num_attention_heads=4,
        num_hidden_layers=2,
        vocab_size=len(tokenizer),
        max_position_embeddings=514,
        type_vocab_size=1,
        layer_norm_eps=1e-5,
    )
    return {"text_encoder": MultilingualCLIP(config), "tokenizer": tokenizer}


def ddpm(*, learned: bool = False, clip: bool = False) -> DDPMScheduler:
    """Return the scheduler of the 2.2 decoders, or one with a learned variance."""
    return DDPMScheduler(
        beta_schedule="linear",
        beta_start=0.00085,
        beta_end=0.012,
        steps_offset=1,
        clip_sample=clip,
        variance_type="learned_range" if learned else "fixed_small",
    )


def ddim() -> DDIMScheduler:
    """Return the scheduler that lies in the 2.1 decoders' `scheduler` folders."""
    return DDIMScheduler(
        beta_schedule="linear",
        beta_start=0.00085,
        beta_end=0.012,
        clip_sample=False,
        set_alpha_to_one=False,
        steps_offset=1,
        prediction_type="epsilon",
        thresholding=False,
    )


def learned_ddpm() -> DDPMScheduler:
    """Return the scheduler that lies in 2.1's `ddpm_scheduler` folder."""
    return DDPMScheduler(
        beta_schedule="linear",
        beta_start=0.00085,
        beta_end=0.012,
        clip_sample=False,
        clip_sample_range=2.0,
        dynamic_thresholding_ratio=0.995,
        prediction_type="epsilon",
        sample_max_value=2.0,
        thresholding=True,
        variance_type="learned_range",
    )


def write_eclipse(folder: Path, plan: Plan = WHOLE_22) -> Path:
    """Write an ECLIPSE prior to a folder, under the class that its published config names."""
    torch.manual_seed(11)
    prior = EclipsePrior(
        num_attention_heads=2,
        attention_head_dim=12,
        num_layers=2,
        embedding_dim=plan.embedding,
        num_embeddings=plan.tokens,
    )
    with torch.no_grad():  # they begin at 0
        prior.positional_embedding.normal_(std=0.3)
        prior.prd_embedding.normal_(std=0.3)
    prior.save_pretrained(folder)
    config = folder / "config.json"
    about = json.loads(config.read_text("utf-8")) | {"_class_name": "PriorTransformer"}
    config.write_text(json.dumps(about), "utf-8")
    return folder


def t5_tokenizer() -> Any:
    """Return a tokenizer of T5's kind that knows Latin and Cyrillic letters, one by one."""
    letters = [*map(chr, range(33, 127)), *map(chr, range(0x410, 0x450)), "Ё", "ё"]
    words = [(mark, 0.0) for mark in ("<pad>", "</s>", "<unk>")]
    words += [("\u2581", -3.0), *((letter, -4.0) for letter in letters)]
    return T5Tokenizer(vocab=words, extra_ids=0, model_max_length=512)


def write_kandinsky20(root: Path, *, inpaint: bool = True) -> Path:
    """Write a Kandinsky 2.0 to a folder, and return it; its latent cells are 2 pixels wide."""
    torch.manual_seed(9)
    anchor, tokenizer = _anchor(), t5_tokenizer()
    second = MT5Config(
        vocab_size=len(tokenizer), d_model=24, d_kv=8, d_ff=32, num_layers=2, num_heads=3
    )
    parts = {
        "text_encoder": anchor["text_encoder"],
        "tokenizer": anchor["tokenizer"],
        "text_encoder_2": MT5EncoderModel(second),
        "tokenizer_2": tokenizer,
        "vae": AutoencoderKL(
            block_out_channels=(32, 64),
            down_block_types=("DownEncoderBlock2D",) * 2,
            up_block_types=("UpDecoderBlock2D",) * 2,
            latent_channels=4,
            scaling_factor=0.0512,
        ),
        "scheduler": DDIMScheduler(
            beta_schedule="linear",
            beta_start=0.0001,
            beta_end=0.02,
            clip_sample=False,
            set_alpha_to_one=False,
            steps_offset=1,
        ),
    }
    parts |= _painter20(4)
    for name, part in parts.items():
        part.save_pretrained(root / name)
    if inpaint:
        for name, part in _painter20(9).items():
            part.save_pretrained(root / "inpaint" / name)
    index = {"_class_name": "Kandinsky20Pipeline"}
    (root / "model_index.json").write_text(json.dumps(index), encoding="utf-8")
    return root


def _painter20(channels: int) -> dict[str, Any]:
    """Return a U-Net of 2.0 with its conditioner."""
    width = 16
    conditioner = TextConditioner(
        text_width=ANCHOR_WIDTH,
        pooled_width=CROSSING,
        second_width=24,
        crossing=CROSSING,
        time_width=4 * width,
    )
    unet = UNet2DConditionModel(
        sample_size=16,
        in_channels=channels,
        out_channels=8,
        down_block_types=("ResnetDownsampleBlock2D", "SimpleCrossAttnDownBlock2D"),
        up_block_types=("SimpleCrossAttnUpBlock2D", "ResnetUpsampleBlock2D"),
        mid_block_type="UNetMidBlock2DSimpleCrossAttn",
        block_out_channels=(width, 2 * width),
        layers_per_block=1,
        attention_head_dim=8,
        norm_num_groups=8,
        cross_attention_dim=CROSSING,
        resnet_time_scale_shift="scale_shift",
        class_embed_type="identity",
    )
    return {"unet": unet, "conditioner": conditioner}


def write_stable_diffusion(
    root: Path, *, channels: int = 4, prediction: str = "epsilon", hub: bool = False
) -> Path:
    """Write a Stable Diffusion 1 to a folder, and return it; with nine channels one for holes."""
    stable_diffusion_pipeline(channels, prediction).save_pretrained(root)
    if hub:
        write_legacy_tokenizer(clip_tokenizer(77), root / "tokenizer")
    return root


def stable_diffusion_pipeline(channels: int = 4, prediction: str = "epsilon") -> Any:
    """Return a Stable Diffusion 1 whose latent cells are 2 pixels wide, at its best at 32."""
    torch.manual_seed(7)
    tokenizer = clip_tokenizer(77)
    parts = {
        "text_encoder": CLIPTextModel(
            CLIPTextConfig(
                vocab_size=len(tokenizer),
                hidden_size=CROSSING,
                intermediate_size=37,
                num_hidden_layers=2,
                num_attention_heads=4,
                bos_token_id=tokenizer.bos_token_id,
                eos_token_id=tokenizer.eos_token_id,
                pad_token_id=tokenizer.pad_token_id,
            )
        ),
        "tokenizer": tokenizer,
        "unet": UNet2DConditionModel(
            sample_size=16,
            in_channels=channels,
            out_channels=4,
            block_out_channels=(32, 64),
            layers_per_block=1,
            cross_attention_dim=CROSSING,
            down_block_types=("DownBlock2D", "CrossAttnDownBlock2D"),
            up_block_types=("CrossAttnUpBlock2D", "UpBlock2D"),
        ),
        "vae": AutoencoderKL(
            block_out_channels=(32, 64),
            down_block_types=("DownEncoderBlock2D",) * 2,
            up_block_types=("UpDecoderBlock2D",) * 2,
            latent_channels=4,
        ),
        "scheduler": DDIMScheduler(
            beta_schedule="scaled_linear",
            beta_start=0.00085,
            beta_end=0.012,
            clip_sample=False,
            set_alpha_to_one=False,
            steps_offset=1,
            prediction_type=prediction,
        ),
        "safety_checker": None,
        "feature_extractor": None,
        "requires_safety_checker": False,
    }
    kind = StableDiffusionInpaintPipeline if channels == 9 else StableDiffusionPipeline
    return kind(**parts)


def write_estimator(folder: Path, kind: str = "dpt") -> Path:
    """Write a model that estimates depth (`dpt`, `depth anything`, `metres`) to a folder."""
    torch.manual_seed(6)
    four = {"neck_hidden_sizes": [8] * 4, "fusion_hidden_size": 8}
    layers = {"hidden_size": 16, "num_hidden_layers": 4, "num_attention_heads": 2}
    if kind == "dpt":
        side, multiple, network = 32, 1, DPTForDepthEstimation(
            DPTConfig(
                **layers,
                **four,
                intermediate_size=16,
                image_size=32,
                patch_size=8,
                backbone_out_indices=[0, 1, 2, 3],
                is_hybrid=False,
                use_auxiliary_head=False,
            )
        )  # fmt: skip
    else:
        backbone = Dinov2Config(
            **layers,
            mlp_ratio=1,
            image_size=28,
            patch_size=14,
            out_features=["stage1", "stage2", "stage3", "stage4"],
            reshape_hidden_states=False,
        )
        side, multiple, network = 56, 14, DepthAnythingForDepthEstimation(
            DepthAnythingConfig(
                **four,
                backbone_config=backbone,
                reassemble_hidden_size=16,
                patch_size=14,
                head_hidden_size=8,
                depth_estimation_type="metric" if kind == "metres" else "relative",
                max_depth=20 if kind == "metres" else 1,
            )
        )  # fmt: skip
    with torch.no_grad():  # as they begin, one depth is like another
        for weights in network.parameters():
            if weights.dim() > 1:
                weights.normal_(std=0.3)
    network.save_pretrained(folder)
    processor = {
        "image_processor_type": "DPTImageProcessor",
        "do_resize": True,
        "size": {"height": side, "width": side},
        "keep_aspect_ratio": multiple > 1,
        "ensure_multiple_of": multiple,
        "resample": 3,
        "do_rescale": True,
        "rescale_factor": 1 / 255,
        "do_normalize": True,
        "image_mean": [0.5, 0.5, 0.5],
        "image_std": [0.5, 0.5, 0.5],
        "do_pad": False,
    }
    (folder / "preprocessor_config.json").write_text(json.dumps(processor))
    return folder


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


def _as_on_the_hub(root: Path) -> None:
    """The old tokenizer's files, position_ids among the weights, a half-precision image encoder.

    2.1's text encoder is called XLM-R, by whose name transformers could take it for another class.
    """
    prior = root / "prior"
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
    for part in ("decoder", "inpaint"):
        config = root / part / "text_encoder" / "config.json"
        if config.is_file():
            plain = json.loads(config.read_text("utf-8")) | {"model_type": "xlm-roberta"}
            config.write_text(json.dumps(plain, indent=2), "utf-8")
