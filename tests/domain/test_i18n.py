"""Words for people are there at once."""

import gettext

import pytest

from kandinsky_desktop.domain.i18n import _, ngettext


def test_the_disk_is_not_asked_at_each_word(monkeypatch: pytest.MonkeyPatch) -> None:
    assert _("Pictures") == "Pictures"

    def ask(*about: object) -> None:
        raise AssertionError(f"the disk was asked for {about}")

    monkeypatch.setattr(gettext, "find", ask)
    assert _("Steps") == "Steps"
    assert [ngettext("{n} step", "{n} steps", n) for n in (1, 2)] == ["{n} step", "{n} steps"]
