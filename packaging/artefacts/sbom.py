"""The software bill of materials of an artefact, in CycloneDX: all that is in it, with licences."""

import json
import re
from datetime import UTC, datetime
from uuid import NAMESPACE_URL, UUID, uuid5

from cyclonedx.factory.license import LicenseFactory
from cyclonedx.model.bom import Bom
from cyclonedx.model.component import Component, ComponentType
from cyclonedx.output.json import JsonV1Dot6
from cyclonedx.schema import SchemaVersion
from cyclonedx.validation.json import JsonStrictValidator
from packageurl import PackageURL

from artefacts import facts
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
    text = JsonV1Dot6(bom).output_as_string(indent=1)
    wrong = JsonStrictValidator(SchemaVersion.V1_6).validate_str(text)
    if wrong is not None:
        raise ValueError(f"the bill of {artefact} is not valid: {wrong}")
    return text + "\n"


def renamed(text: str, artefact: str) -> str:
    """Return a bill as that of another artefact with the same parts."""
    plain = json.loads(text)
    plain["serialNumber"] = _number(artefact).urn
    plain["metadata"]["component"]["description"] = artefact
    return json.dumps(plain, indent=1) + "\n"


def _number(artefact: str) -> UUID:
    return uuid5(NAMESPACE_URL, f"{artefact}@{facts.commit() or facts.VERSION}")
