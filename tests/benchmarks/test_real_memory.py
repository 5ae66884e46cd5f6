"""The real-size model that is written, and what is watched of who paints with it."""

import os
import sys
from pathlib import Path

import pytest
import torch
from safetensors.torch import load_file

from benchmarks import child, real_memory
from benchmarks.measures import CannotMeasure
from benchmarks.real_memory import limited, painted
from benchmarks.real_model import write_weights

SHAPES = {
    "layer.weight": torch.empty(300, 500, device="meta"),
    "layer.bias": torch.empty(300, device="meta"),
    "norm.weight": torch.empty(300, device="meta"),
    "conv.weight": torch.empty(8, 8, 3, 3, device="meta"),
}


def test_weights_are_written_whole_and_keep_what_goes_through_at_its_size(tmp_path: Path) -> None:
    file = tmp_path / "weights.safetensors"
    write_weights(file, SHAPES, torch.Generator().manual_seed(1))
    read = load_file(file)
    assert {name: one.shape for name, one in read.items()} == {
        name: one.shape for name, one in SHAPES.items()
    }
    given = torch.randn(50, 500, generator=torch.Generator().manual_seed(2))
    made = given @ read["layer.weight"].T
    assert float(made.std()) == pytest.approx(1, rel=0.05)
    assert (read["norm.weight"] == 1).all()
    assert (read["layer.bias"] == 0).all()


@pytest.mark.skipif(
    not sys.platform.startswith("linux"), reason="only Linux says what is anonymous"
)
def test_a_process_that_fails_says_why_and_how_much_it_held(
    tmp_path: Path, python: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(child, "PYTHON", python)
    made = painted("ours", [str(tmp_path / "nothing"), "--side=64"])
    assert made.code == 1
    assert "nothing" in made.errors
    assert 1e6 < made.anonymous <= made.resident
    assert made.files > 1e6


def test_a_group_is_made_below_our_own_and_goes_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Files stand in for the kernel's: who may make a real one is not everybody."""
    monkeypatch.setattr(real_memory, "GROUPS", tmp_path)
    monkeypatch.setattr(real_memory, "MEMBERSHIP", tmp_path / "membership")
    (tmp_path / "membership").write_text("4:memory:/own\n0::/\n")
    with pytest.raises(CannotMeasure, match="no control group can be made"), limited(10**9):
        pass
    own = tmp_path / "memory" / "own"
    own.mkdir(parents=True)
    with limited(5 * 10**9) as group:
        assert group.folder.parent == own
        assert (group.folder / "memory.limit_in_bytes").read_text() == str(5 * 10**9)
        group.enter()
        assert (group.folder / "cgroup.procs").read_text() == str(os.getpid())
        for file in group.folder.iterdir():  # the kernel's are no files that hold a folder
            file.unlink()
    assert not list(own.iterdir())


def test_the_row_is_left_out_where_nobody_asks_for_it() -> None:
    (row,) = real_memory.BENCHMARKS
    assert row.when_asked
