"""The small installer: uv, our package without its model, and locked lists of all others.

The model is a package of its own. With a folder of wheels beside it the installer is an offline
pack.
"""

import base64
import csv
import io
import json
import lzma
import os
import re
import shutil
import subprocess
import tarfile
import zipfile
from collections.abc import Sequence
from hashlib import sha256
from pathlib import Path

from artefacts import contents, debian, facts, icons

SOURCE = facts.ROOT / "packaging" / "bootstrap"
STARTER = "kandinsky_desktop/resources/models/"  # what the model's package has of ours
BYTES = {"cpu": 1_700_000_000, "mps": 1_700_000_000}  # room it takes
MARGIN = 200_000_000  # what Python compiles, what the selftest writes
MOST_BYTES = 9_000_000_000  # for the builds of cards
LARGEST = 15_000_000  # bytes of the installer


def split(wheel: Path, out: Path) -> tuple[Path, Path]:
    """Make two wheels of one: the program, and the model that ships with it."""
    name = f"{facts.NAME}-starter"
    stem = name.replace("-", "_")
    ours, model = dict[str, bytes](), dict[str, bytes]()
    with zipfile.ZipFile(wheel) as archive:
        for entry in archive.infolist():
            (model if entry.filename.startswith(STARTER) else ours)[entry.filename] = archive.read(
                entry
            )
    about = f"{stem}-{facts.VERSION}.dist-info"
    model[f"{about}/METADATA"] = (
        f"Metadata-Version: 2.4\nName: {name}\nVersion: {facts.VERSION}\n"
        f"Summary: The small model that ships with {facts.TITLE}\nLicense-Expression: Apache-2.0\n"
    ).encode()
    model[f"{about}/WHEEL"] = (
        b"Wheel-Version: 1.0\nGenerator: kandinsky-desktop\nRoot-Is-Purelib: true\n"
        b"Tag: py3-none-any\n"
    )
    small = out / wheel.name
    large = out / f"{stem}-{facts.VERSION}-py3-none-any.whl"
    write_wheel(small, ours)
    # one is published, and every system's installer knows its checksum: weights hardly get smaller
    write_wheel(large, model, zipfile.ZIP_STORED)
    return small, large


def write_wheel(path: Path, files: dict[str, bytes], packed: int = zipfile.ZIP_DEFLATED) -> None:
    """Write a wheel with a RECORD of its own: the same files give the same bytes.

    What is packed does so with the same zlib alone, and systems have several.
    """
    about = next(name.split("/")[0] for name in files if ".dist-info/" in name)
    record = f"{about}/RECORD"
    files = {name: files[name] for name in sorted(files) if name != record}
    rows = io.StringIO()
    writer = csv.writer(rows, lineterminator="\n")
    for name, data in files.items():
        digest = base64.urlsafe_b64encode(sha256(data).digest()).rstrip(b"=").decode()
        writer.writerow([name, f"sha256={digest}", len(data)])
    writer.writerow([record, "", ""])
    with zipfile.ZipFile(path, "w", packed, compresslevel=9) as archive:
        for name, data in (*files.items(), (record, rows.getvalue().encode())):
            entry = zipfile.ZipInfo(name, (2020, 1, 1, 0, 0, 0))
            entry.create_system = 3  # Unix, where else it would say which one it is
            entry.external_attr = 0o644 << 16
            archive.writestr(entry, data, packed, 9)


def lock(uv: Path, out: Path, *options: str) -> None:
    """Write the list of exactly what is installed, each file by its checksum."""
    run = [str(uv), "pip", "compile", "--no-config", "--generate-hashes", "--no-header"]
    run += ["--no-annotate", "--quiet", "-c", str(facts.ROOT / "packaging" / "constraints.txt")]
    run += ["--output-file", str(out), *options, str(facts.ROOT / "pyproject.toml")]
    subprocess.run(run, check=True)


def lay_out(
    folder: Path,
    uv: Path,
    wheels: tuple[Path, Path],
    model_url: str = "",
    licences: Sequence[Path] = (),
) -> None:
    """Lay out what the installer carries. `wheels` are the program's and the model's.

    `licences` are the texts that come with uv.
    """
    shutil.rmtree(folder, ignore_errors=True)
    (folder / "requirements").mkdir(parents=True)
    shutil.copyfile(SOURCE / "installer.py", folder / "installer.py")
    shutil.copyfile(uv, folder / uv.name)
    (folder / uv.name).chmod(0o755)
    for text in licences:
        (folder / "licences").mkdir(exist_ok=True)
        shutil.copyfile(text, folder / "licences" / f"uv-{text.name}.txt")
    small, large = wheels
    shutil.copyfile(small, folder / small.name)
    (folder / "libraries.json").write_text(json.dumps(contents.debian_packages(), indent=1))
    entries = folder / "entries"
    entries.mkdir()
    linux = facts.ROOT / "packaging" / "linux"
    for name in (f"{facts.NAME}.desktop", f"{facts.NAME}.xml"):
        shutil.copyfile(linux / name, entries / name)
    (entries / f"{facts.NAME}.svg").write_bytes(icons.SOURCE.read_bytes())
    (entries / f"{facts.NAME}.png").write_bytes(icons.rendered(256))
    icons.write_ico(entries / "icon.ico")
    icons.write_icns(entries / "icon.icns")
    (entries / "Info.plist").write_text(_plist(), "utf-8")
    backends = {}
    for path in sorted(locks_beside(folder)):
        shutil.copyfile(path, folder / "requirements" / path.name)
        backends[path.stem] = {
            "requirements": f"requirements/{path.name}",
            "bytes": BYTES.get(path.stem, MOST_BYTES),
            "update_bytes": sum(map(_unpacked, wheels)) + MARGIN,
            "indexes": _indexes(path),
        }
    hashes = {
        path.relative_to(folder).as_posix(): sha256(path.read_bytes()).hexdigest()
        for path in contents.files_below(folder)
    }
    about = {
        "version": facts.VERSION,
        "files": hashes,
        "wheels": [
            {"file": small.name, "sha256": sha256(small.read_bytes()).hexdigest()},
            {
                "file": large.name,
                "sha256": sha256(large.read_bytes()).hexdigest(),
                "url": f"{model_url}/{large.name}" if model_url else "",
            },
        ],
        "backends": backends,
    }
    (folder / "payload.json").write_text(json.dumps(about, indent=1), "utf-8")
    debian.give_times(folder)
    (folder / uv.name).chmod(0o755)


def _unpacked(wheel: Path) -> int:
    """Return how many bytes the files of a wheel have."""
    with zipfile.ZipFile(wheel) as archive:
        return sum(entry.file_size for entry in archive.infolist())


def locks_beside(folder: Path) -> list[Path]:
    """Return the locked lists that were made for this build."""
    return list((folder.parent / "locks").glob("*.txt"))


def _indexes(path: Path) -> list[str]:
    """Return the indexes that a list was resolved with: its first lines say them."""
    return re.findall(r"^# index: (\S+)$", path.read_text("utf-8"), re.MULTILINE)


def shell_installer(
    folder: Path, out: Path, system: str, uname: str, preset: int = 9 | lzma.PRESET_EXTREME
) -> Path:
    """Pack a folder behind the script that unpacks and starts it; `preset` is that of xz."""
    plain = io.BytesIO()
    with tarfile.open(fileobj=plain, mode="w", format=tarfile.GNU_FORMAT) as archive:
        for path in contents.files_below(folder):
            info = archive.gettarinfo(path, path.relative_to(folder).as_posix())
            info.uid = info.gid = 0
            info.uname = info.gname = "root"
            with path.open("rb") as file:
                archive.addfile(info, file)
    packed = lzma.compress(plain.getvalue(), preset=preset)
    path = out / f"{facts.NAME}-{facts.VERSION}-{system}.sh"
    text = (SOURCE / "install.sh.in").read_text("utf-8")
    for name, value in (
        ("VERSION", facts.VERSION),
        ("SYSTEM", system),
        ("UNAME", uname),
        ("FILE", path.name),
        ("SHA256", sha256(packed).hexdigest()),
    ):
        text = text.replace(f"@{name}@", value)
    path.write_bytes(text.encode() + packed)
    path.chmod(0o755)
    return path


def windows_installer(folder: Path, out: Path) -> Path:
    """Pack a folder with NSIS, which builds Windows' installers on any system."""
    path = out / f"{facts.NAME}-{facts.VERSION}-windows-x86_64-setup.exe"
    launcher = folder.parent / f"{facts.NAME}.exe"
    fixed = os.environ | {"SOURCE_DATE_EPOCH": str(facts.epoch())}
    run = ["makensis", "-V2", "-WX", "-INPUTCHARSET", "UTF8"]
    icon = folder / "entries" / "icon.ico"
    small = [f"-DOUT={launcher}", f"-DICON={icon}", str(SOURCE / "launcher.nsi")]
    subprocess.run([*run, *small], check=True, env=fixed)
    os.utime(launcher, (facts.epoch(), facts.epoch()))  # times of files go along
    run += [f"-DVERSION={facts.VERSION}", f"-DPACK={folder}", f"-DOUT={path}"]
    run += [f"-DLAUNCHER={launcher}", str(SOURCE / f"{facts.NAME}.nsi")]
    subprocess.run(run, check=True, env=fixed)
    return path


def _plist() -> str:
    rows = {
        "CFBundleExecutable": facts.NAME,
        "CFBundleIconFile": "icon",
        "CFBundleIdentifier": facts.BUNDLE_ID,
        "CFBundleName": facts.TITLE,
        "CFBundlePackageType": "APPL",
        "CFBundleShortVersionString": facts.VERSION,
        "LSMinimumSystemVersion": "14.0",
    }
    inside = "".join(f"<key>{key}</key><string>{value}</string>\n" for key, value in rows.items())
    return (
        '<?xml version="1.0" encoding="UTF-8"?>\n<plist version="1.0"><dict>\n'
        f"{inside}<key>NSHighResolutionCapable</key><true/>\n</dict></plist>\n"
    )
