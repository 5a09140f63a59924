"""A made-up register of a few rows, for tests."""

import csv
import io
from typing import Any

from django.core.files.uploadedfile import SimpleUploadedFile

from accounts.models import User
from bench.register import HEADERS, LINK_HEADERS, row
from psqm_portal.core.machine import Refused
from schools.domain import register as verbs
from schools.domain.register_job import work
from schools.models import RegisterImport
from tests.factories import NOW


def line(urn: Any, name: str = "Ashbrook Primary School", **cells: Any) -> dict[str, Any]:
    """A row of the register; cells by header, without the brackets: ``LA`` is "LA (name)"."""
    named = {(key if key in HEADERS else f"{key} (name)"): value for key, value in cells.items()}
    known = row(1) | {
        "EstablishmentStatus (name)": "Open", "CloseDate": "", "PhaseOfEducation (name)": "Primary",
        "EstablishmentTypeGroup (name)": "Academies", "TypeOfEstablishment (name)": "Academy converter",
        "StatutoryLowAge": 4, "StatutoryHighAge": 11,
    }  # fmt: skip
    assert not set(named) - set(HEADERS), named
    return known | {"URN": urn, "EstablishmentName": name} | named


def text_of(rows: list[dict[str, Any]], headers: list[str] = HEADERS) -> str:
    out = io.StringIO()
    writer = csv.writer(out)
    writer.writerow(headers)
    writer.writerows([[one.get(header, "") for header in headers] for one in rows])
    return out.getvalue()


def upload(rows: list[dict[str, Any]] | str | bytes, headers: list[str] = HEADERS) -> SimpleUploadedFile:
    text = text_of(rows, headers) if isinstance(rows, list) else rows
    return SimpleUploadedFile("edubase.csv", text if isinstance(text, bytes) else text.encode("cp1252"))


def links(*rows: tuple[int, int, str]) -> SimpleUploadedFile:
    made = [dict(zip(["URN", "LinkURN", "LinkType"], one, strict=True)) for one in rows]
    return SimpleUploadedFile("links.csv", text_of(made, LINK_HEADERS).encode())


def ask(
    by: User, rows: list[dict[str, Any]] | str | bytes, more: Any = None, *, headers: list[str] = HEADERS
) -> RegisterImport:
    return verbs.ask(upload(rows, headers), more, by=by, now=NOW)


def works(register: RegisterImport) -> RegisterImport:
    work(register.pk, clock=lambda: NOW)
    register.refresh_from_db()
    return register


def reads(by: User, rows: Any, more: Any = None, *, headers: list[str] = HEADERS) -> RegisterImport:
    read = works(ask(by, rows, more, headers=headers))
    assert read.status == "read", read.problem
    return read


def writes(register: RegisterImport, by: User) -> RegisterImport:
    verbs.agree(register, by=by, now=NOW)
    written = works(register)
    assert written.status == "done", written.problem
    return written


def imports(by: User, rows: Any, more: Any = None, *, headers: list[str] = HEADERS) -> RegisterImport:
    return writes(reads(by, rows, more, headers=headers), by)


def refusal(by: User, rows: Any, more: Any = None, *, headers: list[str] = HEADERS) -> str:
    try:
        ask(by, rows, more, headers=headers)
    except Refused as refused:
        return str(refused)
    raise AssertionError("It was taken")
