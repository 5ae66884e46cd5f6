"""Recognises Kandinsky 2.0 by its configs.

No diffusers folder of it was published: this is how `kandinsky models convert` lays one out.
Beside two text encoders, each with its tokenizer, lie the U-Net, the text conditioner that brings
both to its widths, the autoencoder and the scheduler; what fills holes has a U-Net and a
conditioner of its own, in the folder `inpaint`.
"""

from collections.abc import Iterator
from pathlib import Path

from kandinsky_desktop.domain.configs import Config, check_sides, token_limit, train_timesteps
from kandinsky_desktop.domain.errors import ModelProblem
from kandinsky_desktop.domain.families.kandinsky20.profile import profile_of
from kandinsky_desktop.domain.hub_names import folder_name
from kandinsky_desktop.domain.i18n import _
from kandinsky_desktop.domain.model import Component, Model, Survey, Tree

PIPELINE = "Kandinsky20Pipeline"  # what model_index.json says, though no library has such a class
CONDITIONER = "TextConditioner"
# All that is loaded: its role, which is its folder's name too, and its kind
PARTS = (
    ("text_encoder", "decoder_text_encoder"),
    ("tokenizer", "decoder_tokenizer"),
    ("text_encoder_2", "t5_encoder"),
    ("tokenizer_2", "t5_tokenizer"),
    ("conditioner", "conditioner"),
    ("unet", "unet"),
    ("vae", "vae"),
    ("scheduler", "scheduler"),
)
HOLES = "inpaint"  # the folder with the U-Net and the conditioner for holes
SCALE = 0.0512  # of its latents: the original's configs.py
TOKENS = 77  # of each of its two texts, marks included: the original's encode_text


def recognise(root: Path, tree: Tree) -> Model | None:
    """Return the model in a folder with these configs, or None.

    Raises ModelProblem if it is a part of one.
    """
    return survey(root, tree).first()


def survey(root: Path, tree: Tree) -> Survey:
    """Return the model of a folder with these configs, if it is one."""
    if not _is_one(tree):
        return Survey()
    parts = frozenset((*(name for name, _kind in PARTS), HOLES))
    try:
        return Survey((_model(root, tree),), (), parts)
    except ModelProblem as problem:
        return Survey((), (str(problem),), parts)


def _is_one(tree: Tree) -> bool:
    named = tree.get(".", {}).get("_class_name") == PIPELINE
    return named or tree.get("conditioner", {}).get("_class_name") == CONDITIONER


def _model(root: Path, tree: Tree) -> Model:
    """Return the model. Raises ModelProblem."""
    _check_whole(root, tree)
    configs = {name: Config(root / name / "config.json", tree[name]) for name, _kind in PARTS}
    unet, vae, conditioner = (configs[name] for name in ("unet", "vae", "conditioner"))
    _check_conditioner(root, conditioner, unet, configs["text_encoder"], configs["text_encoder_2"])
    levels, vae_levels = unet.levels("block_out_channels"), vae.levels("block_out_channels")
    factor = 2 ** (len(vae_levels) - 1)
    native, multiple = unet.side("sample_size", 64) * factor, factor * 2 ** (len(levels) - 1)
    check_sides(root, native, multiple)
    name = folder_name(root)
    return Model(
        name=name,
        root=root,
        family="kandinsky20",
        components=dict(_components(root, tree)),
        features=frozenset({"inpainting", "whole pictures"}),
        native=native,
        largest=native * 2,
        multiple=multiple,
        factor=factor,
        width=unet.number("cross_attention_dim"),
        scale=vae.share("scaling_factor", SCALE),
        channels={"unet": levels[0], "vae": vae_levels[0]},
        token_limit=min(TOKENS, token_limit(tree["tokenizer"], configs["text_encoder"])),
        train_timesteps=train_timesteps(root / "scheduler", tree["scheduler"]),
        profile=profile_of(name, levels, native),
    )


def _check_whole(root: Path, tree: Tree) -> None:
    for name, kind in PARTS:
        if name not in tree:
            raise ModelProblem(
                _("{folder} lacks its folder {part}.").format(folder=root, part=name)
            )
        if not tree[name] and not kind.endswith("tokenizer"):  # which do without a config
            raise ModelProblem(
                _("{folder} lacks its config, or has an empty one: copy it again.").format(
                    folder=root / name
                )
            )


def _check_conditioner(
    root: Path, conditioner: Config, unet: Config, first: Config, second: Config
) -> None:
    """Raise ModelProblem where the conditioner takes or gives other widths than those around it."""
    pairs = (
        ("text_width", first.number("transformerDimensions"), _("the text encoder")),
        ("pooled_width", first.number("numDims"), _("the text encoder")),
        ("second_width", second.number("d_model"), _("the second text encoder")),
        ("crossing", unet.number("cross_attention_dim"), _("the U-Net")),
        ("time_width", 4 * unet.levels("block_out_channels")[0], _("the U-Net")),
    )
    for key, there, what in pairs:
        if conditioner.number(key) != there:
            raise ModelProblem(
                _(
                    "The conditioner in {root} and {what} do not belong together: {key} is {one}"
                    " here, {other} there."
                ).format(root=root, what=what, key=key, one=conditioner.number(key), other=there)
            )


def _components(root: Path, tree: Tree) -> Iterator[tuple[str, Component]]:
    """Yield all that is loaded, by role."""
    for name, kind in PARTS:
        yield name, Component(kind, root / name)
    if f"{HOLES}/unet" in tree and f"{HOLES}/conditioner" in tree:
        yield "inpaint unet", Component("unet", root / HOLES / "unet")
        yield "inpaint unet conditioner", Component("conditioner", root / HOLES / "conditioner")
