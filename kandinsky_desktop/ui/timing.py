"""How long pictures take, how fast they come and when they will be done, in words."""

from kandinsky_desktop.domain.i18n import _, ngettext
from kandinsky_desktop.domain.pace import Pace

ENOUGH_TO_SAY_S = 2.0  # a shorter wait needs no estimate


def cost_text(counted: str, seconds: float | None, start: str = "") -> str:
    """Say what is wanted, of which start, and how long it takes, as far as known."""
    parts = [counted]
    if start:
        parts.append(_("from {picture}").format(picture=start))
    if seconds is not None:
        parts.append(duration_text(seconds))
    return " · ".join(parts)


def progress_text(doing: str, pace: Pace, now: float) -> tuple[str, ...]:
    """Say what a job does, how fast it goes and how long it still takes, as far as is known."""
    parts = [doing]
    if pace.rate:
        parts.append(_speed(pace.rate))
    left = pace.left(now)
    if left is not None and left >= ENOUGH_TO_SAY_S:
        parts.append(_("{time} left").format(time=duration_text(left)))
    return tuple(part for part in parts if part)


def seconds_text(seconds: float) -> str:
    """Say a time as shortly as a button has room for."""
    if seconds < 60:
        return _("{n} s").format(n=round(seconds))
    if seconds < 3600:
        return _("{n} min").format(n=round(seconds / 60))
    return _("{n:.1f} h").format(n=seconds / 3600)


def _speed(rate: float) -> str:
    if rate >= 1:
        whole = round(rate)
        return ngettext("{rate} step a second", "{rate} steps a second", whole).format(rate=whole)
    return _("{seconds:.1f} s a step").format(seconds=1 / rate)


def duration_text(seconds: float) -> str:
    """Say how long something takes, no finer than it is known."""
    if seconds < 1:
        return _("under a second")
    if seconds < 60:
        return _("about {n} s").format(n=round(seconds))
    if seconds < 3600:
        return _("about {n} min").format(n=max(1, round(seconds / 60)))
    return _("about {n:.1f} h").format(n=seconds / 3600)
