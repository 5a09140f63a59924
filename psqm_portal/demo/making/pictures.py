"""Photos of pupils' work, drawn: paper on a table, with a graph, a circuit, a plant or the like on it."""

import math
from collections.abc import Callable
from io import BytesIO
from random import Random

from PIL import Image, ImageDraw, ImageFilter, ImageFont

SIZE = (1120, 840)
INK, PENCIL, RULE = "#23233a", "#57576b", "#c9d3e0"
CRAYONS = ("#c4453c", "#2f7d4f", "#2b5fa8", "#d98f1f", "#7a4aa0", "#0e8a8a")
TABLES = ("#b98a5a", "#8d9aa5", "#c9b79a", "#6f8f7a", "#a8786a")

Draw = ImageDraw.ImageDraw
Box = tuple[int, int, int, int]


def picture(name: str, number: int) -> bytes:
    """A JPEG; ``number`` varies colours and values, the same number gives the same picture."""
    random = Random(f"{name} {number}")  # noqa: S311 - a drawing
    scene = Image.new("RGB", SIZE, random.choice(TABLES))
    _grain(scene, random)
    sheet = Image.new("RGBA", (960, 700), "#fffdf6")
    draw = ImageDraw.Draw(sheet)
    draw.fontmode = "L"
    DRAWINGS[name](draw, random)
    turned = sheet.rotate(random.uniform(-3, 3), expand=True, resample=Image.Resampling.BICUBIC)
    place = ((SIZE[0] - turned.width) // 2, (SIZE[1] - turned.height) // 2)
    shadow = Image.new("L", turned.size, 0)
    shadow.paste(110, mask=turned.getchannel("A"))
    scene.paste("#1d1a22", (place[0] + 9, place[1] + 11), shadow.filter(ImageFilter.BoxBlur(8)))
    scene.paste(turned, place, turned)
    out = BytesIO()
    scene.save(out, "JPEG", quality=84)
    return out.getvalue()


def _grain(scene: Image.Image, random: Random) -> None:
    """The boards of a table."""
    draw = ImageDraw.Draw(scene, "RGBA")
    for top in range(0, SIZE[1], 6):
        draw.line((0, top, SIZE[0], top + random.randrange(-4, 5)), (0, 0, 0, random.randrange(4, 22)), 2)
    for board in range(1, 4):
        draw.line((0, board * 210, SIZE[0], board * 210), (0, 0, 0, 70), 3)


def _write(  # noqa: PLR0917 - where, what and how, as a hand would
    draw: Draw, at: tuple[float, float], words: str, size: int = 26, fill: str = INK, anchor: str = "la"
) -> None:
    draw.text(at, words, fill=fill, font=ImageFont.load_default(size), anchor=anchor)


def _heading(draw: Draw, words: str, under: str = CRAYONS[2]) -> None:
    _write(draw, (60, 36), words, 38)
    draw.line((60, 88, 60 + 17 * len(words), 88), under, 4)


def _axes(draw: Draw, box: Box, across: str, up: str, step: int) -> None:
    left, top, right, bottom = box
    for x in range(left, right, 48):
        draw.line((x, top, x, bottom), RULE, 1)
    for number, y in enumerate(range(bottom, top, -48)):
        draw.line((left, y, right, y), RULE, 1)
        _write(draw, (left - 14, y), str(number * step), 20, PENCIL, "rm")
    draw.line((left, top, left, bottom, right, bottom), INK, 4)
    _write(draw, ((left + right) / 2, bottom + 52), across, 24, anchor="mm")
    _write(draw, (left - 40, top - 26), up, 24)


def _growth(draw: Draw, random: Random) -> None:
    _heading(draw, "Does cress need light to grow?")
    box = (130, 170, 900, 560)
    _axes(draw, box, "day", "height in cm", 1)
    light = dark = 0.0
    for number in range(7):
        light, dark = light + random.uniform(0.5, 1.1), dark + random.uniform(0.3, 1.3)
        left = 165 + number * 104
        for offset, height, crayon in ((0, light, CRAYONS[1]), (40, dark, CRAYONS[3])):
            top = box[3] - height * 48
            draw.rectangle((left + offset, top, left + offset + 34, box[3] - 2), crayon, INK, 2)
            for y in range(int(top) + 6, box[3], 9):
                draw.line((left + offset, y, left + offset + 34, y - 6), "#ffffff", 1)
        _write(draw, (left + 38, box[3] + 22), str(number * 2 + 1), 22, anchor="mm")
    _write(draw, (170, 635), "green: on the window sill     orange: in the cupboard", 24, PENCIL)


def _line_graph(draw: Draw, box: Box, values: list[float], crayon: str) -> None:
    step = (box[2] - box[0] - 60) / (len(values) - 1)
    points = [(box[0] + 30 + number * step, box[3] - value * 48) for number, value in enumerate(values)]
    draw.line(points, crayon, 4, joint="curve")
    for x, y in points:
        draw.line((x - 8, y - 8, x + 8, y + 8), INK, 3)
        draw.line((x - 8, y + 8, x + 8, y - 8), INK, 3)


def _shadows(draw: Draw, random: Random) -> None:
    _heading(draw, "How long is my shadow?", CRAYONS[3])
    box = (140, 170, 880, 560)
    _axes(draw, box, "time of day", "length in metres", 1)
    values = [1.2 + 0.42 * (hour - 3.2) ** 2 + random.uniform(-0.2, 0.2) for hour in range(7)]
    _line_graph(draw, box, [min(value, 7.6) for value in values], CRAYONS[4])
    for number in range(7):
        _write(draw, (170 + number * 113, box[3] + 22), f"{number + 9}:00", 20, anchor="mm")
    draw.ellipse((770, 190, 850, 270), "#f4cf57", CRAYONS[3], 3)
    _write(draw, (150, 640), "The odd point: a cloud came, and we measured late.", 24, PENCIL)


def _bars(draw: Draw, random: Random) -> None:
    _heading(draw, "Which floor lets the car roll furthest?", CRAYONS[0])
    box = (150, 170, 880, 560)
    _axes(draw, box, "surface", "distance in cm", 20)
    for number, (surface, mean) in enumerate(
        (("wood", 6.4), ("carpet", 2.1), ("mat", 3.3), ("grass", 1.2), ("tiles", 7.0))
    ):
        value = mean + random.uniform(-0.5, 0.5)
        left = 190 + number * 138
        draw.rectangle((left, box[3] - value * 48, left + 80, box[3] - 2), CRAYONS[number % 6], INK, 3)
        _write(draw, (left + 40, box[3] - value * 48 - 18), str(round(value * 20)), 22, anchor="mm")
        _write(draw, (left + 40, box[3] + 22), surface, 22, anchor="mm")
    _write(draw, (150, 640), "We did each three times. Carpet has more friction.", 24, PENCIL)


def _survey(draw: Draw, random: Random) -> None:
    _heading(draw, "What we think about science", CRAYONS[4])
    questions = (
        "I like science",
        "Science is for clever people",
        "I could have a job with science",
        "I ask my own questions",
    )
    for number, question in enumerate(questions):
        top = 150 + number * 118
        _write(draw, (60, top), question, 26)
        before = random.randrange(28, 60)
        after = before - 24 if number == 1 else before + random.randrange(18, 34)
        for offset, value, crayon, month in (
            (36, before, CRAYONS[3], "October"),
            (68, after, CRAYONS[1], "June"),
        ):
            draw.rectangle((60, top + offset, 60 + value * 7, top + offset + 26), crayon, INK, 2)
            _write(draw, (72 + value * 7, top + offset + 13), f"{value} %  {month}", 21, PENCIL, "lm")


def _circuit(draw: Draw, random: Random) -> None:
    _heading(draw, "My circuit", CRAYONS[3])
    bulbs = random.choice([1, 2, 2, 3])
    draw.rectangle((200, 200, 760, 540), None, INK, 5)
    draw.rectangle((420, 520, 540, 560), "#fffdf6")
    for x, height in ((440, 36), (470, 18), (500, 36), (530, 18)):
        draw.line((x, 540 - height, x, 540 + height), INK, 6)
    for number in range(bulbs):
        x = 480 + (2 * number - bulbs + 1) * 75
        draw.ellipse((x - 38, 162, x + 38, 238), "#fff3b8", INK, 5)
        draw.line((x - 26, 174, x + 26, 226), INK, 4)
        draw.line((x - 26, 226, x + 26, 174), INK, 4)
        for ray in range(0, 360, 45):
            c, s = math.cos(math.radians(ray)), math.sin(math.radians(ray))
            draw.line((x + 50 * c, 200 + 50 * s, x + 70 * c, 200 + 70 * s), CRAYONS[3], 4)
    draw.rectangle((740, 330, 780, 420), "#fffdf6")
    draw.line((760, 330, 790, 400), INK, 5)
    _write(draw, (800, 360), "switch", 26, PENCIL)
    _write(draw, (430, 590), "battery", 26, PENCIL)
    words = "One bulb is bright." if bulbs == 1 else f"{bulbs} bulbs share, so they are dim."
    _write(draw, (60, 640), words, 28, CRAYONS[2])


def _plant(draw: Draw, random: Random) -> None:
    _heading(draw, "Life cycle of a bean", CRAYONS[1])
    stages = ("seed", "root", "shoot", "leaves", "flower", "pod")
    for number, stage in enumerate(stages):
        angle = math.radians(number * 60 - 90)
        x, y = 480 + 320 * math.cos(angle), 385 + 215 * math.sin(angle)
        draw.ellipse((x - 74, y - 66, x + 74, y + 66), "#eaf6f0", CRAYONS[1], 4)
        draw.ellipse((x - 14, y + 18, x + 14, y + 38), "#a8652a", INK, 2)
        if number >= 1:
            draw.line((x, y + 36, x - 8, y + 56), "#d9b48a", 5)
        if number >= 2:
            draw.line((x, y + 20, x + random.randrange(-6, 7), y - 12 - 6 * number), CRAYONS[1], 6)
        if number >= 3:
            draw.ellipse((x - 40, y - 26, x - 2, y - 8), "#8fd0b0", CRAYONS[1], 3)
            draw.ellipse((x + 2, y - 32, x + 40, y - 14), "#8fd0b0", CRAYONS[1], 3)
        if number >= 4:
            draw.ellipse((x - 14, y - 56, x + 14, y - 30), CRAYONS[4 if number == 4 else 1], INK, 2)
        _write(draw, (x, y + 84), stage, 24, anchor="mm")
    _write(draw, (480, 385), "and again …", 30, PENCIL, "mm")


def _principles(draw: Draw, random: Random) -> None:
    _heading(draw, "Science at our school", CRAYONS[4])
    rows = (
        "We begin with questions",
        "We do and think",
        "We choose how to find out",
        "Everybody belongs",
        "We use what we find out",
    )
    for number, row in enumerate(rows):
        top, crayon = 120 + number * 110, CRAYONS[(number + random.randrange(6)) % 6]
        draw.rounded_rectangle((60, top, 900, top + 92), 20, "#f7f2fb", crayon, 5)
        draw.ellipse((84, top + 14, 148, top + 78), crayon)
        _write(draw, (116, top + 46), str(number + 1), 36, "#ffffff", "mm")
        _write(draw, (176, top + 46), row, 36, anchor="lm")


def _magnets(draw: Draw, random: Random) -> None:
    _heading(draw, "Magnetic or not?", CRAYONS[0])
    draw.arc((90, 170, 290, 420), 0, 180, CRAYONS[0], 56)
    draw.rectangle((90, 180, 146, 300), CRAYONS[0])
    draw.rectangle((234, 180, 290, 300), CRAYONS[0])
    draw.rectangle((90, 160, 146, 210), "#d6dbe1", INK, 3)
    draw.rectangle((234, 160, 290, 210), "#d6dbe1", INK, 3)
    draw.line((400, 150, 400, 600), RULE, 3)
    pulls, does_not = (
        ["paper clip", "nail", "steel can", "washer", "scissors"],
        ["coin", "foil", "cork", "button", "ring"],
    )
    for column, (title, things) in enumerate((("pulls", pulls), ("doesn't pull", does_not))):
        left = 430 + column * 260
        _write(draw, (left, 150), title, 32, CRAYONS[1 - column])
        for number, thing in enumerate(random.sample(things, 5)):
            _write(draw, (left, 220 + number * 74), thing, 30)
    _write(draw, (60, 630), "Not all metals are magnetic. The coin surprised us.", 28, PENCIL)


def _moon(draw: Draw, random: Random) -> None:
    draw.rectangle((0, 0, 960, 700), "#1c2340")
    for _ in range(140):
        x, y, size = random.randrange(960), random.randrange(700), random.choice([1, 1, 2, 3])
        draw.ellipse((x, y, x + size, y + size), "#fff7d6")
    _write(draw, (60, 36), "Phases of the moon", 38, "#ffffff")
    for number in range(8):
        x, y = 140 + number % 4 * 228, 240 + number // 4 * 240
        draw.ellipse((x - 72, y - 72, x + 72, y + 72), "#f2ecd2")
        shift = -38 * number if number < 4 else 38 * (8 - number)
        if number != 4:
            draw.ellipse((x - 73 + shift, y - 73, x + 73 + shift, y + 73), "#1c2340")
        _write(draw, (x, y + 98), f"night {number * 4}", 22, "#ffffff", "mm")


def _water(draw: Draw, random: Random) -> None:
    _heading(draw, "Water cycle in a bag", CRAYONS[2])
    draw.rounded_rectangle((140, 130, 820, 600), 40, "#eef6fc", CRAYONS[2], 6)
    draw.rectangle((146, 470, 814, 570), "#7fb4e0")
    draw.ellipse((640, 160, 760, 280), "#f4cf57", CRAYONS[3], 4)
    for x in (260, 330, 400):
        draw.ellipse((x - 60, 190, x + 60, 270), "#cfd8e2")
    for _ in range(26):
        x, y = random.randrange(220, 440), random.randrange(290, 450)
        draw.line((x, y, x - 5, y + 16), CRAYONS[2], 4)
    for x in (560, 620, 680):
        draw.line((x, 460, x, 330, x - 14, 352), CRAYONS[0], 5)
        draw.line((x, 330, x + 14, 352), CRAYONS[0], 5)
    _write(draw, (700, 400), "rises", 26, anchor="lm")
    _write(draw, (240, 160), "condenses", 26, anchor="lm")
    _write(draw, (140, 640), "Day 3: drops on the inside. No water was added.", 26, PENCIL)


def _helicopter(draw: Draw, random: Random) -> None:
    _heading(draw, "Paper helicopters: science week", CRAYONS[5])
    for number in range(4):
        x, y, crayon = 130 + number * 78, 200 + number * 60, CRAYONS[number]
        draw.polygon((x, y, x - 62, y - 30, x - 56, y - 48, x + 4, y - 22), crayon, INK)
        draw.polygon((x, y, x + 62, y - 30, x + 56, y - 48, x - 4, y - 22), crayon, INK)
        draw.rectangle((x - 8, y, x + 8, y + 70), crayon, INK, 2)
    box = (500, 170, 910, 560)
    _axes(draw, box, "wing length in cm", "seconds", 1)
    for _ in range(24):
        wing = random.uniform(0.3, 7.6)
        seconds = 1.2 + wing * 0.62 + random.uniform(-0.8, 0.8)
        x, y = round(box[0] + 20 + wing * 46), round(box[3] - seconds * 48)
        draw.ellipse((x - 8, y - 8, x + 8, y + 8), CRAYONS[random.randrange(6)], INK, 2)
    _write(draw, (60, 640), "Longer wings fall more slowly, up to a point.", 26, PENCIL)


DRAWINGS: dict[str, Callable[[Draw, Random], None]] = {
    "growth": _growth,
    "shadows": _shadows,
    "bars": _bars,
    "survey": _survey,
    "circuit": _circuit,
    "plant": _plant,
    "principles": _principles,
    "magnets": _magnets,
    "moon": _moon,
    "water": _water,
    "helicopter": _helicopter,
}
