"""The model card: what the weights can and cannot, with contact sheets of unpicked pictures."""

import json
from collections.abc import Callable
from pathlib import Path

import torch

from starter import assemble, sheets
from starter.course import Budget
from starter.decoders import hints
from starter.examination import Examination
from starter.journal import cache_folder, log
from starter.judges import trained as judge
from starter.painting import Model
from starter.report import at, build_folder, columns_of, table
from starter.scenes import Drawn, Kind, Painter, Scene, height, plain
from starter.sources import build_bank
from starter.world import COLOUR_NAMES, OWN_COLOUR, subjects, things

SEED = 7
WHITE = COLOUR_NAMES.index("white")
WISHES = (
    "cat|tiger|dog|lion|panda|penguin|fox|frog",
    "red heart|blue heart|green circle|a blue circle on a yellow background|red star shape|"
    "yellow square|purple triangle|orange diamond on a green background",
    "apple|banana|pizza|hamburger|strawberry|ice cream|birthday cake|coffee",
    "car|rocket|plane|house|rainbow|sun|moon|tree",
    "blue cat|green dog|pink elephant|yellow car|cat on a pink background|"
    "tiger on a blue background|a rose on a yellow background|an owl on grey",
    "smiley|robot|ghost|skull|crown|guitar|key|light bulb",
    "a cat and a dog|an apple and a banana|a heart and a star|a fish next to an octopus|"
    "a small cat on the left|a butterfly at the top|a flat cat|lion, flat style",
    "unicorn|whale|sunflower|mushroom|fire|snowman|christmas tree|soccer ball",
)
OTHER_TONGUES = (
    "кот|синий кот|розовый слон|дом на жёлтом фоне|кот и собака|ракета|яблоко|маленький лев слева",
    "gato|un gato azul|elefante rosa|casa sobre fondo amarillo|un gato y un perro|cohete|manzana|"
    "un león pequeño a la izquierda",
)
TINTED = ("cat", "dog", "car", "rose", "robot", "elephant", "shirt", "panda")
STRIPS = (
    "cat|tiger",
    "apple|banana",
    "lion|panda",
    "car|rocket",
    "dog|robot",
    "rose|sunflower",
    "frog|fox",
    "pig|unicorn",
    "house|tree",
    "ghost|mushroom",
)
HOLES = ("cat|dog", "apple|banana", "house|tree", "robot|rocket", "panda|crown", "car|star")


def _label(name: str) -> int:
    return next(n for n, thing in enumerate(subjects()) if thing.name == name)


def _of_words(model: Model, lines: tuple[str, ...], name: str) -> None:
    rows = [line.split("|") for line in lines]
    pictures = model.draw([wish for row in rows for wish in row], SEED)
    grid = [list(some) for some in pictures.split(len(rows[0]))]
    sheets.write(name, grid, rows)


def _colours(model: Model) -> None:
    rows = [[f"{colour} {name}" for colour in COLOUR_NAMES] for name in TINTED]
    pictures = model.draw([wish for row in rows for wish in row], SEED)
    sheets.write(
        "card-colours.png", [list(some) for some in pictures.split(len(COLOUR_NAMES))], rows
    )


def _strips(model: Model) -> None:
    pairs = [strip.split("|") for strip in STRIPS]
    wishes, nothing = model.meanings([word for pair in pairs for word in pair], SEED)
    shares = torch.linspace(0, 1, 7)[None, :, None]
    blends = wishes[0::2, None] * (1 - shares) + wishes[1::2, None] * shares
    seeds = [SEED + row for row in range(len(pairs)) for _ in range(7)]
    pictures = model.paint(blends.flatten(0, 1), nothing, seeds)
    texts = [[a, *[""] * 5, b] for a, b in pairs]
    sheets.write("card-fusion.png", [list(some) for some in pictures.split(7)], texts)


def _variations(model: Model, painter: Painter) -> None:
    names = ("cat", "house", "penguin", "rose", "rocket", "pizza", "owl", "guitar")
    originals = painter.paint([plain(_label(name)) for name in names], model.size)
    seen = model.meaning_of([sheets.picture(one) for one in originals])
    _, nothing = model.meanings(["cat"], SEED)
    made = [
        list(model.paint(seen, nothing, [SEED + k + n for n in range(len(names))])) for k in (0, 50)
    ]
    sheets.write("card-variations.png", [list(originals), *made], [[*names], [], []])


def _inpaints(model: Model, painter: Painter) -> None:
    pairs = [pair.split("|") for pair in HOLES]
    scenes = [
        Scene(
            Kind.PLACED,
            (Drawn(_label(left), OWN_COLOUR, 0.26, 0.5, 0.48),),
            WHITE,
            (255, 255, 255),
            False,
            0,
            "left",
        )
        for left, _ in pairs
    ]
    side = model.size
    pictures = painter.paint(scenes, side)
    holes = torch.zeros(len(pairs), 1, side, side)
    holes[:, :, round(side * 0.2) : round(side * 0.8), side // 2 :] = 1
    wishes, nothing = model.meanings([f"a {right}" for _, right in pairs], SEED)
    made = model.fill(pictures, holes, wishes, nothing, SEED)
    kept = made * holes + pictures * (1 - holes)
    holed = pictures * (1 - holes) - 0.2 * holes
    sheets.write("card-inpaint.png", [list(holed), list(kept)], [[r for _, r in pairs], []])


def _depths(model: Model, painter: Painter) -> None:
    names = ("cat", "elephant", "rocket", "apple", "guitar", "penguin", "house", "key")
    _, cover = painter.paint_with_cover([plain(_label(n), size=0.7) for n in names], model.size)
    wishes, nothing = model.meanings([f"a {name}" for name in names], SEED)
    made = model.follow(hints(cover), wishes, nothing, [SEED + n for n in range(len(names))])
    sheets.write(
        "card-depth.png",
        [list(height(cover).expand(-1, 3, -1, -1) * 2 - 1), list(made)],
        [[*names], []],
    )


def _failures(model: Model, painter: Painter) -> None:
    """Unseen pairs in which the tuner did not find both, and mixes that are not one thing."""
    exam = Examination("card", judge("tuner"), painter, SEED)
    missed = exam.missed(model, 16)
    if missed:
        rows = [missed[n : n + 8] for n in range(0, len(missed), 8)]
        sheets.write(
            "card-failures.png",
            [[one for _, one in r] for r in rows],
            [[t for t, _ in r] for r in rows],
        )


SHEETS = {
    "prompts": "64 wishes, one seed, nothing picked",
    "languages": "The same in Russian and Spanish",
    "colours": "Things in twelve colours",
    "fusion": "From one thing to another",
    "variations": "Pictures (first row) and variations of them",
    "inpaint": "A hole (grey) and what was asked for in it",
    "depth": "Height maps and pictures along them",
    "failures": "Failures: pairs (and) of which the tuner misses one, and mixes (+) that are two",
}
TEXT = """# Kandinsky Desktop's starter model

A tiny model with Kandinsky 2.2's topology, trained from nothing by this project, so that the
program draws something at once, offline, on any machine. It is a toy: it knows {things} things,
six shapes, twelve colours, backgrounds, a few places, two things side by side, and two styles
(solid and flat), in English, Russian and Spanish; nothing else, and no photographs.

Native size {size} x {size}. Defaults: prior guidance {prior_guidance:g} with {prior_steps} steps,
decoder guidance {decoder_guidance:g} with {decoder_steps} steps. {megabytes:.1f} MB in fp16; load
it as float32 on a processor. `inpaint/` and `depth/` use the MoVQ of `decoder/movq`.

## Data and licence

Pictures: Microsoft Fluent Emoji, solid and flat (MIT). Names: written for this project; the
tokenizer also read the names of the Unicode CLDR (Unicode License V3). `NOTICE` has the texts.
Every scene is composed of these drawings and plain shapes by a program; no other picture was used.

Each thing has one drawing per style, so the model knows one cat, not cats. One union in ten of a
thing with a colour, a background, a place or another thing was never shown in training; the
figures of colours, backgrounds and pairs are about such unions alone, which is what shows that
it composes. Some phrasings were held back in the same way.

A mix of meanings is painted as one thing between: its outline lies between theirs, its colours are
mixed, and of finer marks each place has the stronger. That is what it was taught, by morphs of two
or three drawings. (Weights up to commit 412387c painted two half things side by side.)

## What was done

{stages}

Minutes are one worker's computing; two workers trained together. `mixer` is the plain decoder,
trained on with more hidden units, and the one that ships in `decoder/`. `tuner` and `examiner`
are two classifiers, of which the program has no need. The recipe is `packaging/starter_model/`.

## Measurements

By the examiner, which shares no architecture with the model or the tuner and guided no choice.
`make starter-report` measures anew, and beside it the weights of commit 412387c, and what the
drawings score that mixtures are taught by: a perfect painter of them would score no more. Where
that is below a goal, the goal asks for what nobody can show. The same is true of colours: the
examiner names those of real drawings no better than `judge_colour` says. Shares are from 0 to 1:

- `judge_`: how often the examiner itself is right, about composed scenes that no training has.
- `seconds`: one picture, on a processor with two threads. `megabytes`: all files.
- `top1`, `top5`: of "a cat", the thing is the examiner's first label, one of its first five.
  `names`: how many things were asked for. `_ru`, `_es`: by Russian, by Spanish names. `_unheard`:
  in phrasings that were held back.
- `colour`, `background`, `place`: of "a blue cat", "a cat on a blue background", "a cat on the
  left", that was painted. `_object`: and the thing is the first label. `colour_not_own`: the
  colour also has a better score than "its own", which a yellow lion's is.
- `pair_both`, `pair_top2`: of "a cat and a dog", both are among the first five labels, the first
  two.
- `mix_whole`: of half a cat and half a dog, by words, that hang together; `mix_outline`: that have
  an outline more like the morph's than like either's; `mix_alike`: of which each half, left, right,
  upper and lower, has broad colours more like the morph's there than like either's;
  `mix_one_thing`: all three. `mix_between`: in the examiner's last features
  no farther from either than 0.85 of what the two are apart. `mix_as_drawn`: nearer to their own
  morph than to the two and to nine other morphs.
- `strip_smooth`: strips of nine without a leap (twice the median step) or a step back.
  `strip_monotone`: steps that lead away from the first thing and towards the last.
  `strip_between`: strips of which the middle one is between the first and the last, as above.
  `strip_even_…`: the same strips, made again in even steps, as the program offers it for any strip.
- `plain_apart`: how far "a cat" is from its drawing in these features, the median; the nearest
  drawing counts, a little larger or aside. `plain_apart_of_earlier`: that, over the same of the
  earlier weights. `plain_clean`: pictures without a spot beside the thing.
- `inpaint_inside`: the thing asked for is the first label in the hole. `inpaint_outside_off_255`:
  how far the rest is off on average, of 255; `_composited`: at most, once the program has put the
  rest back.
- `depth_overlap`: of the outlines of height map and picture, what both have of what either has.
- `psnr`: of the MoVQ in dB, within the objects' boxes; `psnr_whole`: of all.

{figures}

## Depth hints

White is near. The height of a scene is 0 where nothing is drawn; on an object 0.35 plus 0.65 of
the mean cover around the point, taken twice over a square of a quarter of the picture's side.

## Pictures
"""


def _folder() -> Path:
    """The card's folder in the repository; the model itself may weigh no more."""
    return Path(__file__).parents[1] / "card"


def _card() -> str:
    told = json.loads((assemble.shipped() / "starter.json").read_text(encoding="utf-8"))
    report = build_folder() / "starter-report.json"
    figures = "not measured yet"
    if report.exists():
        measured = json.loads(report.read_text(encoding="utf-8"))
        figures = table(columns_of(measured))
        shares = (measured["share"], measured["share_of_earlier"])
        if min(shares) < 1:
            figures += "\n\nMeasured with a share of {:g} of the prompts, of {:g} with".format(
                *shares
            )
            figures += " the earlier weights."
    rows = [f"| {name} | {s['thousands']} | {s['minutes']} |" for name, s in told["stages"].items()]
    text = TEXT.format(
        things=len(things()),
        megabytes=assemble.megabytes(assemble.shipped()),
        stages="\n".join(["| stage | thousand samples | minutes |", "|---|---|---|", *rows]),
        figures=figures,
        **told["defaults"],
    )
    there = [name for name in SHEETS if (cache_folder() / "sheets" / f"card-{name}.png").exists()]
    pictures = [f"\n{SHEETS[name]}:\n\n![{name}](sheets/{name}.jpg)\n" for name in there]
    return text + "".join(pictures)


def write(_budget: Budget | None = None) -> None:
    """Draw the contact sheets and write MODEL_CARD.md beside them."""
    torch.set_num_threads(2)
    model, painter = at(assemble.shipped()), Painter(build_bank())
    drawers: list[Callable[[], None]] = [
        lambda: _of_words(model, WISHES, "card-prompts.png"),
        lambda: _of_words(model, OTHER_TONGUES, "card-languages.png"),
        lambda: _colours(model),
        lambda: _strips(model),
        lambda: _variations(model, painter),
        lambda: _inpaints(model, painter),
        lambda: _depths(model, painter),
        lambda: _failures(model, painter),
    ]
    for draw in drawers:
        draw()
    sheets.ship(_folder(), SHEETS)
    (_folder() / "MODEL_CARD.md").write_text(_card(), encoding="utf-8")
    log.info("card written to %s", _folder())
