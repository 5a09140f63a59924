"""Next year's round from this year's: the same calendar a year on, the settings and the fees."""

from datetime import date
from decimal import Decimal

import pytest
from django.core.exceptions import PermissionDenied

from payments.domain.terms import fees_of
from psqm_portal.core.machine import Refused
from psqm_portal.core.models import HistoryEntry
from psqm_portal.core.roles import Role
from rounds.domain.change import change_settings, move_milestone
from rounds.domain.make import a_year_on, copy_round, make_round
from rounds.models import Framework, Milestone, Round
from tests import factories
from tests.factories import NOW


@pytest.mark.parametrize(
    ("day", "then"),
    [
        (date(2026, 10, 31), date(2027, 10, 31)),
        (date(2027, 2, 28), date(2028, 2, 29)),  # the last of the month stays the last
        (date(2028, 2, 29), date(2029, 2, 28)),
        (date(2028, 2, 28), date(2029, 2, 28)),
        (date(2027, 6, 16), date(2028, 6, 16)),
    ],
)
def test_a_year_on_keeps_the_months_end(day, then):
    assert a_year_on(day) == then


def days(round_: Round) -> dict[tuple[str, str], tuple[date, date, str]]:
    return {
        (row.step, row.audience): (row.opens_on, row.due_on, row.label) for row in round_.milestones.all()
    }


@pytest.fixture
def autumn(template):
    return make_round(template(), 2026, by=None, now=NOW)


def test_a_copy_has_the_dates_a_year_on_settings_and_fees(template, autumn, told):
    hq, heard = factories.hq(), told("round.made")
    change_settings(autumn, by=hq, now=NOW, hub_capacity=8, names_reviewers=False)
    audit: Milestone = autumn.milestones.get(step="audit")
    move_milestone(audit, opens_on=date(2026, 9, 28), due_on=date(2026, 11, 6), by=hq, now=NOW)
    fees = fees_of(autumn)
    fees.small_school_pupils, fees.small_school = 60, Decimal("450.00")
    fees.save()
    # A later round of the same kind: a new round would take its fees, a copy doesn't.
    fees_of(make_round(template("spring"), 2027, by=None, now=NOW)).__class__.objects.filter(
        round__year=2027
    ).update(standard=Decimal("999.00"))

    made = copy_round(autumn, by=hq, now=NOW)

    assert (made.name, made.slug, made.status) == ("Autumn 2027", "autumn-2027", "planned")
    assert (made.hub_capacity, made.names_reviewers, made.framework) == (8, False, autumn.framework)
    found = days(made)
    assert found["audit", "school"][:2] == (date(2027, 9, 28), date(2027, 11, 6))
    assert found["session_3", "hub_leader"][:2] == (date(2027, 12, 1), date(2028, 3, 31))
    assert {key: row[2] for key, row in found.items()} == {key: row[2] for key, row in days(autumn).items()}
    assert (fees_of(made).standard, fees_of(made).small_school) == (fees.standard, Decimal("450.00"))
    assert [(one, occasion.given["copied_from"]) for one, occasion in heard[-1:]] == [(made, autumn)]
    entry = HistoryEntry.objects.get(machine="round", subject_id=made.pk)
    assert (entry.action, entry.reason, entry.by) == ("copy", "From Autumn 2026", hq)


def test_sending_for_sign_off_keeps_its_distance_from_the_close(autumn):
    """A close at the end of February moves by a day more in a leap year, and what counts back from it too."""
    Milestone.objects.filter(round=autumn, step="submit").update(
        opens_on=date(2027, 2, 1), due_on=date(2027, 2, 28)
    )
    Milestone.objects.filter(round=autumn, step="send_for_sign_off").update(
        opens_on=date(2027, 2, 1), due_on=date(2027, 2, 14)
    )
    found = days(copy_round(autumn, by=None, now=NOW))
    assert found["submit", "school"][1] == date(2028, 2, 29)
    assert found["send_for_sign_off", "school"][1] == date(2028, 2, 15)


def test_a_copy_comes_once_and_only_by_hq_admin(autumn):
    with pytest.raises(PermissionDenied):
        copy_round(autumn, by=factories.hq(Role.HQ_VIEWER), now=NOW)
    copy_round(autumn, by=None, now=NOW)
    with pytest.raises(Refused, match="There is already a round called Autumn 2027"):
        copy_round(autumn, by=None, now=NOW)


def test_another_framework_can_be_chosen_if_it_is_offered(template, autumn):
    other = Framework.objects.get(name="PSQM, Gilt, Outreach")
    with pytest.raises(Refused, match="isn't offered for new rounds"):
        copy_round(autumn, by=None, now=NOW, framework=other)
    with pytest.raises(Refused, match="isn't offered for new rounds"):
        make_round(template("spring"), 2026, by=None, now=NOW, framework=other)
    Framework.objects.update(is_active=True)
    other.refresh_from_db()
    assert copy_round(autumn, by=None, now=NOW, framework=other).framework == other
    assert make_round(template("spring"), 2026, by=None, now=NOW, framework=other).framework == other
