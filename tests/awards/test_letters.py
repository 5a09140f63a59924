"""The letter to print, as what it says and as a document that everybody can read."""

import io

import pikepdf
import pypdfium2
import pytest
import time_machine
from django.urls import reverse

from awards.domain import letters
from awards.models import Award, Decision
from messaging.domain import texts
from messaging.domain.wording import Wording
from messaging.registers import mail_kinds
from psqm_portal.core.roles import Role
from rounds.models import Audience, Milestone, Step
from submissions.queries import school_people
from tests import factories
from tests.awards import helpers
from tests.awards.helpers import RELEASE_DAY

pytestmark = pytest.mark.django_db


def text_of(content: bytes) -> str:
    with pypdfium2.PdfDocument(content) as document:
        assert len(document) == 1
        return " ".join(document[0].get_textpage().get_text_bounded().split())


def letter_of(made) -> bytes:
    decision = Decision.objects.select_related("level", "submission__school", "submission__target_level").get(
        submission=made
    )
    award = Award.objects.filter(submission=made).first()
    return letters.pdf(letters.told_context(decision, award))


def test_an_award_and_its_number():
    made = helpers.released(factories.hq())
    text, award = text_of(letter_of(made)), Award.objects.get()
    assert f"Dear {school_people(made, Role.HEADTEACHER)[0]}," in text
    assert f"{made.school} has been awarded the Primary Science Quality Mark at Bronze" in text
    assert award.number in text
    assert "appeal until" not in text


def test_not_yet_says_what_next_whom_to_talk_to_and_until_when_to_appeal():
    hq = factories.hq()
    made = helpers.released(hq, level=None)
    following = factories.round_(framework=made.round.framework)
    Milestone.objects.update_or_create(
        round=following,
        step=Step.RECRUIT,
        audience=Audience.HUB_LEADER,
        defaults={"opens_on": RELEASE_DAY.date(), "due_on": RELEASE_DAY.date().replace(year=2028)},
    )
    text = text_of(letter_of(made))
    leader = made.hub.memberships.get().user
    assert f"your hub leader, {leader}" in text
    assert f"You can take part again in {following}; schools register until" in text
    assert "you can appeal until Tuesday 28 December 2027" in text
    assert "within 15 working days" in text


def test_the_letter_is_tagged_titled_and_in_english():
    with pikepdf.open(io.BytesIO(letter_of(helpers.released(factories.hq(), level=None)))) as pdf:
        assert bool(pdf.Root.MarkInfo.Marked)
        assert "/StructTreeRoot" in pdf.Root
        assert str(pdf.Root.Lang).startswith("en")
        with pdf.open_metadata() as meta:
            assert "the outcome for" in str(meta["dc:title"])
            assert meta["pdfuaid:part"] == "1"


def test_hq_writes_its_own_words_and_they_stand_in_preview_and_letter(client):
    hq = factories.hq()
    made = helpers.decided(hq, level=None)
    kind = mail_kinds[letters.NOT_YET]
    texts.edit(
        kind, Wording("News for {school}", "Dear {headteacher},\n\nRing {talk_to}."), by=hq, now=RELEASE_DAY
    )
    leader = made.hub.memberships.get().user
    with time_machine.travel(RELEASE_DAY, tick=False):
        client.force_login(hq)
        answer = client.get(reverse("round_letter", args=[made.round.slug, made.pk]))
        assert answer["Content-Type"] == "application/pdf"
        assert answer["Cache-Control"] == "private, no-store"
        assert f"Ring your hub leader, {leader}." in text_of(answer.content)
        client.force_login(school_people(made, Role.HEADTEACHER)[0])
        assert client.get(reverse("award_letter", args=[made.pk])).status_code == 302


def test_what_people_typed_stays_what_it_is():
    """S24 and S25: a school's name is text in the letter."""
    made = helpers.released(factories.hq(), level=None)
    type(made.school).objects.filter(pk=made.school_id).update(
        name="<img src=file:///etc/passwd> {link} & Co"
    )
    made.refresh_from_db()
    assert "<img src=file:///etc/passwd> {link} & Co" in text_of(letter_of(made))


def test_the_school_opens_its_letter_and_its_hub_too(client):
    made = helpers.released(factories.hq(), level=None)
    with time_machine.travel(RELEASE_DAY, tick=False):
        for person in (school_people(made, Role.HEADTEACHER)[0], made.hub.memberships.get().user):
            client.force_login(person)
            answer = client.get(reverse("award_letter", args=[made.pk]))
            assert str(made.school) in text_of(answer.content)
        client.force_login(factories.user())
        assert client.get(reverse("award_letter", args=[made.pk])).status_code == 404
