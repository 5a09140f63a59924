"""HQ's queue: what comes in and why, who looks, notes of two people, a further review, and the decision."""

from datetime import timedelta
from functools import partial

import pytest
import time_machine
from django.core.exceptions import PermissionDenied
from django.test import Client

from awards.domain import assignment, decisions, moderation, reviewing
from awards.domain.moderation import Reason
from awards.domain.words import Draft
from awards.models import Moderation, ModerationNote
from awards.pages.moderation import compared, queue_of, sent_reviews
from psqm_portal.core.machine import Refused
from psqm_portal.core.models import LogEntry
from psqm_portal.core.roles import Role
from rounds.models import Criterion
from submissions.models import Submission
from tests import factories
from tests.awards import helpers
from tests.factories import NOW
from tests.support.queries import own_queries
from tests.support.races import at_once

pytestmark = pytest.mark.django_db
LATER = NOW + timedelta(hours=1)


@pytest.fixture(autouse=True)
def _today():
    with time_machine.travel(NOW, tick=False):
        yield


@pytest.fixture
def hq(settings):
    settings.SECOND_FACTOR_REQUIRED = False
    return factories.hq(person=factories.user("Hana Quill"))


def signed_in(person) -> Client:
    client = Client()
    client.force_login(person)
    return client


def reviewed(hq, *said: dict, cycle=None) -> Submission:
    """Each reviewer's recommendation, note and A1 as given; else they say met, level and no note."""
    made = helpers.submitted(cycle=cycle)
    assignment.assign(made, [helpers.reviewer() for _ in said], by=hq, now=NOW)
    for review, words in zip(helpers.reviews_of(made), said, strict=True):
        full = helpers.full_draft(review, words.get("says", "level"))
        first = Criterion.objects.get(strand__framework=made.round.framework, code="A1").pk
        judgements = {**full.judgements, first: (words.get("a1", "met"), "About A1.")}
        draft = Draft(full.recommendation, full.narrative, words.get("note", ""), judgements)
        reviewing.save_draft(review, draft, by=review.standing.user)
        reviewing.complete(review, by=review.standing.user, now=NOW)
    made.refresh_from_db()
    return made


@pytest.mark.parametrize(
    ("said", "reasons"),
    [
        (({}, {}), []),
        (({}, {"says": "not_yet"}), [Reason.DIFFER, Reason.NOT_YET]),
        (({"says": "not_yet"}, {"says": "not_yet"}), [Reason.NOT_YET]),
        (({"a1": "not_met"}, {"a1": "strongly_met"}), [Reason.APART]),
        (({"a1": "met"}, {"a1": "strongly_met"}), []),
        (({}, {"note": "Ask about the photos."}), [Reason.NOTE]),
        (({"note": "  "}, {}), []),
        (
            ({"says": "not_yet", "a1": "not_met", "note": "Hm."}, {"a1": "strongly_met"}),
            [Reason.DIFFER, Reason.NOT_YET, Reason.APART, Reason.NOTE],
        ),
    ],
)
def test_what_brings_a_submission_into_the_queue(hq, said, reasons):
    made = reviewed(hq, *said)
    assert queue_of(made.round).reasons == ({made.pk: reasons} if reasons else {})


def test_reviews_of_an_earlier_cycle_or_still_open_don_t_count(hq):
    made = reviewed(hq, {"says": "not_yet"}, {})
    Submission.objects.filter(pk=made.pk).update(cycle=2)
    assert queue_of(made.round).reasons == {}
    Submission.objects.filter(pk=made.pk).update(cycle=1, status="in_review")
    assert queue_of(made.round).reasons == {made.pk: [Reason.DIFFER, Reason.NOT_YET]}
    made.round.reviews_per_submission = 3
    assert queue_of(made.round).reasons == {}


def test_hq_chooses_one_by_hand_and_has_to_say_why(hq):
    made = reviewed(hq, {}, {})
    client = signed_in(hq)
    url = f"/rounds/{made.round.slug}/moderation/"
    assert "Nothing to look at" in client.get(url).content.decode()
    wrong = client.post(f"{url}choose/", {"submission": made.pk, "why": " "}).content.decode()
    assert "There is a problem" in wrong
    done = client.post(f"{url}choose/", {"submission": made.pk, "why": "A hub’s first school."}, follow=True)
    assert "A hub’s first school." in done.content.decode()
    assert queue_of(made.round).reasons == {made.pk: [Reason.BY_HAND]}
    with pytest.raises(Refused, match=r"^Hana Quill chose .* already\.$"):
        moderation.choose(made, why="Again", by=factories.hq(), now=NOW)
    assert [row.action for row in LogEntry.objects.filter(action__startswith="moderation.")] == [
        "moderation.choose"
    ]


def test_two_people_of_hq_don_t_do_the_same_work(hq):
    made, other = reviewed(hq, {"says": "not_yet"}, {}), factories.hq()
    moderation.look(made, by=hq, now=NOW)
    with pytest.raises(
        Refused, match=r"^Hana Quill has looked at it since Tuesday 3 November 2026 at 9am\.$"
    ):
        moderation.look(made, by=other, now=LATER)
    third = factories.hq()
    moderation.look(made, by=third, now=LATER, instead_of=hq)
    # The page of the second still says Hana: what it would take over has changed.
    with pytest.raises(Refused, match="has looked at it since"):
        moderation.look(made, by=other, now=LATER, instead_of=hq)
    with pytest.raises(Refused, match="You aren't looking at it now"):
        moderation.leave(made, by=hq, now=LATER)
    moderation.leave(made, by=third, now=LATER)
    moderation.look(made, by=other, now=LATER)
    assert Moderation.objects.get().looked_by == other


@pytest.mark.postgresql
@pytest.mark.django_db(transaction=True)
def test_r04_of_four_who_take_it_at_once_one_has_it_and_all_notes_are_kept():
    hq = factories.hq()
    made, people = reviewed(hq, {"says": "not_yet"}, {}), [factories.hq() for _ in range(4)]
    ends = at_once([partial(moderation.look, made, by=one, now=NOW) for one in people])
    assert sorted(type(end).__name__ for end in ends) == ["Moderation", "Refused", "Refused", "Refused"]
    notes = [partial(moderation.add_note, made, text=f"Note {n}", by=hq, now=NOW) for n in range(4)]
    at_once(notes)
    assert sorted(ModerationNote.objects.values_list("text", flat=True)) == [f"Note {n}" for n in range(4)]
    assert Moderation.objects.count() == 1


def test_only_hq_s_admins_moderate_and_none_a_school_of_their_own(hq):
    made = reviewed(hq, {"says": "not_yet"}, {})
    acts = [
        partial(moderation.look, made, now=NOW),
        partial(moderation.leave, made, now=NOW),
        partial(moderation.choose, made, why="x", now=NOW),
        partial(moderation.add_note, made, text="x", now=NOW),
    ]
    reviewer = helpers.reviews_of(made)[0].standing.user
    for person in (reviewer, factories.hq(Role.HQ_VIEWER), factories.hq(Role.HQ_FINANCE)):
        for act in acts:
            with pytest.raises(PermissionDenied):
                act(by=person)
    factories.member(made.school, person=hq)
    for act in acts:
        with pytest.raises(Refused, match="You are or were at"):
            act(by=hq)
    page = signed_in(hq).get(f"/rounds/{made.round.slug}/moderation/{made.pk}/").content.decode()
    assert "somebody else in HQ looks at its reviews" in page
    assert "Add this note" not in page


def test_s01_nobody_else_sends_anything(hq):
    made = reviewed(hq, {"says": "not_yet"}, {})
    url = f"/rounds/{made.round.slug}/moderation/"
    given = {"text": "x", "why": "x", "submission": made.pk, "reviewer": hq.pk}
    reviewer, viewer = helpers.reviews_of(made)[0].standing.user, factories.hq(Role.HQ_VIEWER)
    for person in (reviewer, viewer, made.hub.memberships.get().user):
        client = signed_in(person)
        for path in ("choose/", f"{made.pk}/note/", f"{made.pk}/look/", f"{made.pk}/third/"):
            assert client.post(url + path, given).status_code == 403, path
    assert not Moderation.objects.exists()


def test_nothing_is_moderated_once_the_outcome_is_told(hq):
    made = helpers.released(hq)
    with pytest.raises(Refused, match="isn't moderated now: it is outcome told"):
        moderation.add_note(made, text="Late", by=hq, now=NOW)


def test_the_reviews_stand_beside_each_other_with_their_differences_and_the_work(hq):
    made = reviewed(hq, {"a1": "not_met", "note": "Ask about the photos."}, {"a1": "strongly_met"})
    reviews = sent_reviews(made)
    assert [row.apart for row in compared(made, reviews, today=NOW.date())] == [2, 0, 0]
    page = signed_in(hq).get(f"/rounds/{made.round.slug}/moderation/{made.pk}/").content.decode()
    assert "Two steps apart on a criterion" in page
    assert 'The reviewers differ on <a class="govuk-link" href="#criterion-A1">A1</a>.' in page
    assert "Ask about the photos." in page
    assert "What changed, and how we know." in page
    assert "It shows how pupils choose questions." in page
    for review in reviews:
        assert f'href="/reviews/{review.pk}/"' in page
    assert f'href="/rounds/{made.round.slug}/decisions/{made.pk}/"' in page


def test_a_further_review_is_asked_of_somebody_without_a_conflict_and_with_least_to_do(hq):
    made = reviewed(hq, {"says": "not_yet"}, {})
    free = helpers.reviewer("Free Person")
    url = f"/rounds/{made.round.slug}/moderation/{made.pk}/"
    client = signed_in(hq)
    page = client.get(url).content.decode()
    assert "Free Person" in page
    assert "There is a problem" in client.post(f"{url}third/", {}).content.decode()
    barred = helpers.reviews_of(made)[0].standing.user
    assert "There is a problem" in client.post(f"{url}third/", {"reviewer": barred.pk}).content.decode()
    done = client.post(f"{url}third/", {"reviewer": free.pk}, follow=True).content.decode()
    assert "Free Person is asked for another review." in done
    assert "Asked, not in yet" in done
    made.refresh_from_db()
    assert made.status == "in_review"
    assert made.pk in queue_of(made.round).reasons
    helpers.finish(helpers.reviews_of(made)[2])
    assert len(sent_reviews(made)) == 3


def test_notes_are_added_and_shown_to_hq_alone(hq):
    made = reviewed(hq, {"says": "not_yet"}, {})
    url = f"/rounds/{made.round.slug}/moderation/{made.pk}/"
    client = signed_in(hq)
    assert "Enter note" in client.post(f"{url}note/", {"text": " "}).content.decode()
    client.post(f"{url}note/", {"text": "I rang the hub leader.\n<script>x</script>"})
    page = client.get(url).content.decode()
    assert "I rang the hub leader." in page
    assert "<script>x" not in page
    reviewer = helpers.reviews_of(made)[0].standing.user
    theirs = signed_in(reviewer).get(f"/reviews/{helpers.reviews_of(made)[0].pk}/").content.decode()
    assert "I rang" not in theirs


@pytest.mark.parametrize("how", ["apart", "by_hand"])
def test_what_recommendations_don_t_show_is_settled_in_words_before_a_decision(hq, how):
    if how == "apart":
        made = reviewed(hq, {"a1": "not_met"}, {"a1": "strongly_met"})
    else:
        made = reviewed(hq, {}, {})
        moderation.choose(made, why="A first school.", by=hq, now=NOW)
    choice = decisions.Choice(made, made.target_level)
    done, problems = decisions.decide_many([choice], by=hq, now=NOW)
    assert done == []
    assert problems[0].endswith("Look at it under Moderation and write a note there first.")
    moderation.add_note(made, text="Both mean the same lesson.", by=hq, now=NOW)
    assert decisions.decide(choice, by=hq, now=NOW).status == "decided"
    assert queue_of(made.round).reasons == {}
    assert made.pk in queue_of(made.round, settled=True).reasons


def test_a_private_note_alone_holds_nothing_up(hq):
    made = reviewed(hq, {"note": "Lovely work."}, {})
    decided = decisions.decide(decisions.Choice(made, made.target_level), by=hq, now=NOW)
    assert decided.status == "decided"


def test_the_queue_by_reason(hq):
    cycle = factories.round_()
    differ = reviewed(hq, {"says": "not_yet"}, {}, cycle=cycle)
    noted = reviewed(hq, {"note": "Read this."}, {}, cycle=cycle)
    client, url = signed_in(hq), f"/rounds/{cycle.slug}/moderation/"
    everything = client.get(url).content.decode()
    assert str(differ.school) in everything
    assert str(noted.school) in everything
    only = client.get(f"{url}?reason=note").content.decode().split("<table")[1].split("</table>")[0]
    assert str(noted.school) in only
    assert str(differ.school) not in only


@pytest.mark.parametrize("submissions", [10, 30])
def test_r24_the_queue_costs_the_same_at_any_size(hq, submissions):
    cycle = factories.round_()
    for _ in range(submissions):
        made = reviewed(
            hq, {"says": "not_yet", "a1": "not_met", "note": "x"}, {"a1": "strongly_met"}, cycle=cycle
        )
        moderation.look(made, by=hq, now=NOW)
    assert own_queries(signed_in(hq), f"/rounds/{cycle.slug}/moderation/") == 11


@pytest.mark.parametrize("criteria", [3, 13])
def test_r24_a_submission_s_page_costs_the_same_however_much_there_is(hq, criteria):
    cycle = factories.round_(framework=factories.framework(criteria=criteria))
    made = reviewed(hq, {"says": "not_yet"}, {}, cycle=cycle)
    for number in range(criteria):
        moderation.add_note(made, text=f"Note {number}", by=hq, now=NOW)
    assert own_queries(signed_in(hq), f"/rounds/{cycle.slug}/moderation/{made.pk}/") == 21
