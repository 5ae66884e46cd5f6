"""The colours of the themes: what is written or drawn in each stands out from what it lies on."""

from dataclasses import fields

import pytest

from kandinsky_desktop.ui.theme_tokens import CONTRAST, DARK, LIGHT, ThemeTokens, contrast

THEMES = pytest.mark.parametrize("tokens", [LIGHT, DARK, CONTRAST], ids=lambda one: one.name)
GROUNDS = ("stage", "window", "panel", "raised", "well", "hover")


@THEMES
@pytest.mark.parametrize("ground", GROUNDS)
@pytest.mark.parametrize("words", ["text", "quiet"])
def test_words_can_be_read_on_every_ground(tokens: ThemeTokens, words: str, ground: str) -> None:
    assert contrast(getattr(tokens, words), getattr(tokens, ground)) >= 4.5


@THEMES
@pytest.mark.parametrize(
    ("words", "grounds"),
    [
        ("accent_text", ("stage", "panel", "raised", "tint")),
        ("text", ("tint",)),
        ("on_accent", ("accent", "accent_hover")),
        ("on_danger", ("danger",)),
        ("danger", ("raised", "panel")),
        ("warning", ("raised", "panel")),
        ("good", ("raised", "panel", "window")),
    ],
)
def test_coloured_words_can_be_read(
    tokens: ThemeTokens, words: str, grounds: tuple[str, ...]
) -> None:
    for ground in grounds:
        assert contrast(getattr(tokens, words), getattr(tokens, ground)) >= 4.5, ground


@THEMES
def test_rings_fills_and_stars_can_be_seen(tokens: ThemeTokens) -> None:
    for ground in (tokens.stage, *tokens.bands):
        assert contrast(tokens.ring, ground) >= 3.0, ground
    for ground in (tokens.stage, tokens.panel, tokens.raised, tokens.track):
        assert contrast(tokens.accent, ground) >= 3.0, ground
    for ground in (tokens.raised, tokens.panel):
        assert contrast(tokens.star_line, ground) >= 3.0, ground


@THEMES
def test_greys_have_no_tint(tokens: ThemeTokens) -> None:
    greys = {"stage", "window", "panel", "raised", "well", "hover", "line", "edge", "text"}
    greys |= {"quiet", "track", "ring"}
    for one in fields(tokens):
        if one.name in greys:
            red, green, blue = (getattr(tokens, one.name)[at : at + 2] for at in (1, 3, 5))
            assert red == green == blue, one.name
