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
    ("cache", 138),
    ("prior", 1290),
    ("decoder", 1134),
    ("assemble", 0),
    # The plain decoder goes on as the mixer, taught by what the prior says; it is what ships.
    ("said", 0),
    ("mixer", 2680),
    ("inpaint", 430),
    ("depth", 64),
    ("assemble", 0),
    # The judges, and what they say.
    ("tuner", 830),
    ("examiner", 920),
    ("ship", 0),
    ("report", 0),
    ("card", 0),
)
"""Stage and thousands of samples in all, in the order of doing; of the cache, of pictures."""
