"""HQ's files as they come: bad ones get a sentence, hostile ones nothing more (S18)."""

import io
import zipfile
from collections.abc import Callable
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from awards.domain import past_file
from tests import factories as make
from tests.awards.pasting import HEADER, as_book, as_csv, line, reads, refusal, works
from tests.awards.pasting import ask as asked

pytestmark = pytest.mark.django_db


@pytest.fixture
def hq() -> Any:
    make.framework()
    make.school(name="Ashbrook Primary School", postcode="AB1 2CD")
    return make.hq()


def upload(content: bytes, name: str = "awards.xlsx") -> SimpleUploadedFile:
    return SimpleUploadedFile(name, content)


def book_with(change: Callable[[str, bytes], bytes | None], **more: bytes) -> SimpleUploadedFile:
    """A good workbook, its parts changed; ``more`` parts by name with ``__`` for slashes."""
    good = zipfile.ZipFile(as_book({"Awards": [HEADER, line()]}))
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as made:
        for name in good.namelist():
            if (content := change(name, good.read(name))) is not None:
                made.writestr(name, content)
        for name, content in more.items():
            made.writestr(name.replace("__", "/").replace("_DOT_", "."), content)
    return upload(out.getvalue())


def same(_: str, content: bytes) -> bytes:
    return content


def bomb(name: str, content: bytes) -> bytes:
    return content + b" " * (past_file.MAX_EXPANDED + 1) if name.endswith("sheet1.xml") else content


def entities(name: str, content: bytes) -> bytes:
    if not name.endswith("sheet1.xml"):
        return content
    laughs = b"".join(
        b'<!ENTITY l%d "%s">' % (number, b"&l%d;" % (number - 1) * 10) for number in range(1, 10)
    )
    return (
        b'<?xml version="1.0"?><!DOCTYPE worksheet [<!ENTITY l0 "ha">'
        + laughs
        + b"]>"
        + content[content.index(b"<worksheet") :]
    )


def outside(name: str, content: bytes) -> bytes:
    if not name.endswith("sheet1.xml"):
        return content
    head = b'<?xml version="1.0"?><!DOCTYPE worksheet [<!ENTITY x SYSTEM "file:///etc/passwd">]>'
    return head + content[content.index(b"<worksheet") :].replace(b"Gold", b"&x;")


@pytest.mark.parametrize(
    ("file", "sentence"),
    [
        (lambda: upload(b""), "There is nothing in this file."),
        (lambda: upload(b" \n \n"), "There is nothing in this file."),
        (lambda: upload(b"\xd0\xcf\x11\xe0" + b"x" * 99), "has a password or is of the old kind"),
        (lambda: upload(b"%PDF-1.7"), "This is a PDF."),
        (lambda: upload(b"\x1f\x8b\x08"), "This file is compressed."),
        (lambda: upload(b"\x89PNG\r\n\x1a\n\0\0\0"), "This isn’t a spreadsheet that we can read."),
        (lambda: upload(b"PK\x03\x04 and no more"), "it may be damaged"),
        (lambda: upload(b"x" * (past_file.MAX_BYTES + 1)), "This file is larger than 10 MB."),
        (lambda: upload(b"one\ntwo\nthree\n", "a.csv"), "We found no header"),
        (lambda: as_csv([]), "There are no rows below the header."),
        (lambda: as_book({"Awards": []}), "The sheet “Awards” is empty."),
        (lambda: as_book({"Awards": [HEADER]}), "There are no rows below the header."),
        (lambda: book_with(lambda name, one: None if "workbook.xml" in name else one), "spreadsheet that we"),
        (lambda: book_with(lambda name, one: b"<x" if "sheet1" in name else one), "it may be damaged"),
        (lambda: book_with(same, xl__vbaProject_DOT_bin=b"x"), "has macros in it"),
        (lambda: book_with(bomb), "too big inside"),
        (lambda: book_with(entities), "it may be damaged"),
        (lambda: book_with(outside), "it may be damaged"),
    ],
)
def test_s18_a_bad_file_is_told(hq: Any, file: Callable[[], Any], sentence: str) -> None:
    assert sentence in refusal(hq, file())


def test_a_sheet_that_isnt_there_is_named_with_those_that_are(hq: Any) -> None:
    file = as_book({"Notes": [["x"]], "Awards": [HEADER, line()]})
    assert refusal(hq, file, sheet="2019") == (
        "There is no sheet “2019” in this file. Its sheets: “Notes”, “Awards”."
    )


def test_formulas_are_never_run_nor_read(hq: Any) -> None:
    past = reads(hq, as_book({"A": [HEADER, line(Town="=1+1", Hub='=HYPERLINK("http://evil.example")')]}))
    row = past.rows.get()
    assert (row.place, row.hub_name) == ("", "")


def test_a_sheet_that_lies_about_its_size_takes_no_longer(hq: Any) -> None:
    def far(name: str, content: bytes) -> bytes:
        if not name.endswith("sheet1.xml"):
            return content
        last = b'<row r="1048576"><c r="XFD1048576" t="inlineStr"><is><t>far</t></is></c></row></sheetData>'
        return content.replace(b"</sheetData>", last)

    past = reads(hq, book_with(far))
    assert list(past.rows.values_list("line", flat=True)) == [2]


def test_too_many_rows_are_told(hq: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(past_file, "MAX_LINES", 3)
    past = works(asked(hq, [line() for _ in range(4)]))
    assert (past.status, past.problem) == ("failed", "This file has more than 3 rows. Split it.")


def test_letters_of_excels_csv(hq: Any) -> None:
    rows = [HEADER, line(School="Bjørn’s School", Town="Hébden")]
    text = "".join(",".join(map(str, one)) + "\r\n" for one in rows)
    for encoding in ("cp1252", "utf-8", "utf-8-sig"):
        past = reads(hq, upload(text.encode(encoding), "a.csv"))
        assert past.rows.get().school_name == "Bjørn’s School", encoding
