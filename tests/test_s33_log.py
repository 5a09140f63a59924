"""S33: sign-in, denial, a photo seen, sign-off, payment and their like stand in the log: who, what, when.

``DEEDS`` is the oracle, written from the product and not from the code: what a person does in the browser,
and the lines it leaves, all of them and no other. That the database refuses to change or delete a line is
in tests/psqm_portal/core/test_append_only.py.
"""

from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest
import time_machine
from allauth.account.models import EmailAddress
from allauth.mfa.models import Authenticator
from allauth.mfa.totp.internal import auth as totp
from django.core.cache import cache
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.test import Client
from django.urls import reverse

from accounts.models import User
from messaging.models import Email
from psqm_portal.core.models import AppendOnlyQuerySet, LogEntry, StoredFile
from submissions.models import Evidence, Pack, Part
from tests import factories as make
from tests.support.world import World, build

pytestmark = [pytest.mark.django_db, pytest.mark.sqlite]

AT = make.NOW + timedelta(days=1)
PASSWORD = "three purple beakers"
FILES: dict[str, Any] = {"HTTP_HOST": "127.0.0.1"}
# Who, or None for nobody who was signed in; what; to what.
Line = tuple[int | None, str, str]
# Prepares, and gives back what is then done, with the lines that it has to leave.
Deed = Callable[[World], tuple[Callable[[], object], list[Line]]]


def _as(w: World, role: str) -> tuple[Client, User]:
    person = w.people[role]
    assert person is not None
    client = Client()
    client.force_login(person)
    return client, person


def _with_password(w: World, role: str) -> User:
    person = w.people[role]
    assert person is not None
    person.set_password(PASSWORD)
    person.save()
    EmailAddress.objects.get_or_create(user=person, email=person.email, verified=True, primary=True)
    return person


def _form_sign_in(person: User, password: str = PASSWORD) -> Client:
    client = Client()
    client.post("/account/login/", {"login": person.email, "password": password})
    return client


def _signs_in(w: World) -> tuple[Callable[[], object], list[Line]]:
    person = _with_password(w, "mentor")
    return lambda: _form_sign_in(person), [(person.pk, "session.signed_in", f"person:{person.pk}")]


def _guesses(w: World) -> tuple[Callable[[], object], list[Line]]:
    person = _with_password(w, "mentor")
    return lambda: _form_sign_in(person, "a guess"), [(None, "session.failed", f"person:{person.pk}")]


def _guesses_a_stranger(_: World) -> tuple[Callable[[], object], list[Line]]:
    return lambda: _form_sign_in(User(email="nobody@x.example")), [(None, "session.failed", "")]


def _guesses_on(w: World) -> tuple[Callable[[], object], list[Line]]:
    person = _with_password(w, "headteacher")
    for _ in range(9):
        _form_sign_in(person, "a guess")
    return lambda: _form_sign_in(person), [(None, "session.blocked", "")]


def _signs_out(w: World) -> tuple[Callable[[], object], list[Line]]:
    client, person = _as(w, "mentor")
    return lambda: client.post("/account/logout/"), [(person.pk, "session.signed_out", f"person:{person.pk}")]


def _wrong_second_factor(w: World) -> tuple[Callable[[], object], list[Line]]:
    person = _with_password(w, "HQ finance")
    Authenticator.objects.filter(user=person).delete()
    totp.TOTP.activate(person, totp.generate_totp_secret())
    client = _form_sign_in(person)
    return (
        lambda: client.post(reverse("mfa_authenticate"), {"code": "000000"}),
        [(None, "second_factor.failed", f"person:{person.pk}")],
    )


def _with_app(person: User) -> tuple[Client, Callable[[], object]]:
    """Signed in, and what sets an app up as the second factor, with recovery codes."""
    client = _form_sign_in(person)
    client.post(reverse("account_reauthenticate"), {"password": PASSWORD})
    client.get(reverse("mfa_activate_totp"))
    secret = client.session[totp.SECRET_SESSION_KEY]
    code = totp.format_hotp_value(totp.hotp_value(secret, next(iter(totp.yield_hotp_counters_from_time()))))
    return client, lambda: client.post(reverse("mfa_activate_totp"), {"code": code})


def _sets_app_up_and_takes_it_away(w: World) -> tuple[Callable[[], object], list[Line]]:
    """With it come the recovery codes, and go."""
    person = _with_password(w, "reviewer")
    client, set_up = _with_app(person)

    def both() -> None:
        with pytest.MonkeyPatch.context() as patch:  # allauth tells of it once it is committed
            patch.setattr("django.db.transaction.on_commit", lambda tell, *_, **__: tell())
            set_up()
        client.post(reverse("mfa_deactivate_totp"))

    about = f"person:{person.pk}"
    return both, [
        (person.pk, action, about) for action in ["second_factor.added"] * 2 + ["second_factor.removed"] * 2
    ]


def _changes_password(w: World) -> tuple[Callable[[], object], list[Line]]:
    person = _with_password(w, "reviewer")
    client = _form_sign_in(person)
    new = {"oldpassword": PASSWORD, "password1": "four green magnets", "password2": "four green magnets"}
    about = f"person:{person.pk}"
    return (
        lambda: client.post(reverse("account_change_password"), new),
        [(person.pk, "session.signed_out", about), (person.pk, "password.changed", about)],
    )


def _adds_address(w: World) -> tuple[Callable[[], object], list[Line]]:
    person = _with_password(w, "nobody")
    client = _form_sign_in(person)
    client.post(reverse("account_reauthenticate"), {"password": PASSWORD})
    given = {"email": "other@x.example", "action_add": ""}
    return (
        lambda: client.post(reverse("account_email"), given),
        [(person.pk, "email.added", f"person:{person.pk}")],
    )


def _confirms_address(w: World) -> tuple[Callable[[], object], list[Line]]:
    client, person = _as(w, "nobody")
    text = Email.objects.filter(to="other@x.example").latest("pk").text
    link = next(word for word in text.split() if "/confirm-email/" in word)
    return (
        lambda: client.post(link[link.index("/account/") :]),
        [(person.pk, "email.confirmed", f"person:{person.pk}")],
    )


def _is_denied(w: World) -> tuple[Callable[[], object], list[Line]]:
    client, person = _as(w, "headteacher")
    url = f"/invoices/{w.invoice.pk}/payment/"
    return lambda: client.get(url), [(person.pk, "page.denied", f"invoice:{w.invoice.pk}")]


def _reaches_for_a_strangers(w: World) -> tuple[Callable[[], object], list[Line]]:
    client, person = _as(w, "nobody")
    return (
        lambda: client.post(f"/submissions/{w.working.pk}/submit/"),
        [(person.pk, "page.not_found", w.working.key)],
    )


def _photo(w: World, **fields: Any) -> Evidence:
    Evidence.objects.filter(pk=w.piece.pk).update(**fields)
    StoredFile.objects.filter(pk=w.file.pk).update(preview="made")
    from psqm_portal.core.files.previews import preview_key

    if not default_storage.exists(preview_key(w.file)):
        default_storage.save(preview_key(w.file), ContentFile(b"small"))
    return w.piece


def _sees_photo(query: str) -> Deed:
    def prepare(w: World) -> tuple[Callable[[], object], list[Line]]:
        piece = _photo(w, children="consent", consent_until=(AT + timedelta(days=9)).date())
        client, person = _as(w, "hub leader")

        def see() -> None:
            link = client.get(f"{reverse('open_file', args=[w.file.pk])}{query}").url
            answer: Any = Client().get(link.removeprefix("http://127.0.0.1"), **FILES)
            assert answer.getvalue() in {b"photo", b"small"}

        return see, [(person.pk, "evidence.children_seen", f"evidence:{piece.pk}")]

    return prepare


def _sees_photo_of_nobody(w: World) -> tuple[Callable[[], object], list[Line]]:
    see, _ = _sees_photo("")(w)
    _photo(w, children="none", consent_until=None)
    return see, []


def _downloads_pack(w: World) -> tuple[Callable[[], object], list[Line]]:
    client, person = _as(w, "subject leader")
    key = default_storage.save("packs/one.zip", ContentFile(b"zip"))
    stored = StoredFile.objects.create(
        owner=f"pack-{uuid4().hex[:8]}", sha256="0" * 64, key=key, name="all.zip", kind="zip",
        content_type="application/zip", size=3, stored_at=AT,
    )  # fmt: skip
    pack = Pack.objects.create(
        submission=w.working, kind="zip", is_frozen=False, status="made", asked_by=person, asked_at=AT,
        touched_at=AT, made_at=AT, file=stored,
    )  # fmt: skip

    def download() -> None:
        link = client.get(reverse("open_file", args=[stored.pk])).url
        answer: Any = Client().get(link.removeprefix("http://127.0.0.1"), **FILES)
        assert answer.getvalue() == b"zip"

    return download, [(person.pk, "pack.downloaded", f"pack:{pack.pk}")]


def _downloads_list(w: World) -> tuple[Callable[[], object], list[Line]]:
    client, person = _as(w, "HQ admin")
    return lambda: client.get("/invoices/list.csv"), [(person.pk, "page.downloaded", "")]


def _signs_off(w: World) -> tuple[Callable[[], object], list[Line]]:
    client, person = _as(w, "hub leader")
    make.fill_part(w.part)
    Part.objects.filter(pk=w.part.pk).update(status="sent", sent_at=make.NOW, text="What changed.")
    url = reverse("part_action", args=[w.working.pk, w.part.pk, "sign_off"])
    return lambda: client.post(url), [(person.pk, "part.sign_off", f"part:{w.part.pk}")]


def _records_payment(w: World) -> tuple[Callable[[], object], list[Line]]:
    client, person = _as(w, "HQ admin")
    given = {
        "amount": "250", "reference": "BACS", "key": uuid4(), "confirmed": "yes",
        "received_on_0": "2", "received_on_1": "11", "received_on_2": "2026",
    }  # fmt: skip
    return (
        lambda: client.post(f"/invoices/{w.invoice.pk}/payment/", given),
        [(person.pk, "invoice.record_payment", f"invoice:{w.invoice.pk}")],
    )


def _changes_settings(w: World) -> tuple[Callable[[], object], list[Line]]:
    client, person = _as(w, "HQ admin")
    numbers = ("reviews_per_submission", "minimum_reviews", "award_years", "evidence_files")
    given = {name: getattr(w.round, name) for name in (*numbers, "evidence_megabytes", "hub_capacity")}
    given |= {"award_years": 4, "names_reviewers": "on", "mentoring_hours": 4, "meetings_a_year": 2}
    url = reverse("round_settings", args=[w.round.slug])
    return lambda: client.post(url, given), [(person.pk, "round.change_settings", f"round:{w.round.pk}")]


def _invites(w: World) -> tuple[Callable[[], object], list[Line]]:
    client, person = _as(w, "HQ admin")
    given = {"name": "New", "email": "new.hq@test.example", "role": "HQ viewer"}
    from accounts.models import Invitation

    def invite() -> None:
        client.post(reverse("people_invite"), given)
        assert Invitation.objects.latest("pk").email == given["email"]

    following = Invitation.objects.latest("pk").pk + 1
    return invite, [(person.pk, "invitation.made", f"invitation:{following}")]


def _ends_membership(w: World) -> tuple[Callable[[], object], list[Line]]:
    client, person = _as(w, "headteacher")
    pk = w.extra["school_membership"].pk
    url = reverse("school_membership_end", args=[w.school.pk, pk])
    return lambda: client.post(url), [(person.pk, "school_membership.ended", f"school_membership:{pk}")]


def _withdraws_consent(w: World) -> tuple[Callable[[], object], list[Line]]:
    piece = _photo(w, children="consent", consent_until=(AT + timedelta(days=9)).date())
    client, person = _as(w, "headteacher")
    url = reverse("evidence_consent", args=[w.working.pk, piece.pk])
    return lambda: client.post(url), [(person.pk, "evidence.consent_withdrawn", w.working.key)]


def _changes_school(w: World) -> tuple[Callable[[], object], list[Line]]:
    client, person = _as(w, "headteacher")
    form = client.get(reverse("school_edit", args=[w.school.pk])).context["form"]
    given = {name: value if value is not None else "" for name, value in form.initial.items()}
    return (
        lambda: client.post(reverse("school_edit", args=[w.school.pk]), given),
        [(person.pk, "school.changed", f"school:{w.school.pk}")],
    )


def _uses_support_pages(w: World) -> tuple[Callable[[], object], list[Line]]:
    client, person = _as(w, "HQ admin")
    User.objects.filter(pk=person.pk).update(is_staff=True, is_superuser=True)
    other = w.people["nobody"]
    assert other is not None
    given = {"name": "Another", "is_active": "on"}
    return (
        lambda: client.post(f"/admin/accounts/user/{other.pk}/change/", given),
        [(person.pk, "admin.changed", f"person:{other.pk}")],
    )


DEEDS: dict[str, Deed] = {
    "signs in": _signs_in,
    "guesses a password": _guesses,
    "guesses at an address that nobody has": _guesses_a_stranger,
    "goes on guessing": _guesses_on,
    "signs out": _signs_out,
    "gives a wrong second factor": _wrong_second_factor,
    "changes the password": _changes_password,
    "sets a second factor up and takes it away": _sets_app_up_and_takes_it_away,
    "adds an address": _adds_address,
    "confirms an address": _confirms_address,
    "is refused a page": _is_denied,
    "reaches for another school's work": _reaches_for_a_strangers,
    "sees a photo of children": _sees_photo(""),
    "sees a small picture of it": _sees_photo("?preview"),
    "sees a photo with no children in it": _sees_photo_of_nobody,
    "downloads a pack": _downloads_pack,
    "downloads a list": _downloads_list,
    "signs a part off": _signs_off,
    "records a payment": _records_payment,
    "changes a round's settings": _changes_settings,
    "invites somebody": _invites,
    "ends a membership": _ends_membership,
    "withdraws consent": _withdraws_consent,
    "changes a school's details": _changes_school,
    "changes an account in the support pages": _uses_support_pages,
}


@pytest.fixture(autouse=True)
def _a_day_with_no_guesses() -> Iterator[None]:
    cache.clear()
    with time_machine.travel(AT, tick=False):
        yield
    cache.clear()


def _wrong(w: World) -> dict[str, tuple[list[Line], list[Line]]]:
    """Deed → the lines there are and the lines there should be, where they differ."""
    wrong = {}
    for name, prepare in DEEDS.items():
        cache.clear()  # the guesses of one deed are none of the next
        act, expected = prepare(w)
        before = set(LogEntry.objects.values_list("pk", flat=True))
        act()
        rows = LogEntry.objects.exclude(pk__in=before).order_by("pk")
        assert {row.at for row in rows} <= {AT}, name
        lines = [(row.by_id, row.action, row.about) for row in rows]
        if lines != expected:
            wrong[name] = (lines, expected)
    return wrong


def test_s33_each_deed_leaves_its_line_and_no_other() -> None:
    assert _wrong(build()) == {}


def test_s33_control_with_nothing_written_every_deed_is_missed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(LogEntry, "save", lambda *_, **__: None)
    monkeypatch.setattr(AppendOnlyQuerySet, "bulk_create", lambda _, rows, **__: list(rows))
    assert set(_wrong(build())) == set(DEEDS) - {"sees a photo with no children in it"}


def test_s33_no_line_holds_a_name_an_address_or_typed_words() -> None:
    w = build()
    words = {"Rosalind Franklin", "rosalind@beaker.example", "a guess", "new.hq@test.example", "BACS"}
    for person in w.people.values():
        if person is not None:
            person.name = "Rosalind Franklin"
            person.save()
    assert _wrong(w) == {}
    rows = LogEntry.objects.values_list("action", "about", "detail")
    addresses = set(User.objects.values_list("email", flat=True))
    text = " ".join(" ".join(row) for row in rows)
    assert [word for word in words | addresses | {"@", "Rosalind", w.school.name} if word in text] == []


def test_s33_times_are_kept_in_utc() -> None:
    from django.db import connection

    from psqm_portal.core import log

    log.write("round.open", by=None, now=make.NOW)
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            cursor.execute("SELECT at AT TIME ZONE 'UTC' FROM core_logentry")
        else:
            cursor.execute("SELECT at FROM core_logentry")
        (at,) = cursor.fetchone()
    assert str(at)[:19] == "2026-11-03 09:00:00"
