"""Regions of a canvas: written once, and kept while anything names them."""

import json
import os
import time
from pathlib import Path

import numpy as np
import pytest
from PIL import Image, ImageCms

from kandinsky_desktop.domain import file_format
from kandinsky_desktop.domain.conditioning import Prompt
from kandinsky_desktop.domain.record import Conditions, Record
from kandinsky_desktop.domain.request import Paint
from kandinsky_desktop.domain.task import Inpaint, PartOf
from kandinsky_desktop.store import pictures, regions
from tests.engine.sides import mask, picture


def record_of(start: Inpaint) -> Record:
    return Record(
        request=Paint(conditioning=Prompt("a cat"), task=start),
        index=0,
        model="any",
        fingerprint="0",
        conditions=Conditions(
            device="cpu",
            device_name="",
            dtype="float32",
            threads=1,
            batch=(0,),
            libraries=(),
            platform="",
        ),
        program="",
    )


def aged(path: Path) -> Path:
    then = time.time() - regions.SPARED_S - 60
    os.utime(path, (then, then))
    return path


def test_a_region_is_a_file_named_by_what_it_holds(tmp_path: Path) -> None:
    path = regions.write(picture(), tmp_path / "regions")
    written = path.stat().st_ino
    assert regions.write(picture(), tmp_path / "regions") == path
    assert path.stat().st_ino == written  # whatever is written anew is another file
    assert regions.write(picture(seed=2), tmp_path / "regions") != path
    assert list((tmp_path / "regions").glob("*.part")) == []
    assert regions.named_in(str(path)) == {path.name}


def test_an_old_region_that_is_wanted_again_is_spared(tmp_path: Path) -> None:
    path = aged(regions.write(picture(), tmp_path))
    assert regions.old_ones(tmp_path) == [path]
    regions.write(picture(), tmp_path)
    assert regions.forget_others(tmp_path, set()) == []
    assert path.is_file()


@pytest.mark.parametrize("mode", ["RGB", "RGBA", "L"])
def test_a_region_is_read_as_it_was(tmp_path: Path, mode: str) -> None:
    image = picture().convert(mode)
    if mode == "RGBA":
        image.putalpha(mask((4, 4, 40, 60)))
    image.info["icc_profile"] = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    with Image.open(regions.write(image, tmp_path)) as read:
        assert read.mode == mode
        assert (np.asarray(read) == np.asarray(image)).all()
        assert read.info["icc_profile"] == image.info["icc_profile"]


def test_what_a_picture_a_session_or_a_document_names_is_kept(tmp_path: Path) -> None:
    folder = tmp_path / "regions"
    files = [aged(regions.write(picture(seed=seed), folder)) for seed in range(5)]
    start = Inpaint(
        path=files[0],
        masks=(files[1],),
        part_of=PartOf(content="abc", left=0, top=0, right=64, bottom=64),
    )
    gallery = tmp_path / "pictures"
    made = pictures.save(pictures.finish(picture(), record_of(start)), gallery)
    other = tmp_path / "other.png"
    picture().save(other)
    session = json.dumps(file_format.encode(record_of(Inpaint(path=files[2], masks=(other,)))))
    young = regions.write(picture(seed=9), folder)
    named = regions.named_in_pictures([made, other]) | regions.named_in(session)
    assert named == {path.name for path in files[:3]}
    assert set(regions.forget_others(folder, named)) == set(files[3:])
    assert {path for path in (*files, young) if path.is_file()} == {*files[:3], young}


def test_nothing_else_in_the_folder_is_touched(tmp_path: Path) -> None:
    mine = tmp_path / "region-of-the-alps.png"
    picture().save(mine)
    assert regions.forget_others(tmp_path, set()) == []
    aged(mine)
    assert regions.forget_others(tmp_path, set()) == []
    assert mine.is_file()


def test_a_picture_that_cannot_be_read_deletes_nothing(tmp_path: Path) -> None:
    with pytest.raises(OSError, match=r"gone\.png"):
        regions.named_in_pictures([tmp_path / "gone.png"])


def test_a_picture_of_another_format_keeps_its_files_too(tmp_path: Path) -> None:
    path = regions.write(picture(), tmp_path / "regions")
    record = record_of(Inpaint(path=path, masks=(path,)))
    text = json.dumps(file_format.encode(record)).replace('"format": 1', '"format": 99')
    assert regions.named_in(text) == {path.name}
