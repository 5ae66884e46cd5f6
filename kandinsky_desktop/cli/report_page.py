"""A report as one page of HTML: it shows the pictures beside it, and needs nothing else."""

from collections.abc import Iterator, Mapping
from html import escape
from typing import Any

from kandinsky_desktop.domain.i18n import _
from kandinsky_desktop.domain.phase_memory import NAMES

Values = Mapping[str, Any]
SMALL = 256  # pixels: smaller pictures are shown enlarged
STYLE = """
:root { color-scheme: light dark; --line: #8884; --soft: #8881; --bad: #b3261e; }
@media (prefers-color-scheme: dark) { :root { --bad: #ff897d; } }
body { font: 15px/1.45 system-ui, sans-serif; max-width: 1100px; margin: 2rem auto;
  padding: 0 1rem; }
h1 { font-size: 1.6rem; margin-bottom: .2rem; } h2 { margin-top: 2.5rem; }
h3 { margin: 0 0 .2rem; } p { margin: .3rem 0; } .soft { opacity: .75; }
dl { display: grid; grid-template-columns: max-content 1fr; gap: .15rem 1rem; }
dt { opacity: .75; } dd { margin: 0; overflow-wrap: anywhere; }
section { display: flex; flex-wrap: wrap; gap: 1.2rem; border-top: 1px solid var(--line);
  padding: 1.2rem 0; }
section > div { flex: 1 1 24rem; min-width: 0; }
img { max-width: 100%; height: auto; border-radius: 4px; background: var(--soft); }
section > a { flex: 0 1 auto; } .enlarged { image-rendering: pixelated; }
table { border-collapse: collapse; margin-top: .6rem; font-variant-numeric: tabular-nums; }
.wide { overflow-x: auto; }
th, td { text-align: right; padding: .15rem .7rem .15rem 0; white-space: nowrap; }
th { font-weight: 500; opacity: .75; } th:first-child, td:first-child, .word { text-align: left; }
section.row { flex-direction: column; gap: .6rem; } section.row > div { flex: none; }
.bad { color: var(--bad); }
"""


def page(about: Values) -> str:
    """Return the page."""
    body = "\n".join(_body(about))
    title = escape(_("What Kandinsky Desktop took"))
    return (
        '<!doctype html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n'
        f"<title>{title}</title>\n"
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        f"<style>{STYLE}</style>\n</head>\n<body>\n{body}\n</body>\n</html>\n"
    )


def _body(about: Values) -> Iterator[str]:
    yield f"<h1>{escape(_('What Kandinsky Desktop took'))}</h1>"
    yield _paragraph(
        _("A fixed set of pictures with fixed seeds: what they took of time and memory here."),
        "soft",
    )
    if about.get("stopped"):
        yield _paragraph(_("It was stopped: the rest was not painted."), "bad")
    elif not about["complete"]:
        yield _paragraph(_("It is not complete: the rest was not painted."), "bad")
    yield _facts(_machine(about))
    for model in about["models"]:
        yield from _of_model(model, about["device"])
    said = _(
        "Predicted, measured and reserved: the most memory of the device that a phase takes alone."
        " A dash: this device does not say. The same figures for programs are in report.json."
    )
    yield _paragraph(said, "soft")


def _machine(about: Values) -> Iterator[tuple[str, str]]:
    device = about["device"]
    if device:
        yield _("Device"), f"{device['name']} ({device['kind']})"
        yield (
            _("Memory"),
            _("{total} in all, of which {budget} may be taken").format(
                total=_bytes(device["memory_bytes"]), budget=_bytes(device["budget_bytes"])
            ),
        )
        yield _("Threads"), _("{threads} of {cores}").format(cores=about["cores"], **device)
    yield _("System"), f"{about['system']}, Python {about['python']}"
    libraries = (f"{name} {version}" for name, version in about["libraries"].items() if version)
    yield _("Libraries"), ", ".join(libraries)
    yield (
        _("Made"),
        _("{when} with Kandinsky Desktop {version}").format(
            when=about["made"].replace("T", " ").replace("+00:00", " UTC"), version=about["program"]
        ),
    )


def _of_model(model: Values, device: Values) -> Iterator[str]:
    yield f"<h2>{escape(model['name'])}</h2>"
    yield _paragraph(
        _("{title}, best at {native} × {native}, {size}, {fingerprint}").format(
            title=model["title"],
            native=model["native"],
            size=_bytes(model["size_bytes"]),
            fingerprint=model["fingerprint"],
        ),
        "soft",
    )
    for problem in model["problems"]:
        yield _paragraph(problem, "bad")
    for task in model["tasks"]:
        yield f'<section class="{"row" if task.get("pictures", 1) > 1 else "one"}">'
        if "picture" in task:
            yield _picture(task)
        yield "<div>"
        yield from _of_task(task, device)
        yield "</div></section>"


def _picture(task: Values) -> str:
    small = task["width"] < SMALL and task["pictures"] == 1
    size = f' class="enlarged" width="{SMALL}"' if small else ""
    name = escape(task["picture"])
    return f'<a href="{name}"><img src="{name}" alt="{escape(task["title"])}"{size}></a>'


def _of_task(task: Values, device: Values) -> Iterator[str]:
    yield f"<h3>{escape(task['title'])}</h3>"
    yield _paragraph(task["about"], "soft")
    if task.get("words"):
        yield _paragraph(f"“{task['words']}”")
    match task["state"]:
        case "skipped":
            yield _paragraph(_("Not painted: {why}").format(why=task["why"]))
            return
        case "failed":
            yield _paragraph(task["why"], "bad")
        case "stopped":
            yield _paragraph(_("It was stopped."), "bad")
        case _:
            pass
    if "used_bytes" not in task:  # before it had begun
        return
    yield _paragraph(
        _("{width} × {height}, {steps} steps, {seconds} s, at most {used} in use").format(
            width=task["width"],
            height=task["height"],
            steps=task["steps"],
            seconds=f"{task['seconds']:.1f}",
            used=_bytes(task["used_bytes"]),
        )
        + ("" if device.get("kind") == "cuda" else " " + _("by the whole process"))
    )
    yield from _phases([one for one in task.get("phases", ()) if one["network"]])


def _phases(phases: list[Values]) -> Iterator[str]:
    """Yield a table: a row for each kind of phase and way, with the most that any of them took."""
    if not phases:
        return
    heads = (_("calls"), _("seconds"), _("predicted"), _("measured"), _("reserved"))
    cells = "".join(f"<th>{escape(head)}</th>" for head in heads)
    words = f'<th>{escape(_("phase"))}</th><th class="word">{escape(_("way"))}</th>'
    yield f'<div class="wide"><table><tr>{words}{cells}</tr>'
    kinds = dict.fromkeys((one["operation"], one.get("way", "")) for one in phases)
    for operation, way in kinds:
        same = [one for one in phases if (one["operation"], one.get("way", "")) == (operation, way)]
        row = (
            _(NAMES.get(str(operation), str(operation))),
            way or "–",
            str(sum(one["calls"] for one in same)),
            f"{sum(one['seconds'] for one in same):.2f}",
            *(
                _bytes(max(one.get(f"{name}_bytes", 0) for one in same))
                for name in ("predicted", "measured", "reserved")
            ),
        )
        first, second, *numbers = (escape(one) for one in row)
        figures = "".join(f"<td>{one}</td>" for one in numbers)
        yield f'<tr><td>{first}</td><td class="word">{second}</td>{figures}</tr>'
    yield "</table></div>"


def _facts(pairs: Iterator[tuple[str, str]]) -> str:
    rows = "".join(f"<dt>{escape(name)}</dt><dd>{escape(said)}</dd>" for name, said in pairs)
    return f"<dl>{rows}</dl>"


def _paragraph(text: str, kind: str = "") -> str:
    return f'<p class="{kind}">{escape(text)}</p>' if kind else f"<p>{escape(text)}</p>"


def _bytes(size: int) -> str:
    """Return a number of bytes as people read it; a dash where it is not known."""
    if not size:
        return "–"
    return f"{size / 1e9:.2f} GB" if size >= 1e9 else f"{size / 1e6:.0f} MB"
