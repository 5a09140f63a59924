"""To HQ: a case's life, who reads it, and what settling it does."""

from datetime import date, timedelta
from decimal import Decimal
from functools import partial
from typing import Any

import pytest
from django.core.exceptions import PermissionDenied

from accounts.models import Invitation, User
from awards.models import Review, Standing
from hubs.domain.hubs import appoint
from hubs.models import Hub, HubMembership, Seat
from messaging.domain.conversations import post
from messaging.models import Email
from payments.domain.earnings import earn_for_school
from payments.models import Earning, EarningTerms, Moment
from psqm_portal.core.machine import Refused
from psqm_portal.core.models import HistoryEntry
from psqm_portal.core.roles import Role
from rounds.models import Step
from schools.models import School, SchoolMembership
from submissions.domain import cases, outcomes
from submissions.domain.case_machine import case_machine
from submissions.models import Case, Submission
from submissions.pages.cases import visible_to
from submissions.queries import places_of, roles_towards
from submissions.queries import visible_to as submissions_visible_to
from tests import factories as make
from tests.support.races import at_once

pytestmark = pytest.mark.django_db

TABLE = {
    "assign": ({"open"}, None),
    "set_due": ({"open"}, None),
    "close": ({"open"}, "closed"),
    "reopen": ({"closed"}, "open"),
}
WORDS: dict[str, Any] = {"reason": "The school is small.", "answer": "Done.", "now": make.NOW}


@pytest.fixture
def school() -> Submission:
    return make.submission()


@pytest.fixture
def admin() -> User:
    return make.hq()


def _case(about: Submission | Hub, by: User) -> Case:
    return cases.raise_case(about, kind="change", title="Sam  leaves", text="At Easter.", by=by, now=make.NOW)


def test_s06_a_cases_moves_are_hqs() -> None:
    moves = {name: move for name, move in case_machine.moves.items() if name != "raise"}
    assert {name: (set(move.sources), move.target) for name, move in moves.items()} == TABLE
    assert {str(role) for move in moves.values() for role in move.who} == {"HQ admin"}


@pytest.mark.parametrize("role", ["subject leader", "headteacher", "mentor", "hub leader", "HQ admin"])
def test_who_takes_part_tells_hq(school: Submission, role: str) -> None:
    place: Any = school.school if role in {"subject leader", "headteacher"} else school.hub
    person = {
        School: lambda: make.member(school.school, Role(role)),
        Hub: lambda: make.hub_member(school.hub, Role(role)),
    }[type(place)]() if role != "HQ admin" else make.hq()  # fmt: skip
    other = make.hq()
    case = _case(school, person)
    assert (case.title, case.hub, case.status, case.due_on) == (
        "Sam leaves", school.hub, "open", date(2026, 11, 10),
    )  # fmt: skip
    mails = Email.objects.filter(template="submissions/mail/case_raised")
    assert [mail.recipient for mail in mails] == [other]
    assert "At Easter." in mails[0].text
    assert str(school.school) in mails[0].subject


def test_nobody_else_tells_hq_of_it(school: Submission) -> None:
    strangers = [
        make.member(school.school, Role.SCHOOL_FINANCE), make.member(make.school()),
        make.hub_member(make.hub()), make.hq(Role.HQ_VIEWER), make.hq(Role.HQ_FINANCE),
    ]  # fmt: skip
    for person in strangers:
        with pytest.raises(PermissionDenied):
            _case(school, person)
    with pytest.raises(PermissionDenied):
        _case(school.hub, make.member(school.school))
    assert not Case.objects.exists()


def test_s03_a_case_is_read_by_hq_and_by_who_raised_it_while_they_belong(
    school: Submission, admin: User
) -> None:
    leader, colleague = make.member(school.school), make.member(school.school)
    hub_leader = make.hub_member(school.hub)
    about_school, about_hub = _case(school, leader), _case(school.hub, hub_leader)

    def seen(person: User) -> set[Case]:
        return set(visible_to(places_of(person), person))

    assert seen(admin) == {about_school, about_hub}
    assert seen(leader) == {about_school}
    assert seen(hub_leader) == {about_hub}
    for person in (colleague, make.hq(Role.HQ_VIEWER), make.hq(Role.HQ_FINANCE), make.user()):
        assert seen(person) == set()
    leader.school_memberships.update(ended_at=make.NOW)
    hub_leader.hub_memberships.update(ended_at=make.NOW)
    assert seen(leader) == seen(hub_leader) == set()


def test_hq_looks_after_it_and_settles_it(school: Submission, admin: User) -> None:
    leader, other = make.member(school.school), make.hq()
    case = _case(school, leader)
    with pytest.raises(Refused, match="Choose somebody of HQ"):
        cases.assign(case, leader, by=admin, now=make.NOW)
    case = cases.assign(case, other, by=admin, now=make.NOW)
    assert Email.objects.get(template="submissions/mail/case_given").recipient == other
    with pytest.raises(Refused, match="from today on"):
        cases.set_due(case, date(2026, 11, 2), by=admin, now=make.NOW)
    assert cases.set_due(case, date(2026, 12, 1), by=admin, now=make.NOW).due_on == date(2026, 12, 1)
    cases.note(case, "Rang them.", by=admin, now=make.NOW)
    with pytest.raises(PermissionDenied):
        cases.note(case, "Mine", by=leader, now=make.NOW)
    with pytest.raises(Refused, match="Write the answer"):
        outcomes.answer(case, answer=" ", by=admin, now=make.NOW)
    case = outcomes.answer(case, answer="Ask your head.", by=admin, now=make.NOW)
    assert (case.status, case.outcome, case.owner) == ("closed", "answered", other)
    answered = Email.objects.get(template="submissions/mail/case_answered")
    assert (answered.recipient, "Ask your head." in answered.text) == (leader, True)
    with pytest.raises(Refused, match="can't be done now"):
        outcomes.withdraw(case, **WORDS, by=admin)
    case = cases.reopen(case, reason="They wrote again.", by=admin, now=make.NOW)
    assert (case.status, case.outcome, case.answer) == ("open", "", "")
    assert HistoryEntry.objects.filter(machine="case", reason="Ask your head.").exists()


def test_only_hq_settles(school: Submission) -> None:
    leader = make.member(school.school)
    case = _case(school, leader)
    for person in (leader, make.hub_member(school.hub), make.hq(Role.HQ_FINANCE), make.hq(Role.HQ_VIEWER)):
        for verb in (partial(outcomes.withdraw, **WORDS), partial(outcomes.answer, answer="x", now=make.NOW)):
            with pytest.raises(PermissionDenied):
                verb(case, by=person)
    school.refresh_from_db()
    assert school.status == "enrolled"


# Handing over --------------------------------------------------------------------------------------------


def _hand_over(case: Case, by: User, email: str, leaving: list[User]) -> Case:
    held = list(SchoolMembership.objects.filter(user__in=leaving))
    return outcomes.hand_over(case, leaving=held, name="Nia New", email=email, **WORDS, by=by)


def test_handing_over_keeps_all_the_work_and_ends_the_old_right(school: Submission, admin: User) -> None:
    old, new, head = (
        make.member(school.school),
        make.user("Nia New"),
        make.member(school.school, Role.HEADTEACHER),
    )
    part = school.parts.get(code="a1")
    make.fill_part(part, by=old)
    before = list(school.parts.values()), list(school.evidence.values()), school.conversation_id
    case = _case(school, old)
    closed = _hand_over(case, admin, new.email, [old])
    school.refresh_from_db()
    assert (list(school.parts.values()), list(school.evidence.values()), school.conversation_id) == before
    assert roles_towards(old, school) == set()
    assert roles_towards(new, school) == {Role.SUBJECT_LEADER}
    assert closed.outcome == "handed_over"
    mails = Email.objects.filter(template="submissions/mail/handed_over")
    assert {mail.recipient for mail in mails} == {old, new, head}
    assert f"No longer subject leader: {old}." in mails[0].text
    assert HistoryEntry.objects.get(machine="submission", action="hand_over").reason == WORDS["reason"]


def test_handing_over_to_somebody_without_account_invites_them(school: Submission, admin: User) -> None:
    old, stays = make.member(school.school), make.member(school.school)
    _hand_over(_case(school, stays), admin, "Nia@New.example", [old])
    invitation = Invitation.objects.get()
    assert (invitation.email, invitation.role, invitation.scope) == (
        "nia@new.example", "subject leader", f"school:{school.school_id}",
    )  # fmt: skip
    assert roles_towards(stays, school) == {Role.SUBJECT_LEADER}


def test_a_refused_hand_over_changes_nothing(school: Submission, admin: User) -> None:
    old, stays = make.member(school.school), make.member(school.school)
    case = _case(school, old)
    for email, sentence in (
        (old.email, "one of those who leave"),
        (stays.email, "subject leader of .* already"),
    ):
        with pytest.raises(Refused, match=sentence):
            _hand_over(case, admin, email, [old])
    case.refresh_from_db()
    assert case.status == "open"
    assert roles_towards(old, school) == {Role.SUBJECT_LEADER}
    assert not Email.objects.filter(
        template__in=["submissions/mail/case_answered", "submissions/mail/handed_over"]
    )


def test_members_of_another_school_cant_be_ended_with_it(school: Submission, admin: User) -> None:
    elsewhere = make.member(make.school())
    _hand_over(_case(school, make.member(school.school)), admin, "nia@new.example", [elsewhere])
    assert elsewhere.school_memberships.get().ended_at is None


# Moving to another hub -----------------------------------------------------------------------------------


def _other_hub(school: Submission, seats: int = 2) -> tuple[Hub, User]:
    hub = make.hub()
    make.hub_round(hub, school.round, seats=seats)
    return hub, make.hub_member(hub)


def test_s04_moving_takes_the_old_hubs_right_at_once(school: Submission, admin: User) -> None:
    old_leader, mentor = make.hub_member(school.hub), make.hub_member(school.hub, Role.MENTOR)
    leader = make.member(school.school)
    hub, new_leader = _other_hub(school)
    old_seat, old_hub = school.seat, school.hub
    post(
        school.conversation, by=old_leader, body="Hello", now=make.NOW, tell=[], about=school.key, url="/",
        title="t",
    )  # fmt: skip
    case = outcomes.move_hub(_case(school, leader), hub=hub, **WORDS, by=admin)
    school.refresh_from_db()
    assert (school.hub, school.seat.hub_round.hub, case.outcome) == (hub, hub, "moved")
    assert old_seat in Seat.objects.free()
    for person in (old_leader, mentor):
        assert roles_towards(person, school) == set()
        assert not submissions_visible_to(person).exists()
    assert roles_towards(new_leader, school) == {Role.HUB_LEADER}
    assert school.conversation.messages.count() == 1
    told = {mail.recipient for mail in Email.objects.filter(template="submissions/mail/moved_hub")}
    assert told == {leader, new_leader}
    away = Email.objects.filter(template="submissions/mail/moved_away")
    assert {mail.recipient for mail in away} == {old_leader, mentor}
    assert str(old_hub) in away[0].subject


def test_a_move_that_cant_be_changes_nothing(school: Submission, admin: User) -> None:
    leader = make.member(school.school)
    case = _case(school, leader)
    full, _ = _other_hub(school, seats=0)
    leaderless = make.hub()
    make.hub_round(leaderless, school.round)
    not_there = make.hub()
    make.hub_member(not_there)
    own, own_leader = _other_hub(school)
    make.member(school.school, Role.HEADTEACHER, own_leader).school_memberships.update(ended_at=make.NOW)
    for hub, sentence in (
        (full, "has no free place"),
        (leaderless, "Nobody leads"),
        (not_there, "doesn't take part"),
        (own, "is or was at"),
        (school.hub, "is in .* already"),
    ):
        with pytest.raises(Refused, match=sentence):
            outcomes.move_hub(case, hub=hub, **WORDS, by=admin)
    case.refresh_from_db()
    fresh = Submission.objects.get(pk=school.pk)
    assert (case.status, fresh.hub, fresh.seat) == ("open", school.hub, school.seat)


def test_s05_a_moved_hub_takes_the_review_back(admin: User) -> None:
    """Who was to review it leads its new hub now; the old hub's people keep their conflict."""
    school = make.submission(status="submitted")
    old_leader = make.hub_member(school.hub)
    standing = Standing.objects.create(user=old_leader, submission=school, kind="conflict", why="leads")
    hub, reviewer = _other_hub(school)
    Submission.objects.filter(pk=school.pk).update(status="in_review")
    reviewing = Standing.objects.create(user=reviewer, submission=school, kind="reviewer")
    review = Review.objects.create(standing=reviewing, cycle=1, assigned_at=make.NOW)
    case = _case(school, make.member(school.school))
    outcomes.move_hub(case, hub=hub, **WORDS, by=admin)
    review.refresh_from_db()
    reviewing.refresh_from_db()
    standing.refresh_from_db()
    assert (review.status, reviewing.kind, standing.kind) == ("void", "conflict", "conflict")


def test_earnings_share_by_instalment_when_a_school_moves(school: Submission, admin: User) -> None:
    """What was earned stays with who led the hub then; what falls due later goes to the new leader, once."""
    EarningTerms.objects.create(round=school.round, share_enrolment=50, share_training=0, share_submission=50)
    old = make.hub_member(school.hub)
    earn_for_school(school, Moment.ENROLMENT, now=make.NOW)
    hub, new = _other_hub(school)
    outcomes.move_hub(_case(school, make.member(school.school)), hub=hub, **WORDS, by=admin)
    fresh = Submission.objects.get(pk=school.pk)
    earn_for_school(fresh, Moment.ENROLMENT, now=make.NOW)
    earn_for_school(fresh, Moment.SUBMISSION, now=make.NOW)
    lines = set(Earning.objects.values_list("payee", "instalment", "amount"))
    assert lines == {(old.pk, "enrolment", Decimal("175.00")), (new.pk, "submission", Decimal("175.00"))}


def test_a_line_without_leader_goes_to_the_new_hubs(school: Submission, admin: User) -> None:
    earn_for_school(school, Moment.ENROLMENT, now=make.NOW)
    hub, new = _other_hub(school)
    outcomes.move_hub(_case(school, make.member(school.school)), hub=hub, **WORDS, by=admin)
    assert Earning.objects.get().payee == new


@pytest.mark.postgresql
@pytest.mark.django_db(transaction=True)
def test_r01_the_last_place_is_taken_by_one_of_eight() -> None:
    cycle, admin = make.round_(), make.hq()
    hub = make.hub()
    make.hub_round(hub, cycle, seats=1)
    make.hub_member(hub)
    schools = [make.submission(cycle=cycle) for _ in range(8)]
    raised = [_case(one, make.member(one.school)) for one in schools]
    results = at_once([partial(outcomes.move_hub, case, hub=hub, **WORDS, by=admin) for case in raised])
    assert sum(isinstance(one, Case) for one in results) == 1
    assert sum(isinstance(one, Refused) for one in results) == 7
    assert Submission.objects.filter(hub=hub).count() == 1
    assert Case.objects.filter(status="closed").count() == 1


@pytest.mark.postgresql
@pytest.mark.django_db(transaction=True)
def test_r01_two_outcomes_at_once_are_one() -> None:
    school, admin = make.submission(), make.hq()
    case = _case(school, make.member(school.school))
    hub, _ = _other_hub(school)
    moves = [partial(outcomes.move_hub, case, hub=hub, **WORDS, by=admin)] * 4
    ends = [partial(outcomes.withdraw, case, **WORDS, by=admin)] * 4
    results = at_once([*moves, *ends])
    assert sum(isinstance(one, Case) for one in results) == 1
    assert sum(isinstance(one, Refused) for one in results) == 7
    assert HistoryEntry.objects.filter(machine="submission").count() == 1


# The rest ------------------------------------------------------------------------------------------------


def test_defer_withdraw_and_extend_act_by_the_verbs_that_exist(admin: User) -> None:
    one, two, three = make.submission(), make.submission(), make.submission()
    for each in (one, two, three):
        make.member(each.school)
    later = make.round_(opens=date(2027, 4, 1), framework=one.round.framework)
    make.hub_round(one.hub, later)
    case = outcomes.defer(_case(one, admin), round=later, hub=one.hub, **WORDS, by=admin)
    assert (case.outcome, one.continued_by.round) == ("deferred", later)
    assert outcomes.withdraw(_case(two, admin), **WORDS, by=admin).outcome == "withdrawn"
    case = outcomes.extend(_case(three, admin), step=Step.SUBMIT, until=date(2027, 7, 14), **WORDS, by=admin)
    assert (case.outcome, three.extensions.filter(step="submit").get().reason) == (
        "extended",
        WORDS["reason"],
    )
    assert [Submission.objects.get(pk=each.pk).status for each in (one, two)] == ["deferred", "withdrawn"]


def test_replacing_a_leader_at_once(school: Submission, admin: User) -> None:
    former, new = make.hub_member(school.hub), make.user()
    leader = make.member(school.school)
    later = make.NOW + timedelta(hours=1)
    case, _ = outcomes.replace_leader(
        _case(school.hub, former), name="Nia", email=new.email, answer="Thank you.", by=admin, now=later
    )
    assert case.outcome == "leader_replaced"
    assert (roles_towards(former, school), roles_towards(new, school)) == (set(), {Role.HUB_LEADER})
    assert Email.objects.get(template="submissions/mail/leads_hub").recipient == new
    assert Email.objects.get(template="submissions/mail/led_hub").recipient == former
    assert Email.objects.get(template="submissions/mail/new_hub_leader").recipient == leader
    with pytest.raises(Refused, match="leads .* already"):
        outcomes.replace_leader(
            _case(school, leader), name="Nia", email=new.email, answer="x", by=admin, now=later
        )


def test_replacing_means_the_hub_the_school_is_in_today(school: Submission, admin: User) -> None:
    raiser, old = make.member(school.school), make.hub_member(school.hub)
    case = _case(school, raiser)
    hub, _ = _other_hub(school)
    outcomes.move_hub(_case(school, raiser), hub=hub, **WORDS, by=admin)
    new = make.user()
    case.refresh_from_db()
    later = make.NOW + timedelta(hours=1)
    outcomes.replace_leader(case, name="Nia", email=new.email, answer="x", by=admin, now=later)
    assert set(HubMembership.objects.current().values_list("user", "hub")) == {
        (old.pk, case.hub_id), (new.pk, hub.pk),
    }  # fmt: skip


def test_replacing_a_leader_by_invitation_waits_for_them(school: Submission, admin: User) -> None:
    former = make.hub_member(school.hub)
    outcomes.replace_leader(
        _case(school.hub, former), name="Nia", email="nia@new.example", answer="x", by=admin, now=make.NOW
    )
    assert HubMembership.objects.current().get(hub=school.hub).user == former
    assert Invitation.objects.get().scope == f"hub:{school.hub_id}"
    appoint(school.hub, make.user(), Role.HUB_LEADER, now=make.NOW + timedelta(days=1))
    assert Email.objects.get(template="submissions/mail/led_hub").recipient == former
