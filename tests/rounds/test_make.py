from datetime import date, timedelta

import pytest
from django.core.exceptions import PermissionDenied

from psqm_portal.core.machine import Refused
from psqm_portal.core.models import HistoryEntry
from psqm_portal.core.roles import Role
from rounds.domain.machine import round_machine
from rounds.domain.make import make_round
from rounds.models import Kind, Round
from tests import factories
from tests.factories import NOW


def test_hq_makes_a_round_in_one_step(template, told):
    heard = told("round.made")
    hq = factories.hq()
    made = make_round(template(), 2026, by=hq, now=NOW)
    assert (made.name, made.slug, made.status, made.year) == ("Autumn 2026", "autumn-2026", "planned", 2026)
    assert made.milestones.count() == 25
    assert [(round_, occasion.by) for round_, occasion in heard] == [(made, hq)]
    entry = HistoryEntry.objects.get(machine="round", subject_id=made.pk)
    assert (entry.action, entry.target, entry.by) == ("make", "planned", hq)


def test_a_reaccreditation_round_has_a_name_of_its_own(template):
    made = make_round(template(kind=Kind.REACCREDITATION), 2026, by=None, now=NOW)
    assert (made.name, made.slug) == ("Autumn 2026 reaccreditation", "autumn-2026-reaccreditation")
    assert made.code == "26AR"


def test_the_same_round_twice_is_refused(template):
    make_round(template(), 2026, by=None, now=NOW)
    with pytest.raises(Refused, match="There is already a round called Autumn 2026"):
        make_round(template(), 2026, by=None, now=NOW)


@pytest.mark.parametrize("role", [Role.HQ_FINANCE, Role.HQ_VIEWER])
def test_only_hq_admin_makes_a_round(template, role):
    with pytest.raises(PermissionDenied):
        make_round(template(), 2026, by=factories.hq(role), now=NOW)
    assert not Round.objects.exists()


def test_a_year_nobody_means_is_refused(template):
    with pytest.raises(Refused, match="Choose a year between 2000 and 2100"):
        make_round(template(), 26, by=None, now=NOW)


def test_a_shift_moves_every_date(template):
    made = make_round(template(), 2026, by=None, now=NOW, shift=timedelta(days=-10))
    plan = made.milestones.get(step="action_plan", audience="school")
    sign_off = made.milestones.get(step="send_for_sign_off")
    assert (plan.opens_on, plan.due_on) == (date(2026, 10, 22), date(2026, 11, 20))
    assert sign_off.due_on == date(2027, 6, 6)


@pytest.mark.parametrize(
    ("status", "open_to_hq"),
    [("planned", {"open"}), ("open", {"close"}), ("closed", {"reopen", "archive"}), ("archived", set())],
)
def test_a_rounds_table(template, status, open_to_hq):
    made = make_round(template(), 2026, by=None, now=NOW)
    Round.objects.update(status=status)
    made.refresh_from_db()
    hq = factories.hq()
    assert {offer.action for offer in round_machine.offers(made, by=hq, now=NOW)} == open_to_hq
    for action in set(round_machine.moves) - open_to_hq:
        with pytest.raises(Refused):
            round_machine.perform(made, action, by=hq, now=NOW, reason="Why")


@pytest.mark.parametrize("action", ["open", "close", "reopen", "archive"])
def test_nobody_but_hq_admin_moves_a_round(template, action):
    made = make_round(template(), 2026, by=None, now=NOW)
    Round.objects.update(status="open" if action == "close" else "planned" if action == "open" else "closed")
    for person in [factories.user(), factories.hq(Role.HQ_FINANCE), factories.hq(Role.HQ_VIEWER)]:
        with pytest.raises(PermissionDenied):
            round_machine.perform(made, action, by=person, now=NOW, reason="Why")


def test_reopening_needs_a_reason(template):
    made = make_round(template(), 2026, by=None, now=NOW)
    Round.objects.update(status="closed")
    with pytest.raises(Refused, match="Write the reason"):
        round_machine.perform(made, "reopen", by=factories.hq(), now=NOW)


def test_a_round_without_dates_cant_open(template):
    made = make_round(template(), 2026, by=None, now=NOW)
    made.milestones.all().delete()
    with pytest.raises(Refused, match="no date for submitting"):
        round_machine.perform(made, "open", by=factories.hq(), now=NOW)
