"""HQ's spreadsheet as lines of text: .xlsx or .csv, read as a stream, nothing in it ever run (S18)."""

import lzma
import zipfile
import zlib
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date, datetime, time
from itertools import islice
from typing import IO, Any

import openpyxl

from psqm_portal.core.files import office
from psqm_portal.core.files.types import Unusable
from psqm_portal.core.machine import Refused
from schools.domain.register_columns import one_line, plain
from schools.domain.register_file import Records, encoding_of

MAX_BYTES = 10 * 1024 * 1024
MAX_EXPANDED = 100 * 1024 * 1024
MAX_LINES = 20_000
MAX_COLUMNS = 100
MAX_CELL = 300
# Titles and remarks may stand above the header.
HEAD_WITHIN = 20
_BROKEN = (
    zipfile.BadZipFile, zlib.error, lzma.LZMAError, OSError, EOFError, ValueError, KeyError, IndexError,
    TypeError, AttributeError, SyntaxError, RuntimeError, NotImplementedError,
)  # fmt: skip
_DAMAGED = "This file can’t be opened: it may be damaged. Save it again and choose it anew."
_NEITHER = "This isn’t a spreadsheet that we can read. Save it as .xlsx or .csv and choose that file."
_NOT_OURS = (
    (
        b"\xd0\xcf\x11\xe0",
        "This Excel file has a password or is of the old kind (.xls). Save it as .xlsx without a password.",
    ),
    (b"%PDF", "This is a PDF. Choose the spreadsheet it was made from."),
    (b"\x1f\x8b", "This file is compressed. Unpack it and choose the spreadsheet in it."),
)


@dataclass(frozen=True, slots=True)
class Line:
    """``number`` as the spreadsheet or an editor counts. ``problem``: why it couldn't be read."""

    number: int
    cells: list[str]
    problem: str = ""


@dataclass(frozen=True, slots=True)
class Head:
    """The header, something of each of its columns, and which sheet it is of."""

    line: int
    cells: list[str]
    example: list[str]
    sheet: str = ""
    other_sheets: tuple[str, ...] = ()


def read_head(file: IO[bytes], *, sheet: str, known: frozenset[str]) -> Head:
    """Raises Refused with a sentence. ``known``: plain headers, to tell the header by."""
    with _lines(file, sheet) as (found, others, lines):
        first = list(islice((line for line in lines if any(line.cells)), HEAD_WITHIN + 5))
    if not first:
        raise Refused("There is nothing in this file." if not found else f"The sheet “{found}” is empty.")
    heads = [line for line in first[:HEAD_WITHIN] if sum(map(bool, line.cells)) >= 3]
    if not heads:
        raise Refused(
            "We found no header: a row that names the columns, such as school, level and date of the award."
        )
    head = max(heads, key=lambda line: (_known_in(line, known), -line.number))
    cells = _without_tail(head.cells)
    after = [line for line in first if line.number > head.number]
    if not after:
        raise Refused("There are no rows below the header.")
    example = [
        next((line.cells[place][:40] for line in after if _at(line.cells, place)), "")
        for place in range(len(cells))
    ]
    return Head(head.number, cells, example, found, tuple(others))


def lines_after(file: IO[bytes], *, sheet: str, head_line: int, at_line: int) -> Iterator[Line]:
    """The rows below the header that aren't blank, from after ``at_line`` on, each as wide as the header."""
    with _lines(file, sheet, head_line) as (_, _, lines):
        for count, line in enumerate(one for one in lines if one.problem or any(one.cells)):
            if count >= MAX_LINES:
                raise Refused(f"This file has more than {MAX_LINES:,} rows. Split it.")
            if line.number > max(head_line, at_line):
                yield line


@contextmanager
def _lines(
    file: IO[bytes], sheet: str, head_line: int = 0
) -> Iterator[tuple[str, list[str], Iterable[Line]]]:
    """The sheet's name, the others', and its rows."""
    file.seek(0)
    start = file.read(4096)
    for magic, sentence in _NOT_OURS:
        if start.startswith(magic):
            raise Refused(sentence)
    if not start.strip():
        raise Refused("There is nothing in this file.")
    if start.startswith(b"PK"):
        with _sheet(file, sheet) as found:
            yield found
    elif b"\0" in start:
        raise Refused(_NEITHER)
    else:
        yield "", [], _of_csv(file, head_line)


@contextmanager
def _sheet(file: IO[bytes], wanted: str) -> Iterator[tuple[str, list[str], Iterable[Line]]]:
    _check_archive(file)
    try:
        book = openpyxl.load_workbook(file, read_only=True, data_only=True, keep_links=False)
    except _BROKEN as damaged:
        raise Refused(_DAMAGED) from damaged
    try:
        sheets = {one.title: one for one in book.worksheets if one.sheet_state == "visible"}
        by_name = {name.casefold(): name for name in sheets}
        if not sheets or (wanted and wanted.casefold() not in by_name):
            named = ", ".join(f"“{name}”" for name in sheets) or "none that is shown"
            raise Refused(f"There is no sheet “{wanted}” in this file. Its sheets: {named}.")
        name = by_name[wanted.casefold()] if wanted else next(iter(sheets))
        yield name, [one for one in sheets if one != name], _of_sheet(sheets[name])
    finally:
        book.close()


def _check_archive(file: IO[bytes]) -> None:
    try:
        kind = office.look(file)
        with zipfile.ZipFile(file) as archive:
            expanded = sum(member.file_size for member in archive.infolist())
    except Unusable as why:
        raise Refused(f"This file {why}") from why
    if kind is None or kind.extension != "xlsx":
        raise Refused(_NEITHER)
    if expanded > MAX_EXPANDED:
        raise Refused("This file is too big inside. Save the sheet with the awards on its own.")


def _of_sheet(sheet: Any) -> Iterator[Line]:
    # What a file says of its own size may be wrong, or a trap.
    sheet.reset_dimensions()
    rows = sheet.iter_rows(values_only=True, max_col=MAX_COLUMNS, max_row=MAX_LINES * 3)
    try:
        for number, row in enumerate(rows, start=1):
            yield Line(number, [_text(value) for value in row])
    except _BROKEN as damaged:
        raise Refused(_DAMAGED) from damaged


def _of_csv(file: IO[bytes], head_line: int) -> Iterator[Line]:
    """Above the header a row may have any number of cells; below it as many as the header."""
    encoding = encoding_of(file)
    width, at_byte, at_line = 0, 3 if _has_mark(file) else 0, 1
    if head_line:
        for record in Records(file, encoding=encoding, columns=0, at_byte=at_byte):
            if record.line == head_line:
                width, at_byte, at_line = len(record.cells), record.end_byte, record.end_line
                break
    for record in Records(file, encoding=encoding, columns=width, at_byte=at_byte, at_line=at_line):
        yield Line(record.line, [_text(cell) for cell in record.cells[:MAX_COLUMNS]], record.problem)


def _has_mark(file: IO[bytes]) -> bool:
    file.seek(0)
    return file.read(3) == b"\xef\xbb\xbf"


def _text(value: Any) -> str:
    """A cell as one line; a day as ISO, a whole number without its point."""
    match value:
        case None | time():
            return ""
        case datetime():
            return value.date().isoformat()
        case date():
            return value.isoformat()
        case float() if value.is_integer():
            return str(int(value))
    return one_line(str(value)[: MAX_CELL * 2])[:MAX_CELL]


def _known_in(line: Line, known: frozenset[str]) -> int:
    return sum(plain(cell) in known for cell in line.cells)


def _without_tail(cells: list[str]) -> list[str]:
    """Without the empty cells at its end."""
    width = max(place for place, cell in enumerate(cells, start=1) if cell)
    return cells[:width]


def _at(cells: list[str], place: int) -> str:
    return cells[place] if place < len(cells) else ""
