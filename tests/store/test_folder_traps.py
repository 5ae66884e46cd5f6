"""Folders of models as people have them: what lies beside and instead of files is named for it."""

import json
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from kandinsky_desktop.domain.model import Model
from kandinsky_desktop.store import fingerprints
from kandinsky_desktop.store.models import find_models, read_models
from tests.engine import tiny

UNET = Path("decoder/unet/diffusion_pytorch_model.safetensors")
POINTER = "version https://git-lfs.github.com/spec/v1\noid sha256:0\nsize 5011000000\n"


@pytest.fixture(scope="module")
def as_on_the_hub(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Kandinsky 2.1 with the files of the hub: legacy tokenizers, and `position_ids`."""
    return tiny.write(tmp_path_factory.mktemp("hub") / "model", tiny.WHOLE_21)


@pytest.fixture
def root(as_on_the_hub: Path, tmp_path: Path) -> Path:
    return shutil.copytree(as_on_the_hub, tmp_path / "models" / "mine")


def whole(root: Path) -> Model:
    found = read_models(root)
    assert not found.problems
    (model,) = found.models
    return model


def said(root: Path) -> str:
    found = read_models(root)
    assert not found.models
    (sentence,) = found.problems
    return sentence


def test_what_lies_beside_the_files_changes_nothing(root: Path) -> None:
    before = whole(root)
    prints = [fingerprints.of_folder(one.folder) for one in before.components.values()]
    for folder in [root, *(path for path in root.rglob("*") if path.is_dir())]:
        for file in [path for path in folder.iterdir() if path.is_file()]:
            (folder / f"._{file.name}").write_bytes(b"\0\5\26\7" + b"Mac OS X" * 20)
        (folder / ".DS_Store").touch()
        (folder / ".gitattributes").write_text("*.safetensors filter=lfs")
        (folder / "README.md").write_text("---\nlicense: apache-2.0\n---\n")
    for weights in root.rglob("[!.]*.safetensors"):
        weights.with_suffix(".bin").write_bytes(b"a twin that nobody reads")
        weights.with_name(f"{weights.name}.part").touch()
        weights.with_name(f"{weights.stem} (1).safetensors").write_bytes(b"broken off")
    index = root / "decoder" / "model_index.json"
    about = json.loads(index.read_text("utf-8")) | {
        "image_processor": ["", "CLIPImageProcessorPil"]
    }
    index.write_text(json.dumps(about), "utf-8")
    assert whole(root) == before
    assert [fingerprints.of_folder(one.folder) for one in before.components.values()] == prints


def only_beside(file: Path) -> None:
    file.rename(file.with_name(f"._{file.name}"))


def only_begun(file: Path) -> None:
    file.rename(file.with_name(f"{file.name}.crdownload"))


def a_pickle(file: Path) -> None:
    file.rename(file.with_suffix(".bin"))


def a_pointer(file: Path) -> None:
    file.write_text(POINTER)


def broken_off(file: Path) -> None:
    file.write_bytes(file.read_bytes()[:-7])


def too_long_a_header(file: Path) -> None:
    data = bytearray(file.read_bytes())
    data[:8] = (len(data) * 2).to_bytes(8, "little")
    file.write_bytes(data)


def a_header_of_terabytes(file: Path) -> None:
    file.write_bytes(b"\xff" * 8 + file.read_bytes()[8:])


@pytest.mark.parametrize(
    ("spoil", "words"),
    [
        (only_beside, "{folder} has no .safetensors weights."),
        (only_begun, "{file}.crdownload is a download that broke off: download it again."),
        (a_pickle, "{folder}/{stem}.bin is a pickle, which could run foreign code when read;"),
        (a_pointer, "{file} only stands for the file itself (Git LFS): fetch that with `git lfs"),
        (broken_off, "{file} breaks off after"),
        (too_long_a_header, "{file} is no safetensors file, or its beginning is damaged"),
        (a_header_of_terabytes, "{file} is no safetensors file, or its beginning is damaged"),
    ],
)
def test_what_lies_where_weights_should_be_is_named(
    root: Path, spoil: Callable[[Path], None], words: str
) -> None:
    file = root / UNET
    spoil(file)
    names = sorted(root.rglob("*"))
    assert said(root).startswith(words.format(file=file, folder=file.parent, stem=file.stem))
    assert sorted(root.rglob("*")) == names


def test_pointers_for_small_files_are_named_too(root: Path) -> None:
    for place in ("decoder/tokenizer/tokenizer.json", "decoder/movq/config.json"):
        before = (root / place).read_bytes()
        a_pointer(root / place)
        assert said(root).startswith(f"{root / place} only stands for the file itself (Git LFS)")
        (root / place).write_bytes(before)
    whole(root)


def test_a_tokenizer_that_names_no_limit_has_that_of_its_encoder(root: Path) -> None:
    config = root / "prior" / "tokenizer" / "tokenizer_config.json"
    for limit in (None, 1e30, 10**30):
        about = json.loads(config.read_text("utf-8"))
        about.pop("model_max_length", None)
        if limit is not None:
            about["model_max_length"] = limit
        config.write_text(json.dumps(about), "utf-8")
        assert whole(root).token_limit == 77


def test_a_tokenizer_of_sentencepiece_alone_is_told(root: Path) -> None:
    tokenizer = root / "decoder" / "tokenizer"
    (tokenizer / "tokenizer.json").rename(tokenizer / "sentencepiece.bpe.model")
    assert said(root) == f"{tokenizer} lacks tokenizer.json: copy it too."


@pytest.mark.parametrize("first", [True, False])
def test_of_two_downloads_the_whole_one_is_used(root: Path, *, first: bool) -> None:
    again = shutil.copytree(root / "decoder", root / "decoder (1)")
    torn = root / "decoder" if first else again
    broken_off(torn / "unet" / UNET.name)
    found = read_models(root)
    (model,) = found.models
    used, _left = (again, torn) if first else (root / "decoder", again)
    assert model.components["unet"].folder == used / "unet"
    if first:
        (why,) = model.problems
        assert why.startswith(f"{torn / 'unet' / UNET.name} breaks off after")
        assert why.endswith("The whole one beside it is used instead.")
    else:
        assert found.problems[0].startswith(f"{again} is left out")


def test_a_loop_of_links_is_a_sentence(root: Path) -> None:
    file = root / UNET
    file.unlink()
    file.symlink_to(file.name)
    assert said(root) == f"{file} is a link that leads in a circle: copy the file itself."
    assert not find_models((root.parent,)).models
