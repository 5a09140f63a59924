"""Appeals: who may, until when, who answers, by when; and that the answer waits for the new outcome."""

from datetime import date, timedelta

import pytest
import time_machine
from django.core.exceptions import PermissionDenied
from django.db import IntegrityError, transaction
from django.urls import reverse

from awards.domain import appeals, decisions
from awards.domain.appeal_machine import working_days_after
from awards.domain.decisions import Choice
from awards.models import Appeal, Award, Decision, Review
from messaging.models import Email
from psqm_portal.core.clock import london_day
from psqm_portal.core.machine import Refused
from psqm_portal.core.models import HistoryEntry
from psqm_portal.core.roles import Role
from submissions.domain.machine import submission_machine
from submissions.queries import hub_people, school_people
from tests import factories
from tests.awards import helpers
from tests.awards.helpers import RELEASE_DAY
from tests.support.queries import own_queries
from tests.support.races import at_once

pytestmark = pytest.mark.django_db

LATER = RELEASE_DAY + timedelta(days=2)


def told(hq=None, **fields):
    """A submission whose outcome was not yet, and the decision."""
    made = helpers.released(hq or factories.hq(), **{"level": None, **fields})
    return made, Decision.objects.select_related("submission").get(submission=made)


def leader_of(made):
    return school_people(made, Role.SUBJECT_LEADER)[0]


def head_of(made):
    return school_people(made, Role.HEADTEACHER)[0]


def raised(made, decision, *, now=LATER, reasons="The portfolio was overlooked."):
    return appeals.raise_appeal(decision, reasons, by=leader_of(made), now=now)


def mails(template):
    return Email.objects.filter(template=f"awards/mail/{template}")


def test_a_school_appeals_once_and_all_who_have_to_know_hear():
    hq = factories.hq()
    made, decision = told(hq)
    appeal = raised(made, decision)
    assert (appeal.status, appeal.due_on) == ("open", working_days_after(london_day(LATER), 15))
    assert {mail.recipient for mail in mails("appeal_raised")} == {hq}
    assert "The portfolio was overlooked." in mails("appeal_raised").get().text
    assert {mail.recipient for mail in mails("appeal_received")} == {leader_of(made), head_of(made)}
    with pytest.raises(Refused, match="has appealed against this outcome already"):
        appeals.raise_appeal(decision, "Once more.", by=head_of(made), now=LATER)
    with pytest.raises(IntegrityError), transaction.atomic():
        Appeal.objects.create(
            decision=decision, reasons="x", raised_by=hq, raised_at=LATER, due_on=LATER.date()
        )


def test_only_the_schools_leader_and_headteacher_appeal():
    hq = factories.hq()
    made, decision = told(hq)
    for person in (hub_people(made, Role.HUB_LEADER)[0], hq, factories.user()):
        with pytest.raises(PermissionDenied):
            appeals.raise_appeal(decision, "Why not.", by=person, now=LATER)
    finance = factories.member(made.school, Role.SCHOOL_FINANCE)
    with pytest.raises(PermissionDenied):
        appeals.raise_appeal(decision, "Why not.", by=finance, now=LATER)
    assert appeals.raise_appeal(decision, "See b2.", by=head_of(made), now=LATER).raised_by == head_of(made)


@pytest.mark.parametrize(("days", "is_open"), [(20, True), (21, False)])
def test_the_time_to_appeal_ends(days, is_open):
    made, decision = told()
    at = RELEASE_DAY + timedelta(days=days)
    if is_open:
        assert raised(made, decision, now=at).status == "open"
    else:
        with pytest.raises(Refused, match="The time to appeal is over: it ended on Tuesday 28 December 2027"):
            raised(made, decision, now=at)


def test_a_rounds_own_times_count():
    hq = factories.hq()
    made, decision = told(hq)
    appeals.set_terms(made.round, appeal_days=1, answer_days=2, by=hq, now=LATER)
    with pytest.raises(Refused, match="time to appeal is over"):
        raised(made, decision)
    appeal = raised(made, decision, now=RELEASE_DAY)
    assert appeal.due_on == working_days_after(london_day(RELEASE_DAY), 2)


def test_working_days_leave_weekends_out():
    friday = date(2026, 11, 20)
    assert working_days_after(friday, 1) == date(2026, 11, 23)
    assert working_days_after(friday, 15) == date(2026, 12, 11)
    assert working_days_after(date(2026, 11, 21), 1) == date(2026, 11, 23)


def test_nothing_to_appeal_against():
    hq = factories.hq()
    made = helpers.released(hq)
    decision = Decision.objects.get(submission=made)
    with pytest.raises(Refused, match="holds the level it aimed for"):
        raised(made, decision)
    waiting = helpers.decided(hq, level=None)
    with pytest.raises(Refused, match="There is no outcome to appeal against now"):
        raised(waiting, Decision.objects.get(submission=waiting))
    made, decision = told(hq)
    with pytest.raises(Refused, match="Write your reasons"):
        raised(made, decision, reasons="  ")


def test_a_lower_level_can_be_appealed_against():
    hq, cycle = factories.hq(), factories.round_()
    levels = {level.name: level for level in cycle.framework.levels.all()}
    made, decision = told(hq, cycle=cycle, target_level=levels["Gold"], level=levels["Silver"])
    assert raised(made, decision).status == "open"


def test_turned_down_the_school_reads_why_and_cant_appeal_again():
    hq, other = factories.hq(), factories.hq()
    made, decision = told(hq)
    appeal = raised(made, decision)
    with pytest.raises(Refused, match="Write the answer for the school"):
        appeals.turn_down(appeal, " ", by=other, now=LATER)
    appeal = appeals.turn_down(appeal, "We read b2 again; it stands.", by=other, now=LATER)
    assert (appeal.status, appeal.answered_by, appeal.told_at) == ("turned_down", other, LATER)
    assert "We read b2 again; it stands." in mails("appeal_turned_down").first().text
    assert mails("appeal_turned_down").count() == 2
    with pytest.raises(Refused, match="already"):
        raised(made, decision)
    with pytest.raises(Refused, match="it is turned down"):
        appeals.turn_down(appeal, "x", by=other, now=LATER)


def test_who_decided_doesnt_answer_unless_nobody_else_could():
    hq = factories.hq()
    made, decision = told(hq)
    appeal = raised(made, decision)
    other = factories.hq()
    for act in (
        lambda: appeals.turn_down(appeal, "No.", by=hq, now=LATER),
        lambda: decisions.uphold_appeal(Choice(made, made.target_level), reason="x", by=hq, now=LATER),
        lambda: appeals.ask_review(appeal, [helpers.reviewer()], by=hq, now=LATER),
    ):
        with pytest.raises(Refused, match="You took this decision, so somebody else"):
            act()
    other.hq_memberships.update(ended_at=LATER)
    assert appeals.turn_down(appeal, "It stands.", by=hq, now=LATER).status == "turned_down"


def test_nobody_of_the_school_answers():
    made, decision = told()
    appeal = raised(made, decision)
    other = factories.hq()
    factories.member(made.school, person=other)
    with pytest.raises(Refused, match="You are or were at"):
        appeals.turn_down(appeal, "No.", by=other, now=LATER)


def test_upheld_it_is_told_with_the_new_outcome_and_not_before():
    hq, other = factories.hq(), factories.hq()
    made, decision = told(hq)
    appeal = raised(made, decision)
    Email.objects.all().delete()
    made = decisions.uphold_appeal(
        Choice(made, made.target_level, "You were right."), reason="New look.", by=other, now=LATER
    )
    appeal.refresh_from_db()
    assert (appeal.status, appeal.answer, appeal.told_at) == ("upheld", "You were right.", None)
    assert Email.objects.count() == 0
    submission_machine.perform(made, "release", by=other, now=LATER)
    appeal.refresh_from_db()
    assert appeal.told_at == LATER
    text = Email.objects.get(recipient=leader_of(made)).text
    assert "Congratulations" in text
    assert "You appealed on Friday 10 December 2027, and the appeal was upheld." in text
    assert Award.objects.get(submission=made).status == "current"


def test_a_fresh_review_is_hqs_until_the_answer():
    hq, other, fresh = factories.hq(), factories.hq(), helpers.reviewer()
    made, decision = told(hq)
    appeal = appeals.ask_review(raised(made, decision), [fresh], by=other, now=LATER)
    assert appeal.status == "open"
    review = Review.objects.get(standing__user=fresh)
    assert review.standing.submission == made
    assert "Your review is due" not in mails("review_assigned").get(recipient=fresh).text
    made.refresh_from_db()
    assert made.status == "notified"
    helpers.finish(review)
    made.refresh_from_db()
    assert made.status == "notified"
    assert [one.action for one in HistoryEntry.objects.filter(machine="appeal").order_by("pk")] == [
        "raise",
        "ask_review",
    ]


def test_an_unfinished_fresh_review_is_taken_back_with_the_answer():
    hq, other, fresh = factories.hq(), factories.hq(), helpers.reviewer()
    made, decision = told(hq)
    appeal = raised(made, decision)
    appeals.ask_review(appeal, [fresh], by=other, now=LATER)
    appeals.turn_down(appeal, "It stands.", by=other, now=LATER)
    assert Review.objects.get(standing__user=fresh).status == "void"
    with pytest.raises(Refused, match="it is turned down"):
        appeals.ask_review(appeal, [helpers.reviewer()], by=other, now=LATER)


def test_a_reviewer_with_a_conflict_isnt_asked():
    hq, other = factories.hq(), factories.hq()
    made, decision = told(hq)
    appeal = raised(made, decision)
    with pytest.raises(Refused, match="conflict of interest"):
        appeals.ask_review(appeal, [hub_people(made, Role.HUB_LEADER)[0]], by=other, now=LATER)
    assert not Review.objects.filter(assigned_at=LATER).exists()


def test_hq_is_reminded_before_the_day_and_each_week_after():
    hq = factories.hq()
    made, decision = told(hq)
    due = raised(made, decision).due_on
    noon = LATER.replace(hour=12)
    for offset, count in [(-5, 0), (-4, 1), (-1, 1), (0, 1), (1, 2), (3, 2), (7, 2), (8, 3)]:
        at = noon + timedelta(days=(due - london_day(noon)).days + offset)
        for _ in range(2):
            appeals.remind(at)
        assert mails("appeal_due").count() == count, offset


@pytest.mark.postgresql
@pytest.mark.django_db(transaction=True)
def test_eight_appeals_at_once_are_one():
    hq = factories.hq()
    made, decision = told(hq)
    person = leader_of(made)
    done = at_once([lambda: appeals.raise_appeal(decision, "See b2.", by=person, now=LATER)] * 8)
    assert sum(isinstance(one, Appeal) for one in done) == 1
    assert sum(isinstance(one, Refused) for one in done) == 7
    assert mails("appeal_raised").count() == 1


# The pages -------------------------------------------------------------------------------------------


@pytest.fixture
def on_the_day():
    with time_machine.travel(LATER, tick=False):
        yield


def test_the_school_appeals_on_its_page_and_reads_the_answer(client, on_the_day):
    hq, other = factories.hq(), factories.hq()
    made, _ = told(hq)
    client.force_login(leader_of(made))
    award, url = reverse("award", args=[made.pk]), reverse("outcome_appeal", args=[made.pk])
    assert f'href="{url}"' in client.get(award).content.decode()
    assert "Enter your reasons" in client.post(url, {"reasons": ""}).content.decode()
    client.post(url, {"reasons": "See b2."})
    page = client.get(url).content.decode()
    assert "Your appeal is with HQ" in page
    assert "See b2." in page
    assert "It is with HQ, which answers by" in client.get(award).content.decode()
    appeals.turn_down(Appeal.objects.get(), "We looked: it stands.", by=other, now=LATER)
    assert "We looked: it stands." in client.get(url).content.decode()
    assert "Send the appeal" not in client.get(url).content.decode()


def test_after_the_deadline_the_page_says_so(client):
    made, _ = told()
    with time_machine.travel(RELEASE_DAY + timedelta(days=40), tick=False):
        client.force_login(head_of(made))
        page = client.get(reverse("outcome_appeal", args=[made.pk])).content.decode()
        assert "The time to appeal is over" in page
        assert "Send the appeal" not in page
        assert (
            "Appeal against the outcome" not in client.get(reverse("award", args=[made.pk])).content.decode()
        )


def test_the_hub_isnt_told_of_an_appeal(client, on_the_day):
    made, decision = told()
    raised(made, decision)
    client.force_login(hub_people(made, Role.HUB_LEADER)[0])
    assert "appeal" not in client.get(reverse("award", args=[made.pk])).content.decode().lower()
    assert client.get(reverse("outcome_appeal", args=[made.pk])).status_code == 403


def test_an_upheld_appeal_looks_like_an_open_one_until_the_release(client, on_the_day):
    hq, other = factories.hq(), factories.hq()
    made, decision = told(hq)
    raised(made, decision)
    client.force_login(leader_of(made))
    pages = [reverse("outcome_appeal", args=[made.pk]), reverse("award", args=[made.pk])]
    before = [main_of(client.get(page)) for page in pages]
    made = decisions.uphold_appeal(
        Choice(made, made.target_level, "You were right."), reason="New look.", by=other, now=LATER
    )
    assert [main_of(client.get(page)) for page in pages] == before
    submission_machine.perform(made, "release", by=other, now=LATER)
    assert "Your appeal was upheld" in client.get(pages[0]).content.decode()


def main_of(answer):
    return answer.content.decode().split("<main")[1].split("</main>")[0]


def test_hq_looks_asks_and_answers(client, on_the_day):
    hq, other, fresh = factories.hq(), factories.hq(), helpers.reviewer()
    made, decision = told(hq)
    appeal = raised(made, decision)
    client.force_login(other)
    assert f"{made.school} appeals" in client.get("/").content.decode()
    assert str(made.school) in client.get(reverse("round_appeals", args=[made.round.slug])).content.decode()
    url = appeal.get_absolute_url()
    assert "The portfolio was overlooked." in client.get(url).content.decode()
    client.post(f"{url}review/", {"reviewers": [fresh.pk]})
    assert fresh.name in client.get(url).content.decode()
    assert "Enter answer for the school" in client.post(f"{url}turn-down/", {"answer": ""}).content.decode()
    client.post(f"{url}turn-down/", {"answer": "It stands."})
    page = client.get(url).content.decode()
    assert "Turned down" in page
    assert "It stands." in page
    client.force_login(hq)
    assert client.get(f"{url}turn-down/").status_code == 200


def test_hq_sets_the_times(client, on_the_day):
    hq = factories.hq()
    made, _ = told(hq)
    client.force_login(hq)
    url = reverse("appeal_terms", args=[made.round.slug])
    assert "whole number" in client.post(url, {"appeal_days": "x", "answer_days": 5}).content.decode()
    client.post(url, {"appeal_days": 30, "answer_days": 10})
    page = client.get(reverse("round_appeals", args=[made.round.slug])).content.decode()
    assert "appeal for 30 days" in page
    assert "within 10 working days" in page


def test_a_late_answer_stands_in_red(client):
    made, decision = told()
    appeal = raised(made, decision)
    with time_machine.travel(LATER + timedelta(days=60), tick=False):
        client.force_login(factories.hq())
        assert "Late" in main_of(client.get(reverse("round_appeals", args=[made.round.slug])))
        assert "Late" in main_of(client.get(appeal.get_absolute_url()))
        client.force_login(head_of(made))
        assert "and we" in main_of(client.get(reverse("outcome_appeal", args=[made.pk])))


def test_r24_the_list_asks_as_much_for_many(client, on_the_day):
    hq, cycle = factories.hq(), factories.round_()
    raised(*told(hq, cycle=cycle))
    client.force_login(hq)
    path = reverse("round_appeals", args=[cycle.slug])
    assert own_queries(client, path) == 5
    for _ in range(5):
        raised(*told(hq, cycle=cycle))
    assert own_queries(client, path) == 5
