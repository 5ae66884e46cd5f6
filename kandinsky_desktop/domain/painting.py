"""The half of every plan that all families share: from conditioning to finished pictures."""

from collections.abc import Callable
from dataclasses import dataclass, fields, replace
from math import prod

from kandinsky_desktop.domain.borders import Borders, border_regions
from kandinsky_desktop.domain.catalog import Size
from kandinsky_desktop.domain.errors import InvalidRequest, ModelProblem
from kandinsky_desktop.domain.i18n import _
from kandinsky_desktop.domain.loads import in_8_bits
from kandinsky_desktop.domain.memory import CHUNKED, SPLIT, ExecutionMode, activations
from kandinsky_desktop.domain.model import Component
from kandinsky_desktop.domain.operations import (
    ApplyMask,
    DecodePixels,
    Deliver,
    Denoise,
    DenoiserInputs,
    EncodePixels,
    ExtendCanvas,
    FitPreview,
    LoadImage,
    Piece,
    ReadDepthMap,
    SamplePrior,
    Sampler,
)
from kandinsky_desktop.domain.plan import Key, PlanBuilder
from kandinsky_desktop.domain.plan_inputs import PlanInputs
from kandinsky_desktop.domain.region import (
    Box,
    check_alike,
    check_part,
    region_around,
    whole_picture,
)
from kandinsky_desktop.domain.schedulers import calls
from kandinsky_desktop.domain.task import (
    NO_ESTIMATOR,
    Img2Img,
    Inpaint,
    Outpaint,
    TextToImage,
    mask_of,
)

BATCH_BYTES = 768 * 2**20  # of activations that a batch may take, however much room there is

Batch = tuple[int, ...]  # indices of pictures that are denoised together


@dataclass(frozen=True, slots=True, kw_only=True)
class Painter:
    """What a family paints with, and what conditions it."""

    networks: tuple[Component, ...]  # of the denoiser
    scheduler: Component
    autoencoder: Component
    denoise_modes: tuple[ExecutionMode, ...]
    encode_modes: tuple[ExecutionMode, ...]
    decode_modes: tuple[ExecutionMode, ...]
    conditioning: Callable[[int], DenoiserInputs]  # of the picture at an index
    embedding: str = ""  # the role of the image embedding that is stored in the pictures
    masked_images: bool = False  # whether the denoiser sees pictures without what is masked


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """One piece of one batch."""

    batch: Batch
    number: int
    piece: Piece
    images: tuple[Key, ...]  # that it is a piece of, one a picture; none: from noise
    after: Key | None  # the piece before


def paint(plan: PlanBuilder, inputs: PlanInputs, painter: Painter) -> None:
    """Add the phases that paint the missing pictures, batch by batch.

    Each picture is delivered before the next one is decoded, since decoding takes much memory.
    """
    for batch in batches(inputs, painter):
        images, denoised = _initial(plan, inputs, batch), tuple[Key, ...]()
        every = pieces(inputs, batch)
        for number, piece in enumerate(every):
            part = Part(
                batch=batch,
                number=number,
                piece=piece,
                images=images,
                after=denoised[-1] if denoised else None,
            )
            denoised += (_denoise(plan, inputs, painter, part),)
            images = ()
            for row, index in enumerate(batch):
                images += (_decode(plan, inputs, painter, part, denoised[-1], row),)
                if number + 1 == len(every) and index in inputs.missing:
                    embedding = dict(painter.conditioning(index)).get(painter.embedding)
                    deliver = Deliver(
                        index, batch, images[-1], denoised, embedding, _packed(plan, painter)
                    )
                    plan.add(deliver, pixels=_pixels(canvas_size(inputs)))


def _packed(plan: PlanBuilder, painter: Painter) -> tuple[str, ...]:
    """Return the kinds of the networks that a plan runs with weights in 8 bits."""
    loops = [one.operation for one in plan.phases.values()]
    kinds = {"prior" for one in loops if isinstance(one, SamplePrior) and one.packed}
    denoiser = painter.networks[0].kind
    kinds |= {denoiser for one in loops if isinstance(one, Denoise) and one.packed}
    return tuple(sorted(kinds))


def batches(inputs: PlanInputs, painter: Painter) -> list[Batch]:
    """Return the batches, as indices, that hold a picture to be made.

    How a request is cut does not depend on which pictures are missing, since a picture's bits
    depend on those that are denoised with it. Small pictures gain by company, since each step's
    overhead is shared; large ones only cost memory and make the first picture come late.
    """
    if inputs.like:
        return [inputs.like.batch]
    count = inputs.request.count
    if count == 1:
        return [(0,)] if inputs.missing else []
    weights = sum(network.size_bytes(inputs.itemsize) for network in painter.networks)
    each = activations(painter.denoise_modes[0], most_pixels(inputs), inputs.itemsize)
    room = min(BATCH_BYTES, inputs.budget - weights)
    size = max(1, min(count, inputs.most_rows, room // max(1, each)))
    cut = [tuple(range(count)[first : first + size]) for first in range(0, count, size)]
    return [batch for batch in cut if set(batch) & set(inputs.missing)]


def pieces(inputs: PlanInputs, batch: Batch) -> list[Piece]:
    """Return the pieces that the pictures of a batch are painted in."""
    task, model = inputs.request.task, inputs.model
    limits = {
        "native": model.native,
        "largest": max(model.largest, model.multiple),
        "multiple": model.multiple,
    }
    canvas = canvas_size(inputs)
    match task:
        case TextToImage() | Img2Img():
            return [Piece(Box(0, 0, canvas.width, canvas.height), canvas)]
        case Inpaint(crop=crop, padding=padding):
            mask_box = _around([_mask_box(task, inputs, index) for index in batch])
            region = (
                region_around(mask_box, canvas, padding=padding, **limits)
                if crop
                else whole_picture(canvas, **limits)
            )
            return [Piece(region.box, region.work)]
        case Outpaint():
            old = _size_of(inputs, task)
            regions = border_regions(old, _borders(task), overlap=task.overlap, **limits)
            return [Piece(region.box, region.work) for region in regions]


def canvas_size(inputs: PlanInputs) -> Size:
    """Return the size of the finished pictures. Raises InvalidRequest."""
    task, sampling = inputs.request.task, inputs.request.sampling
    match task:
        case TextToImage() | Img2Img():
            return Size(sampling.width, sampling.height)
        case Inpaint(part_of=part):
            size = _size_of(inputs, task)
            if part is not None:
                check_part(size, Size(part.right - part.left, part.bottom - part.top))
            return size
        case Outpaint(part_of=part):
            size = _size_of(inputs, task)
            if part is not None:
                check_part(size, Size(part.right - part.left, part.bottom - part.top))
            return _borders(task).grown(size)


def most_pixels(inputs: PlanInputs) -> int:
    """Return with how many pixels a piece is painted, at most, whichever pictures go together."""
    model = inputs.model
    match inputs.request.task:
        case Inpaint(crop=True, masks=[_one, _other, *_more]) as task:
            # a batch is worked on around all its masks: that may be any part of the picture
            size = _size_of(inputs, task)
            sides = (min(side, model.largest) for side in (size.width, size.height))
            return max(model.native**2, prod(sides))
        case _:
            return max((one.pixels for one in pieces(inputs, (0,))), default=0)


def _denoise(plan: PlanBuilder, inputs: PlanInputs, painter: Painter, part: Part) -> Key:
    request, sampling, task = inputs.request, inputs.request.sampling, inputs.request.task
    masked = isinstance(task, Inpaint | Outpaint)
    strength, soft = _strength(inputs, part.batch)
    operation = Denoise(
        sampler=Sampler(**{one.name: getattr(sampling, one.name) for one in fields(Sampler)}),
        conditioning=tuple(painter.conditioning(index) for index in part.batch),
        seeds=tuple(request.seed_of(index) for index in part.batch),
        piece=part.piece,
        init=_encode(plan, inputs, painter, part),
        strength=strength,
        masked=masked,
        soft=soft,
        old_noise=getattr(task, "old_noise", False),
        depth=_depth(plan, inputs),
        depth_canvas=canvas_size(inputs) if masked and request.depth else None,
        after=part.after,
        kept_step=inputs.like.kept_step(part.number) if inputs.like else 0,
        packed=in_8_bits(inputs, painter.networks[0], painter.denoise_modes, most_pixels(inputs)),
        split_from=inputs.like.split_from(part.number) if inputs.like else -1,
        rows_from=inputs.like.rows_from(part.number) if inputs.like else -1,
        processor_from=inputs.like.processor_from(part.number) if inputs.like else -1,
        chunks_from=inputs.like.chunks_from(part.number) if inputs.like else -1,
        batch=part.batch,
        number=part.number,
        preview=_preview(plan, painter) if inputs.previews else None,
    )
    return plan.add(
        operation,
        *painter.networks,
        painter.scheduler,
        modes=_modes(painter, part, guided=sampling.guidance > 1),
        pixels=part.piece.pixels * len(part.batch),
        rows=len(part.batch),
        calls=calls(sampling.scheduler, sampling.steps, strength),
    )


def _modes(painter: Painter, part: Part, *, guided: bool) -> tuple[ExecutionMode, ...]:
    """Return the modes of a loop: rows only of several, and halves only where there is guidance.

    Without it one half goes through the network, which takes what one of two does.
    """
    modes = [one for one in painter.denoise_modes if len(part.batch) > 1 or not one.by_row]
    if guided:
        return tuple(modes)
    halves = {(one.by_row, CHUNKED in one.name): one for one in modes if SPLIT in one.name}
    return tuple(
        replace(halves.get((one.by_row, CHUNKED in one.name), one), name=one.name)
        for one in modes
        if SPLIT not in one.name
    )


def _strength(inputs: PlanInputs, batch: Batch) -> tuple[float, float | None]:
    """Return the strength of what changes most and, where masks have greys, that of white."""
    task = inputs.request.task
    white: float = getattr(task, "strength", 1.0)
    if not isinstance(task, Inpaint):
        return white, None
    masks = [inputs.files[mask_of(task, index)] for index in batch]
    if not any(one.mask_soft for one in masks):
        return white, None
    return strength_of(max(one.mask_most for one in masks), white), white


def _encode(plan: PlanBuilder, inputs: PlanInputs, painter: Painter, part: Part) -> tuple[Key, ...]:
    task, keys = inputs.request.task, []
    fill, masked = getattr(task, "fill", ""), isinstance(task, Inpaint | Outpaint)
    for index, image in zip(part.batch, part.images, strict=bool(part.images)):
        seed = inputs.request.seed_of(index) if fill == "noise" else 0
        keys.append(
            plan.add(
                EncodePixels(image, part.piece, fill, seed, masked and painter.masked_images),
                painter.autoencoder,
                modes=painter.encode_modes,
                pixels=part.piece.pixels,
            )
        )
    return tuple(keys)


def _decode(
    plan: PlanBuilder, inputs: PlanInputs, painter: Painter, part: Part, latents: Key, row: int
) -> Key:
    task = inputs.request.task
    operation = DecodePixels(latents, row)
    if isinstance(task, Inpaint | Outpaint):
        feather = task.feather if isinstance(task, Outpaint) else 0
        match = isinstance(task, Inpaint) and task.match_colours
        operation = DecodePixels(latents, row, part.images[row], part.piece, feather, match)
    return plan.add(
        operation, painter.autoencoder, modes=painter.decode_modes, pixels=part.piece.pixels
    )


def _initial(plan: PlanBuilder, inputs: PlanInputs, batch: Batch) -> tuple[Key, ...]:
    """Plan the pictures that are started from, one for each of a batch."""
    task, files = inputs.request.task, inputs.files
    match task:
        case TextToImage():
            return ()
        case Img2Img(path=path):
            size = canvas_size(inputs)
            image = plan.add(LoadImage(files[path].content, size, path), pixels=_pixels(size))
            return (image,) * len(batch)
        case Inpaint(path=path):
            pixels = _pixels(canvas_size(inputs))
            image = plan.add(LoadImage(files[path].content, None, path), pixels=pixels)
            masks = [mask_of(task, index) for index in batch]
            grow, feather, fit = task.grow, task.feather, task.fit_mask
            return tuple(
                plan.add(
                    ApplyMask(image, files[mask].content, grow, feather, mask, fit), pixels=pixels
                )
                for mask in masks
            )
        case Outpaint(path=path, left=left, top=top):
            size = canvas_size(inputs)
            image = plan.add(LoadImage(files[path].content, None, path), pixels=_pixels(size))
            whole = plan.add(ExtendCanvas(image, left, top, size), pixels=_pixels(size))
            return (whole,) * len(batch)


def _depth(plan: PlanBuilder, inputs: PlanInputs) -> Key | None:
    depth = inputs.request.depth
    if depth is None:
        return None
    content = inputs.files[depth.path].content
    if not depth.estimate:
        return plan.add(ReadDepthMap(content, depth.flip, "", depth.path))
    estimator = inputs.estimator
    if estimator is None:
        raise ModelProblem(_(NO_ESTIMATOR))
    return plan.add(
        ReadDepthMap(content, depth.flip, estimator.content, depth.path, estimator.folder)
    )


def _preview(plan: PlanBuilder, painter: Painter) -> Key:
    return plan.add(
        FitPreview(), painter.autoencoder, portable=True, modes=painter.encode_modes, cached=True
    )


def strength_of(grey: int, white: float) -> float:
    """Return by how much a grey of a mask changes, 0 to 1, where white changes by so much."""
    return white * (grey / 255)


def _mask_box(task: Inpaint, inputs: PlanInputs, index: int) -> Box:
    """Return the box around what one picture repaints: that of its mask, grown."""
    picture, mask = _size_of(inputs, task), inputs.files[mask_of(task, index)]
    assert mask.size is not None
    check_alike(mask.size, picture)
    if mask.mask_box is None:
        raise InvalidRequest(_("The mask is empty: paint white what is to be painted anew."))
    left, top, right, bottom = mask.mask_box.corners
    return Box(
        max(0, left - task.grow),
        max(0, top - task.grow),
        min(picture.width, right + task.grow),
        min(picture.height, bottom + task.grow),
    )


def _pixels(size: Size) -> int:
    return size.width * size.height


def _borders(task: Outpaint) -> Borders:
    return Borders(left=task.left, top=task.top, right=task.right, bottom=task.bottom)


def _size_of(inputs: PlanInputs, task: Inpaint | Outpaint) -> Size:
    size = inputs.files[task.path].size
    assert size is not None
    return size


def _around(boxes: list[Box]) -> Box:
    lefts, tops, rights, bottoms = zip(*(box.corners for box in boxes), strict=True)
    return Box(min(lefts), min(tops), max(rights), max(bottoms))
