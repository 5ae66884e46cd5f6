"""What the picture is to mean, as a form: the words, a picture, a picture led by the words."""

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QVBoxLayout, QWidget

from kandinsky_desktop.domain import conditioning as conditionings
from kandinsky_desktop.domain.conditioning import (
    Conditioning,
    ImageEmbedding,
    ImagePrompt,
    Prompt,
    short_name,
)
from kandinsky_desktop.domain.fields import declared
from kandinsky_desktop.domain.i18n import N_, _
from kandinsky_desktop.domain.request import Paint
from kandinsky_desktop.domain.task import NOWHERE
from kandinsky_desktop.state.draft import Likeness, PictureAndPrompt, Wishes
from kandinsky_desktop.ui.picking import KindRow, Kinds
from kandinsky_desktop.ui.rows import Rows
from kandinsky_desktop.ui.theme import Look
from kandinsky_desktop.ui.well import Well

SAVED = (".safetensors",)
KINDS: Kinds = (
    (Prompt, N_("Words"), N_("The prompt alone.")),
    (ImagePrompt, N_("A picture"), N_("A variation: what the picture shows, painted anew.")),
    (
        PictureAndPrompt,
        N_("A picture and words"),
        N_("What the picture shows, led towards the prompt."),
    ),
    (
        ImageEmbedding,
        N_("A saved meaning"),
        N_("The very meaning that a picture of ours was made from."),
    ),
)
AWAY: Kinds = (
    (Prompt, N_("Words"), N_("The negative decoder prompt; nothing, where it is empty.")),
    (ImagePrompt, N_("A picture"), N_("What the picture shows.")),
    (
        ImageEmbedding,
        N_("A saved meaning"),
        N_("The meaning that a picture of ours was made from."),
    ),
)
ANCHORS = ("decoder_prompt", "negative_decoder_prompt")
OTHERS = tuple(name for name in declared(Paint) if name not in ANCHORS)


class MeaningPanel(QWidget):
    """Shows where the meaning comes from, and says what a person wishes to change in it."""

    picked = Signal(object)  # type of a Meaning
    away_picked = Signal(object)
    strength_wished = Signal(str, object)  # a field of PictureAndPrompt, its value
    wished = Signal(str, object)  # a field of the request, its value

    def __init__(self, look: Look) -> None:
        super().__init__()
        self.kind = KindRow(look, _("Meaning"), KINDS)
        self.picture = Well(look, _("Picture that it means"))
        self.strength = Rows(look, PictureAndPrompt)
        self.ideas = Rows(
            look,
            Paint,
            without=("count", "shared_prior_seed", "model", *ANCHORS),
            ends={"candidates": 64},
        )
        self.away_kind = KindRow(look, _("Lead away from"), AWAY)
        self.away = Well(look, _("Picture to lead away from"))
        self.anchors = Rows(look, Paint, without=OTHERS)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(8)
        for widget in (
            self.kind,
            self.picture,
            self.strength,
            self.ideas,
            self.away_kind,
            self.away,
            self.anchors,
        ):
            column.addWidget(widget)
        self.kind.picked.connect(self.picked)
        self.away_kind.picked.connect(self.away_picked)
        self.strength.wished.connect(self.strength_wished)
        self.ideas.wished.connect(self.wished)
        self.anchors.wished.connect(self.wished)

    def show_wishes(self, wishes: Wishes, *, anchors: bool) -> None:
        """Show what is set; anchor texts only where the model reads them or one is set."""
        likeness, away = wishes.likeness, wishes.negative
        self.kind.show_kind(kind_of(likeness), "")
        self.picture.setVisible(likeness is not None)
        self.picture.offer(SAVED if isinstance(likeness, ImageEmbedding) else ())
        self.strength.setVisible(isinstance(likeness, PictureAndPrompt))
        if isinstance(likeness, PictureAndPrompt):
            self.strength.show_value(likeness)
        self.ideas.setVisible(likeness is None)
        self.ideas.show_value(wishes)
        self.away_kind.show_kind(kind_of(away), "" if away is None else conditionings.spoken(away))
        self.away.offer(SAVED if isinstance(away, ImageEmbedding) else ())
        self.away.setVisible(isinstance(away, ImagePrompt | ImageEmbedding))
        self.anchors.setVisible(
            anchors or bool(wishes.decoder_prompt or wishes.negative_decoder_prompt)
        )
        self.anchors.show_value(wishes)

    def summary(self, wishes: Wishes) -> str:
        """Return all of it in one line."""
        likeness = wishes.likeness
        parts = [self.kind.title_of(kind_of(likeness))]
        if likeness is not None and likeness.path != NOWHERE:
            parts.append(short_name(likeness.path))
        if likeness is None and wishes.candidates:
            parts.append(_("the best of {n} ideas").format(n=wishes.candidates))
        away = "" if wishes.negative is None else conditionings.spoken(wishes.negative)
        if away:
            parts.append(_("away from {what}").format(what=away))
        return " · ".join(parts)


def kind_of(meaning: Conditioning | Likeness | None) -> type:
    """Return which kind is picked: without a meaning of its own, words."""
    return Prompt if meaning is None else type(meaning)
