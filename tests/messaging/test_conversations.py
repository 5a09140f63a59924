"""Talk: one message a post, notices to the others, unread for exactly what wasn't seen."""

from datetime import timedelta

import pytest
from django.core.exceptions import PermissionDenied
from django.core.files.uploadedfile import SimpleUploadedFile
from django.template.loader import render_to_string

from messaging import queries, registers, talk_mails
from messaging.domain.conversations import change, delete, mark_read, post, start
from messaging.forms import MessageForm
from messaging.models import Conversation, Email, Message, ReadMark
from messaging.pages.thread import fresh, read
from messaging.registers import ConversationSource
from messaging.slots import Talk, Topic
from psqm_portal.core.files.rights import may_read
from psqm_portal.core.files.storing import store
from psqm_portal.core.machine import Refused
from psqm_portal.core.models import LogEntry, StoredFile
from tests import factories
from tests.psqm_portal.core import hostile
from tests.support.queries import own_queries
from tests.support.races import at_once

pytestmark = pytest.mark.django_db
NOW = factories.NOW


@pytest.fixture
def ana():
    return factories.user("Ana Lee")


@pytest.fixture
def bo():
    return factories.user("Bo Dunn")


@pytest.fixture
def talk():
    return start(now=NOW)


@pytest.fixture
def source(monkeypatch):
    """Conversations by the people who take part, as a later app would register them."""
    parts = {}

    def mine(user):
        return Conversation.objects.filter(pk__in=[pk for pk, people in parts.items() if user.pk in people])

    def topics(user, ids):
        return {pk: Topic(f"Talk {pk}", f"/talks/{pk}/") for pk in ids}

    monkeypatch.setattr(registers, "conversation_sources", [])
    monkeypatch.setattr(queries, "conversation_sources", [ConversationSource(mine, mine, topics)])
    return parts


def say(talk, by, body="Hello", *, tell=(), at=NOW, files=()):
    return post(
        talk, by=by, body=body, now=at, tell=tell, about="submission:7", url="/submissions/7/messages/",
        title="Oak Primary, Autumn 2026", attachments=files,
    )  # fmt: skip


def picture(colour="red"):
    upload = SimpleUploadedFile("photo.png", hostile.image("PNG", colour=colour))
    return store(upload, owner="school-1", by=None, now=NOW)


def test_a_message_is_kept_and_the_others_are_told(talk, ana, bo):
    message = say(talk, ana, "  Hello\r\nthere ", tell=[ana, bo, bo])
    assert (message.body, message.author, message.sent_at) == ("Hello\nthere", ana, NOW)
    mail = Email.objects.get()
    assert (mail.recipient, mail.about) == (bo, "submission:7")
    assert mail.subject == "New message from Ana Lee: Oak Primary, Autumn 2026"
    assert "/submissions/7/messages/" in mail.text
    assert "Hello\nthere" not in mail.text
    talk.refresh_from_db()
    assert talk.last_message_at == NOW


def test_an_empty_message_is_refused(talk, ana):
    with pytest.raises(Refused, match="Write a message"):
        say(talk, ana, " \r\n ")


def test_r01_the_same_form_sent_twice_is_one_message(talk, ana, bo):
    first = say(talk, ana, tell=[bo])
    assert say(talk, ana, tell=[bo], at=NOW + timedelta(seconds=59)) == first
    assert Message.objects.count() == Email.objects.count() == 1
    say(talk, ana, tell=[bo], at=NOW + timedelta(seconds=60))
    say(talk, bo, at=NOW + timedelta(seconds=61))
    say(talk, ana, "Other words", at=NOW + timedelta(seconds=62))
    assert Message.objects.count() == 4


def test_the_same_words_with_another_file_are_another_message(talk, ana):
    red, blue = picture("red"), picture("blue")
    one = say(talk, ana, files=[red])
    assert say(talk, ana, files=[red]) == one
    assert say(talk, ana, files=[blue]) != one
    assert say(talk, ana) != one


def test_messages_of_one_instant_keep_their_order(talk, ana, bo):
    first, second = say(talk, ana), say(talk, bo)
    early = say(talk, ana, "from a clock that runs late", at=NOW - timedelta(hours=1))
    assert first.sent_at < second.sent_at < early.sent_at
    assert list(talk.messages.all()) == [first, second, early]


def test_unread_until_marked(talk, ana, bo):
    say(talk, ana, "one")
    say(talk, ana, "two")
    assert queries.unread_counts(bo, [talk]) == {talk.pk: 2}
    assert queries.unread_counts(ana, [talk]) == {}
    talk.refresh_from_db()
    mark_read(talk, by=bo, now=NOW)
    assert queries.unread_counts(bo, [talk]) == {}
    say(talk, ana, "three")
    assert queries.unread_counts(bo, [talk.pk]) == {talk.pk: 1}
    assert queries.unread_counts(bo, []) == {}


def test_what_came_while_reading_stays_unread(talk, ana, bo):
    say(talk, ana, "seen")
    talk.refresh_from_db()
    say(talk, ana, "came after the page was made")
    mark_read(talk, by=bo, now=NOW + timedelta(minutes=5))
    assert queries.unread_counts(bo, [talk]) == {talk.pk: 1}


def test_a_mark_never_moves_back(talk, ana, bo):
    say(talk, ana, "one")
    stale = Conversation.objects.get(pk=talk.pk)
    say(talk, ana, "two")
    talk.refresh_from_db()
    mark_read(talk, by=bo, now=NOW)
    mark_read(stale, by=bo, now=NOW)
    assert queries.unread_counts(bo, [talk]) == {}
    assert ReadMark.objects.filter(user=bo).count() == 1


def test_answering_marks_as_read(talk, ana, bo):
    say(talk, ana)
    say(talk, bo, "Yes")
    assert queries.unread_counts(bo, [talk]) == {}
    assert queries.unread_counts(ana, [talk]) == {talk.pk: 1}


def seen_as(talk, *, may_write=True, takes_part=True, names=None):
    talk.refresh_from_db()
    return Talk(
        talk, Topic("Oak Primary", "/talks/1/"), "submission:7", "school-1", may_write=may_write,
        takes_part=takes_part, audience=lambda: "Read by all", tell=list, role_names=lambda: names or {},
    )  # fmt: skip


def test_the_thread_as_one_reader_sees_it(talk, ana, bo):
    say(talk, bo, "old")
    talk.refresh_from_db()
    mark_read(talk, by=ana, now=NOW)
    say(talk, ana, "mine", at=NOW + timedelta(minutes=1))
    new = say(talk, bo, "new", at=NOW + timedelta(minutes=2), files=[picture()])
    ReadMark.objects.filter(user=ana).update(read_to=NOW + timedelta(minutes=1))
    found = read(seen_as(talk, names={bo.pk: "hub leader"}), ana, now=NOW)
    shown = [(line.message.body, line.mine, line.unread, line.role_name) for line in found.lines]
    assert shown == [
        ("old", False, False, "hub leader"), ("mine", True, False, ""), ("new", False, True, "hub leader"),
    ]  # fmt: skip
    assert found.lines[-1].attachments == list(new.attachments.all())
    assert queries.unread_counts(ana, [talk]) == {}


@pytest.mark.parametrize("count", [1, 3, 10, 29])
def test_r24_a_thread_costs_the_same_for_any_length(talk, ana, bo, count, django_assert_num_queries):
    for number in range(count):
        say(talk, (ana, bo)[number % 2], f"Message {number}")
    ReadMark.objects.update_or_create(
        conversation=talk, user=ana, defaults={"read_to": NOW + timedelta(days=1)}
    )
    seen = seen_as(talk)
    # How far it was read, messages and their files, how far others have read.
    with django_assert_num_queries(4):
        assert len(read(seen, ana, now=NOW).lines) == count


def test_a_long_conversation_comes_in_pages(talk, ana, bo):
    every = [say(talk, bo, str(number), at=NOW + timedelta(minutes=number)) for number in range(75)]
    mark_read(talk, by=ana, now=NOW + timedelta(days=1))
    seen = seen_as(talk)

    def shown(**page):
        found = read(seen, ana, now=NOW, **page)
        return [int(line.message.body) for line in found.lines], found.earlier, found.later

    assert shown() == (list(range(45, 75)), every[45].pk, None)
    assert shown(before=str(every[45].pk)) == (list(range(15, 45)), every[15].pk, every[44].pk)
    assert shown(before=str(every[15].pk)) == (list(range(15)), None, every[14].pk)
    # What was searched for, with some words after it.
    assert shown(at=str(every[40].pk)) == (list(range(11, 51)), every[11].pk, every[50].pk)
    assert shown(at=str(every[70].pk)) == (list(range(41, 75)), every[41].pk, None)
    for strange in ("x", "", "-1", "9" * 40, str(say(start(now=NOW), bo).pk)):
        assert shown(before=strange) == shown()


def test_all_that_is_new_stands_on_the_first_page(talk, ana, bo):
    for number in range(50):
        say(talk, bo, str(number), at=NOW + timedelta(minutes=number))
    assert len(read(seen_as(talk), ana, now=NOW).lines) == 50
    assert len(read(seen_as(talk), ana, now=NOW).lines) == 30


def test_what_a_standing_page_lacks(talk, ana, bo):
    old = say(talk, ana, "old")
    seen = read(seen_as(talk), ana, now=NOW).seen
    later = NOW + timedelta(minutes=1)
    assert fresh(seen_as(talk), ana, seen, now=later) is None
    say(talk, bo, "new", at=later)
    delete(old, by=ana, now=later)
    found = fresh(seen_as(talk), ana, seen, now=later + timedelta(seconds=10))
    assert [(line.message.body, line.unread) for line in found.new] == [("new", True)]
    assert [line.message.pk for line in found.changed] == [old.pk]
    assert fresh(seen_as(talk), ana, found.seen, now=later + timedelta(minutes=1)) is None
    assert queries.unread_counts(ana, [talk]) == {}
    for strange in ("", "x~y", "2026-11-03", "~", "2026-11-03~2026-11-03"):
        assert fresh(seen_as(talk), ana, strange, now=later) is None


def test_a_message_is_changed_until_somebody_else_has_read_it(talk, ana, bo):
    message = say(talk, ana, "Helo")
    changed = change(message, by=ana, body="Hello", now=NOW + timedelta(minutes=1))
    assert (changed.body, changed.edited_at) == ("Hello", NOW + timedelta(minutes=1))
    with pytest.raises(PermissionDenied):
        change(message, by=bo, body="Mine", now=NOW)
    line = read(seen_as(talk), ana, now=NOW).lines[0]
    assert (line.may_change, line.may_delete) == (True, True)
    read(seen_as(talk), bo, now=NOW)
    with pytest.raises(Refused, match="Somebody has read this message"):
        change(message, by=ana, body="Something else", now=NOW)
    line = read(seen_as(talk), ana, now=NOW).lines[0]
    assert (line.may_change, line.may_delete) == (False, True)
    assert Message.objects.get().body == "Hello"


def test_a_deleted_message_leaves_who_and_when(talk, ana, bo, settings, tmp_path):
    settings.MEDIA_ROOT = tmp_path
    message = say(talk, ana, "Wrong", files=[picture()], tell=[bo])
    with pytest.raises(PermissionDenied):
        delete(message, by=bo, now=NOW)
    deleted = delete(message, by=ana, now=NOW + timedelta(hours=1))
    again = delete(message, by=ana, now=NOW + timedelta(hours=2))
    assert (deleted.body, deleted.deleted_at) == ("", NOW + timedelta(hours=1))
    assert again.deleted_at == NOW + timedelta(hours=1)
    assert not StoredFile.objects.exists()
    assert queries.unread_counts(bo, [talk]) == {}
    assert LogEntry.objects.filter(action="message.delete", by_id=ana.pk).count() == 1
    with pytest.raises(Refused, match="was deleted"):
        change(message, by=ana, body="Back", now=NOW)


def test_a_notice_goes_only_while_there_is_news(talk, ana, bo, source, monkeypatch):
    message = say(talk, ana, tell=[bo])
    mail = Email.objects.get()
    wanted = registers.still_wanted[mail.template]
    monkeypatch.setattr(
        talk_mails, "talk_of", lambda user, pk: seen_as(talk) if user.pk in source.get(pk, set()) else None
    )
    assert not wanted(mail, NOW)  # he may not read it any more
    source[talk.pk] = {ana.pk, bo.pk}
    assert wanted(mail, NOW)
    talk.refresh_from_db()
    mark_read(talk, by=bo, now=NOW)
    assert not wanted(mail, NOW)
    ReadMark.objects.all().delete()
    delete(message, by=ana, now=NOW)
    assert not wanted(mail, NOW)


@pytest.mark.parametrize("count", [1, 3, 10])
def test_r24_the_total_costs_one_query_per_source(ana, bo, source, count, django_assert_num_queries):
    for number in range(count):
        other = start(now=NOW)
        source[other.pk] = {ana.pk, bo.pk}
        say(other, bo, f"Message {number}")
    say(start(now=NOW), bo)  # not hers
    with django_assert_num_queries(1):
        assert (
            sum(queries.unread_counts(ana, queries.conversations_of(ana).order_by().values("pk")).values())
            == count
        )


@pytest.mark.parametrize("count", [1, 3, 10])
def test_r24_the_list_costs_the_same_for_any_length(client, ana, bo, source, count):
    for number in range(count):
        other = start(now=NOW)
        source[other.pk] = {ana.pk}
        say(other, bo, at=NOW + timedelta(minutes=number))
    client.force_login(ana)
    # Conversations (counted as they come), unread counts, last words, who may begin a talk with HQ.
    assert own_queries(client, "/messages/") == 5


def test_the_list_has_the_latest_first_and_only_ones_own(client, ana, bo, source):
    old, new, silent, foreign = (start(now=NOW) for _ in range(4))
    source |= {old.pk: {ana.pk}, new.pk: {ana.pk}, silent.pk: {ana.pk}, foreign.pk: {bo.pk}}
    say(old, bo)
    say(new, bo, at=NOW + timedelta(days=1))
    client.force_login(ana)
    answer = client.get("/messages/")
    assert [(one.row.conversation, one.row.unread) for one in answer.context["rows"]] == [
        (new, 1),
        (old, 1),
        (silent, 0),
    ]
    assert f'href="/talks/{new.pk}/"' in answer.content.decode()


def test_an_empty_list_says_what_will_be_here(client, ana, source):
    client.force_login(ana)
    assert "No conversations yet" in client.get("/messages/").content.decode()


def test_s03_files_open_for_those_who_may_read_the_talk(talk, ana, bo, source):
    stored = picture()
    say(talk, ana, files=[stored])
    source[talk.pk] = {ana.pk}
    assert may_read(ana, stored)
    assert not may_read(bo, stored)
    source[talk.pk] = {bo.pk}  # she left, he came
    assert not may_read(ana, stored)
    assert may_read(bo, stored)


def form_of(*uploads, body="Hello"):
    from django.utils.datastructures import MultiValueDict

    return MessageForm({"body": body}, MultiValueDict({"attachments": list(uploads)}))


def test_the_form_keeps_good_files_and_names_the_bad_one(ana, settings, tmp_path):
    settings.MEDIA_ROOT = tmp_path
    good = SimpleUploadedFile("photo.png", hostile.image("PNG"))
    form = form_of(good, SimpleUploadedFile("volcano.exe", b"MZ"))
    assert form.is_valid()
    assert form.stored(owner="school-1", by=ana, now=NOW) is None
    assert form.errors == {
        "attachments": ["The file volcano.exe can't be used. Upload a photo, PDF or Office file."]
    }
    again = form_of(good, SimpleUploadedFile("same.png", hostile.image("PNG")))
    assert again.is_valid()
    assert [stored.name for stored in again.stored(owner="school-1", by=ana, now=NOW)] == ["photo.png"]


def test_the_form_takes_five_files_and_some_words():
    files = [SimpleUploadedFile(f"{number}.png", b"x") for number in range(6)]
    assert form_of(*files).errors == {"attachments": ["Choose up to 5 files"]}
    assert form_of(body="").errors == {"body": ["Enter message"]}
    assert form_of(body="x" * 10_001).errors == {"body": ["Message must be 10000 characters or fewer"]}


def test_s22_the_partial_escapes_what_people_typed(rf, talk, ana, bo):
    say(talk, factories.user("<script>alert(1)</script>"), "<script>alert(2)</script>\n\n<b>bold</b>")
    seen = seen_as(talk)
    thread = read(seen, ana, now=NOW)
    context = {
        "talk": seen,
        "thread": thread,
        "lines": thread.lines,
        "polls": True,
        "form": MessageForm(),
        "audience": "Read by <b>all</b>",
        "action": "/x/",
    }
    request = rf.get("/")
    request.user = ana
    page = render_to_string("messaging/_conversation.html", context, request)
    assert "<script>alert" not in page
    assert "<b>" not in page
    assert "Read by &lt;b&gt;all" in page
    assert 'enctype="multipart/form-data"' in page
    closed = render_to_string("messaging/_conversation.html", context | {"may_write": False}, request)
    assert "<form" not in closed


@pytest.mark.postgresql
@pytest.mark.django_db(transaction=True)
def test_r01_eight_posts_of_one_form_are_one_message():
    talk, ana, bo = start(now=NOW), factories.user(), factories.user()
    results = at_once([lambda: say(talk, ana, tell=[bo])] * 8)
    assert {type(result) for result in results} == {Message}
    assert Message.objects.count() == Email.objects.count() == 1


@pytest.mark.postgresql
@pytest.mark.django_db(transaction=True)
def test_eight_tabs_mark_as_read_at_once():
    talk, ana, bo = start(now=NOW), factories.user(), factories.user()
    say(talk, ana)
    talk.refresh_from_db()
    before = at_once([lambda: mark_read(talk, by=bo, now=NOW)] * 8)
    assert None in before
    assert set(before) <= {None, talk.last_message_at}
    assert ReadMark.objects.filter(user=bo).count() == 1
