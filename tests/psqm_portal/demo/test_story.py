"""What the told story holds, and that the accounts of the sign-in page can walk about in it."""

from io import StringIO

import pytest
import time_machine
from allauth.account.models import EmailAddress
from django.conf import settings
from django.core.management import call_command
from django.test import Client
from django.urls import reverse

from accounts.models import User
from awards.models import Award, Certificate, PastImport, Review
from hubs.models import Registration
from messaging.models import Email, Message
from messaging.queries import unread_counts
from payments.models import Earning, Invoice
from psqm_portal.core.models import HistoryEntry, StoredFile
from psqm_portal.demo.accounts import ACCOUNTS, EMAILS, PASSWORD
from psqm_portal.demo.story.telling import tell
from rounds.domain.reminders import send_reminders
from rounds.models import Round
from schools.models import School
from submissions.domain.closing import past_close
from submissions.domain.readiness import missing_from
from submissions.domain.versions import changed_since_sign_off
from submissions.models import Evidence, Feedback, Part, Submission
from submissions.models.submission import Status

pytestmark = pytest.mark.django_db

COUNTED = (
    User,
    School,
    Round,
    Submission,
    Evidence,
    StoredFile,
    Email,
    Invoice,
    Earning,
    HistoryEntry,
    Message,
)


def test_telling_it_twice_changes_nothing(story):
    before = [model.objects.count() for model in COUNTED]

    assert tell(story) is False
    said = StringIO()
    call_command("demo_data", stdout=said)

    assert said.getvalue() == "The demonstration's data is there already.\n"
    assert [model.objects.count() for model in COUNTED] == before


def test_submissions_stand_in_every_status(story):
    assert set(Submission.objects.values_list("status", flat=True)) == set(Status.values)


def test_every_kind_of_part_and_registration_there_is(story):
    assert set(Part.objects.values_list("status", flat=True)) == set(Part.Status.values)
    assert set(Registration.objects.values_list("status", flat=True)) == set(Registration.Status.values)
    assert Registration.objects.filter(status="waiting", agreed_at=None).exists()
    assert set(Evidence.objects.values_list("kind", flat=True)) == set(Evidence.Kind.values)
    assert Evidence.objects.filter(children=Evidence.Children.CONSENT).exists()
    assert set(StoredFile.objects.values_list("kind", flat=True)) >= {"image", "pdf"}


def test_what_is_sent_or_signed_off_could_have_been(story):
    done = Part.objects.filter(status__in=[Part.Status.SENT, Part.Status.SIGNED_OFF])
    assert [(part.title, missing_from(part)) for part in done if missing_from(part)] == []
    signed = Part.objects.filter(status=Part.Status.SIGNED_OFF).select_related("signed_version")
    assert changed_since_sign_off(signed) == []


def test_nothing_lies_in_the_future_or_waits_to_be_closed(story):
    assert HistoryEntry.objects.filter(at__gt=story).count() == 0
    assert Message.objects.filter(sent_at__gt=story).count() == 0
    assert Feedback.objects.filter(written_at__gt=story).count() == 0
    assert Email.objects.filter(written_at__gt=story).count() == 0
    late = {submission.status for submission in past_close(story)}
    assert late <= {Status.WITH_HUB}  # sent in time, the hub leader's answer is late


def test_no_mail_waits_and_no_reminder_is_left_for_today(story):
    others = Email.objects.exclude(state=Email.State.SENT).values_list("state", flat=True)
    # One for each thing that HQ's page of mails shows.
    assert sorted(others) == [Email.State.BOUNCED, Email.State.FAILED]
    assert Email.objects.filter(sent_at=None).count() == 1

    assert send_reminders(story) == 0


def test_the_finished_round_has_awards_whose_certificates_are_asked_for(story):
    awarded = Award.objects.filter(past_import=None)
    assert awarded.count() == Certificate.objects.filter(file=None).count() > 0
    assert Review.objects.filter(status=Review.Status.ASSIGNED).exists()


def test_past_awards_are_in_and_some_wait_for_hq(story):
    past = PastImport.objects.get()
    assert past.status == "done"
    assert past.counts == {"written": past.awards.count(), "missing": 1, "level": 1, "broken": 1}
    until = Award.objects.filter(past_import=past, valid_until__gte=story.date()).count()
    assert 0 < until < past.awards.count()


def test_invoices_are_paid_part_paid_overdue_and_held_back(story):
    issued = Invoice.objects.filter(status=Invoice.Status.ISSUED)
    assert issued.filter(paid__gt=0).exists()
    assert issued.filter(due_on__lt=story.date()).exists()
    assert issued.filter(due_on__gt=story.date()).exists()
    assert Invoice.objects.filter(status=Invoice.Status.PAID).exists()
    assert Invoice.objects.filter(status=Invoice.Status.DRAFT).count() == 1
    assert Earning.objects.filter(paid_on=None).exists()


def test_the_subject_leader_has_a_school_at_an_interesting_stage_and_unread_messages(story):
    leader = User.objects.get(email="subject.leader@demo.example")
    mine = Submission.objects.exclude(status=Status.NOTIFIED).get(school__memberships__user=leader)
    statuses = set(mine.parts.exclude(kind=Part.Kind.ACTION_PLAN).values_list("status", flat=True))

    assert mine.status == Status.ENROLLED
    assert mine.target_level is not None
    assert statuses == set(Part.Status.values)
    assert unread_counts(leader, [mine.conversation]) == {mine.conversation_id: 2}


def test_the_subject_leader_renews_an_award_and_has_decided_on_some_of_the_earlier_work(story):
    mine = Submission.objects.exclude(renews=None).get()
    client = Client()
    client.force_login(User.objects.get(email="subject.leader@demo.example"))
    text = client.get(reverse("earlier", args=[mine.pk])).content.decode()

    assert (mine.renews.status, mine.renews.school) == (Status.NOTIFIED, mine.school)
    assert set(mine.parts.values_list("beginning", flat=True)) == {"", *Part.Beginning.values}
    assert "not decided yet" in text
    assert "Deleted: only its name is left" in text
    assert "Withdrawn: the families’ consent has ended" in text


def test_the_reviewer_has_reviews_to_do_one_begun(story):
    mine = Review.objects.filter(standing__user__email="reviewer@demo.example", status=Review.Status.ASSIGNED)

    assert len(mine) >= 2
    assert {review.judgements.count() for review in mine} == {0, 6}


@pytest.mark.parametrize("account", ACCOUNTS, ids=lambda account: account.key)
def test_every_account_signs_in_by_its_button(story, account):
    with time_machine.travel(story, tick=True):
        client = Client()
        page = client.get(reverse("account_login"))
        assert f"Sign in as {account.name}" in page.content.decode()

        answer = client.post(reverse("demo_sign_in"), {"account": account.email})

        assert answer["Location"] == reverse("home")
        home = client.get(reverse("home"))
        assert home.status_code == 200
        assert account.name in home.content.decode()


@pytest.mark.parametrize("account", ACCOUNTS, ids=lambda account: account.key)
def test_every_account_signs_in_by_its_password(story, account):
    assert EmailAddress.objects.get(email=account.email).verified
    with time_machine.travel(story, tick=True):
        client = Client()

        answer = client.post(reverse("account_login"), {"login": account.email, "password": PASSWORD})

        assert answer["Location"] == reverse("home")
        assert client.get(reverse("home")).status_code == 200


def test_nobody_else_is_signed_in_by_a_button(story):
    other = User.objects.exclude(email__in=EMAILS).first()
    assert other is not None
    assert not other.has_usable_password()
    client = Client()

    assert client.post(reverse("demo_sign_in"), {"account": other.email}).status_code == 404
    assert client.get(reverse("demo_sign_in")).status_code == 405
    assert "_auth_user_id" not in client.session


def test_the_button_is_safe_from_other_sites(story):
    client = Client(enforce_csrf_checks=True)

    assert client.post(reverse("demo_sign_in"), {"account": ACCOUNTS[0].email}).status_code == 403


@pytest.mark.parametrize("to", ["", "headteacher@"])
def test_anybody_reads_the_mail(story, to, django_assert_num_queries):
    client = Client()
    with django_assert_num_queries(2):
        page = client.get(reverse("demo_mails"), {"to": to})

    assert page.status_code == 200
    assert all(to in email.to for email in page.context["page"])


def test_a_mails_links_can_be_followed_on_any_port(story):
    email = Email.objects.filter(template="hubs/mail/agreement").latest("written_at")
    Email.objects.filter(pk=email.pk).update(
        text=email.text.replace(settings.PORTAL_ORIGIN, "http://localhost:8123"),
        html=email.html.replace(settings.PORTAL_ORIGIN, "http://localhost:8123"),
    )
    client = Client()

    page = client.get(reverse("demo_mail", args=[email.pk])).content.decode()
    shown = client.get(reverse("demo_mail_html", args=[email.pk]))

    link = next(part.split('"')[0] for part in page.split('href="') if part.startswith("/agreement/"))
    assert client.get(link).status_code == 200
    assert f"{settings.PORTAL_ORIGIN}/agreement/" in shown.content.decode()
    policy = shown["Content-Security-Policy"]
    assert "default-src 'none'" in policy
    assert policy.endswith("sandbox")
