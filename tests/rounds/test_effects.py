"""What opening, closing, reopening and archiving a round says before it is done, and what then is so."""

from datetime import UTC, date, datetime
from decimal import Decimal

import pytest

from hubs.domain.registrations import register
from payments.domain.terms import fees_of
from psqm_portal.core.machine import Refused
from rounds.domain import effects
from rounds.domain.machine import round_machine
from rounds.domain.reminders import send_reminders
from rounds.models import Milestone, Reminder, Round
from submissions.domain.enrolment import enrol
from tests import factories as make

pytestmark = pytest.mark.django_db
# 16 November 2026: the factory's audit was due on 31 October, the plan is due on 30 November.
NOW = datetime(2026, 11, 16, 9, 0, tzinfo=UTC)


def said(cycle: Round, action: str) -> list[str]:
    return [effect.sentence for effect in effects.of(cycle, action, NOW)]


@pytest.fixture
def cycle() -> Round:
    return make.round_()


def test_opening_names_what_is_late_from_the_start_and_who_is_reminded(cycle: Round) -> None:
    hub = make.hub()
    make.hub_member(hub)
    one = make.submission(cycle=cycle, in_hub=hub)
    make.member(one.school)
    Round.objects.update(status="planned")
    cycle.refresh_from_db()
    late, reminders, places, fee = said(cycle, "open")
    assert late.startswith(
        "“Audit against the criteria and decide on a level” (Schools, Saturday 31 October 2026)"
    )
    assert late.endswith("were due already: who owes it is late from the start.")
    # The plan's 14 days before and the audit's 10 days after; the hub leader is copied.
    assert reminders.endswith("2 people get one with the next reminders.")
    assert places == "Schools can register and be enrolled. 1 hub takes part, with 9 free places of 10."
    assert fee.startswith(
        "Each school that is enrolled gets an invoice of £750.00, but the fees don’t say yet"
    )
    assert Round.objects.get().status == "planned"
    round_machine.perform(cycle, "open", by=make.hq(), now=NOW)
    send_reminders(NOW)
    assert Reminder.objects.filter(state="sent").values("person").distinct().count() == 2


def test_opening_without_hubs_says_so(cycle: Round) -> None:
    assert any(one.startswith("No hub takes part yet.") for one in said(cycle, "open"))


def test_opening_names_the_fee_or_that_it_is_missing(cycle: Round) -> None:
    fees = fees_of(cycle)
    fees.how_to_pay, fees.small_school = "By transfer", Decimal("450.00")
    fees.save()
    told = "Each school that is enrolled gets an invoice of £750.00. A very small school pays less."
    assert said(cycle, "open")[-1] == told
    fees.standard = None
    fees.save()
    assert said(cycle, "open")[-1].startswith("The fee isn’t set, so invoices wait")


def test_closing_says_what_becomes_of_registrations_and_live_work_and_so_it_is(cycle: Round) -> None:
    hub, hq = make.hub(), make.hq()
    make.hub_member(hub)
    for status in ("enrolled", "signed_off", "in_review"):
        make.member(make.submission(cycle=cycle, in_hub=hub, status=status).school)
    waiting = make.registration(make.school(name="Birch Primary"), hub, cycle)
    reminders, registrations, working, going_on, money = said(cycle, "close")
    assert reminders.startswith("No reminder of this round goes any more")
    assert "1 registration waits for an answer: Birch Primary." in registrations
    assert working.startswith("2 schools are still working.")
    assert "until the end of Tuesday 29 June 2027" in working
    assert going_on.startswith("1 submission is in review or waiting for an outcome.")
    assert money == "Closing changes no invoice and no earning."

    round_machine.perform(cycle, "close", by=hq, now=NOW)
    cycle.refresh_from_db()
    waiting.refresh_from_db()
    assert waiting.status == "waiting"
    send_reminders(NOW)
    assert not Reminder.objects.exists()
    with pytest.raises(Refused, match="isn't open for schools to join"):
        enrol(waiting, by=hq, now=NOW)
    with pytest.raises(Refused, match="doesn't take registrations now"):
        register(cycle, make.school(), {}, by=hq, now=NOW)
    assert [s for s in said(cycle, "reopen") if "Birch Primary" in s]


def test_closing_an_empty_round_says_that_too(cycle: Round) -> None:
    assert said(cycle, "close") == [
        "No reminder of this round goes any more. Nothing is owed in it.",
        "No registration waits for an answer. No school can register or be enrolled any more.",
        "No submission is under way in this round.",
        "Closing changes no invoice and no earning.",
    ]


def test_archiving_waits_for_the_last_registration_and_submission(cycle: Round) -> None:
    hub, hq = make.hub(), make.hq()
    one = make.submission(cycle=cycle, in_hub=hub, status="submitted")
    waiting = make.registration(make.school(), hub, cycle)
    Round.objects.update(status="closed")
    with pytest.raises(Refused, match="1 registration waits for an answer. Decline them, or reopen"):
        round_machine.perform(cycle, "archive", by=hq, now=NOW)
    waiting.status = "declined"
    waiting.save()
    with pytest.raises(Refused, match="1 submission is still under way in it"):
        round_machine.perform(cycle, "archive", by=hq, now=NOW)
    one.status = "notified"
    one.save()
    assert said(cycle, "archive")[-1] == (
        "All work, awards and invoices stay. Its submissions: 1 outcome told."
    )
    assert round_machine.perform(cycle, "archive", by=hq, now=NOW).status == "archived"


@pytest.mark.parametrize(
    ("step", "due", "sentence"),
    [
        ("submit", date(2026, 11, 15), "Its close, Sunday 15 November 2026, has passed"),
        ("review", date(2027, 6, 1), "Its dates don't fit."),
    ],
)
def test_a_round_opens_only_with_dates_that_can_be_kept(
    cycle: Round, step: str, due: date, sentence: str
) -> None:
    Round.objects.update(status="planned")
    Milestone.objects.filter(step=step).update(opens_on=due, due_on=due)
    with pytest.raises(Refused, match=sentence):
        round_machine.perform(cycle, "open", by=make.hq(), now=NOW)
