# SPDX-License-Identifier: GPL-3.0-or-later
"""Fast drawing of training scenes at the model's own size from stickers and places drawn once."""

import numpy as np

from demo_model import CELLS, GRID, PATCH, PIXELS
from demo_scene import SNOW, background, sky_body, sticker
from demo_text import KINDS, PLACES

NOTHING = len(KINDS)
SMALLEST, LARGEST = 0.27, 0.51


def _array(image):
    return np.asarray(image).astype(np.float32) / 255


class SceneBank:
    def __init__(self, seed, variants=40, places=40):
        r = np.random.default_rng(seed)
        self.variants = variants
        self.stickers = [[self._sticker(r, k, i) for i in range(variants)] for k in range(len(KINDS))]
        self.places = [[_array(background(r, p, PIXELS))[..., :3] for _ in range(places)] for p in range(len(PLACES))]
        self.bodies = [self._premultiplied(sky_body(p, PIXELS)) for p in range(len(PLACES))]
        self.noise = r.normal(0, 0.01, (16, PIXELS, PIXELS, 1)).astype(np.float32)

    @staticmethod
    def _premultiplied(image):
        a = _array(image)
        return a[..., :3] * a[..., 3:], 1 - a[..., 3:]

    def _sticker(self, r, kind, i):
        size = SMALLEST + (LARGEST - SMALLEST) * (i + r.uniform()) / self.variants
        image, foot = sticker(kind, round(size * PIXELS), r.uniform(-7, 7), bool(r.integers(2)))
        return (*self._premultiplied(image), foot)

    @staticmethod
    def _blend(picture, part, left, top):
        """Blends (premultiplied rgb, 1 - alpha) in; returns the covered window and its alpha, or None."""
        rgb, clear = part
        x0, y0 = max(left, 0), max(top, 0)
        x1, y1 = min(left + rgb.shape[1], PIXELS), min(top + rgb.shape[0], PIXELS)
        inside = (slice(y0 - top, y1 - top), slice(x0 - left, x1 - left))
        window = picture[y0:y1, x0:x1]
        window *= clear[inside]
        window += rgb[inside]
        return (y0, y1, x0, x1), 1 - clear[inside][..., 0]

    @staticmethod
    def _label_patches(patches, kind, window, alpha):
        y0, y1, x0, x1 = window
        a0, a1, b0, b1 = y0 // PATCH, -(-y1 // PATCH), x0 // PATCH, -(-x1 // PATCH)
        cover = np.zeros(((a1 - a0) * PATCH, (b1 - b0) * PATCH), np.float32)
        cover[y0 - a0 * PATCH:y1 - a0 * PATCH, x0 - b0 * PATCH:x1 - b0 * PATCH] = alpha
        share = cover.reshape(a1 - a0, PATCH, b1 - b0, PATCH).mean((1, 3))
        patches[a0:a1, b0:b1][share > 0.45] = kind

    def render(self, r, scene):
        """(picture (PIXELS, PIXELS, 3) in 0..1, kinds of patches (GRID, GRID), kinds of cells (CELLS, CELLS))."""
        place = scene["place"]
        picture = self.places[place][r.integers(len(self.places[place]))]
        picture = (picture[:, ::-1] if r.integers(2) else picture).copy()
        if scene["sky"] and place != SNOW:
            half = self.bodies[place][0].shape[0] / 2
            x, y = scene["sky"]
            self._blend(picture, self.bodies[place], round(x * PIXELS - half), round(y * PIXELS - half))
        patches = np.full((GRID, GRID), NOTHING, np.int64)
        cells = np.full((CELLS, CELLS), NOTHING, np.int64)
        for kind, x, foot, size, _, _ in sorted(scene["objects"], key=lambda o: o[2]):
            at = (size - SMALLEST) / (LARGEST - SMALLEST) * self.variants + r.integers(-1, 2)
            rgb, clear, (fx, fy) = self.stickers[kind][int(np.clip(at, 0, self.variants - 1))]
            window, alpha = self._blend(picture, (rgb, clear), round(x * PIXELS - fx), round(foot * PIXELS - fy))
            self._label_patches(patches, kind, window, alpha)
            cells[int(np.clip((foot - size / 2) * CELLS, 0, CELLS - 1)), int(np.clip(x * CELLS, 0, CELLS - 1))] = kind
        picture *= np.float32(r.uniform(0.94, 1.05))
        picture += self.noise[r.integers(len(self.noise))]
        return np.clip(picture, 0, 1, out=picture), patches, cells
