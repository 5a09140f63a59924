"""A register's file as records. What can't be read is one record with its line, and never hides the rest."""

import csv
from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass
from typing import IO

from psqm_portal.core.machine import Refused

# A row of the register has some 1,300 bytes.
MAX_LINE = 64 * 1024
# Of one record: a quotation mark that is never closed mustn't take the rest of the file with it.
MAX_LINES = 20
_BOM = b"\xef\xbb\xbf"
_BLANK = b' ,"\t\r\n\x1a'
_NOT_CSV = (
    (b"PK\x03\x04", "This is a ZIP or Excel file. Unpack it, or save it as CSV, and choose the CSV file."),
    (b"\xd0\xcf\x11\xe0", "This is an Excel file. Save it as CSV and choose that file."),
    (b"%PDF", "This is a PDF. Choose the CSV file from Get Information About Schools."),
    (b"\x1f\x8b", "This file is compressed. Unpack it and choose the CSV file in it."),
)


@dataclass(frozen=True, slots=True)
class Record:
    """``line``: where it starts, as an editor counts; ``end_byte``, ``end_line``: where the next begins."""

    line: int
    cells: list[str]
    problem: str
    end_byte: int
    end_line: int


@dataclass(frozen=True, slots=True)
class Head:
    """The first row, and where the rows after it begin."""

    cells: list[str]
    end_byte: int
    end_line: int


def read_head(file: IO[bytes]) -> Head:
    """Raises Refused with a sentence where it is no CSV at all."""
    file.seek(0)
    start = file.read(MAX_LINE)
    for magic, sentence in _NOT_CSV:
        if start.startswith(magic):
            raise Refused(sentence)
    if b"\0" in start:
        raise Refused("This isn’t a CSV file that we can read. Save it as CSV and choose that file.")
    offset = len(_BOM) if start.startswith(_BOM) else 0
    first = next(iter(Records(file, encoding="cp1252", columns=0, at_byte=offset)), None)
    if first is None:
        raise Refused("There is nothing in this file.")
    return Head(first.cells, first.end_byte, first.end_line)


def encoding_of(file: IO[bytes]) -> str:
    """cp1252, as the register comes; UTF-8 where the file says so, or can be nothing else."""
    file.seek(0)
    if file.read(len(_BOM)) == _BOM:
        return "utf-8"
    file.seek(0)
    try:
        for line in iter(lambda: file.readline(MAX_LINE), b""):
            line.decode("utf-8")
    except UnicodeDecodeError:
        return "cp1252"
    return "utf-8"


class Records:
    """From a place in the file on, without blank rows. ``columns`` tells where a record over several lines
    ends; 0 where the number isn't known yet.
    """

    def __init__(
        self, file: IO[bytes], *, encoding: str, columns: int, at_byte: int = 0, at_line: int = 1
    ) -> None:
        file.seek(at_byte)
        self._file, self._encoding, self._columns = file, encoding, columns
        self._byte, self._line = at_byte, at_line
        # Read ahead and put back: the line, cut where it is too long, and its bytes in the file.
        self._ahead: deque[tuple[bytes, int]] = deque()

    def __iter__(self) -> Iterator[Record]:
        while (found := self._next()) is not None:
            line, size = found
            if not line.strip(_BLANK):
                self._pass(size, 1)
            elif size > len(line):
                yield self._record([], "This row is longer than any row of the register", size, 1)
            elif line.count(b'"') % 2 == 0:
                yield self._read([found])
            else:
                yield self._over_lines(found)

    def _over_lines(self, first: tuple[bytes, int]) -> Record:
        """A quoted cell goes on in the next line, or a quotation mark is missing."""
        lines = [first]
        quotes = first[0].count(b'"')
        while quotes % 2 and len(lines) < MAX_LINES and (more := self._next()) is not None:
            lines.append(more)
            quotes += more[0].count(b'"')
        fits = len(lines) > 1 and quotes % 2 == 0 and self._cells(lines)
        if fits and (len(fits) == self._columns or not self._columns):
            return self._read(lines)
        self._ahead.extendleft(reversed(lines[1:]))
        return self._read([first])

    def _read(self, lines: list[tuple[bytes, int]]) -> Record:
        size, count = sum(size for _, size in lines), len(lines)
        cells = self._cells(lines)
        if cells is None:
            return self._record([], "This row has letters that can’t be read", size, count)
        problem = ""
        if self._columns and len(cells) != self._columns:
            problem = f"This row has {len(cells):,} cells, not {self._columns:,}"
            if sum(line.count(b'"') for line, _ in lines) % 2:
                problem += ": a quotation mark is missing or one too many"
        return self._record(cells, problem, size, count)

    def _cells(self, lines: list[tuple[bytes, int]]) -> list[str] | None:
        try:
            text = b"".join(line for line, _ in lines).decode(self._encoding)
            return None if "\0" in text else next(csv.reader([text]), [])
        except (UnicodeDecodeError, csv.Error):
            return None

    def _record(self, cells: list[str], problem: str, size: int, lines: int) -> Record:
        line = self._line
        self._pass(size, lines)
        return Record(line, cells, problem, self._byte, self._line)

    def _pass(self, size: int, lines: int) -> None:
        self._byte += size
        self._line += lines

    def _next(self) -> tuple[bytes, int] | None:
        if self._ahead:
            return self._ahead.popleft()
        line = self._file.readline(MAX_LINE)
        size = len(line)
        last = line
        while len(last) == MAX_LINE and not last.endswith(b"\n"):
            last = self._file.readline(MAX_LINE)
            size += len(last)
        return (line, size) if line else None
