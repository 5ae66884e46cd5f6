"""The plan: which program makes each stage, and how much computing each pass gives it."""

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
    ("sprout", 9),
    ("movq", 14),
    # The CLIP gets much, since its accuracy caps what follows. The last quarter of an hour of it
    # and of the prior are with recoloured bodies; all that follows begins from what was before.
    ("clip", 57),
    ("cache", 20),
    ("prior", 45),
    ("decoder", 170),
    ("assemble", 0),
    ("inpaint", 74),
    ("depth", 26),
    # The plain decoder goes on as the mixer, taught by what the prior says; it is what ships.
    ("said", 0),
    ("mixer", 500),
    ("assemble", 0),
    # The judges, and what they say.
    ("tuner", 23),
    ("examiner", 28),
    ("ship", 0),
    ("report", 0),
    ("card", 0),
)
"""Stage and minutes in all, in the order of doing. Minutes are a worker's own computing."""
