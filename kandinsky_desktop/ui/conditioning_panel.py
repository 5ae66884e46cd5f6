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
from kandinsky_desktop.domain.i18n import N_, _
from kandinsky_desktop.domain.request import PaintOptions
from kandinsky_desktop.domain.task import NOWHERE
from kandinsky_desktop.state.draft import Draft, ImageConditioning, PictureAndPrompt
from kandinsky_desktop.ui.choice_row import ChoiceRow, Choices
from kandinsky_desktop.ui.form import Form
from kandinsky_desktop.ui.image_drop_target import ImageDropTarget
from kandinsky_desktop.ui.theme import Theme

KINDS: Choices = (
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
AWAY: Choices = (
    (Prompt, N_("Words"), N_("The negative decoder prompt; nothing, where it is empty.")),
    (ImagePrompt, N_("A picture"), N_("What the picture shows.")),
    (
        ImageEmbedding,
        N_("A saved meaning"),
        N_("The meaning that a picture of ours was made from."),
    ),
)
ANCHORS = ("decoder_prompt", "negative_decoder_prompt")
IDEAS = ("candidates",)


class ConditioningPanel(QWidget):
    """Shows where the meaning comes from, and says what a person wishes to change in it."""

    kind_chosen = Signal(object)  # type of a Meaning
    negative_kind_chosen = Signal(object)
    strength_edited = Signal(str, object)  # a field of PictureAndPrompt, its value
    edited = Signal(str, object)  # a field of the request, its value

    def __init__(self, theme: Theme) -> None:
        super().__init__()
        self.kind = ChoiceRow(theme, _("Meaning"), KINDS, titled=False)
        self.picture = ImageDropTarget(theme, _("Picture that it means"))
        self.strength = Form(theme, PictureAndPrompt)
        self.ideas = Form(theme, PaintOptions, only=IDEAS, ends={"candidates": 64})
        self.away_kind = ChoiceRow(theme, _("Lead away from"), AWAY)
        self.away = ImageDropTarget(theme, _("Picture to lead away from"))
        self.anchors = Form(theme, PaintOptions, only=ANCHORS)
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
        self.kind.chosen.connect(self.kind_chosen)
        self.away_kind.chosen.connect(self.negative_kind_chosen)
        self.strength.edited.connect(self.strength_edited)
        self.ideas.edited.connect(self.edited)
        self.anchors.edited.connect(self.edited)

    def show_draft(self, values: Draft, *, anchors: bool) -> None:
        """Show what is set; anchor texts only where the model reads them or one is set."""
        image_conditioning, away = values.image_conditioning, values.negative
        self.kind.show_choice(kind_of(image_conditioning), "")
        self.picture.setVisible(image_conditioning is not None)
        self.picture.offer_meanings(isinstance(image_conditioning, ImageEmbedding))
        self.strength.setVisible(isinstance(image_conditioning, PictureAndPrompt))
        if isinstance(image_conditioning, PictureAndPrompt):
            self.strength.show_value(image_conditioning)
        self.ideas.setVisible(image_conditioning is None)
        self.ideas.show_value(values)
        self.away_kind.show_choice(
            kind_of(away), "" if away is None else conditionings.spoken(away)
        )
        self.away.offer_meanings(isinstance(away, ImageEmbedding))
        self.away.setVisible(isinstance(away, ImagePrompt | ImageEmbedding))
        self.anchors.setVisible(
            anchors or bool(values.decoder_prompt or values.negative_decoder_prompt)
        )
        self.anchors.show_value(values)

    def summary(self, values: Draft) -> str:
        """Return all of it in one line."""
        image_conditioning = values.image_conditioning
        parts = [self.kind.title_of(kind_of(image_conditioning))]
        if image_conditioning is not None and image_conditioning.path != NOWHERE:
            parts.append(short_name(image_conditioning.path))
        if image_conditioning is None and values.candidates:
            parts.append(_("the best of {n} ideas").format(n=values.candidates))
        away = "" if values.negative is None else conditionings.spoken(values.negative)
        if away:
            parts.append(_("away from {what}").format(what=away))
        return " · ".join(parts)


def kind_of(meaning: Conditioning | ImageConditioning | None) -> type:
    """Return which kind is picked: without a meaning of its own, words."""
    return Prompt if meaning is None else type(meaning)
