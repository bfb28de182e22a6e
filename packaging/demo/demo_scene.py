# SPDX-License-Identifier: GPL-3.0-or-later
"""Scenes of pictogram stickers standing on the ground of four painted places.

Pictograms: Noto Color Emoji (Debian package fonts-noto-color-emoji, SIL Open Font License 1.1).
Coordinates are shares of the picture's side, y downwards; an object's (x, foot) is the middle of its foot line.
"""

import os

import numpy as np
from PIL import Image, ImageDraw, ImageFilter, ImageFont

from demo_text import BEACH, KINDS, MEADOW, NIGHT, PLACES, SNOW

FONT = os.environ.get("MOELORA_DEMO_FONT", "/usr/share/fonts/truetype/noto/NotoColorEmoji.ttf")
FONT_SIZE = 109  # the only size the font's bitmaps have
CANVAS = 512  # backgrounds are painted at this size and shrunk
SKY_RADIUS = 0.055
GAP = 0.03  # least distance between two things


# ---- what is where -------------------------------------------------------------------------------------


def _groups(r):
    kinds = r.choice(len(KINDS), 2, replace=False).tolist()
    share = r.random()
    if share < 0.16:
        return [(kinds[0], 1)]
    if share < 0.30:
        return [(kinds[0], 2)]
    if share < 0.70:
        return [(kinds[0], 1), (kinds[1], 1)]
    return [(kinds[0], 2), (kinds[1], 1)] if share < 0.85 else [(kinds[0], 1), (kinds[1], 2)]


def _spread(r, number, low, high, least):
    """`number` values in [low, high], neighbours at least `least` apart."""
    if number == 1:
        return [r.uniform(low, high)]
    slack = (high - low - least) / 2
    return [low + r.uniform(0, slack), high - r.uniform(0, slack)]


def _positions(r, groups, relation, size):
    half, feet = size / 2 + 0.02, (0.15 + size, 0.95)
    total = sum(n for _, n in groups)
    if total == 1:
        return [(groups[0][0], r.uniform(half, 1 - half), r.uniform(max(feet[0], 0.55), feet[1]))]
    if len(groups) == 1:
        xs, f = _spread(r, 2, half, 1 - half, size + GAP), r.uniform(feet[0], feet[1])
        return [(groups[0][0], x, float(np.clip(f + r.uniform(-0.1, 0.1), *feet))) for x in xs]
    found = []
    common = r.uniform(feet[0] + 0.08, feet[1] - 0.04), r.uniform(half + 0.08, 1 - half - 0.08)
    for g, (kind, n) in enumerate(groups):
        if relation == "left":
            low, high = (half, 0.5 - size / 2 + 0.02) if g == 0 else (0.5 + size / 2 - 0.02, 1 - half)
            low, high = (low, max(low, high)) if g == 0 else (min(low, high), high)
            fs = _spread(r, n, *feet, size + GAP) if n > 1 else [common[0] + r.uniform(-0.06, 0.06)]
            found += [(kind, r.uniform(low, high), f) for f in fs]
        else:
            low, high = (feet[0], feet[0] + 0.07) if g == 0 else (feet[1] - 0.07, feet[1])
            xs = _spread(r, n, half, 1 - half, size + GAP) if n > 1 else [common[1] + r.uniform(-0.06, 0.06)]
            found += [(kind, x, r.uniform(low, high)) for x in xs]
    return found


def _apart(objects, size):
    for i, (_, x, f) in enumerate(objects):
        for _, x2, f2 in objects[:i]:
            if max(abs(x - x2), abs(f - f2)) < size + GAP:
                return False
    return True


def _sky_place(r, objects, size):
    """A place for sun or moon that no thing covers, or None."""
    for _ in range(40):
        x, y = r.uniform(0.09, 0.91), r.uniform(0.085, 0.13)
        if all(abs(x - ox) > size / 2 + 0.08 or f - size > y + 0.08 for _, ox, f in objects):
            return x, y
    return None


def sample_scene(r):
    """A random scene from the numpy generator `r`."""
    groups, place = _groups(r), int(r.integers(len(PLACES)))
    relation = None if len(groups) == 1 else ("left", "above")[int(r.integers(2))]
    total = sum(n for _, n in groups)
    limits = {1: (0.36, 0.50), 2: (0.31, 0.38), 3: (0.30, 0.35)}[total]
    while True:
        size = r.uniform(*limits)
        at = _positions(r, groups, relation, size)
        if _apart(at, size):
            break
    objects = [(k, x, f, size * r.uniform(0.94, 1.0), r.uniform(-7, 7), bool(r.integers(2))) for k, x, f in at]
    return dict(place=place, groups=groups, relation=relation, objects=objects, sky=_sky_place(r, at, size))


# ---- stickers -------------------------------------------------------------------------------------------

_glyphs = {}


def _glyph(kind):
    if kind not in _glyphs:
        font = ImageFont.truetype(FONT, FONT_SIZE)
        im = Image.new("RGBA", (180, 180), (0, 0, 0, 0))
        ImageDraw.Draw(im).text((16, 16), KINDS[kind].pictogram, font=font, embedded_color=True)
        _glyphs[kind] = im.crop(im.getbbox())
    return _glyphs[kind]


def _tinted(alpha, colour, strength=1.0):
    layer = Image.new("RGBA", alpha.size, colour + (0,))
    layer.putalpha(alpha.point(lambda v: min(255, int(v * strength))))
    return layer


def sticker(kind, pixels, degrees, flipped):
    """(RGBA sticker with outline, cast shadow and ground shadow; its foot point in it); longer side = pixels."""
    work = max(pixels, 128)
    g = _glyph(kind)
    if flipped:
        g = g.transpose(Image.FLIP_LEFT_RIGHT)
    scale = work / max(g.size) * 0.95
    g = g.resize((max(1, round(g.width * scale)), max(1, round(g.height * scale))), Image.BICUBIC)
    side = int(work * 1.4)
    art = Image.new("RGBA", (side, side), (0, 0, 0, 0))
    art.paste(g, ((side - g.width) // 2, (side - g.height) // 2))
    art = art.rotate(degrees, Image.BICUBIC)
    alpha = art.getchannel("A")
    left, _, right, bottom = alpha.getbbox()
    outline = alpha.filter(ImageFilter.GaussianBlur(work * 0.022)).point(lambda v: min(255, v * 5))
    cast = Image.new("L", art.size, 0)
    cast.paste(alpha.filter(ImageFilter.GaussianBlur(work * 0.03)), (int(work * 0.025), int(work * 0.03)))
    ground = Image.new("L", art.size, 0)
    rx, ry, cx = (right - left) * 0.50, work * 0.055, (left + right) / 2
    ImageDraw.Draw(ground).ellipse((cx - rx, bottom - ry, cx + rx, bottom + ry * 1.1), fill=255)
    out = _tinted(ground.filter(ImageFilter.GaussianBlur(work * 0.03)), (15, 20, 35), 0.5)
    out.alpha_composite(_tinted(cast, (20, 20, 40), 0.3))
    out.alpha_composite(_tinted(outline, (255, 255, 255)))
    out.alpha_composite(art)
    target = max(8, round(side * pixels / work))
    shrink = target / side
    if target != side:
        out = out.resize((target, target), Image.LANCZOS)
    return out, (cx * shrink, bottom * shrink)


def sky_body(place, pixels):
    """Sun or moon as RGBA of 4 * SKY_RADIUS of the picture's side."""
    side = 256
    im = Image.new("RGBA", (side, side), (0, 0, 0, 0))
    colour, glow = ((250, 244, 208), 0.35) if place == NIGHT else ((255, 222, 105), 0.6)
    disc = Image.new("L", (side, side), 0)
    ImageDraw.Draw(disc).ellipse((64, 64, 192, 192), fill=255)
    im.alpha_composite(_tinted(disc.filter(ImageFilter.GaussianBlur(20)), colour, glow))
    im.alpha_composite(_tinted(disc, colour))
    if place == NIGHT:
        d = ImageDraw.Draw(im)
        for x, y, s in ((100, 105, 13), (145, 95, 8), (135, 150, 16), (98, 150, 7)):
            d.ellipse((x - s, y - s, x + s, y + s), fill=(228, 220, 180, 255))
    n = max(4, round(4 * SKY_RADIUS * pixels))
    return im.resize((n, n), Image.LANCZOS)


# ---- places ---------------------------------------------------------------------------------------------


def _shade(r, colour, amount=9):
    return np.clip(np.array(colour) + r.uniform(-amount, amount, 3), 0, 255)


def _gradient(r, top, bottom):
    t = np.linspace(0, 1, CANVAS)[:, None, None]
    a, b = _shade(r, top), _shade(r, bottom)
    rows = a + (b - a) * t
    return Image.fromarray(np.broadcast_to(rows, (CANVAS, CANVAS, 3)).astype(np.uint8)).convert("RGBA")


def _hill(r, im, height, swing, waves, top, bottom):
    """A wavy band from `height` to the picture's lower edge."""
    x = np.linspace(0, 1, CANVAS)
    a, b = r.uniform(0, 6.28, 2)
    edge = height + swing * np.sin(6.28 * waves * x + a) + 0.4 * swing * np.sin(6.28 * 2.3 * waves * x + b)
    y = np.linspace(0, 1, CANVAS)[:, None]
    mask = Image.fromarray((np.clip((y - edge) * CANVAS / 1.5, 0, 1) * 255).astype(np.uint8))
    im.paste(_gradient(r, top, bottom), (0, 0), mask)
    return edge


def _dots(r, im, number, low, high, radius, colours, alpha=255, soft=0):
    layer = Image.new("RGBA", im.size, tuple(colours[0]) + (0,))
    d = ImageDraw.Draw(layer)
    for _ in range(number):
        x, y, s = r.uniform(0, 1) * CANVAS, r.uniform(low, high) * CANVAS, r.uniform(*radius) * CANVAS
        c = tuple(colours[int(r.integers(len(colours)))])
        d.ellipse((x - s, y - s, x + s, y + s), fill=c + (int(alpha * r.uniform(0.6, 1)),))
    im.alpha_composite(layer.filter(ImageFilter.GaussianBlur(soft)) if soft else layer)


def _clouds(r, im, number, colour=(255, 255, 255), alpha=150):
    mask = Image.new("L", im.size, 0)
    d = ImageDraw.Draw(mask)
    for _ in range(number):
        x, y = r.uniform(0, 1) * CANVAS, r.uniform(0.05, 0.2) * CANVAS
        for k in range(5):
            w, h = r.uniform(26, 44), r.uniform(10, 17)
            cx, cy = x + (k - 2) * 22, y + r.uniform(-6, 4)
            d.ellipse((cx - w, cy - h, cx + w, cy + h), fill=alpha)
    im.alpha_composite(_tinted(mask.filter(ImageFilter.GaussianBlur(6)), colour))


def _firs(r, im, edge, number, colour):
    d = ImageDraw.Draw(im)
    for x in r.uniform(0, CANVAS - 1, number):
        foot, h = edge[int(x)] * CANVAS + 4, r.uniform(22, 40)
        for k in range(3):
            y, w = foot - h * (0.28 * k + 0.1), h * (0.30 - 0.07 * k)
            d.polygon([(x - w, y), (x + w, y), (x, y - h * 0.42)], fill=colour)


def _meadow(r):
    im = _gradient(r, (115, 190, 240), (222, 242, 250))
    _clouds(r, im, 3)
    _hill(r, im, r.uniform(0.24, 0.27), 0.03, 0.7, (150, 205, 130), (120, 190, 100))
    _hill(r, im, r.uniform(0.31, 0.35), 0.02, 0.9, (128, 200, 90), (66, 150, 58))
    _dots(r, im, 26, 0.42, 1.0, (0.004, 0.007), [(255, 245, 160), (250, 250, 250), (245, 190, 215)], 230)
    return im


def _beach(r):
    im = _gradient(r, (100, 188, 238), (228, 244, 248))
    _clouds(r, im, 2)
    sea = r.uniform(0.22, 0.25)
    _hill(r, im, sea, 0.0, 1, (40, 140, 195), (90, 195, 215))
    shore = sea + r.uniform(0.11, 0.14)
    _hill(r, im, shore - 0.012, 0.008, 1.3, (240, 252, 252), (255, 255, 255))
    _hill(r, im, shore, 0.008, 1.3, (238, 216, 160), (224, 186, 120))
    _dots(r, im, 70, 0.42, 1.0, (0.0015, 0.003), [(205, 165, 105), (250, 236, 200)], 160)
    return im


def _snow(r):
    im = _gradient(r, (150, 185, 222), (232, 240, 248))
    edge = _hill(r, im, r.uniform(0.24, 0.27), 0.03, 0.7, (200, 216, 234), (222, 232, 244))
    _firs(r, im, edge, 12, (96, 132, 140, 255))
    _hill(r, im, r.uniform(0.31, 0.35), 0.02, 0.9, (247, 250, 255), (214, 225, 241))
    _dots(r, im, 60, 0.0, 1.0, (0.003, 0.007), [(255, 255, 255)], 235, 0.7)
    return im


def _night(r):
    im = _gradient(r, (14, 18, 54), (70, 60, 128))
    _dots(r, im, 45, 0.0, 0.24, (0.0015, 0.0035), [(255, 255, 235), (210, 220, 255)], 255)
    edge = _hill(r, im, r.uniform(0.24, 0.27), 0.03, 0.7, (40, 48, 92), (34, 42, 80))
    _firs(r, im, edge, 8, (24, 30, 62, 255))
    _hill(r, im, r.uniform(0.31, 0.35), 0.02, 0.9, (44, 58, 98), (24, 32, 62))
    return im


PAINTERS = {MEADOW: _meadow, BEACH: _beach, SNOW: _snow, NIGHT: _night}


def background(r, place, pixels):
    """The place without sun or moon, RGBA."""
    return PAINTERS[place](r).resize((pixels, pixels), Image.LANCZOS)


def _paste(im, part, x, y):
    layer = Image.new("RGBA", im.size, (0, 0, 0, 0))
    layer.paste(part, (round(x), round(y)))
    im.alpha_composite(layer)


def render(r, scene, pixels):
    """The scene as an RGB picture of pixels x pixels."""
    im = background(r, scene["place"], pixels)
    if scene["sky"] and scene["place"] != SNOW:
        body = sky_body(scene["place"], pixels)
        x, y = scene["sky"]
        _paste(im, body, x * pixels - body.width / 2, y * pixels - body.height / 2)
    for kind, x, foot, size, degrees, flipped in sorted(scene["objects"], key=lambda o: o[2]):
        part, at = sticker(kind, round(size * pixels), degrees, flipped)
        _paste(im, part, x * pixels - at[0], foot * pixels - at[1])
    return im.convert("RGB")
