"""Which model folders there are, what their configs say, and whether their weights are whole.

A model is a folder with at least a prior and a decoder, each a diffusers folder of its own under
any name. They are told apart by the classes and shapes in their `config.json` files. Nothing is
loaded here: only JSON and the headers of weight files are read.
"""

import json
import os
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

from kandinsky_desktop.domain.catalog import ModelFacts, Version
from kandinsky_desktop.domain.errors import ModelProblem
from kandinsky_desktop.domain.words import _
from kandinsky_desktop.store import places

ZERO_EMBEDDING = "zero_embedding.safetensors"  # in the prior's folder, where a model ships its own
PRIOR_PARTS = ("prior", "text_encoder", "tokenizer", "scheduler")
DECODER_PARTS = ("unet", "movq", "scheduler")
ANCHOR_PARTS = ("text_encoder", "tokenizer")  # of 2.1's decoder, which reads text itself
SCHEDULER = "scheduler_config.json"
ANCHOR_LIMIT = 77  # tokens of the text that 2.1's decoder reads itself
# The classes of models that estimate depth whose values are known to us: of the others some say how
# far, some how near, and some want more than a picture.
ESTIMATORS = ("DPTForDepthEstimation", "DepthAnythingForDepthEstimation")
OTHER_DECODERS = ("inpaint", "depth")  # which a model does without
KINDS: dict[
    tuple[Any, Any], str
] = {  # what a decoder is, by its U-Net's addition_embed_type and in_channels
    ("image", 4): "decoder",
    ("image", 9): "inpaint",
    ("image_hint", 8): "depth",
    ("text_image", 4): "decoder",
    ("text_image", 9): "inpaint",
}


@dataclass(frozen=True, slots=True)
class Found:
    """The whole models, in the order looked for, and a sentence for each that is not whole."""

    models: tuple[ModelFacts, ...]
    problems: tuple[str, ...]
    estimators: tuple[Path, ...] = ()  # folders of models that estimate depth

    def named(self, name: str) -> ModelFacts:
        """Return the model of that name; an empty name means the first. Raises ModelProblem."""
        for facts in self.models:
            if name in ("", facts.name):
                return facts
        if not self.models:
            raise ModelProblem(
                " ".join((_("No model was found."), *self.problems, _("`kandinsky doctor` helps.")))
            )
        there = _("There is no model named {name!r}. There are: {names}.").format(
            name=name, names=", ".join(facts.name for facts in self.models)
        )
        raise ModelProblem(" ".join((there, *self.problems)))


def find_models(folders: Sequence[Path]) -> Found:
    """Look through the folders. The person's own models come before the one that ships."""
    models: dict[str, ModelFacts] = {}
    problems: list[str] = []
    for folder in folders:
        if not folder.is_dir() and folder not in (places.user_models(), places.shipped_models()):
            problems.append(
                _("There is no folder {folder}, where models were to be.").format(folder=folder)
            )
            continue
        try:
            roots = list(_roots(folder))
        except OSError as error:
            problems.append(
                _("{folder} cannot be looked through: {reason}.").format(
                    folder=folder, reason=error.strerror or error
                )
            )
            continue
        for root in roots:
            try:
                facts = facts_of(root)
            except ModelProblem as problem:
                problems.append(str(problem))
                continue
            if facts is not None:
                models.setdefault(facts.name, facts)
    for root, made_for in _estimators(folders).items():
        if made_for not in ESTIMATORS:
            problems.append(
                _(
                    "{folder} estimates depth as {kind}, which is not known here: take a DPT or"
                    " Depth Anything folder."
                ).format(folder=root, kind=made_for)
            )
    return Found(tuple(models.values()), tuple(problems), find_estimators(folders))


def find_estimators(folders: Sequence[Path]) -> tuple[Path, ...]:
    """Return the folders of models that estimate depth as is known here."""
    found = _estimators(folders)
    return tuple(root for root, made_for in found.items() if made_for in ESTIMATORS)


def estimates_metres(folder: Path) -> bool:
    """Whether a model that estimates depth says how far a thing is, and not how near."""
    return _config(folder).get("depth_estimation_type") == "metric"


def _estimators(folders: Sequence[Path]) -> dict[Path, str]:
    """Return the folders of models that estimate depth, and the class that each is made for."""
    found: dict[Path, str] = {}
    for folder in folders:
        try:
            children = sorted(child for child in folder.iterdir() if child.name[0] != ".")
        except OSError:
            continue
        for root in (folder, *children):
            made_for = _config(root).get("architectures")
            first = str(made_for[0]) if isinstance(made_for, list) and made_for else ""
            if "ForDepthEstimation" in first:
                found.setdefault(root, first)
    return found


def facts_of(root: Path) -> ModelFacts | None:
    """Read one model folder; None if it holds no Kandinsky. Raises ModelProblem if not whole."""
    parts = _parts(root)
    if not parts:
        return None
    for needed, there in (("decoder", "prior"), ("prior", "decoder")):
        if needed not in parts:
            raise ModelProblem(
                _("{root} has a {has} but no {lacks}: put the {lacks}'s folder beside it.").format(
                    root=root, has=there if there in parts else min(parts), lacks=needed
                )
            )
    anchored = _config(parts["decoder"] / "unet").get("addition_embed_type") == "text_image"
    decoder_parts = (*DECODER_PARTS, *(ANCHOR_PARTS if anchored else ()))
    for name, wanted in (("prior", PRIOR_PARTS), ("decoder", decoder_parts)):
        for part in wanted:
            if not (parts[name] / part).is_dir():
                raise ModelProblem(
                    _("{folder} lacks its folder {part}.").format(folder=parts[name], part=part)
                )
    size = sum(map(check_weights, _weight_folders(parts, anchored=anchored)))
    problems = (*_half_blind(parts["prior"]), *_without_broken_decoders(parts))
    return _facts(root, parts, size, "2.1" if anchored else "2.2", problems)


def check_weights(folder: Path) -> int:
    """Return the bytes of the weights in a component's folder. Raises ModelProblem.

    Each safetensors file is measured against its own header, and each part that an index names
    must be there, so a copy that broke off is found now and not in the middle of a picture.
    """
    files = sorted(folder.glob("*.safetensors"))
    for index in sorted(folder.glob("*.safetensors.index.json")):
        _check_index(index, {file.name for file in files})
    if not files:
        pickles = sorted(folder.glob("*.bin"))
        if pickles:
            raise ModelProblem(
                _(
                    "{file} is a pickle, which could run foreign code when read; get the"
                    " .safetensors file of the same name instead."
                ).format(file=pickles[0])
            )
        raise ModelProblem(_("{folder} has no .safetensors weights.").format(folder=folder))
    return sum(_check_safetensors(file) for file in files)


def _check_index(index: Path, there: set[str]) -> None:
    shards = _config(index.parent, index.name).get("weight_map")
    if not isinstance(shards, dict) or not shards:
        raise ModelProblem(
            _("{file} names no weights, or is damaged: copy it again.").format(file=index)
        )
    for shard in sorted({str(name) for name in shards.values()}):
        if shard not in there:
            raise ModelProblem(
                _("{folder} lacks {shard}, a part of its weights: copy it too.").format(
                    folder=index.parent, shard=shard
                )
            )


def _check_safetensors(file: Path) -> int:
    try:
        stat = file.stat()
    except OSError as error:
        raise _damaged(file) from error
    return _checked(file, stat.st_size, stat.st_mtime_ns)


@lru_cache(maxsize=256)  # every job asks: a header of thousands of tensors takes milliseconds
def _checked(file: Path, size: int, changed_ns: int) -> int:
    del changed_ns  # a part of the key only
    try:
        with file.open("rb") as stream:
            length = int.from_bytes(stream.read(8), "little")
            if not 0 < length <= min(size - 8, 100_000_000):
                raise ValueError(length)
            header = json.loads(stream.read(length))
        ends = [about["data_offsets"][1] for name, about in header.items() if name[:2] != "__"]
        needed = 8 + length + max(ends, default=0)
    except (OSError, ValueError, TypeError, KeyError, IndexError, AttributeError) as error:
        raise _damaged(file) from error
    if size < needed:
        raise ModelProblem(
            _("{file} breaks off after {size} of {needed} bytes: copy it again.").format(
                file=file, size=size, needed=needed
            )
        )
    return size


def _damaged(file: Path) -> ModelProblem:
    return ModelProblem(
        _("{file} is no safetensors file, or its beginning is damaged: copy it again.").format(
            file=file
        )
    )


def _roots(folder: Path) -> Iterator[Path]:
    if not folder.is_dir():
        return
    if _parts(folder):  # the folder is a model itself
        yield folder
        return
    yield from sorted(
        child for child in folder.iterdir() if child.is_dir() and child.name[0] != "."
    )


def _parts(root: Path) -> dict[str, Path]:
    """Return the folders of a prior and of decoders among a root's subfolders, by what they are."""
    parts: dict[str, Path] = {}
    try:
        folders = sorted(child for child in root.iterdir() if child.is_dir())
    except PermissionError:  # such as lost+found
        return parts
    for folder in folders:
        if _config(folder / "prior").get("_class_name") == "PriorTransformer":
            parts.setdefault("prior", folder)
        unet = _config(folder / "unet")
        if unet.get("_class_name") == "UNet2DConditionModel":
            kind = KINDS.get((unet.get("addition_embed_type"), unet.get("in_channels")))
            if kind:
                parts.setdefault(kind, folder)
    return parts


def _without_broken_decoders(parts: dict[str, Path]) -> tuple[str, ...]:
    """Leave out the decoders that a model does without, where they cannot be read, and say why.

    That for depth lies on the hub as a pickle alone: all else that the model can do still works.
    """
    problems = []
    for name in OTHER_DECODERS:
        try:
            if name in parts:
                check_weights(parts[name] / "unet")
        except ModelProblem as problem:
            del parts[name]
            problems.append(str(problem))
    return tuple(problems)


def _half_blind(prior: Path) -> tuple[str, ...]:
    """Say so where the encoder of pictures is there and what prepares them for it is not.

    Words are painted all the same: the neutral negative takes the encoder alone.
    """
    if not (prior / "image_encoder").is_dir() or (prior / "image_processor").is_dir():
        return ()
    return (
        _("{folder} lacks its folder image_processor: without it no picture is looked at.").format(
            folder=prior
        ),
    )


def _weight_folders(parts: dict[str, Path], *, anchored: bool) -> list[Path]:
    prior, decoder = parts["prior"], parts["decoder"]
    folders = [prior / "prior", prior / "text_encoder", decoder / "unet", decoder / "movq"]
    if (prior / "image_encoder").is_dir():
        folders.append(prior / "image_encoder")
    if anchored:
        folders.append(decoder / "text_encoder")
    return folders


def _facts(
    root: Path, parts: dict[str, Path], size: int, version: Version, problems: tuple[str, ...]
) -> ModelFacts:
    prior, decoder = parts["prior"], parts["decoder"]
    prior_config, unet = _config(prior / "prior"), _config(decoder / "unet")
    movq, scheduler = _config(decoder / "movq"), _config(decoder / "scheduler", SCHEDULER)
    try:
        embedding_dim = int(prior_config["embedding_dim"])
        other_dim = unet["cross_attention_dim" if version == "2.1" else "encoder_hid_dim"]
        if embedding_dim != other_dim:
            raise ModelProblem(
                _(
                    "The prior and the decoder in {root} do not belong together: their meanings"
                    " have {one} and {other} numbers."
                ).format(root=root, one=embedding_dim, other=other_dim)
            )
        return ModelFacts(
            name=Path(os.path.abspath(root)).name,  # also of "." and ".."
            root=root,
            prior=prior,
            decoder=decoder,
            version=version,
            embedding_dim=embedding_dim,
            channels=tuple(unet["block_out_channels"]),
            sample_size=int(unet.get("sample_size") or 64),
            movq_factor=2 ** (len(movq["block_out_channels"]) - 1),
            token_limit=_token_limit(prior),
            image_encoder=(prior / "image_encoder").is_dir(),
            image_processor=(prior / "image_processor").is_dir(),
            zero_embedding=(prior / ZERO_EMBEDDING).is_file(),
            size_bytes=size,
            inpaint=parts.get("inpaint"),
            depth=parts.get("depth"),
            anchor_limit=ANCHOR_LIMIT if version == "2.1" else 0,
            train_timesteps=int(scheduler.get("num_train_timesteps", 1000)),
            problems=problems,
        )
    except (KeyError, TypeError, ValueError) as error:
        raise ModelProblem(
            _(
                "The configs in {root} lack something or hold the wrong kind of value: {error}."
            ).format(root=root, error=error)
        ) from error


def _token_limit(prior: Path) -> int:
    limit = _config(prior / "tokenizer", "tokenizer_config.json").get("model_max_length", 77)
    positions = _config(prior / "text_encoder").get("max_position_embeddings", 77)
    return int(min(limit, positions))


def _config(folder: Path, name: str = "config.json") -> dict[str, Any]:
    try:
        plain = json.loads((folder / name).read_text("utf-8"))
    except (OSError, ValueError, RecursionError):
        return {}
    return plain if isinstance(plain, dict) else {}
