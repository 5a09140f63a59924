"""S27: no cell of a download is a formula."""

import csv
import io
from datetime import date
from decimal import Decimal

import pytest

from psqm_portal.core.csv import csv_response, safe_cell

FORMULA = "=HYPERLINK(1)"


def read(response):
    text = b"".join(response.streaming_content).decode()
    assert text.startswith("\ufeff")
    return list(csv.reader(io.StringIO(text.removeprefix("\ufeff"))))


@pytest.mark.parametrize(
    "start",
    [*"=+-@\t\r\n\0", *"＝＋－＠", " =", "\t=", "\u00a0=", "\r\n@"],  # noqa: RUF001 - full-width twins
)
def test_s27_text_that_could_be_a_formula_gets_an_apostrophe(start):
    cell = safe_cell(f"{start}1+1")
    assert cell.startswith("'")
    assert "\0" not in cell


@pytest.mark.parametrize("text", ["Oak Primary", "St Mary's", "A=B", "1-2", "O'Neil", "", "a@b.example"])
def test_ordinary_text_stays(text):
    assert safe_cell(text) == text


def test_numbers_stay_numbers_and_dates_are_readable():
    assert safe_cell(Decimal("-12.50")) == Decimal("-12.50")
    assert safe_cell(-3) == -3
    assert safe_cell(None) == ""
    assert (safe_cell(True), safe_cell(False)) == ("yes", "no")
    assert safe_cell(date(2026, 11, 3)) == "2026-11-03"


def test_s27_every_column_and_the_header():
    rows = [[FORMULA, "＝1", Decimal("-1.00")], ["-2+3", "@SUM(A1)", "\tx"]]  # noqa: RUF001 - as above
    response = csv_response("list.csv", ["=Name", "B", "C"], iter(rows))
    assert read(response) == [
        ["'=Name", "B", "C"],
        ["'" + FORMULA, "'＝1", "-1.00"],  # noqa: RUF001 - as above
        ["'-2+3", "'@SUM(A1)", "'\tx"],
    ]
    assert response["Content-Type"] == "text/csv; charset=utf-8"
    assert response["Content-Disposition"] == 'attachment; filename="list.csv"'


def test_s27_a_formula_behind_a_semicolon_or_quote_stays_inside_its_cell():
    [line] = list(csv_response("x.csv", ["a"], [['x;=1+1";=2']]).streaming_content)[1:]
    assert line.decode() == '"x;=1+1"";=2"\r\n'


def test_rows_are_streamed():
    def rows():
        yield ["first"]
        raise AssertionError("asked for the second row too early")

    content = iter(csv_response("x.csv", ["a"], rows()).streaming_content)
    assert [next(content).decode().strip("\ufeff\r\n"), next(content).decode().strip()] == ['"a"', '"first"']
