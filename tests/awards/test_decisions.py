from datetime import date

import pytest
from django.core.exceptions import PermissionDenied

from awards.domain import awarding, certificates, decisions, releases
from awards.domain.decisions import Choice
from awards.models import Award, Certificate, Decision
from messaging.models import Email
from psqm_portal.core.machine import Refused
from submissions.domain.machine import submission_machine
from tests import factories
from tests.awards import helpers
from tests.awards.helpers import RELEASE_DAY
from tests.factories import NOW

pytestmark = pytest.mark.django_db


def test_deciding_keeps_the_outcome_and_tells_nobody():
    hq = factories.hq()
    made = helpers.reviewed(hq)
    Email.objects.all().delete()
    made = decisions.decide(Choice(made, made.target_level, "Well done."), by=hq, now=NOW)
    decision = Decision.objects.get()
    assert (made.status, decision.level, decision.note) == ("decided", made.target_level, "Well done.")
    assert Email.objects.count() == 0
    assert Award.objects.count() == 0


@pytest.mark.parametrize(
    ("said", "sentence"),
    [(("level", "not_yet"), "The reviewers differ."), (("not_yet", "not_yet"), "The reviewers say not yet.")],
)
def test_a_flagged_submission_needs_a_moderation_note(said, sentence):
    hq = factories.hq()
    made = helpers.reviewed(hq, said)
    with pytest.raises(Refused) as refused:
        decisions.decide(Choice(made, made.target_level), by=hq, now=NOW)
    assert str(refused.value) == f"{sentence} Write a moderation note that says how HQ settled it."
    decisions.decide(Choice(made, None, "", "Both looked again."), by=hq, now=NOW)
    assert Decision.objects.get().moderation_note == "Both looked again."


def test_only_the_target_or_a_lower_level_or_not_yet():
    hq = factories.hq()
    made = helpers.reviewed(hq)
    higher = made.round.framework.levels.get(name="Gold")
    with pytest.raises(Refused, match="choose Bronze, a lower level or not yet"):
        decisions.decide(Choice(made, higher), by=hq, now=NOW)
    with pytest.raises(Refused, match="Choose the outcome"):
        submission_machine.perform(made, "decide", by=hq, now=NOW)
    foreign = factories.framework().levels.get(name="Bronze")
    with pytest.raises(Refused, match="aims for Bronze"):
        decisions.decide(Choice(made, foreign), by=hq, now=NOW)


def test_undoing_closes_the_decision():
    hq = factories.hq()
    made = helpers.decided(hq)
    made = decisions.undo(made, reason="Look again.", by=hq, now=NOW)
    assert made.status == "reviewed"
    assert Decision.objects.get().undone_at == NOW
    decisions.decide(Choice(made, None, "", ""), by=hq, now=NOW)
    assert Decision.objects.filter(undone_at=None).get().level is None


def test_before_the_notification_date_a_reason_is_needed():
    hq = factories.hq()
    made = helpers.decided(hq)
    with pytest.raises(Refused, match="Outcomes are told from"):
        submission_machine.perform(made, "release", by=hq, now=NOW)
    made = submission_machine.perform(made, "release", by=hq, now=NOW, reason="The school closes.")
    assert made.status == "notified"


def test_release_tells_school_and_hub_once_and_makes_the_award():
    hq = factories.hq()
    made = helpers.decided(hq)
    Email.objects.all().delete()
    told = submission_machine.perform(made, "release", by=hq, now=RELEASE_DAY)
    assert told.status == "notified"
    award = Award.objects.get()
    assert award.number == f"PSQM-{made.round.code}-0001"
    assert award.school_name == made.school.name
    assert (award.valid_until.year - award.awarded_on.year) == 3
    people = {user for users in releases.who_hears([made]).values() for user in users}
    assert len(people) == 3
    assert set(Email.objects.values_list("to", flat=True)) == {user.email for user in people}
    assert Email.objects.count() == 3
    assert Certificate.objects.get().file is None


def test_a_second_release_does_nothing():
    hq = factories.hq()
    made = helpers.released(hq)
    before = Email.objects.count()
    with pytest.raises(Refused, match="it is outcome told"):
        submission_machine.perform(made, "release", by=hq, now=RELEASE_DAY)
    assert Email.objects.count() == before
    assert Award.objects.count() == 1


def test_not_yet_makes_no_award():
    hq = factories.hq()
    helpers.released(hq, level=None)
    assert Award.objects.count() == 0
    assert '"not yet"' in Email.objects.filter(template="awards/mail/released").first().text


def test_numbers_are_gapless_in_a_round():
    hq, cycle = factories.hq(), factories.round_()
    for _ in range(3):
        helpers.released(hq, cycle=cycle)
    assert sorted(Award.objects.values_list("number", flat=True)) == [
        f"PSQM-{cycle.code}-000{number}" for number in (1, 2, 3)
    ]


def test_an_upheld_appeal_supersedes_the_award_at_its_own_release():
    hq, cycle = factories.hq(), factories.round_()
    levels = {level.name: level for level in cycle.framework.levels.all()}
    made = helpers.released(hq, cycle=cycle, target_level=levels["Gold"], level=levels["Silver"])
    made = decisions.uphold_appeal(
        Choice(made, levels["Gold"], "You were right."), reason="New evidence.", by=hq, now=RELEASE_DAY
    )
    assert made.status == "decided"
    old = Award.objects.get()
    assert (old.status, old.level) == ("current", levels["Silver"])
    submission_machine.perform(made, "release", by=hq, now=RELEASE_DAY)
    assert {(one.level.name, one.status) for one in Award.objects.all()} == {
        ("Silver", "superseded"),
        ("Gold", "current"),
    }


def test_an_upheld_appeal_from_not_yet_makes_the_first_award():
    hq = factories.hq()
    made = helpers.released(hq, level=None)
    decisions.uphold_appeal(Choice(made, made.target_level), reason="Right.", by=hq, now=RELEASE_DAY)
    submission_machine.perform(made, "release", by=hq, now=RELEASE_DAY)
    assert Award.objects.get().status == "current"


def test_revoking_and_reissuing_are_hq_s():
    hq = factories.hq()
    made = helpers.released(hq)
    award, leader = Award.objects.get(), made.hub.memberships.get().user
    with pytest.raises(PermissionDenied):
        awarding.revoke(award, reason="x", by=leader, now=RELEASE_DAY)
    with pytest.raises(Refused, match="Write the reason"):
        awarding.revoke(award, reason=" ", by=hq, now=RELEASE_DAY)
    certificates.make(award.certificate.pk, now=RELEASE_DAY)
    with pytest.raises(Refused, match="says that name already"):
        awarding.reissue(award, name=award.school_name, reason="x", by=hq, now=RELEASE_DAY)
    award = awarding.reissue(award, name="New Name School", reason="Renamed.", by=hq, now=RELEASE_DAY)
    assert (award.number, award.school_name) == (Award.objects.get().number, "New Name School")
    assert Certificate.objects.get().file is None
    award = awarding.revoke(award, reason="By mistake.", by=hq, now=RELEASE_DAY)
    assert award.standing_on(RELEASE_DAY.date()) == "revoked"
    with pytest.raises(Refused):
        awarding.reissue(award, name="Third", reason="x", by=hq, now=RELEASE_DAY)


def test_a_leap_day_s_award_ends_on_the_28th():
    assert awarding.years_after(date(2028, 2, 29), 3) == date(2031, 2, 28)
    assert awarding.years_after(date(2026, 11, 3), 3) == date(2029, 11, 3)


def test_deciding_several_says_what_could_not_be():
    hq, cycle = factories.hq(), factories.round_()
    clear, flagged = (
        helpers.reviewed(hq, cycle=cycle),
        helpers.reviewed(hq, ("level", "not_yet"), cycle=cycle),
    )
    done, problems = decisions.decide_many(
        [Choice(one, one.target_level) for one in (clear, flagged)], by=hq, now=NOW
    )
    assert [one.pk for one in done] == [clear.pk]
    assert problems == [
        f"{flagged.school}: The reviewers differ. Write a moderation note that says how HQ settled it."
    ]


@pytest.mark.parametrize("still_there", [True, False])
def test_nobody_in_hq_decides_on_a_school_where_they_are_or_were(still_there):
    hq, own = factories.hq(), factories.hq()
    reviewed, decided, told = helpers.reviewed(hq), helpers.decided(hq), helpers.released(hq)
    for made in (reviewed, decided, told):
        factories.member(made.school, person=own)
    if not still_there:
        own.school_memberships.update(ended_at=NOW)
    for made, action in [(reviewed, "decide"), (decided, "undo"), (told, "uphold_appeal")]:
        with pytest.raises(Refused, match=f"You are or were at {made.school}, so somebody else in HQ"):
            submission_machine.perform(made, action, by=own, now=NOW, reason="Why", level=made.target_level)
        made.refresh_from_db()
    assert [made.status for made in (reviewed, decided, told)] == ["reviewed", "decided", "notified"]
    done, problems = decisions.decide_many([Choice(reviewed, reviewed.target_level)], by=own, now=NOW)
    assert (done, len(problems)) == ([], 1)
    decisions.decide(Choice(reviewed, reviewed.target_level), by=hq, now=NOW)
