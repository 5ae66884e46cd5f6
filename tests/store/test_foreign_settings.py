"""Settings in other programs' pictures: which program, and all that it says."""

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from kandinsky_desktop.domain.catalog import Size
from kandinsky_desktop.store.foreign_metadata import Words
from kandinsky_desktop.store.foreign_settings import Metadata, metadata_in, metadata_of
from tests.library import plain_png

A1111 = (
    "a yellow square\nNegative prompt: blurry\nSteps: 12, Sampler: DPM++ 2M Karras, CFG scale: 5.5,"
    ' Seed: 4242, Size: 512x768, Model hash: abc, Model: "my, model", Denoising strength: 0.4,'
    ' Lora hashes: "one: 1, two: 2", Version: {version}'
)
INVOKE = {
    "positive_prompt": "a yellow square",
    "negative_prompt": "blurry",
    "steps": 12,
    "cfg_scale": 5.5,
    "scheduler": "euler_a",
    "seed": 4242,
    "width": 512,
    "height": 768,
    "model": {"name": "any", "hash": "1"},
}
OLD_INVOKE = {
    "model_weights": "any",
    "image": {
        "prompt": [{"prompt": "a yellow square", "weight": 1.0}],
        "steps": 12,
        "cfg_scale": 5.5,
        "sampler": "k_euler_a",
        "seed": 4242,
        "width": 512,
        "height": 768,
    },
}
NOVEL = {"steps": 12, "scale": 5.5, "sampler": "k_euler_ancestral", "seed": 4242, "uc": "blurry",
         "height": 768, "width": 512, "prompt": "a yellow square"}  # fmt: skip
FOOOCUS = {
    "adm_guidance": "(1.5, 0.8, 0.3)",
    "base_model": "any",
    "guidance_scale": 5.5,
    "negative_prompt": "blurry",
    "prompt": "a yellow square",
    "resolution": "(512, 768)",
    "sampler": "euler",
    "seed": "4242",
    "steps": 12,
}
SWARM = {
    "sui_image_params": {
        "prompt": "a yellow square",
        "negativeprompt": "blurry",
        "model": "any",
        "seed": 4242,
        "steps": 12,
        "cfgscale": 5.5,
        "width": 512,
        "height": 768,
        "sampler": "ddim",
    },
    "sui_extra_data": {"date": "2026-11-23"},
}
COMFY = {
    "3": {
        "class_type": "KSampler",
        "inputs": {"model": ["4", 0], "positive": ["6", 0], "negative": ["7", 0], "seed": 4242,
                   "steps": 12, "cfg": 5.5, "sampler_name": "uni_pc", "denoise": 1,
                   "latent_image": ["5", 0]},
    },
    "4": {"class_type": "CheckpointLoaderSimple", "inputs": {"ckpt_name": "any"}},
    "5": {"class_type": "EmptyLatentImage", "inputs": {"width": 512, "height": 768}},
    "6": {"class_type": "CLIPTextEncode", "inputs": {"text": "a yellow square", "clip": ["4", 1]}},
    "7": {"class_type": "CLIPTextEncode", "inputs": {"text": "blurry", "clip": ["4", 1]}},
}  # fmt: skip
WORDS = Words("a yellow square", "blurry")


@pytest.mark.parametrize(
    ("texts", "tool", "model", "ours", "words"),
    [
        ({"parameters": A1111.format(version="v1.10.1")}, "A1111", "my, model",
         "DPMSolverMultistepScheduler", WORDS),
        ({"parameters": A1111.format(version="f2.0.1v1.10")}, "Forge", "my, model",
         "DPMSolverMultistepScheduler", WORDS),
        ({"parameters": A1111.format(version="1, App: SD.Next")}, "SD.Next", "my, model",
         "DPMSolverMultistepScheduler", WORDS),
        ({"invokeai_metadata": INVOKE}, "InvokeAI", "any", "EulerAncestralDiscreteScheduler",
         WORDS),
        ({"Dream": '"a yellow square [blurry]" -s12 -S4242 -W512 -H 768 -C5.5 -A k_euler_a'},
         "InvokeAI", "", "EulerAncestralDiscreteScheduler", WORDS),
        ({"parameters": A1111.format(version="Fooocus v2.5.5")}, "Fooocus", "my, model",
         "DPMSolverMultistepScheduler", WORDS),
        ({"sd-metadata": OLD_INVOKE}, "InvokeAI", "any", "EulerAncestralDiscreteScheduler",
         Words("a yellow square")),
        ({"Software": "NovelAI", "Source": "any", "Description": "a yellow square",
          "Comment": NOVEL}, "NovelAI", "any", "EulerAncestralDiscreteScheduler", WORDS),
        ({"fooocus_scheme": "fooocus", "parameters": FOOOCUS}, "Fooocus", "any",
         "EulerDiscreteScheduler", WORDS),
        ({"parameters": SWARM}, "SwarmUI", "any", "DDIMScheduler", WORDS),
        ({"prompt": COMFY, "workflow": {"nodes": [], "links": []}}, "ComfyUI", "any",
         "UniPCMultistepScheduler", WORDS),
    ],
)  # fmt: skip
def test_settings_are_read_in_full(
    texts: dict[str, Any], tool: str, model: str, ours: str, words: Words
) -> None:
    said = {key: one if isinstance(one, str) else json.dumps(one) for key, one in texts.items()}
    found = metadata_in(said)
    assert found is not None
    assert (found.tool, found.model, found.words) == (tool, model, words)
    assert (found.steps, found.seed, found.guidance) == (12, 4242, 5.5)
    assert found.size == Size(512, 768)
    assert found.our_scheduler == ours
    assert all("yellow" not in value for _name, value in found.said)
    assert found.said


def test_all_that_is_said_stands_there_as_it_is() -> None:
    found = metadata_in({"parameters": A1111.format(version="v1.10.1")})
    assert found is not None
    assert ("Lora hashes", "one: 1, two: 2") in found.said
    assert ("Sampler", "DPM++ 2M Karras") in found.said
    assert found.strength == 0.4


def test_a_value_in_quotes_may_hold_quotes_and_names_of_settings() -> None:
    hires = 'a "red" cat, Seed: 5, Steps: 9\nC:\\cats'
    line = (
        f'Steps: 12, Hires prompt: {json.dumps(hires)}, Seed: 4242, Note: "a \\x b", CFG scale: 7'
    )
    found = metadata_in({"parameters": f"a yellow square\n{line}"})
    assert found is not None
    assert (found.steps, found.seed, found.guidance) == (12, 4242, 7)
    assert dict(found.said)["Hires prompt"] == hires
    assert dict(found.said)["Note"] == "a \\x b"


def test_words_alone_are_known_too_and_a_plain_picture_says_nothing() -> None:
    found = metadata_in({"prompt": "a cat", "negative_prompt": "a dog"})
    assert found == Metadata(words=Words("a cat", "a dog"))
    assert metadata_in({"Software": "GIMP"}) is None


@pytest.mark.parametrize("ending", [".jpg", ".webp"])
def test_settings_in_exif(ending: str, tmp_path: Path) -> None:
    path = tmp_path / f"picture{ending}"
    exif = Image.Exif()
    exif.get_ifd(0x8769)[0x9286] = b"UNICODE\0" + A1111.format(version="v1").encode("utf-16-be")
    Image.new("RGB", (8, 8)).save(path, exif=exif)
    found = metadata_of(path)
    assert found is not None
    assert (found.tool, found.seed, found.words) == ("A1111", 4242, WORDS)


def test_settings_in_a_png_on_the_disk(tmp_path: Path) -> None:
    path = tmp_path / "picture.png"
    path.write_bytes(plain_png(("parameters", A1111.format(version="v1"))))
    found = metadata_of(path)
    assert found is not None
    assert found.seed == 4242
    assert metadata_of(tmp_path / "gone.png") is None


@pytest.mark.parametrize(
    ("said", "ours", "spacing"),
    [
        ("Euler a", "EulerAncestralDiscreteScheduler", ""),
        ("k_euler_ancestral", "EulerAncestralDiscreteScheduler", ""),
        ("DPM++ 2M Karras", "DPMSolverMultistepScheduler", "karras"),
        ("dpmpp_2m_k", "DPMSolverMultistepScheduler", "karras"),
        ("DPM++ 2S", "DPMSolverSinglestepScheduler", ""),
        ("kdpm_2_a_k", "KDPM2AncestralDiscreteScheduler", "karras"),
        ("Original p_sampler", "p_sampler", ""),
        ("KDPM2 a", "KDPM2AncestralDiscreteScheduler", ""),
        ("DPM++ 2M SDE", "", ""),  # another one, whose name has a part alike
        ("DPM++ 2S a", "", ""),
        ("euler_cfg_pp", "", ""),
        ("heunpp2", "", ""),
        ("DPM++ 3M SDE Exponential", "", "exponential"),
        ("", "", ""),
    ],
)
def test_only_the_same_scheduler_is_the_same(said: str, ours: str, spacing: str) -> None:
    found = metadata_in({"parameters": f"a cat\nSteps: 1, Sampler: {said}"})
    assert found is not None
    assert (found.our_scheduler, found.spacing) == (ours, spacing)


def test_how_noise_levels_are_spaced_may_stand_apart() -> None:
    found = metadata_in({"parameters": "a\nSteps: 1, Sampler: DPM++ 2M, Schedule type: Karras"})
    assert found is not None
    assert (found.our_scheduler, found.spacing) == ("DPMSolverMultistepScheduler", "karras")
    usual = {**INVOKE, "scheduler": "euler"}
    for plain, spacing in ((usual, ""), (usual | {"noise_schedule": "native"}, "")):
        found = metadata_in({"invokeai_metadata": json.dumps(plain)})
        assert found is not None
        assert found.spacing == spacing


def test_what_is_in_no_field_is_told_apart_from_notes_on_the_file() -> None:
    found = metadata_in({"parameters": A1111.format(version="v1.10.1")})
    assert found is not None
    assert [name for name, _value in found.rest] == ["Model hash", "Lora hashes", "Version"]
    assert found.unknown == (("Lora hashes", "one: 1, two: 2"),)


VALUES = st.recursive(
    st.one_of(st.none(), st.booleans(), st.integers(), st.floats(), st.text(max_size=8)),
    lambda inner: st.one_of(
        st.lists(inner, max_size=4),
        st.dictionaries(
            st.sampled_from(
                ["seed", "steps", "size", "resolution", "model", "image", "params", "prompt",
                 "sui_image_params", "class_type", "inputs", "nodes", "links", "cfg", "sampler"]
            ),
            inner,
            max_size=6,
        ),
    ),
    max_leaves=20,
)  # fmt: skip


@settings(max_examples=100, deadline=None)
@given(plain=VALUES, key=st.sampled_from(["parameters", "prompt", "invokeai_metadata", "Comment"]))
def test_no_object_breaks_it(plain: object, key: str) -> None:
    metadata_in({key: json.dumps(plain)})


@settings(max_examples=100, deadline=None)
@given(text=st.text(max_size=80))
def test_no_line_breaks_it(text: str) -> None:
    metadata_in({"parameters": f"a\nSteps: 1, {text}"})


def test_hostile_lines_take_no_time() -> None:
    for text in (
        "Steps: 1, " + 'a: "' * 100_000,
        "Steps: 1" + ",a:" * 100_000,
        "Steps: 1, " + "\\" * 200_000,
    ):
        metadata_in({"parameters": text})
    metadata_in({"Dream": '"a" ' + " -s1" * 100_000})
    metadata_in({"Dream": " -s" * 200_000 + '"'})
    deep = "[" * 5_000
    metadata_in({"parameters": deep, "prompt": '{"prompt":' * 900 + "1" + "}" * 900})
    metadata_in({"parameters": json.dumps({"seed": 10**4000, "steps": 1e308})})
