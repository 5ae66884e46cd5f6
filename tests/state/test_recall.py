"""Other programs' settings: what we have too is taken over, all else is said."""

import time
from pathlib import Path

import pytest
from pytestqt.qtbot import QtBot

from kandinsky_desktop.domain.catalog import Size
from kandinsky_desktop.domain.conditioning import ImagePrompt
from kandinsky_desktop.domain.errors import Unreadable
from kandinsky_desktop.domain.image_formats import ExportOptions
from kandinsky_desktop.domain.task import Img2Img, TextToImage
from kandinsky_desktop.state.draft import DraftState
from kandinsky_desktop.state.library_details import read_details
from kandinsky_desktop.state.recall import apply_foreign, apply_size, how_it_was_made
from kandinsky_desktop.store import library_index
from kandinsky_desktop.store.exporting import export
from kandinsky_desktop.store.foreign_metadata import Words
from kandinsky_desktop.store.foreign_settings import Metadata, metadata_in
from tests.broken import broken, odd
from tests.library import indexed, picture, plain_png, record_of
from tests.trees import FULL, STARTER

A1111 = (
    "a yellow square\nNegative prompt: blurry\nSteps: 12, Sampler: DPM++ 2M Karras, CFG scale: 5.5,"
    " Seed: 4242, Size: 512x768, Model hash: abc, Model: my model, Denoising strength: 0.4,"
    " Clip skip: 2, Hires upscale: 2, ENSD: 31337, Face restoration: GFPGAN, Version: v1.10.1"
)


@pytest.fixture
def draft(qtbot: QtBot) -> DraftState:
    draft = DraftState()
    draft.use_model(FULL)
    return draft


def a1111() -> Metadata:
    found = metadata_in({"parameters": A1111})
    assert found is not None
    return found


def test_what_we_have_too_is_taken_over_and_the_rest_is_named(draft: DraftState) -> None:
    cat = Path("cat.png")
    draft.set(task=Img2Img(path=cat), image_conditioning=ImagePrompt(cat), prompt="a dog")
    before = draft.values
    with draft.one_step("Use again"):
        left = apply_foreign(draft, a1111())
    now, sampling = draft.values, draft.values.sampling
    assert (now.prompt, now.negative_prior, now.negative_decoder) == (
        ("a yellow square", "blurry", "blurry")
    )
    assert (now.task, now.image_conditioning) == (TextToImage(), None)
    assert (sampling.steps, sampling.seed, sampling.guidance) == (12, 4242, 5.5)
    assert sampling.scheduler == "DPMSolverMultistepScheduler"
    assert draft.size == Size(512, 768)
    assert not now.seed_locked
    assert sampling.prior_seed == before.sampling.prior_seed
    assert left == (
        "model my model", "karras noise levels", "strength 0.4",
        "Clip skip", "Hires upscale", "ENSD", "1 more",
    )  # fmt: skip
    draft.undo()
    assert draft.values == before


def test_all_but_the_seeds_leaves_the_seeds(draft: DraftState) -> None:
    draft.set_sampling(seed=77, prior_seed=78)
    apply_foreign(draft, a1111(), seeds=False)
    sampling = draft.values.sampling
    assert (sampling.seed, sampling.prior_seed, sampling.steps) == (77, 78, 12)


def test_what_is_beyond_our_limits_stays_as_it_was_and_is_said(draft: DraftState) -> None:
    draft.use_model(STARTER)  # its pictures are small
    before = draft.values.sampling
    left = apply_foreign(
        draft,
        Metadata(
            words=Words("a cat"),
            scheduler="DPM++ 2M SDE",
            seed=2**40,
            steps=5000,
            guidance=0.0,
            size=Size(1024, 512),
        ),
    )
    sampling = draft.values.sampling
    assert (sampling.seed, sampling.steps, sampling.guidance, sampling.scheduler) == (
        (before.seed, before.steps, before.guidance, before.scheduler)
    )
    assert left == (
        "scheduler DPM++ 2M SDE", f"size 1024 × 512 (here {draft.size})", "steps 5000",
        "guidance scale 0", "detail seed 1099511627776",
    )  # fmt: skip


def test_words_alone_change_no_setting_and_no_words_leave_the_prompt(draft: DraftState) -> None:
    before = draft.values.sampling
    assert apply_foreign(draft, Metadata(words=Words("a cat"))) == ()
    assert draft.values.sampling == before
    assert apply_foreign(draft, Metadata(seed=3)) == ()
    assert draft.values.prompt == "a cat"
    assert not apply_size(draft, Metadata(size=Size(1, 100_000)))
    assert not apply_size(draft, Metadata())


def test_what_is_written_in_a_file_is_one_short_line(draft: DraftState) -> None:
    hostile = Metadata(model="<b>x</b>\n" * 40, said=(("../../etc\npasswd" * 9, "1"),))
    left = apply_foreign(draft, hostile)
    assert all("\n" not in one and len(one) < 60 for one in left)


def test_a_picture_of_ours_in_another_format_gives_all_that_it_says(
    draft: DraftState, tmp_path: Path
) -> None:
    made = record_of(
        seed=5, prior_seed=6, steps=17, guidance=3.5, prior_steps=9, prior_guidance=2.5,
        scheduler="p_sampler", model=FULL.name,
    )  # fmt: skip
    path = tmp_path / "ours.jpg"
    export(picture(tmp_path / "in", made), path, ExportOptions(format="jpeg"))
    found = how_it_was_made(path)
    assert isinstance(found, Metadata)
    assert found.tool == "Kandinsky Desktop"
    draft.set_sampling(width=512)
    left = apply_foreign(draft, found)
    sampling, own = draft.values.sampling, made.request.sampling
    assert (sampling.seed, sampling.prior_seed) == (5, 6)
    assert (sampling.prior_steps, sampling.prior_guidance) == (9, 2.5)
    assert (sampling.steps, sampling.guidance) == (17, 3.5)
    assert sampling.scheduler == own.scheduler
    assert left == (f"size 16 × 16 (here {draft.size})",)  # of the file: less than is painted


def test_one_that_says_nothing_is_a_sentence(tmp_path: Path) -> None:
    path = tmp_path / "photo.png"
    path.write_bytes(plain_png())
    with pytest.raises(Unreadable, match="does not say how it was made"):
        how_it_was_made(path)
    path.write_bytes(plain_png(("parameters", A1111)))
    assert how_it_was_made(path) == a1111()


def test_whatever_a_file_is_the_panel_and_the_form_take_it(
    draft: DraftState, tmp_path: Path
) -> None:
    shelf, place = tmp_path / "pictures", tmp_path / "cache" / "index.db"
    shelf.mkdir()
    files = [(name, data) for name, data, _reason in broken()] + list(odd())
    for name, data in files:
        (shelf / name).write_bytes(data)
    index, _roots = indexed(place, shelf)
    ids = library_index.ids_of(index.base, [shelf / name for name, _data in files])
    assert len(ids) == len(files) >= 50
    kinds, sentences = set(), list[str]()
    for path, number in ids.items():
        began = time.thread_time()
        details = read_details(lambda: library_index.open_reader(place), number)
        assert details is not None
        assert all(fact.name and isinstance(fact.value, str) for fact in details.facts)
        assert bool(details.broken) is (path.name in {name for name, _data, _why in broken()})
        try:
            made = how_it_was_made(path)
        except Unreadable as error:
            sentences.append(str(error))
            made = None
        if isinstance(made, Metadata):
            with draft.one_step("Use again"):
                apply_foreign(draft, made)
        kinds.add(type(made))
        assert time.thread_time() - began < 2, path.name
    assert kinds == {type(None), Metadata}  # of ours is none: each record is odd
    assert [one for one in sentences if not one.endswith(".") or "char " in one] == []
    index.close()
