"""Activity: who did what when on a submission, for all who may see it."""

import html
import re
from datetime import date, timedelta

import pytest

from messaging.domain.conversations import post
from psqm_portal.core.models import HistoryEntry
from rounds.models import Step
from submissions.domain import evidence, extensions, feedback
from submissions.models import Case, Extension, ExtensionRequest
from submissions.models.submission import Status
from tests import factories as make
from tests.support.queries import own_queries

NOW = make.NOW


def told(client, url: str, query: str = "") -> list[tuple[str, ...]]:
    """(what, when and who, reason) as the page shows them, newest first."""
    text = client.get(f"{url}history/{query}").content.decode()
    items = re.findall(r'<li class="app-timeline__item">(.*?)</li>', text, re.DOTALL)
    return [tuple(_plain(part) for part in _parts(item)) for item in items]


def _parts(item: str) -> tuple[str, str, str]:
    found = [
        re.search(rf'class="app-timeline__{name}">(.*?)</{tag}>', item, re.DOTALL)
        for name, tag in [("title", "p"), ("when", "p"), ("body", "div")]
    ]
    return tuple(one[1] if one else "" for one in found)  # type: ignore[return-value]


def _plain(text: str) -> str:
    return " ".join(html.unescape(re.sub(r"<[^>]+>", "", text)).split())


def moved(world, action: str, by: str = "hub leader", *, machine: str = "submission", pk: int = 0, **fields):
    fields = {"target": "enrolled", "at": NOW, "reason": "", **fields}
    HistoryEntry.objects.create(
        machine=machine,
        subject_id=pk or world.submission.pk,
        action=action,
        by=world.people.get(by),
        **fields,
    )


def live(world) -> None:
    """A day of everything."""
    sl, hl, hq = (world.people[name] for name in ("subject leader", "hub leader", "hq"))
    for name in ("subject leader", "hub leader", "hq"):
        world.people[name].name = name.title()
        world.people[name].save()
    part = world.part()
    at = [NOW - timedelta(days=1) + timedelta(minutes=minute) for minute in range(20)]
    moved(world, "confirm_level", at=at[0])
    moved(world, "send", "subject leader", machine="part", pk=part.pk, target="sent", at=at[1])
    moved(world, "return", machine="part", pk=part.pk, target="returned", at=at[2], reason="Say how.")
    piece = evidence.add(world.submission, title="Seeds", note="We sowed.", by=sl, now=at[3])
    thread = feedback.comment(part, "Which ones?", by=hl, now=at[4])
    feedback.comment(piece, "When?", by=hl, now=at[5])
    feedback.answer(thread, "Beans.", by=sl, now=at[6])
    feedback.resolve(thread, by=sl, now=at[7])
    evidence.remove(piece, by=sl, now=at[8])
    post(
        world.submission.conversation, by=sl, body="Secret words", now=at[9], tell=[],
        about=world.submission.key, url="/", title="t",
    )  # fmt: skip
    until = date(2026, 12, 20)
    asked = ExtensionRequest.objects.create(
        submission=world.submission,
        step=Step.ACTION_PLAN,
        until=until,
        why="Flu",
        asked_by=hl,
        asked_at=at[10],
    )
    extensions.decline(asked, answer="Too late.", by=hq, now=at[11])
    Extension.objects.create(
        submission=world.submission, step=Step.ACTION_PLAN, until=until, reason="A flood", granted_by=hq,
        granted_at=at[12],
    )  # fmt: skip
    Case.objects.create(
        submission=world.submission, hub=world.submission.hub, kind="issue", title="We can't agree", text="…",
        raised_by=hl, raised_at=at[13], due_on=until,
    )  # fmt: skip


ALL = [
    ("Sent to HQ: An issue I can't resolve", "9.13am, Hub Leader", "We can't agree"),
    ("More time was given: Action plan, until Sunday 20 December 2026", "9.12am, Hq", "A flood"),
    ("More time was declined: Action plan", "9.11am, Hq", "Too late."),
    ("More time was asked for: Action plan, until Sunday 20 December 2026", "9.10am, Hub Leader", ""),
    ("A message was written", "9.09am, Subject Leader", ""),
    ("“Seeds” was taken away from the evidence", "9.08am, Subject Leader", ""),
    ("A comment on A1 Criterion 1 was dealt with", "9.07am, Subject Leader", ""),
    ("A comment on A1 Criterion 1 was answered", "9.06am, Subject Leader", ""),
    ("A comment was written on “Seeds”", "9.05am, Hub Leader", ""),
    ("A comment was written on A1 Criterion 1", "9.04am, Hub Leader", ""),
    ("“Seeds” was added to the evidence", "9.03am, Subject Leader", ""),
    ("A1 Criterion 1 was returned with feedback", "9.02am, Hub Leader", "Say how."),
    ("A1 Criterion 1 was sent to the hub leader", "9.01am, Subject Leader", ""),
    ("The level was confirmed", "9am, Hub Leader", ""),
]


def test_all_that_happened_newest_first_with_who_and_when(world, as_):
    live(world)
    client = as_(world.people["hub leader"])
    assert told(client, world.url) == ALL
    text = client.get(f"{world.url}history/").content.decode()
    assert "Monday 2 November 2026" in text
    assert "Secret words" not in text  # that there was one, not what it says
    assert f'href="{world.url}conversation/"' in text or f'href="{world.url}messages/"' in text


@pytest.mark.parametrize(
    ("role", "sees"),
    [
        *(("subject leader", ALL[1:]), ("headteacher", ALL[1:]), ("mentor", ALL[1:]), ("hq", ALL)),
    ],
)
def test_a_case_is_seen_by_who_raised_it_and_hq(world, as_, role, sees):
    live(world)
    assert told(as_(world.people[role]), world.url) == sees


@pytest.mark.parametrize("role", ["other school", "other hub", "finance", "viewer", "school finance"])
def test_nobody_else_sees_any_of_it(world, as_, role):
    assert as_(world.people[role]).get(f"{world.url}history/").status_code == 404


@pytest.mark.parametrize(
    ("kind", "rows"),
    [
        *(("steps", ALL[11:]), ("messages", ALL[4:5]), ("dates", ALL[1:4]), ("cases", ALL[:1])),
        *(("evidence", [ALL[5], ALL[10]]), ("feedback", ALL[6:10]), ("nonsense", ALL)),
    ],
)
def test_one_kind_of_it(world, as_, kind, rows):
    live(world)
    assert told(as_(world.people["hub leader"]), world.url, f"?kind={kind}") == rows


def test_what_is_under_embargo_is_hqs_alone(make_world, as_):
    world = make_world(status=Status.DECIDED)
    for action in ("assign_reviewers", "finish_reviews", "add_review", "decide", "undo", "uphold_appeal"):
        moved(world, action, "hq", reason="Gold it is")
    moved(world, "release", "hq", reason="Early, since Gold")
    moved(world, "submit", "subject leader")
    for role in ("subject leader", "headteacher", "mentor", "hub leader"):
        assert [title for title, *_ in told(as_(world.people[role]), world.url)] == [
            "The work was submitted to PSQM"
        ]
    assert len(told(as_(world.people["hq"]), world.url)) == 8
    world.submission.status = Status.NOTIFIED
    world.submission.save()
    shown = told(as_(world.people["subject leader"]), world.url)
    assert [(title, reason) for title, _, reason in shown] == [
        ("The work was submitted to PSQM", ""),
        ("The outcome was told", ""),
    ]


def test_a_case_that_was_settled_says_how_to_who_raised_it(world, as_):
    case = Case.objects.create(
        submission=world.submission, hub=world.submission.hub, kind="change", title="Sam leaves", text="…",
        raised_by=world.people["headteacher"], raised_at=NOW, due_on=NOW.date(), status="closed",
        outcome="handed_over", answer="Ana leads now.", closed_at=NOW,
    )  # fmt: skip
    moved(world, "close", "hq", machine="case", pk=case.pk, target="closed", at=NOW + timedelta(hours=1))
    for role in ("headteacher", "hq"):
        title, _, reason = told(as_(world.people[role]), world.url)[0]
        assert title == "HQ closed a case: Handed over to a new subject leader"
        assert reason == "Ana leads now."
    assert told(as_(world.people["subject leader"]), world.url) == []


def test_pages_of_fifty_hold_each_once(world, as_):
    for number in range(120):
        moved(world, "propose_level", at=NOW + timedelta(minutes=number // 3), reason=f"Why {number}")
    client = as_(world.people["subject leader"])
    pages = [told(client, world.url, f"?page={page}") for page in (1, 2, 3)]
    assert [len(page) for page in pages] == [50, 50, 20]
    reasons = [reason for page in pages for *_, reason in page]
    assert reasons == [f"Why {number}" for number in reversed(range(120))]


@pytest.mark.parametrize(("times", "queries"), [(1, 17), (3, 17), (10, 11)])
def test_r24_a_page_costs_the_same_however_much_happened(world, as_, times, queries):
    """Ten days of everything don't fit one page: its fifty rows are of fewer sorts."""
    for _ in range(times):
        live(world)
    client = as_(world.people["hub leader"])
    # Submission; how many, which; one for each of eleven sorts, and parts, titles; people
    assert own_queries(client, f"{world.url}history/") == queries


def test_an_empty_page_says_what_will_be_here(world, as_):
    client = as_(world.people["subject leader"])
    assert "Nothing has happened yet" in client.get(f"{world.url}history/").content.decode()
    assert "Nothing of this yet" in client.get(f"{world.url}history/?kind=dates").content.decode()


def test_hq_goes_on_to_the_log(world, as_):
    link = f"/log/?about=submission%3A{world.submission.pk}"
    assert link in as_(world.people["hq"]).get(f"{world.url}history/").content.decode()
    assert "/log/" not in as_(world.people["subject leader"]).get(f"{world.url}history/").content.decode()
