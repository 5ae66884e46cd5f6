"""All models that can be planned without their files: as they were published."""

from kandinsky_desktop.domain.families.kandinsky2 import published as kandinsky2
from kandinsky_desktop.domain.families.kandinsky20 import published as kandinsky20
from kandinsky_desktop.domain.model import Model

# Numbers of parameters by version and role, and how networks are kept in 8 bits
PARAMETERS = {kandinsky20.VERSION: kandinsky20.PARAMETERS} | kandinsky2.PARAMETERS
PACKINGS = {kandinsky20.VERSION: kandinsky20.PACKINGS} | kandinsky2.PACKINGS
VERSIONS = tuple(PARAMETERS)


def published(version: str) -> Model:
    """Return the model of a version, as "2.2", with its components' sizes and no files."""
    if version == kandinsky20.VERSION:
        return kandinsky20.published()
    return kandinsky2.published(version)
