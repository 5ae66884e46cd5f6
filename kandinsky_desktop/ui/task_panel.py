"""What the decoder starts from, as a form: noise, a picture, a hole in it, more canvas; depth."""

from pathlib import Path

from PySide6.QtCore import QSignalBlocker, Signal
from PySide6.QtWidgets import QCheckBox, QVBoxLayout, QWidget

from kandinsky_desktop.domain.conditioning import short_name
from kandinsky_desktop.domain.fields import short_number
from kandinsky_desktop.domain.i18n import N_, _
from kandinsky_desktop.domain.task import (
    NOWHERE,
    Depth,
    Img2Img,
    Inpaint,
    Outpaint,
    Task,
    TextToImage,
)
from kandinsky_desktop.ui.choice_row import ChoiceRow, Choices
from kandinsky_desktop.ui.controls import label
from kandinsky_desktop.ui.form import Form
from kandinsky_desktop.ui.image_drop_target import ImageDropTarget
from kandinsky_desktop.ui.theme import Theme

KINDS: Choices = (
    (TextToImage, N_("Nothing"), N_("From noise: the picture comes from its meaning alone.")),
    (Img2Img, N_("A picture"), N_("The picture is changed as a whole, by so much.")),
    (
        Inpaint,
        N_("A picture with a hole"),
        N_("Only what is white in the mask is painted anew; without words, by what is around it."),
    ),
    (
        Outpaint,
        N_("A larger canvas"),
        N_("The picture grows by borders; itself it stays as it is."),
    ),
)


class TaskPanel(QWidget):
    """Shows a start and a depth map, and says what a person wishes to change in them."""

    kind_chosen = Signal(object)  # type of a Start
    edited = Signal(str, object)  # a field of the start, its value
    depth_requested = Signal(bool)
    depth_edited = Signal(str, object)  # a field of the depth map, its value

    def __init__(self, theme: Theme) -> None:
        super().__init__()
        self.kind = ChoiceRow(theme, _("Start from"), KINDS, titled=False)
        self.picture = ImageDropTarget(theme, _("Picture to start from"))
        self.mask_target = ImageDropTarget(theme, _("Mask: white is painted anew"))
        self._mask_title = label(_("Mask: white is painted anew"), "small")
        self._mask_title.setBuddy(self.mask_target)
        self.rows: dict[type, Form] = {
            kind: Form(theme, kind) for kind in (Img2Img, Inpaint, Outpaint)
        }
        self.follow = QCheckBox(_("Follow a depth map"))
        self.follow.setToolTip(_("Near and far of the picture are as in a map: near is white."))
        self.map = ImageDropTarget(theme, _("Depth map"))
        self.depth_rows = Form(theme, Depth)
        self._lacking = label("", "small")
        self._lacking.setWordWrap(True)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(8)
        for widget in (
            self.kind,
            self.picture,
            self._mask_title,
            self.mask_target,
            *self.rows.values(),
            self.follow,
            self.map,
            self.depth_rows,
            self._lacking,
        ):
            column.addWidget(widget)
        self.kind.chosen.connect(self.kind_chosen)
        for rows in self.rows.values():
            rows.edited.connect(self.edited)
        self.follow.toggled.connect(self.depth_requested)
        self.depth_rows.edited.connect(self.depth_edited)

    @property
    def lacking(self) -> str:
        """What is needed where depth is to be estimated and cannot be."""
        return _(
            "Depth can be estimated once a DPT or Depth Anything folder (config.json,"
            " preprocessor_config.json, .safetensors) lies among your models."
        )

    def show_task(self, start: Task, *, old_noise: bool) -> None:
        """Show what is started from; the old noise is only for models that knew it."""
        self.kind.show_choice(type(start), "")
        self.picture.setVisible(not isinstance(start, TextToImage))
        for widget in (self._mask_title, self.mask_target):
            widget.setVisible(isinstance(start, Inpaint))
        for kind, rows in self.rows.items():
            rows.setVisible(isinstance(start, kind))
            if isinstance(start, kind):
                rows.show_value(start)
        on = old_noise or (isinstance(start, Img2Img) and start.old_noise)
        self.rows[Img2Img].show_row("old_noise", on)

    def show_depth(self, depth: Depth | None, *, can: bool, estimator: Path | None) -> None:
        """Show the depth map where the model can follow one, and how depth can be estimated."""
        self.follow.setVisible(can or depth is not None)
        with QSignalBlocker(self.follow):
            self.follow.setChecked(depth is not None)
        for widget in (self.map, self.depth_rows, self._lacking):
            widget.setVisible(depth is not None)
        if depth is None:
            return
        self.depth_rows.show_value(depth)
        self.depth_rows.allow(
            "estimate", self.lacking if estimator is None and not depth.estimate else ""
        )
        self._lacking.setVisible(estimator is None)
        self._lacking.setText(self.lacking)

    def summary(self, start: Task, depth: Depth | None) -> str:
        """Return both in one line."""
        parts = []
        match start:
            case TextToImage():
                parts.append(self.kind.title_of(TextToImage))
            case Img2Img(path=path, strength=strength):
                parts += [_named(path), _("strength {n}").format(n=short_number(strength))]
            case Inpaint(path=path):
                parts += [_named(path), _("with a hole")]
            case Outpaint(path=path):
                grown = (start.left, start.top, start.right, start.bottom)
                parts += [
                    _named(path),
                    _("larger by {px} px").format(px=" · ".join(map(str, grown))),
                ]
        if depth is not None:
            parts.append(_("along a depth map"))
        return " · ".join(parts)


def _named(path: Path) -> str:
    return _("no picture yet") if path == NOWHERE else short_name(path)
