"""What may go wrong, in words a person can act on."""

from pathlib import Path

from kandinsky_desktop.domain.paths import printable


class KandinskyError(Exception):
    """Base of every error we raise on purpose. Its text is shown as it stands.

    `path` is that of the file which the text names whole: a terminal wants it so.
    """

    def __init__(self, text: str = "", path: Path | None = None) -> None:
        super().__init__(text)
        self.path = path


def brief(error: KandinskyError | OSError) -> str:
    """Return an error's text as a window shows it: a file by its name, without its folders."""
    if isinstance(error, OSError):
        path = error.filename
        reason = error.strerror or str(error)
        return f"{Path(path).name}: {reason}" if isinstance(path, str | Path) else reason
    if error.path is None:
        return str(error)
    return str(error).replace(str(error.path), error.path.name)


class InvalidRequest(KandinskyError):
    """The request contradicts itself or the model; nothing has been loaded for it."""


class ModelProblem(KandinskyError):
    """A model folder cannot be used: a part is missing, damaged or of another kind."""

    def __init__(self, text: str = "", path: Path | None = None) -> None:
        super().__init__(printable(text), path)


class ForeignModel(ModelProblem):
    """A folder holds a model of a kind that is not known here, and nothing is wrong with it."""


class ModelAway(ModelProblem):
    """A model's folder cannot be reached: it was moved, or its disk was pulled out."""


class NotAtHand(KandinskyError):
    """A component is not in memory, and there is no room for it beside what is there."""


class OutOfMemory(KandinskyError):
    """The device has too little memory, even with everything else put away."""


class Unreadable(KandinskyError):
    """A file is no picture, no request or no setting of ours."""


class TooLarge(Unreadable):
    """A picture has more pixels than are read."""


class OtherFormat(Unreadable):
    """A file of ours was written by a version whose format this one does not read."""


class SavingFailed(KandinskyError):
    """A finished picture could not be written; the picture itself is still in memory."""


class TrashFailed(KandinskyError):
    """A picture did not go into the trash or out of it; it is where it was."""


class Garbled(KandinskyError):
    """What came is no value of ours: cut off, too long, or of an unknown type or field."""


class Stopped(KandinskyError):
    """The person cancelled the job. Raised by `report`, never shown."""
