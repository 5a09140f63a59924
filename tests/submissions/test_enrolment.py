"""Taking a school in: what it needs, what it brings."""

from typing import Any

import pytest
from django.core.exceptions import PermissionDenied

from accounts.models import Invitation, User
from hubs.models import Hub, Registration
from psqm_portal.core.machine import Refused
from psqm_portal.core.models import HistoryEntry
from psqm_portal.core.roles import Role
from rounds.models import Round
from submissions.domain.enrolment import enrol
from submissions.models import Submission
from tests import factories as make

pytestmark = pytest.mark.django_db


@pytest.fixture
def place() -> tuple[Round, Hub, User]:
    cycle, hub = make.round_(), make.hub()
    make.hub_round(hub, cycle, seats=2)
    return cycle, hub, make.hub_member(hub)


def _refused(registration: Registration, by: User) -> str:
    with pytest.raises(Refused) as sentence:
        enrol(registration, by=by, now=make.NOW)
    return str(sentence.value)


def test_enrolling_brings_everything_the_year_needs(place: tuple[Round, Hub, User]) -> None:
    cycle, hub, leader = place
    registration = make.registration(make.school(), hub, cycle)
    submission = enrol(registration, by=leader, now=make.NOW)
    assert (submission.status, submission.seat.number, submission.enrolled_at) == ("enrolled", 1, make.NOW)
    assert list(submission.parts.values_list("kind", "code", "status", "is_required")) == [
        ("action_plan", "action-plan", "draft", True),
        ("reflection", "a1", "draft", True),
        ("reflection", "a2", "draft", True),
        ("reflection", "a3", "draft", True),
        ("core_document", "document-1", "draft", True),
        ("core_document", "document-2", "draft", True),
    ]
    assert list(submission.audit.values_list("criterion__code", "rating")) == [
        ("A1", None), ("A2", None), ("A3", None),
    ]  # fmt: skip
    registration.refresh_from_db()
    assert registration.status == "accepted"
    invited = Invitation.objects.filter(scope=f"school:{submission.school_id}")
    assert {(one.email, one.role) for one in invited} == {
        (registration.subject_leader_email, "subject leader"),
        (registration.headteacher_email, "headteacher"),
    }
    entry = HistoryEntry.objects.get(machine="submission", subject_id=submission.pk)
    assert (entry.action, entry.source, entry.target, entry.by) == ("enrol", "", "enrolled", leader)


def test_who_is_at_the_school_already_is_not_invited_again(place: tuple[Round, Hub, User]) -> None:
    cycle, hub, leader = place
    school = make.school()
    registration = make.registration(school, hub, cycle)
    make.member(school, Role.SUBJECT_LEADER, make.user(email=registration.subject_leader_email))
    enrol(registration, by=leader, now=make.NOW)
    assert [one.role for one in Invitation.objects.all()] == ["headteacher"]


def test_what_stands_in_the_way_is_said(place: tuple[Round, Hub, User]) -> None:
    cycle, hub, leader = place
    assert _refused(make.registration(make.school(), None, cycle), make.hq()) == (
        "First choose a hub for this school."
    )
    not_agreed = make.registration(make.school(), hub, cycle, agreed=False)
    assert _refused(not_agreed, leader).startswith("The headteacher hasn't agreed yet.")
    busy = make.submission().school
    assert "already takes part in" in _refused(make.registration(busy, hub, cycle), leader)
    for _ in range(2):
        enrol(make.registration(make.school(), hub, cycle), by=leader, now=make.NOW)
    assert _refused(make.registration(make.school(), hub, cycle), leader) == (
        f"{hub} has no free place in {cycle}."
    )
    closed = make.registration(make.school(), hub, cycle)
    Round.objects.filter(pk=cycle.pk).update(status="closed")
    closed.refresh_from_db()
    assert _refused(closed, leader) == f"{cycle} isn't open for schools to join."
    assert Submission.objects.filter(round=cycle).count() == 2


@pytest.mark.parametrize("who", ["mentor", "other leader", "subject leader", "HQ viewer", "HQ finance"])
def test_nobody_else_enrols(place: tuple[Round, Hub, User], who: str) -> None:
    cycle, hub, _ = place
    school = make.school()
    people: dict[str, Any] = {
        "mentor": lambda: make.hub_member(hub, Role.MENTOR),
        "other leader": lambda: make.hub_member(make.hub()),
        "subject leader": lambda: make.member(school),
        "HQ viewer": lambda: make.hq(Role.HQ_VIEWER),
        "HQ finance": lambda: make.hq(Role.HQ_FINANCE),
    }
    with pytest.raises(PermissionDenied):
        enrol(make.registration(school, hub, cycle), by=people[who](), now=make.NOW)
    assert not Submission.objects.exists()


def test_a_round_may_ask_for_ase_membership(place: tuple[Round, Hub, User]) -> None:
    cycle, hub, leader = place
    Round.objects.filter(pk=cycle.pk).update(needs_ase_membership=True)
    without = make.registration(make.school(), hub, Round.objects.get(pk=cycle.pk))
    assert "Association for Science Education" in _refused(without, leader)
