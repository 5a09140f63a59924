"""Feedback on pages: quotes in the text, the box and its replies, what a school was asked."""

import pytest

from psqm_portal.core.roles import Role
from submissions.domain.feedback import comment, resolve
from submissions.models import Feedback, Part, ReplyTemplate
from tests import factories
from tests.support.queries import own_queries

QUOTED = '<mark class="app-quote">'


@pytest.fixture
def part(world):
    part = world.part()
    Part.objects.filter(pk=part.pk).update(
        text="Pupils **chose** a question.\n\nThen they measured.", status="sent", sent_at=factories.NOW
    )
    part.refresh_from_db()
    return part


@pytest.fixture
def leader(world):
    return world.people["hub leader"]


def text_of(answer):
    return answer.content.decode()


@pytest.mark.parametrize("role", ["subject leader", "headteacher", "hub leader", "mentor", "hq"])
def test_a_quote_is_marked_in_the_text_and_leads_to_its_thread(world, as_, part, leader, role):
    thread = comment(part, "Which one?", quote="chose a question", by=leader, now=factories.NOW)
    text = text_of(as_(world.people[role]).get(part.get_absolute_url()))
    assert (
        f'<strong><span id="quote-{thread.pk}"></span>{QUOTED}chose</mark></strong>{QUOTED} a question</mark>'
        in text
    )
    assert f'href="#feedback-{thread.pk}"' in text
    assert f'id="feedback-{thread.pk}"' in text
    assert f'href="#quote-{thread.pk}"' in text
    assert "These words have changed since" not in text


def test_a_quote_whose_words_are_gone_says_so(world, as_, part, leader):
    thread = comment(part, "Which one?", quote="chose a question", by=leader, now=factories.NOW)
    Part.objects.filter(pk=part.pk).update(text="Pupils chose an answer.")
    text = text_of(as_(world.people["subject leader"]).get(part.get_absolute_url()))
    assert QUOTED not in text
    assert "These words have changed since." in text
    assert f'href="#quote-{thread.pk}"' not in text


def test_a_thread_that_is_dealt_with_is_folded_unmarked_and_opens_again(world, as_, part, leader):
    thread = comment(part, "Which one?", quote="measured", by=leader, now=factories.NOW)
    school = as_(world.people["subject leader"])
    answer = school.post(f"{world.url}feedback/{thread.pk}/resolve/")
    assert answer["Location"] == f"{part.get_absolute_url()}#feedback-{thread.pk}"
    text = text_of(school.get(part.get_absolute_url()))
    assert QUOTED not in text
    assert "Feedback that is dealt with" in text
    assert "Open it again" in text
    school.post(f"{world.url}feedback/{thread.pk}/reopen/")
    thread.refresh_from_db()
    assert thread.resolved_at is None
    assert QUOTED in text_of(school.get(part.get_absolute_url()))


def test_quotes_in_an_action_plan_and_in_a_caption_and_a_note(world, as_, leader):
    plan = world.part("action_plan")
    factories.fill_part(plan)
    part = world.part()
    piece = factories.evidence(world.submission, note="Seen by all.")
    factories.tie(piece, part, caption="It shows choosing.")
    for on, quote in (
        (plan, "science week"),
        (plan, "Pupils ask"),
        (part, "shows choosing"),
        (piece, "by all"),
    ):
        comment(on, "Say more.", quote=quote, by=leader, now=factories.NOW)
    client = as_(world.people["subject leader"])
    assert text_of(client.get(plan.get_absolute_url())).count(QUOTED) == 2
    assert f"{QUOTED}shows choosing</mark>" in text_of(client.get(part.get_absolute_url()))
    assert f"{QUOTED}by all</mark>" in text_of(client.get(f"{world.url}evidence/{piece.pk}/"))


def test_s22_quotes_and_replies_are_text(world, as_, part, leader):
    markup = "<img src=x onerror=hit()>"
    Part.objects.filter(pk=part.pk).update(text=f"See {markup} here")
    comment(part, markup, quote=f"See {markup}", by=leader, now=factories.NOW)
    comment(part, markup, quote=f"{markup} gone", by=leader, now=factories.NOW)
    ReplyTemplate.objects.create(person=leader, title=markup, body=f'"{markup}')
    client = as_(leader)
    for page in (part.get_absolute_url(), f"{world.url}feedback/", f"{world.url}sign-off/", "/desk/replies/",
                 f"{world.url}parts/{part.pk}/feedback/"):  # fmt: skip
        text = text_of(client.get(page))
        assert markup not in text, page
        assert "&lt;img src=x onerror=hit()&gt;" in text, page
    assert QUOTED in text_of(client.get(part.get_absolute_url()))


# The box


def test_a_comment_that_cant_be_taken_keeps_what_was_typed(world, as_, part, leader):
    url = f"{world.url}parts/{part.pk}/feedback/"
    answer = as_(leader).post(url, {"body": " ", "quote": "measured"})
    assert "Write your feedback" in text_of(answer)
    assert ">\nmeasured</textarea>" in text_of(answer)
    long = as_(leader).post(url, {"body": "x" * 5001})
    assert "x" * 5001 in text_of(long)
    assert not Feedback.objects.exists()


def test_an_empty_answer_comes_back_on_its_page(world, as_, part, leader):
    thread = comment(part, "Which one?", by=leader, now=factories.NOW)
    answer = as_(leader).post(f"{world.url}feedback/{thread.pk}/answer/", {"body": ""})
    assert "Write your answer" in text_of(answer)
    assert "Which one?" in text_of(answer)


def test_a_reply_goes_into_the_box_behind_what_was_typed(world, as_, part, leader):
    mine = ReplyTemplate.objects.create(person=leader, title="How", body="Say how you know.")
    url = f"{world.url}parts/{part.pk}/feedback/"
    client = as_(leader)
    page = text_of(client.get(part.get_absolute_url()))
    assert 'data-words="Say how you know."' in page
    filled = text_of(
        client.post(url, {"use": "1", "reply": mine.pk, "body": "Well done.", "quote": "measured"})
    )
    assert "Well done.\n\nSay how you know.</textarea>" in filled
    assert ">\nmeasured</textarea>" in filled
    assert ">\nSay how you know.</textarea>" in text_of(client.get(f"{url}?reply={mine.pk}"))
    assert not Feedback.objects.exists()


@pytest.mark.parametrize("chosen", ["", "x", "9" * 30, "0", "theirs"])
def test_s02_a_reply_of_somebody_else_puts_nothing_into_the_box(world, as_, part, leader, chosen):
    theirs = ReplyTemplate.objects.create(person=world.people["mentor"], title="T", body="Not yours")
    asked = str(theirs.pk) if chosen == "theirs" else chosen
    text = text_of(as_(leader).get(f"{world.url}parts/{part.pk}/feedback/?reply={asked}"))
    assert "Not yours" not in text


@pytest.mark.parametrize(("role", "status"), [("subject leader", 403), ("hq", 403), ("other hub", 404)])
def test_the_box_is_the_hubs(world, as_, part, role, status):
    assert as_(world.people[role]).get(f"{world.url}parts/{part.pk}/feedback/").status_code == status


def test_replies_are_written_changed_and_deleted(world, as_, leader):
    client = as_(leader)
    client.post("/desk/replies/new/", {"title": "How", "body": "Say how."})
    reply = ReplyTemplate.objects.get(person=leader)
    again = client.post("/desk/replies/new/", {"title": " How ", "body": "Twice"})
    assert "You have a reply with this name" in text_of(again)
    client.post(f"/desk/replies/{reply.pk}/", {"title": "How", "body": "Say how you know."})
    assert "Say how you know." in text_of(client.get("/desk/replies/"))
    assert client.get(f"/desk/replies/{reply.pk}/delete/").status_code == 200
    client.post(f"/desk/replies/{reply.pk}/delete/")
    assert not ReplyTemplate.objects.exists()


@pytest.mark.parametrize("page", ["", "delete/"])
@pytest.mark.parametrize(
    ("role", "status"), [("mentor", 404), ("other hub", 404), ("subject leader", 403), ("hq", 403)]
)
def test_s02_a_reply_is_its_persons_alone(world, as_, leader, page, role, status):
    reply = ReplyTemplate.objects.create(person=leader, title="How", body="Say how.")
    client = as_(world.people[role])
    assert client.get(f"/desk/replies/{reply.pk}/{page}").status_code == status
    assert client.post(f"/desk/replies/{reply.pk}/{page}", {"title": "x", "body": "x"}).status_code == status
    reply.refresh_from_db()
    assert reply.body == "Say how."


@pytest.mark.parametrize("action", ["answer", "resolve", "reopen"])
def test_s02_a_thread_of_another_school_isnt_found_under_ones_own(world, as_, action):
    other = factories.submission()
    thread = comment(other.parts.first(), "Theirs", by=factories.hub_member(other.hub), now=factories.NOW)
    if action == "reopen":
        resolve(thread, by=factories.member(other.school), now=factories.NOW)
    before = Feedback.objects.values().get(pk=thread.pk)
    for role in ("subject leader", "hub leader"):
        answer = as_(world.people[role]).post(f"{world.url}feedback/{thread.pk}/{action}/", {"body": "Mine"})
        assert answer.status_code == 404
    assert list(Feedback.objects.values()) == [before]


# What a school was asked


def test_what_you_were_asked_gathers_all_that_is_open(world, as_, part, leader):
    plan = world.part("action_plan")
    piece, gone = factories.evidence(world.submission), factories.evidence(world.submission)
    comment(part, "About the part", by=leader, now=factories.NOW)
    comment(plan, "About the plan", by=leader, now=factories.NOW)
    comment(piece, "About the piece", by=leader, now=factories.NOW)
    comment(gone, "About what is gone", by=leader, now=factories.NOW)
    done = comment(part, "Dealt with", by=leader, now=factories.NOW)
    resolve(done, by=leader, now=factories.NOW)
    gone.removed_at = factories.NOW
    gone.save()
    school = as_(world.people["subject leader"])
    text = text_of(school.get(f"{world.url}feedback/"))
    assert "What you were asked" in text
    order = [
        text.index(words)
        for words in ("About the plan", "About the part", "About the piece", "Feedback that is dealt with")
    ]
    assert order == sorted(order)
    assert "About what is gone" not in text
    assert f'href="{part.get_absolute_url()}#feedback"' in text
    tasks = text_of(school.get(world.url))
    assert "See what you were asked: 3 open comments" in tasks
    assert "1 open comment" in tasks
    assert "See what you were asked: 3 open comments" in text_of(school.get("/"))
    assert "What the school was asked" in text_of(as_(leader).get(f"{world.url}feedback/"))


def test_an_answer_from_there_comes_back_there(world, as_, part, leader):
    thread = comment(part, "Which one?", by=leader, now=factories.NOW)
    school = as_(world.people["subject leader"])
    answer = school.post(f"{world.url}feedback/{thread.pk}/answer/", {"body": "The first.", "back": "asked"})
    assert answer["Location"] == f"{world.url}feedback/#feedback-{thread.pk}"
    assert "1 answered" in text_of(as_(leader).get(f"{world.url}feedback/"))
    odd = school.post(f"{world.url}feedback/{thread.pk}/resolve/", {"back": "//evil.example"})
    assert odd["Location"] == f"{part.get_absolute_url()}#feedback-{thread.pk}"


@pytest.mark.parametrize("number", [1, 3, 10])
def test_r24_pages_with_feedback_cost_the_same_however_much_there_is(world, as_, part, leader, number):
    for row in range(number):
        comment(part, f"Comment {row}", quote="measured", by=leader, now=factories.NOW)
        comment(factories.evidence(world.submission), "How?", by=leader, now=factories.NOW)
        ReplyTemplate.objects.create(person=leader, title=f"Reply {row}", body="x")
    client = as_(leader)
    assert own_queries(client, f"{world.url}feedback/") == 5
    assert own_queries(client, f"{world.url}parts/{part.pk}/feedback/") == 8
    assert own_queries(client, "/desk/replies/") == 2


# Everything on one page


def test_the_sign_off_page_holds_it_all(make_world, as_):
    world = make_world(status="with_hub")
    factories.sign_off_parts(world.submission)
    part = world.part()
    Part.objects.filter(pk=part.pk).update(status="sent", signed_version=None)
    leader = world.people["hub leader"]
    comment(part, "How many?", quote="What changed", by=leader, now=factories.NOW)
    text = text_of(as_(leader).get(f"{world.url}sign-off/"))
    contents, parts = text.split('aria-label="Parts"')[1].split("</nav>", 1)
    assert contents.count("<li>") == world.submission.parts.count()
    assert f'href="#part-{part.pk}"' in contents
    assert f'id="part-{part.pk}"' in parts
    for words in (
        "It shows how pupils choose questions.",
        "More enquiry",
        "1 open comment",
        f"{QUOTED}What changed</mark>",
    ):
        assert words in parts
    assert text.count("Not ready yet.") == 1
    assert f'{world.url}parts/{part.pk}/sign_off/"' in parts
    mentor = text_of(as_(world.people["mentor"]).get(f"{world.url}sign-off/"))
    assert "/sign_off/" not in mentor
    assert "Return with feedback" not in mentor
    assert "Add feedback" in mentor


def test_the_whole_is_signed_off_at_the_top_when_all_is_ready(make_world, as_):
    world = make_world(status="with_hub")
    factories.sign_off_parts(world.submission)
    text = text_of(as_(world.people["hub leader"]).get(f"{world.url}sign-off/"))
    button = f'action="{world.url}sign-off/whole/"'
    assert text.count(button) == 2
    assert text.index(button) < text.index('aria-label="Parts"')


def test_returning_in_place_comes_back_to_the_part(world, as_, part, leader):
    url = f"{world.url}parts/{part.pk}/feedback/"
    client = as_(leader)
    empty = client.post(url, {"return": "1", "back": "sign_off", "body": "", "quote": "measured"})
    assert "Write what the school should change" in text_of(empty)
    assert ">\nmeasured</textarea>" in text_of(empty)
    answer = client.post(url, {"return": "1", "back": "sign_off", "body": "What with?", "quote": "measured"})
    assert answer["Location"] == f"{world.url}sign-off/#part-{part.pk}"
    part.refresh_from_db()
    assert part.status == "returned"
    assert Feedback.objects.values_list("body", "quote").get() == ("What with?", "measured")
    only = client.post(url, {"back": "sign_off", "body": "And more."})
    assert only["Location"] == f"{world.url}sign-off/#part-{part.pk}"


def test_returning_is_the_hub_leaders(world, as_, part):
    mentor = factories.hub_member(world.submission.hub, Role.MENTOR)
    answer = as_(mentor).post(f"{world.url}parts/{part.pk}/feedback/", {"return": "1", "body": "No"})
    assert answer.status_code == 403
    part.refresh_from_db()
    assert part.status == "sent"
    assert not Feedback.objects.exists()


def test_returning_from_the_parts_page_needs_no_second_comment(world, as_, part, leader):
    comment(part, "Which one?", by=leader, now=factories.NOW)
    client = as_(leader)
    url = f"{world.url}parts/{part.pk}/return/"
    assert "You have 1 open comment on it already" in text_of(client.get(url))
    client.post(url, {"reason": ""})
    part.refresh_from_db()
    assert part.status == "returned"
