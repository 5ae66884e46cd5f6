"""Two independent classifiers: the tuner, for choosing settings, and the report's examiner.

They share nothing with the CLIP or with each other: convolutions instead of a transformer, other
widths and blocks, their own seeds and their own scenes. They are shown morphs too, with each share
as the answer: a judge that knows whole things only sees one thing of a morph, and is sure of it.
"""

from collections.abc import Callable
from random import Random

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from starter import machine, movq
from starter.course import Budget, Course, averaged_weights
from starter.journal import log
from starter.scenes import WHITE, Kind, Painter, Scene, compose, labels, tinted_on_white
from starter.sources import build_bank
from starter.world import COLOUR_NAMES, subjects

SIDES = {"tuner": 64, "examiner": 72}
BATCH = 48
MORPHS = 6
"""Of a batch: mixes of things that are drawn as one."""


class _Plain(nn.Module):
    """A residual block of two 3 x 3 convolutions."""

    def __init__(self, inside: int, outside: int) -> None:
        super().__init__()
        self.first = nn.Conv2d(inside, outside, 3, 2, 1, bias=False)
        self.second = nn.Conv2d(outside, outside, 3, 1, 1, bias=False)
        self.norms = nn.ModuleList([nn.BatchNorm2d(outside), nn.BatchNorm2d(outside)])

    def forward(self, features: Tensor) -> Tensor:
        small = F.relu(self.norms[0](self.first(features)))
        return F.relu(small + self.norms[1](self.second(small)))


class _Separable(nn.Module):
    """A 5 x 5 convolution of each channel, then a wide mix of the channels, as in ConvNeXt."""

    def __init__(self, width: int) -> None:
        super().__init__()
        self.around = nn.Conv2d(width, width, 5, 1, 2, groups=width)
        self.norm = nn.GroupNorm(1, width)
        self.wide, self.back = nn.Conv2d(width, 3 * width, 1), nn.Conv2d(3 * width, width, 1)

    def forward(self, features: Tensor) -> Tensor:
        return features + self.back(F.gelu(self.wide(self.norm(self.around(features)))))


class Judge(nn.Module):
    """Names what a picture shows: the thing (or the two), its colour and the background."""

    def __init__(self, kind: str) -> None:
        super().__init__()
        if kind == "tuner":
            widths = (32, 64, 128, 224)
            self.trunk = nn.Sequential(
                *(_Plain(a, b) for a, b in zip((3, *widths), widths, strict=False))
            )
            last, cells = widths[-1], 4
        else:
            stem, middle, last = 48, 96, 192
            self.trunk = nn.Sequential(
                nn.Conv2d(3, stem, 4, 4),
                _Separable(stem),
                nn.Conv2d(stem, middle, 2, 2),
                *(_Separable(middle) for _ in range(2)),
                nn.Conv2d(middle, last, 2, 2),
                *(_Separable(last) for _ in range(2)),
            )
            cells = 4
        self.side = SIDES[kind]
        self.reduce = nn.Sequential(nn.AdaptiveAvgPool2d(2), nn.Flatten(), nn.Dropout(0.1))
        self.things = nn.Linear(last * cells, len(subjects()))
        self.colours = nn.Linear(last * cells, len(COLOUR_NAMES) + 1)
        self.backgrounds = nn.Linear(last * cells, len(COLOUR_NAMES))

    def forward(self, pictures: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        """Scores of things, colours and backgrounds for pictures of any size in -1 to 1."""
        small = F.interpolate(
            pictures, size=(self.side, self.side), mode="bilinear", antialias=True
        )
        features = self.reduce(self.trunk(small))
        return self.things(features), self.colours(features), self.backgrounds(features)


def trained(kind: str) -> Judge:
    """A judge with averaged weights."""
    judge = Judge(kind)
    judge.load_state_dict(averaged_weights(kind)["judge"])
    return judge.eval()


def _shares(scenes: list[Scene]) -> Tensor:
    """All of the answer on a single thing, half on each of a pair, of a mix to each its share."""
    wanted = torch.zeros(len(scenes), len(subjects()))
    for row, scene in enumerate(scenes):
        shares = scene.shares or [1 / len(scene.objects)] * len(scene.objects)
        for one, share in zip(scene.objects, shares, strict=True):
            wanted[row, one.subject] += share
    return wanted


def _worn(pictures: Tensor) -> Tensor:
    """Soften, shift and add noise, so that a soft decoder's picture is not a foreign one."""
    side = pictures.shape[-1]
    if torch.rand(1) < 0.4:
        scale = float(torch.empty(1).uniform_(0.35, 0.8))
        pictures = F.interpolate(pictures, scale_factor=scale, mode="area")
        pictures = F.interpolate(pictures, size=(side, side), mode="bilinear")
    shift = torch.randint(-6, 7, (2,)).tolist()
    pictures = torch.roll(pictures, shift, (2, 3))
    return pictures + 0.05 * torch.rand(1) * torch.randn_like(pictures)


def _cut_to_object(pictures: Tensor, scenes: list[Scene], rng: Random) -> Tensor:
    """Show some single things close up, as a judge sees the inside of a mask."""
    out = pictures.clone()
    side = pictures.shape[-1]
    for row, scene in enumerate(scenes):
        if scene.kind is Kind.PAIR or rng.random() > 0.3:
            continue
        one = scene.first
        half = one.size / 2 + rng.uniform(0, 0.08)
        ends = (one.y - half, one.y + half, one.x - half, one.x + half)
        top, bottom, left, right = (min(side, max(0, round(end * side))) for end in ends)
        cut = pictures[row : row + 1, :, top:bottom, left:right]
        out[row] = F.interpolate(cut, size=(side, side), mode="bilinear")[0]
    return out


@torch.no_grad()
def accuracy(
    judge: Callable[[Tensor], tuple[Tensor, Tensor, Tensor]], painter: Painter, seed: str
) -> dict[str, float]:
    """How right a judge is about 600 real held-out scenes with one thing."""
    rng = Random(seed)
    scenes: list[Scene] = []
    while len(scenes) < 600:
        scene = compose(rng, held_out=True)
        if len(scene.objects) == 1:
            scenes.append(scene)
    told = [judge(painter.paint(scenes[k : k + 60], movq.SIDE)) for k in range(0, 600, 60)]
    things, colours, backgrounds = (torch.cat(part) for part in zip(*told, strict=True))
    truth = labels(scenes)
    tinted = truth.colour < len(COLOUR_NAMES)
    return {
        "top1": float((things.argmax(1) == truth.first).float().mean()),
        "top5": float((things.topk(5).indices == truth.first[:, None]).any(1).float().mean()),
        "colour": float((colours.argmax(1) == truth.colour)[tinted].float().mean()),
        "background": float((backgrounds.argmax(1) == truth.background).float().mean()),
    }


def _train(kind: str, budget: Budget, seed: int) -> None:
    painter = Painter(build_bank())
    torch.manual_seed(seed)
    judge = Judge(kind)
    batch = BATCH * machine.WIDER
    course = Course(
        kind,
        {"judge": judge},
        budget,
        2e-3,
        batch,
        weight_decay=0.05,
        steady_share=0.3,
        decay=0.995,
    )
    course.resume()

    def loss_of(course: Course) -> tuple[Tensor, dict[str, float]]:
        fused = MORPHS * machine.WIDER
        scenes = [compose(course.rng) for _ in range(batch - machine.WIDER - fused)]
        scenes += [tinted_on_white(course.rng, WHITE) for _ in range(machine.WIDER)]
        scenes += [compose(course.rng, kind=Kind.FUSED) for _ in range(fused)]
        pictures = painter.paint(scenes, movq.SIDE)
        shown = _worn(_cut_to_object(pictures, scenes, course.rng))
        things, colours, backgrounds = judge(shown)
        truth = labels(scenes)
        of_things = F.cross_entropy(things, _shares(scenes), label_smoothing=0.05)
        loss = of_things + 0.5 * F.cross_entropy(colours, truth.colour)
        loss = loss + 0.3 * F.cross_entropy(backgrounds, truth.background)
        return loss, {"things": float(of_things.detach()), "loss": float(loss.detach())}

    def examine() -> None:
        figures = accuracy(judge, painter, f"{kind} examination")
        log.info(
            "%s measured on 600 held-out: %s",
            kind,
            "  ".join(f"{k} {v:.3f}" for k, v in figures.items()),
        )

    course.run(loss_of, examine)


def train_tuner(budget: Budget) -> None:
    """Train the judge that tuning may ask."""
    _train("tuner", budget, 71)


def train_examiner(budget: Budget) -> None:
    """Train the judge that only the report asks."""
    _train("examiner", budget, 1009)
