"""A school's dates in calendars: its own, its hub's training, and what its hub's people see of it."""

from datetime import date, time, timedelta

import pytest

from hubs.domain.training import set_session
from hubs.models import HubMembership, HubRound
from psqm_portal.core.calendars import Dated
from psqm_portal.core.roles import Role
from rounds.models import Milestone, Step
from submissions.calendar import of_schools
from submissions.models import Extension, Status, Submission
from tests import factories as make
from tests.factories import NOW

pytestmark = pytest.mark.django_db
AUDIT = date(2026, 10, 31)


@pytest.fixture
def ours():
    """Ashbrook in the Chilterns, with training milestones in the round."""
    cycle = make.round_(name="Autumn 2026")
    for step, month in [(Step.TRAINING_1, 9), (Step.SESSION_2, 11)]:
        Milestone.objects.create(
            round=cycle, step=step, audience="school", label=step.label,
            opens_on=date(2026, month, 1), due_on=date(2026, month, 30),
        )  # fmt: skip
    return make.submission(
        cycle=cycle, place=make.school(name="Ashbrook"), in_hub=make.hub(name="Chilterns"), parts=False
    )


def by_step(dates: list[Dated], submission: Submission) -> dict[str, Dated]:
    prefix = f"submission-{submission.pk}-"
    return {one.key.removeprefix(prefix): one for one in dates if one.key.startswith(prefix)}


def extend(submission: Submission, until: date, step: str = "audit", days: int = 0) -> None:
    Extension.objects.create(
        submission=submission, step=step, until=until, reason="Ill", granted_at=NOW + timedelta(days=days)
    )


@pytest.mark.parametrize("role", [Role.SUBJECT_LEADER, Role.HEADTEACHER])
def test_who_works_at_the_school_has_its_dates(ours, role):
    person = make.member(ours.school, role)
    audit = by_step(of_schools(person), ours)["audit"]
    assert (audit.day, audit.about, audit.own, audit.extended, audit.sequence) == (
        AUDIT, ("Ashbrook",), True, False, 0,
    )  # fmt: skip
    assert audit.url == f"/submissions/{ours.pk}/audit/"
    for other in [make.member(ours.school, Role.SCHOOL_FINANCE), make.member(make.school()), make.hq()]:
        assert of_schools(other) == []


def test_the_newest_extension_is_the_date_and_counts_as_a_change(ours):
    person = make.member(ours.school)
    extend(ours, AUDIT + timedelta(days=20))
    extend(ours, AUDIT + timedelta(days=14), days=3)
    audit = by_step(of_schools(person), ours)["audit"]
    assert (audit.day, audit.extended, audit.sequence) == (AUDIT + timedelta(days=14), True, 2)
    assert audit.changed_at == NOW + timedelta(days=3)
    # Taken back: the round's day again, and one more change.
    extend(ours, AUDIT, days=4)
    audit = by_step(of_schools(person), ours)["audit"]
    assert (audit.day, audit.extended, audit.sequence) == (AUDIT, False, 3)


def test_training_goes_by_the_hubs_own_session(ours):
    person = make.member(ours.school)
    assert by_step(of_schools(person), ours)["training_1"].day == date(2026, 9, 30)
    # A hub that trains in two days has no session 2.
    assert "session_2" not in by_step(of_schools(person), ours)
    HubRound.objects.update(training="sessions")
    assert "session_2" in by_step(of_schools(person), ours)
    held = set_session(
        ours.seat.hub_round, "training_1", held_on=date(2026, 12, 4), starts_at=time(9, 30), ends_at=time(15),
        place="Hall", note="Bring tea", by=None, now=NOW,
    )  # fmt: skip
    dates = of_schools(person)
    assert "training_1" not in by_step(dates, ours)
    (session,) = [one for one in dates if one.key == f"session-{held.pk}"]
    assert (session.title, session.day, session.starts_at, session.ends_at, session.place, session.note) == (
        "Session 1", date(2026, 12, 4), time(9, 30), time(15), "Hall", "Bring tea",
    )  # fmt: skip
    assert (session.sequence, session.changed_at) == (0, NOW)
    set_session(
        ours.seat.hub_round, "training_1", held_on=date(2026, 12, 5), by=None, now=NOW + timedelta(days=1)
    )
    (moved,) = [one for one in of_schools(person) if one.key == session.key]
    assert (moved.day, moved.sequence, moved.changed_at) == (date(2026, 12, 5), 1, NOW + timedelta(days=1))


@pytest.mark.parametrize(
    ("status", "there"),
    [
        *[(status, True) for status in ("enrolled", "with_hub", "signed_off", "in_review", "decided")],
        *[(status, False) for status in ("withdrawn", "deferred", "not_submitted")],
    ],
)
def test_dates_go_with_the_submission(status, there):
    one = make.submission(status=status, parts=False)
    assert bool(of_schools(make.member(one.school))) is there


def test_the_outcome_has_a_page_once_it_is_told():
    """Before it, the address of the outcome would say that there is one."""
    for status in Status.DECIDED, Status.NOTIFIED:
        one = make.submission(status=status, parts=False)
        notify = by_step(of_schools(make.member(one.school)), one)["notify"]
        assert ("award" in notify.url) is (status == Status.NOTIFIED)


@pytest.mark.parametrize("role", [Role.HUB_LEADER, Role.MENTOR])
def test_hub_people_see_the_rounds_dates_once_and_a_schools_own(ours, role):
    second = make.submission(cycle=ours.round, in_hub=ours.hub, place=make.school(name="Brook"), parts=False)
    extend(second, AUDIT + timedelta(days=14))
    person = make.hub_member(ours.hub, role)
    dates = {one.key: one for one in of_schools(person)}
    milestone = ours.round.milestones.get(step="audit", audience="school")
    assert dates[f"milestone-{milestone.pk}"].title.startswith("Schools: Audit")
    assert not any(one.own for one in dates.values())
    assert dates[f"submission-{second.pk}-audit"].day == AUDIT + timedelta(days=14)
    assert by_step(list(dates.values()), ours) == {}
    # Training is on the hub's own list.
    assert not [one for one in dates.values() if "raining" in one.title]


def test_s04_the_dates_of_a_school_go_with_the_right_to_it(ours):
    leader, mentor = make.member(ours.school), make.hub_member(ours.hub, Role.MENTOR)
    extend(ours, AUDIT + timedelta(days=14))
    assert of_schools(leader)
    assert by_step(of_schools(mentor), ours)
    Submission.objects.filter(pk=ours.pk).update(hub=make.hub())
    assert of_schools(mentor) == []
    leader.school_memberships.update(ended_at=NOW)
    assert of_schools(leader) == []


def test_who_was_once_at_the_school_doesnt_see_it_as_its_hub_leader(ours):
    leader = make.hub_member(ours.hub)
    extend(ours, AUDIT + timedelta(days=14))
    make.member(ours.school, person=leader)
    leader.school_memberships.update(ended_at=NOW)
    assert HubMembership.objects.current().filter(user=leader).exists()
    assert by_step(of_schools(leader), ours) == {}
