"""The season's calendar: HQ edits it, new rounds follow it, rounds that exist stay."""

from datetime import date

import pytest
from django.core.exceptions import PermissionDenied

from psqm_portal.core.machine import Refused
from psqm_portal.core.models import HistoryEntry
from psqm_portal.core.roles import Role
from rounds.domain import templates
from rounds.domain.make import make_round
from rounds.domain.templates import Months
from rounds.models import Framework, RoundTemplate
from tests import factories
from tests.factories import NOW


@pytest.fixture
def autumn(template) -> RoundTemplate:
    return template()


def step(template: RoundTemplate, name: str, audience: str = "school"):
    return template.milestones.select_related("template").get(step=name, audience=audience)


def test_new_rounds_follow_and_rounds_that_exist_stay(autumn):
    old, hq = make_round(autumn, 2026, by=None, now=NOW), factories.hq()
    audit = Months("Audit science", 9, 10, opens_day=14, due_day=21)
    templates.change_step(step(autumn, "audit"), audit, by=hq, now=NOW)
    sign_off = Months("Send for sign-off", 18, 18, days_before_close=21)
    templates.change_step(step(autumn, "send_for_sign_off"), sign_off, by=hq, now=NOW)
    new = make_round(autumn, 2027, by=hq, now=NOW)
    found = {row.step: row for row in new.milestones.filter(audience="school")}
    assert (found["audit"].label, found["audit"].opens_on, found["audit"].due_on) == (
        "Audit science", date(2027, 9, 14), date(2027, 10, 21),
    )  # fmt: skip
    assert found["send_for_sign_off"].due_on == date(2028, 6, 9)
    assert old.milestones.get(step="audit").due_on == date(2026, 10, 31)
    said = HistoryEntry.objects.filter(machine="round_template", subject_id=autumn.pk).order_by("id")
    assert [(entry.action, entry.by) for entry in said] == [("change_step", hq)] * 2
    assert "months 9 to 10, opens on day 14, due on day 21" in said[0].reason


def test_a_step_is_added_and_taken_out(autumn):
    meeting = Months("Say who reviews what", 19, 19)
    added = templates.add_step(autumn, "assign_reviewers", "hub_leader", meeting, by=None, now=NOW)
    with pytest.raises(Refused, match="is in this calendar already for hub leaders"):
        templates.add_step(autumn, "assign_reviewers", "hub_leader", meeting, by=None, now=NOW)
    templates.remove_step(step(autumn, "ceremony"), by=None, now=NOW)
    made = make_round(autumn, 2027, by=None, now=NOW)
    assert made.milestones.get(step="assign_reviewers", audience="hub_leader").label == added.label
    assert not made.milestones.filter(step="ceremony", audience="school").exists()
    with pytest.raises(Refused, match="can't do without its close"):
        templates.remove_step(step(autumn, "submit"), by=None, now=NOW)


@pytest.mark.parametrize(
    ("name", "months", "sentence"),
    [
        ("audit", Months("Audit", 11, 10), "last month can't be before the first"),
        ("audit", Months(" ", 10, 10), "Write what the step is called"),
        ("audit", Months("Audit", 10, 10, due_day=32), "between 1 and 31"),
        ("submit", Months("Submit", 18, 18, days_before_close=3), "can't count back from itself"),
        ("send_for_sign_off", Months("Send", 18, 18, days_before_close=121), "a number up to 120"),
        ("action_plan", Months("Plan", 11, 19), "fit a round of 2026: “Plan” has to be due on or before"),
        ("submit", Months("Submit", 18, 20), "has to be due before “Assign reviewers”"),
        ("audit", Months("Audit", 5, 10), "the round begins with"),
    ],
)
def test_what_doesnt_fit_is_refused_with_the_reason(autumn, name, months, sentence):
    with pytest.raises(Refused, match=sentence):
        templates.change_step(step(autumn, name), months, by=None, now=NOW)
    assert not HistoryEntry.objects.filter(machine="round_template").exists()


def test_a_day_the_month_hasnt_got_is_its_last(autumn):
    templates.change_step(
        step(autumn, "session_3"), Months("Session 3", 12, 14, due_day=31), by=None, now=NOW
    )
    made = make_round(autumn, 2027, by=None, now=NOW)
    assert made.milestones.get(step="session_3", audience="school").due_on == date(2028, 2, 29)


def test_the_framework_of_new_rounds(autumn):
    other = Framework.objects.get(name="PSQM, Gilt, Outreach")
    with pytest.raises(Refused, match="isn't offered for new rounds"):
        templates.choose_framework(autumn, other, by=None, now=NOW)
    Framework.objects.update(is_active=True)
    other.refresh_from_db()
    templates.choose_framework(autumn, other, by=None, now=NOW)
    assert make_round(RoundTemplate.objects.get(pk=autumn.pk), 2027, by=None, now=NOW).framework == other


def test_only_hq_admin_changes_a_calendar(autumn):
    for person in [factories.user(), factories.hq(Role.HQ_VIEWER), factories.hq(Role.HQ_FINANCE)]:
        with pytest.raises(PermissionDenied):
            templates.remove_step(step(autumn, "ceremony"), by=person, now=NOW)


def test_the_pages(autumn, client):
    """HQ reads the calendar, adds a step, changes it, takes it out after a look; a wrong one says why."""
    client.force_login(factories.hq())
    page = client.get(f"/rounds/templates/{autumn.pk}/").content.decode()
    assert "14 days before the close" in page
    assert "June of the next year" in page
    typed = {"which": "hub_leader.audit", "label": "Help with audits", "first_month": "10", "last_month": "9"}
    typed |= {"opens_day": "", "due_day": "", "days_before_close": ""}
    path = f"/rounds/templates/{autumn.pk}/steps/new/"
    assert "The last month can&#x27;t be before the first" in client.post(path, typed).content.decode()
    assert client.post(path, {**typed, "last_month": "10"}).status_code == 302
    added = step(autumn, "audit", "hub_leader")
    path = f"/rounds/templates/{autumn.pk}/steps/{added.pk}/"
    client.post(path, {**typed, "last_month": "11"})
    added.refresh_from_db()
    assert added.last_month == 11
    assert "Rounds that exist keep it" in client.get(f"{path}remove/").content.decode()
    client.post(f"{path}remove/")
    assert not autumn.milestones.filter(pk=added.pk).exists()
    page = client.get(f"/rounds/templates/{autumn.pk}/framework/").content.decode()
    assert "Framework of new rounds" in page


@pytest.mark.parametrize("steps", [1, 3, 10])
def test_r24_a_calendars_page_costs_the_same_at_any_length(autumn, client, django_assert_num_queries, steps):
    keep = autumn.milestones.values_list("pk", flat=True)[:steps]
    autumn.milestones.exclude(pk__in=list(keep)).delete()
    client.force_login(factories.hq())
    with django_assert_num_queries(10):
        assert client.get(f"/rounds/templates/{autumn.pk}/").content.count(b'scope="row"') == steps
