"""Turns a folder of original files of Kandinsky 2.0 or 2.1 into one that models are loaded from.

Besides, weights that were published as pickles, in diffusers' layout, become safetensors files.

Files are known by the tensors that they hold, whatever they are called; of two of a kind the
smaller one is taken, which is the same in half precision. Nothing is written unless all is there.
Weights are written in half precision, tensor by tensor; what was cut off goes on where it was.
"""

import json
import os
import shutil
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from kandinsky_desktop.domain.converting import MARK
from kandinsky_desktop.domain.errors import KandinskyError, ModelProblem
from kandinsky_desktop.domain.i18n import N_, _
from kandinsky_desktop.engine.converting import originals, renames, tensor_file, tokenizers
from kandinsky_desktop.engine.converting.originals import Weights
from kandinsky_desktop.engine.converting.renames import Made, Network
from kandinsky_desktop.store import atomic_file, hub_cache, shared_files
from kandinsky_desktop.store.pickled_weights import NAMES, pickles_in
from kandinsky_desktop.store.weights import check_weights

SAFETENSORS = ".safetensors"
LEFT_OUT = (  # weights, also of other libraries, and what is not whole
    ".bin", ".ckpt", ".pt", ".pth", ".msgpack", ".h5", ".onnx",
    tensor_file.PART, tensor_file.PROGRESS,
)  # fmt: skip
SUFFIXES = (".ckpt", ".pt", ".th", ".bin", ".safetensors")
STATISTICS = ".th"
DEEPEST = 2  # folders below the one that is read
SCALE_20 = 0.0512  # of 2.0's latents: CONFIG_2_0 in the original's configs.py
WEIGHTS = {"diffusers": "diffusion_pytorch_model.safetensors", "transformers": "model.safetensors"}

# What an original file holds, by the names of some of its tensors, and what it is called
KINDS: dict[str, tuple[tuple[str, ...], str]] = {
    "unet 2.1": (("clip_to_seq.weight", "input_blocks.0.0.weight"), N_("the decoder of 2.1")),
    "unet 2.0": (("to_model_dim2.weight", "input_blocks.0.0.weight"), N_("the decoder of 2.0")),
    "prior": (("clip_img_proj.weight", "prd_emb"), N_("the prior of 2.1")),
    "movq": (("quantize.embedding.weight", "decoder.norm_out.conv_y.weight"), N_("the MoVQ")),
    "vae": (("decoder.norm_out.weight", "post_quant_conv.weight"), N_("the autoencoder of 2.0")),
    "mclip": (("LinearTransformation.weight",), N_("the multilingual CLIP text encoder")),
    "mt5": (("encoder.block.0.layer.0.SelfAttention.q.weight",), N_("the mT5 text encoder")),
    "clip": (
        ("text_projection.weight", "visual_projection.weight"),
        N_("a CLIP folder (openai/clip-vit-large-patch14)"),
    ),
}
NEEDED = {
    "2.1": ("unet 2.1", "prior", "movq", "mclip", "clip", "statistics"),
    "2.0": ("unet 2.0", "vae", "mclip", "mt5"),
}
CALLED = {kind: words for kind, (_names, words) in KINDS.items()} | {
    "statistics": N_("the statistics of CLIP's image embeddings (ViT-L-14_stats.th)")
}
LINEAR = {"num_train_timesteps": 1000, "beta_schedule": "linear", "prediction_type": "epsilon"}
BETAS = {
    "2.0": {"beta_start": 0.0001, "beta_end": 0.02},
    "2.1": {"beta_start": 0.00085, "beta_end": 0.012},
}
SCHEDULERS: dict[str, dict[str, Any]] = {
    "ddim": {
        "_class_name": "DDIMScheduler",
        "clip_sample": False,
        "set_alpha_to_one": False,
        "steps_offset": 1,
        "timestep_spacing": "leading",
    },
    "ddpm": {
        "_class_name": "DDPMScheduler",
        "clip_sample": False,
        "thresholding": True,
        "dynamic_thresholding_ratio": 0.995,
        "sample_max_value": 2.0,
        "variance_type": "learned_range",
        "timestep_spacing": "linspace",
    },
    "unclip": {
        "_class_name": "UnCLIPScheduler",
        "num_train_timesteps": 1000,
        "clip_sample": True,
        "clip_sample_range": 10.0,
        "prediction_type": "sample",
        "variance_type": "fixed_small_log",
    },
}


@dataclass(frozen=True, slots=True)
class Source:
    """An original file and the tensors in it, under names without what all have in front."""

    file: Path
    tensors: Weights = field(repr=False)


@dataclass(frozen=True, slots=True)
class NewPart:
    """A folder that will be written: its weights, its config, and what lies beside them."""

    place: str  # below the new folder
    library: str = ""  # a key of WEIGHTS; "": it has none
    config: dict[str, Any] = field(default_factory=dict)
    tensors: tuple[tensor_file.Planned, ...] = ()
    also: Callable[[Path], None] = lambda folder: None
    config_name: str = "config.json"

    @property
    def size_bytes(self) -> int:
        """How many bytes its weights take."""
        return sum(one.size_bytes for one in self.tensors)


Report = Callable[[str, int, int], None]  # a part's place, bytes of all written, bytes in all
Remark = Callable[[str], object]  # a sentence


def convert(
    origin: Path,
    target: Path,
    report: Report = lambda *told: None,
    known: Sequence[Path] = (),
    remark: Remark = lambda sentence: None,
) -> str:
    """Write a model's folder from a folder of original files, and return its version.

    What one of the `known` files of weights holds already becomes a link to it, or `remark` is told
    why not. Of a folder in diffusers' layout whose weights are pickles, which may be the target
    itself, no version is returned.

    Raises ModelProblem, before anything is written, where it cannot be done; and OSError. What
    `report` raises cuts it off; the next call for the same folders goes on.
    """
    pickles = pickles_in(origin)
    if pickles:
        return _convert_pickles(pickles, origin, target, report, partial(_share, [*known], remark))
    found = find(origin.resolve(), target.resolve())
    version = _version(found, origin)
    parts = list(_parts_21(found) if version == "2.1" else _parts_20(found))
    _check_target(target, origin)
    _check_room(target, parts)
    target.mkdir(parents=True, exist_ok=True)
    atomic_file.write(target / MARK, str(origin.resolve()).encode())
    _write_all(target, parts, report, partial(_share, [*known], remark))
    for place, pipeline in _indices(version, {part.place for part in parts}):
        text = json.dumps({"_class_name": pipeline}, indent=2) + "\n"
        atomic_file.write(target / place / "model_index.json", text.encode())
    (target / MARK).unlink()
    return version


Share = Callable[[Path], None]


def _share(known: list[Path], remark: Remark, file: Path) -> None:
    """Let a new file be a link to one that is known and holds the same; it is known from now on."""
    try:
        shared_files.link_new(file, known)
    except shared_files.NotLinked as reason:
        remark(str(reason))
    known.append(file)


def _write_all(
    target: Path, parts: list[NewPart], report: Report, share: Share, bytes_beside: int = 0
) -> None:
    whole, done = sum(one.size_bytes for one in parts) + bytes_beside, 0
    for part in parts:
        _write(target / part.place, part, _counted(report, part.place, done, whole), share)
        done += part.size_bytes
        report(part.place, done, whole)


def _convert_pickles(
    pickles: Mapping[Path, Path], origin: Path, target: Path, report: Report, share: Share
) -> str:
    """Write what lies in pickles as it is, in half precision, and return no version.

    Into the very folders, or into another one with what lies beside them.
    """
    in_place = target.resolve() == origin.resolve()
    if in_place and hub_cache.repository_of(origin.resolve()) is not None:
        raise ModelProblem(
            _(
                "{folder} lies in the hub's cache, where nothing is written: name a folder for"
                " what is made of it."
            ).format(folder=origin)
        )
    parts = []
    for folder, file in pickles.items():
        tensors = Weights(partial(originals.read, file))
        library = next(one for one, name in WEIGHTS.items() if name == NAMES[file.name])
        place = folder.relative_to(origin).as_posix()
        config = {} if in_place else _config(folder)
        parts.append(NewPart(place, library, config, _kept(tensors, lambda name: True)))
    if in_place:
        _check_free(target, sum(one.size_bytes for one in parts))
        _write_all(target, parts, report, share)
        return ""
    _check_target(target, origin)
    copies = {file: target / file.relative_to(origin) for file in _beside(origin, target, pickles)}
    copies = {file: there for file, there in copies.items() if not _is_copied(file, there)}
    bytes_beside = sum(file.stat().st_size for file in copies)
    _check_room(target, parts, bytes_beside)
    target.mkdir(parents=True, exist_ok=True)
    atomic_file.write(target / MARK, str(origin.resolve()).encode())
    _write_all(target, parts, report, share, bytes_beside)
    done = sum(one.size_bytes for one in parts)
    whole = done + bytes_beside
    for file, there in copies.items():
        _copy(file, there)
        if file.suffix == SAFETENSORS:
            share(there)
        done += file.stat().st_size
        report(file.parent.relative_to(origin).as_posix(), done, whole)
    (target / MARK).unlink()
    return ""


def _beside(origin: Path, target: Path, pickles: Mapping[Path, Path]) -> Iterator[Path]:
    """Yield what makes the pickles a model: configs and the like, and networks that are whole."""
    for folder, inner, names in os.walk(origin):
        here = Path(folder)
        inner[:] = sorted(
            name
            for name in inner
            if not name.startswith(".") and (here / name).resolve() != target.resolve()
        )
        loaded = set[str]()
        if here not in pickles:
            with suppress(ModelProblem):  # it holds no network, or none that is loaded
                weights = check_weights(here)
                loaded = {one.name for one in (*weights.files, weights.index) if one is not None}
        for name in sorted(names):
            is_left_out = SAFETENSORS in name or name.endswith(LEFT_OUT) or name[0] == "."
            if (name in loaded or not is_left_out) and (here / name).is_file():
                yield here / name


def _is_copied(file: Path, there: Path) -> bool:
    """Whether weights were copied when this was begun before."""
    was = SAFETENSORS in file.name and there.is_file()
    return was and there.stat().st_size == file.stat().st_size


def _copy(file: Path, there: Path) -> None:
    """Copy a file; it is there whole or not at all."""
    there.parent.mkdir(parents=True, exist_ok=True)
    part = there.with_name(there.name + tensor_file.PART)
    shutil.copyfile(file, part)
    with part.open("r+b") as copied:
        os.fsync(copied.fileno())
    part.replace(there)


def find(origin: Path, target: Path | None = None) -> dict[str, list[Source]]:
    """Return the original files in a folder by what they hold. Raises ModelProblem, OSError.

    What was made of them before may lie in there too, in the `target`.
    """
    found: dict[str, list[Source]] = {}
    made = None if target is None or origin.is_relative_to(target) else target
    for file in _files(origin):
        if made is not None and file.is_relative_to(made):
            continue
        if file.suffix == STATISTICS:
            statistics = Weights(partial(_statistics, file))
            found.setdefault("statistics", []).append(Source(file, statistics))
            continue
        tensors = Weights(partial(_tensors, file))
        kind = next(
            (kind for kind, (names, _words) in KINDS.items() if all(n in tensors for n in names)),
            None,
        )
        if kind is not None:
            found.setdefault(kind, []).append(Source(file, tensors))
    for sources in found.values():
        sources.sort(key=lambda one: (one.file.stat().st_size, one.file.name))
    return found


def _files(origin: Path) -> Iterator[Path]:
    if not origin.is_dir():
        raise ModelProblem(_("There is no folder {folder}.").format(folder=origin))
    for depth in range(DEEPEST + 1):
        for file in sorted(origin.glob("*/" * depth + "*")):
            if file.suffix in SUFFIXES and file.is_file() and not file.name.startswith("._"):
                yield file


def _statistics(file: Path) -> dict[str, Tensor]:
    mean, deviation = originals.read_pair(file)
    return {renames.MEAN: mean, renames.DEVIATION: deviation}


def _tensors(file: Path) -> dict[str, Tensor]:
    """Return tensors without a "model." that all of them have in front, as in the prior's file."""
    tensors, front = originals.read(file), "model."
    if not all(name.startswith(front) for name in tensors):
        return tensors
    return {name.removeprefix(front): one for name, one in tensors.items()}


def _version(found: Mapping[str, list[Source]], origin: Path) -> str:
    """Return which version can be made of what is there. Raises ModelProblem."""
    present = [version for version in NEEDED if f"unet {version}" in found]
    if len(present) != 1:
        if present:
            raise ModelProblem(
                _("{folder} holds both 2.0 and 2.1: put each into a folder of its own.").format(
                    folder=origin
                )
            )
        raise ModelProblem(
            _("{folder} holds no original decoder of Kandinsky 2.0 or 2.1.").format(folder=origin)
        )
    (version,) = present
    missing = [_(CALLED[kind]) for kind in NEEDED[version] if kind not in found]
    if not _plain(found, version):
        missing.insert(0, _("a decoder for whole pictures: there is only one for holes"))
    if missing:
        raise ModelProblem(
            _("{folder} lacks {parts}: put it there too.").format(
                folder=origin, parts=_(" and ").join(missing)
            )
        )
    return version


def _unets(found: Mapping[str, list[Source]], version: str, channels: int) -> Iterator[Source]:
    for one in found[f"unet {version}"]:
        if one.tensors["input_blocks.0.0.weight"].shape[1] == channels:
            yield one


def _plain(found: Mapping[str, list[Source]], version: str) -> Source | None:
    return next(_unets(found, version, 4), None)


def _parts_21(found: Mapping[str, list[Source]]) -> Iterator[NewPart]:
    plain, holes = _plain(found, "2.1"), next(_unets(found, "2.1", 9), None)
    assert plain is not None
    files = found["prior"][0].file, found["statistics"][0].file
    prior = Weights(lambda: _tensors(files[0]) | _statistics(files[1]))
    yield _network("prior/prior", found["prior"][0].file, prior, renames.prior)
    yield from _clip(found["clip"][0])
    yield _scheduler("prior/scheduler", SCHEDULERS["unclip"])
    unet = partial(renames.unet, version="2.1")
    yield _network("decoder/unet", plain.file, plain.tensors, unet)
    yield _network("decoder/movq", found["movq"][0].file, found["movq"][0].tensors, renames.movq)
    yield from _mclip("decoder/text_encoder", "decoder/tokenizer", found["mclip"][0])
    for home in ("decoder", *(("inpaint",) if holes else ())):
        for name, folder in (("ddim", "scheduler"), ("ddpm", "ddpm_scheduler")):
            yield _scheduler(f"{home}/{folder}", SCHEDULERS[name] | LINEAR | BETAS["2.1"])
    if holes is not None:
        yield _network("inpaint/unet", holes.file, holes.tensors, unet)


def _parts_20(found: Mapping[str, list[Source]]) -> Iterator[NewPart]:
    plain, holes = _plain(found, "2.0"), next(_unets(found, "2.0", 9), None)
    assert plain is not None
    vae = found["vae"][0]
    yield from _mclip("text_encoder", "tokenizer", found["mclip"][0])
    yield from _mt5(found["mt5"][0])
    for home, source in (("", plain), ("inpaint/", holes)):
        if source is not None:
            unet = partial(renames.unet, version="2.0")
            yield _network(f"{home}unet", source.file, source.tensors, unet)
            yield _network(f"{home}conditioner", source.file, source.tensors, renames.conditioner)
    scaled = partial(renames.autoencoder_kl, scale=SCALE_20)
    yield _network("vae", vae.file, vae.tensors, scaled)
    yield _scheduler("scheduler", SCHEDULERS["ddim"] | LINEAR | BETAS["2.0"])


def _indices(version: str, places: set[str]) -> Iterator[tuple[str, str]]:
    if version == "2.0":
        yield "", "Kandinsky20Pipeline"
        return
    yield "prior", "KandinskyPriorPipeline"
    yield "decoder", "KandinskyPipeline"
    if "inpaint/unet" in places:
        yield "inpaint", "KandinskyInpaintPipeline"


def _network(place: str, file: Path, there: Weights, rename: Callable[[Any], Network]) -> NewPart:
    try:
        network = rename(there)
        tensors = tuple(_planned(one, there) for one in network.tensors)
    except (KeyError, ValueError, RuntimeError) as error:
        raise ModelProblem(
            _("{file} is not whole: it lacks {what}. Copy it again.").format(
                file=file, what=str(error).strip("'\"")[:100]
            )
        ) from error
    return NewPart(place, "diffusers", network.config, tensors)


def _planned(made: Made, there: Weights) -> tensor_file.Planned:
    """Return a tensor of the new file. Its shape is known without its numbers."""
    source = there[made.source]
    shape = made.part(source).shape
    return tensor_file.Planned(
        made.name, tuple(shape), _format(source), partial(_made, made, there)
    )


def _made(made: Made, there: Weights) -> Tensor:
    return made.part(there.take(made.source))


def _format(tensor: Tensor) -> torch.dtype:
    return torch.float16 if tensor.is_floating_point() else tensor.dtype


def _kept(there: Weights, keep: Callable[[str], bool]) -> tuple[tensor_file.Planned, ...]:
    """Return tensors that keep their names."""
    return tuple(_planned(Made(name, name), there) for name in sorted(there) if keep(name))


def _mclip(place: str, tokenizer: str, source: Source) -> Iterator[NewPart]:
    home, linear = source.file.parent, source.tensors["LinearTransformation.weight"]
    config = _config(home) | {
        "architectures": ["MultilingualCLIP"],
        "model_type": "M-CLIP",
        "transformerDimensions": int(linear.shape[1]),
        "numDims": int(linear.shape[0]),
    }
    kept = _kept(source.tensors, lambda name: name.startswith(("transformer.", "LinearT")))
    yield NewPart(place, "transformers", config, kept)
    yield NewPart(tokenizer, also=partial(tokenizers.copy, home))


def _mt5(source: Source) -> Iterator[NewPart]:
    home = source.file.parent
    config = _config(home) | {"architectures": ["MT5EncoderModel"], "model_type": "mt5"}
    copies = "encoder.embed_tokens.weight"  # of shared.weight
    kept = _kept(
        source.tensors,
        lambda name: name == "shared.weight" or (name.startswith("encoder.") and name != copies),
    )
    yield NewPart("text_encoder_2", "transformers", config, kept)
    yield NewPart("tokenizer_2", also=partial(tokenizers.write_t5, home))


def _clip(source: Source) -> Iterator[NewPart]:
    """Yield what the prior needs of a whole CLIP: both its towers, and what prepares for them."""
    home = source.file.parent
    config = _config(home)
    for side, folder, kind in (
        ("text", "text_encoder", "CLIPTextModelWithProjection"),
        ("vision", "image_encoder", "CLIPVisionModelWithProjection"),
    ):
        front = (f"{side}_model.", "text_projection" if side == "text" else "visual_projection")
        own = config.get(f"{side}_config") or {}
        width = source.tensors[f"{front[1]}.weight"].shape[0]
        about = {
            **own,
            "architectures": [kind],
            "model_type": f"clip_{side}_model",
            "projection_dim": int(width),
        }
        kept = _kept(source.tensors, partial(_belongs, front))
        yield NewPart(f"prior/{folder}", "transformers", about, kept)
    yield NewPart("prior/tokenizer", also=partial(tokenizers.copy, home))
    yield NewPart("prior/image_processor", also=partial(_copy_processor, home))


def _belongs(front: tuple[str, str], name: str) -> bool:
    return name.startswith(front) and not name.endswith("position_ids")


def _copy_processor(home: Path, folder: Path) -> None:
    name = "preprocessor_config.json"
    if not (home / name).is_file():
        raise ModelProblem(
            _("{folder} lacks {files}: copy it too.").format(folder=home, files=name)
        )
    shutil.copyfile(home / name, folder / name)


def _scheduler(place: str, config: dict[str, Any]) -> NewPart:
    return NewPart(place, config=config, config_name="scheduler_config.json")


def _config(home: Path) -> dict[str, Any]:
    try:
        config = json.loads((home / "config.json").read_text("utf-8-sig"))
    except (OSError, ValueError) as error:
        raise ModelProblem(
            _("{folder} lacks its config, or has an empty one: copy it again.").format(folder=home)
        ) from error
    return config if isinstance(config, dict) else {}


def _write(folder: Path, part: NewPart, on_bytes: Callable[[int], None], share: Share) -> None:
    """Write a part; its config last, so that what is half written is no part of a model.

    One without a config goes beside one that is there, whose weights lack or are broken.
    """
    folder.mkdir(parents=True, exist_ok=True)
    config = folder / part.config_name
    if part.library:
        file = folder / WEIGHTS[part.library]
        if not (part.config and file.is_file() and config.is_file()):
            tensor_file.write(file, part.tensors, on_bytes)
            share(file)
    part.also(folder)
    if part.config:
        text = json.dumps(part.config, indent=2, sort_keys=True) + "\n"
        atomic_file.write(config, text.encode())


def _counted(report: Report, place: str, before: int, whole: int) -> Callable[[int], None]:
    """Return what adds up the bytes of a part, and reports them with those before it."""
    done = before

    def on_bytes(count: int) -> None:
        nonlocal done
        done += count
        report(place, done, whole)

    return on_bytes


def _check_target(target: Path, origin: Path) -> None:
    """Raise ModelProblem unless the folder is new, empty, or begun from the same files."""
    if not target.exists():
        return
    if not target.is_dir():
        raise ModelProblem(_("{file} is no folder.").format(file=target))
    mark = target / MARK
    if mark.is_file():
        if mark.read_text("utf-8", "replace") == str(origin.resolve()):
            return
        raise ModelProblem(
            _("{folder} was begun from other files: finish that first, or delete it.").format(
                folder=target
            )
        )
    if any(target.iterdir()):
        raise ModelProblem(_("{folder} is not empty: choose a new folder.").format(folder=target))


def _check_room(target: Path, parts: list[NewPart], bytes_beside: int = 0) -> None:
    """Raise KandinskyError where the disk has too little room for what is not written yet."""
    wanted = sum(
        part.size_bytes
        for part in parts
        if part.library and not (target / part.place / WEIGHTS[part.library]).is_file()
    )
    _check_free(target, wanted + bytes_beside)


def _check_free(target: Path, wanted: int) -> None:
    """Raise KandinskyError where the disk has no room for so many bytes, but for what is begun."""
    home = next(one for one in (target, *target.resolve().parents) if one.exists())
    begun = sum(one.stat().st_size for one in target.rglob(f"*{tensor_file.PART}"))
    free = shutil.disk_usage(home).free
    if wanted - begun > free:
        raise KandinskyError(
            _("The disk has {free:.1f} GB free, and {wanted:.1f} GB are needed.").format(
                free=free / 1e9, wanted=(wanted - begun) / 1e9
            )
        )
