"""`kandinsky models`: what models there are, whether they are whole, and where more come from."""

import argparse
import os
import sys
from typing import TYPE_CHECKING, Any

from tqdm import tqdm

from kandinsky_desktop.cli import options
from kandinsky_desktop.cli.painting import found_models, settings
from kandinsky_desktop.cli.saying import remarks, say, show_path, size
from kandinsky_desktop.domain.errors import ModelProblem
from kandinsky_desktop.domain.i18n import _
from kandinsky_desktop.domain.paths import typed_path
from kandinsky_desktop.domain.published_files import VERSIONS
from kandinsky_desktop.store import added_models, model_parts, places, shared_files
from kandinsky_desktop.store.models import find_models
from kandinsky_desktop.store.pickled_weights import pickles_in

if TYPE_CHECKING:
    Added = argparse._SubParsersAction[Any]


def add_to(added: "Added") -> None:
    """Add the command, and what it can do with models."""
    models = added.add_parser(
        "models",
        help=_("list, check, add and convert models"),
        description=_("Look after models."),
        allow_abbrev=False,
    )
    kinds = models.add_subparsers(required=True, metavar="WHAT")
    listed = kinds.add_parser(
        "list",
        help=_("say what each model consists of, and what could be added"),
        description=_("Say of each model its parts, what each lets you do, and what is missing."),
        allow_abbrev=False,
    )
    listed.set_defaults(command=show)
    listed.add_argument(
        "--missing",
        action="store_true",
        help=_("also the files, with their sizes, of each Kandinsky that is not here"),
    )
    options.add_models(listed)

    checked = kinds.add_parser(
        "verify",
        help=_("read weights byte by byte"),
        description=_(
            "Read the weights of models from first to last: whole, all of them numbers, and the"
            " same as published where that is known."
        ),
        allow_abbrev=False,
    )
    checked.set_defaults(command=verify)
    checked.add_argument(
        "names", nargs="*", metavar="MODEL", help=_("its name, as in list; by default all")
    )
    checked.add_argument("--quiet", action="store_true", help=_("no bars"))
    options.add_models(checked)

    joined = kinds.add_parser(
        "add",
        help=_("use a folder where it lies"),
        description=_(
            "Let a folder of a model count among your models. It stays where it is: only a link to"
            " it is made."
        ),
        allow_abbrev=False,
    )
    joined.set_defaults(command=add)
    joined.add_argument("folder", metavar="FOLDER", help=_("with a model, or with its parts"))

    shared = kinds.add_parser(
        "share",
        help=_("store weights once that lie in several folders"),
        description=_(
            "Say which files of your models hold the same, byte by byte. Nothing is changed unless"
            " you say --apply: then each becomes a hard link to one of them, where both lie on one"
            " disk. Files in the hub's cache stay as they are."
        ),
        allow_abbrev=False,
    )
    shared.set_defaults(command=share)
    shared.add_argument(
        "--apply", action="store_true", help=_("put links in the place of files that are the same")
    )
    shared.add_argument("--quiet", action="store_true", help=_("no bars"))
    options.add_models(shared)

    converted = kinds.add_parser(
        "convert",
        help=_("make a folder of the original files of Kandinsky 2.0 or 2.1"),
        description=_(
            "Make a folder that models are loaded from of the files that were published in 2022"
            " and 2023. They stay as they are; what was cut off goes on where it was."
        ),
        allow_abbrev=False,
    )
    converted.set_defaults(command=convert, parser=converted)
    converted.add_argument(
        "origin", metavar="FROM", help=_("the folder with the original files, as downloaded")
    )
    converted.add_argument(
        "target",
        nargs="?",
        metavar="TO",
        help=_(
            "a new folder, such as among your models; without it weights in pickles (.bin) of"
            " diffusers' layout become .safetensors files beside them"
        ),
    )
    converted.add_argument("--quiet", action="store_true", help=_("no remarks and no bars"))


def show(args: argparse.Namespace) -> int:
    """Print the models and their parts. Return 1 where there is none."""
    found = find_models(places.model_folders(settings().models, args.models))
    every = model_parts.all_parts(found.models)
    for about in every:
        model = about.model
        told = [_("best at {native} × {native}").format(native=model.native)]
        told += [size(about.size_bytes)]
        told += [_("licence {name}").format(name=about.licence)] if about.licence else []
        say(f"{model.name}: {model.profile.title}, {', '.join(told)}")
        say(f"    {model.root}")
        for part in about.parts:
            formats = "/".join(part.formats)
            say(f"    {part.name}, {size(part.size_bytes)} {formats}: {part.lets}")
            if part.twin is not None:
                say(f"      {model_parts.twin_text(part)}")
        for lack in about.missing:
            say("    – " + _("{name}, could be added: {lets}").format(**_words(lack)))
            _say_files(lack)
        for problem in (*model.problems, *filter(None, [about.problem])):
            say(f"    ! {problem}")
    _say_total(every)
    here = {model_parts.version_of(model) for model in found.models}
    for version in VERSIONS if args.missing else ():
        if version not in here:
            say(_("Kandinsky {version} is not here. It was published as:").format(version=version))
            for lack in model_parts.needed_parts(version):
                say(_("    {name}: {lets}").format(**_words(lack)))
                _say_files(lack)
    for problem in (*found.problems, *found.asides):
        say(f"! {problem}")
    if not found.models:
        say(_("No model was found."))
    return 0 if found.models else 1


def _say_total(every: tuple[model_parts.ModelParts, ...]) -> None:
    """Say what all models take, each file counted once, and what could be saved."""
    parts = [part for about in every for part in about.parts]
    if parts:
        taken = shared_files.bytes_on_disk(file for part in parts for file in part.files)
        say(
            _("On the disk all of them take {size}, each file counted once.").format(
                size=size(taken)
            )
        )
    twice = sum(part.size_bytes for part in parts if part.twin and not part.is_stored_once)
    if twice >= shared_files.LEAST:
        words = _("Of that {size} lie there twice: `kandinsky models share` says which.")
        say(words.format(size=size(twice)))


def share(args: argparse.Namespace) -> int:
    """Say which files hold the same and, if asked to, let each be a link to one of them."""
    found = found_models(args)
    possible = list(shared_files.pairs(shared_files.weights_of(found.models)))
    saved = failed = 0
    with tqdm(
        total=sum(one.size_bytes for one in possible),
        unit="B",
        unit_scale=True,
        file=sys.stderr,
        disable=args.quiet,
        leave=False,
    ) as bar:
        for pair in possible:
            try:
                same = (
                    shared_files.link(pair, bar.update)
                    if args.apply
                    else shared_files.is_equal(pair.kept, pair.file, bar.update)
                )
            except (shared_files.NotLinked, OSError) as error:
                failed += 1
                say(f"! {error}")
                continue
            if same:
                saved += pair.size_bytes
                say(f"{pair.file}, {size(pair.size_bytes)}")
                say("    " + _("holds the same as {file}").format(file=pair.kept))
    if not saved:
        say(_("No two files hold the same, but for those that are one already."))
    elif args.apply:
        say(
            _("{size} are free again: each of these is one file with two names now.").format(
                size=size(saved)
            )
        )
    else:
        say(
            _(
                "{size} would be saved by `kandinsky models share --apply`: each of these would be"
                " one file with two names, so that what changes it under one name changes it"
                " under both. Nothing was changed."
            ).format(size=size(saved))
        )
    return 1 if failed else 0


def _words(lack: model_parts.Missing) -> dict[str, str]:
    return {"name": lack.name, "lets": lack.lets}


def _say_files(lack: model_parts.Missing) -> None:
    for file in lack.files:
        about = "" if file.is_exact else _("about") + " "
        say(f"      {file.repository}/{file.place}, {about}{size(file.size_bytes)}")


def verify(args: argparse.Namespace) -> int:
    """Read the weights of models, and print a line for each file. Return 1 where one is amiss."""
    from kandinsky_desktop.store import model_check

    found = found_models(args)
    models = [found.named(name) for name in args.names] or list(found.models)
    amiss = 0
    for file in dict.fromkeys(file for one in models for file in model_check.files_of(one)):
        try:
            with tqdm(
                total=file.stat().st_size,
                unit="B",
                unit_scale=True,
                desc=file.parent.name,
                file=sys.stderr,
                disable=args.quiet,
                leave=False,
            ) as bar:
                result = model_check.check(file, bar.update)
        except ModelProblem as error:
            amiss += 1
            say(str(error))
            continue
        except OSError as error:  # as a failing disk says
            amiss += 1
            words = _("{file} cannot be read: {reason}.")
            say(words.format(file=file, reason=error.strerror or error))
            continue
        amiss += bool(result.problem)
        known = _("as published") if result.as_published else _("whole")
        say(result.problem or f"{file}: {known}, sha256 {result.sha256[:16]}")
    for problem in () if args.names else (*found.problems, *found.asides):
        amiss += 1
        say(f"! {problem}")
    return 1 if amiss else 0


def add(args: argparse.Namespace) -> int:
    """Link to a folder with models, and say which. Raises ModelProblem where it holds none."""
    known = find_models(places.model_folders(settings().models)).models
    added = added_models.add(typed_path(args.folder), known)
    for model in added.models:
        say(model.name)
    for folder in added.estimators:
        say(_("{folder}: estimates depth").format(folder=folder))
    return 0


def convert(args: argparse.Namespace) -> int:
    """Convert a model, and say where it lies."""
    from kandinsky_desktop.engine.converting.convert import convert as convert_files

    origin = typed_path(args.origin)
    if not os.path.isdir(origin):
        raise ModelProblem(_("There is no folder {folder}.").format(folder=origin))
    if args.target is None and not pickles_in(origin):
        args.parser.error(
            _(
                "There are no weights in pickles in {folder}. Of original files say the new"
                " folder too."
            ).format(folder=origin)
        )
    target = origin if args.target is None else typed_path(args.target)
    with tqdm(
        total=None, unit="B", unit_scale=True, file=sys.stderr, disable=args.quiet, leave=False
    ) as bar:

        def report(place: str, done: int, whole: int) -> None:
            bar.total = whole
            bar.set_description(place, refresh=False)
            bar.update(done - bar.n)

        known = shared_files.weights_of(find_models(places.model_folders(settings().models)).models)
        version = convert_files(origin, target, report, known, remarks(quiet=args.quiet))
    if version:
        remarks(quiet=args.quiet)(_("Kandinsky {version} is ready.").format(version=version))
    show_path(target)
    return 0
