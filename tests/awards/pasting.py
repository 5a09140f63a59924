"""HQ's spreadsheets of past awards, made up: a few rows for tests."""

import csv
import io
from typing import Any

import openpyxl
from django.core.files.uploadedfile import SimpleUploadedFile

from accounts.models import User
from awards.domain import past as verbs
from awards.domain.past_columns import guess
from awards.domain.past_job import work
from awards.models import PastImport, PastRow
from psqm_portal.core.machine import Refused
from tests.factories import NOW

HEADER = [
    "School", "Postcode", "URN", "Town", "Award level", "Date of award", "Round", "Certificate number",
    "Valid until", "Hub", "Subject leader", "Email",
]  # fmt: skip
DEFAULTS = {
    "School": "Ashbrook Primary School", "Postcode": "AB1 2CD", "Award level": "Gold",
    "Date of award": "12/07/2024", "Subject leader": "Ana Lee", "Email": "ana@school.example",
}  # fmt: skip


def line(**cells: Any) -> list[Any]:
    """A row of the header; by the header's words, with ``_`` for spaces."""
    named = {name.replace("_", " "): value for name, value in cells.items()}
    assert set(named) <= set(HEADER), named
    return [(DEFAULTS | named).get(header, "") for header in HEADER]


def as_csv(rows: list[list[Any]], header: list[Any] = HEADER) -> SimpleUploadedFile:
    out = io.StringIO()
    csv.writer(out).writerows([header, *rows])
    return SimpleUploadedFile("awards.csv", out.getvalue().encode())


def as_book(sheets: dict[str, list[list[Any]]]) -> SimpleUploadedFile:
    book = openpyxl.Workbook()
    book.remove(book.active)
    for title, rows in sheets.items():
        sheet = book.create_sheet(title)
        for row in rows:
            sheet.append(row)
    out = io.BytesIO()
    book.save(out)
    return SimpleUploadedFile("awards.xlsx", out.getvalue())


def ask(by: User, file: Any, *, sheet: str = "") -> PastImport:
    """Uploaded, and its columns named as the portal guesses them where its header is new."""
    past = verbs.ask(as_csv(file) if isinstance(file, list) else file, sheet=sheet, by=by, now=NOW)
    if past.status == "naming":
        verbs.name_columns(past, guess(past.header), by=by, now=NOW)
    return past


def works(past: PastImport) -> PastImport:
    work(past.pk, clock=lambda: NOW)
    past.refresh_from_db()
    return past


def reads(by: User, file: Any, *, sheet: str = "") -> PastImport:
    past = works(ask(by, file, sheet=sheet))
    assert past.status == "read", past.problem
    return past


def writes(by: User, file: Any) -> PastImport:
    past = file if isinstance(file, PastImport) else reads(by, file)
    verbs.agree(past, by=by, now=NOW)
    works(past)
    assert past.status == "done", past.problem
    return past


def undoes(by: User, past: PastImport) -> PastImport:
    verbs.undo(past, by=by, now=NOW)
    return works(past)


def findings(past: PastImport) -> dict[int, str]:
    return dict(past.rows.values_list("line", "finding"))


def row(past: PastImport, line_: int) -> PastRow:
    return past.rows.select_related("school", "level").get(line=line_)


def refusal(by: User, file: Any, *, sheet: str = "") -> str:
    try:
        ask(by, file, sheet=sheet)
    except Refused as refused:
        return str(refused)
    raise AssertionError("It was taken")
