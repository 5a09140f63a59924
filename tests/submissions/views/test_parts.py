"""Writing, sending, returning and signing off parts through the pages."""

import pytest

from submissions.domain.writing import text_mark
from submissions.models import Part
from tests import factories


def save(client, world, part, text, **more):
    data = {"text": text, "seen": text_mark(part.text), **more}
    return client.post(f"{world.url}parts/{part.pk}/text/", data)


def test_a_draft_is_saved_and_nobody_is_told(world, as_):
    part = world.part()
    answer = save(as_(world.people["subject leader"]), world, part, "What changed:\r\npupils ask.")
    assert (answer.status_code, answer["Location"]) == (302, part.get_absolute_url())
    part.refresh_from_db()
    assert part.text == "What changed:\npupils ask."
    assert part.status == "draft"
    assert part.versions.count() == 1


@pytest.mark.parametrize("role", ["headteacher", "hub leader", "mentor", "hq"])
def test_nobody_else_writes(world, as_, role):
    part = world.part()
    assert save(as_(world.people[role]), world, part, "Mine").status_code == 403
    part.refresh_from_db()
    assert part.text == ""


def test_extra_fields_are_ignored(world, as_):
    part = world.part()
    save(
        as_(world.people["subject leader"]),
        world,
        part,
        "Text",
        status="signed_off",
        title="Hacked",
        is_required="",
    )
    part.refresh_from_db()
    assert (part.status, part.title, part.is_required) == ("draft", "A1 Criterion 1", True)


def autosave(client, world, part, text, seen=""):
    data = {"text": text, "seen": text_mark(seen)}
    return client.post(f"{world.url}parts/{part.pk}/text/", data, headers={"Accept": "application/json"})


def test_typed_text_is_saved_as_it_is_typed(world, as_):
    part = world.part()
    answer = autosave(as_(world.people["subject leader"]), world, part, "Typing")
    assert answer.json() == {"said": "Saved at 9am", "fields": {"seen": text_mark("Typing")}}
    part.refresh_from_db()
    assert part.text == "Typing"


def test_typing_says_why_it_isnt_saved(world, as_):
    part = world.part()
    client = as_(world.people["subject leader"])
    assert autosave(client, world, part, "x" * 60_001).json()["said"] == (
        "This text is too long to keep. Shorten it."
    )
    Part.objects.filter(pk=part.pk).update(status="sent", sent_at=factories.NOW)
    answer = autosave(client, world, part, "More")
    assert answer.status_code == 422
    assert answer.json()["said"].startswith("You sent this to your hub leader on Tuesday 3 November 2026.")
    assert autosave(as_(world.people["headteacher"]), world, part, "Mine").status_code == 403
    client.logout()
    assert autosave(client, world, part, "Mine").status_code == 401


def test_r03_a_newer_text_is_never_overwritten_and_both_are_shown(world, as_):
    part = world.part()
    Part.objects.filter(pk=part.pk).update(text="Theirs, newer")
    client = as_(world.people["subject leader"])
    answer = save(client, world, part, "Mine")
    assert answer.status_code == 409
    assert "Theirs, newer" in answer.content.decode()
    assert ">\nMine</textarea>" in answer.content.decode()
    part.refresh_from_db()
    assert part.text == "Theirs, newer"
    merged = client.post(
        f"{world.url}parts/{part.pk}/text/",
        {"text": "Mine", "seen": text_mark("Theirs, newer"), "merge": "1"},
    )
    assert ">\nTheirs, newer\n\nMine</textarea>" in merged.content.decode()
    assert save(client, world, part, "Theirs, newer\n\nMine").status_code == 302
    part.refresh_from_db()
    assert part.text == "Theirs, newer\n\nMine"


def test_r03_autosave_over_a_newer_text_says_so_and_changes_nothing(world, as_):
    part = world.part()
    Part.objects.filter(pk=part.pk).update(text="Theirs, newer")
    answer = autosave(as_(world.people["subject leader"]), world, part, "Mine")
    assert answer.status_code == 409
    assert "Somebody else has saved a newer text" in answer.json()["said"]
    assert answer.json()["standing"] == {"text": "Theirs, newer"}
    assert answer.json()["fields"] == {"seen": text_mark("Theirs, newer")}
    part.refresh_from_db()
    assert part.text == "Theirs, newer"


def test_what_was_typed_stays_on_the_page_when_the_part_closed_meanwhile(world, as_):
    part = world.part()
    Part.objects.filter(pk=part.pk).update(status="sent", sent_at=factories.NOW)
    answer = save(as_(world.people["subject leader"]), world, part, "My long evening's work")
    assert answer.status_code == 200
    assert "My long evening&#x27;s work" in answer.content.decode()
    assert "You sent this to your hub leader on Tuesday 3 November 2026" in answer.content.decode()


def test_a_draft_may_be_too_long_and_a_sent_one_not(world, as_):
    part = world.part()
    client = as_(world.people["subject leader"])
    assert save(client, world, part, "word " * 60).status_code == 302
    text = client.get(f"{world.url}parts/{part.pk}/send/").content.decode()
    assert "Your reflection has 60 words. Shorten it to 50 or fewer." in text
    client.post(f"{world.url}parts/{part.pk}/send/")
    part.refresh_from_db()
    assert part.status == "draft"


def test_send_return_send_again_sign_off(world, as_):
    part = world.part()
    factories.fill_part(part)
    leader, hub_leader = world.people["subject leader"], world.people["hub leader"]
    page = f"{world.url}parts/{part.pk}/"

    confirm = as_(leader).get(page + "send/").content.decode()
    assert "Send A1 Criterion 1 to your hub leader" in confirm
    assert str(hub_leader) in confirm
    assert as_(leader).post(page + "send/")["Location"] == part.get_absolute_url()
    assert "can change it if they return it" in as_(leader).get(part.get_absolute_url()).content.decode()

    empty = as_(hub_leader).post(page + "return/", {"reason": ""})
    assert "Write your feedback" in empty.content.decode()
    as_(hub_leader).post(page + "return/", {"reason": "Say more about impact."})
    part.refresh_from_db()
    assert part.status == "returned"
    seen = as_(leader).get(part.get_absolute_url()).content.decode()
    assert "Say more about impact." in seen
    assert "Your hub leader returned this." in seen

    as_(leader).post(page + "send/")
    as_(hub_leader).post(page + "sign_off/")
    part.refresh_from_db()
    assert part.status == "signed_off"
    assert part.signed_version is not None
    as_(hub_leader).post(page + "reopen/", {"reason": "A fact is wrong."})
    part.refresh_from_db()
    assert part.status == "returned"


@pytest.mark.parametrize(
    ("role", "action"),
    [
        ("mentor", "sign_off"),
        ("mentor", "return"),
        ("hq", "sign_off"),
        ("headteacher", "send"),
        ("subject leader", "sign_off"),
        ("hub leader", "send"),
    ],
)
def test_who_may_not_move_a_part(world, as_, role, action):
    part = world.part()
    factories.fill_part(part)
    client = as_(world.people[role])
    assert client.get(f"{world.url}parts/{part.pk}/{action}/").status_code == 403
    assert client.post(f"{world.url}parts/{part.pk}/{action}/", {"reason": "x"}).status_code == 403


def test_an_unknown_move_of_a_part_isnt_there(world, as_):
    part = world.part()
    assert as_(world.people["hq"]).get(f"{world.url}parts/{part.pk}/explode/").status_code == 404


def test_versions_say_who_and_when(world, as_):
    part = world.part()
    client = as_(world.people["subject leader"])
    save(client, world, part, "First")
    text = client.get(f"{world.url}parts/{part.pk}/versions/").content.decode()
    assert "Version 1" in text
    assert str(world.people["subject leader"]) in text
    assert "Tuesday 3 November 2026 at 9am" in text


def test_after_submitting_readers_see_the_signed_version(make_world, as_):
    world = make_world(status="submitted")
    factories.sign_off_parts(world.submission)
    part = world.part()
    Part.objects.filter(pk=part.pk).update(text="Slipped in later")
    text = as_(world.people["hub leader"]).get(part.get_absolute_url()).content.decode()
    assert "What changed, and how we know." in text
    assert "Slipped in later" not in text


def test_feedback_thread(world, as_):
    part = world.part()
    hub_leader, leader, mentor = (world.people[name] for name in ("hub leader", "subject leader", "mentor"))
    as_(mentor).post(f"{world.url}parts/{part.pk}/feedback/", {"body": "Which year?", "quote": "pupils"})
    thread = part.feedback.get()
    assert (thread.body, thread.quote, thread.author) == ("Which year?", "pupils", mentor)
    as_(leader).post(f"{world.url}feedback/{thread.pk}/answer/", {"body": "Year 4."})
    as_(leader).post(f"{world.url}feedback/{thread.pk}/resolve/")
    thread.refresh_from_db()
    assert thread.resolved_by == leader
    text = as_(hub_leader).get(part.get_absolute_url()).content.decode()
    assert "Year 4." in text
    assert "Dealt with" in text


@pytest.mark.parametrize(
    ("role", "status"), [("subject leader", 403), ("headteacher", 403), ("hq", 403), ("other hub", 404)]
)
def test_only_the_hub_starts_feedback(world, as_, role, status):
    part = world.part()
    client = as_(world.people[role])
    assert client.post(f"{world.url}parts/{part.pk}/feedback/", {"body": "Hm"}).status_code == status
    assert not part.feedback.exists()


def test_a_thread_of_another_submission_isnt_found_here(world, as_):
    other = factories.submission()
    hub_leader = factories.hub_member(other.hub)
    part = other.parts.filter(kind="reflection")[0]
    as_(hub_leader).post(f"/submissions/{other.pk}/parts/{part.pk}/feedback/", {"body": "Theirs"})
    thread = part.feedback.get()
    client = as_(world.people["subject leader"])
    assert client.post(f"{world.url}feedback/{thread.pk}/answer/", {"body": "Me"}).status_code == 404
    assert client.post(f"{world.url}feedback/{thread.pk}/resolve/").status_code == 404
    thread.refresh_from_db()
    assert thread.resolved_at is None
