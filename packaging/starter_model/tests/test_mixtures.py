"""What counts as one thing, as between, as smooth and as clean."""
# ruff: noqa: D103

import torch
from starter import mixtures

SIDE = 64


def _disc(row: int, column: int, radius: float) -> torch.Tensor:
    line = torch.arange(SIDE)
    return torch.hypot(line[:, None] - row + 0.0, line[None] - column + 0.0) < radius


def _picture(mask: torch.Tensor, colour: tuple[float, float, float] = (-1, 0, 1)) -> torch.Tensor:
    tint = torch.tensor(colour)[:, None, None]
    return torch.where(mask[None], tint, torch.ones(3, SIDE, SIDE))


def test_two_things_side_by_side_are_not_one() -> None:
    apart = _disc(32, 16, 10) | _disc(32, 48, 10)
    assert len(mixtures.pieces(apart)) == 2
    assert not mixtures.is_whole(apart)
    assert mixtures.is_whole(_disc(32, 32, 20) | _disc(4, 4, 2))
    assert not mixtures.is_whole(torch.zeros(SIDE, SIDE, dtype=torch.bool))


def test_what_is_drawn_is_what_differs_from_the_border() -> None:
    mask = _disc(32, 32, 12)
    assert torch.equal(mixtures.drawn(_picture(mask)), mask)


def test_an_outline_between_is_neither_parents() -> None:
    small, middle, large = (_disc(32, 32, radius) for radius in (10, 18, 26))
    assert mixtures.takes_its_outline(middle, middle, (small, large))
    assert not mixtures.takes_its_outline(large, middle, (small, large))


def test_half_one_and_half_the_other_is_not_alike_all_over() -> None:
    """Left the first, right the second, as the older weights paint a mixture."""
    disc = _disc(32, 32, 20)
    first, second, morph = (_picture(disc, (r, 0, -r)) for r in (1, -1, 0))
    sided = torch.cat([first[..., : SIDE // 2], second[..., SIDE // 2 :]], 2)
    assert mixtures.is_alike_all_over(morph, morph, (first, second))
    assert not mixtures.is_alike_all_over(sided, morph, (first, second))
    assert not mixtures.is_alike_all_over(first, morph, (first, second))


def test_halves_are_the_colours_of_each_side() -> None:
    picture = torch.zeros(1, 3, SIDE, SIDE)
    picture[..., : SIDE // 2] = 1
    left, right, upper, lower = mixtures.halves(picture)[0]
    assert (left.min(), right.max()) == (1, 0)
    assert upper.mean() == lower.mean() == 0.5


def test_between_is_in_the_middle_and_not_at_an_end() -> None:
    ends = (torch.tensor([0.0, 0.0]), torch.tensor([1.0, 0.0]))
    assert mixtures.is_between(torch.tensor([0.5, 0.2]), ends)
    assert not mixtures.is_between(torch.tensor([0.05, 0.0]), ends)
    assert not mixtures.is_between(torch.tensor([0.5, 1.0]), ends)


def test_a_strip_that_leaps_or_turns_back_is_not_smooth() -> None:
    even = torch.linspace(0, 1, 9)[:, None] * torch.ones(1, 4)
    assert mixtures.is_smooth(even)
    leaping = even.clone()
    leaping[5:] += 1
    assert not mixtures.is_smooth(leaping)
    turning = even.clone()
    turning[4] = even[2]
    assert not mixtures.is_smooth(turning)


def test_a_spot_beside_a_thing_is_not_clean() -> None:
    own = _disc(32, 28, 18)
    assert mixtures.is_clean(_picture(own), own)
    assert not mixtures.is_clean(_picture(own | _disc(8, 56, 5)), own)
    assert mixtures.is_clean(_picture(own | _disc(8, 56, 1.5)), own)
    near = own | _disc(32, 47, 4)
    assert mixtures.is_clean(_picture(near), own), "a wider thing is no spot"
