"""The create panel: the model, the size and number of pictures, seeds, sampling and memory."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from functools import partial

from PySide6.QtCore import QSignalBlocker, Qt, QTimer, Signal
from PySide6.QtWidgets import (
    QFrame,
    QGridLayout,
    QHBoxLayout,
    QPushButton,
    QScrollArea,
    QSpinBox,
    QVBoxLayout,
    QWidget,
)

from kandinsky_desktop.domain.catalog import Size
from kandinsky_desktop.domain.events import Awake, Memory, Planned
from kandinsky_desktop.domain.fields import declared, short_number
from kandinsky_desktop.domain.i18n import N_, _, ngettext
from kandinsky_desktop.domain.model import Model, washed_out
from kandinsky_desktop.domain.phase_memory import PlannedPhase
from kandinsky_desktop.domain.request import PaintOptions, Sampling
from kandinsky_desktop.domain.schedulers import (
    ALWAYS_THRESHOLDS,
    LABELS,
    NO_ETA,
    NO_THRESHOLDING,
    WITH_ETA,
    WITH_THRESHOLDING,
)
from kandinsky_desktop.domain.settings import Settings
from kandinsky_desktop.domain.task import Inpaint, Outpaint
from kandinsky_desktop.state.draft import DraftState
from kandinsky_desktop.state.plain_tip import plain_tip
from kandinsky_desktop.ui.chips import CountChips, ShapeChips
from kandinsky_desktop.ui.conditioning_panel import ANCHORS, IDEAS
from kandinsky_desktop.ui.controls import (
    CollapsibleSection,
    GutterScrollBar,
    NumberRow,
    SeedRow,
    icon_button,
    inset,
    label,
    narrow,
    row_label,
    scroll_past,
    show_number,
    titled_row,
)
from kandinsky_desktop.ui.form import Form
from kandinsky_desktop.ui.model_box import ModelBox
from kandinsky_desktop.ui.plan_bar import PlanBar
from kandinsky_desktop.ui.theme import Theme
from kandinsky_desktop.ui.without import Without

GUTTER = 6  # width of the scroll bar
SLIDER_PICTURES = 8  # more can be typed
STEPS_ON_SLIDER = 100.0
GUIDANCE_ON_SLIDER = 12.0
LEAST_CAP, CAP_STEP = 1.0, 0.5  # gigabytes of the memory
MOST_TYPED = 99_999  # pixels of a side
OF_THE_PICTURE = ("width", "height", "prior_seed", "seed")  # of the sampling, among what it is
PICTURES = ("count", "shared_prior_seed")
PLACED = (*PICTURES, *IDEAS, *ANCHORS, "model")  # options that have a place of their own


class Inspector(QFrame):
    """Shows the draft and says what a person wishes to change in it."""

    edited = Signal(str, object)  # a field of the draft or of its sampling, its value
    size_chosen = Signal(object)  # domain.catalog.Size
    reroll_requested = Signal(str)  # the seed to choose anew
    model_chosen = Signal(str)
    help_requested = Signal()  # where full models go
    without_changed = Signal(str)  # what should not be there, for both negative prompts
    left = Signal()  # a field where words were typed
    cap_chosen = Signal(float)  # gigabytes that may be taken of the memory; 0: all there is
    free_requested = Signal()  # what the engine keeps for the next job is to be given back

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("inspector")
        self._theme = theme
        self._sampling = declared(Sampling)
        self._sides: dict[str, int] = {}  # as the draft has them
        self._basics_said = "", ""  # in one line, with shape and number and without
        self._limits = (1, MOST_TYPED)  # what sides are multiples of, and the longest
        self._model = ModelBox(theme)
        self._more = QPushButton(_("Get the full Kandinsky"))
        self._more.setProperty("role", "link")
        self._more.setCursor(Qt.CursorShape.PointingHandCursor)
        self.without = Without(theme)
        self.without.changed.connect(self.edited)
        self.without.both_changed.connect(self.without_changed)
        self.without.left.connect(self.left)
        self.numbers: dict[str, NumberRow] = {}
        self._basics = CollapsibleSection(theme, _("Pictures"), self._basics_body(), is_open=True)
        self._basics.set_plain(True)
        self._basics.toggled.connect(partial(self._uncover, self._basics))
        self._exactness = CollapsibleSection(
            theme, _("Exactness"), self._exactness_body(), is_open=False
        )
        self._sampler = CollapsibleSection(
            theme, _("Sampling"), self._sampling_body(), is_open=False
        )
        self._cap_gb: float = 0.0  # that a person lets us take of the memory; 0: all there is
        self._total_gb: float = 0.0  # as far as it is known
        self._memory = CollapsibleSection(theme, _("Memory"), self._memory_body(), is_open=False)

        body = QWidget()
        body.setObjectName("inspectorbody")
        column = QVBoxLayout(body)
        column.setContentsMargins(16, 16, 16 - GUTTER, 16)
        column.setSpacing(0)
        column.addWidget(self._model)
        column.addWidget(self._more, 0, Qt.AlignmentFlag.AlignLeft)
        column.addSpacing(16)
        self._first = column.count()
        self._column = column
        column.addWidget(self._basics)
        column.addStretch(1)
        gap = column.itemAt(column.count() - 1)
        assert gap is not None  # it was just added
        self._gap = gap
        self._sections = [self._exactness, self._sampler, self._memory]
        self._last: list[CollapsibleSection] = []  # of single rooms
        for section in self._sections:
            column.addWidget(section)
            section.toggled.connect(partial(self._uncover, section))
        self.body, self._area = body, (area := QScrollArea())
        area.setWidget(body)
        area.setWidgetResizable(True)
        area.setVerticalScrollBar(GutterScrollBar())
        area.setVerticalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOn)
        area.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        area.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        whole = QVBoxLayout(self)
        whole.setContentsMargins(0, 0, 0, 0)
        whole.addWidget(area)
        self._model.activated.connect(self._choose_model)
        self._more.clicked.connect(self.help_requested)

    def add_section(self, section: QWidget) -> None:
        """Put a fold of another place before those that all places share."""
        self._column.insertWidget(self._first, section)

    def show_top(self) -> None:
        """Begin at the top: what a room shows here is not where another was scrolled to."""
        self._area.verticalScrollBar().setValue(0)

    def _uncover(self, section: CollapsibleSection, on: bool) -> None:
        """Scroll to what a fold shows, once it is laid out: all of it, or from its head on."""
        if on:
            QTimer.singleShot(0, section, partial(self._scroll_to, section))

    def _scroll_to(self, section: CollapsibleSection) -> None:
        top, bar = section.y(), self._area.verticalScrollBar()
        foot = top + section.height() - self._area.viewport().height()
        bar.setValue(min(top, max(bar.value(), foot)))

    def add_last_section(self, section: CollapsibleSection) -> None:
        """Put a fold of another place at the foot, after those that all places share."""
        self._column.insertWidget(self._column.indexOf(self._memory), section)
        self._last.append(section)
        section.toggled.connect(partial(self._uncover, section))

    def add_shared_section(self, section: CollapsibleSection) -> None:
        """Put a fold of all places after the picture's, and keep whether it is open."""
        self._column.insertWidget(self._column.indexOf(self._exactness), section)
        self._sections.append(section)
        section.toggled.connect(partial(self._uncover, section))

    def offer_models(self, models: Sequence[Model]) -> None:
        """Let these be chosen; the one in use stays shown, if it is among them."""
        shown = self._model.currentData()
        with QSignalBlocker(self._model):
            self._model.clear()
            for model in models:
                self._model.addItem(model.profile.title, model.name)
                self._model.setItemData(
                    self._model.count() - 1,
                    plain_tip(str(model.root)),
                    Qt.ItemDataRole.ToolTipRole,
                )
            self._model.setCurrentIndex(max(0, self._model.findData(shown)))
        self._model.setEnabled(len(models) > 0)

    def show_model(self, model: Model) -> None:
        """Offer the sizes and limits of the model in use."""
        with QSignalBlocker(self._model):
            self._model.setCurrentIndex(self._model.findData(model.name))
        self._more.setVisible(bool(model.profile.note))
        self._model.show_model(model)
        self._shapes.show_model(model)
        for field in (self._width, self._height):
            field.setSingleStep(model.multiple)
        self._limits = model.multiple, model.largest
        most = min(STEPS_ON_SLIDER, model.profile.most_steps)
        self.numbers["steps"].limit(1, model.profile.most_steps, 1, most)
        self.numbers["prior_steps"].limit(2, model.profile.most_steps, 1, most)
        reason = washed_out(Sampling(scheduler=ALWAYS_THRESHOLDS), model)
        self.sampling.allow_choice("scheduler", ALWAYS_THRESHOLDS, reason)
        self._weights.setText(_bytes(model.size_bytes))
        prior = model.can("prior")
        self.without.show_model(prior=prior)
        for name in ("prior_steps", "prior_guidance"):
            self.sampling.show_row(name, prior)
        self.pictures.show_row("shared_prior_seed", prior)
        self._idea.setVisible(prior)

    def show_draft(self, draft: DraftState) -> None:
        """Show what is set now."""
        self.without.show_draft(draft.applicable)
        values, sampling = draft.values, draft.values.sampling
        self.pictures.show_value(values)
        self.pictures.allow(
            "shared_prior_seed", "" if values.count > 1 else _("One picture has one idea.")
        )
        self.others.show_value(values)
        self.sampling.show_value(sampling, draft.defaults)
        self.sampling.allow("eta", _(NO_ETA) if sampling.scheduler not in WITH_ETA else "")
        self.sampling.allow("thresholding", _no_thresholding(sampling, draft.model))
        with QSignalBlocker(self._width), QSignalBlocker(self._height):
            show_number(self._width, sampling.width, 0)
            show_number(self._height, sampling.height, 0)
        sides = {"width": sampling.width, "height": sampling.height}
        if sides != self._sides:
            self._sides = sides
            self._size_words.hide()
        self._shapes.show_value(draft.size)
        self._counts.show_value(values.count)
        self._follow.show_value(sampling.guidance, draft.defaults.guidance)
        given = isinstance(values.task, Inpaint | Outpaint)
        for part in (self._shapes, self._size):
            part.setEnabled(not given)
            part.setToolTip(_("The picture that is started from says its size.") if given else "")
        self._idea.show_value(sampling.prior_seed, locked=values.prior_seed_locked)
        self._detail.show_value(sampling.seed, locked=values.seed_locked)
        pictures = ngettext("{n} picture", "{n} pictures", values.count).format(n=values.count)
        shape = _shape(draft.size)
        size = _("the size it has") if given else f"{shape}, {draft.size}"
        self._shape_value.setText(size)
        self._count_value.setText(pictures)
        self._basics_said = (
            _("{count}, {shape}").format(
                count=values.count, shape=size if given else shape.lower()
            ),
            _("followed at {n}").format(n=short_number(sampling.guidance)),
        )
        self._sum_up()
        locked = values.seed_locked or values.prior_seed_locked
        self._exactness.set_summary(_("the same again") if locked else _("new each time"))
        self._sampler.set_summary(
            ngettext("{n} step", "{n} steps", sampling.steps).format(n=sampling.steps)
            + f" · {LABELS[sampling.scheduler]}"
        )

    def show_engine(self, about: Awake) -> None:
        """Say what the engine runs on."""
        threads = ngettext("{n} thread", "{n} threads", about.threads).format(n=about.threads)
        self._device.setText(
            f"{about.device_name}, {threads}" if about.device == "cpu" else about.device_name
        )

    def show_plan(self, planned: Planned) -> None:
        """Say what the job in hand takes by its plan, in its greediest phase."""
        self._planned.setText(_bytes(planned.peak_bytes))

    def show_phases(
        self,
        phases: Sequence[PlannedPhase],
        budget: int,
        measured: Mapping[str, int],
        words: str,
        correction: float = 1.0,
    ) -> None:
        """Show what the next job will take, and say what that costs at this size and number."""
        self.plan.show_plan(phases, budget, measured, correction)
        self._memory_words.setText(words)
        self._memory_words.setVisible(bool(words))

    def show_choices(self, sizes: Mapping[Size, str], counts: Mapping[int, str]) -> None:
        """Mark the sizes and numbers at which the memory makes a job slower, or does not do."""
        self._shapes.show_costs(sizes)
        self._counts.show_costs(counts)

    def show_cap(self, gigabytes: float) -> None:
        """Show what may be taken of the memory; 0: all there is."""
        self._cap_gb = gigabytes
        most = self._total_gb
        self._cap.setVisible(most > LEAST_CAP)
        self._cap.limit(LEAST_CAP, max(most, LEAST_CAP), CAP_STEP)
        self._cap.show_value(min(gigabytes, most) if gigabytes else most, most)

    def _choose_cap(self, gigabytes: float) -> None:
        self.cap_chosen.emit(0.0 if gigabytes >= self._total_gb else gigabytes)

    def show_memory(self, memory: Memory) -> None:
        """Say what the engine uses now."""
        total = memory.total_bytes // round(CAP_STEP * 10**9) * CAP_STEP
        if total != self._total_gb:
            self._total_gb = total
            self.show_cap(self._cap_gb)
        taken = memory.total_bytes - memory.free_bytes - memory.used_bytes
        self._others.setText(_bytes(max(0, taken)))
        self._used.setText(_bytes(memory.used_bytes))
        self._free.setText(_bytes(memory.free_bytes))
        self._memory.set_summary(
            _("{used} of {total}").format(
                used=_bytes(memory.used_bytes), total=_bytes(memory.total_bytes)
            )
        )

    @property
    def sections(self) -> tuple[int, ...]:
        """Which folds are open, to be kept between sittings."""
        return tuple(int(section.is_open) for section in (*self._sections, *self._last))

    def open_folds(self, states: Sequence[int]) -> None:
        """Open the folds that were open."""
        for section, state in zip((*self._sections, *self._last), states, strict=False):
            section.set_open(bool(state))

    @property
    def needed(self) -> int:
        """How wide it must be so that nothing is cut."""
        return self.body.minimumSizeHint().width() + self._area.verticalScrollBar().width()

    def fold_basics(self, on: bool, *, asked: bool = True) -> None:
        """Put shape, number and the like under a fold, for a room with panels of its own.

        The fold lies at the foot, first of all. Sizes and number are left out where they are not
        `asked` for here: it is then about how the words are followed.
        """
        for part in (self._asked, self._in_pixels):
            part.setVisible(asked)
        self._basics.set_title(_("Pictures") if asked else _("The words"))
        self._column.removeWidget(self._basics)
        self._column.insertWidget(self._column.indexOf(self._gap) + int(on), self._basics)
        self._basics.set_plain(not on)
        with QSignalBlocker(self._basics):  # nobody opened it: nothing is scrolled to
            self._basics.set_open(not on)
        self._sum_up()

    def _sum_up(self) -> None:
        self._basics.set_summary(self._basics_said[int(self._asked.isHidden())])

    def _basics_body(self) -> QWidget:
        """Return what matters: shape, number, how strictly, and what should not be there."""
        body = QWidget()
        column = QVBoxLayout(body)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(8)
        self._shapes, self._counts = ShapeChips(self._theme), CountChips(self._theme)
        self._shape_value, self._count_value = label("", "small"), label("", "small")
        about = replace(self._sampling["guidance"], label=N_("Follow the words"))
        self._follow = NumberRow(self._theme, about, whole=False, titled=True)
        self._follow.limit(about.low, about.high, about.step, GUIDANCE_ON_SLIDER)
        ends = QHBoxLayout()
        ends.addWidget(label(_("freely"), "small"))
        ends.addStretch(1)
        ends.addWidget(label(_("strictly"), "small"))
        self._asked = QWidget()
        asked = QVBoxLayout(self._asked)
        asked.setContentsMargins(0, 0, 0, 0)
        asked.setSpacing(8)
        asked.addLayout(titled_row(_("Shape"), self._shape_value))
        asked.addWidget(self._shapes)
        asked.addSpacing(8)
        asked.addLayout(titled_row(_("How many"), self._count_value))
        asked.addWidget(self._counts)
        self._memory_words = label("", "warning")
        self._memory_words.setWordWrap(True)
        self._memory_words.hide()
        column.addWidget(self._asked)
        column.addWidget(self._memory_words)
        column.addSpacing(8)
        column.addWidget(self._follow)
        column.addLayout(ends)
        column.addSpacing(8)
        column.addWidget(self.without)
        self._shapes.chosen.connect(self.size_chosen)
        self._counts.chosen.connect(lambda count: self.edited.emit("count", count))
        self._follow.changed.connect(lambda value: self.edited.emit("guidance", value))
        self.numbers["guidance"] = self._follow
        return body

    def _exactness_body(self) -> QWidget:
        """Return what makes a picture come again as it was: its size in pixels, its seeds."""
        body = QWidget()
        column = QVBoxLayout(body)
        column.setContentsMargins(0, 0, 0, 8)
        column.setSpacing(8)
        self._width, self._height = self._side("width"), self._side("height")
        swap = icon_button(self._theme, "arrow-left-right", _("Swap width and height"))
        self._size = QWidget()
        size = QHBoxLayout(self._size)
        size.setContentsMargins(0, 0, 0, 0)
        size.setSpacing(8)
        size.addWidget(self._width, 1)
        size.addWidget(swap)
        size.addWidget(self._height, 1)
        self.pictures = Form(
            self._theme, PaintOptions, only=PICTURES, ends={"count": SLIDER_PICTURES}
        )
        self._idea = SeedRow(self._theme, self._sampling["prior_seed"])
        self._detail = SeedRow(self._theme, self._sampling["seed"])
        self._size_words = label("", "warning")
        self._size_words.setWordWrap(True)
        self._size_words.hide()
        self._in_pixels = QWidget()
        sides = QVBoxLayout(self._in_pixels)
        sides.setContentsMargins(0, 0, 0, 0)
        sides.setSpacing(8)
        for part in (label(_("Width and height")), self._size, self._size_words):
            sides.addWidget(part)
        for part in (self._in_pixels, self.pictures, self._idea, self._detail):
            column.addWidget(part)
        swap.clicked.connect(self._swap)
        self.pictures.edited.connect(self.edited)
        self.numbers |= self.pictures.numbers
        for row, name_ in ((self._idea, "prior_seed"), (self._detail, "seed")):
            self._connect_seed(row, name_)
        return body

    def _connect_seed(self, row: SeedRow, name: str) -> None:
        row.changed.connect(lambda value: self.edited.emit(name, value))
        row.reroll_requested.connect(lambda: self.reroll_requested.emit(name))
        row.locked.connect(lambda on: self.edited.emit(f"{name}_locked", on))

    def _sampling_body(self) -> QWidget:
        ends = {"steps": STEPS_ON_SLIDER, "prior_steps": STEPS_ON_SLIDER}
        ends |= dict.fromkeys(("guidance", "prior_guidance"), GUIDANCE_ON_SLIDER)
        self.sampling = Form(
            self._theme, Sampling, without=(*OF_THE_PICTURE, "guidance"), ends=ends
        )
        self.others = Form(self._theme, PaintOptions, without=PLACED)  # options to come
        self.numbers |= self.sampling.numbers
        body = QWidget()
        column = QVBoxLayout(body)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(8)
        for form in (self.sampling, self.others):
            form.edited.connect(self.edited)
            column.addWidget(form)
        self.others.setHidden(not self.others.names)
        return body

    def _memory_body(self) -> QWidget:
        body = QWidget()
        grid = QGridLayout(body)
        grid.setContentsMargins(0, 0, 0, 0)
        grid.setHorizontalSpacing(8)
        grid.setVerticalSpacing(8)
        grid.setColumnStretch(1, 1)
        self.plan = PlanBar(self._theme)
        free = QPushButton(_("Free memory now"))
        free.setProperty("role", "link")
        free.setToolTip(_("Give back what is kept for the next job; it then begins later"))
        free.setCursor(Qt.CursorShape.PointingHandCursor)
        free.clicked.connect(self.free_requested)
        about = replace(
            declared(Settings)["memory_gb"],
            help=N_(
                "Of the card, or of the machine without one. At its end: all there is, less a"
                " reserve."
            ),
        )
        self._cap = NumberRow(self._theme, about, whole=False)
        self._cap.changed.connect(self._choose_cap)
        self._cap.hide()
        grid.addWidget(free, 8, 0, 1, 2, Qt.AlignmentFlag.AlignLeft)
        grid.addWidget(self._cap, 7, 0, 1, 2)
        grid.addWidget(self.plan, 0, 0, 1, 2)
        self._device, self._weights = label(_("not asked yet")), label("–")
        self._planned, self._used, self._free = label("–"), label("–"), label("–")
        self._others = label("–")
        for number, (name, value) in enumerate(
            (
                (_("Runs on"), self._device),
                (_("Model's weights"), self._weights),
                (_("The job takes"), self._planned),
                (_("Engine uses"), self._used),
                (_("Other programs"), self._others),
                (_("Still free"), self._free),
            )
        ):
            value.setWordWrap(True)
            grid.addWidget(row_label(self._theme, name), number + 1, 0, Qt.AlignmentFlag.AlignTop)
            grid.addWidget(value, number + 1, 1)
        return body

    def _side(self, name: str) -> QSpinBox:
        about = self._sampling[name]
        field = QSpinBox()
        field.setRange(
            1, MOST_TYPED
        )  # the draft brings it to what the model can do, and it is said
        field.setSuffix(" px")
        inset(field)
        narrow(field)
        scroll_past(field)
        field.setKeyboardTracking(False)
        field.setAlignment(Qt.AlignmentFlag.AlignRight)
        field.setAccessibleName(_(about.label))
        field.valueChanged.connect(lambda value: self._type_side(name, field, value))
        return field

    def _type_side(self, name: str, field: QSpinBox, value: int) -> None:
        """Ask for a side, and say what became of it where the model cannot have it so."""
        multiple, largest = self._limits
        self.edited.emit(name, max(multiple, min(largest, value)))  # by its end it was shown
        now = self._sides.get(name, value)
        with QSignalBlocker(field):
            field.setValue(now)
        if now != value:
            self._size_words.setText(
                _(
                    "{value} became {now}: this model paints in steps of {multiple}, up to"
                    " {largest}."
                ).format(value=value, now=now, multiple=multiple, largest=largest)
            )
        self._size_words.setVisible(now != value)

    def _swap(self) -> None:
        for field in (self._width, self._height):
            field.interpretText()  # a click on the button leaves the focus where it is
        self.size_chosen.emit(Size(self._height.value(), self._width.value()))

    def _choose_model(self, row: int) -> None:
        self.model_chosen.emit(self._model.itemData(row))


def _shape(size: Size) -> str:
    """Return the name of a size's shape."""
    if size.width == size.height:
        return _("Square")
    return _("Wide") if size.width > size.height else _("Upright")


def _bytes(count: int) -> str:
    """Return a number of bytes as people say it."""
    if count >= 10**9:
        return f"{count / 10**9:.1f} GB"
    return f"{count / 10**6:.0f} MB"


def _no_thresholding(sampling: Sampling, model: Model | None) -> str:
    """Return as a sentence why values cannot be held back, or nothing."""
    if sampling.scheduler not in WITH_THRESHOLDING:
        return _(NO_THRESHOLDING)
    return "" if model is None else washed_out(replace(sampling, thresholding=True), model)
