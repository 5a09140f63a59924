"""The pages of recruiting: what they show to whom, what they cost, and a school's own page."""

from datetime import timedelta
from decimal import Decimal

import pytest
import time_machine
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse

from hubs import slots
from hubs.domain import letters, mailings
from hubs.models import Enclosure, Hub, MailOut, OptOut, Prospect
from messaging.models import Email
from psqm_portal.core.files.storing import store_made
from psqm_portal.core.roles import Role
from psqm_portal.core.secret_links import hash_of
from tests import factories
from tests.factories import NOW
from tests.hubs.test_recruitment import EARLY, PLACE, near, pick, sent, token_of
from tests.support.queries import own_queries

pytestmark = pytest.mark.django_db
PERSON = {"HTTP_SEC_FETCH_MODE": "navigate", "HTTP_SEC_FETCH_DEST": "document"}


@pytest.fixture(autouse=True)
def _fee(monkeypatch):
    monkeypatch.setattr(slots, "fee_of_round", [lambda _round, _school: Decimal(750)])


@pytest.fixture(autouse=True)
def _day():
    """While schools are recruited."""
    with time_machine.travel(EARLY, tick=False):
        yield


@pytest.fixture
def base(world):
    Hub.objects.filter(pk=world.hub.pk).update(easting=PLACE.easting, northing=PLACE.northing)
    return f"/hubs/{world.hub.slug}/{world.round.slug}/find-schools/"


def test_find_pick_and_see_what_became_of_it(world, base, client):
    oak = near(1, name="Oak")
    near(40, name="Far away")
    client.force_login(world.leader)
    page = client.get(base).content.decode()
    assert "Oak" in page
    assert "Far away" not in page
    answer = client.post(f"{base}?miles=50", {"school": [oak.pk]})
    assert answer["Location"] == f"{base}?miles=50"
    page = client.get(f"{base}?miles=50").content.decode()
    assert "1 school picked" in page
    assert "On your list" in page
    assert "Far away" in page
    page = client.get(f"{base}list/?state=picked").content.decode()
    assert "Invite 1 picked school" in page
    assert "No schools here" in client.get(f"{base}list/?state=sent").content.decode()


def test_another_hubs_prospects_are_taken_and_nothing_more(world, base, client):
    pick(world, near(1, name="Oak"))
    sent(world, near(1, name="Ash"))
    Prospect.objects.update(hub=world.other, head_name="Secret Head", reason="Secret reason")
    client.force_login(world.leader)
    page = client.get(base).content.decode()
    assert page.count("Asked by another hub") == 2
    for secret in ("Secret", world.other.name):
        assert secret not in page
    assert client.get(f"/hubs/{world.other.slug}/{world.round.slug}/find-schools/list/").status_code == 404


def test_r24_as_many_queries_for_ten_schools_as_for_sixty(world, base, client):
    client.force_login(world.leader)
    counts = []
    for more in (10, 50):
        schools = [near(1 + n / 10) for n in range(more)]
        pick(world, *schools[: more // 2])
        sent(world, *schools[: more // 4])
        lists = [base, f"{base}list/", f"{base}list.csv"]
        counts.append([own_queries(client, path) for path in lists])
    assert counts[0] == counts[1]
    assert max(counts[1]) <= 14


def test_s27_no_formula_in_the_csv(world, base, client):
    sent(world, near(name="=HYPERLINK(1)"))
    Prospect.objects.update(reason="+SUM(A1)", head_name="@cmd")
    client.force_login(world.leader)
    text = b"".join(client.get(f"{base}list.csv?state=sent").streaming_content).decode()
    assert '"\'=HYPERLINK(1)"' in text
    assert '"\'+SUM(A1)"' in text
    assert '"\'@cmd"' in text
    assert "By email" in text
    assert (
        "HYPERLINK" not in b"".join(client.get(f"{base}list.csv?state=declined").streaming_content).decode()
    )


def test_s03_the_csv_of_hqs_viewers_names_no_headteacher(world, base, client):
    sent(world, near(name="Oak"))
    Prospect.objects.update(head_name="Hana Hill", email="head@oak.example")
    for person, told in [(world.leader, True), (factories.hq(Role.HQ_VIEWER), False)]:
        client.force_login(person)
        text = b"".join(client.get(f"{base}list.csv").streaming_content).decode()
        assert "Oak" in text
        assert [one in text for one in ("Hana Hill", "head@oak.example")] == [told, told]


def form(world, **more):
    keys = list(Prospect.objects.filter(status="picked").values_list("pk", flat=True))
    people = {f"email-{pk}": f"head{pk}@test.example" for pk in keys}
    return {"how": "mail", "take": keys, "enclosure": "none", "sender": "Ana\nHill Road", **people, **more}


def test_preview_then_send(world, base, client):
    pick(world, near(name="Oak", headteacher_name="Hana Hill"))
    client.force_login(world.leader)
    assert 'value="Hana Hill"' in client.get(f"{base}invite/").content.decode()
    answer = client.post(f"{base}invite/", form(world, **{f"head-{Prospect.objects.get().pk}": "Mrs Hill"}))
    row = MailOut.objects.get()
    assert answer["Location"] == f"{base}mailings/{row.pk}/"
    page = client.get(answer["Location"]).content.decode()
    assert "An invitation to Oak: Primary Science Quality Mark, Autumn 2026" in page
    assert "Hello Mrs Hill," in page
    assert "Ofsted" not in page  # not ticked
    assert not Email.objects.exists()
    client.post(answer["Location"], {"do": "send", "person": [Prospect.objects.get().pk]})
    assert Email.objects.get().to == f"head{Prospect.objects.get().pk}@test.example"
    page = client.get(f"{base}list/").content.decode()
    assert "1 school invited" in page
    assert client.get(f"{base}invite/").content.decode().count("No schools to invite") == 1


@pytest.mark.parametrize(
    ("more", "sentence"),
    [
        ({"take": []}, "Tick at least one school"),
        ({"how": "letter", "sender": ""}, "Enter your address: it stands at the top of each letter"),
        ({"enclosure": "own"}, "Choose your PDF, or enclose nothing"),
        ({"first_training": "https://evil.example"}, "Leave web addresses out"),
        ({"sender": "\n".join("123456789")}, "up to eight lines"),
    ],
)
def test_what_is_wrong_is_said_and_nothing_typed_is_lost(world, base, client, more, sentence):
    pick(world, near(name="Oak"))
    client.force_login(world.leader)
    answer = client.post(f"{base}invite/", form(world, **more))
    page = answer.content.decode()
    assert sentence in page
    assert f'value="head{Prospect.objects.get().pk}@test.example"' in page
    assert not MailOut.objects.exists()


def test_an_address_that_is_none_is_said_beside_its_school(world, base, client):
    pick(world, near(name="Oak"))
    client.force_login(world.leader)
    for typed, sentence in (
        ("", "enter an email address, or untick it"),
        ("x", "enter an email address, like"),
    ):
        page = client.post(f"{base}invite/", form(world, **{f"email-{Prospect.objects.get().pk}": typed}))
        assert page.content.decode().count(f"Oak: {sentence}") == 2


def test_s18_an_enclosure_is_a_pdf_and_no_zip(world, base, client):
    pick(world, near())
    client.force_login(world.leader)
    zipped = SimpleUploadedFile("report.pdf", b"PK\x03\x04" + b"0" * 100, content_type="application/pdf")
    page = client.post(f"{base}invite/", form(world, enclosure="own", title="a report", file=zipped))
    assert page.status_code == 200
    assert "report" in page.content.decode()
    assert not MailOut.objects.exists()


# A school's own page -------------------------------------------------------------------------------------


@pytest.fixture
def token(world):
    sent(world, school := near(name="Oak"))
    return token_of(school)


def test_only_a_browser_that_goes_there_counts_as_opened(token, client, world):
    url = reverse("invited", args=[token])
    for heads in ({}, {**PERSON, "HTTP_SEC_PURPOSE": "prefetch"}, {"HTTP_SEC_FETCH_MODE": "no-cors"}):
        page = client.get(url, **heads)
        assert "An invitation to the Primary Science Quality Mark" in page.content.decode()
        assert Prospect.objects.get().status == "sent"
    client.force_login(world.leader)
    client.get(url, **PERSON)
    assert Prospect.objects.get().status == "sent"
    client.logout()
    client.get(url, **PERSON)
    assert Prospect.objects.get().status == "opened"


def test_register_takes_the_school_and_the_round_along(token, client, world):
    row = Prospect.objects.get()
    answer = client.post(reverse("invited", args=[token]))
    assert answer["Location"] == "/register/people/"
    assert client.session["registration"] == {
        "round": world.round.pk, "school_id": row.school_id, "prospect": row.pk,
    }  # fmt: skip
    assert client.get("/register/people/").status_code == 200


def test_no_thank_you_and_never_again_ask_first(token, client):
    decline, never = (reverse(f"invited_{name}", args=[token]) for name in ("decline", "opt_out"))
    assert client.get(decline).status_code == client.get(never).status_code == 200
    assert (Prospect.objects.get().status, OptOut.objects.count()) == ("sent", 0)
    assert client.post(decline, {"reason": "Next year"})["Location"] == reverse("invited", args=[token])
    assert "Thank you for telling us" in client.get(reverse("invited", args=[token])).content.decode()
    assert Prospect.objects.get().reason == "Next year"
    assert "We won’t invite you again" in client.post(never).content.decode()
    assert OptOut.objects.get().by is None


def test_s11_a_link_that_is_over_shows_nothing_but_lets_a_school_object(token, client):
    with time_machine.travel(EARLY + timedelta(days=121), tick=False):
        page = client.get(reverse("invited", args=[token]), **PERSON)
        assert page.status_code == 410
        assert "Oak" not in page.content.decode()
        assert client.post(reverse("invited_decline", args=[token])).status_code == 410
        assert client.get(reverse("invited_enclosure", args=[token])).status_code == 404
        client.post(reverse("invited_opt_out", args=[token]))
    assert OptOut.objects.exists()


def test_the_enclosure_is_a_download_and_only_that_mailings(token, client, world):
    assert client.get(reverse("invited_enclosure", args=[token])).status_code == 404
    kept = store_made(b"%PDF-1.7 report", name="Report.pdf", owner="hq", now=NOW)
    MailOut.objects.update(enclosure=kept)
    answer = client.get(reverse("invited_enclosure", args=[token]))
    assert b"".join(answer.streaming_content) == b"%PDF-1.7 report"
    assert answer["Content-Disposition"] == 'attachment; filename="Report.pdf"'
    assert answer["Content-Security-Policy"] == "default-src 'none'; sandbox"


# HQ ------------------------------------------------------------------------------------------------------


def test_hq_enters_and_lifts_an_opt_out(world, client):
    oak = near(name="Oak Primary")
    client.force_login(world.hq)
    assert "Oak Primary" in client.get("/invitation-letter/never-again/?find=oak").content.decode()
    client.post("/invitation-letter/never-again/?find=oak", {"school": oak.pk, "reason": "They rang."})
    row = OptOut.objects.get()
    assert "They rang." in client.get("/invitation-letter/never-again/").content.decode()
    lift = f"/invitation-letter/never-again/{row.pk}/lift/"
    assert client.post(lift, {"reason": ""}).status_code == 200
    client.post(lift, {"reason": "They rang again."})
    assert not OptOut.objects.exists()


def test_the_letters_words_on_hqs_pages(world, client):
    near(name="Oak", headteacher_name="Hana Hill")
    client.force_login(world.hq)
    page = client.get("/invitation-letter/?q=oak").content.decode()
    assert "Dear Hana Hill," in page
    assert "Taking part costs £750 for the whole school." in page
    first = letters.LetterParagraph.objects.first()
    url = f"/invitation-letter/{first.pk}/"
    wrong = client.post(url, {"name": "What it is", "text": "For {nobody}"}).content.decode()
    assert "{nobody} isn’t a field of the letter" in wrong
    client.post(url, {"name": "What it is", "text": "For {school}"})
    assert "For Oak" in client.get("/invitation-letter/?q=oak").content.decode()
    client.post("/invitation-letter/", {"do": "down", "paragraph": first.pk})
    assert letters.LetterParagraph.objects.first().pk != first.pk
    client.post(url, {"do": "remove"})
    assert not letters.LetterParagraph.objects.filter(pk=first.pk).exists()


def test_the_standard_enclosure_has_to_be_a_pdf(world, client):
    client.force_login(world.hq)
    text = SimpleUploadedFile("report.txt", b"words")
    page = client.post("/invitation-letter/", {"do": "enclosure", "title": "A report", "file": text})
    assert page.status_code == 200
    assert not Enclosure.objects.exists()


def test_a_pdf_preview_is_a_download(world, base, client, monkeypatch):
    pick(world, near())
    client.force_login(world.leader)
    client.post(f"{base}invite/", form(world, how="letter"))
    monkeypatch.setattr(mailings, "print_to", lambda target, _: target.write_bytes(b"%PDF-1.7"))
    answer = client.get(f"{base}mailings/{MailOut.objects.get().pk}/preview.pdf")
    assert (answer.content, answer["Content-Type"]) == (b"%PDF-1.7", "application/pdf")
    assert hash_of(mailings.SAMPLE_TOKEN) not in str(Prospect.objects.values())
