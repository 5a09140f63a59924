"""Plain PDF pages, written by hand: quick to make, and what a school's own PDFs look like."""

import textwrap
from collections.abc import Iterator
from dataclasses import dataclass

WIDTH, HEIGHT, MARGIN = 595, 842, 64
LINE_SIGNS = 94


@dataclass(frozen=True, slots=True)
class Line:
    text: str
    size: int = 11
    bold: bool = False
    above: int = 0


def paper(title: str, school: str, paragraphs: tuple[str, ...]) -> bytes:
    """One or more A4 pages: the school's name, a title, and paragraphs, "# headings" and "* points"."""
    lines = [Line(school, 9), Line(title, 18, bold=True, above=10), *_lines(paragraphs)]
    pages, top = [[]], HEIGHT - MARGIN  # type: list[list[tuple[int, Line]]], int
    for line in lines:
        top -= line.above + round(line.size * 1.45)
        if top < MARGIN:
            pages.append([])
            top = HEIGHT - MARGIN - line.size
        pages[-1].append((top, line))
    return _file([_page(page) for page in pages])


def _lines(paragraphs: tuple[str, ...]) -> Iterator[Line]:
    for paragraph in paragraphs:
        if paragraph.startswith("# "):
            yield Line(paragraph[2:], 13, bold=True, above=12)
            continue
        indent = "   " if paragraph.startswith("* ") else ""
        text = f"\u2022 {paragraph[2:]}" if indent else paragraph
        for number, row in enumerate(textwrap.wrap(text, LINE_SIGNS - len(indent), subsequent_indent=indent)):
            yield Line(row, above=0 if number else 5)


def _page(lines: list[tuple[int, Line]]) -> bytes:
    out = [b"0.35 0.16 0.53 rg %d %d %d 4 re f 0.11 0.1 0.13 rg" % (MARGIN, HEIGHT - 46, WIDTH - 2 * MARGIN)]
    for top, line in lines:
        words = line.text.encode("cp1252", "replace")
        for sign in (b"\\", b"(", b")"):
            words = words.replace(sign, b"\\" + sign)
        font = b"F2" if line.bold else b"F1"
        out.append(b"BT /%s %d Tf %d %d Td (%s) Tj ET" % (font, line.size, MARGIN, top, words))
    return b"\n".join(out)


def _file(pages: list[bytes]) -> bytes:
    font = b"<< /Type /Font /Subtype /Type1 /BaseFont /%s /Encoding /WinAnsiEncoding >>"
    objects = [
        b"<< /Type /Catalog /Pages 2 0 R /Lang (en-GB) >>",
        b"",
        font % b"Helvetica",
        font % b"Helvetica-Bold",
    ]
    kids = []
    for content in pages:
        objects.append(b"<< /Length %d >>\nstream\n%s\nendstream" % (len(content), content))
        objects.append(
            b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 %d %d] /Contents %d 0 R "
            b"/Resources << /Font << /F1 3 0 R /F2 4 0 R >> >> >>" % (WIDTH, HEIGHT, len(objects))
        )
        kids.append(b"%d 0 R" % len(objects))
    objects[1] = b"<< /Type /Pages /Count %d /Kids [%s] >>" % (len(kids), b" ".join(kids))
    out, places = b"%PDF-1.4\n", []
    for number, written in enumerate(objects, start=1):
        places.append(len(out))
        out += b"%d 0 obj\n%s\nendobj\n" % (number, written)
    table = b"".join(b"%010d 00000 n \n" % place for place in places)
    count = len(objects) + 1
    head = b"xref\n0 %d\n0000000000 65535 f \n" % count
    tail = b"trailer << /Size %d /Root 1 0 R >>\nstartxref\n%d\n%%%%EOF\n" % (count, len(out))
    return out + head + table + tail
