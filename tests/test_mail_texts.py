"""Every mail that the portal can write is registered, and its shipped text says what it may say (S24)."""

from pathlib import Path

import pytest

from messaging.domain.mail import shipped
from messaging.domain.wording import strange_fields
from messaging.registers import mail_kinds

TEMPLATES = Path(__file__).resolve().parent.parent / "templates"


def names() -> set[str]:
    found = TEMPLATES.glob("*/mail/*.txt")
    return {path.relative_to(TEMPLATES).with_suffix("").as_posix() for path in found}


def test_every_mail_is_registered():
    assert names() == set(mail_kinds)


def test_every_mail_has_an_address_of_its_own():
    assert len({kind.slug for kind in mail_kinds.values()}) == len(mail_kinds)


@pytest.mark.parametrize("name", sorted(names()))
def test_a_shipped_text_uses_its_own_fields_and_nothing_else(name):
    kind, words = mail_kinds[name], shipped(name)
    whole = f"{words.subject}\n{words.body}"
    assert strange_fields(whole, kind.field_names) == []
    assert "{{" not in whole
    assert "{%" not in whole
    assert [field for field in kind.keep if f"{{{field}}}" not in words.subject] == []
    assert words.body.startswith("Dear" if "/letter_" in name else "Hello")
