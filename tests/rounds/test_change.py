from datetime import date, timedelta

import pytest
from django.core.exceptions import PermissionDenied

from psqm_portal.core.machine import Refused
from psqm_portal.core.models import HistoryEntry
from psqm_portal.core.roles import Role
from rounds.domain.change import change_settings, move_milestone
from rounds.domain.frameworks import change_criterion, change_framework
from rounds.domain.make import make_round
from rounds.models import Criterion, Descriptor, Framework, Level, Milestone, Round
from tests import factories
from tests.factories import NOW


@pytest.fixture
def autumn(template):
    return make_round(template(), 2026, by=None, now=NOW)


def milestone(round_: Round, step: str, audience: str = "school") -> Milestone:
    return round_.milestones.get(step=step, audience=audience)


def move(row: Milestone, due_on: date, *, opens_on: date | None = None, by=None) -> Milestone:
    return move_milestone(row, opens_on=opens_on or row.opens_on, due_on=due_on, by=by, now=NOW)


def test_hq_moves_a_date(autumn, told):
    heard, hq = told("milestone.moved"), factories.hq()
    row = milestone(autumn, "audit")
    move(row, date(2026, 11, 6), by=hq)
    row.refresh_from_db()
    assert row.due_on == date(2026, 11, 6)
    assert [moved for moved, _ in heard] == [row]
    entry = HistoryEntry.objects.get(machine="milestone", subject_id=row.pk)
    assert (entry.reason, entry.by) == ("due 31 Oct 2026 to 6 Nov 2026", hq)


def test_saving_the_same_dates_changes_nothing(autumn):
    move(milestone(autumn, "audit"), date(2026, 10, 31))
    assert not HistoryEntry.objects.filter(machine="milestone").exists()


def test_due_before_it_opens_is_refused(autumn):
    with pytest.raises(Refused, match="can't be before the day on which it opens"):
        move(milestone(autumn, "audit"), date(2026, 9, 30))


@pytest.mark.parametrize(
    ("step", "audience", "due", "sentence"),
    [
        ("submit", "school", date(2027, 9, 30), "has to be due before “Assign reviewers” .HQ., which"),
        ("submit", "school", date(2027, 7, 31), "has to be due before “Assign reviewers”"),
        ("submit", "school", date(2027, 6, 15), "has to be due on or after “Send for sign-off”"),
        ("send_for_sign_off", "school", date(2027, 7, 1), "has to be due on or before “Submit reflections"),
        ("finalise", "hub_leader", date(2027, 8, 31), "has to be due before “Review submissions”"),
        ("review", "hub_leader", date(2027, 9, 14), "has to be due before “Decide awards”"),
        ("decide", "hq", date(2027, 10, 1), "has to be due on or before “Award notification”"),
        ("notify", "school", date(2027, 11, 30), "has to be due before “Award ceremony”"),
        ("ceremony", "school", date(2027, 11, 30), None),
        ("send_for_sign_off", "school", date(2027, 6, 30), None),
    ],
)
def test_an_impossible_order_is_refused(autumn, step, audience, due, sentence):
    row = milestone(autumn, step, audience)
    if sentence is None:
        assert move(row, due).due_on == due
    else:
        with pytest.raises(Refused, match=sentence):
            move(row, due, opens_on=min(row.opens_on, due))


def test_an_open_rounds_date_cant_move_into_the_past(autumn):
    row = milestone(autumn, "action_plan")
    yesterday, today = date(2026, 11, 2), date(2026, 11, 3)
    assert move(row, yesterday).due_on == yesterday
    Round.objects.update(status="open")
    row.refresh_from_db()
    with pytest.raises(Refused, match="Sunday 1 November 2026 has passed, and this round is open"):
        move(row, date(2026, 11, 1))
    assert move(row, today).due_on == today


def test_only_hq_admin_moves_a_date(autumn):
    for person in [factories.user(), factories.hq(Role.HQ_VIEWER)]:
        with pytest.raises(PermissionDenied):
            move(milestone(autumn, "audit"), date(2026, 11, 6), by=person)


def test_an_archived_round_stays(autumn):
    Round.objects.update(status="archived")
    with pytest.raises(Refused, match="archived"):
        move(milestone(autumn, "audit"), date(2026, 11, 6))
    with pytest.raises(Refused, match="archived"):
        change_settings(autumn, by=None, now=NOW, hub_capacity=12)


def test_settings_tell_what_changed(autumn, told):
    heard = told("round.changed")
    change_settings(autumn, by=factories.hq(), now=NOW, hub_capacity=12, reviews_per_submission=2)
    assert [occasion.given for _, occasion in heard] == [{"changed": {"hub_capacity": (10, 12)}}]
    autumn.refresh_from_db()
    assert autumn.hub_capacity == 12


def test_a_senseless_setting_is_refused(autumn):
    with pytest.raises(Refused, match="Places in a hub: choose a number between 1 and 50"):
        change_settings(autumn, by=None, now=NOW, hub_capacity=0)
    with pytest.raises(ValueError, match="Not a setting"):
        change_settings(autumn, by=None, now=NOW, status="open")
    with pytest.raises(PermissionDenied):
        change_settings(autumn, by=factories.hq(Role.HQ_FINANCE), now=NOW, hub_capacity=12)


def test_a_criterions_texts_change_and_the_note_stays(db):
    framework, hq = Framework.objects.get(name="PSQM"), factories.hq()
    criterion = Criterion.objects.get(strand__framework=framework, code="B2")
    levels = {level.pk: f"New at {level.name}" for level in framework.levels.all()}
    change_criterion(
        criterion, title=" Teaching ", guidance="Show it", descriptors=levels, note="Clearer", by=hq, now=NOW
    )
    criterion.refresh_from_db()
    assert (criterion.title, criterion.guidance) == ("Teaching", "Show it")
    texts = Descriptor.objects.filter(criterion=criterion).values_list("text", flat=True)
    assert sorted(texts) == ["New at Bronze", "New at Gold", "New at Silver"]
    entry = HistoryEntry.objects.get(machine="framework")
    assert (entry.target, entry.reason, entry.by) == ("B2", "Clearer", hq)


def test_a_level_of_another_framework_is_no_place_for_a_text(db):
    criterion = Criterion.objects.filter(strand__framework__name="PSQM").first()
    gilt = Level.objects.get(name="Gilt")
    with pytest.raises(ValueError, match="another framework"):
        change_criterion(criterion, title="T", guidance="", descriptors={gilt.pk: "x"}, by=None, now=NOW)


def test_a_frameworks_word_limit_is_data(db):
    framework = Framework.objects.get(name="PSQM")
    change_framework(framework, reflection_words=500, is_active=True, by=None, now=NOW)
    framework.refresh_from_db()
    assert framework.reflection_words == 500
    with pytest.raises(Refused, match="between 50 and 5000"):
        change_framework(framework, reflection_words=10, is_active=True, by=None, now=NOW)
    with pytest.raises(PermissionDenied):
        change_framework(
            framework, reflection_words=90, is_active=True, by=factories.hq(Role.HQ_VIEWER), now=NOW
        )


def test_a_longer_year_can_be_had_step_by_step(autumn):
    """Every date of the default calendar can move later by a week when the later ones moved first."""
    for row in autumn.milestones.order_by("-due_on", "-id"):
        move(row, row.due_on + timedelta(days=7))
