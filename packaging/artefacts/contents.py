"""What a bundle may hold: which libraries of the system and of Qt, under which licences.

What is on no list here is left out, and what is left out must be said by the package's
dependencies: `missing` finds what is neither.
"""

import importlib.util
import re
import subprocess
import zipfile
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime
from hashlib import sha256
from pathlib import Path

from artefacts import facts

# of the machine that builds: (library, licence, text)
FROM_SYSTEM = {
    "libpython3": ("Python", "PSF-2.0"),
    "libssl": ("OpenSSL", "Apache-2.0"),
    "libcrypto": ("OpenSSL", "Apache-2.0"),
    "libffi": ("libffi", "MIT"),
    "libsqlite3": ("SQLite", "blessing"),
    "liblzma": ("XZ Utils (liblzma)", "0BSD"),
    "libbz2": ("bzip2", "bzip2-1.0.6"),
    "libz": ("zlib", "Zlib"),
    "libexpat": ("Expat", "MIT"),
    "libuuid": ("libuuid", "BSD-3-Clause"),
    "libxcb-cursor": ("xcb-util-cursor", "MIT"),
    "libxcb-icccm": ("xcb-util-wm", "MIT"),
    "libxcb-image": ("xcb-util-image", "MIT"),
    "libxcb-keysyms": ("xcb-util-keysyms", "MIT"),
    "libxcb-render-util": ("xcb-util-renderutil", "MIT"),
    "libxcb-util": ("xcb-util", "MIT"),
    # Windows' names
    "sqlite3": ("SQLite", "blessing"),
    "vcruntime140": ("Microsoft Visual C++ Runtime", "LicenseRef-Microsoft-Distributable-Code"),
    "vcruntime140_1": ("Microsoft Visual C++ Runtime", "LicenseRef-Microsoft-Distributable-Code"),
    "msvcp140": ("Microsoft Visual C++ Runtime", "LicenseRef-Microsoft-Distributable-Code"),
}
# modules of Qt that are used, all of them LGPL; the wheel has some that are GPL alone
QT = (
    "Core", "Gui", "Widgets", "Network", "DBus", "Svg", "XcbQpa", "OpenGL", "WaylandClient",
    "WlShellIntegration", "EglFSDeviceIntegration",
)  # fmt: skip
QT_GPL = re.compile(
    r"Qt6?(Charts|DataVisualization|Graphs|Lottie|NetworkAuth|VirtualKeyboard|WaylandCompositor"
    r"|QuickTimeline|Quick3D|ShaderTools|HttpServer|Mqtt|CoAP|Insight|Designer|QmlCompiler)"
)
QT_PLUGINS = (
    "platforms/libqxcb", "platforms/libqwayland", "platforms/libqoffscreen",
    "platforms/libqminimal", "platforms/qwindows", "platforms/qoffscreen", "platforms/libqcocoa",
    "platforms/qminimal", "xcbglintegrations/", "wayland-", "platformthemes/libqxdgdesktopportal",
    "platforminputcontexts/libcomposeplatforminputcontextplugin",
    "platforminputcontexts/libibusplatforminputcontextplugin", "iconengines/", "imageformats/",
    "styles/",
)  # fmt: skip
NO_PLUGINS = ("libqpdf", "qpdf", "wayland-graphics-integration-server")
# exceptions of the GPL let these be linked by anything: GCC's run-time libraries
GCC_RUNTIME = ("libgomp", "libgfortran", "libquadmath", "libgcc_s", "libstdc++")
GPL_LIBRARIES = re.compile(
    r"lib(x264|x265|readline|gdbm|avcodec|avformat|avutil|swscale|postproc|heif|de265|exiv2"
    r"|fftw3|gsl|poppler|mpg123-gpl)[.-]"
)
TORCH_UNUSED = ("torch/include/", "torch/share/", "torch/test/", "torch/lib/libtorch_cuda_linalg")
STEM = re.compile(r"^(lib[A-Za-z0-9_+-]+?)[-.0-9]*\.(so|dylib)")


def is_wanted(name: str, source: str, environment: Path) -> bool:
    """Whether a file that PyInstaller found belongs in the bundle.

    `name` is where it would lie, `source` where it is, `environment` the folder of the packages.
    """
    place = name.replace("\\", "/")
    if place.startswith(TORCH_UNUSED):
        return False
    if place.startswith("torch/bin/"):
        return "torch_shm_manager" in place  # importing torch looks for it
    if "readline" in place or place.startswith(("lib/tcl", "lib/tk", "_tk_data", "_tcl_data")):
        return False
    if place.startswith("PySide6/"):
        return _is_wanted_of_qt(place)
    if is_library(place) and not Path(source).is_relative_to(environment):
        return "python" in place.lower() or "lib-dynload" in place or system_library(place) != ""
    return True


def _is_wanted_of_qt(place: str) -> bool:
    if "/translations/" in place or "/qml/" in place or QT_GPL.search(place):
        return False
    found = re.search(
        r"Qt6?([A-Za-z0-9]+?)(\.abi3|\.cpython.*|\.cp3.*)?\.(so|pyd|dll|dylib)", place
    )
    if "/plugins/" in place:
        inside = place.split("/plugins/")[1]
        return inside.startswith(QT_PLUGINS) and not any(no in inside for no in NO_PLUGINS)
    return found is None or found[1] in QT or found[1].startswith("icu")


def is_library(place: str) -> bool:
    """Whether a file is a shared library of the system's kind."""
    return bool(re.search(r"\.(so(\.\d+)*|dylib|dll)$", place)) and "cpython-" not in place


def system_library(place: str) -> str:
    """Return the name by which FROM_SYSTEM lists a library; empty if it does not."""
    name = place.rsplit("/", 1)[-1].lower()
    fitting = [one for one in FROM_SYSTEM if re.match(rf"{re.escape(one)}[-.0-9]*\.", name)]
    return max(fitting, key=len, default="")


def gpl_in(files: Iterable[str]) -> list[str]:
    """Return which files would bring the GPL along."""
    return sorted(
        one
        for one in files
        if GPL_LIBRARIES.search(one.rsplit("/", 1)[-1])
        or ("PySide6" in one and QT_GPL.search(one.rsplit("/", 1)[-1]))
        or re.search(r"(^|/)(av|pillow_heif|pyexiv2)(\.libs)?/", one)
    )


def modules_of(package: str) -> list[str]:
    """Return the names of a package and of all modules below it, without importing anything.

    PyInstaller's own function imports each package in a process of its own: with torch behind
    them that takes most of the time of a build. Raises ModuleNotFoundError.
    """
    top, *below = package.split(".")
    found = importlib.util.find_spec(top)
    if found is None or not found.submodule_search_locations:
        raise ModuleNotFoundError(f"there is no package {top}")
    root = Path(found.submodule_search_locations[0])
    folder = root.joinpath(*below)
    if not (folder / "__init__.py").is_file():
        raise ModuleNotFoundError(f"there is no package {package}")
    names = set()
    for path in folder.rglob("*.py"):
        parts = path.relative_to(root.parent).with_suffix("").parts
        names.add(".".join(parts[:-1] if parts[-1] == "__init__" else parts))
    return sorted(names)


def files_below(folder: Path) -> Iterator[Path]:
    """Give all files and links below a folder, in order."""
    for path in sorted(folder.rglob("*")):
        if path.is_symlink() or path.is_file():
            yield path


def write_zip(folder: Path, path: Path, name: str) -> None:
    """Pack a folder under a name, each file with the time of the artefact.

    A .zip has times of the day, so those of the files would be other ones in another time zone.
    """
    at = datetime.fromtimestamp(facts.epoch(), UTC)
    with zipfile.ZipFile(path, "w") as archive:
        for file in files_below(folder):
            entry = zipfile.ZipInfo.from_file(file, f"{name}/{file.relative_to(folder).as_posix()}")
            entry.date_time = (at.year, at.month, at.day, at.hour, at.minute, at.second)
            archive.writestr(entry, file.read_bytes(), zipfile.ZIP_DEFLATED, 9)


def listing(folder: Path) -> str:
    """Return one line a file: its SHA-256 (or where it links to), its mode, its path."""
    lines = []
    for path in files_below(folder):
        name = path.relative_to(folder).as_posix()
        if path.is_symlink():
            lines.append(f"link:{path.readlink()} {name}")
        else:
            mode = "x" if path.stat().st_mode & 0o100 else "-"
            lines.append(f"{sha256(path.read_bytes()).hexdigest()} {mode} {name}")
    return "\n".join(lines) + "\n"


def sonames_wanted(folder: Path) -> dict[str, str]:
    """Return each shared library that a file below wants and that is not below itself."""
    present, wanted = set[str](), dict[str, str]()
    for path in files_below(folder):
        present.add(path.name)
        if _begins(path, b"\x7fELF"):
            for name in re.findall(r"\(NEEDED\).*\[(.+?)\]", _read_elf(path, "-d")):
                wanted.setdefault(name, path.relative_to(folder).as_posix())
    return {name: by for name, by in sorted(wanted.items()) if name not in present}


def glibc_wanted(folder: Path) -> str:
    """Return the oldest version of the C library with which all below can be loaded."""
    found = {
        tuple(map(int, version.split(".")))
        for path in files_below(folder)
        if _begins(path, b"\x7fELF")
        for version in re.findall(r"Name: GLIBC_([\d.]+)", _read_elf(path, "-V"))
    }
    return ".".join(map(str, max(found)))


def search_path(path: Path) -> list[str]:
    """Return where a file of Linux looks for its libraries before the system's places."""
    if not _begins(path, b"\x7fELF"):
        return []
    found = re.findall(r"\((?:RPATH|RUNPATH)\).*\[(.*?)\]", _read_elf(path, "-d"))
    return [part for one in found for part in one.split(":") if part]


def keep_search_inside(folder: Path, patchelf: Path) -> list[Path]:
    """Let no file below look for libraries in folders of the machine that built it.

    Those of Python's own modules name where its library lay there. Returns which were changed.
    """
    changed = []
    for path in files_below(folder):
        places = search_path(path)
        inside = [one for one in places if one.startswith("$ORIGIN")]
        if inside == places:
            continue
        how = ["--set-rpath", ":".join(inside)] if inside else ["--remove-rpath"]
        subprocess.run([str(patchelf), *how, str(path)], check=True)
        changed.append(path)
    return changed


def is_program(path: Path) -> bool:
    """Whether a file is there to be run: a program or a script, not a library or a module."""
    if re.search(r"\.(so|dylib|pyd|dll|py)(\.|$)", path.name):
        return False
    return _begins(path, b"\x7fELF", b"\xcf\xfa\xed\xfe", b"#!")


def _begins(path: Path, *signs: bytes) -> bool:
    if path.is_symlink():
        return False
    with path.open("rb") as file:
        return file.read(4).startswith(signs)


def _read_elf(path: Path, what: str) -> str:
    asked = ["readelf", what, str(path)]
    return subprocess.run(asked, capture_output=True, text=True, check=True).stdout


def debian_packages() -> dict[str, str]:
    """Return the Debian package of each library that Qt wants, as the set-up lists them."""
    text = (facts.ROOT / "packaging" / "setup.sh").read_text("utf-8")
    table = text.split("libraries='", 1)[1].split("'", 1)[0]
    return dict(line.split() for line in table.strip().splitlines())
