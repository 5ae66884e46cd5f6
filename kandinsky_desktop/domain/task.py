"""What is asked of the decoder: text-to-image, image-to-image, inpainting or outpainting.

Masks are the same everywhere: white = repaint, black = keep, and grey changes by as much.
"""

from dataclasses import dataclass
from pathlib import Path

from kandinsky_desktop.domain.errors import InvalidRequest
from kandinsky_desktop.domain.fields import Choice, check, choice, number, switch
from kandinsky_desktop.domain.i18n import N_, _
from kandinsky_desktop.domain.limits import LONGEST_SIDE

FILLS = (
    Choice("keep", N_("As it is"), N_("The decoder starts from what is under the mask.")),
    Choice("blur", N_("Blurred"), N_("Colours flow in from around.")),
    Choice("neutral", N_("Grey"), N_("A neutral grey.")),
    Choice("border", N_("Border"), N_("The nearest kept pixels are drawn inwards.")),
    Choice("noise", N_("Noise"), N_("Random colours, for something altogether new.")),
)
NO_ESTIMATOR = N_(
    "Depth cannot be estimated: put a DPT or Depth Anything folder (with config.json,"
    " preprocessor_config.json and .safetensors) among your models, or give a map."
)


NOWHERE = Path()  # of a picture that is not chosen yet


# what several tasks have: each says for itself what it begins with and what it means there


def _strength(default: float, help: str) -> float:  # noqa: A002 - the word that a form shows
    return number(default, N_("Strength"), low=0.01, high=1, step=0.05, help=help)


def _fill(default: str, label: str) -> str:
    return choice(default, label, FILLS)


def _feather(help: str) -> int:  # noqa: A002
    return number(8, N_("Feather"), low=0, high=512, unit="px", help=help)


def _border(label: str) -> int:
    return number(0, label, low=0, high=LONGEST_SIDE, unit="px")


@dataclass(frozen=True, slots=True)
class PartOf:
    """Of what picture the one that is started from is a part, and where it lies there.

    Nothing that is painted depends on it: it says where a region of a canvas came from.
    """

    content: str  # the whole picture's fingerprint; empty: it was pasted
    left: int
    top: int
    right: int
    bottom: int
    origin: tuple[int, int] = (0, 0)  # where the whole picture's corner lies, if it has grown since

    def __post_init__(self) -> None:
        """Check that it is a rectangle."""
        across, down = 0 <= self.left < self.right, 0 <= self.top < self.bottom
        if not (across and down and max(self.right, self.bottom) <= LONGEST_SIDE):
            raise InvalidRequest(
                _("A part of a picture cannot lie at {box}.").format(
                    box=(self.left, self.top, self.right, self.bottom)
                )
            )


@dataclass(frozen=True, slots=True)
class TextToImage:
    """From noise: the picture depends on its conditioning alone."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Img2Img:
    """From a picture, scaled to the size of the request and noised by `strength`.

    A canvas gives a copy of its picture, and `part_of` says of which.
    """

    path: Path
    strength: float = _strength(
        0.3, N_("How much of the picture may change: little at 0.1, nearly all at 1.")
    )
    old_noise: bool = switch(
        False,
        N_("Noise of the original 2.1"),
        help=N_("The original 2.1 noised by another schedule than it sampled by."),
    )
    part_of: PartOf | None = None

    def __post_init__(self) -> None:
        """Check the limits."""
        check(self)


@dataclass(frozen=True, slots=True, kw_only=True)
class Inpaint:
    """The masked part of a picture is painted anew; everything else stays to the bit.

    What is grey in a mask changes with that share of the strength.
    `masks` holds one mask for all pictures of the batch, or one for each. A canvas gives a region
    of its picture, and `part_of` says of which.
    """

    path: Path
    masks: tuple[Path, ...]
    strength: float = _strength(1.0, N_("How much of what is under the mask may change."))
    fill: str = _fill("blur", N_("Under the mask"))
    grow: int = number(
        4, N_("Grow"), low=0, high=512, unit="px", help=N_("Widens the mask before it is used.")
    )
    feather: int = _feather(N_("How softly the new part goes over into the old one."))
    padding: int = number(
        32,
        N_("Surroundings"),
        low=0,
        high=4096,
        unit="px",
        help=N_("How much around the mask the decoder sees, at least."),
    )
    fit_mask: bool = switch(
        False,
        N_("Fit the mask"),
        help=N_("A mask of another size is stretched to the picture's; off: it is refused."),
    )
    crop: bool = switch(
        True,
        N_("Work on the part alone"),
        help=N_("A small mask is painted at the model's own size and put back; off: all of it."),
    )
    match_colours: bool = switch(
        False,
        N_("Match the colours around"),
        help=N_("At its edge, the new part goes over into the colours that it is laid into."),
    )
    part_of: PartOf | None = None

    def __post_init__(self) -> None:
        """Check the limits."""
        check(self)


@dataclass(frozen=True, slots=True, kw_only=True)
class Outpaint:
    """A picture that grows by borders, in pixels; the picture itself stays to the bit."""

    path: Path
    left: int = _border(N_("Left"))
    top: int = _border(N_("Top"))
    right: int = _border(N_("Right"))
    bottom: int = _border(N_("Bottom"))
    overlap: int = number(
        64,
        N_("Overlap"),
        low=8,
        high=1024,
        unit="px",
        help=N_("How much of what is there each new window sees, at least."),
    )
    strength: float = _strength(1.0, N_("How much of what fills the border may change."))
    fill: str = _fill("border", N_("In the border"))
    feather: int = _feather(N_("How softly the picture goes over into its border."))
    part_of: PartOf | None = None

    def __post_init__(self) -> None:
        """Check the limits."""
        check(self)


Task = TextToImage | Img2Img | Inpaint | Outpaint


@dataclass(frozen=True, slots=True, kw_only=True)
class Depth:
    """A depth map that the picture is to follow (ControlNet of 2.2): near is white.

    With `estimate` the path is a picture, whose depth is estimated by a local model.
    """

    path: Path
    estimate: bool = switch(False, N_("Estimate from a picture"))
    flip: bool = switch(False, N_("Near and far swapped"))


def check_complete(task: Task) -> None:
    """Raise InvalidRequest, with a sentence, if something is not chosen yet."""
    if isinstance(task, Img2Img | Inpaint | Outpaint) and task.path == NOWHERE:
        raise InvalidRequest(_("Choose the picture to start from first."))
    if isinstance(task, Inpaint) and (not task.masks or NOWHERE in task.masks):
        raise InvalidRequest(_("Paint or choose a mask first: white is what is painted anew."))
    if isinstance(task, Outpaint) and not any((task.left, task.top, task.right, task.bottom)):
        raise InvalidRequest(_("Say by how many pixels the picture is to grow, on any side."))


def mask_of(task: Inpaint, index: int) -> Path:
    """Return the mask of one picture of a batch."""
    return task.masks[index if len(task.masks) > 1 else 0]


def files_of(task: Task) -> tuple[Path, ...]:
    """Return the files that a task is read from."""
    match task:
        case TextToImage():
            return ()
        case Img2Img(path=path) | Outpaint(path=path):
            return (path,)
        case Inpaint(path=path, masks=masks):
            return (path, *masks)
