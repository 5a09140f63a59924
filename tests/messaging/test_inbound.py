"""Answers by mail: only their person's own, only where they may write now, each once, and no loops."""

import base64
import json

import pytest
from django.urls import reverse

from messaging import registers
from messaging.domain.inbound import address_for, read_address
from messaging.models import Email, InboundMail, Message
from psqm_portal.core.roles import Role
from tests import factories
from tests.psqm_portal.core import hostile

pytestmark = pytest.mark.django_db
DOMAIN = "answers.psqm.example"


@pytest.fixture(autouse=True)
def _inbound(settings, tmp_path):
    settings.INBOUND_MAIL_DOMAIN = DOMAIN
    settings.MEDIA_ROOT = tmp_path


class Place:
    """A school's submission with a subject leader and a hub leader."""

    def __init__(self):
        self.submission = factories.submission(parts=False)
        self.leader = factories.member(self.submission.school)
        self.hub_leader = factories.hub_member(self.submission.hub)
        self.to = address_for(self.submission.conversation_id, self.leader.pk)

    @property
    def said(self):
        return list(self.submission.conversation.messages.values_list("body", flat=True))


@pytest.fixture
def place():
    return Place()


def arrives(client, place, text="Yes, Tuesday suits us.", *, basic="postmark:for-tests", **more):
    headers = {"Message-ID": "<one@school.example>", **more.pop("headers", {})}
    mail = {
        "FromFull": {"Email": more.pop("sender", place.leader.email), "Name": "Whoever"},
        "ToFull": [{"Email": more.pop("to", place.to)}],
        "Subject": "Re: New message",
        "TextBody": text,
        "Headers": [{"Name": name, "Value": value} for name, value in headers.items()],
        **more,
    }
    key = base64.b64encode(basic.encode()).decode()
    return client.post(
        "/anymail/postmark/inbound/", json.dumps(mail), content_type="application/json",
        headers={"Authorization": f"Basic {key}"},
    )  # fmt: skip


def last():
    return InboundMail.objects.get()


def told():
    return list(Email.objects.filter(template="messaging/mail/reply_refused"))


def test_an_answer_is_posted_without_what_it_quotes(client, place):
    quoting = "Yes, Tuesday suits us.\n\nOn Tue, 3 Nov 2026, PSQM portal <a@b> wrote:\n> Can you come?"
    assert arrives(client, place, quoting).status_code == 200
    message = Message.objects.get()
    assert (message.body, message.author, message.came_by_mail) == (
        "Yes, Tuesday suits us.",
        place.leader,
        True,
    )
    assert (last().outcome, last().message, last().person) == ("posted", message, place.leader)
    assert [mail.recipient for mail in Email.objects.all()] == [place.hub_leader]
    assert "by email" in _page(client, place)


def _page(client, place):
    client.force_login(place.hub_leader)
    return client.get(reverse("conversation", args=[place.submission.pk])).content.decode()


def test_each_mail_counts_once(client, place):
    for _ in range(3):
        assert arrives(client, place).status_code == 200
    assert place.said == ["Yes, Tuesday suits us."]
    assert InboundMail.objects.count() == 1


def test_a_notice_names_the_address_and_says_so(client, place):
    arrives(client, place)
    notice = Email.objects.get()
    address = registers.reply_addresses[notice.template](notice)
    assert read_address(address) == (place.submission.conversation_id, place.hub_leader.pk)
    assert "You can also answer this mail" in notice.text


def test_without_a_domain_nothing_comes_in(client, place, settings):
    arrives(client, place)
    settings.INBOUND_MAIL_DOMAIN = ""
    assert registers.reply_addresses["messaging/mail/new_message"](Email.objects.get()) == ""
    assert arrives(client, place, "More", headers={"Message-ID": "<two@x>"}).status_code == 200
    assert place.said == ["Yes, Tuesday suits us."]


def test_only_the_provider_brings_mail(client, place):
    assert arrives(client, place, basic="somebody:else").status_code == 400
    assert not InboundMail.objects.exists()


@pytest.mark.parametrize("case", [str, str.upper])
def test_an_address_is_one_persons_in_one_conversation(case, settings):
    address = address_for(12, 7)
    assert read_address(case(address)) == (12, 7)
    assert len(address.partition("@")[0]) <= 64
    for changed in (address.replace("-12-", "-13-"), address.replace("-7-", "-8-"), f"x{address}", "a@b", ""):
        assert read_address(case(changed)) is None
    settings.SECRET_KEY, settings.SECRET_KEY_FALLBACKS = "n" * 50, [settings.SECRET_KEY]
    assert read_address(address) == (12, 7)
    settings.SECRET_KEY_FALLBACKS = []
    assert read_address(address) is None


def test_somebody_elses_mail_is_refused_and_its_person_told(client, place):
    arrives(client, place, sender="thief@test.example")
    assert (place.said, last().outcome) == ([], "refused")
    (mail,) = told()
    assert mail.to == place.leader.email
    assert "only mails from" in mail.text
    assert not Email.objects.filter(to="thief@test.example").exists()


def test_s04_who_left_writes_nothing_more(client, place):
    place.leader.school_memberships.update(ended_at=factories.NOW)
    arrives(client, place)
    assert (place.said, last().outcome) == ([], "refused")
    (mail,) = told()
    assert "You can’t write there any more" in mail.text
    assert place.submission.school.name not in mail.subject + mail.text


def test_hq_reads_a_schools_talk_and_doesnt_write_in_it(client, place):
    admin = factories.hq()
    to = address_for(place.submission.conversation_id, admin.pk)
    arrives(client, place, sender=admin.email, to=to)
    assert (place.said, last().outcome) == ([], "refused")


def test_a_closed_account_is_left_alone(client, place):
    place.leader.is_active = False
    place.leader.save()
    arrives(client, place)
    assert (place.said, last().outcome, told()) == ([], "ignored", [])


@pytest.mark.parametrize(
    "more",
    [
        {"headers": {"Auto-Submitted": "auto-replied"}},
        {"headers": {"Precedence": "bulk"}},
        {"headers": {"X-Autoreply": "yes"}},
        {"headers": {"List-Id": "<staff.school.example>"}},
        {"headers": {"X-Spam-Status": "Yes"}},
        {"sender": "MAILER-DAEMON@school.example"},
        {"sender": f"answer-1-1-x@{DOMAIN}"},
        {"to": "answer-1-1-aaaaaaaaaaaaaaaaaaaaaaaaaa@answers.psqm.example"},
        {"to": "hq@psqm.example"},
        {"Headers": [{"Name": "Return-Path", "Value": "<>"}, {"Name": "Message-ID", "Value": "<b@x>"}]},
    ],
)
def test_machines_are_left_alone(client, place, more):
    assert arrives(client, place, **more).status_code == 200
    assert (place.said, last().outcome) == ([], "ignored")
    assert not Email.objects.exists()


def test_a_loop_ends(client, place):
    for number in range(25):
        arrives(client, place, f"Turn {number}", headers={"Message-ID": f"<{number}@x>"})
    assert len(place.said) == 20
    assert InboundMail.objects.filter(outcome="ignored").count() == 5


def _file(name, content):
    return {
        "Name": name,
        "Content": base64.b64encode(content).decode(),
        "ContentType": "application/octet-stream",
    }


def test_files_go_through_the_checks(client, place):
    files = [_file("photo.png", hostile.image("PNG")), _file("volcano.exe", b"MZ")]
    arrives(client, place, Attachments=files)
    message = Message.objects.get()
    assert [stored.name for stored in message.attachments.all()] == ["photo.png"]
    assert last().outcome == "posted"
    (mail,) = told()
    assert "The file volcano.exe can't be used." in mail.text


@pytest.mark.parametrize(
    ("text", "reason"),
    [("> only a quote", "no text of yours"), ("", "no text of yours"), ("x" * 10_001, "longer than 10,000")],
)
def test_what_cant_be_posted_is_told(client, place, text, reason):
    arrives(client, place, text)
    assert (place.said, last().outcome) == ([], "refused")
    assert reason in told()[0].text


def test_s22_html_is_only_words(client, place):
    arrives(client, place, "", HtmlBody="<p>Yes<script>alert(1)</script></p><p>&lt;b&gt;</p>")
    assert place.said == ["Yes\n\n<b>"]
    assert "&lt;b&gt;" in _page(client, place)


def test_a_mail_without_an_id_counts_once_too(client, place):
    for _ in range(2):
        arrives(client, place, Headers=[])
    assert place.said == ["Yes, Tuesday suits us."]
    assert last().mail_id.startswith("sha256:")


def test_the_mentor_answers_too(client, place):
    mentor = factories.hub_member(place.submission.hub, Role.MENTOR)
    to = address_for(place.submission.conversation_id, mentor.pk)
    arrives(client, place, sender=mentor.email.upper(), to=to)
    assert place.said == ["Yes, Tuesday suits us."]
