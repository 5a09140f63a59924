"""What a new portal starts with, against the scheme's own table (product, section 2)."""

from datetime import date

import pytest
from django.apps import apps

from rounds.defaults import install
from rounds.domain.make import make_round
from rounds.models import (
    CoreDocument,
    Criterion,
    Descriptor,
    Framework,
    Kind,
    Level,
    ReminderRule,
    RoundTemplate,
    Season,
    TemplateMilestone,
)
from tests.factories import NOW


def day(text: str) -> date:
    return date.fromisoformat(text)


AUTUMN_2026 = {
    ("school", "training_1"): ("2026-09-01", "2026-09-30"),
    ("school", "audit"): ("2026-10-01", "2026-10-31"),
    ("school", "action_plan"): ("2026-11-01", "2026-11-30"),
    ("school", "session_2"): ("2026-11-01", "2026-11-30"),
    ("school", "implement"): ("2026-12-01", "2027-03-31"),
    ("school", "session_3"): ("2026-12-01", "2027-03-31"),
    ("school", "training_2"): ("2027-04-01", "2027-04-30"),
    ("school", "send_for_sign_off"): ("2027-06-01", "2027-06-16"),
    ("school", "submit"): ("2027-06-01", "2027-06-30"),
    ("school", "notify"): ("2027-09-01", "2027-09-30"),
    ("school", "ceremony"): ("2027-11-01", "2027-11-30"),
    ("hub_leader", "recruit"): ("2026-06-01", "2026-09-30"),
    ("hub_leader", "training_1"): ("2026-09-01", "2026-09-30"),
    ("hub_leader", "levels"): ("2026-10-01", "2026-10-31"),
    ("hub_leader", "action_plan"): ("2026-11-01", "2026-11-30"),
    ("hub_leader", "session_2"): ("2026-11-01", "2026-11-30"),
    ("hub_leader", "session_3"): ("2026-12-01", "2027-03-31"),
    ("hub_leader", "training_2"): ("2027-05-01", "2027-05-31"),
    ("hub_leader", "finalise"): ("2027-06-01", "2027-06-30"),
    ("hub_leader", "review"): ("2027-08-01", "2027-08-31"),
    ("hub_leader", "notify"): ("2027-09-01", "2027-09-30"),
    ("hub_leader", "ceremony"): ("2027-11-01", "2027-11-30"),
    ("hq", "assign_reviewers"): ("2027-07-01", "2027-07-31"),
    ("hq", "decide"): ("2027-09-01", "2027-09-14"),
    ("hq", "notify"): ("2027-09-15", "2027-09-30"),
}
SPRING_2027 = {
    ("school", "training_1"): ("2027-04-01", "2027-04-30"),
    ("school", "audit"): ("2027-05-01", "2027-05-31"),
    ("school", "action_plan"): ("2027-06-01", "2027-06-30"),
    ("school", "session_2"): ("2027-06-01", "2027-06-30"),
    ("school", "implement"): ("2027-07-01", "2027-11-30"),
    ("school", "session_3"): ("2027-07-01", "2027-11-30"),
    ("school", "training_2"): ("2027-12-01", "2027-12-31"),
    ("school", "send_for_sign_off"): ("2028-03-01", "2028-03-17"),
    ("school", "submit"): ("2028-03-01", "2028-03-31"),
    ("school", "notify"): ("2028-05-01", "2028-05-31"),
    ("school", "ceremony"): ("2028-11-01", "2028-11-30"),
    ("hub_leader", "recruit"): ("2027-01-01", "2027-03-31"),
    ("hub_leader", "training_1"): ("2027-04-01", "2027-04-30"),
    ("hub_leader", "levels"): ("2027-05-01", "2027-05-31"),
    ("hub_leader", "action_plan"): ("2027-06-01", "2027-06-30"),
    ("hub_leader", "session_2"): ("2027-06-01", "2027-06-30"),
    ("hub_leader", "session_3"): ("2027-09-01", "2027-09-30"),
    ("hub_leader", "training_2"): ("2027-12-01", "2027-12-31"),
    ("hub_leader", "finalise"): ("2028-03-01", "2028-03-31"),
    ("hub_leader", "review"): ("2028-04-01", "2028-04-30"),
    ("hub_leader", "notify"): ("2028-05-01", "2028-05-31"),
    ("hub_leader", "ceremony"): ("2028-11-01", "2028-11-30"),
    ("hq", "assign_reviewers"): ("2028-04-01", "2028-04-07"),
    ("hq", "decide"): ("2028-05-01", "2028-05-14"),
    ("hq", "notify"): ("2028-05-15", "2028-05-31"),
}
TRAINING = {"training_1", "session_2", "session_3", "training_2"}


@pytest.mark.parametrize(
    ("season", "year", "expected"),
    [(Season.AUTUMN, 2026, AUTUMN_2026), (Season.SPRING, 2027, SPRING_2027)],
)
@pytest.mark.parametrize("kind", list(Kind))
def test_a_round_has_the_calendars_dates(template, season, year, expected, kind):
    made = make_round(template(season, kind), year, by=None, now=NOW)
    dates = {(row.audience, row.step): (row.opens_on, row.due_on) for row in made.milestones.all()}
    assert dates == {
        (audience, step): (day(opens), day(due))
        for (audience, step), (opens, due) in expected.items()
        if kind == Kind.STANDARD or step not in TRAINING
    }


def test_a_leap_year_ends_february_on_the_29th(template):
    rows = template().milestones
    rows.filter(step="training_1", audience="school").update(first_month=14, last_month=14)
    made = make_round(template(), 2027, by=None, now=NOW)
    milestone = made.milestones.get(step="training_1", audience="school")
    assert (milestone.opens_on, milestone.due_on) == (date(2028, 2, 1), date(2028, 2, 29))


def test_the_default_framework(db):
    framework = Framework.objects.get(name="PSQM", version=1)
    assert framework.is_active
    levels = list(framework.levels.values_list("name", "rank", "audit_rating"))
    assert levels == [("Bronze", 1, 1), ("Silver", 2, 2), ("Gold", 3, 3)]
    assert list(framework.strands.values_list("letter", "title")) == [
        ("A", "Leadership"),
        ("B", "Teaching"),
        ("C", "Learning"),
        ("D", "Wider opportunities"),
    ]
    codes = Criterion.objects.filter(strand__framework=framework).values_list("code", flat=True)
    assert list(codes) == ["A1", "A2", "A3", "A4", "A5", "B1", "B2", "B3", "C1", "C2", "C3", "D1", "D2"]
    assert list(framework.core_documents.values_list("code", flat=True)) == [
        "principles",
        "leader_log",
        "cpd",
        "development_plan",
        "portfolio",
        "calendar",
    ]


def test_every_criterion_has_guidance_and_a_text_for_each_level(db):
    for framework in Framework.objects.filter(name__startswith="PSQM"):
        criteria = Criterion.objects.filter(strand__framework=framework)
        assert all(criterion.guidance for criterion in criteria)
        texts = list(Descriptor.objects.filter(criterion__in=criteria).values_list("text", flat=True))
        assert (len(texts), len(set(texts))) == (39, 39)
        assert all(document.guidance for document in framework.core_documents.all())


def test_the_second_framework_is_not_offered(db):
    framework = Framework.objects.get(name="PSQM, Gilt, Outreach")
    assert not framework.is_active
    assert list(framework.levels.values_list("name", flat=True)) == ["PSQM", "Gilt", "Outreach"]


def test_installing_twice_changes_nothing(db):
    models = [
        *(Framework, Level, Criterion, Descriptor, CoreDocument),
        *(RoundTemplate, TemplateMilestone, ReminderRule),
    ]
    Framework.objects.filter(name="PSQM").update(reflection_words=350)
    before = [model.objects.count() for model in models]
    install(apps.get_model)
    assert [model.objects.count() for model in models] == before
    assert Framework.objects.get(name="PSQM").reflection_words == 350


def test_reminders_go_on_the_products_days(db):
    for audience, copied in [("school", True), ("hub_leader", False), ("hq", False)]:
        rules = ReminderRule.objects.filter(audience=audience, step="")
        assert list(rules.values_list("offset", flat=True)) == [-28, -14, -7, -1, 0, 3, 10]
        assert set(rules.values_list("copies_hub_leader", flat=True)) == {copied}
