"""Model folders: recognised by their configs, and told in a sentence what is amiss."""

import json
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from kandinsky_desktop.domain.errors import ModelProblem
from kandinsky_desktop.store import fingerprints
from kandinsky_desktop.store.weights import check_weights, facts_of, find_models
from tests.engine import tiny

UNET = Path("decoder/unet/diffusion_pytorch_model.safetensors")


@pytest.fixture
def model(starter: Path, tmp_path: Path) -> Path:
    """A copy of the starter, to be broken."""
    return shutil.copytree(starter, tmp_path / "models" / "mine")


def problem(root: Path) -> str:
    with pytest.raises(ModelProblem) as found:
        facts_of(root)
    return str(found.value)


def test_the_starter_is_whole(starter: Path) -> None:
    facts = facts_of(starter)
    assert facts is not None
    assert facts.name == "starter"
    assert (facts.embedding_dim, facts.movq_factor, facts.multiple) == (192, 4, 32)
    assert (facts.token_limit, facts.sample_size) == (32, 32)
    assert facts.looks_at_pictures
    assert facts.zero_embedding
    assert facts.size_bytes == sum(
        file.stat().st_size
        for folder in ("prior", "decoder")
        for file in (starter / folder).glob("*/*.safetensors")
    )


def test_folders_may_have_any_names(model: Path) -> None:
    (model / "prior").rename(model / "kandinsky-2-2-prior")
    (model / "decoder").rename(model / "zeichner")
    facts = facts_of(model)
    assert facts is not None
    assert (facts.prior.name, facts.decoder.name) == ("kandinsky-2-2-prior", "zeichner")


def test_a_model_has_a_name_however_its_folder_is_said(
    model: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(model / "prior")
    for said in ("..", "../.", str(model)):
        facts = facts_of(Path(said))
        assert facts is not None
        assert facts.name == "mine"


def test_an_inpainting_decoder_is_not_taken_for_one(model: Path) -> None:
    shutil.rmtree(model / "decoder")
    assert "has a prior but no decoder" in problem(model)


@pytest.mark.parametrize("folder", ["empty", "photos"])
def test_other_folders_are_no_models_and_no_problem(tmp_path: Path, folder: str) -> None:
    (tmp_path / "empty").mkdir()
    (tmp_path / "photos" / "2026").mkdir(parents=True)
    (tmp_path / "photos" / "cat.png").touch()
    assert facts_of(tmp_path / folder) is None


@pytest.mark.parametrize("part", ["unet", "movq", "scheduler"])
def test_a_missing_part_is_named(model: Path, part: str) -> None:
    shutil.rmtree(model / "decoder" / part)
    assert ("no decoder" if part == "unet" else f"lacks its folder {part}") in problem(model)


def test_a_copy_that_broke_off_is_found(model: Path) -> None:
    whole = (model / UNET).read_bytes()
    (model / UNET).write_bytes(whole[:-1])
    assert f"breaks off after {len(whole) - 1} of {len(whole)} bytes" in problem(model)


def test_what_was_whole_and_is_damaged_later_is_found(model: Path) -> None:
    assert facts_of(model) is not None
    (model / UNET).write_bytes((model / UNET).read_bytes()[:-1])
    assert "breaks off" in problem(model)


@pytest.mark.parametrize("content", [b"", b"\0" * 100, b"\xff" * 100, b"\2\0\0\0\0\0\0\0[]"])
def test_what_is_no_safetensors_is_found(model: Path, content: bytes) -> None:
    (model / UNET).write_bytes(content)
    assert "no safetensors file" in problem(model)


def test_a_pickle_is_never_read(model: Path) -> None:
    (model / UNET).rename((model / UNET).with_suffix(".bin"))
    said = problem(model)
    assert "is a pickle" in said
    assert ".safetensors file of the same name" in said


@pytest.mark.parametrize("kind", ["inpaint", "depth"])
def test_a_decoder_that_cannot_be_read_takes_nothing_else_away(tmp_path: Path, kind: str) -> None:
    root = tiny.write(tmp_path / "whole", tiny.WHOLE_22)
    before = facts_of(root)
    assert before is not None
    assert (before.inpaint, before.depth, before.problems) == (
        root / "inpaint",
        root / "depth",
        (),
    )
    weights = root / kind / "unet" / UNET.name
    weights.rename(weights.with_suffix(".bin"))  # as that for depth lies on the hub
    facts = facts_of(root)
    assert facts is not None
    assert getattr(facts, kind) is None
    assert facts.size_bytes == before.size_bytes
    (said,) = facts.problems
    assert f"{weights.with_suffix('.bin')} is a pickle" in said


def test_what_only_21_reads_is_among_its_facts(tmp_path: Path, starter: Path) -> None:
    old, new = facts_of(tiny.write(tmp_path / "old", tiny.WHOLE_21)), facts_of(starter)
    assert old is not None
    assert new is not None
    assert (old.version, old.anchor_limit) == ("2.1", 77)
    assert (new.version, new.anchor_limit) == ("2.2", 0)


def test_an_encoder_of_pictures_without_its_processor_is_told(model: Path) -> None:
    shutil.rmtree(model / "prior" / "image_processor")
    facts = facts_of(model)
    assert facts is not None
    assert facts.image_encoder  # a neutral negative takes no more
    assert not facts.looks_at_pictures
    (said,) = facts.problems
    assert f"{model / 'prior'} lacks its folder image_processor" in said
    shutil.rmtree(model / "prior" / "image_encoder")  # taken away: nothing is amiss
    facts = facts_of(model)
    assert facts is not None
    assert facts.problems == ()


def test_no_weights_at_all_are_told(model: Path) -> None:
    (model / UNET).unlink()
    assert "has no .safetensors weights" in problem(model)


def test_a_prior_and_a_decoder_must_belong_together(model: Path) -> None:
    config = model / "prior" / "prior" / "config.json"
    config.write_text(config.read_text().replace('"embedding_dim": 192', '"embedding_dim": 768'))
    assert "do not belong together: their meanings have 768 and 192 numbers" in problem(model)


@pytest.mark.parametrize("content", ["{}", '{"embedding_dim": "many"}', "{", "[]"])
def test_a_config_that_says_nothing_is_told(model: Path, content: str) -> None:
    config = model / "decoder" / "movq" / "config.json"
    config.write_text(content)
    assert "configs" in problem(model)


def test_every_shard_of_an_index_must_be_there(model: Path) -> None:
    file = model / UNET
    index = file.with_name("diffusion_pytorch_model.safetensors.index.json")
    names = [f"diffusion_pytorch_model-0000{n}-of-00002.safetensors" for n in (1, 2)]
    index.write_text(json.dumps({"weight_map": {"a": names[0], "b": names[1]}}))
    shutil.copy(file, file.with_name(names[0]))
    file.rename(file.with_name(names[1]))
    assert check_weights(file.parent) == 2 * file.with_name(names[0]).stat().st_size
    file.with_name(names[1]).unlink()
    assert f"lacks {names[1]}, a part of its weights" in problem(model)
    index.write_text("{}")
    assert "names no weights" in problem(model)


def test_models_are_found_in_order_and_problems_beside_them(
    model: Path, starter: Path, tmp_path: Path
) -> None:
    broken = shutil.copytree(starter, model.parent / "broken")
    (broken / UNET).unlink()
    (model.parent / ".hidden").mkdir()
    (model.parent / "a file").touch()
    found = find_models((tmp_path / "nowhere", model.parent, starter.parent))
    assert [facts.name for facts in found.models] == ["mine", "starter"]
    missing, said = found.problems
    assert str(tmp_path / "nowhere") in missing
    assert str(broken) in said
    assert found.named("").name == "mine"
    assert found.named("starter").root == starter
    with pytest.raises(ModelProblem, match="There are: mine, starter") as refused:
        found.named("broken")
    assert said in str(refused.value)


def test_folders_that_must_not_be_read_are_left_out(
    model: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    lost, closed = model.parent / "lost+found", tmp_path / "closed"
    lost.mkdir()
    closed.mkdir()
    look = Path.iterdir

    def refuse(folder: Path) -> Iterator[Path]:  # root, who runs tests, may read everything
        if folder in (lost, closed):
            raise PermissionError(13, "Permission denied")
        return look(folder)

    monkeypatch.setattr(Path, "iterdir", refuse)
    found = find_models((closed, model.parent))
    assert [facts.name for facts in found.models] == ["mine"]
    assert found.problems == (f"{closed} cannot be looked through: Permission denied.",)


def test_a_link_to_nowhere_is_told(model: Path) -> None:
    (model / UNET).unlink()
    (model / UNET).symlink_to("nowhere")
    assert "no safetensors file" in problem(model)


def test_a_model_itself_may_be_named_as_the_folder(model: Path) -> None:
    assert [facts.root for facts in find_models((model,)).models] == [model]


def test_the_first_of_a_name_counts(model: Path, starter: Path) -> None:
    mine = model.rename(model.with_name("starter"))
    (facts,) = find_models((mine.parent, starter.parent)).models
    assert facts.root == mine


def test_with_no_model_there_is_a_sentence(tmp_path: Path) -> None:
    with pytest.raises(ModelProblem, match="No model was found"):
        find_models((tmp_path,)).named("")


def test_a_fingerprint_is_of_the_content_alone(model: Path, starter: Path) -> None:
    mine, its = facts_of(model), facts_of(starter)
    assert mine is not None
    assert its is not None
    assert fingerprints.of_model(mine) == fingerprints.of_model(its)
    for part in ("decoder/scheduler/scheduler_config.json", "prior/tokenizer/tokenizer.json"):
        before = fingerprints.of_model(mine)
        with (model / part).open("a") as file:
            file.write("\n")
        assert fingerprints.of_model(mine) != before


def test_a_large_file_is_known_by_parts_of_it(tmp_path: Path) -> None:
    file = tmp_path / "large"
    with file.open("wb") as stream:
        stream.truncate(2 * fingerprints.SMALL)
    before = fingerprints.of_file(file)
    with file.open("r+b") as stream:  # other values over a thousandth of it
        stream.seek(fingerprints.SMALL)
        stream.write(b"\1" * 150_000 * 2)
    assert fingerprints.of_file(file) != before


def test_a_fingerprint_is_of_the_decoder_that_paints(tmp_path: Path) -> None:
    root = tiny.write(tmp_path / "whole", tiny.WHOLE_21)
    facts = facts_of(root)
    assert facts is not None
    plain, holed = (fingerprints.of_model(facts, kind) for kind in ("decoder", "inpaint"))
    assert plain != holed
    for part in ("text_encoder/config.json", "ddpm_scheduler/scheduler_config.json"):
        before = fingerprints.of_model(facts)
        with (root / "decoder" / part).open("a") as file:
            file.write("\n")
        assert fingerprints.of_model(facts) != before
    before = fingerprints.of_model(facts)
    with (root / "inpaint/unet/config.json").open("a") as file:
        file.write("\n")
    assert fingerprints.of_model(facts) == before
    assert fingerprints.of_model(facts, "inpaint") != holed
