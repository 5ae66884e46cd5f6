"""Which models lie in a folder. Reads configs and headers of weight files; loads nothing."""

import errno
import os
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from hashlib import sha256
from pathlib import Path
from typing import Any

from kandinsky_desktop.domain.errors import KandinskyError, ModelAway, ModelProblem, Unreadable
from kandinsky_desktop.domain.families.recognisers import survey
from kandinsky_desktop.domain.hub_names import SNAPSHOTS, repository_name
from kandinsky_desktop.domain.i18n import _, ngettext
from kandinsky_desktop.domain.model import (
    NOT_STREAMED,
    OPTIONAL,
    Component,
    Model,
    Survey,
    Tree,
    split,
)
from kandinsky_desktop.domain.packing import PACKED_KINDS
from kandinsky_desktop.domain.paths import printable
from kandinsky_desktop.store import fingerprints, hub_cache, places
from kandinsky_desktop.store.components import FILES, check_component
from kandinsky_desktop.store.estimators import find_estimators
from kandinsky_desktop.store.weights import changes, dangling, read_config

# The first of them that lies in a folder is its config
CONFIGS = (
    "model_index.json",
    "config.json",
    "scheduler_config.json",
    "preprocessor_config.json",
    "tokenizer_config.json",
)
# Folders by whose configs models are recognised, and others that tell that there is one
DECISIVE = ("unet", "prior", "vae")
KNOWN = (
    *DECISIVE,
    "movq",
    "text_encoder",
    "tokenizer",
    "scheduler",
    "ddpm_scheduler",
    "image_encoder",
    "image_processor",
    "decoder",
    "inpaint",
    "depth",
)
DISK_GONE = frozenset(  # what is said of a disk, a stick or a share that is not there any more
    getattr(errno, name)
    for name in ("EIO", "ENODEV", "ENXIO", "ESTALE", "ENOTCONN", "EHOSTDOWN", "ENOMEDIUM")
    if hasattr(errno, name)
)
DEEPEST = 2  # folders below a model's root in which its files lie
MOST_ENTRIES = 2_000  # subfolders, links and weights in a folder that are looked at
Stamp = tuple[tuple[str, int, int, int], ...]  # of each file its path, size and dates
_ready: dict[Path, tuple[Stamp, Model]] = {}  # as `ready_model` read them
# Roles by the order in which a fingerprint holds them; "" stands for the U-Net that paints
NETWORKS = ("prior", "text_encoder", "", "movq", "vae")
OTHERS = (
    "tokenizer",
    "prior scheduler",
    "scheduler",
    "decoder_text_encoder",
    "decoder_tokenizer",
    " scheduler",
    "ddpm scheduler",
    " ddpm scheduler",
    "text_encoder_2",
    "tokenizer_2",
    "conditioner",
    " conditioner",
)


@dataclass(frozen=True, slots=True)
class Found:
    """The whole models, in the order looked for, and a sentence for each that is not whole."""

    models: tuple[Model, ...]
    problems: tuple[str, ...]
    estimators: tuple[Path, ...] = ()  # folders of models that estimate depth
    asides: tuple[str, ...] = ()  # what is not whole in the hub's cache, which nobody named

    def named(self, name: str) -> Model:
        """Return the model of that name; an empty name means the first. Raises ModelProblem."""
        for model in self.models:
            if name in ("", model.name):
                return model
        for model in self.models:
            if name == model.name.rpartition("/")[2]:  # org/name, as on the hub
                return model
        if not self.models:
            raise ModelProblem(
                " ".join((_("No model was found."), *self.problems, _("`kandinsky doctor` helps.")))
            )
        there = _("There is no model named {name!r}. There are: {names}.").format(
            name=name, names=", ".join(model.name for model in self.models)
        )
        raise ModelProblem(" ".join((there, *self.problems)))


def find_models(folders: Sequence[Path]) -> Found:
    """Look through the folders. The person's own models come before the one that ships.

    What is not whole in the hub's cache is an aside where that comes last, as nobody named it.
    """
    models: dict[str, Model] = {}
    named: list[str] = []
    asides: list[str] = []
    usual = (places.user_models(), places.shipped_models(), places.hub_cache())
    unnamed = list(folders[-1:]) if folders[-1:] == usual[-1:] else []  # other programs' cache
    for folder in folders:
        problems = asides if folder in unnamed else named
        try:
            if not folder.is_dir():
                if folder not in usual:
                    words = _("There is no folder {folder}, where models were to be.")
                    problems.append(words.format(folder=folder))
                continue
            surveys = _look_through(folder)
        except OSError as error:
            problems.append(str(_closed(folder, error)))
            continue
        for found in surveys:
            problems += found.problems
            left_out = [_add(models, model) for model in found.models]
            problems += [why for why in left_out if why]
    estimators, unknown = find_estimators([one for one in folders if one not in unnamed])
    cached, unknown_there = find_estimators(unnamed)
    return Found(
        tuple(models.values()),
        _told(named, unknown),
        tuple(dict.fromkeys((*estimators, *cached))),
        _told(asides, unknown_there),
    )


def _told(*problems: Iterable[str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(printable(one) for some in problems for one in some))


def _add(models: dict[str, Model], model: Model) -> str:
    """Add a model under a name of its own. Return a sentence where it is left out.

    Two folders of one name are two models unless they hold the same, and a folder to which links
    lead is one.
    """
    parts = folders_of(model)
    if any(parts == folders_of(other) for other in models.values()):
        return ""
    first = models.get(model.name)
    if first is None:
        models[model.name] = model
        return ""
    for other in models.values():
        if _of_one_content(model, other):
            return _("{folder} is left out: {other} holds the same model.").format(
                folder=model.root, other=other.root
            )
    number, apart = 2, _apart(model.root, first.root)
    name = f"{model.name} ({apart})" if apart else f"{model.name} ({number})"
    while name in models:
        number += 1
        name = f"{model.name} ({number})"
    models[name] = replace(model, name=name)
    return ""


def folders_of(model: Model) -> frozenset[Path]:
    """Return where a model's parts really lie."""
    return frozenset(component.folder.resolve() for component in model.components.values())


def _of_one_content(model: Model, other: Model) -> bool:
    """Whether two models hold the same. Reads some MB of each of their files the first time."""
    if model.size_bytes != other.size_bytes or set(model.components) != set(other.components):
        return False
    try:
        return all(
            _content(component) == _content(other.components[role])
            for role, component in model.components.items()
        )
    except OSError:
        return False


def _apart(root: Path, other: Path) -> str:
    """Return the nearest folder around one that has another name than that around the other."""
    pairs = zip(root.absolute().parents, other.absolute().parents, strict=False)
    return next((one.name for one, there in pairs if one.name != there.name), "")


def read_model(root: Path) -> Model | None:
    """Return the model that is asked for by a folder, or None. Raises ModelProblem if not whole.

    That is the first model in it or, where several lie side by side in the folder around it, the
    one whose decoder it is; in the hub's cache, the one of whose parts one lies in it. Its
    components have no fingerprints yet.
    """
    try:
        found = read_models(root)
        if not found.models:
            home = Path(os.path.abspath(root))
            repository = hub_cache.repository_of(home)
            if repository is not None:
                return (_of_repository(home, repository) or found).first()
            for model in read_models(home.parent).models:
                if model.root == home:
                    return model
        return found.first()
    except (FileNotFoundError, NotADirectoryError, PermissionError):
        return None
    except OSError as error:
        raise _closed(root, error) from error


def read_models(root: Path, snapshot: Path | None = None) -> Survey:
    """Return the whole models of a folder, and a sentence for all else in it. Raises OSError.

    Of a repository in the hub's cache the snapshot in use is read; in the cache itself that of each
    repository, but for the one that `snapshot` is of.
    """
    root = hub_cache.opened(root)
    tree, unread = _configs(root, snapshot)
    found = survey(root, tree)
    if found.parts:
        unread = _without_config(root, tree) | unread
    models: list[Model] = []
    problems = list(found.problems)
    for model in found.models:
        try:
            models.append(_whole(model))
        except ModelProblem as problem:
            other = _another(root, tree, model, str(problem))
            if other is None:
                problems.append(str(problem))
            else:
                models.append(other)
                used = {f"{one.folder.parent} " for one in other.components.values()}
                problems = [one for one in problems if not one.startswith(tuple(used))]
    if found.models:
        told = {problem for model in models for problem in model.problems}
        said = [why for place, why in unread.items() if _tells(tree, place, DECISIVE, found.parts)]
        problems += [why for why in said if why not in told]
    else:  # what cannot be read is why nothing was recognised
        said = [why for place, why in unread.items() if _tells(tree, place, KNOWN, found.parts)]
        problems = said or problems
    return replace(found, models=tuple(models), problems=tuple(dict.fromkeys(problems)))


def _another(root: Path, tree: Tree, model: Model, why: str) -> Model | None:
    """Return a whole model of the same kind with another folder in the place of one of its own.

    So a second download beside one that broke off is used, whichever of them comes first.
    """
    homes = {component.folder.parent for component in model.components.values()}
    for home in sorted(one.relative_to(root).as_posix() for one in homes if one != root):
        rest = {
            place: config
            for place, config in tree.items()
            if place != home and not place.startswith(f"{home}/")
        }
        for other in survey(root, rest).models:
            if (other.family, other.profile.title) != (model.family, model.profile.title):
                continue
            if len(other.components) < len(model.components):
                continue
            try:
                whole = _whole(other)
            except ModelProblem:
                continue
            said = _("The whole one beside it is used instead.")
            return replace(whole, problems=(*whole.problems, f"{why} {said}"))
    return None


def lies_in(model: Model, folder: Path) -> bool:
    """Whether a model, or a part of it, lies in a folder."""
    within = (model.root, *(component.folder for component in model.components.values()))
    wanted = Path(os.path.abspath(folder))
    return any(wanted in (one, *one.parents) for one in map(Path, map(os.path.abspath, within)))


def configs(root: Path) -> Tree:
    """Return the configs of a model, by the folder that each lies in. Raises OSError.

    Two folders deep, in the hub's cache in each snapshot in use. A folder whose config cannot be
    read holds {}, as one without any.
    """
    return _configs(root)[0]


def ready_model(root: Path) -> Model | None:
    """Return a model with its fingerprints, as `read_model`; read again only where a file changed.

    Raises ModelProblem.
    """
    stamp = _stamp(root)
    kept = _ready.get(root)
    if kept is not None and kept[0] == stamp:
        return kept[1]
    model = read_model(root)
    if model is None:
        return None
    try:
        model = fingerprinted(model)
    except OSError as error:
        raise _closed(root, error) from error
    if all(root in component.folder.parents for component in model.components.values()):
        _ready[root] = stamp, model
    return model


def away(root: Path, model: Model | None = None) -> ModelAway | None:
    """Return what to say if a model's folder, or that of a part of it, cannot be reached now."""
    parts = () if model is None else (component.folder for component in model.components.values())
    for folder in (root, *parts):
        try:
            if (folder != root and folder.is_file()) or any(folder.iterdir()):
                continue
            reason = ""  # what a disk that was pulled out leaves behind
        except (FileNotFoundError, NotADirectoryError):
            reason = ""
        except OSError as error:
            reason = f" ({error.strerror or error})"
        return ModelAway(
            _("{folder}, where the model lies, is not there any more{reason}.").format(
                folder=folder, reason=reason
            )
        )
    return None


def lost(error: OSError, model: Model) -> KandinskyError:
    """Return what to say of an error of the disk while a model was read or painted with."""
    gone = away(model.root, model)
    if gone is not None:
        return gone
    reason = error.strerror or str(error)
    if error.errno in DISK_GONE and _may_be_of(model, error.filename):
        return ModelAway(
            _("{folder}, where the model lies, cannot be read any more ({reason}).").format(
                folder=model.root, reason=reason
            )
        )
    if error.filename is None:
        return Unreadable(_("The disk failed: {reason}.").format(reason=reason))
    return Unreadable(
        _("{file} could not be read or written: {reason}.").format(
            file=error.filename, reason=reason
        )
    )


def _may_be_of(model: Model, file: object) -> bool:
    """Whether a file lies in a model's folders; one that is not known may."""
    if not isinstance(file, str | bytes):
        return True
    homes = {model.root, *(component.folder for component in model.components.values())}
    return not homes.isdisjoint((path := Path(os.fsdecode(file)), *path.parents))


def _stamp(root: Path) -> Stamp:
    """Return the size and dates of each file of a model, two folders deep."""
    stamp, folders = [], [(os.fspath(root), 0)]
    for folder, depth in folders:
        try:
            entries = [one for one in os.scandir(folder) if depth or _may_be_a_part(one)]
        except OSError:
            continue
        for entry in entries:
            try:
                stat = entry.stat()
            except OSError:  # a link that leads nowhere
                stamp.append((entry.path, -1, -1, -1))
                continue
            if depth < DEEPEST and entry.is_dir():
                folders.append((entry.path, depth + 1))
            stamp.append((entry.path, stat.st_size, *changes(stat)))
    return tuple(stamp)


def fingerprinted(model: Model) -> Model:
    """Return a model with the fingerprint of each of its components. Raises OSError.

    Reads some MB of each file the first time, and only looks at its date after that.
    """
    every = {role: replace(one, content=_content(one)) for role, one in model.components.items()}
    return replace(model, components=every)


def fingerprint_of(model: Model, unet: str = "unet") -> str:
    """Return a fingerprint of all that the pictures of a U-Net come from, part by part.

    Six letters each for the prior, the text encoder, the U-Net of that role and the autoencoder,
    as far as there are such, and six for the tokenizers, the schedulers and what else there is.
    The model's name is no part of it. Raises OSError.
    """

    def contents(roles: Iterable[str]) -> list[str]:
        own = (f"{unet}{role}" if role[:1] in ("", " ") else role for role in roles)
        there = (model.components[role] for role in own if role in model.components)
        return [one.content or _content(one) for one in there]

    together = sha256("".join(contents(OTHERS)).encode()).hexdigest()
    return "-".join([*(one[:6] for one in contents(NETWORKS)), together[:6]])


def _content(component: Component) -> str:
    if component.kind == "file":
        return fingerprints.of_file(component.folder)
    return fingerprints.of_folder(component.folder, FILES[component.kind].weights)


def _look_through(folder: Path) -> list[Survey]:
    """Return what lies in a folder itself, and in each subfolder that is no part of that."""
    surveys = [read_models(folder)]
    repository = hub_cache.repository_of(Path(os.path.abspath(folder)))
    if repository is not None:
        around = None if surveys[0].models else _of_repository(folder, repository)
        found = around or surveys[0]
        return [found, _incomplete(repository, [found])]
    if len(_names(folder)) > MOST_ENTRIES:
        words = _(
            "{folder} holds so much that only its first {most:,} folders are looked at: name the"
            " folder of the model itself."
        )
        surveys.append(Survey(problems=(words.format(folder=folder, most=MOST_ENTRIES),)))
    parts = {part.partition("/")[0] for part in surveys[0].parts}
    for child, path in _entries(folder):
        if hub_cache.is_repository(path):
            if child not in parts:
                found = read_models(path)
                if found.foreign:  # other programs fill the cache too
                    continue
                surveys.append(found)
            surveys.append(_incomplete(path, surveys))
        if child in parts or hub_cache.is_repository(path):
            continue
        if why := _unreached(path):
            surveys.append(Survey(problems=(why,)))
        elif path.is_dir():
            try:
                surveys.append(read_models(path))
            except PermissionError:
                continue  # such as lost+found
            except OSError as error:
                surveys.append(Survey(problems=(str(_closed(path, error)),)))
    return surveys


def _of_repository(folder: Path, repository: Path) -> Survey | None:
    """Return the models of the hub's cache that a folder holds a part of, if there are any.

    The folder is a repository or a snapshot: a prior and its decoder are repositories of their own.
    """
    within = Path(os.path.abspath(folder)).relative_to(repository).parts
    in_one = len(within) > 1 and within[0] == SNAPSHOTS
    snapshot = repository / SNAPSHOTS / within[1] if in_one else None
    around = read_models(repository.parent, snapshot)
    models = tuple(one for one in around.models if lies_in(one, folder))
    return Survey(models) if models else None


def _incomplete(repository: Path, surveys: Sequence[Survey]) -> Survey:
    """Say so where files of a repository, of which there is no whole model, are not all there."""
    missing = hub_cache.incomplete(repository)
    models = (model for found in surveys for model in found.models)
    if not missing or any(lies_in(model, repository) for model in models):
        return Survey()
    words = ngettext(
        "A file of {folder} is not downloaded to its end: download {name} again.",
        "{count} files of {folder} are not downloaded to their ends: download {name} again.",
        missing,
    )
    name = repository_name(repository)
    return Survey(problems=(words.format(count=missing, folder=repository, name=name),))


def _whole(model: Model) -> Model:
    """Return a model whose components all are whole, with their weights counted.

    What it does without is left out where it is not whole. Raises ModelProblem for all else.
    """
    read: dict[str, Component] = {}
    told: list[str] = []
    sizes: dict[Path, int] = {}  # by folder: one may have two roles
    for role, component in model.components.items():
        if any(role.startswith(f"{gone} ") for gone in OPTIONAL if gone not in model.components):
            continue
        try:
            weights = check_component(component.kind, component.folder)
        except ModelProblem as problem:
            optional = next((one for one in OPTIONAL if f"{role} ".startswith(f"{one} ")), None)
            if optional is None:
                raise
            model = model.without(optional, str(problem))
            continue
        if weights is not None:
            window = 0 if component.kind in NOT_STREAMED else weights.window
            packing = weights.packing if component.kind in PACKED_KINDS else None
            component = replace(
                component,
                values=weights.values,
                window=window,
                packing=packing,
                wide=weights.wide if component.kind == "t5_encoder" else 0,
            )
            if weights.passed_over:
                others = _("The {variant} weights beside them are used instead.")
                told.append(f"{weights.passed_over} {others.format(variant=weights.variant)}")
            sizes[component.folder] = weights.size_bytes
        read[role] = component
    whole = {role: one for role, one in read.items() if role in model.components}
    folders = {component.folder for component in whole.values()}
    size_bytes = sum(size for folder, size in sizes.items() if folder in folders)
    problems = tuple(dict.fromkeys((*model.problems, *told)))
    return replace(model, components=whole, size_bytes=size_bytes, problems=problems)


def _configs(root: Path, snapshot: Path | None = None) -> tuple[Tree, dict[str, str]]:
    """Return the configs by their folders, and why those that cannot be read are not."""
    tree: dict[str, dict[str, Any]] = {}
    unread: dict[str, str] = {}

    def read(place: str, folder: Path) -> None:
        tree[place] = {}
        name = next((one for one in CONFIGS if os.path.lexists(folder / one)), None)
        try:
            tree[place] = {} if name is None else read_config(folder / name)
        except ModelProblem as problem:
            unread[place] = str(problem)

    entries = _entries(root)
    read(".", root)
    for first, folder in entries:
        if hub_cache.is_repository(folder):
            if snapshot is not None and snapshot.parents[1].name == first:
                folder = folder / SNAPSHOTS / snapshot.name
            else:
                folder = hub_cache.opened(folder)
            first = folder.relative_to(root).as_posix()
        if why := _unreached(folder):
            unread[first] = why
            continue
        if not folder.is_dir():
            continue
        read(first, folder)
        try:
            below = _entries(folder)
        except OSError:
            continue  # such as lost+found
        plain = any(name == "config.json" for name, _path in below)
        for second, path in below:
            place = f"{first}/{second}"
            if why := _unreached(path):
                unread[place] = why
            elif path.is_dir():
                read(place, path)
            elif second.endswith(".safetensors") and not plain:
                tree[place] = {}
    return tree, unread


def _without_config(root: Path, tree: Tree) -> dict[str, str]:
    """Return, by their folders, what to say of networks that nothing is recognised by."""
    said: dict[str, str] = {}
    for place, config in tree.items():
        if config or "/" not in place or place.rpartition("/")[2] not in (*DECISIVE, "movq"):
            continue
        file = root / place / "config.json"
        if file.is_file():
            said[place] = _("{file} says nothing: copy it again.").format(file=file)
        else:
            lacks = _("{folder} lacks {name}: copy it too.")
            said[place] = lacks.format(folder=file.parent, name=file.name)
    return said


def _entries(folder: Path) -> list[tuple[str, Path]]:
    """Return what in a folder may be a part of a model and is not hidden, by name. Raises OSError.

    Loose files of other kinds do not count, however many there are, nor what macOS puts beside a
    file (`._name`).
    """
    names = sorted(_names(folder))
    return [(name, folder / name) for name in names[:MOST_ENTRIES]]


def _names(folder: Path) -> list[str]:
    with os.scandir(folder) as entries:
        return [one.name for one in entries if one.name[0] != "." and _may_be_a_part(one)]


def _may_be_a_part(entry: os.DirEntry[str]) -> bool:
    if entry.is_symlink() or entry.is_dir(follow_symlinks=False):
        return True
    return entry.name in CONFIGS or entry.name.endswith(".safetensors")


def _tells(tree: Tree, place: str, names: tuple[str, ...], parts: frozenset[str]) -> bool:
    """Whether what cannot be read there has to do with a model."""
    home, name = split(tree, place)
    return (name or home) in names or (not name and bool(parts))


def _unreached(path: Path) -> str:
    """Say why what lies in a folder, or what it leads to, cannot be reached; empty: it can."""
    try:
        path.stat()
    except OSError as error:  # such as a share that is not connected
        nowhere = error.errno in (errno.ENOENT, errno.ENOTDIR, errno.ELOOP) and path.is_symlink()
        return str(dangling(path) if nowhere else _closed(path, error))
    return ""


def _closed(folder: Path, error: OSError) -> ModelProblem:
    return ModelProblem(
        _("{folder} cannot be looked through: {reason}.").format(
            folder=folder, reason=error.strerror or error
        )
    )
