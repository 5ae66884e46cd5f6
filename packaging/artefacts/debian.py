"""A Debian package of a bundle: one tree that is laid below /, and what dpkg asks of it."""

import gzip
import re
import shutil
import subprocess
from datetime import UTC, datetime
from hashlib import md5
from pathlib import Path

from artefacts import contents, facts, icons, manpages

HOME = f"usr/lib/{facts.NAME}"
PACKED = ("-Zzstd", "-z12")  # 19 takes ten times as long for some percent
OTHERS = {  # wanted by Qt's and torch's libraries, and in no table of the set-up
    "libgssapi_krb5.so.2": "libgssapi-krb5-2",
    "libwayland-client.so.0": "libwayland-client0",
    "libwayland-cursor.so.0": "libwayland-cursor0",
    "libwayland-egl.so.1": "libwayland-egl1",
    "libgthread-2.0.so.0": "libglib2.0-0",
    "libz.so.1": "zlib1g",
    "libxcb-glx.so.0": "libxcb-glx0",
    "libxcb-dri3.so.0": "libxcb-dri3-0",
    "libstdc++.so.6": "libstdc++6",
    "libgcc_s.so.1": "libgcc-s1",
    "libdrm.so.2": "libdrm2",
    "libbrotlicommon.so.1": "libbrotli1",
    "libbrotlidec.so.1": "libbrotli1",
    "libuuid.so.1": "libuuid1",
    "libzstd.so.1": "libzstd1",
}
OF_LIBC = (
    "libc.so", "libm.so", "libdl.so", "libpthread.so", "librt.so", "libutil.so", "libresolv.so",
    "ld-linux",
)  # fmt: skip
LATER = {"libglib2.0-0": "libglib2.0-0 | libglib2.0-0t64"}  # renamed in Debian 13

LAUNCHER = f"""#!/bin/sh
exec /{HOME}/{facts.NAME} %s"$@"
"""
COPYRIGHT = """Format: https://www.debian.org/doc/packaging-manuals/copyright-format/1.0/
Upstream-Name: Kandinsky Desktop
Comment: The licence of each library is in
 /usr/lib/kandinsky-desktop/_internal, beside its metadata, and is shown by the
 program: Help, About. What all of it is: /usr/share/doc/kandinsky-desktop/sbom.cdx.json.gz

Files: *
Copyright: 2026 the Kandinsky Desktop authors
License: Apache-2.0
 On Debian systems the text of the Apache License 2.0 is in
 /usr/share/common-licenses/Apache-2.0.

Files: usr/lib/kandinsky-desktop/_internal/PySide6/*
 usr/lib/kandinsky-desktop/_internal/shiboken6/*
Copyright: The Qt Company Ltd. and other contributors
License: LGPL-3
 On Debian systems the text of the LGPL 3 is in /usr/share/common-licenses/LGPL-3.
 These files may be replaced by other builds; where their source is says
 /usr/lib/kandinsky-desktop/_internal/kandinsky_desktop/resources/licences/QT.txt.
"""


def dependencies(bundle: Path) -> list[str]:
    """Return what must be installed beside a bundle. Raises ValueError if that is not known."""
    packages = contents.debian_packages() | OTHERS
    needed, unknown = {f"libc6 (>= {contents.glibc_wanted(bundle)})"}, []
    for name, by in contents.sonames_wanted(bundle).items():
        if name.startswith(OF_LIBC):
            continue
        if name in packages:
            needed.add(LATER.get(packages[name], packages[name]))
        else:
            unknown.append(f"{name} (wanted by {by})")
    # loaded by name: no file says that it wants them
    needed |= {"libegl1", "libgl1", "libfontconfig1", "libdbus-1-3", "fontconfig"}
    if unknown:
        raise ValueError(f"nothing says where these libraries come from: {', '.join(unknown)}")
    return sorted(needed)


def lay_out(bundle: Path, tree: Path, bill: str) -> None:
    """Lay the whole package below `tree`: the bundle, launchers, entries of the desktop, pages."""
    shutil.rmtree(tree, ignore_errors=True)
    shutil.copytree(bundle, tree / HOME, symlinks=True)
    for name, option in (("kandinsky-desktop", ""), ("kandinsky", "--terminal ")):
        path = tree / "usr/bin" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(LAUNCHER % option, "utf-8")
        path.chmod(0o755)
    lay_entries(tree / "usr/share")
    docs = tree / "usr/share/doc" / facts.NAME
    docs.mkdir(parents=True)
    (docs / "copyright").write_text(COPYRIGHT, "utf-8")
    day = datetime.fromtimestamp(facts.epoch(), UTC).strftime("%a, %d %b %Y %H:%M:%S +0000")
    entry = (
        f"{facts.NAME} ({version()}) unstable; urgency=medium\n\n"
        f"  * Version {facts.VERSION}: CHANGELOG.gz says what is new.\n\n"
        f" -- {facts.PUBLISHER}  {day}\n"
    )
    (docs / "changelog.gz").write_bytes(gzip.compress(entry.encode(), 9, mtime=0))
    news = (facts.ROOT / "CHANGELOG.md").read_bytes()
    (docs / "CHANGELOG.gz").write_bytes(gzip.compress(news, 9, mtime=0))
    (docs / "sbom.cdx.json.gz").write_bytes(gzip.compress(bill.encode(), 9, mtime=0))
    overrides = tree / "usr/share/lintian/overrides" / facts.NAME
    overrides.parent.mkdir(parents=True)
    shutil.copy(facts.ROOT / "packaging/linux/lintian-overrides", overrides)


def lay_entries(share: Path) -> None:
    """Lay what desktops read, and the pages of man, below a `share` folder."""
    linux = facts.ROOT / "packaging" / "linux"
    for source, target in (
        (f"{facts.NAME}.desktop", f"applications/{facts.NAME}.desktop"),
        (f"{facts.NAME}.xml", f"mime/packages/{facts.NAME}.xml"),
    ):
        (share / target).parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(linux / source, share / target)
    about = share / "metainfo" / f"{facts.BUNDLE_ID}.metainfo.xml"
    about.parent.mkdir(parents=True, exist_ok=True)
    about.write_text(metainfo(), "utf-8")
    icons.write_theme(share / "icons")
    manpages.write(share / "man" / "man1")


def version() -> str:
    """Return the version as Debian and AppStream sort it: what comes before a release has a ~."""
    told = re.sub(r"\.?dev(?=\d)", "~~dev", facts.VERSION)
    return re.sub(r"(a|b|rc)(?=\d)", r"~\1", told)


def metainfo() -> str:
    """Return what software centres show."""
    text = (facts.ROOT / "packaging/linux/kandinsky-desktop.metainfo.xml.in").read_text("utf-8")
    day = datetime.fromtimestamp(facts.epoch(), UTC).strftime("%Y-%m-%d")
    words = "\n".join(f"    <p>{one}</p>" for one in facts.LONG)
    for name, value in (
        ("ID", facts.BUNDLE_ID),
        ("SUMMARY", facts.SUMMARY),
        ("DESCRIPTION", words),
        ("VERSION", version()),
        ("DATE", day),
    ):
        text = text.replace(f"@{name}@", value)
    return text


def build(tree: Path, needed: list[str], out: Path) -> Path:
    """Pack a tree as a .deb, and return where it is."""
    control = tree / "DEBIAN"
    control.mkdir(exist_ok=True)
    size = sum(
        -(-path.lstat().st_size // 1024)
        for path in contents.files_below(tree)
        if control not in path.parents
    )
    long = "".join(f" {line}\n" for line in _folded())
    (control / "control").write_text(
        f"Package: {facts.NAME}\nVersion: {version()}\nArchitecture: {facts.machine()}\n"
        f"Maintainer: {facts.PUBLISHER}\nInstalled-Size: {size}\nSection: graphics\n"
        f"Priority: optional\nDepends: {', '.join(needed)}\n"
        f"Description: {facts.SUMMARY}\n{long}",
        "utf-8",
    )
    sums = "".join(
        f"{md5(path.read_bytes(), usedforsecurity=False).hexdigest()}  {path.relative_to(tree)}\n"
        for path in contents.files_below(tree)
        if control not in path.parents and not path.is_symlink()
    )
    (control / "md5sums").write_text(sums, "utf-8")
    give_times(tree)
    deb = out / f"{facts.NAME}_{version()}_{facts.machine()}.deb"
    subprocess.run(
        ["dpkg-deb", "--root-owner-group", *PACKED, "--build", str(tree), str(deb)],
        check=True,
        stdout=subprocess.DEVNULL,
        env={"SOURCE_DATE_EPOCH": str(facts.epoch()), "PATH": "/usr/sbin:/usr/bin:/sbin:/bin"},
    )
    return deb


def give_times(tree: Path) -> None:
    """Give everything below a tree the artefact's time and usual rights: the same at each build."""
    import os

    for path in [tree, *tree.rglob("*")]:
        if not path.is_symlink():
            marked = path.stat().st_mode & 0o100
            runs = path.is_dir() or (marked and contents.is_program(path))
            path.chmod(0o755 if runs else 0o644)
        os.utime(path, (facts.epoch(), facts.epoch()), follow_symlinks=False)


def _folded() -> list[str]:
    import textwrap

    lines: list[str] = []
    for words in facts.LONG:
        lines += [*textwrap.wrap(words, 76), "."]
    return lines[:-1]
