"""Masks at another size: what is painted stays painted, and as bright as it was."""

import numpy as np
from numpy.typing import NDArray
from PIL import Image

Grey = NDArray[np.uint8]


def resized(mask: Grey, width: int, height: int) -> Grey:
    """Return a mask at another size; each pixel is the mean of what is painted of those it covers.

    So no thin stroke is lost where a mask becomes smaller, and black and white stay so.
    """
    if mask.shape == (height, width):
        return mask
    if not ((mask + np.uint8(1)) > 1).any():  # black and white
        small = np.asarray(_averaged(Image.fromarray(mask), width, height))
        return np.where(small > 0, np.uint8(255), np.uint8(0))
    total, share = (
        np.asarray(_averaged(Image.fromarray(one.astype(np.float32)), width, height))
        for one in (mask, mask > 0)
    )
    mean = total / np.maximum(share, np.float32(1e-6))
    return np.where(share > 0, mean.round().clip(1, 255), 0).astype(np.uint8)


def _averaged(image: Image.Image, width: int, height: int) -> Image.Image:
    return image.resize((width, height), Image.Resampling.BOX)
