"""The language of mail texts: fields, paragraphs that go, and nothing that runs (S24)."""

from datetime import UTC, date, datetime
from decimal import Decimal

import pytest

from messaging.domain.wording import (
    Link,
    Mixed,
    Wording,
    as_html,
    as_text,
    parse,
    pieces_of,
    strange_fields,
    subject_of,
)

ORIGIN = "http://localhost"


def text(body: str, **values: object) -> str:
    return as_text(pieces_of(Wording("s", body), values))


def html(body: str, **values: object) -> str:
    return as_html("s", pieces_of(Wording("s", body), values))


def test_fields_are_put_in():
    assert text("Hello {name}, {n} left.", name="Ana", n=3) == "Hello Ana, 3 left.\n"


@pytest.mark.parametrize(
    ("value", "words"),
    [
        (None, ""),
        (date(2026, 10, 30), "Friday 30 October 2026"),
        (datetime(2026, 10, 30, 16, 5, tzinfo=UTC), "Friday 30 October 2026 at 4.05pm"),
        (Decimal(1250), "£1,250.00"),
        ("  a\r\nb ", "a\nb"),
    ],
)
def test_values_in_words(value, words):
    assert text("x {value}", value=value, other="") == (f"x {words}\n" if words else "\n")


def test_a_paragraph_whose_fields_are_all_empty_is_left_out():
    body = "Hello {name},\n\nWhy: {reason}\n\n{by} at {place}\n\nBye"
    assert text(body, name="Ana", reason="", by="", place="Oak") == "Hello Ana,\n\n at Oak\n\nBye\n"
    assert text(body, name="", reason=None, by="", place="") == "Bye\n"


def test_what_a_field_holds_is_never_read_again():
    assert text("{a} {b}", a="{b}", b="{a}") == "{b} {a}\n"


@pytest.mark.parametrize(
    "evil",
    [
        "{event.__init__}", "{{event.__init__}}", "{{ person.password }}", "{% debug %}", "{first_name!r}",
        "{0}", "{name:>99999999}", "%(name)s", "${name}", "[a](https://evil.example)", "<b>x</b>",
        "https://evil.example/", "http://localhost/out/", "<script>alert(1)</script>",
    ],
)  # fmt: skip
def test_s24_what_looks_like_code_is_text_in_a_field_and_in_a_wording(evil):
    assert text("x {name} y", name=evil) == f"x {evil} y\n"
    assert subject_of(Wording("x {name} y", ""), {"name": evil}) == f"x {evil} y"
    page = html(f"a {{name}}\n\n{{name}}\n\n{evil}", name=evil)
    assert "<a " not in page
    assert "<b>x" not in page
    assert "<script>" not in page


def test_s24_a_line_break_in_a_name_stays_out_of_the_subject():
    assert (
        subject_of(Wording("Hi {name}", ""), {"name": "Bo\r\nBcc: a@b.example"}) == "Hi Bo Bcc: a@b.example"
    )
    assert len(subject_of(Wording("{name}", ""), {"name": "x" * 999})) == 255


def test_a_link_field_is_a_link_wherever_it_stands():
    link = Link(f"{ORIGIN}/x/?a=1&b=2")
    anchor = f'<a href="{ORIGIN}/x/?a=1&amp;b=2"'
    assert html("Read\n{link}\n\nor {link} here", link=link).count(anchor) == 2
    assert text("Read:\n\n{link}", link=link) == f"Read:\n\n{ORIGIN}/x/?a=1&b=2\n"


def test_a_list_brings_its_own_paragraphs_and_links():
    steps = Mixed(("- Audit\n", Link(f"{ORIGIN}/1/"), "\n\n- Plan\n", Link(f"{ORIGIN}/2/")))
    assert text("To do:\n\n{steps}", steps=steps) == (
        f"To do:\n\n- Audit\n{ORIGIN}/1/\n\n- Plan\n{ORIGIN}/2/\n"
    )
    page = html("{steps}", steps=steps)
    assert page.count("<a ") == 2
    assert page.count("<p ") == 3


def test_a_shipped_text_starts_with_its_subject():
    assert parse("Subject: Hi {a}\n\nHello\n") == Wording("Hi {a}", "Hello")
    assert parse("Subject: Hi {a}\n\nHello {b}{a}").fields == ["a", "b"]
    with pytest.raises(ValueError, match="Subject line"):
        parse("Hello")


def test_what_stands_in_braces_and_is_no_field_is_told():
    words = "{name} {nmae} {{name}} {event.__init__} { } {name}"
    assert strange_fields(words, ["name"]) == ["{nmae}", "{event.__init__}", "{ }"]
