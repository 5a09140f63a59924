"""A round's release as a job: once each, nobody missed, stopped and begun again."""

from datetime import timedelta

import pytest
import time_machine
from django.core.exceptions import PermissionDenied
from django.db import IntegrityError, transaction
from django.urls import reverse

from awards.domain import decisions, release_job, releasing
from awards.domain.decisions import Choice
from awards.models import Award, Certificate, Decision, Release
from messaging.models import Email
from psqm_portal.core.machine import Refused
from psqm_portal.core.models import LogEntry
from psqm_portal.core.roles import Role
from rounds.models import Milestone, Step
from submissions.models import Submission
from tests import factories
from tests.awards import helpers
from tests.awards.helpers import RELEASE_DAY
from tests.factories import NOW
from tests.support.queries import own_queries

pytestmark = pytest.mark.django_db


def told_mails() -> int:
    return Email.objects.filter(template__startswith="awards/mail/released").count()


def released(round_, hq, *, asked=RELEASE_DAY, works=RELEASE_DAY + releasing.GRACE, **more) -> Release:
    release = releasing.ask(round_, by=hq, now=asked, **more)
    release_job.work(release.pk, clock=lambda: works)
    release.refresh_from_db()
    return release


def several(hq, count=3, **fields):
    cycle = factories.round_()
    return cycle, [helpers.decided(hq, cycle=cycle, **fields) for _ in range(count)]


def test_each_is_told_once_and_who_asked_hears_of_the_end():
    hq = factories.hq()
    cycle, _ = several(hq)
    Email.objects.all().delete()
    release = released(cycle, hq)
    assert (release.status, release.ended_at) == ("done", RELEASE_DAY + releasing.GRACE)
    assert set(Submission.objects.filter(round=cycle).values_list("status", flat=True)) == {"notified"}
    assert Award.objects.count() == Certificate.objects.count() == 3
    assert told_mails() == 9
    assert release.items.filter(told_at__isnull=False).count() == 3
    done = Email.objects.get(template="awards/mail/release_ended")
    assert (done.recipient, done.subject) == (hq, f"{cycle}: 3 outcomes were told")
    assert f"/rounds/{cycle.slug}/release/{release.pk}/" in done.text
    assert [one.action for one in LogEntry.objects.filter(about=f"release:{release.pk}").order_by("pk")] == [
        "release.asked",
        "release.ended",
    ]


def test_nothing_is_told_before_its_time():
    hq = factories.hq()
    cycle, _ = several(hq, 1)
    release = releasing.ask(cycle, by=hq, now=RELEASE_DAY)
    soon = RELEASE_DAY + timedelta(minutes=4)
    assert releasing.waiting(now=soon) == []
    assert not release_job.work(release.pk, clock=lambda: soon)
    assert releasing.waiting(now=RELEASE_DAY + releasing.GRACE) == [release.pk]


def test_hq_stops_it_and_nobody_is_told():
    hq = factories.hq()
    cycle, _ = several(hq, 2)
    release = releasing.ask(cycle, by=hq, now=RELEASE_DAY)
    releasing.stop(release, by=hq, now=RELEASE_DAY)
    assert not release_job.work(release.pk, clock=lambda: RELEASE_DAY + timedelta(hours=1))
    with pytest.raises(Refused, match="has ended already"):
        releasing.stop(release, by=hq, now=RELEASE_DAY)
    assert Submission.objects.filter(status="decided").count() == 2
    assert released(cycle, hq).status == "done"


def test_stopped_in_the_middle_the_rest_waits(monkeypatch):
    hq = factories.hq()
    cycle, _ = several(hq, 3)
    release = releasing.ask(cycle, by=hq, now=RELEASE_DAY)
    real, calls = release_job._tell, []

    def stops_before_the_second(*args):
        calls.append(1)
        if len(calls) == 2:
            releasing.stop(release, by=hq, now=RELEASE_DAY + releasing.GRACE)
        real(*args)

    monkeypatch.setattr(release_job, "_tell", stops_before_the_second)
    release_job.work(release.pk, clock=lambda: RELEASE_DAY + releasing.GRACE)
    release.refresh_from_db()
    assert release.status == "stopped"
    assert Award.objects.count() == 1
    assert told_mails() == 3
    assert len(releasing.waiting_decisions(cycle)) == 2


def test_before_the_notification_day_with_a_reason_or_on_the_day():
    hq = factories.hq()
    cycle, _ = several(hq, 1)
    with pytest.raises(Refused, match="write the reason"):
        releasing.ask(cycle, by=hq, now=NOW)
    day = releasing.notification_day(cycle)
    release = releasing.ask(
        cycle, by=hq, now=NOW, at=releasing.on_the_day(day, NOW.time().replace(hour=9, minute=0))
    )
    assert release.starts_at.astimezone(releasing.LONDON).isoformat() == f"{day}T09:00:00+01:00"
    releasing.stop(release, by=hq, now=NOW)
    assert (
        released(cycle, hq, asked=NOW, works=NOW + releasing.GRACE, reason="The hall is booked.").status
        == "done"
    )
    assert Award.objects.get().awarded_on == NOW.date()


def test_a_moved_notification_day_holds_the_release_back():
    hq = factories.hq()
    cycle, _ = several(hq, 1)
    at = RELEASE_DAY + timedelta(days=1)
    release = releasing.ask(cycle, by=hq, now=RELEASE_DAY, at=at)
    Milestone.objects.filter(round=cycle, step=Step.NOTIFY).update(
        opens_on=at.date() + timedelta(days=9), due_on=at.date() + timedelta(days=30)
    )
    release_job.work(release.pk, clock=lambda: at)
    release.refresh_from_db()
    assert release.status == "failed"
    assert release.problem.startswith("The notification day was moved to ")
    assert told_mails() == 0
    assert release.problem in Email.objects.get(template="awards/mail/release_ended").text


def test_who_asked_has_to_be_of_hq_still():
    hq, other = factories.hq(), factories.hq()
    cycle, _ = several(other, 1)
    release = releasing.ask(cycle, by=hq, now=RELEASE_DAY)
    hq.hq_memberships.update(ended_at=RELEASE_DAY)
    release_job.work(release.pk, clock=lambda: RELEASE_DAY + releasing.GRACE)
    release.refresh_from_db()
    assert (release.status, told_mails()) == ("failed", 0)
    assert "isn’t an admin of HQ any more" in release.problem


def test_a_decision_made_anew_isnt_told_by_an_older_release():
    hq = factories.hq()
    cycle, made = several(hq, 3)
    release = releasing.ask(cycle, by=hq, now=RELEASE_DAY)
    undone = decisions.undo(made[0], reason="Once more.", by=hq, now=RELEASE_DAY)
    decisions.undo(made[1], reason="Once more.", by=hq, now=RELEASE_DAY)
    decisions.decide(Choice(undone, None), by=hq, now=RELEASE_DAY)
    release_job.work(release.pk, clock=lambda: RELEASE_DAY + releasing.GRACE)
    release.refresh_from_db()
    assert release.status == "done"
    assert {item.decision.submission_id: item.problem for item in release.items.exclude(problem="")} == {
        made[0].pk: "It was decided anew after this release was asked for. Release it again.",
        made[1].pk: "This can't be done now: it is reviewed.",
    }
    assert Award.objects.get().submission == made[2]
    assert released(cycle, hq).items.get().told_at is not None


def test_one_schools_trouble_is_no_others(monkeypatch):
    hq = factories.hq()
    cycle, made = several(hq, 3)
    real = release_job._tell_one

    def breaks_on_the_second(release, item, now):
        if item.decision.submission_id == made[1].pk:
            with transaction.atomic():
                real(release, item, now)
                raise RuntimeError
        real(release, item, now)

    monkeypatch.setattr(release_job, "_tell_one", breaks_on_the_second)
    release = released(cycle, hq)
    assert release.status == "done"
    assert release.items.get(told_at=None).problem == "Something went wrong at our end. Release it again."
    assert told_mails() == 6
    assert Award.objects.filter(submission=made[1]).count() == 0
    monkeypatch.undo()
    assert released(cycle, hq).items.get().told_at is not None
    assert (told_mails(), Award.objects.count()) == (9, 3)


def test_what_ends_its_worker_again_and_again_is_left_for_a_person():
    hq = factories.hq()
    cycle, made = several(hq, 2)
    release = releasing.ask(cycle, by=hq, now=RELEASE_DAY)
    release.items.filter(decision__submission=made[0]).update(tries=release_job.ITEM_TRIES)
    release_job.work(release.pk, clock=lambda: RELEASE_DAY + releasing.GRACE)
    assert "We tried three times" in release.items.get(told_at=None).problem
    assert Award.objects.get().submission == made[1]


def test_a_dead_workers_release_is_taken_up_and_a_hopeless_one_ends():
    hq = factories.hq()
    cycle, _ = several(hq, 2)
    release = releasing.ask(cycle, by=hq, now=RELEASE_DAY)
    begun = RELEASE_DAY + releasing.GRACE
    assert releasing.take_up(release.pk, begun) is not None
    assert releasing.waiting(now=begun + timedelta(minutes=2)) == []
    later = begun + releasing.STALE
    assert releasing.waiting(now=later) == [release.pk]
    assert release_job.work(release.pk, clock=lambda: later)
    assert told_mails() == 6
    Release.objects.update(status="telling", ended_at=None, tries=releasing.MAX_TRIES)
    releasing.fail_the_hopeless(now=later + releasing.STALE)
    assert Release.objects.get().problem == "We tried 30 times and couldn’t end it."


def test_one_release_of_a_round_at_a_time():
    hq = factories.hq()
    cycle, _ = several(hq, 1)
    releasing.ask(cycle, by=hq, now=RELEASE_DAY)
    with pytest.raises(Refused, match="Another release of this round is underway"):
        releasing.ask(cycle, by=hq, now=RELEASE_DAY)
    with pytest.raises(IntegrityError), transaction.atomic():
        Release.objects.create(
            round=cycle, asked_by=hq, asked_at=NOW, starts_at=NOW, touched_at=NOW, status="telling"
        )


def test_only_what_the_page_showed_is_released():
    hq = factories.hq()
    cycle, _ = several(hq, 1)
    seen = releasing.mark_of(releasing.waiting_decisions(cycle))
    helpers.decided(hq, cycle=cycle)
    with pytest.raises(Refused, match="The decisions changed"):
        releasing.ask(cycle, by=hq, now=RELEASE_DAY, seen=seen)


def test_nobody_but_hqs_admins():
    hq = factories.hq()
    cycle, made = several(hq, 1)
    release = releasing.ask(cycle, by=hq, now=RELEASE_DAY)
    for person in (factories.hq(Role.HQ_VIEWER), made[0].hub.memberships.get().user):
        with pytest.raises(PermissionDenied):
            releasing.ask(cycle, by=person, now=RELEASE_DAY)
        with pytest.raises(PermissionDenied):
            releasing.stop(release, by=person, now=RELEASE_DAY)


# The pages -------------------------------------------------------------------------------------------


@pytest.fixture
def on_the_day():
    with time_machine.travel(RELEASE_DAY, tick=False):
        yield


def test_hq_asks_on_the_page_and_sees_how_far_it_is(client, on_the_day):
    hq = factories.hq()
    cycle, _ = several(hq, 2)
    client.force_login(hq)
    url = reverse("round_release", args=[cycle.slug])
    page = client.get(url)
    assert "Tell 2 outcomes" in page.content.decode()
    answer = client.post(url, {"seen": page.context["form"].initial["seen"]})
    release = Release.objects.get()
    assert answer.url == f"/rounds/{cycle.slug}/release/{release.pk}/"
    assert "2 outcomes are told from" in client.get(answer.url).content.decode()
    assert "Tell 2 outcomes" not in client.get(url).content.decode()
    with time_machine.travel(RELEASE_DAY + releasing.GRACE, tick=False):
        releasing.take_up(release.pk, RELEASE_DAY + releasing.GRACE)
        part = client.get(answer.url, headers={"HX-Request": "true"})
    assert "0 of 2 told" in part.content.decode()
    assert "HX-Refresh" not in part
    client.post(reverse("release_stop", args=[cycle.slug, release.pk]))
    part = client.get(answer.url, headers={"HX-Request": "true"})
    assert part["HX-Refresh"] == "true"
    assert "Nobody was told." in client.get(answer.url).content.decode()


def test_before_the_day_the_page_offers_the_day_and_asks_for_a_reason(client):
    hq = factories.hq()
    cycle, _ = several(hq, 1)
    client.force_login(hq)
    url = reverse("round_release", args=[cycle.slug])
    with time_machine.travel(NOW, tick=False):
        text = client.post(url, {"when": "soon", "seen": ""}).content.decode()
        assert "write the reason" in text
        assert Release.objects.count() == 0
        client.post(url, {"when": "day", "at": "9.30am", "seen": ""})
    day = releasing.notification_day(cycle)
    assert Release.objects.get().starts_at.astimezone(releasing.LONDON).isoformat() == f"{day}T09:30:00+01:00"


def test_every_letter_stands_there_as_it_is_sent(client, on_the_day):
    hq, cycle = factories.hq(), factories.round_()
    awarded = helpers.decided(hq, cycle=cycle)
    refused = helpers.decided(hq, cycle=cycle, level=None)
    client.force_login(hq)
    url = reverse("round_letters", args=[cycle.slug])
    shown = {one.decision.submission: one for one in client.get(url).context["letters"]}
    assert set(shown) == {awarded, refused}
    assert [one.decision.submission for one in client.get(f"{url}?outcome=not_yet").context["letters"]] == [
        refused
    ]
    assert [
        one.decision.submission for one in client.get(url, {"q": awarded.school.name}).context["letters"]
    ] == [awarded]
    released(cycle, hq)
    for made in (awarded, refused):
        for template, preview in (("released", shown[made].school), ("released_hub", shown[made].hub)):
            sent = Email.objects.filter(template=f"awards/mail/{template}", about=made.key)
            numbered = preview.text.replace(f"PSQM-{cycle.code}-0000", f"PSQM-{cycle.code}-0001")
            first = sent.get(recipient=shown[made].people[0]) if template == "released" else sent.first()
            greeted = numbered.split("\n", 2)[2] if template == "released_hub" else numbered
            assert first.text.endswith(greeted)
            assert first.subject == preview.subject


@pytest.mark.parametrize(("name", "number"), [("round_release", 10), ("round_letters", 13)])
def test_r24_pages_ask_as_much_for_many(client, on_the_day, name, number):
    hq = factories.hq()
    cycle, _ = several(hq, 2)
    client.force_login(hq)
    path = reverse(name, args=[cycle.slug])
    assert own_queries(client, path) == number
    for _ in range(7):
        helpers.decided(hq, cycle=cycle)
    assert own_queries(client, path) == number


def test_r24_a_release_with_many_problems_asks_as_much(client, on_the_day):
    hq = factories.hq()
    cycle, _ = several(hq, 8)
    release = releasing.ask(cycle, by=hq, now=RELEASE_DAY)
    release.items.filter(pk__in=release.items.values("pk")[:2]).update(problem="Why")
    client.force_login(hq)
    path = reverse("release", args=[cycle.slug, release.pk])
    assert own_queries(client, path) == 6
    release.items.update(problem="Why")
    assert own_queries(client, path) == 6


def test_outcomes_stay_hqs_until_the_release_is_through(client, on_the_day):
    """A release that waits for its time tells nobody anything: page, first page, list, mail."""
    hq = factories.hq()
    cycle, made = several(hq, 1)
    Email.objects.all().delete()
    releasing.ask(cycle, by=hq, now=RELEASE_DAY, at=RELEASE_DAY + timedelta(days=1))
    people = [made[0].school.memberships.first().user, made[0].hub.memberships.get().user]
    people.append(helpers.reviews_of(made[0])[0].standing.user)
    for person in people:
        client.force_login(person)
        for path in (
            "/",
            "/submissions/",
            f"/submissions/{made[0].pk}/",
            f"/submissions/{made[0].pk}/award/",
        ):
            text = client.get(path, follow=True).content.decode()
            assert "Well done." not in text
            assert "Decided" not in text
            assert "releas" not in text.lower(), path
        assert client.get(f"/submissions/{made[0].pk}/award/letter/").status_code in {302, 404}
    assert Email.objects.count() == 0
    assert Decision.objects.get().released_at is None
