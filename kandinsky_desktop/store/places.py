"""Where everything lies: what ships with the program, and what belongs to the person.

`KANDINSKY_HOME` puts all of the person's things below one folder (a portable installation; tests).
"""

import os
import re
import sys
import tempfile
from hashlib import sha256
from pathlib import Path

from platformdirs import PlatformDirs

from kandinsky_desktop.domain.paths import typed_path

NAME = "Kandinsky Desktop"
_dirs = PlatformDirs("kandinsky-desktop", appauthor=False, roaming=False)


def resources() -> Path:
    """Return the folder of icons and shipped models, in a checkout, a wheel or a bundle."""
    frozen = getattr(sys, "_MEIPASS", None)
    if frozen:
        return Path(frozen) / "kandinsky_desktop" / "resources"
    package = Path(__file__).resolve().parents[1]
    inside = package / "resources"
    return inside if inside.is_dir() else package.parent / "resources"


def app_icon() -> Path:
    """Return the program's own icon."""
    return resources() / "app-icon.svg"


def shipped_models() -> Path:
    """Return the folder whose subfolders are the models that ship with the program."""
    return resources() / "models"


def prompt_picture(folder: str, prompt: str) -> Path:
    """Return where the shipped picture of a suggested prompt is, if there is one."""
    name = "-".join(re.findall(r"[a-z0-9]+", prompt.lower()))
    return resources() / "prompts" / folder / f"{name}.png"


def user_models() -> Path:
    """Return the folder where the person's own models lie."""
    return _data() / "models"


def hub_cache() -> Path:
    """Return where Hugging Face's libraries keep what they downloaded; it may not be there.

    By the variables that huggingface_hub reads, in its order. Nothing of ours is written there.
    """
    for name, below in (("HF_HUB_CACHE", ""), ("HUGGINGFACE_HUB_CACHE", ""), ("HF_HOME", "hub")):
        if os.environ.get(name):
            return typed_path(os.environ[name]).absolute() / below
    caches = os.environ.get("XDG_CACHE_HOME") or "~/.cache"
    return typed_path(caches).absolute() / "huggingface" / "hub"


def pictures(setting: str = "") -> Path:
    """Return the folder where pictures go: the one that the settings name, or the usual one."""
    if setting.strip():
        return typed_path(setting.strip()).absolute()
    home = _home()
    return home / "pictures" if home else Path(_dirs.user_pictures_dir) / "Kandinsky"


def rescue() -> Path:
    """Return where the engine leaves pictures that could be saved nowhere else."""
    return _data() / "rescued"


def last_rescue() -> Path:
    """Return where it leaves what that folder does not take either, as on a disk that is full.

    It is of this data folder alone: everybody has the same folder of temporary files.
    """
    whose = sha256(os.fsencode(_data())).hexdigest()[:12]
    return Path(tempfile.gettempdir()) / f"kandinsky-rescued-{whose}"


def dropped() -> Path:
    """Return where pictures are kept that were dropped or pasted as pixels."""
    return _data() / "dropped"


def canvas() -> Path:
    """Return the folder of pictures that are worked on: what closing the program must not lose."""
    return _data() / "canvas"


def regions() -> Path:
    """Return where the regions lie that jobs of a canvas are given."""
    return canvas() / "regions"


def cache() -> Path:
    """Return the folder of things that can be made again: safe to delete at any time."""
    home = _home()
    return home / "cache" if home else Path(_dirs.user_cache_dir)


def ingredients() -> Path:
    """Return the folder of the copies of ingredients: thumbnails with embeddings."""
    return _data() / "ingredients"


def boards() -> Path:
    """Return where boards lie: those with a name, and those that pictures were fused from."""
    return _data() / "boards"


def clip_similarity() -> Path:
    """Return the folder of the CLIP similarities of pictures."""
    return _data() / "measures"


def settings_file() -> Path:
    """Return the settings file."""
    home = _home()
    return (home if home else Path(_dirs.user_config_dir)) / "settings.json"


def session_file() -> Path:
    """Return the file of the saved session: queue, draft and board."""
    return _data() / "session.json"


def device_file() -> Path:
    """Return the file with the id by which this device signs its logs of acts."""
    return _data() / "device"


def libraries_file() -> Path:
    """Return the file that lists the library folders with a trash."""
    return _data() / "libraries.json"


def library_folders_file() -> Path:
    """Return the file that lists the folders that people added to the library."""
    return _data() / "library.json"


def searches_file() -> Path:
    """Return the file of the searches that were kept under a name."""
    return _data() / "searches.json"


def library_logs() -> Path:
    """Return where acts on pictures stand whose own library folder takes no file."""
    return _data() / "library"


def library() -> Path:
    """Return the folder of the library's index and thumbnails, which are made again if they go."""
    return cache() / "library"


def prompts_file() -> Path:
    """Return the file of the words that were painted."""
    return _data() / "prompts.json"


def window_lock() -> Path:
    """Return the file that the one window of this data folder locks."""
    return _data() / "window.lock"


def version_file() -> Path:
    """Return the file that says which version of the program wrote the data folder."""
    return _data() / "version.json"


def layout_file() -> Path:
    """Return the file that says where the window was."""
    return _data() / "window.json"


def log_file(name: str) -> Path:
    """Return the log file of the window ("window") or of the engine process ("engine")."""
    home = _home()
    return (home / "logs" if home else Path(_dirs.user_log_dir)) / f"{name}.log"


def model_folders(setting: str = "", given: Path | None = None) -> tuple[Path, ...]:
    """Return the folders to look for models in, the most wanted first.

    `given` is the command line's `--models`; then come `KANDINSKY_MODELS`, the setting, the usual
    place, what ships with the program, and what other programs downloaded.
    """
    from_environment = os.environ.get("KANDINSKY_MODELS", "")
    wanted = (
        given,
        typed_path(from_environment) if from_environment else None,
        typed_path(setting.strip()) if setting.strip() else None,
        user_models(),
        shipped_models(),
        hub_cache(),
    )
    return tuple(dict.fromkeys(folder for folder in wanted if folder is not None))


def _data() -> Path:
    return _home() or Path(_dirs.user_data_dir)


def _home() -> Path | None:
    home = os.environ.get("KANDINSKY_HOME", "")
    return typed_path(home).absolute() if home else None
