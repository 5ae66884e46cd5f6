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
    "polish": ("movq", "polish"),
    "tuner": ("judges", "train_tuner"),
    "examiner": ("judges", "train_examiner"),
    "assemble": ("assemble", "write"),
    "report": ("report", "write"),
    "card": ("card", "write"),
}
ALONE = ("data", "tokenizer", "assemble", "report", "card")
"""Stages that one worker does alone."""

PASSES: tuple[tuple[str, float], ...] = (
    ("data", 0),
    ("tokenizer", 0),
    # The first pass: everything once. The CLIP gets most, since its accuracy caps what follows.
    ("sprout", 9),
    ("movq", 9),
    ("clip", 20),
    ("cache", 3),
    ("prior", 5),
    ("decoder", 18),
    ("assemble", 0),
    ("inpaint", 3),
    ("depth", 3),
    ("assemble", 0),
    # The second: the judges, then what the sheets say is weakest.
    ("tuner", 5),
    ("decoder", 30),
    ("polish", 8),
    ("inpaint", 7),
    ("depth", 5),
    ("prior", 8),
    ("assemble", 0),
    ("examiner", 7),
    ("report", 0),
    ("card", 0),
)
"""Stage and minutes in all, in the order of doing. Minutes are a worker's own computing."""
