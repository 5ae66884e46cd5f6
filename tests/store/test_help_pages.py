"""The pages of help are there, lead only to what is there, and know all that the doctor finds."""

import re

import pytest

from kandinsky_desktop.store import help_pages
from kandinsky_desktop.store.help_pages import Page, Trouble

LINK = re.compile(r"(?<!!)\[[^\]]+\]\(([^)\s]+)\)")
PAGES = {page.name: page for page in help_pages.pages()}


def test_no_page_is_left_out_and_each_has_a_title_of_its_own() -> None:
    assert {path.name for path in help_pages.folder().iterdir()} == set(help_pages.NAMES)
    assert len({page.title for page in PAGES.values()}) == len(PAGES)


@pytest.mark.parametrize("page", PAGES.values(), ids=lambda page: page.name)
def test_every_link_leads_to_a_heading_of_a_page(page: Page) -> None:
    titles = help_pages.headings(page.text)
    assert len(set(map(help_pages.anchor, titles))) == len(titles)
    links = LINK.findall(page.text)
    assert len(links) == page.text.count("](")
    for link in links:
        name, _sign, heading = link.partition("#")
        there = PAGES[name or page.name]  # nothing leads out: pages are read offline
        assert not heading or heading in map(help_pages.anchor, help_pages.headings(there.text))


@pytest.mark.parametrize("trouble", Trouble)
def test_what_the_doctor_finds_has_a_section_that_says_what_to_do(trouble: Trouble) -> None:
    sections = re.split(r"^## (.+)$", PAGES[help_pages.TROUBLE].text, flags=re.MULTILINE)
    words = dict(zip(sections[1::2], sections[2::2], strict=True))
    assert len(words[trouble.value].split()) > 15


def test_a_heading_is_led_to_as_github_does() -> None:
    assert help_pages.anchor("A model, or a part of one") == "a-model-or-a-part-of-one"
    assert help_pages.anchor("Debian and Ubuntu: the .deb") == "debian-and-ubuntu-the-deb"
