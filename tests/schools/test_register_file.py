"""The register's bytes: rows over several lines, what can't be read, and going on in the middle."""

import io

import pytest

from psqm_portal.core.machine import Refused
from schools.domain.register_file import MAX_LINE, Records, encoding_of, read_head


def records(
    text: str | bytes, columns: int = 3, encoding: str = "cp1252"
) -> list[tuple[int, list[str], str]]:
    file = io.BytesIO(text if isinstance(text, bytes) else text.encode(encoding))
    return [(one.line, one.cells, one.problem) for one in Records(file, encoding=encoding, columns=columns)]


def test_rows_with_quoted_lines_and_blank_ones() -> None:
    found = records('1,é’–,c\r\n\r\n,,\r\n2,"two\r\nlines, and ""more""",c\n"3","x","y"')
    assert found == [
        (1, ["1", "é’–", "c"], ""),
        (4, ["2", 'two\r\nlines, and "more"', "c"], ""),
        (6, ["3", "x", "y"], ""),
    ]


def test_a_stray_quotation_mark_takes_no_other_row_with_it() -> None:
    rows = "".join(f'"{number}","b","c"\n' for number in range(2, 60))
    found = records(f'"1,"b","c"\n{rows}')
    assert [line for line, _, problem in found if problem] == [1]
    assert found[0][2].startswith("This row has")
    assert [cells[0] for _, cells, problem in found if not problem] == [str(one) for one in range(2, 60)]


def test_a_quotation_mark_inside_a_word_is_one() -> None:
    assert records('1,6" ruler,c\n2,b,c\n') == [(1, ["1", '6" ruler', "c"], ""), (2, ["2", "b", "c"], "")]


def test_a_last_row_that_was_cut_off_is_broken() -> None:
    assert [problem != "" for _, _, problem in records('1,b,c\n2,"b')] == [False, True]


@pytest.mark.parametrize("bad", [b"2,\x81,c", b"2,\0,c", b"2,b", b"2,b,c,d", b"2," + b"x" * MAX_LINE + b",c"])
def test_what_cant_be_read_is_one_row(bad: bytes) -> None:
    found = records(b"1,b,c\n" + bad + b"\n3,b,c\n")
    assert [(line, problem != "") for line, _, problem in found] == [(1, False), (2, True), (3, False)]


def test_going_on_at_any_row_finds_the_rest() -> None:
    text = b'1,b,c\n\n2,"two\nlines",c\n"3,b,c\n4,b,c\n\n5,"b",c\n'
    whole = list(Records(io.BytesIO(text), encoding="cp1252", columns=3))
    assert len(whole) == 5
    for number, one in enumerate(whole, 1):
        rest = Records(
            io.BytesIO(text), encoding="cp1252", columns=3, at_byte=one.end_byte, at_line=one.end_line
        )
        assert list(rest) == whole[number:]


@pytest.mark.parametrize(
    ("content", "encoding"),
    [
        ("né".encode("cp1252"), "cp1252"),
        (b"\xef\xbb\xbfne", "utf-8"),
        ("né".encode(), "utf-8"),
        (b"\xef\xbb\xbfn\xe9", "utf-8"),
    ],
)
def test_encodings(content: bytes, encoding: str) -> None:
    assert encoding_of(io.BytesIO(content)) == encoding


def test_the_head_is_found_after_a_mark_and_blank_lines() -> None:
    head = read_head(io.BytesIO(b"\xef\xbb\xbf\r\nURN,Town\r\n1,A\r\n"))
    assert (head.cells, head.end_byte, head.end_line) == (["URN", "Town"], 15, 3)


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"PK\x03\x04rest", "ZIP or Excel"),
        (b"\xd0\xcf\x11\xe0rest", "Excel"),
        (b"%PDF-1.7", "PDF"),
        (b"\x1f\x8brest", "compressed"),
        ("URN,Town".encode("utf-16"), "CSV file that we can read"),
        (b"", "nothing in this file"),
        (b"\r\n,,\r\n", "nothing in this file"),
    ],
)
def test_s18_other_files_are_refused_with_a_sentence(content: bytes, said: str) -> None:
    with pytest.raises(Refused, match=said):
        read_head(io.BytesIO(content))
