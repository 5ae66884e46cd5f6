"""Measures weights: is what was drawn what was asked for, by a judge that guided nothing."""

import time
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from pathlib import Path
from random import Random
from statistics import median

import torch
import torch.nn.functional as F
from PIL import Image
from torch import Tensor

from kandinsky_desktop.raster.even_steps import broad_colours, even_places
from starter import mixtures, movq
from starter.assemble import megabytes
from starter.captions import article, caption
from starter.decoders import hints
from starter.journal import log
from starter.judges import Judge, accuracy
from starter.painting import Model
from starter.scenes import CENTRES, Drawn, Kind, Painter, Scene, compose, mixed, plain
from starter.world import COLOUR_NAMES, OWN_COLOUR, subjects, things, unseen

Figures = dict[str, float]
STRIP = 9
"""How many pictures a strip has."""
STANDING = tuple(
    (0.5 + right, 0.5 + down, size)
    for size in (0.8, 0.84, 0.88, 0.92, 0.95)
    for right in (-0.02, 0.0, 0.02)
    for down in (-0.02, 0.0, 0.02)
)
"""Middles and sizes of a thing that fills its picture: what any weights were ever shown."""


@torch.inference_mode()
def features(judge: Judge, pictures: Tensor) -> Tensor:
    """What a judge sees in pictures in its last layer but one, of length 1: (n, width)."""
    small = F.interpolate(pictures, size=(judge.side,) * 2, mode="bilinear", antialias=True)
    return F.normalize(judge.reduce(judge.trunk(small)), dim=1)


@dataclass
class Examination:
    """One examiner with its own prompts and seeds."""

    name: str
    judge: Judge
    painter: Painter
    seed: int
    share: float = 1.0
    """How much of the whole examination is done; 1 for the report."""
    known: list[int] = field(default_factory=lambda: list(range(len(things()))))
    """The things asked about, by label; fewer where an older model knows fewer."""

    def _rng(self, part: str) -> Random:
        return Random(f"{self.name}/{self.seed}/{part}")

    def _some(self, part: str, count: int) -> list[int]:
        rng = self._rng(part)
        wanted = max(4, round(count * self.share))
        return [rng.choice(self.known) for _ in range(wanted)]

    @torch.inference_mode()
    def _judged(self, pictures: Tensor) -> tuple[Tensor, Tensor]:
        told = [self.judge(some)[:2] for some in pictures.split(64)]
        return torch.cat([t for t, _ in told]), torch.cat([c for _, c in told])

    def _tops(self, pictures: Tensor, wanted: list[int]) -> tuple[float, float]:
        scores, _ = self._judged(pictures)
        truth = torch.tensor(wanted)
        first = float((scores.argmax(1) == truth).float().mean())
        five = float((scores.topk(5).indices == truth[:, None]).any(1).float().mean())
        return first, five

    def _name(self, thing: int) -> str:
        return article(subjects()[thing].name)

    def things(self, model: Model) -> Figures:
        """Top-1 and top-5 of "a cat" for every thing that is asked about."""
        asked = self.known if self.share == 1 else self._some("things", len(self.known))
        top1, top5 = self._tops(model.draw([self._name(one) for one in asked], self.seed), asked)
        return {"top1": top1, "top5": top5, "names": float(len(asked))}

    def languages(self, model: Model) -> Figures:
        """Top-1 in Russian and Spanish, in phrasings never trained on, and in the flat style."""
        figures = {}
        for language in ("ru", "es"):
            asked = self._some(language, 120)
            prompts = [subjects()[one].nouns[language][0].word for one in asked]
            figures[f"top1_{language}"] = self._tops(model.draw(prompts, self.seed + 1), asked)[0]
        rng = self._rng("phrasings")
        asked = self._some("phrasings", 90)
        scenes = [plain(one, style=place % 2) for place, one in enumerate(asked)]
        prompts = [caption(rng, s, language="en", unheard=True, usual=True) for s in scenes]
        figures["top1_unheard"] = self._tops(model.draw(prompts, self.seed + 2), asked)[0]
        return figures

    def colours(self, model: Model) -> Figures:
        """Colour and thing of "a blue cat", for pairs that training never had."""
        asked = self._coloured()
        prompts = [article(f"{COLOUR_NAMES[c]} {subjects()[t].name}") for t, c in asked]
        return self._of_colours(model.draw(prompts, self.seed + 3), asked)

    def _coloured(self) -> list[tuple[int, int]]:
        rng = self._rng("colours")
        asked: list[tuple[int, int]] = []
        while len(asked) < max(4, round(150 * self.share)):
            thing, colour = rng.choice(self.known), rng.randrange(len(COLOUR_NAMES))
            if unseen("colour", subjects()[thing].name, COLOUR_NAMES[colour]):
                asked.append((thing, colour))
        return asked

    def _of_colours(self, pictures: Tensor, asked: list[tuple[int, int]]) -> Figures:
        """Which colour has the best score, and whether it beats "its own" as well.

        The last is asked more than a picture can answer: a yellow lion is of its own colour too.
        """
        scores, tints = self._judged(pictures)
        wanted = torch.tensor(asked)
        named = tints[:, : len(COLOUR_NAMES)]
        return {
            "colour": float((named.argmax(1) == wanted[:, 1]).float().mean()),
            "colour_not_own": float((tints.argmax(1) == wanted[:, 1]).float().mean()),
            "colour_object": float((scores.argmax(1) == wanted[:, 0]).float().mean()),
        }

    def backgrounds(self, model: Model) -> Figures:
        """Background and thing of "a cat on a blue background", pairs that training never had."""
        rng = self._rng("backgrounds")
        asked: list[tuple[int, int]] = []
        while len(asked) < max(4, round(90 * self.share)):
            thing, colour = rng.choice(self.known), rng.randrange(len(COLOUR_NAMES))
            if unseen("background", subjects()[thing].name, COLOUR_NAMES[colour]):
                asked.append((thing, colour))
        prompts = [f"{self._name(t)} on a {COLOUR_NAMES[c]} background" for t, c in asked]
        pictures = model.draw(prompts, self.seed + 4)
        with torch.inference_mode():
            told = torch.cat([self.judge(some)[2] for some in pictures.split(64)])
        wanted = torch.tensor(asked)
        return {
            "background": float((told.argmax(1) == wanted[:, 1]).float().mean()),
            "background_object": self._tops(pictures, [t for t, _ in asked])[0],
        }

    def places(self, model: Model) -> Figures:
        """Whether "a small cat on the left" is there, by where the picture is not background."""
        rng = self._rng("places")
        words = {
            "left": "on the left",
            "right": "on the right",
            "top": "at the top",
            "bottom": "at the bottom",
        }
        asked = [(thing, rng.choice(list(CENTRES))) for thing in self._some("places", 90)]
        pictures = model.draw([f"{self._name(t)} {words[p]}" for t, p in asked], self.seed + 5)
        hits = [place == _whereabouts(one) for one, (_, place) in zip(pictures, asked, strict=True)]
        return {
            "place": sum(hits) / len(hits),
            "place_object": self._tops(pictures, [t for t, _ in asked])[0],
        }

    def _pairs(self, part: str, count: int) -> list[tuple[int, int]]:
        """Pairs of things that no training scene held."""
        rng = self._rng(part)
        pairs: list[tuple[int, int]] = []
        while len(pairs) < max(4, round(count * self.share)):
            left, right = rng.sample(self.known, 2)
            if unseen("pair", subjects()[left].name, subjects()[right].name):
                pairs.append((left, right))
        return pairs

    def _found(self, pictures: Tensor, pairs: list[tuple[int, int]], among: int) -> Tensor:
        best = self._judged(pictures)[0].topk(among).indices
        wanted = torch.tensor(pairs)
        return (best[:, :, None] == wanted[:, None]).any(1).all(1)

    def _both(self, pictures: Tensor, pairs: list[tuple[int, int]], among: int) -> float:
        return float(self._found(pictures, pairs, among).float().mean())

    def missed(self, model: Model, count: int) -> list[tuple[str, Tensor]]:
        """The first unseen pairs in which not both are found, and mixes that are not one thing."""
        pairs = self._pairs("missed", count)
        names = [subjects()[thing].name for pair in pairs for thing in pair]
        beside = [f"{a} and {b}" for a, b in zip(names[0::2], names[1::2], strict=True)]
        both = model.draw(beside, self.seed)
        mixes = self._mixes(model, pairs, self.seed)
        lost = (~self._found(both, pairs, 5)).nonzero()[:8, 0].tolist()
        told = [(beside[n], both[n]) for n in lost]
        twofold = [n for n, one in enumerate(self._are_one(mixes, pairs)) if not one][:8]
        return told + [(beside[n].replace(" and ", " + "), mixes[n]) for n in twofold]

    def pairs(self, model: Model) -> Figures:
        """Whether both things of "a cat and a dog" are among the best five, and the best two."""
        pairs = self._pairs("pairs", 90)
        pictures = model.draw(
            [f"{self._name(a)} and {self._name(b)}" for a, b in pairs], self.seed + 6
        )
        return {
            "pair_both": self._both(pictures, pairs, 5),
            "pair_top2": self._both(pictures, pairs, 2),
        }

    def _mixes(self, model: Model, pairs: list[tuple[int, int]], seed: int) -> Tensor:
        """Pictures of half of each thing of a pair, by the words for them."""
        words = [self._name(thing) for pair in pairs for thing in pair]
        wishes, nothing = model.meanings(words, seed)
        blends = (wishes[0::2] + wishes[1::2]) / 2
        return model.paint(blends, nothing, [seed + n for n in range(len(pairs))])

    def _are_one(self, pictures: Tensor, pairs: list[tuple[int, int]]) -> list[dict[str, bool]]:
        """Whether each is one thing: hangs together, has the morph's outline, is alike all over."""
        side = pictures.shape[-1]
        morphs, covers = self.painter.paint_with_cover(self._morphs(pairs), side)
        alone = [plain(thing) for pair in pairs for thing in pair]
        drawings, masks = self.painter.paint_with_cover(alone, side)
        told = []
        for n, picture in enumerate(pictures):
            mask, first, second = mixtures.drawn(picture), 2 * n, 2 * n + 1
            outlines = (masks[first, 0] > 0.5, masks[second, 0] > 0.5)
            parents = (drawings[first], drawings[second])
            told.append(
                {
                    "mix_whole": mixtures.is_whole(mask),
                    "mix_outline": mixtures.takes_its_outline(mask, covers[n, 0] > 0.5, outlines),
                    "mix_alike": mixtures.is_alike_all_over(picture, morphs[n], parents),
                }
            )
        return told

    @staticmethod
    def _morphs(pairs: list[tuple[int, int]]) -> list[Scene]:
        return [mixed(pair, (0.5, 0.5)) for pair in pairs]

    def fusion(self, model: Model) -> Figures:
        """Half a cat and half a dog: one thing, between both, and as a morph of them is drawn."""
        pairs = self._pairs("fusion", 80)
        return self._of_mixes(self._mixes(model, pairs, self.seed + 7), pairs)

    def _of_mixes(self, pictures: Tensor, pairs: list[tuple[int, int]]) -> Figures:
        made, size = features(self.judge, pictures), pictures.shape[-1]
        alone = [plain(thing) for pair in pairs for thing in pair]
        parents = features(self.judge, self.painter.paint(alone, size)).view(len(pairs), 2, -1)
        morphs = features(self.judge, self.painter.paint(self._morphs(pairs), size))
        between, as_drawn = 0, 0
        for n, one in enumerate(made):
            between += mixtures.is_between(one, (parents[n, 0], parents[n, 1]))
            others = [(n + step) % len(pairs) for step in range(1, 10)]
            near = torch.cat([morphs[n : n + 1], parents[n], morphs[others]])
            as_drawn += int((near - one).norm(dim=1).argmin()) == 0
        are_one = self._are_one(pictures, pairs)
        return {
            "mix_one_thing": sum(all(told.values()) for told in are_one) / len(pairs),
            **{name: sum(told[name] for told in are_one) / len(pairs) for name in are_one[0]},
            "mix_between": between / len(pairs),
            "mix_as_drawn": as_drawn / len(pairs),
        }

    def strips(self, model: Model) -> Figures:
        """Strips of nine from one thing to another: how many are smooth, and steps that lead on.

        As they are painted first, and made again in even steps, as the program does.
        """
        pairs = self._pairs("strips", 24)
        words = [self._name(thing) for pair in pairs for thing in pair]
        wishes, nothing = model.meanings(words, self.seed + 8)
        seeds = [self.seed + 8 + n for n in range(len(pairs)) for _ in range(STRIP)]

        def paint(places: Tensor) -> Tensor:
            blends = wishes[0::2, None] * (1 - places) + wishes[1::2, None] * places
            return model.paint(blends.flatten(0, 1), nothing, seeds)

        return self._of_strips(paint, len(pairs))

    def _of_strips(self, paint: Callable[[Tensor], Tensor], count: int) -> Figures:
        """Measure strips that `paint` makes of their places (count, STRIP, 1)."""
        places = torch.linspace(0, 1, STRIP).repeat(count, 1)[..., None]
        pictures = paint(places)
        told = self._evenness(pictures)
        again = self._evenness(paint(_even(pictures, places)))
        return told | {name.replace("strip", "strip_even"): one for name, one in again.items()}

    def _evenness(self, pictures: Tensor) -> Figures:
        seen = features(self.judge, pictures)
        seen = seen.view(-1, STRIP, seen.shape[-1])
        towards = (seen * seen[:, -1:]).sum(2) - (seen * seen[:, :1]).sum(2)
        return {
            "strip_smooth": sum(map(mixtures.is_smooth, seen)) / len(seen),
            "strip_monotone": float((towards.diff(dim=1) > 0).float().mean()),
            "strip_between": sum(
                mixtures.is_between(one[STRIP // 2], (one[0], one[-1])) for one in seen
            )
            / len(seen),
        }

    def drawings(self, size: int) -> Figures:
        """What the drawings score that colours and mixtures are taught by: a perfect painter."""
        mixes = self._pairs("fusion", 80)
        pairs = self._pairs("strips", 24)

        def strips(places: Tensor) -> Tensor:
            ways = zip(pairs, places[..., 0].tolist(), strict=True)
            return torch.cat([self.painter.paint(_strip(pair, way), size) for pair, way in ways])

        coloured = self._coloured()
        scenes = [plain(thing) for thing, _ in coloured]
        scenes = [
            replace(scene, objects=(replace(scene.first, colour=colour),))
            for scene, (_, colour) in zip(scenes, coloured, strict=True)
        ]
        told = self._of_colours(self.painter.paint(scenes, size), coloured)
        told |= self._of_mixes(self.painter.paint(self._morphs(mixes), size), mixes)
        return told | self._of_strips(strips, len(pairs))

    def plain_things(self, model: Model) -> Figures:
        """How far "a cat" is from its drawing, and how many have nothing else in the picture.

        From the nearest of its drawings, wherever it stands: to be a little larger is no fault.
        """
        asked = self.known if self.share == 1 else self._some("plain", len(self.known))
        pictures = model.draw([self._name(one) for one in asked], self.seed + 11)
        _, covers = self.painter.paint_with_cover([plain(one) for one in asked], model.size)
        apart = self._apart(pictures, asked)
        clean = [
            mixtures.is_clean(picture, cover[0] > 0.5)
            for picture, cover in zip(pictures, covers, strict=True)
        ]
        return {"plain_apart": float(apart.median()), "plain_clean": sum(clean) / len(clean)}

    def _apart(self, pictures: Tensor, wanted: list[int]) -> Tensor:
        """How far each picture's features are from the nearest of its thing's drawings."""
        made, nearest = features(self.judge, pictures), torch.full((len(pictures),), torch.inf)
        for x, y, size in STANDING:
            scenes = [plain(one, size=size) for one in wanted]
            scenes = [replace(s, objects=(replace(s.first, x=x, y=y),)) for s in scenes]
            drawings = self.painter.paint(scenes, pictures.shape[-1])
            apart = (made - features(self.judge, drawings)).norm(dim=1)
            nearest = torch.minimum(nearest, apart)
        return nearest

    def inpainting(self, model: Model) -> Figures:
        """A thing on the left stays, the right is repainted as another thing."""
        rng = self._rng("inpainting")
        pairs = self._pairs("inpainting", 200)
        scenes = []
        for left, _ in pairs:
            scene = compose(rng, held_out=True, kind=Kind.PLACED)
            one = Drawn(left, OWN_COLOUR, 0.26, 0.5, 0.48)
            scenes.append(
                Scene(Kind.PLACED, (one,), scene.background, scene.shade, False, 0, "left")
            )
        side = model.size
        pictures = self.painter.paint(scenes, side)
        holes = torch.zeros(len(scenes), 1, side, side)
        top, bottom, middle = round(side * 0.2), round(side * 0.8), round(side * 0.5)
        holes[:, :, top:bottom, middle:] = 1
        wishes, nothing = model.meanings([self._name(b) for _, b in pairs], self.seed + 9)
        made = model.fill(pictures, holes, wishes, nothing, self.seed + 9)
        inside = made[:, :, top:bottom, middle:]
        inside = F.interpolate(inside, size=(side, side), mode="bilinear")
        top1, top5 = self._tops(inside, [b for _, b in pairs])
        kept = made * holes + pictures * (1 - holes)
        outside = ((made - pictures).abs() * (1 - holes)).sum() / (1 - holes).sum() / 3 * 127.5
        still = ((kept - pictures).abs() * (1 - holes)).max()
        return {
            "inpaint_inside": top1,
            "inpaint_inside_top5": top5,
            "inpaint_outside_off_255": float(outside),
            "inpaint_outside_composited": float(still),
        }

    def depth(self, model: Model) -> Figures:
        """How well a picture fills the outline of its height map, and its thing."""
        asked = self._some("depth", 48)
        scenes = [plain(one, size=0.7) for one in asked]
        _, cover = self.painter.paint_with_cover(scenes, model.size)
        wishes, nothing = model.meanings([self._name(one) for one in asked], self.seed + 10)
        seeds = [self.seed + 10 + n for n in range(len(asked))]
        pictures = model.follow(hints(cover), wishes, nothing, seeds)
        drawn = torch.stack([mixtures.drawn(one) for one in pictures])
        wanted = cover[:, 0] > 0.5
        overlap = (drawn & wanted).sum((1, 2)) / (drawn | wanted).sum((1, 2)).clamp(min=1)
        return {
            "depth_overlap": float(overlap.mean()),
            "depth_object": self._tops(pictures, asked)[0],
        }

    def coder(self, model: Model) -> Figures:
        """PSNR of the MoVQ on the 200 fixed scenes, at the model's own size."""
        figures = movq.measure(
            model.movq, self.painter, max(20, round(200 * self.share)), model.size
        )
        return {"psnr": figures["psnr_box"], "psnr_whole": figures["psnr"]}

    def _seconds(self, model: Model) -> float:
        times = []
        for attempt in range(4):
            began = time.monotonic()
            model.draw(["a cat"], attempt)
            times.append(time.monotonic() - began)
        return median(times[1:])

    def parts(self) -> list[Callable[[Model], Figures]]:
        """Everything that is measured, in order."""
        return [
            self.things,
            self.languages,
            self.colours,
            self.backgrounds,
            self.places,
            self.pairs,
            self.fusion,
            self.strips,
            self.plain_things,
            self.inpainting,
            self.depth,
            self.coder,
        ]

    def measure(self, model: Model) -> Figures:
        """Every figure of one set of weights; a decoder that it has not is left out."""
        figures: Figures = {"seconds": self._seconds(model), "megabytes": megabytes(model.folder)}
        for part in self.parts():
            if part == self.depth and not _has(model.folder, "depth"):
                continue
            if part == self.inpainting and not _has(model.folder, "inpaint"):
                continue
            figures |= part(model)
            log.info("%s %s: %s", self.name, model.folder.name, _line(figures))
        return figures

    def judge_figures(self) -> Figures:
        """How right the judge is about real held-out scenes: judge_real is its top-1."""
        told = accuracy(self.judge, self.painter, f"{self.name} judge")
        return {"judge_real": told.pop("top1")} | {f"judge_{k}": v for k, v in told.items()}


def _strip(pair: tuple[int, int], places: list[float]) -> list[Scene]:
    """From one thing to another as it is drawn."""
    between = [mixed(pair, (1 - place, place)) for place in places[1:-1]]
    return [plain(pair[0]), *between, plain(pair[1])]


def _even(pictures: Tensor, places: Tensor) -> Tensor:
    """Where the frames of strips differ evenly, as the program finds it."""
    bits = ((pictures / 2 + 0.5).clamp(0, 1) * 255).round().byte().permute(0, 2, 3, 1).cpu().numpy()
    colours = [broad_colours(Image.fromarray(one)) for one in bits]
    strips = [colours[n : n + STRIP] for n in range(0, len(colours), STRIP)]
    ways = zip(strips, places[..., 0].tolist(), strict=True)
    return torch.tensor([even_places(strip, way) for strip, way in ways])[..., None]


def _line(figures: Figures) -> str:
    return "  ".join(f"{key} {value:.3f}" for key, value in figures.items())


def _has(folder: Path, stage: str) -> bool:
    return (folder / stage / "unet").exists()


def _whereabouts(picture: Tensor) -> str:
    """Where the middle of what is drawn lies: the nearest of the four places, or the centre."""
    rows, columns = mixtures.drawn(picture).nonzero(as_tuple=True)
    if not len(rows):
        return "nowhere"
    side = picture.shape[-1]
    x, y = float(columns.float().mean()) / side, float(rows.float().mean()) / side
    spots = CENTRES | {"centre": (0.5, 0.5)}
    return min(spots, key=lambda name: (spots[name][0] - x) ** 2 + (spots[name][1] - y) ** 2)
