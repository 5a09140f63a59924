"""Audit, level and action plan."""

from datetime import date

import pytest

from submissions.models import ActionRow, AuditEntry
from tests import factories


def audit_data(world, **ratings):
    """The form as it was opened, with some ratings given by criterion code."""
    from submissions.forms.audit import AuditForm

    form = AuditForm(entries=list(world.submission.audit.select_related("criterion__strand")))
    data = {name: form[name].value() or "" for name in form.fields if not name.startswith("priority")}
    codes = {entry.criterion.code: entry.criterion_id for entry in form.entries}
    return data | {f"rating_{codes[code]}": str(rating) for code, rating in ratings.items()}


def test_an_audit_may_be_saved_half_done(world, as_):
    answer = as_(world.people["subject leader"]).post(
        world.url + "audit/", audit_data(world, A1=2), follow=True
    )
    assert "Saved. Not rated yet: A2, A3." in answer.content.decode()
    assert list(world.submission.audit.values_list("rating", flat=True)) == [2, None, None]


def test_a_finished_audit_leads_on_to_the_level(world, as_):
    answer = as_(world.people["subject leader"]).post(
        world.url + "audit/", audit_data(world, A1=2, A2=2, A3=2)
    )
    assert answer["Location"] == world.url + "level/"


def test_two_people_rate_different_criteria_at_the_same_time(world, as_):
    client = as_(world.people["subject leader"])
    mine, theirs = audit_data(world, A1=3), audit_data(world, A2=1)
    client.post(world.url + "audit/", theirs)
    client.post(world.url + "audit/", mine)
    assert list(world.submission.audit.values_list("rating", flat=True)) == [3, 1, None]


def test_r03_two_people_rate_the_same_criterion_and_nothing_is_overwritten_unseen(world, as_):
    client = as_(world.people["subject leader"])
    mine, theirs = audit_data(world, A1=3), audit_data(world, A1=1)
    theirs[f"notes_{world.submission.audit.first().criterion_id}"] = "Not <b>yet</b>"
    client.post(world.url + "audit/", theirs)
    answer = client.post(world.url + "audit/", mine)
    assert answer.status_code == 409
    text = answer.content.decode()
    assert "Somebody else has just saved A1. Compare the two, then save again" in text
    assert "Saved by somebody else while you were writing" in text
    assert "Developing</p>" in text
    assert "Not &lt;b&gt;yet&lt;/b&gt;" in text
    assert world.submission.audit.first().rating == 1
    client.post(world.url + "audit/", audit_data(world, A1=3))
    assert world.submission.audit.first().rating == 3


def test_the_audit_saves_itself_and_says_what_stands(world, as_):
    client, as_json = as_(world.people["subject leader"]), {"Accept": "application/json"}
    key = world.submission.audit.first().criterion_id
    mine, theirs = audit_data(world, A1=3), audit_data(world, A1=1)
    saved = client.post(world.url + "audit/", theirs, headers=as_json).json()
    assert saved["said"] == "Saved at 9am"
    again = client.post(
        world.url + "audit/", {**theirs, **saved["fields"], f"rating_{key}": "2"}, headers=as_json
    )
    assert again.status_code == 200
    newer = client.post(world.url + "audit/", mine, headers=as_json)
    assert newer.status_code == 409
    assert newer.json()["standing"] == {f"rating_{key}": ["2"], f"notes_{key}": "", f"priority_{key}": []}
    assert newer.json()["fields"] == {f"mark_{key}": again.json()["fields"][f"mark_{key}"]}
    assert world.submission.audit.first().rating == 2


@pytest.mark.parametrize("role", ["headteacher", "hub leader", "mentor", "hq"])
def test_only_a_subject_leader_audits(world, as_, role):
    assert as_(world.people[role]).post(world.url + "audit/", audit_data(world, A1=2)).status_code == 403
    assert world.submission.audit.first().rating is None


def test_propose_return_propose_confirm(world, as_):
    factories.rate_audit(world.submission)
    leader, hub_leader = world.people["subject leader"], world.people["hub leader"]
    silver = world.submission.round.framework.levels.get(name="Silver")
    page = as_(leader).get(world.url + "level/").content.decode()
    assert "Your audit points to this level" in page
    as_(leader).post(world.url + "level/", {"level": silver.pk})
    assert world.fresh().proposed_level == silver
    assert (
        "Write what the school should think about"
        in as_(hub_leader)
        .post(world.url + "level/answer/", {"answer": "return", "reason": ""})
        .content.decode()
    )
    as_(hub_leader).post(world.url + "level/answer/", {"answer": "return", "reason": "Look at A2."})
    assert world.fresh().proposed_level is None
    assert "Look at A2." in as_(leader).get(world.url + "level/").content.decode()
    as_(leader).post(world.url + "level/", {"level": silver.pk})
    as_(hub_leader).post(world.url + "level/answer/", {"answer": "confirm"})
    assert world.fresh().target_level == silver


def test_a_change_of_level_needs_a_reason(make_world, as_):
    world = make_world()
    levels = world.submission.round.framework.levels
    world.submission.target_level = levels.get(name="Silver")
    world.submission.save()
    factories.rate_audit(world.submission)
    client = as_(world.people["subject leader"])
    gold = levels.get(name="Gold")
    answer = client.post(world.url + "level/", {"level": gold.pk, "reason": ""})
    assert "Write why you want to change the level" in answer.content.decode()
    client.post(world.url + "level/", {"level": gold.pk, "reason": "A strong year."})
    assert world.fresh().proposed_level == gold


@pytest.mark.parametrize("role", ["mentor", "subject leader", "headteacher", "hq"])
def test_only_the_hub_leader_answers_a_level(world, as_, role):
    assert as_(world.people[role]).post(world.url + "level/answer/", {"answer": "confirm"}).status_code == 403


def test_a_level_of_another_framework_isnt_offered(world, as_):
    factories.rate_audit(world.submission)
    foreign = factories.framework().levels.first()
    as_(world.people["subject leader"]).post(world.url + "level/", {"level": foreign.pk})
    assert world.fresh().proposed_level is None


def row_data(world, **more):
    criterion = world.submission.audit.first().criterion_id
    return {
        "criterion": criterion,
        "objective": "More enquiry",
        "actions": "Science week",
        "who": "Sam",
        "by_when_0": "1",
        "by_when_1": "3",
        "by_when_2": "2027",
        "resources": "",
        "cost": "120",
        "success_measure": "Pupils ask",
        **more,
    }


def test_rows_are_added_changed_and_removed(world, as_):
    client = as_(world.people["subject leader"])
    plan = world.part("action_plan")
    client.post(world.url + "action-plan/rows/new/", row_data(world, part=0, position=99, rag="green"))
    row = plan.rows.get()
    assert (row.objective, row.by_when, row.position, row.rag) == (
        "More enquiry",
        date(2027, 3, 1),
        1,
        "not_started",
    )
    client.post(f"{world.url}action-plan/rows/{row.pk}/", row_data(world, objective="Much more"))
    row.refresh_from_db()
    assert row.objective == "Much more"
    assert "Much more" in client.get(f"{world.url}action-plan/rows/{row.pk}/remove/").content.decode()
    client.post(f"{world.url}action-plan/rows/{row.pk}/remove/")
    assert not plan.rows.exists()


def test_input_stays_when_a_row_is_wrong(world, as_):
    answer = as_(world.people["subject leader"]).post(
        world.url + "action-plan/rows/new/", row_data(world, who="", by_when_1="13")
    )
    text = answer.content.decode()
    assert "Say who does it" in text
    assert "Much typed" not in text
    assert "More enquiry" in text


def test_a_row_of_another_plan_isnt_found_here(world, as_):
    other = factories.submission()
    plan = other.parts.get(kind="action_plan")
    factories.fill_part(plan)
    row = plan.rows.get()
    client = as_(world.people["subject leader"])
    for page in ("", "remove/", "progress/"):
        assert client.get(f"{world.url}action-plan/rows/{row.pk}/{page}").status_code == 404
        assert client.post(f"{world.url}action-plan/rows/{row.pk}/{page}", row_data(world)).status_code == 404
    assert ActionRow.objects.get().objective == "More enquiry"


def test_progress_may_be_noted_on_an_approved_plan(make_world, as_):
    world = make_world()
    factories.sign_off_parts(world.submission)
    row = world.part("action_plan").rows.get()
    client = as_(world.people["subject leader"])
    client.post(
        f"{world.url}action-plan/rows/{row.pk}/progress/", {"rag": "amber", "progress_notes": "Slow start"}
    )
    row.refresh_from_db()
    assert (row.rag, row.progress_notes) == ("amber", "Slow start")
    client.post(f"{world.url}action-plan/rows/{row.pk}/", row_data(world, objective="Sneaked in"))
    row.refresh_from_db()
    assert row.objective == "More enquiry"


@pytest.mark.parametrize("role", ["headteacher", "hub leader", "mentor", "hq"])
def test_only_a_subject_leader_plans(world, as_, role):
    client = as_(world.people[role])
    assert client.post(world.url + "action-plan/rows/new/", row_data(world)).status_code == 403
    assert not ActionRow.objects.exists()


def test_audit_entries_of_others_stay(world, as_):
    other = factories.submission(cycle=world.submission.round)
    as_(world.people["subject leader"]).post(world.url + "audit/", audit_data(world, A1=2))
    assert set(AuditEntry.objects.filter(submission=other).values_list("rating", flat=True)) == {None}
