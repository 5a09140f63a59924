"""The log for HQ: found by what, who, about and day; paged by key; names looked up; downloads told."""

import csv
import io
import re
from datetime import timedelta
from pathlib import Path

import pytest
from django.apps import apps
from django.test import Client

from awards.domain.awarding import award_machine
from awards.domain.review_machine import review_machine
from hubs.domain.registrations import registration_machine
from payments.domain.invoice_machine import invoice_machine
from psqm_portal.board.log import search
from psqm_portal.board.log.names import THINGS, resolve
from psqm_portal.board.log.words import ALL, words_of
from psqm_portal.core import log
from psqm_portal.core.machine import Machine
from psqm_portal.core.models import LogEntry
from psqm_portal.core.roles import Role
from rounds.domain.machine import round_machine
from submissions.domain.case_machine import case_machine
from submissions.domain.machine import submission_machine
from submissions.domain.part_machine import part_machine
from tests import factories as make
from tests.support.queries import own_queries
from tests.support.world import build

pytestmark = pytest.mark.django_db


@pytest.fixture
def hq() -> Client:
    browser = Client()
    browser.force_login(make.hq())
    return browser


def text_of(client: Client, path: str) -> str:
    answer = client.get(path)
    assert answer.status_code == 200, path
    return answer.content.decode()


def written(number: int, **fields) -> list[LogEntry]:
    """Two at each moment, so that the moment alone isn't a key."""
    fields = {"action": "round.open", "by": None, **fields}
    log.write_many(log.entry(now=make.NOW + timedelta(minutes=row // 2), **fields) for row in range(number))
    return list(LogEntry.objects.filter(action=fields["action"]).order_by("-at", "-pk"))


def test_names_are_looked_up_and_the_log_holds_none(hq: Client) -> None:
    leader = make.user("Rosalind Franklin")
    work = make.submission(place=make.school(name="Ashbrook Primary"))
    part = work.parts.get(code="a1")
    log.write("part.sign_off", by=leader, now=make.NOW, about=f"part:{part.pk}", detail="signed_off")
    text = text_of(hq, "/log/")
    assert "Rosalind Franklin" in text
    assert "Signed a part off" in text
    assert "Criterion 1 – Ashbrook Primary, Autumn" in text
    assert f'href="/submissions/{work.pk}/"' in text
    assert "9am" in text
    row = LogEntry.objects.get(action="part.sign_off")
    assert "Rosalind" not in str([row.action, row.about, row.detail])
    leader.name = "Rosalind Elsie Franklin"
    leader.save()
    assert "Rosalind Elsie Franklin" in text_of(hq, "/log/")


def test_every_sort_of_thing_has_its_words(hq: Client) -> None:
    """On one page each kind of id once: the words and the address of each can be made."""
    w = build()
    assert w.told.registration is not None
    pks = {
        "person": make.user().pk, "school": w.school.pk, "hub": w.hub.pk, "round": w.round.pk,
        "milestone": w.extra["milestone"].pk, "framework": w.round.framework_id,
        "submission": w.working.pk, "part": w.part.pk, "evidence": w.piece.pk, "review": w.review.pk,
        "standing": w.review.standing_id, "award": w.award.pk, "invoice": w.invoice.pk,
        "registration": w.registration.pk, "hub_round": w.hub_round.pk, "training_session": w.session.pk,
        "school_membership": w.extra["school_membership"].pk,
        "hub_membership": w.extra["hub_membership"].pk, "hq_membership": w.extra["hq_membership"].pk,
        "invitation": w.invitation.pk, "file": w.file.pk, "mentoring": w.extra["mentoring"].pk,
        "leader_meeting": w.extra["meeting"].pk, "leader_application": w.extra["application"].pk,
        "substitution": w.extra["substitution"].pk, "leader_commitment": w.extra["commitment"].pk,
        "appeal": w.extra["appeal"].pk, "interest": w.extra["interest"].pk,
        "assignment_plan": w.extra["plan"].pk, "release": w.extra["release"].pk,
    }  # fmt: skip
    named = resolve(f"{kind}:{pk}" for kind, pk in pks.items())
    assert set(named) == {f"{kind}:{pk}" for kind, pk in pks.items()}
    assert set(THINGS) - set(pks) == {"pack", "case", "fees", "earning_terms"}
    client = Client()
    client.force_login(w.people["HQ admin"])  # type: ignore[arg-type]
    assert [one.url for one in named.values() if one.url and client.get(one.url).status_code != 200] == []


def test_an_id_that_is_gone_speaks_for_itself(hq: Client) -> None:
    log.write("round.open", by=None, now=make.NOW, about="round:999999", detail="part:888888")
    text = text_of(hq, "/log/")
    assert "round:999999" in text
    assert "part:888888" in text


@pytest.mark.parametrize("rows", [1, 3, 10])
def test_r24_a_page_costs_the_same_for_any_number_of_rows(hq: Client, rows: int) -> None:
    for _ in range(rows):
        person, work = make.user(), make.submission()
        log.write("submission.submit", by=person, now=make.NOW, about=work.key, detail="submitted")
        log.write("part.send", by=person, now=make.NOW, about=f"part:{work.parts.all()[0].pk}")
        log.write("person.renamed", by=person, now=make.NOW, about=f"person:{person.pk}")
    # The right, the rows, how many, submissions, parts; people
    assert own_queries(hq, "/log/?what=work") == 5
    assert own_queries(hq, "/log/") == 6


def test_pages_by_key_show_every_line_once_both_ways(hq: Client) -> None:
    rows = written(120)
    everything = search.find(what="round.open")
    shown, key = [], ""
    pages = []
    while True:
        page = search.page(everything, before=key)
        pages.append(page.rows)
        shown += page.rows
        key = page.older
        if not key:
            break
    assert [len(page) for page in pages] == [50, 50, 20]
    assert shown == rows
    back = search.page(everything, after=search.key_of(pages[2][0]))
    assert back.rows == pages[1]
    assert search.page(everything, after=back.newer).rows == pages[0]
    assert search.page(everything, after=back.newer).newer == ""


def test_what_is_written_meanwhile_moves_no_page(hq: Client) -> None:
    rows = written(60)
    older = search.page(search.find(what="round.open")).older
    log.write("round.open", by=None, now=make.NOW + timedelta(days=1))
    assert search.page(search.find(what="round.open"), before=older).rows == rows[50:]


@pytest.mark.parametrize("key", ["x", "-", "1-", "-1", "1-2-3", "9" * 30 + "-1", "1-" + "9" * 30, "²-1"])
def test_a_key_that_says_nothing_is_none(hq: Client, key: str) -> None:
    written(1)
    assert "Opened a round" in text_of(hq, f"/log/?before={key}")
    assert "Opened a round" in text_of(hq, f"/log/?after={key}")


def _found(client: Client, query: str) -> list[str]:
    return [row["Action"] for row in downloaded(client, query) if row["Action"] != "page.downloaded"]


def downloaded(client: Client, query: str = "") -> list[dict[str, str]]:
    answer = client.get(f"/log/log.csv?{query}")
    assert answer.status_code == 200
    body = b"".join(answer.streaming_content).decode("utf-8-sig")
    return [row for row in csv.DictReader(io.StringIO(body)) if row["Action"] != "session.signed_in"]


def test_found_by_what_who_about_and_day(hq: Client) -> None:
    w = build()
    ann, bo = make.user("Ann Archer"), make.user("Bo Archer", email="bo@x.test.example")
    lines = {
        "part.send": (ann, f"part:{w.part.pk}", 0),
        "review.complete": (bo, f"review:{w.review.pk}", 1),
        "invoice.issue": (None, f"invoice:{w.invoice.pk}", 2),
        "school_membership.ended": (ann, f"school_membership:{w.extra['school_membership'].pk}", 3),
        "session.failed": (None, f"person:{bo.pk}", 4),
        "evidence.children_seen": (bo, f"evidence:{w.piece.pk}", 5),
    }
    start = make.NOW + timedelta(days=400)
    for action, (by, about, day) in lines.items():
        log.write(action, by=by, now=start + timedelta(days=day), about=about)
    days = "first_0=1&first_1=12&first_2=2027"
    assert _found(hq, days) == list(reversed(lines))
    for query, found in {
        "what=money": ["invoice.issue"],
        "what=part.send": ["part.send"],
        "who=archer": ["evidence.children_seen", "school_membership.ended", "review.complete", "part.send"],
        "who=BO@X.test": ["evidence.children_seen", "review.complete"],
        f"who=person:{ann.pk}": ["school_membership.ended", "part.send"],
        "who=the+portal": ["session.failed", "invoice.issue"],
        f"about={w.working.key}": ["evidence.children_seen", "invoice.issue", "part.send"],
        f"about={w.in_review.key}": ["review.complete"],
        f"about={w.school.name}": [
            *("evidence.children_seen", "school_membership.ended", "invoice.issue", "part.send")
        ],
        f"about={w.invoice.number.lower()}": ["invoice.issue"],
        "about=bo+archer": ["session.failed"],
        f"about=user:{bo.pk}": ["session.failed"],
        "what=work&who=archer": ["part.send"],
    }.items():  # fmt: skip
        assert _found(hq, f"{days}&{query}") == found, query
    third = start + timedelta(days=2)
    three = f"{{0}}_0={third.day}&{{0}}_1={third.month}&{{0}}_2={third.year}"
    assert _found(hq, f"{three.format('first')}&{three.format('last')}") == ["invoice.issue"]


@pytest.mark.parametrize(
    ("query", "answer"),
    [
        ("who=nobody+at+all", "has “nobody at all” in it"),
        ("who=person", "More than 20 are called “person”"),
        ("about=nowhere", "is called “nowhere”"),
        ("first_0=31&first_1=2&first_2=2027", "From must be a real date"),
        ("what=hm", "Choose what happened"),
    ],
)
def test_what_cant_be_looked_for_is_said_with_the_words_kept(hq: Client, query: str, answer: str) -> None:
    for _ in range(21):
        make.user()
    text = text_of(hq, f"/log/?{query}")
    assert answer in text
    assert "Error: " in text
    assert hq.get(f"/log/log.csv?{query}").url.startswith("/log/?")


def test_a_download_is_told_itself_and_holds_no_formula(hq: Client) -> None:
    person = make.user("=cmd()")
    log.write("round.open", by=person, now=make.NOW, detail="open")
    told, *rows = downloaded(hq)
    assert (told["What"], told["More"]) == ("Downloaded a list or file", "GET log_download")
    assert [(row["When (UTC)"], row["What"], row["By"], row["By (id)"], row["More"]) for row in rows] == [
        ("2026-11-03T09:00:00+00:00", "Opened a round", "'=cmd()", str(person.pk), "open")
    ]
    assert told["By (id)"] == hq.session["_auth_user_id"]


def test_a_download_is_read_in_pieces_up_to_a_limit() -> None:
    rows = written(25)
    pieces = list(search.in_pieces(search.find(what="round.open"), size=10, most=23))
    assert [len(piece) for piece in pieces] == [10, 10, 3]
    assert [row for piece in pieces for row in piece] == rows[:23]


def test_counting_ends_at_a_thousand(hq: Client) -> None:
    written(1002)
    assert "More than 1,000 lines" in text_of(hq, "/log/?what=round.open")


@pytest.mark.parametrize("role", [Role.HQ_FINANCE, Role.HQ_VIEWER])
def test_only_hq_admins_read_it(role: Role) -> None:
    browser = Client()
    browser.force_login(make.hq(role))
    assert browser.get("/log/").status_code == 403
    assert 'href="/log/"' not in browser.get("/").content.decode()


def test_every_move_and_every_line_that_the_code_writes_has_words() -> None:
    machines: list[Machine] = [
        *(award_machine, case_machine, invoice_machine, part_machine, registration_machine, review_machine),
        *(round_machine, submission_machine),
    ]
    actions = {f"{machine.name}.{action}" for machine in machines for action in machine.moves}
    ours = [config.path for config in apps.get_app_configs() if "site-packages" not in config.path]
    for folder in ours:
        for file in Path(folder).rglob("*.py"):
            text = file.read_text()
            actions |= set(re.findall(r'log\.(?:write|entry)\(\s*"([a-z_]+\.[a-z_]+)"', text))
            for names in re.findall(r"log\.follow\((.*?)\n?\)", text, re.DOTALL):
                actions |= set(re.findall(r'"([a-z_]+\.[a-z_]+)"', names))
    assert actions - set(ALL) == set()
    assert words_of("new_thing.done_well") == "New thing: done well"
