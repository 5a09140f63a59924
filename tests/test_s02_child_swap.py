"""S02: one's own parent with somebody else's child in the address changes nothing.

Every address of a submission or school that names a second row, with each of its rows taken from another
submission: one in which the same people have the same rights (the address must fit together), and one of
strangers. A new address of this kind that isn't in ``SWAPS`` fails.
"""

import itertools
import re
from collections.abc import Iterator
from typing import Any, NamedTuple

import pytest
import time_machine
from django.apps import apps
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver, reverse

from accounts.domain.invitations import invite
from accounts.models import User
from psqm_portal.core.files import uploads
from psqm_portal.core.roles import Role
from schools.models import SchoolMembership
from submissions.domain.versions import keep_version
from submissions.models import Feedback, Incoming, Submission
from tests import factories as make

pytestmark = pytest.mark.django_db

LEADER, HUB_LEADER, HEAD = "subject leader", "hub leader", "headteacher"


class Swap(NamedTuple):
    """``children``: what stands in the address after the parent. ``data`` would change something with one's
    own child, which the control shows; None: the page only reads.
    """

    children: tuple[str, ...]
    by: str = LEADER
    data: dict[str, Any] | None = None
    more: tuple[Any, ...] = ()


SWAPS: dict[str, Swap] = {
    "action_row": Swap(("row",), data={
        "criterion": "1", "objective": "O", "actions": "A", "who": "W", "by_when_0": "1", "by_when_1": "3",
        "by_when_2": "2027", "success_measure": "S",
    }),
    "action_row_remove": Swap(("row",), data={}),
    "action_row_progress": Swap(("row",), data={"progress_notes": "Half.", "rag": "amber"}),
    "part_text": Swap(("part",), data={"text": "Swapped.", "seen": "", "save": "1"}),
    "part_versions": Swap(("part",)),
    "part_version": Swap(("part",), more=(1,)),
    "part_version_restore": Swap(("part",), data={}, more=(1,)),
    "part_evidence": Swap(("part",), data={"caption": "C"}),
    "part_caption": Swap(("part", "piece"), data={"caption": "Swapped."}),
    "part_untie": Swap(("part", "piece"), data={}),
    "part_feedback": Swap(("part",), HUB_LEADER, data={"body": "Swapped."}),
    "part_action": Swap(("part",), data={}, more=("send",)),
    "earlier_part": Swap(("part",), data={"choice": "kept"}),
    "evidence_piece": Swap(("piece",)),
    "evidence_change": Swap(("piece",), data={"title": "Swapped.", "note": "Swapped."}),
    "evidence_children": Swap(("piece",), data={
        "children": "consent", "consent_uses": "All", "consent_until_0": "1", "consent_until_1": "3",
        "consent_until_2": "2029",
    }),
    "evidence_consent": Swap(("piece",), data={}),
    "evidence_remove": Swap(("piece",), data={}),
    "evidence_feedback": Swap(("piece",), HUB_LEADER, data={"body": "Swapped."}),
    "evidence_upload_row": Swap(("incoming",)),
    "evidence_upload_remove": Swap(("incoming",), data={}),
    "feedback_answer": Swap(("thread",), HUB_LEADER, data={"body": "Swapped."}),
    "feedback_resolve": Swap(("thread",), HUB_LEADER, data={}),
    "feedback_reopen": Swap(("resolved",), HUB_LEADER, data={}),
    "school_membership_end": Swap(("membership",), HEAD, data={}),
    "school_invitation_again": Swap(("invitation",), HEAD, data={}),
    "school_invitation_withdraw": Swap(("invitation",), HEAD, data={}),
}  # fmt: skip


def _routes(patterns: list[Any], under: str = "") -> Iterator[tuple[str, str]]:
    for pattern in patterns:
        path = under + str(pattern.pattern)
        if isinstance(pattern, URLPattern):
            yield pattern.name or "", path
        elif isinstance(pattern, URLResolver):
            yield from _routes(pattern.url_patterns, path)


def test_s02_every_address_with_two_rows_is_swapped() -> None:
    # A line of a spreadsheet is a number within its import, which alone is loaded by its id.
    found = {
        name
        for name, path in _routes(get_resolver().url_patterns)
        if path.startswith(("submissions/", "schools/"))
        and len(re.findall("<(int|uuid):(?!line>)", path)) > 1
    }
    assert found - set(SWAPS) == set(), "Say in SWAPS which child stands in these"
    assert set(SWAPS) - found == set(), "These addresses are gone"


@pytest.fixture(autouse=True)
def _at_work() -> Iterator[None]:
    with time_machine.travel(make.NOW, tick=False):
        yield


def _fill(made: Submission, people: dict[str, User]) -> dict[str, int]:
    """A row of everything; returns their ids."""
    part, plan = made.parts.get(code="a1"), made.parts.get(code="action-plan")
    for one in (part, plan):
        make.fill_part(one, people[LEADER])
        keep_version(one, by=people[LEADER], now=make.NOW)
    part.text = "A newer text."
    part.save()
    piece = part.evidence_links.get().evidence
    threads = [
        Feedback.objects.create(
            submission=made, part=part, author=people[HUB_LEADER], body="Say how.", written_at=make.NOW,
            resolved_at=at, resolved_by=people[HUB_LEADER] if at else None,
        )
        for at in (None, make.NOW)
    ]  # fmt: skip
    upload = uploads.begin(
        name="a.jpg", size=100, purpose=made.key, owner=made.files_owner, by=people[LEADER], now=make.NOW
    )
    make.member(made.school, Role.SCHOOL_FINANCE)
    membership = SchoolMembership.objects.get(school=made.school, role=Role.SCHOOL_FINANCE.value)
    invitation = invite(
        email=f"new{made.pk}@test.example", name="New", role=Role.SUBJECT_LEADER,
        scope=f"school:{made.school_id}", by=people[HEAD], now=make.NOW,
    )  # fmt: skip
    return {
        "part": part.pk,
        "piece": piece.pk,
        "row": plan.rows.get().pk,
        "thread": threads[0].pk,
        "resolved": threads[1].pk,
        "incoming": Incoming.objects.create(submission=made, upload=upload).pk,
        "membership": membership.pk,
        "invitation": invitation.pk,
    }


class Place(NamedTuple):
    submission: Submission
    ids: dict[str, int]

    def parent(self, name: str) -> int:
        return self.submission.school_id if name.startswith("school_") else self.submission.pk


def _place(people: dict[str, User], near: Submission | None = None) -> Place:
    """A school at work on a renewal; near another one: in its hub, with its people."""
    cycle, hub = (near.round, near.hub) if near else (make.round_(), make.hub())
    old = make.submission(cycle=make.round_(framework=cycle.framework), status="notified")
    make.fill_part(old.parts.get(code="a1"))
    made = make.submission(cycle=cycle, in_hub=hub, place=old.school, renews=old)
    for role in (LEADER, HEAD):
        make.member(made.school, Role(role), people[role])
    if near is None:
        make.hub_member(hub, person=people[HUB_LEADER])
    return Place(made, _fill(made, people))


def _everything() -> dict[str, list[Any]]:
    models = [*apps.get_app_config("submissions").get_models(), *apps.get_app_config("schools").get_models()]
    models += [apps.get_model("core", name) for name in ("StoredFile", "Upload", "HistoryEntry")]
    models += [apps.get_model("accounts", "Invitation"), apps.get_model("messaging", "Email")]
    return {model._meta.label: list(model._base_manager.order_by("pk").values_list()) for model in models}


def _people() -> dict[str, User]:
    return {role: make.user() for role in (LEADER, HUB_LEADER, HEAD)}


def _data(name: str, mine: Place) -> dict[str, Any]:
    data = dict(SWAPS[name].data or {})
    if "criterion" in data:
        data["criterion"] = mine.submission.parts.get(code="a1").criterion_id
    if name == "part_evidence":
        data["piece"] = make.evidence(mine.submission).pk
    if name == "earlier_part":
        mine.submission.parts.filter(code="a1").update(text="")
        mine.submission.parts.get(code="a1").evidence_links.all().delete()
    if name == "part_text":
        from submissions.domain.writing import text_mark

        data["seen"] = text_mark("A newer text.")
    return data


@pytest.mark.parametrize("name", SWAPS)
def test_s02_a_foreign_child_under_ones_own_parent_changes_nothing(client: Client, name: str) -> None:
    people, strangers = _people(), _people()
    mine = _place(people)
    others = [_place(people, near=mine.submission), _place(strangers)]
    swap, data = SWAPS[name], _data(name, mine)
    client.force_login(people[swap.by])
    before = _everything()
    for other in others:
        for foreign in itertools.product([False, True], repeat=len(swap.children)):
            if not any(foreign):
                continue
            ids = [
                (other if is_foreign else mine).ids[child]
                for child, is_foreign in zip(swap.children, foreign, strict=True)
            ]
            url = reverse(name, args=[mine.parent(name), *ids, *swap.more])
            assert client.get(url).status_code in {404, 405}, url
            assert client.post(url, data).status_code in {404, 405}, url
            assert _everything() == before, url
    url = reverse(name, args=[mine.parent(name), *(mine.ids[child] for child in swap.children), *swap.more])
    answer = client.get(url) if swap.data is None else client.post(url, data)
    assert answer.status_code in {200, 302}, (url, answer.status_code)
    assert (_everything() == before) == (swap.data is None), f"The control changed nothing: {url}"


def test_s02_a_foreign_row_in_a_form_changes_nothing(client: Client) -> None:
    """Where the second row comes with the form: ticking another school's piece, or tying to its part."""
    people = _people()
    mine = _place(people)
    theirs = _place(people, near=mine.submission)
    client.force_login(people[LEADER])
    before = _everything()
    part, piece = mine.ids["part"], theirs.ids["piece"]
    client.post(reverse("part_evidence", args=[mine.submission.pk, part]), {"piece": piece, "caption": "x"})
    matrix = reverse("evidence_matrix", args=[mine.submission.pk])
    for pair in (f"{part}.{piece}", f"{theirs.ids['part']}.{mine.ids['piece']}"):
        client.post(matrix, {"t": [pair], "was": ""})
        client.post(matrix, {"t": [], "was": pair, "sure": "1"})
    client.post(
        reverse("evidence_new", args=[mine.submission.pk]) + "?kind=note",
        {"note": "N", "title": "T", "parts": [theirs.ids["part"]]},
    )
    assert _everything() == before
