"""The plan: which program makes each stage, and how many samples each pass gives it."""

STAGES = {
    "data": ("sources", "prepare"),
    "tokenizer": ("words", "train"),
    "sprout": ("movq", "sprout"),
    "movq": ("movq", "train"),
    "clip": ("clip", "train"),
    "cache": ("cache", "train"),
    "prior": ("prior", "train"),
    "decoder": ("decoders", "train_decoder"),
    "inpaint": ("decoders", "train_inpaint"),
    "depth": ("decoders", "train_depth"),
    "said": ("said", "train"),
    "mixer": ("decoders", "train_mixer"),
    "polish": ("movq", "polish"),
    "tuner": ("judges", "train_tuner"),
    "examiner": ("judges", "train_examiner"),
    "assemble": ("assemble", "write"),
    "ship": ("assemble", "ship"),
    "report": ("report", "write"),
    "card": ("card", "write"),
}
ALONE = ("data", "tokenizer", "assemble", "ship", "report", "card")
"""Stages that one worker does alone."""

PASSES: tuple[tuple[str, float], ...] = (
    ("data", 0),
    ("tokenizer", 0),
    ("sprout", 17),
    ("movq", 5.8),
    # The CLIP gets much, since its accuracy caps what follows. The last fifth of it
    # and the last third of the prior are with recoloured bodies; all that follows begins from
    # what was before.
    ("clip", 970),
    ("cache", 60),
    ("prior", 1300),
    ("decoder", 1134),
    ("assemble", 0),
    # The plain decoder goes on as the mixer, taught by what the prior says; it is what ships.
    ("said", 0),
    ("mixer", 3217),
    ("inpaint", 300),
    ("depth", 64),
    ("assemble", 0),
    # The judges, and what they say.
    ("tuner", 600),
    ("examiner", 800),
    ("ship", 0),
    ("report", 0),
    ("card", 0),
)
"""Stage and thousands of samples in all, in the order of doing; of the cache, of pictures."""


ON_CARD: tuple[tuple[str, float], ...] = (
    ("data", 0),
    ("cache", 15),
    ("prior", 8),
    ("assemble", 0),
    ("said", 0),
    ("mixer", 42),
    ("inpaint", 15),
    ("depth", 6),
    ("tuner", 7),
    ("examiner", 7),
    ("assemble", 0),
)
"""Stage and share of the time on a card; those without one take what they need.

A stage that does not use its share up leaves it to the later ones, as the cache does when all is
encoded.
"""
MINUTES_ON_CARD = 8.0
RESERVE = 20.0
"""Seconds at the end in which what was learnt is put together and written."""
