"""What a provider tells of a mail: nothing goes to an address it came back from until that is lifted."""

import base64
import json
from datetime import timedelta

import pytest
from anymail.exceptions import AnymailRecipientsRefused
from anymail.signals import AnymailTrackingEvent
from django.core.exceptions import PermissionDenied
from django.db import IntegrityError, transaction

from messaging.domain import bounces, delivery
from messaging.domain.mail import REMOVED, write
from messaging.domain.resending import resend_one
from messaging.hooks import kind_of, provider_urls
from messaging.models import Email, Suppression
from psqm_portal.core.machine import Refused
from tests import factories

pytestmark = pytest.mark.django_db
NOW = factories.NOW
LATER = NOW + timedelta(hours=1)
ADDRESS = "ana@school.example"
HOOK = "/anymail/postmark/tracking/"
SECRET = "Basic " + base64.b64encode(b"postmark:for-tests").decode()


@pytest.fixture
def ana():
    return factories.user("Ana Lee", email=ADDRESS)


def written(to, **more):
    context = {"author": factories.user("Bo Dunn"), "title": "Oak Primary", "url": "/x/"}
    return write("messaging/mail/new_message", to=to, now=NOW, context=context, **more)


def sent(to, **more):
    email = written(to, **more)
    assert delivery.deliver(email.pk, now=NOW)
    Email.objects.filter(pk=email.pk).update(provider_id=f"p-{email.pk}")
    email.refresh_from_db()
    return email


def report(kind, email, at=LATER, **more):
    given = {"address": email.to, "provider_id": email.provider_id, "detail": "550 5.1.1 No such user"}
    bounces.take_report(bounces.Report(kind=bounces.Kind(kind), happened_at=at, **given | more), now=at)
    email.refresh_from_db()
    return email


def test_a_hard_bounce_marks_the_mail_and_stops_the_next(ana):
    email = report("hard", sent(ana))
    assert (email.state, email.sent_at, email.last_error) == ("bounced", NOW, "550 5.1.1 No such user")
    row = Suppression.objects.get()
    assert (row.address, row.why, row.since, row.detail) == (ADDRESS, "bounce", LATER, email.last_error)
    following = written(ana)
    assert delivery.deliver(following.pk, now=LATER) is False
    following.refresh_from_db()
    assert following.state == "failed"
    assert following.last_error == "Nothing is sent to this address: mail to it came back."


def test_a_complaint_stops_mail_and_leaves_the_mail_sent(ana):
    email = report("complaint", sent(ana))
    assert email.state == "sent"
    assert Suppression.objects.get().why == "complaint"


def test_r11_told_twice_and_late_it_is_the_same(ana):
    email = sent(ana)
    for _ in range(2):
        report("hard", email)
        report("complaint", email)
    row = Suppression.objects.get()
    bounces.lift(row, by=factories.hq(), now=LATER + timedelta(hours=1))
    report("hard", email)
    assert Suppression.objects.filter(lifted_at=None).count() == 0
    report("hard", email, at=LATER + timedelta(hours=2))
    assert Suppression.objects.filter(lifted_at=None).count() == 1


def test_a_soft_bounce_sends_the_same_mail_again(ana):
    email = report("soft", sent(ana))
    assert (email.state, email.sent_at, email.try_at) == ("waiting", None, LATER + timedelta(minutes=30))
    assert not Suppression.objects.exists()
    assert delivery.deliver(email.pk, now=email.try_at)
    # The report of the first try, told again after the second.
    assert report("soft", email, at=LATER).state == "sent"


def test_a_soft_bounce_ends_with_the_tries_and_for_a_secret_at_once(ana, settings):
    settings.MAIL_MAX_TRIES = 1
    assert report("soft", sent(ana)).state == "bounced"
    settings.MAIL_MAX_TRIES, settings.KEEP_SECRET_MAIL = 48, False
    assert report("soft", sent(ana, secret=True)).state == "bounced"


def test_a_report_before_our_own_note_of_it(ana):
    """The provider was quicker: the mail is still in its worker's hands, without the provider's number."""
    email = written(ana)
    Email.objects.update(state="sending", claimed_at=NOW)
    email.refresh_from_db()
    assert report("hard", email, provider_id="new", email_id=email.pk).state == "bounced"


def test_a_number_of_somebody_elses_mail_changes_nothing(ana):
    email = sent(ana)
    report("hard", email, address="other@school.example", email_id=email.pk)
    assert email.state == "sent"
    assert Suppression.objects.get().address == "other@school.example"


def test_the_provider_refuses_the_address_itself(ana, monkeypatch):
    def refuse(email):
        raise AnymailRecipientsRefused

    monkeypatch.setattr(delivery, "_send", refuse)
    email = written(ana)
    delivery.deliver(email.pk, now=NOW)
    email.refresh_from_db()
    assert (email.state, email.last_error) == ("failed", delivery.REFUSED)
    assert Suppression.objects.get().address == ADDRESS


def test_who_lifts_and_how_often(ana):
    def suppressed():
        return bounces.suppress(ADDRESS, Suppression.Why.BOUNCE, detail="", happened_at=LATER, now=LATER)

    row = suppressed()
    with pytest.raises(PermissionDenied):
        bounces.lift(row, by=factories.hq(factories.Role.HQ_VIEWER), now=NOW)
    bounces.lift(row, by=ana, now=NOW)
    with pytest.raises(Refused, match="goes to this address again already"):
        bounces.lift(row, by=ana, now=NOW)
    again = suppressed()
    with pytest.raises(Refused, match="tried this address again today"):
        bounces.lift(again, by=ana, now=NOW + timedelta(hours=23))
    bounces.lift(again, by=ana, now=NOW + timedelta(hours=25))
    row.refresh_from_db()
    assert (row.lifted_at, row.lifted_by) == (NOW, ana)


def test_r17_an_address_is_suppressed_once_at_a_time():
    Suppression.objects.create(address=ADDRESS, why="bounce", since=NOW)
    with pytest.raises(IntegrityError), transaction.atomic():
        Suppression.objects.create(address=ADDRESS, why="bounce", since=NOW)


def test_a_mail_is_sent_again_to_the_address_of_today(ana):
    email = report("hard", sent(ana))
    with pytest.raises(Refused, match="Nothing is sent to this address"):
        resend_one(email, by=factories.hq(), now=LATER)
    ana.email = "ana.lee@school.example"
    ana.save()
    resend_one(email, by=factories.hq(), now=LATER)
    email.refresh_from_db()
    assert (email.to, email.state, email.tries, email.sent_at) == (
        "ana.lee@school.example",
        "waiting",
        0,
        None,
    )
    with pytest.raises(Refused, match="It waits to be sent already"):
        resend_one(email, by=factories.hq(), now=LATER)


def test_a_secret_whose_link_is_gone_is_not_sent_again(ana):
    email = written(ana)
    Email.objects.update(state="failed", text=REMOVED)
    with pytest.raises(Refused, match="link or code that is gone"):
        resend_one(email, by=factories.hq(), now=NOW)
    with pytest.raises(PermissionDenied):
        resend_one(email, by=factories.hq(factories.Role.HQ_VIEWER), now=NOW)


# The provider's side door ---------------------------------------------------------------------------


def told(client, *, secret=SECRET, **more):
    body = {
        "RecordType": "Bounce", "ID": 42, "Type": "HardBounce", "MessageID": "m-1", "Email": ADDRESS,
        "BouncedAt": "2100-01-01T00:00:00Z", "Description": "The server was unable to deliver",
        "Details": "smtp;550 5.1.1 No such user", "Metadata": {}, **more,
    }  # fmt: skip
    headers = {"Authorization": secret} if secret else {}
    return client.post(HOOK, json.dumps(body), content_type="application/json", headers=headers)


def test_a_provider_reports_by_its_webhook(client, ana):
    email = sent(ana)
    assert told(client, Metadata={"email_id": str(email.pk)}).status_code == 200
    email.refresh_from_db()
    assert email.state == "bounced"
    assert email.last_error == "The server was unable to deliver – smtp;550 5.1.1 No such user"
    assert Suppression.objects.get().address == ADDRESS


@pytest.mark.parametrize("secret", ["", "Basic " + base64.b64encode(b"postmark:wrong").decode()])
def test_without_the_secret_nothing_is_heard(client, ana, secret):
    assert told(client, secret=secret).status_code == 400
    assert not Suppression.objects.exists()


def test_other_providers_doors_are_not_there(client):
    assert client.post("/anymail/mailgun/tracking/").status_code == 404
    assert provider_urls("") == []
    assert {str(one.pattern) for one in provider_urls("postmark")} == {
        "postmark/inbound/",
        "postmark/tracking/",
    }


@pytest.mark.parametrize(
    ("event", "kind"),
    [
        ({"event_type": "bounced", "reject_reason": "bounced"}, "hard"),
        ({"event_type": "bounced", "mta_response": "smtp;452 4.2.2 Mailbox full"}, "soft"),
        ({"event_type": "bounced", "mta_response": "550 5.1.1 no such user (4.5.6.7)"}, "hard"),
        ({"event_type": "bounced", "esp_event": {"Type": "SoftBounce"}}, "soft"),
        ({"event_type": "bounced", "esp_event": {"event": "soft_bounce"}}, "soft"),
        ({"event_type": "bounced", "esp_event": {"hard_bounce": False}}, "soft"),
        ({"event_type": "bounced", "esp_event": {"type": "blocked"}}, "soft"),
        ({"event_type": "rejected", "reject_reason": "invalid"}, "hard"),
        ({"event_type": "rejected", "reject_reason": "timed_out"}, "soft"),
        ({"event_type": "rejected", "reject_reason": "unsubscribed"}, "complaint"),
        ({"event_type": "complained"}, "complaint"),
        ({"event_type": "unsubscribed"}, "complaint"),
        ({"event_type": "failed"}, "soft"),
        ({"event_type": "deferred"}, None),
        ({"event_type": "delivered"}, None),
        ({"event_type": "opened"}, None),
    ],
)  # fmt: skip
def test_which_kind_a_report_is(event, kind):
    assert kind_of(AnymailTrackingEvent(**event)) == kind
