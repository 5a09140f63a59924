"""The logo of a level for those who hold it: drawings with outlines instead of letters, which look alike
everywhere, pictures, the badge, and how to use them.
"""

import io
import re
import zipfile
from datetime import date
from functools import lru_cache

from django.template.loader import render_to_string
from fontTools.misc.transform import Offset
from fontTools.pens.svgPathPen import SVGPathPen
from fontTools.pens.transformPen import TransformPen
from fontTools.ttLib import TTFont
from PIL import Image, ImageDraw, ImageFont

from awards.domain import badges
from awards.domain.certificates import public_url
from awards.models import Award
from psqm_portal.core.machine import Refused
from rounds.models import Level

FONT = "dist/fonts/atkinson-hyperlegible-next-latin-wght-normal.woff2"
PURPLE = "#3d1a60"
# Left edge, size and weight of the words; the medal stands on their left in the same height.
HEIGHT, LEFT = 270, 270
LINES = ((110, 62, 700), (178, 62, 700), (240, 44, 400))  # base line, size, weight


def words_of(level: Level) -> tuple[str, str, str]:
    return "Primary Science", "Quality Mark", level.name


def pack(award: Award, *, day: date) -> bytes:
    """The ZIP. Raises Refused where the award doesn't hold on ``day``."""
    if award.standing_on(day) != "valid":
        raise Refused("Only a school whose award is valid may use the logo.")
    level = award.level
    name = f"PSQM {re.sub(r'[^A-Za-z0-9]+', '-', level.name).strip('-')}"
    guide = render_to_string("awards/share/logo_guide.txt", {"award": award, "link": public_url(award)})
    files = {
        f"{name} logo.svg": drawn(level).encode(),
        f"{name} logo.png": painted(level),
        f"{name} medal.svg": badges.medal(level, "svg"),
        f"{name} medal.png": badges.medal(level, "png"),
        "How to use the logo.txt": guide.replace("\n", "\r\n").encode("utf-8-sig"),
    }
    if badges.is_on():
        files[f"Open Badge {award.number}.png"] = badges.baked(award, "png")
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED) as archive:
        for file, content in files.items():
            archive.writestr(file, content)
    return made.getvalue()


def drawn(level: Level) -> str:
    """The logo as an SVG."""
    medal = badges.medal(level, "svg").decode()
    inner = medal[medal.index(">") + 1 : medal.rindex("</svg>")]
    paths, width = [], 0.0
    for text, (base, size, weight) in zip(words_of(level), LINES, strict=True):
        path, ends = _outline(text, base, size, weight)
        paths.append(f'<path fill="{PURPLE}" d="{path}"/>')
        width = max(width, ends)
    title = f"{badges.NAME}, {level.name}".replace("&", "&amp;").replace("<", "&lt;")
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width + 20:.0f} {HEIGHT}" role="img">'
        f"<title>{title}</title>{inner}{''.join(paths)}</svg>"
    )


def painted(level: Level, scale: int = 3) -> bytes:
    """The logo as a PNG without background, large enough to print."""
    fonts = [_pillow_font(size * scale, weight) for _, size, weight in LINES]
    words = words_of(level)
    width = max(font.getlength(text) for font, text in zip(fonts, words, strict=True)) + (LEFT + 20) * scale
    picture = Image.new("RGBA", (int(width), HEIGHT * scale))
    with Image.open(io.BytesIO(badges.medal(level, "png"))) as medal:
        picture.paste(medal.resize((HEIGHT * scale, HEIGHT * scale), Image.Resampling.LANCZOS))
    draw = ImageDraw.Draw(picture)
    for text, font, (base, _, _) in zip(words, fonts, LINES, strict=True):
        draw.text((LEFT * scale, base * scale), text, fill=PURPLE, font=font, anchor="ls")
    made = io.BytesIO()
    picture.save(made, "PNG")
    return made.getvalue()


def _pillow_font(size: int, weight: int) -> ImageFont.FreeTypeFont:
    font = ImageFont.truetype(badges.static_file(FONT), size)
    font.set_variation_by_axes([weight])
    return font


@lru_cache(maxsize=1)
def _font() -> TTFont:
    return TTFont(badges.static_file(FONT))


def _outline(text: str, base: int, size: int, weight: int) -> tuple[str, float]:
    """The letters' outlines as a path's data, and where they end."""
    font = _font()
    glyphs, scale = font.getGlyphSet(location={"wght": weight}), size / font["head"].unitsPerEm
    letters = font.getBestCmap()
    pen, x = SVGPathPen(glyphs, ntos=lambda number: f"{number:.1f}".rstrip("0").rstrip(".")), float(LEFT)
    for sign in text:
        name = letters.get(ord(sign), ".notdef")
        place = Offset(x, base).scale(scale, -scale)
        glyphs[name].draw(TransformPen(pen, place))
        x += glyphs[name].width * scale
    return pen.getCommands(), x
