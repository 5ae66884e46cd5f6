"""Recognises Stable Diffusion 1 and 2 by their configs, and names relatives that are not known."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from kandinsky_desktop.domain.configs import Config, check_sides, token_limit, train_timesteps
from kandinsky_desktop.domain.errors import ForeignModel, ModelProblem
from kandinsky_desktop.domain.families.stable_diffusion.profile import profile_of
from kandinsky_desktop.domain.hub_names import folder_name
from kandinsky_desktop.domain.i18n import _
from kandinsky_desktop.domain.model import Component, Model, Survey, Tree

# All that is loaded: its role, which is its folder's name too, and its kind
PARTS = (
    ("text_encoder", "clip_text_encoder"),
    ("tokenizer", "tokenizer"),
    ("unet", "unet"),
    ("vae", "vae"),
    ("scheduler", "scheduler"),
)
PREDICTIONS = ("epsilon", "v_prediction")
SCALE = 0.18215  # AutoencoderKL's own, where its config says none
# Keys of the U-Net's config that all are null in a plain one: what is set takes more than a text
PLAIN = (
    "addition_embed_type",
    "encoder_hid_dim_type",
    "class_embed_type",
    "num_class_embeds",
    "time_cond_proj_dim",
)


def recognise(root: Path, tree: Tree) -> Model | None:
    """Return the model in a folder with these configs, or None.

    Raises ModelProblem if it is a part of one, or a relative that is not known.
    """
    return survey(root, tree).first()


def survey(root: Path, tree: Tree) -> Survey:
    """Return the model of a folder with these configs, if it is one."""
    if not _is_one(tree):
        return Survey()
    parts = frozenset(name for name, _kind in PARTS)
    try:
        return Survey((_model(root, tree),), (), parts)
    except ForeignModel as problem:
        return Survey((), (str(problem),), parts, str(problem))
    except ModelProblem as problem:
        return Survey((), (str(problem),), parts)


def _is_one(tree: Tree) -> bool:
    """Whether it is of the kind, by its pipeline or by its two networks."""
    pipeline = tree.get(".", {}).get("_class_name")
    named = isinstance(pipeline, str) and pipeline.startswith("StableDiffusion")
    kinds = [_class(tree, name) for name in ("unet", "vae")]
    alike = kinds == ["UNet2DConditionModel", "AutoencoderKL"] and "conditioner" not in tree
    return alike or (named and "transformer" not in tree)  # Kandinsky 2.0 has a conditioner


def _model(root: Path, tree: Tree) -> Model:
    """Return the model. Raises ModelProblem."""
    _check_whole(root, tree)
    other = _other_kind(tree)
    if other:
        raise ForeignModel(
            _("{root} is {what}, which is not known here: Stable Diffusion 1 and 2 are.").format(
                root=root, what=other
            )
        )
    configs = {name: Config(root / name / "config.json", tree[name]) for name, _kind in PARTS}
    unet, vae, text = (configs[name] for name in ("unet", "vae", "text_encoder"))
    width, hidden = unet.number("cross_attention_dim"), text.number("hidden_size")
    if width != hidden:
        raise ModelProblem(
            _(
                "The text encoder and the U-Net in {root} do not belong together: one gives {one}"
                " numbers a token, the other takes {other}."
            ).format(root=root, one=hidden, other=width)
        )
    levels, vae_levels = unet.levels("block_out_channels"), vae.levels("block_out_channels")
    factor = 2 ** (len(vae_levels) - 1)
    native, multiple = unet.side("sample_size", 64) * factor, factor * 2 ** (len(levels) - 1)
    check_sides(root, native, multiple)
    name = folder_name(root)
    inpaints = unet.number("in_channels") == 9
    return Model(
        name=name,
        root=root,
        family="stable_diffusion",
        components=dict(_components(root, inpaints=inpaints)),
        features=frozenset({"inpainting"} if inpaints else {"inpainting", "whole pictures"}),
        native=native,
        largest=native * 2,
        multiple=multiple,
        factor=factor,
        width=width,
        scale=vae.share("scaling_factor", SCALE),
        channels={"unet": levels[0], "vae": vae_levels[0]},
        token_limit=token_limit(tree["tokenizer"], text),
        train_timesteps=train_timesteps(root / "scheduler", tree["scheduler"]),
        profile=profile_of(name, width, levels, native, inpaints=inpaints),
    )


def _check_whole(root: Path, tree: Tree) -> None:
    for name, _kind in PARTS:
        if name not in tree:
            raise ModelProblem(
                _("{folder} lacks its folder {part}.").format(folder=root, part=name)
            )
        if not tree[name] and name != "tokenizer":  # which does without a config
            raise ModelProblem(
                _("{folder} lacks its config, or has an empty one: copy it again.").format(
                    folder=root / name
                )
            )


def _other_kind(tree: Tree) -> str:
    """Return what a relative is that cannot be painted with; empty if it is plain."""
    unet, scheduler = tree["unet"], tree["scheduler"]
    if unet.get("addition_embed_type") == "text_time" or "text_encoder_2" in tree:
        return _("a Stable Diffusion XL")
    unknown = next((key for key in PLAIN if unet.get(key) is not None), "")
    if unknown:
        return _("a relative of Stable Diffusion with {key} = {value} in its U-Net").format(
            key=unknown, value=_short(unet[unknown])
        )
    if unet.get("in_channels") not in (4, 9) or unet.get("out_channels") != 4:
        return _("a relative of Stable Diffusion whose U-Net takes {taken} channels").format(
            taken=_short(unet.get("in_channels"))
        )
    if _class(tree, "vae") != "AutoencoderKL" or tree["vae"].get("latent_channels", 4) != 4:
        return _("a relative of Stable Diffusion with another autoencoder")
    if tree["text_encoder"].get("architectures") != ["CLIPTextModel"]:
        return _("a relative of Stable Diffusion with another text encoder")
    prediction = scheduler.get("prediction_type", "epsilon")
    if prediction not in PREDICTIONS or _class(tree, "scheduler").startswith("Flow"):
        return _("a relative of Stable Diffusion that predicts {what}").format(
            what=_short(prediction)
        )
    return ""


def _components(root: Path, *, inpaints: bool) -> Iterator[tuple[str, Component]]:
    """Yield all that is loaded, by role; a U-Net with nine channels has the role for holes too."""
    for name, kind in PARTS:
        yield name, Component(kind, root / name)
    if inpaints:
        yield "inpaint unet", Component("unet", root / "unet")


def _class(tree: Tree, name: str) -> str:
    kind = tree.get(name, {}).get("_class_name")
    return kind if isinstance(kind, str) else ""


def _short(value: Any) -> str:
    return repr(value)[:40]
