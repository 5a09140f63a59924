"""An award's number as people type it; what its school may do with it, and who else may not."""

import io
import zipfile
from datetime import date

import pytest
import time_machine
from django.core.exceptions import PermissionDenied
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from lxml import etree
from PIL import Image

from awards.domain import logos, press
from awards.domain.directory import list_school
from awards.models import Award, PressText, Unlisted
from awards.pages.proof import meant
from awards.views import braked
from psqm_portal.core import pace
from psqm_portal.core.machine import Refused
from psqm_portal.core.models import LogEntry
from psqm_portal.core.roles import Role
from schools.domain.merging import merge
from tests import factories
from tests.awards import helpers, holding
from tests.factories import NOW

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _on_a_day_of_2026():
    with time_machine.travel(NOW, tick=False):
        yield


def sign_in(person) -> Client:
    client = Client()
    client.force_login(person)
    return client


def urls(award: Award) -> list[str]:
    return [reverse(name, args=[award.number]) for name in ("award_share", "award_logo", "award_press")]


# The public page ----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "typed",
    [
        "PSQM-26A-0042", " psqm-26a-0042 ", "PSQM 26A 0042", "psqm26a42", "26A-0042", "PSQM–26A–OO42",
        "PSQM-26A-0O42", "psqm-26a-oo42",
    ],
)  # fmt: skip
def test_a_number_is_found_as_people_type_it(typed):
    assert "PSQM-26A-0042" in meant(typed)
    holding.award(number="PSQM-26A-0042")
    found = Client().get(reverse("certificate_check"), {"number": typed})
    assert found.headers["Location"] == "/certificates/PSQM-26A-0042/"


@pytest.mark.parametrize("typed", ["", "-", "O", "26", "PSQM", "26AR-7", "Gold/7 b", "\0", "x" * 200])
def test_other_words_mean_nothing_worse_than_themselves(typed):
    assert len(meant(typed)) < 3
    assert Client().get(reverse("certificate_check"), {"number": typed}).status_code == 200


def test_reaccreditations_and_awards_from_before_the_portal_have_codes_of_their_own():
    assert meant("26ar 7") == {"26AR7", "PSQM-26AR-0007"}
    assert meant("psqm p 12O") == {"PSQMP12O", "PSQM-P-00120"}


def test_a_number_of_another_kind_from_before_the_portal_is_found_too():
    holding.award(number="GOLD-2019-7")
    found = Client().get(reverse("certificate_check"), {"number": "Gold/2019/7 "})
    assert found.headers["Location"] == "/certificates/GOLD-2019-7/"


def test_the_page_of_an_award_from_before_the_portal_costs_one_query_and_names_its_round():
    award = holding.award(factories.school(name="Oak Primary"), round_name="Autumn 2024")
    with CaptureQueriesContext(connection) as asked:
        response = Client().get(award.get_absolute_url())
    page = response.content.decode()
    assert (response.status_code, len(asked)) == (200, 1)
    for words in ("This award is valid.", "Oak Primary", "Bronze", "Autumn 2024", "10 September 2028"):
        assert words in page
    assert "noindex" in page


def test_a_machine_is_braked_and_people_who_signed_in_are_not(monkeypatch):
    award = holding.award()
    monkeypatch.setattr(braked, "MOST", 2)
    pace.cache.clear()
    pages = [award.get_absolute_url(), reverse("certificate_check"), reverse("directory")]
    assert [Client().get(page).status_code for page in pages] == [200, 200, 429]
    assert "Wait some minutes" in Client().get(pages[0]).content.decode()
    assert sign_in(factories.user()).get(pages[0]).status_code == 200
    pace.cache.clear()


# Telling people about it --------------------------------------------------------------------------------


def test_the_school_and_hq_alone_have_it():
    award = holding.award()
    inside = [
        factories.member(award.school),
        factories.member(award.school, Role.HEADTEACHER),
        factories.hq(),
    ]
    former = factories.member(award.school)
    former.school_memberships.update(ended_at=NOW)
    outside = [
        former,
        factories.member(award.school, Role.SCHOOL_FINANCE),
        factories.member(factories.school()),
        factories.hq(Role.HQ_FINANCE),
        factories.user(),
    ]
    for url in urls(award):
        assert [sign_in(one).get(url).status_code for one in inside] == [200, 200, 200]
        assert [sign_in(one).get(url).status_code for one in outside] == [404] * 5
    with pytest.raises(PermissionDenied):
        list_school(award, wanted=False, by=outside[2], now=NOW)


def test_the_way_there_leads_from_the_outcome_and_from_the_public_page():
    made = helpers.released(factories.hq())
    Award.objects.update(awarded_on=date(2026, 9, 1), valid_until=date(2029, 9, 1))
    award = Award.objects.get()
    head = made.school.memberships.get(role="headteacher").user
    leader = made.hub.memberships.get().user
    way, share = reverse("award", args=[made.pk]), reverse("award_share", args=[award.number])
    assert share in sign_in(head).get(way).content.decode()
    assert share in sign_in(head).get(award.get_absolute_url()).content.decode()
    for page in (way, award.get_absolute_url()):
        assert share not in sign_in(leader).get(page).content.decode()
    assert share not in Client().get(award.get_absolute_url()).content.decode()
    assert way in sign_in(head).get(share).content.decode()


def test_the_logo_pack_holds_drawings_pictures_badge_and_how_to_use_them():
    level = holding.levels()[2]
    award = holding.award(factories.school(name="Oak Primary"), level)
    response = sign_in(factories.member(award.school)).get(reverse("award_logo", args=[award.number]))
    assert response.headers["Content-Type"] == "application/zip"
    assert f"PSQM logo {award.number}.zip" in response.headers["Content-Disposition"]
    with zipfile.ZipFile(io.BytesIO(response.content)) as pack:
        assert pack.namelist() == [
            "PSQM Gold logo.svg",
            "PSQM Gold logo.png",
            "PSQM Gold medal.svg",
            "PSQM Gold medal.png",
            "How to use the logo.txt",
            f"Open Badge {award.number}.png",
        ]
        files = {name: pack.read(name) for name in pack.namelist()}
    drawing = etree.fromstring(files["PSQM Gold logo.svg"])
    assert drawing.findtext("{http://www.w3.org/2000/svg}title") == "Primary Science Quality Mark, Gold"
    # Outlines, no letters that another machine would set in another typeface.
    assert not drawing.findall(".//{http://www.w3.org/2000/svg}text")
    with Image.open(io.BytesIO(files["PSQM Gold logo.png"])) as picture:
        assert picture.mode == "RGBA"
        assert picture.width > picture.height == 810
        assert picture.getpixel((picture.width - 1, 0))[3] == 0
    guide = files["How to use the logo.txt"].decode("utf-8-sig")
    assert "For Oak Primary: level Gold, awarded Wednesday 10 September 2025" in guide
    assert f"http://localhost/certificates/{award.number}/" in guide


def test_a_level_of_another_framework_has_its_own_words():
    level = holding.levels()[2]
    level.name = "Out & <reach>"
    drawing = etree.fromstring(logos.drawn(level).encode())
    title = drawing.findtext("{http://www.w3.org/2000/svg}title")
    assert title == "Primary Science Quality Mark, Out & <reach>"


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ({"valid_until": date(2026, 11, 2)}, "This award ended on Monday 2 November 2026"),
        ({"status": "revoked"}, "This award was revoked"),
        ({"status": "superseded"}, "A newer award took this one’s place"),
    ],
)
def test_of_an_award_that_is_over_there_is_no_logo_and_no_press_release(fields, words):
    award = holding.award(**fields)
    client = sign_in(factories.member(award.school))
    page = client.get(reverse("award_share", args=[award.number])).content.decode()
    assert words in page
    assert "Download the logo" not in page
    assert "Press release" not in page
    with pytest.raises(Refused, match="whose award is valid"):
        logos.pack(award, day=holding.TODAY)
    answer = client.get(reverse("award_logo", args=[award.number]), follow=True)
    assert "Only a school whose award is valid may use the logo." in answer.content.decode()


# The press release --------------------------------------------------------------------------------------


def test_it_is_filled_in_and_what_a_name_holds_is_never_read_again():
    place = factories.school(name="{link} [x](http://evil.example) {event.__init__}", town="Ashbrook")
    award = holding.award(place, holding.levels()[1])
    text = press.filled(award)
    assert text.startswith(f"{place.name} awarded the Primary Science Quality Mark at Silver level\n")
    assert "made on Wednesday 10 September 2025 and is valid until Sunday 10 September 2028" in text
    assert f"http://localhost/certificates/{award.number}/" in text
    answer = sign_in(factories.member(place)).get(reverse("award_press", args=[award.number]))
    assert answer.headers["Content-Type"] == "text/plain; charset=utf-8"
    assert answer.content.decode("utf-8-sig").replace("\r\n", "\n") == text
    assert Client().get(reverse("award_press", args=[award.number])).status_code == 302


def test_hq_s_words_take_the_shipped_ones_place():
    award, hq = holding.award(factories.school(name="Oak Primary")), factories.hq()
    client, url = sign_in(hq), reverse("press_text")
    assert "has been awarded the Primary Science Quality Mark" in client.get(url).content.decode()
    answer = client.post(url, {"text": "{school} did it.\r\n\r\nRound {round}"}, follow=True)
    assert "Every school’s press release says it from now on." in answer.content.decode()
    assert PressText.objects.get().changed_by == hq
    # A paragraph whose fields are all empty is left out.
    assert press.filled(award) == "Oak Primary did it.\n"
    assert LogEntry.objects.filter(action="press_text.change", by_id=hq.pk).count() == 1


def test_a_field_that_there_isn_t_is_refused_and_what_was_typed_stays():
    answer = sign_in(factories.hq()).post(reverse("press_text"), {"text": "Well done {headteacher}"})
    page = answer.content.decode()
    assert "{headteacher} isn’t a field of the press release" in page
    assert "Well done {headteacher}" in page
    assert not PressText.objects.exists()
    with pytest.raises(Refused, match="{x} isn’t a field"):
        press.save("{x}", by=factories.hq(), now=NOW)
    with pytest.raises(PermissionDenied):
        press.save("x", by=factories.user(), now=NOW)


def test_of_two_who_change_it_the_second_sees_both():
    hq, url = factories.hq(), reverse("press_text")
    client = sign_in(hq)
    seen = client.get(url).context["form"]["seen"].value()
    press.save("Newer words", by=hq, now=NOW)
    answer = client.post(url, {"text": "Mine", "seen": seen})
    assert answer.status_code == 409
    assert "Newer words" in answer.content.decode()
    assert press.text() == "Newer words"


# In the directory or not --------------------------------------------------------------------------------


def test_a_school_takes_itself_out_of_the_directory_and_back():
    award = holding.award(factories.school(name="Oak Primary"))
    person = factories.member(award.school)
    client, url = sign_in(person), reverse("award_share", args=[award.number])
    for _ in range(2):
        answer = client.post(url, {"do": "unlist"}, follow=True).content.decode()
    assert "The directory doesn’t list Oak Primary from now on." in answer
    assert "Oak Primary" not in Client().get(reverse("directory")).content.decode()
    assert Client().get(award.get_absolute_url()).status_code == 200
    answer = client.post(url, {"do": "list"}, follow=True).content.decode()
    assert "The directory lists Oak Primary from now on." in answer
    assert "Oak Primary" in Client().get(reverse("directory")).content.decode()
    about = f"school:{award.school_id}"
    actions = LogEntry.objects.filter(about=about, by_id=person.pk).values_list("action", flat=True)
    assert sorted(actions) == ["directory.list", "directory.unlist"]


@pytest.mark.parametrize("both", [False, True])
def test_two_records_of_one_school_keep_the_wish(both):
    stays, goes = factories.school(name="Oak"), factories.school(name="Oak Primary")
    for place in (stays, goes) if both else (goes,):
        Unlisted.objects.create(school=place, by=factories.user(), at=NOW)
    merge(stays, goes, taken=set(), by=factories.hq(), now=NOW)
    assert [one.school_id for one in Unlisted.objects.all()] == [stays.pk]
