"""The software bill of materials of an artefact, in CycloneDX: all that is in it, with licences."""

import json
import re
from datetime import UTC, datetime
from typing import Any
from uuid import NAMESPACE_URL, UUID, uuid5

from cyclonedx.factory.license import LicenseFactory
from cyclonedx.model.bom import Bom
from cyclonedx.model.component import Component, ComponentType
from cyclonedx.output.json import JsonV1Dot6
from cyclonedx.schema import SchemaVersion
from cyclonedx.validation.json import JsonStrictValidator
from packageurl import PackageURL

from artefacts import facts
from artefacts.runtime import Part
from kandinsky_desktop.store import licences
from kandinsky_desktop.store.licences import Licence


def bill(artefact: str, parts: tuple[Licence, ...], bundled: frozenset[str] = frozenset()) -> str:
    """Return the bill of an artefact as JSON. `bundled` names what is no Python package.

    The same artefact has the same bill: its time is the commit's, its number made of its name.
    """
    licence = LicenseFactory()
    bom = Bom(serial_number=_number(artefact))
    bom.metadata.timestamp = datetime.fromtimestamp(facts.epoch(), UTC)
    root = Component(
        name=facts.NAME,
        version=facts.VERSION,
        type=ComponentType.APPLICATION,
        bom_ref=facts.NAME,
        description=artefact,
        licenses=[licence.make_from_string("Apache-2.0")],
        purl=PackageURL("pypi", None, facts.NAME, facts.VERSION),
    )
    bom.metadata.component = root
    made = []
    for part in parts:
        name = part.name if part.name in bundled else licences.normal(part.name)
        kind = "generic" if part.name in bundled else "pypi"
        made.append(
            Component(
                name=part.name,
                version=part.version,
                type=ComponentType.LIBRARY,
                bom_ref=f"{kind}:{name}@{part.version}",
                licenses=[licence.make_from_string(part.expression)],
                purl=PackageURL(kind, None, re.sub(r"\s+", "-", name), part.version),
            )
        )
    for one in made:
        bom.components.add(one)
    bom.register_dependency(root, made)
    return _checked(JsonV1Dot6(bom).output_as_string(indent=1), artefact)


def renamed(text: str, artefact: str, more: tuple[Part, ...] = ()) -> str:
    """Return a bill as that of another artefact with the same parts, and some that lie before them.

    Of those the first is made of all others.
    """
    plain = json.loads(text)
    plain["serialNumber"] = _number(artefact).urn
    plain["metadata"]["component"]["description"] = artefact
    if more:
        names = [f"generic:{part.name}@{part.version}".rstrip("@") for part in more]
        for name, part in zip(names, more, strict=True):
            plain["components"].append(_component(name, part))
        for one in plain["dependencies"]:
            if one["ref"] == plain["metadata"]["component"]["bom-ref"]:
                one["dependsOn"] = sorted([*one.get("dependsOn", ()), names[0]])
        plain["dependencies"].append({"ref": names[0], "dependsOn": sorted(names[1:])})
        plain["dependencies"] += [{"ref": name} for name in names[1:]]
        plain["dependencies"].sort(key=lambda one: str(one["ref"]))
    return _checked(json.dumps(plain, indent=1), artefact)


def _component(name: str, part: Part) -> dict[str, Any]:
    made: dict[str, Any] = {
        "bom-ref": name,
        "type": "library",
        "name": part.name,
        "licenses": [{"license": {"id": part.licence}}],
        "purl": part.purl,
    }
    if part.version:
        made["version"] = part.version
    if part.file:
        hashes = [{"alg": "SHA-256", "content": part.sha256}]
        made["externalReferences"] = [
            {"type": "distribution", "url": part.file, "hashes": hashes},
            {"type": "source-distribution", "url": part.source},
        ]
    return made


def _checked(text: str, artefact: str) -> str:
    wrong = JsonStrictValidator(SchemaVersion.V1_6).validate_str(text)
    if wrong is not None:
        raise ValueError(f"the bill of {artefact} is not valid: {wrong}")
    return text + "\n"


def _number(artefact: str) -> UUID:
    return uuid5(NAMESPACE_URL, f"{artefact}@{facts.commit() or facts.VERSION}")
