"""Spreadsheet downloads: streamed, readable by Excel, and never a formula (S27)."""

import csv
from collections.abc import Iterable, Iterator
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from django.http import StreamingHttpResponse
from django.utils.http import content_disposition_header

# A cell that starts with one of these may be run by a spreadsheet; also their full-width twins. White space
# before them is skipped by some programs, so it is looked through.
_STARTS = tuple("=+-@\t\r\n\0＝＋－＠﹢﹣﹦﹫")  # noqa: RUF001 - the twins themselves
_BOM = "\ufeff"


def safe_cell(value: Any) -> Any:
    """A value as it may stand in a cell: text that could be a formula gets an apostrophe, numbers stay."""
    match value:
        case None:
            return ""
        case bool():
            return "yes" if value else "no"
        case int() | float() | Decimal():
            return value
        case datetime() | date():
            return value.isoformat()
    text = str(value)
    if text.startswith(_STARTS) or text.lstrip().startswith(_STARTS) or "\0" in text:
        return "'" + text.replace("\0", "")
    return text


class _Echo:
    """A file that hands each line straight on."""

    def write(self, line: str) -> str:
        return line


def csv_lines(header: Iterable[str], rows: Iterable[Iterable[Any]]) -> Iterator[str]:
    # Every text is quoted: a spreadsheet that splits at semicolons then finds no formula inside one.
    writer = csv.writer(_Echo(), quoting=csv.QUOTE_NONNUMERIC)
    yield _BOM + writer.writerow([safe_cell(cell) for cell in header])
    for row in rows:
        yield writer.writerow([safe_cell(cell) for cell in row])


def csv_response(name: str, header: Iterable[str], rows: Iterable[Iterable[Any]]) -> StreamingHttpResponse:
    """A download called ``name``. ``rows`` may be a generator over a queryset's iterator."""
    response = StreamingHttpResponse(csv_lines(header, rows), content_type="text/csv; charset=utf-8")
    response["Content-Disposition"] = content_disposition_header(True, name)
    return response
