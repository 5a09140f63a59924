"""HQ's own words for a mail: checked, previewed with real data, tried, never lost (S24, R03)."""

from threading import Barrier

import pytest
from django.core.exceptions import PermissionDenied

from messaging.domain import texts
from messaging.domain.delivery import deliver
from messaging.domain.mail import Letter, shipped, write, write_many
from messaging.domain.wording import Wording
from messaging.models import Email, MailText
from messaging.registers import mail_kinds
from psqm_portal.core.machine import Refused
from psqm_portal.core.models import LogEntry
from psqm_portal.core.seen import OutOfDate, mark_of
from submissions.models import Submission
from tests import factories
from tests.support.queries import own_queries
from tests.support.races import at_once

pytestmark = pytest.mark.django_db
NOW = factories.NOW
KIND = mail_kinds["submissions/mail/part_sent"]
PATH = "/mail/texts/submissions-part-sent/"
WORDS = Wording("{school}: {part} has come", "Dear {first_name},\n\nRead it:\n\n{link}")


@pytest.fixture
def hq():
    return factories.hq()


@pytest.fixture
def hq_client(client, hq):
    client.force_login(hq)
    return client


def body(answer):
    return answer.content.decode()


def sent_for(submission, name="Bo Dunn"):
    part = submission.parts.first()
    return {"submission": submission, "part": part, "by": name, "reason": "", "url": part.get_absolute_url()}


@pytest.fixture
def submission():
    return factories.submission()


def test_hqs_words_are_used_from_then_on_and_the_shipped_ones_again_after(hq, submission):
    person = factories.user("Ana Lee")
    row = texts.edit(KIND, WORDS, by=hq, now=NOW)
    email = write(KIND.template, to=person, now=NOW, context=sent_for(submission))
    part = submission.parts.first()
    assert email.subject == f"{submission.school}: {part} has come"
    assert email.text == f"Dear Ana,\n\nRead it:\n\nhttp://localhost{part.get_absolute_url()}\n"
    assert texts.edit(KIND, WORDS, by=hq, now=NOW) is None
    texts.restore(KIND, by=hq, now=NOW)
    assert texts.standing(KIND) == shipped(KIND.template)
    with pytest.raises(Refused, match="These are the words that the portal comes with"):
        texts.restore(KIND, by=hq, now=NOW)
    assert list(MailText.objects.values_list("is_shipped", flat=True)) == [True, False]
    assert LogEntry.objects.get(action="mail_text.change").about == f"mail_text:{row.pk}"


@pytest.mark.parametrize(
    ("subject", "text", "sentence"),
    [
        ("{school}: {part}", "{reson}", "{reson} isn’t a field"),
        ("{school}: {part}", "{event.__init__}", "{event.__init__} isn’t a field"),
        ("{school}: {part}", "{{ person.password }}", "{ person.password } isn’t a field"),
        ("{school}: {part}", "{first_name!r}", "{first_name!r} isn’t a field"),
        ("{school} has sent a part", "Hi", "Keep {part} in the subject"),
        ("{school}:\n{part}", "Hi", "on one line"),
    ],
)
def test_s24_words_that_cant_be_are_refused_with_a_sentence(hq, subject, text, sentence):
    with pytest.raises(Refused) as refused:
        texts.edit(KIND, Wording(subject, text), by=hq, now=NOW)
    assert sentence in str(refused.value)
    assert not MailText.objects.exists()


@pytest.mark.parametrize(
    "evil", ["{event.__init__}", "{{ person.password }}", "{% debug %}", "[a](https://evil.example)"]
)
def test_s24_names_and_hqs_words_run_nothing_and_link_nowhere(hq, submission, evil):
    """Also where such words came past the form: written straight into the database."""
    submission.school.name = f"Oak\r\nBcc: all@x.example {evil}"
    submission.school.save()
    MailText.objects.create(
        template=KIND.template, subject=f"{{school}} {evil}", body=f"{evil} {{by}}\n\n{evil}", written_by=hq,
        written_at=NOW,
    )  # fmt: skip
    email = write(
        KIND.template,
        to=factories.user(email="ana@x.example"),
        now=NOW,
        context=sent_for(Submission.objects.get(), evil),
    )
    assert email.text == f"{evil} {evil}\n\n{evil}\n"
    assert email.subject == f"Oak Bcc: all@x.example {evil} {evil}"
    assert email.html.count("<a ") == 0
    assert deliver(email.pk, now=NOW)


def test_only_hqs_admins_edit(submission):
    for person in (factories.user(), factories.hq(factories.Role.HQ_FINANCE)):
        with pytest.raises(PermissionDenied):
            texts.edit(KIND, WORDS, by=person, now=NOW)
        with pytest.raises(PermissionDenied):
            texts.restore(KIND, by=person, now=NOW)


def test_r03_words_on_top_of_newer_ones_show_both(hq, hq_client):
    old = shipped(KIND.template)
    mark = mark_of({"subject": old.subject, "body": old.body})
    texts.edit(KIND, WORDS, by=factories.hq(), now=NOW)
    mine = Wording("{school}: {part} is here", "Hello\n\n{link}")
    with pytest.raises(OutOfDate):
        texts.edit(KIND, mine, by=hq, now=NOW, seen_mark=mark)
    data = {"subject": mine.subject, "body": mine.body, "do": "save", "seen": mark}
    answer = hq_client.post(PATH, data)
    assert answer.status_code == 409
    assert WORDS.subject in body(answer)
    assert mine.subject in body(answer)
    assert texts.standing(KIND) == WORDS


@pytest.mark.postgresql
@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("in_turn", [True, False])
def test_r03_two_who_save_at_once_overwrite_nothing(monkeypatch, in_turn):
    """The control: without taking turns both find the old words, and the second stands over the first."""
    old = shipped(KIND.template)
    mark = mark_of({"subject": old.subject, "body": old.body})
    people = [factories.hq(), factories.hq()]
    meeting = Barrier(2)
    if not in_turn:
        monkeypatch.setattr(texts, "_wait_for_turn", lambda: None)
        real = texts.standing
        monkeypatch.setattr(texts, "standing", lambda kind: (real(kind), meeting.wait(20))[0])

    def save(person):
        words = Wording("{school}: {part}", f"Words of {person.pk}")
        try:
            return texts.edit(KIND, words, by=person, now=NOW, seen_mark=mark)
        except OutOfDate:
            return None

    saved = at_once([lambda person=person: save(person) for person in people])
    assert len([row for row in saved if row is not None]) == (1 if in_turn else 2)


def test_write_many_is_write_many_times_over(submission, hq, django_assert_num_queries):
    people = [factories.user() for _ in range(7)] + [factories.user(is_active=False)]
    context = sent_for(submission)

    def letters(prefix, people):
        return [Letter(KIND.template, person, context, once=f"{prefix}{person.pk}") for person in people]

    one = write(KIND.template, to=people[0], now=NOW, context=context, once=f"x{people[0].pk}")
    counts = []
    for some in (people[:3], people):
        # Savepoints (4), HQ's words, what was written before, the rows.
        with django_assert_num_queries(7):
            counts.append(write_many(letters(f"n{len(some)}-", some), now=NOW))
    assert [len([email for email in emails if email]) for emails in counts] == [3, 7]
    again = write_many(letters("x", people), now=NOW)
    assert (again[0], again[-1]) == (None, None)
    assert {email.pk for email in again if email} & {one.pk} == set()
    assert (again[1].subject, again[1].html == "") == (one.subject, False)


# Pages ----------------------------------------------------------------------------------------------


def test_the_list_names_every_mail_and_who_changed_it(hq, hq_client):
    texts.edit(KIND, WORDS, by=hq, now=NOW)
    page = hq_client.get("/mail/texts/")
    assert page.context["count"] == len(mail_kinds)
    assert page.context["changed"] == 1
    assert body(page).count("Your own") == 1
    assert body(page).count("/mail/texts/") >= len(mail_kinds)
    # The right, HQ's words.
    assert own_queries(hq_client, "/mail/texts/") == 2


def test_every_text_is_previewed_with_something_real_or_made_up(hq_client, submission):
    for kind in mail_kinds.values():
        page = hq_client.get(f"/mail/texts/{kind.slug}/")
        assert page.status_code == 200, kind.slug
        shown = page.context["shown"]
        assert "{" not in shown.subject, kind.slug
        assert shown.blocks, kind.slug


def test_the_preview_is_real_and_saves_nothing(hq_client, submission, hq):
    data = {"subject": "{school}: {part}!", "body": "Hi {first_name} {nobody}\n\n{reason}", "do": "preview"}
    page = hq_client.post(PATH, data)
    shown = page.context["shown"]
    assert shown.subject == f"{submission.school}: {submission.parts.first()}!"
    assert f"Hi {hq.get_short_name()} {{nobody}}" in body(page)
    assert "{nobody} isn’t a field of this mail" in body(page)
    assert "Hi {first_name} {nobody}" in body(page)
    assert not MailText.objects.exists()


def test_a_test_goes_to_me_and_to_nobody_else(hq_client, submission, hq):
    page = hq_client.post(PATH, {"subject": "{school}: {part}?", "body": "Hi {first_name}", "do": "try"})
    email = Email.objects.get()
    assert (email.recipient, email.template) == (hq, "messaging/trial")
    assert email.subject == f"Test: {submission.school}: {submission.parts.first()}?"
    assert f"A test is on its way to {hq.email}" in body(page)
    assert not MailText.objects.exists()


def test_saving_and_what_is_refused_keeps_the_words(hq_client, submission):
    page = hq_client.post(PATH, {"subject": "No fields", "body": "Hi {nobody}", "do": "save"})
    assert page.status_code == 200
    for words in ("Keep {school} in the subject", "{nobody} isn’t a field", "No fields", "Hi {nobody}"):
        assert words in body(page)
    assert not MailText.objects.exists()
    answer = hq_client.post(
        PATH, {"subject": WORDS.subject, "body": WORDS.body.replace("\n", "\r\n"), "do": "save"}
    )
    assert (answer.status_code, answer.url) == (302, "/mail/texts/")
    assert texts.standing(KIND) == WORDS


def test_earlier_words_come_back_when_they_are_saved(hq, hq_client):
    first = texts.edit(KIND, WORDS, by=hq, now=NOW)
    texts.edit(KIND, Wording("{school}: {part} two", "Two"), by=hq, now=NOW)
    page = body(hq_client.get(f"{PATH}earlier/"))
    assert f"{PATH}?from={first.pk}" in page
    assert "Dear {first_name}," in page
    start = hq_client.get(f"{PATH}?from={first.pk}")
    assert start.context["form"].initial["subject"] == WORDS.subject
    assert "Nothing changes until you save them" in body(start)
    assert (
        hq_client.get(f"{PATH}?from=shipped").context["form"].initial["body"] == shipped(KIND.template).body
    )
    assert "Mails written from now on say this" in body(hq_client.get(f"{PATH}shipped/"))
    assert hq_client.post(f"{PATH}shipped/").url == PATH
    assert texts.standing(KIND) == shipped(KIND.template)


def test_a_text_that_isnt_there(hq_client):
    assert hq_client.get("/mail/texts/nothing/").status_code == 404
