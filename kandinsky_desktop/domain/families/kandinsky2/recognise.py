"""Recognises Kandinsky 2.1 and 2.2 by their configs: which prior goes with which decoders.

A prior and a decoder are diffusers folders of their own under any names, side by side in a root.
They belong together if the image embeddings that the prior makes are as wide as those that the
decoder takes. A root may hold several: 2.1 and 2.2 as they come from the hub. In the hub's own
cache such a folder lies deeper, in models--ORG--NAME/snapshots/HASH.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

from kandinsky_desktop.domain.configs import Config, check_sides, token_limit, train_timesteps
from kandinsky_desktop.domain.errors import ModelProblem
from kandinsky_desktop.domain.families.kandinsky2.profile import Topology, profile_of, sides_of
from kandinsky_desktop.domain.hub_names import folder_name, repository_name
from kandinsky_desktop.domain.i18n import N_, _
from kandinsky_desktop.domain.model import Component, Model, ModelProfile, Survey, Tree, split

ZERO_EMBEDDING = "zero_embedding.safetensors"  # in the prior's folder, where a model ships its own
DECODER_PROMPT_LIMIT = 77  # tokens of the text that 2.1's decoder reads itself

# What a decoder is, by its U-Net's addition_embed_type and in_channels: its role, its version
UNETS = {
    ("image", 4): ("unet", "2.2"),
    ("image", 9): ("inpaint unet", "2.2"),
    ("image_hint", 8): ("depth unet", "2.2"),
    ("text_image", 4): ("unet", "2.1"),
    ("text_image", 9): ("inpaint unet", "2.1"),
}
# Which version a prior is of, by the pipeline that its model_index.json names: no config says so
PRIOR_PIPELINES = {
    "KandinskyPriorPipeline": "2.1",
    "KandinskyV22PriorPipeline": "2.2",
    "KandinskyV22PriorEmb2EmbPipeline": "2.2",
}
PIPELINE = re.compile(r"Kandinsky(V22)?[A-Z]\w*Pipeline|KandinskyPipeline")  # 3 and 5 have digits
NAMES = {
    "prior": N_("a prior"),
    "unet": N_("a decoder"),
    "inpaint unet": N_("a decoder for holes"),
    "depth unet": N_("a decoder for depth"),
}

# ECLIPSE's prior has no token for the timestep, so one fewer beside the text's than unCLIP's
ECLIPSE_TOKENS = 3
ECLIPSE_TITLE = N_("Kandinsky {version} with ECLIPSE")

# All that is loaded: role, kind, its folder in that of the prior or the decoder, and whether a
# model cannot be without it. Each further decoder adds a U-Net and, if it has them, schedulers.
OF_PRIOR = (
    ("prior", "prior", "prior", True),
    ("text_encoder", "text_encoder", "text_encoder", True),
    ("tokenizer", "tokenizer", "tokenizer", True),
    ("prior scheduler", "scheduler", "scheduler", True),
    ("image_encoder", "image_encoder", "image_encoder", False),
    ("image_processor", "image_processor", "image_processor", False),
    ("black", "file", ZERO_EMBEDDING, False),
)
OF_DECODER = (
    ("unet", "unet", "unet", True),
    ("movq", "movq", "movq", True),
    ("scheduler", "scheduler", "scheduler", True),
    ("ddpm scheduler", "scheduler", "ddpm_scheduler", False),  # 2.1: with the learned variance
)
OF_DECODER_21 = (
    ("decoder_text_encoder", "decoder_text_encoder", "text_encoder", True),
    ("decoder_tokenizer", "decoder_tokenizer", "tokenizer", True),
)


@dataclass(frozen=True, slots=True)
class Part:
    """A subfolder with a prior or with a decoder."""

    place: str  # its folder below the root
    role: str  # of its network
    version: str  # "" where nothing says of which a prior is
    width: int  # of the image embeddings that it makes or takes
    network: str = ""  # of an ECLIPSE prior the folder below the root that holds it
    texts: str = ""  # of an ECLIPSE prior the folder with its text encoder


def recognise(root: Path, tree: Tree) -> Model | None:
    """Return the model in a folder with these configs, the first if there are several, or None.

    Raises ModelProblem if there is a part of one, but no whole model.
    """
    return survey(root, tree).first()


def survey(root: Path, tree: Tree) -> Survey:
    """Return all models of a folder with these configs, and what is left over."""
    problems = list(_by_itself(root, tree))
    parts: list[Part] = []
    homes = {place for place in tree if _pipeline(tree, place) and not split(tree, place)[1]}
    places = [one for one in tree if split(tree, one)[1]]
    places += [one for one in tree if one != "." and not split(tree, one)[1]]
    for place in sorted(places, key=lambda one: one.split("/")):  # "a" before "a (1)"
        try:
            part = _part(root, tree, place)
        except ModelProblem as problem:
            problems.append(str(problem))
            homes.add(split(tree, place)[0])
        else:
            parts += [] if part is None else [part]
    groups, left = _grouped(root, [part for part in parts if not _stands_alone(part)])
    with_eclipse, lonely = _with_eclipse(root, tree, parts, groups)
    if with_eclipse and not groups:
        left = []  # what is missing is the full prior, which they do without
    left += lonely
    every = groups or with_eclipse  # by which one is told from the others
    if problems and not every:
        left = []  # the rest is whole
    models: list[Model] = []
    for group in (*groups, *with_eclipse):
        name = _name(root, group, every)
        home = root / group[1].place
        address = home if len(every) > 1 or repository_name(home) else root
        if _stands_alone(group[0]):
            name = f"{name} ECLIPSE" if groups else name
            address = root / group[0].network
        try:
            models.append(_model(root, tree, group, name, address))
        except ModelProblem as problem:
            problems.append(str(problem))
    homes |= {part.place for part in parts}
    return Survey(tuple(models), (*problems, *left), frozenset(homes - {"."}))


def _part(root: Path, tree: Tree, place: str) -> Part | None:
    """Return which part of a Kandinsky lies in a component's folder. Raises ModelProblem."""
    values = tree[place]
    kind, (home, name) = values.get("_class_name"), split(tree, place)
    config = Config(root / place / "config.json", values)
    if kind == "PriorTransformer" and values.get("additional_embeddings") == ECLIPSE_TOKENS:
        texts = home if name == "prior" and f"{home}/text_encoder" in tree else ""
        width = config.number("embedding_dim")
        return Part(home, "prior", "2.2", width, place, texts) if name in ("", "prior") else None
    if not name:
        return None
    if name == "prior" and kind == "PriorTransformer":
        version = PRIOR_PIPELINES.get(_pipeline(tree, home), "")
        return Part(home, "prior", version, config.number("embedding_dim"))
    if name != "unet" or kind != "UNet2DConditionModel":
        return None
    embeds, channels = values.get("addition_embed_type"), values.get("in_channels")
    if not isinstance(embeds, str) or not isinstance(channels, int):
        return None
    if (embeds, channels) not in UNETS:
        return None
    role, version = UNETS[embeds, channels]
    width = config.number("cross_attention_dim" if version == "2.1" else "encoder_hid_dim")
    return Part(home, role, version, width)


def _pipeline(tree: Tree, place: str) -> str:
    """Return which of diffusers' Kandinsky 2 pipelines was saved in a folder, if one was."""
    kind = tree.get(place, {}).get("_class_name")
    return kind if isinstance(kind, str) and PIPELINE.fullmatch(kind) else ""


Group = tuple[Part, ...]  # a prior, its decoder, and that decoder's for holes and for depth


def _grouped(root: Path, parts: list[Part]) -> tuple[list[Group], list[str]]:
    """Return which parts belong together, and a sentence for each that is left over."""
    priors = [part for part in parts if part.role == "prior"]
    plain = [part for part in parts if part.role == "unet"]
    if not parts:
        return [], []
    if not priors or not plain:
        return [], [_half(root, parts)]
    groups: dict[tuple[str, int], list[Part]] = {}
    left: list[str] = []
    lonely: list[Part] = []
    for decoder in plain:
        key, fitting = (decoder.version, decoder.width), _fitting(decoder, priors)
        if key in groups:
            left.append(_twice(root, decoder, groups[key][1]))
        elif fitting is None:
            lonely.append(decoder)
        else:
            groups[key] = [fitting, decoder]
    for part in parts:
        if part in plain or part in priors:
            continue
        group = groups.get((part.version, part.width))
        same = next((one for one in group or () if one.role == part.role), None)
        if group is None:
            lonely.append(part)
        elif same is not None:
            left.append(_twice(root, part, same))
        else:
            group.append(part)
    used = [group[0] for group in groups.values()]
    lonely += [prior for prior in priors if prior not in used]
    if not groups:
        return [], [_unlike(root, priors[0], plain[0])]
    return [tuple(group) for group in groups.values()], [*left, *(_alone(root, p) for p in lonely)]


def _stands_alone(part: Part) -> bool:
    """Whether a part is an ECLIPSE prior whose text encoder lies elsewhere."""
    return bool(part.network) and not part.texts


def _with_eclipse(
    root: Path, tree: Tree, parts: list[Part], groups: list[Group]
) -> tuple[list[Group], list[str]]:
    """Return further groups with an ECLIPSE prior in the place of the full one, which may be away.

    Its text encoder is that of the full prior's folder.
    """
    made: list[Group] = []
    left: list[str] = []
    for prior in (part for part in parts if _stands_alone(part)):
        fitting = next((one for one in groups if _goes_with(prior, one[1])), None)
        if fitting is not None:
            others: Group = fitting[1:]
            texts = fitting[0].texts or fitting[0].place
        else:
            rest = [one for one in parts if one.role != "prior" and _goes_with(prior, one)]
            plain = sorted(rest, key=lambda one: one.role != "unet")
            others = tuple({one.role: one for one in reversed(plain)}.values())[::-1]
            texts = next((home for home in sorted(tree) if _reads_words(tree, home)), "")
        if not texts or not others or others[0].role != "unet":
            left.append(
                _(
                    "{folder} is left out: it is an ECLIPSE prior, and beside it must lie a decoder"
                    " of 2.2 and the folders text_encoder and tokenizer of kandinsky-2-2-prior."
                ).format(folder=root / prior.network)
            )
            continue
        made.append((replace(prior, place=texts), *others))
    return made, left


def _goes_with(prior: Part, decoder: Part) -> bool:
    return (decoder.version, decoder.width) == (prior.version, prior.width)


def _reads_words(tree: Tree, home: str) -> bool:
    """Whether a folder holds what is beside the prior of 2.2."""
    return (
        not split(tree, home)[1]
        and PRIOR_PIPELINES.get(_pipeline(tree, home), "2.2") == "2.2"
        and {f"{home}/text_encoder", f"{home}/tokenizer"} <= set(tree)
        and f"{home}/unet" not in tree
    )


def _fitting(decoder: Part, priors: list[Part]) -> Part | None:
    """Return the prior of a decoder: as wide, and of its version as far as that is known."""
    wide = [prior for prior in priors if prior.width == decoder.width]
    order = (decoder.version, "")
    return min(
        wide,
        key=lambda prior: order.index(prior.version) if prior.version in order else len(order),
        default=None,
    )


def _name(root: Path, group: Group, groups: list[Group]) -> str:
    """Return the root's own name, with what tells a model from the others there.

    In the hub's cache it is that of the decoder's repository.
    """
    name, decoder = folder_name(root), group[1]
    repository = repository_name(root / decoder.place)
    if repository:
        return repository
    if len(groups) == 1:
        return name
    alike = [other for other in groups if other[1].version == decoder.version]
    width = f" {decoder.width}" if len(alike) > 1 else ""
    return f"{name} {decoder.version}{width}"


def _model(root: Path, tree: Tree, group: Group, name: str, address: Path) -> Model:
    """Return the model of a group of parts. Raises ModelProblem."""
    prior, decoder = group[:2]
    components = dict(_components(root, tree, group))
    unet = Config(components["unet"].folder / "config.json", tree[f"{decoder.place}/unet"])
    movq = Config(components["movq"].folder / "config.json", tree[f"{decoder.place}/movq"])
    levels, movq_levels = unet.levels("block_out_channels"), movq.levels("block_out_channels")
    factor, topology = 2 ** (len(movq_levels) - 1), (decoder.width, levels)
    multiple = factor * 2 ** (len(levels) - 1)
    native, largest = sides_of(topology, unet.side("sample_size", 64) * factor)
    check_sides(root / decoder.place, native, multiple)
    encoder, tokenizer = (tree[f"{prior.place}/{name}"] for name in ("text_encoder", "tokenizer"))
    text = Config(components["text_encoder"].folder / "config.json", encoder)
    return Model(
        name=name,
        root=address,
        family="kandinsky2",
        components=components,
        features=frozenset(_features(decoder, components)),
        native=native,
        largest=largest,
        multiple=multiple,
        factor=factor,
        width=decoder.width,
        channels={"unet": levels[0], "movq": movq_levels[0]},
        token_limit=token_limit(tokenizer, text),
        decoder_prompt_limit=DECODER_PROMPT_LIMIT if decoder.version == "2.1" else 0,
        train_timesteps=train_timesteps(
            components["scheduler"].folder, tree[f"{decoder.place}/scheduler"]
        ),
        problems=tuple(_half_blind(root, prior, components)),
        advice=_advice(root, name, prior, decoder),
        profile=_profile(name, topology, prior, decoder, native),
    )


def _profile(
    name: str, topology: Topology, prior: Part, decoder: Part, native: int
) -> ModelProfile:
    profile = profile_of(name, topology, decoder.version, native)
    if not prior.network or profile.title == name:
        return profile
    return replace(profile, title=_(ECLIPSE_TITLE).format(version=decoder.version))


def _components(root: Path, tree: Tree, group: Group) -> Iterator[tuple[str, Component]]:
    """Yield all that is loaded of a group of parts, by role. Raises ModelProblem."""
    prior, decoder, *others = group
    own = (*OF_DECODER, *(OF_DECODER_21 if decoder.version == "2.1" else ()))
    listed = [(prior.place, OF_PRIOR), (decoder.place, own)]
    for other in others:
        schedulers = (
            (f"{other.role} scheduler", "scheduler", "scheduler", False),
            (f"{other.role} ddpm scheduler", "scheduler", "ddpm_scheduler", False),
        )
        listed.append((other.place, ((other.role, "unet", "unet", True), *schedulers)))
    for home, rows in listed:
        for role, kind, folder, needed in rows:
            if prior.network and role in ("prior", "prior scheduler"):
                if role == "prior":
                    yield role, Component("eclipse_prior", root / prior.network)
            elif f"{home}/{folder}" in tree:
                yield role, Component(kind, root / home / folder)
            elif needed:
                raise ModelProblem(
                    _("{folder} lacks its folder {part}.").format(folder=root / home, part=folder)
                )


def _features(decoder: Part, components: dict[str, Component]) -> Iterator[str]:
    yield from ("embeddings", "inpainting", "whole pictures")
    if components["prior"].kind == "prior":
        yield from ("prior", "led pictures")
    if decoder.version == "2.1":
        yield from ("decoder prompt", "old noise")
    if "depth unet" in components:
        yield "depth"
    if "image_encoder" in components and "image_processor" in components:
        yield "pictures"


def _half_blind(root: Path, prior: Part, components: dict[str, Component]) -> Iterator[str]:
    """Say so where the image encoder is there and what prepares pictures for it is not.

    Words are painted all the same: the neutral negative takes the encoder alone.
    """
    if "image_encoder" in components and "image_processor" not in components:
        yield _(
            "{folder} lacks its folder image_processor: without it no picture is looked at."
        ).format(folder=root / prior.place)


def _advice(root: Path, name: str, prior: Part, decoder: Part) -> dict[str, str]:
    """Return, by role, what to say where an optional component is wanted and not there."""
    blind = N_(
        "{model} cannot look at pictures: its image {part} is not there. Copy the folder"
        " image_{part} into {folder}."
    )
    advice = {
        f"image_{part}": _(blind).format(model=name, part=part, folder=root / prior.place)
        for part in ("encoder", "processor")
    }
    if decoder.version == "2.2":
        advice["depth unet"] = _(
            "{model} cannot follow a depth map: its depth decoder is not in {folder}"
            " (kandinsky-2-2-controlnet-depth)."
        ).format(model=name, folder=root)
    return advice


# what is said of parts that make no model


def _by_itself(root: Path, tree: Tree) -> Iterator[str]:
    if tree.get(".", {}).get("additional_embeddings") == ECLIPSE_TOKENS:
        yield _(
            "{root} is an ECLIPSE prior by itself: put it beside the folders of Kandinsky 2.2, and"
            " name the folder around them."
        ).format(root=root)
    if _pipeline(tree, "."):
        yield _(
            "{root} is a part of Kandinsky 2 by itself: put its prior's and its decoder's folders"
            " side by side, and name the folder around them."
        ).format(root=root)


def _half(root: Path, parts: list[Part]) -> str:
    words = {"prior": "prior", "unet": "decoder", "inpaint unet": "inpaint", "depth unet": "depth"}
    there = [words[part.role] for part in parts]
    has = next((one for one in ("decoder", "prior") if one in there), min(there))
    lacks = "prior" if has == "decoder" else "decoder"
    return _("{root} has a {has} but no {lacks}: put the {lacks}'s folder beside it.").format(
        root=root, has=has, lacks=lacks
    )


def _unlike(root: Path, prior: Part, decoder: Part) -> str:
    return _(
        "{prior} and {decoder} do not belong together: their meanings have {one} and {other}"
        " numbers."
    ).format(
        prior=root / prior.place,
        decoder=root / decoder.place,
        one=prior.width,
        other=decoder.width,
    )


def _twice(root: Path, part: Part, other: Part) -> str:
    return _("{folder} is left out: {other} is {what} of the same kind.").format(
        folder=root / part.place, other=root / other.place, what=_(NAMES[part.role])
    )


def _alone(root: Path, part: Part) -> str:
    if part.role == "prior":
        sentence = N_(
            "{folder} is left out: it is {what} whose meanings have {width} numbers, and no"
            " decoder beside it goes with it."
        )
    else:
        sentence = N_(
            "{folder} is left out: it is {what} of Kandinsky {version} for meanings of {width}"
            " numbers, and nothing beside it goes with it."
        )
    return _(sentence).format(
        folder=root / part.place, what=_(NAMES[part.role]), version=part.version, width=part.width
    )
