"""S03: what each role finds behind every door to a school's work equals the oracle, word by word.

The work is in review: it has signed-off versions, and beside them much that nobody may find there: a newer
text, a comment, a message, unsent words, a photo whose consent was withdrawn, a removed and an infected file.
"""

from zipfile import ZipFile

import pytest
from django.core.exceptions import PermissionDenied
from django.test import Client
from django.urls import reverse

from awards.domain.assignment import give_reviews
from awards.models import Review
from messaging.domain.conversations import post
from psqm_portal.core.models import Draft, StoredFile
from psqm_portal.core.roles import Role
from submissions.domain import packs
from submissions.domain.versions import keep_version
from submissions.models import ActionRow, Evidence, Feedback, Part, Submission
from tests import factories as make
from tests.submissions.packing import jpeg, make_pack, path_of, piece, stored, text_of

pytestmark = pytest.mark.django_db
NOW = make.NOW

# In what was signed off; each stands for itself and is a word that occurs nowhere else.
PINNED = {
    "pinnedtext", "pinnedplan", "pinneddocument", "pinnedcaption", "shownphoto", "pinnedlink", "pinnednote",
    "auditnotes", "policyfile",
}  # fmt: skip
# The school's and its hub's, and not part of what was submitted.
LOOSE = {"loosenote"}
NEVER = {
    "newertext", "commentwords", "messagewords", "unsentwords", "withdrawnphoto", "withdrawncaption",
    "removednote", "infectedfile", "foreigntext", "reviewwords",
}  # fmt: skip
EVERYTHING = PINNED | LOOSE | NEVER

SEES_WORK = {"subject leader", "headteacher", "mentor", "hub leader", "HQ admin"}
SEES_FROZEN = {"reviewer", "HQ admin"}
ROLES = [
    *sorted(SEES_WORK),
    "reviewer",
    "finance contact",
    "HQ finance",
    "HQ viewer",
    "former leader",
    "nobody",
]


@pytest.fixture(autouse=True)
def _today(monkeypatch, settings, tmp_path):
    for module in ("submissions.readers", "awards.readers", "awards.views.offline"):
        monkeypatch.setattr(f"{module}.now", lambda: NOW)
    monkeypatch.setattr("psqm_portal.core.clock.now", lambda: NOW)
    settings.MEDIA_ROOT = tmp_path


@pytest.fixture
def world():
    submission = make.submission(status="signed_off")
    people = {
        "subject leader": make.member(submission.school),
        "headteacher": make.member(submission.school, Role.HEADTEACHER),
        "finance contact": make.member(submission.school, Role.SCHOOL_FINANCE),
        "mentor": make.hub_member(submission.hub, Role.MENTOR),
        "hub leader": make.hub_member(submission.hub),
        "reviewer": make.hub_member(make.hub()),
        "HQ admin": make.hq(),
        "HQ finance": make.hq(Role.HQ_FINANCE),
        "HQ viewer": make.hq(Role.HQ_VIEWER),
        "former leader": make.member(submission.school),
        "nobody": make.user(),
    }
    people["former leader"].school_memberships.update(ended_at=NOW)
    files = _write(submission, people["subject leader"])
    Submission.objects.filter(pk=submission.pk).update(status="submitted", submitted_at=NOW, cycle=1)
    submission.refresh_from_db()
    Submission.objects.filter(pk=submission.pk).update(status="in_review")
    submission.refresh_from_db()
    give_reviews(submission, [people["reviewer"]], by=people["HQ admin"], now=NOW)
    review = Review.objects.get(standing__submission=submission)
    review.private_note = "reviewwords"
    review.save()
    _write_beside(submission, people["subject leader"], files)
    foreign = make.submission()
    foreign.parts.filter(code="a1").update(text="foreigntext")
    return submission, people, review, files


def _write(submission: Submission, leader) -> dict[str, StoredFile]:
    parts = {part.code: part for part in submission.parts.all()}
    assert parts["a1"].criterion is not None
    submission.audit.filter(criterion__code="A1").update(rating=2, notes="auditnotes")
    ActionRow.objects.create(
        part=parts["action-plan"], position=1, criterion=parts["a1"].criterion, objective="pinnedplan",
        actions="x", who="x", by_when=NOW.date(), success_measure="x",
    )  # fmt: skip
    for code, text in (("a1", "pinnedtext"), ("document-1", "pinneddocument")):
        Part.objects.filter(pk=parts[code].pk).update(text=text)
    files = {
        "shownphoto": stored(submission, jpeg()),
        "withdrawnphoto": stored(submission, jpeg(colour="red")),
        "policyfile": stored(submission, b"policy" * 50, "policy.docx", "word"),
        "infectedfile": stored(submission, b"virus" * 50, "virus.docx", "word"),
    }
    for title, file in files.items():
        made = piece(submission, file, title=title)
        make.tie(made, parts["a1"], "withdrawncaption" if title == "withdrawnphoto" else "pinnedcaption")
    make.tie(_note(submission, "pinnednote"), parts["a2"], "")
    link = make.evidence(submission, url="https://example.org/pinnedlink")
    make.tie(link, parts["a2"], "")
    for part in parts.values():
        version = keep_version(part, by=leader, now=NOW)
        Part.objects.filter(pk=part.pk).update(status="signed_off", signed_version=version)
    return files


def _write_beside(submission: Submission, leader, files: dict[str, StoredFile]) -> None:
    part = submission.parts.get(code="a1")
    Part.objects.filter(pk=part.pk).update(text="newertext")
    Feedback.objects.create(
        submission=submission, part=part, author=leader, body="commentwords", written_at=NOW
    )
    post(
        submission.conversation,
        by=leader,
        body="messagewords",
        now=NOW,
        tell=[],
        about="",
        url="/",
        title="t",
    )
    Draft.objects.create(
        person=leader, form=part.get_absolute_url(), fields={"text": "unsentwords"}, saved_at=NOW
    )
    _note(submission, "loosenote")
    Evidence.objects.filter(pk=_note(submission, "removednote").pk).update(removed_at=NOW)
    Evidence.objects.filter(file=files["withdrawnphoto"]).update(consent_withdrawn_at=NOW)
    StoredFile.objects.filter(pk=files["infectedfile"].pk).update(scan="infected")


def _note(submission: Submission, words: str) -> Evidence:
    return make.evidence(submission, note=words)


def found_in(text: str) -> set[str]:
    return {word for word in EVERYTHING if word in text}


def page(person, name, pk) -> set[str]:
    client = Client()
    client.force_login(person)
    response = client.get(reverse(name, args=[pk]))
    return found_in(response.content.decode()) if response.status_code == 200 else set()


def pack_words(submission, person, kind, *, is_frozen) -> set[str]:
    try:
        pack = make_pack(submission, person, kind, is_frozen=is_frozen)
    except PermissionDenied:
        return set()
    if kind == "pdf":
        return found_in(text_of(pack))
    with ZipFile(path_of(pack)) as archive:
        names = " ".join(archive.namelist())
        words = " ".join(archive.read(name).decode(errors="replace") for name in archive.namelist())
    return found_in(f"{names} {words}")


@pytest.mark.parametrize("role", ROLES)
def test_s03_reading_pages_and_packs(world, role: str) -> None:
    submission, people, review, _ = world
    live = PINNED | LOOSE if role in SEES_WORK else set()
    frozen = PINNED if role in SEES_FROZEN else set()
    person = people[role]
    found = {
        "page": page(person, "submission_read", submission.pk),
        "zip": pack_words(submission, person, "zip", is_frozen=False),
        "frozen page": page(person, "review_read", review.pk),
        "frozen zip": pack_words(submission, person, "zip", is_frozen=True),
    }
    assert found == {"page": live, "zip": live, "frozen page": frozen, "frozen zip": frozen}


@pytest.mark.parametrize("role", ["subject leader", "reviewer", "HQ viewer"])
def test_s03_pdfs(world, role: str) -> None:
    """The same template as the ZIP's page, laid out: one role of each kind."""
    submission, people, _, _ = world
    live = PINNED | LOOSE if role in SEES_WORK else set()
    frozen = PINNED if role in SEES_FROZEN else set()
    assert pack_words(submission, people[role], "pdf", is_frozen=False) == live
    assert pack_words(submission, people[role], "pdf", is_frozen=True) == frozen


@pytest.mark.parametrize("role", ROLES)
def test_s03_lists_and_files(world, role: str) -> None:
    submission, people, _, files = world
    client = Client()
    client.force_login(people[role])
    listed = str(submission.school) in client.get(reverse("submissions")).content.decode()
    assert listed is (role in SEES_WORK | {"HQ viewer"})
    StoredFile.objects.filter(kind="image").update(preview="made")
    opened, previewed = set(), set()
    for name, file in files.items():
        address = reverse("open_file", args=[file.pk, file.name])
        opened |= {name} if client.get(address).status_code == 302 else set()
        previewed |= {name} if client.get(f"{address}?preview").status_code == 302 else set()
    readable = {"shownphoto", "policyfile"}
    sees = role in SEES_WORK | SEES_FROZEN
    assert opened == (readable if sees else set())
    assert previewed == ({"shownphoto"} if sees else set())


def test_s03_a_pack_is_no_way_around_its_right(world) -> None:
    """The reviewer's frozen pack closes when the review is taken back, or the work is submitted anew."""
    submission, people, review, _ = world
    reviewer = people["reviewer"]
    pack = make_pack(submission, reviewer, is_frozen=True)
    assert packs.is_open_to(reviewer, pack, now=NOW)
    Review.objects.filter(pk=review.pk).update(status="void")
    assert not packs.is_open_to(reviewer, pack, now=NOW)
    Review.objects.filter(pk=review.pk).update(status="assigned")
    assert packs.is_open_to(reviewer, pack, now=NOW)
    Submission.objects.filter(pk=submission.pk).update(cycle=2)
    assert not packs.is_open_to(reviewer, pack, now=NOW)


def test_s03_the_oracle_knows_every_word(world) -> None:
    """A control: each word is really there to be found, by whoever may."""
    submission, people, review, _ = world
    client = Client()
    client.force_login(people["subject leader"])
    names = ["conversation", "evidence"]
    found = "".join(client.get(reverse(name, args=[submission.pk])).content.decode() for name in names)
    assert "messagewords" in found
    assert Feedback.objects.filter(body="commentwords").exists()
    assert Draft.objects.filter(fields__text="unsentwords").exists()
    assert Part.objects.filter(text="newertext", submission=submission).exists()
    assert page(people["HQ admin"], "review", review.pk) >= {"pinnedtext", "reviewwords"}
