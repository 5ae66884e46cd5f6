"""The words in a graph of ComfyUI: those that lead to its sampler, found by following the links."""

import re
from typing import Any

MOST_NODES = 2000
TEXTS = re.compile(r"(text|string|prompt|value|caption|t5xxl|clip_[lg])(_?[a-z0-9]{0,8})?")
NO_WORDS = {  # inputs that lead elsewhere
    "model", "clip", "vae", "latent_image", "samples", "image", "pixels", "mask", "control_net",
    "noise", "sampler", "sigmas", "clip_vision", "clip_vision_output", "style_model",
}  # fmt: skip
EMPTYING = "ConditioningZeroOut"  # what leads to it is not said

LEADS = re.compile("Latent|Checkpoint|Noise|Scheduler|Guider|UNETLoader")
TELLING = {  # inputs that say how, and what others call them
    "seed": "seed",
    "noise_seed": "seed",
    "steps": "steps",
    "cfg": "cfg",
    "sampler_name": "sampler",
    "scheduler": "scheduler",
    "denoise": "denoise",
    "width": "width",
    "height": "height",
    "ckpt_name": "model",
    "unet_name": "model",
}

Node = dict[str, Any]  # its class and its inputs: a value, or a link [node, output]


def words_of(found: dict[str, Any]) -> tuple[str, str] | None:
    """Return positive and negative words; None if it is no graph, or has none."""
    nodes = _nodes(found)
    if not nodes:
        return None
    for node in _ends(nodes):
        inputs = node["inputs"]
        way = "positive" if "positive" in inputs else "conditioning"
        positive = _led(nodes, inputs.get(way), "positive")
        if positive:
            return positive, _led(nodes, inputs.get("negative"), "negative")
    for node in nodes.values():  # no sampler is known: what is encoded first
        text = _texts(node["inputs"]) if "TextEncode" in node["class_type"] else ""
        if text:
            return text, ""
    return None


def settings_of(found: dict[str, Any]) -> dict[str, Any] | None:
    """Return the values at the first sampler and what leads to it; None if it is no graph.

    Only values that stand there: what a node works out is known to nobody but ComfyUI.
    """
    inner = found.get("prompt")
    nodes = _nodes(found) or (_nodes(inner) if isinstance(inner, dict) else {})
    if not nodes:
        return None
    settings: dict[str, Any] = {}
    samplers = [node for node in nodes.values() if "Sampler" in node["class_type"]]
    sources = [node for node in nodes.values() if LEADS.search(node["class_type"])]
    for node in (*samplers, *sources):
        for key, value in node["inputs"].items():
            if isinstance(value, int | float | str) and key in TELLING:
                settings.setdefault(TELLING[key], value)
    return settings


def _nodes(found: dict[str, Any]) -> dict[str, Node]:
    """Return the nodes of a graph as it is run or as it is drawn; none if it is no graph."""
    if isinstance(found.get("nodes"), list) and isinstance(found.get("links"), list):
        return _drawn(found["nodes"], found["links"])
    return {
        name: one
        for name, one in list(found.items())[:MOST_NODES]
        if isinstance(one, dict)
        and isinstance(one.get("class_type"), str)
        and isinstance(one.get("inputs"), dict)
    }


def _drawn(nodes: list[Any], links: list[Any]) -> dict[str, Node]:
    """Return a drawn graph as it is run: its links have numbers, its values no names."""
    origins: dict[object, str] = {}
    for link in links[: 10 * MOST_NODES]:
        if isinstance(link, list) and len(link) >= 3 and isinstance(link[0], int):
            origins[link[0]] = str(link[1])
        elif isinstance(link, dict) and isinstance(link.get("id"), int):
            origins[link["id"]] = str(link.get("origin_id"))
    found: dict[str, Node] = {}
    for node in nodes[:MOST_NODES]:
        if not isinstance(node, dict) or not isinstance(node.get("type"), str):
            continue
        inputs: dict[str, Any] = {}
        values = node.get("widgets_values")
        texts = [one for one in values if isinstance(one, str)] if isinstance(values, list) else []
        if texts and re.search("Text|String|Prompt|Primitive", node["type"]):
            inputs["text"] = texts[0]
        places = node.get("inputs")
        for place in places if isinstance(places, list) else ():
            link = place.get("link") if isinstance(place, dict) else None
            if isinstance(link, int) and link in origins:
                inputs[str(place.get("name"))] = [origins[link], 0]
        found[str(node.get("id"))] = {"class_type": node["type"], "inputs": inputs}
    return found


def _ends(nodes: dict[str, Node]) -> list[Node]:
    """Return the nodes where words end: samplers, then what guides them."""
    ends = []
    for kind, names in (("Sampler", ("positive",)), ("Guider", ("positive", "conditioning"))):
        ends += [
            node
            for node in nodes.values()
            if kind in node["class_type"] and any(name in node["inputs"] for name in names)
        ]
    return ends


def _led(nodes: dict[str, Node], link: Any, way: str) -> str:
    """Return the words that lead to a link, each once."""
    if isinstance(link, str):
        return link
    waiting, seen, found = [link], set[str](), list[str]()
    while waiting:
        name = _origin(waiting.pop(0))
        node = nodes.get(name)
        if node is None or name in seen or node["class_type"] == EMPTYING:
            continue
        seen.add(name)
        inputs = node["inputs"]
        if isinstance(inputs.get(way), str):  # a loader with the words in it
            found.append(inputs[way])
        elif way in inputs:
            waiting.append(inputs[way])
        else:
            text = _texts(inputs)
            found += [text] if text else []
            waiting += [
                value
                for key, value in inputs.items()
                if _origin(value) and key not in NO_WORDS and (not text or TEXTS.fullmatch(key))
            ]
    return ", ".join(dict.fromkeys(text.strip() for text in found if text.strip()))


def _texts(inputs: dict[str, Any]) -> str:
    found = [
        value.strip()
        for key, value in inputs.items()
        if isinstance(value, str) and value.strip() and TEXTS.fullmatch(key)
    ]
    return ", ".join(dict.fromkeys(found))


def _origin(link: Any) -> str:
    """Return the node that a link begins at; empty if it is none."""
    is_link = isinstance(link, list) and len(link) == 2 and isinstance(link[0], str | int)
    return str(link[0]) if is_link else ""
