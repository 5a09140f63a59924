"""The page of earlier work: what stands beside what, who sees it, and the three choices."""

from collections.abc import Callable

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from accounts.models import User
from psqm_portal.core.files.rights import may_read
from submissions.models import Part, Submission
from tests import factories as make
from tests.submissions.test_earlier import photo
from tests.submissions.views.conftest import World

As = Callable[[User], Client]


@pytest.fixture
def old(db: None) -> Submission:
    """In a hub of its own, told its outcome."""
    made = make.submission(status="notified")
    make.fill_part(made.parts.get(code="action-plan"))
    make.fill_part(made.parts.get(code="a1"))
    made.audit.filter(criterion__code="A1").update(rating=1, notes="We were beginning.")
    return made


@pytest.fixture
def renewal(old: Submission, make_world: Callable[..., World]) -> World:
    return make_world(cycle=make.round_(framework=old.round.framework), place=old.school, renews=old)


def page(client: Client, world: World, path: str = "earlier/") -> str:
    answer = client.get(world.url + path)
    assert answer.status_code == 200
    return answer.content.decode()


def choose(client: Client, world: World, code: str, choice: str, **more: str) -> "object":
    part = world.submission.parts.get(code=code)
    return client.post(f"{world.url}earlier/{part.pk}/", {"choice": choice, **more})


@pytest.mark.parametrize("role", ["subject leader", "headteacher", "hub leader", "mentor", "hq"])
def test_who_sees_the_submission_sees_old_beside_new(renewal: World, as_: As, role: str) -> None:
    text = page(as_(renewal.people[role]), renewal)
    assert "What changed, and how we know." in text
    assert "It shows how pupils choose questions." in text
    assert "Developing" in text
    assert "We were beginning." in text
    assert "Not decided yet" in text
    assert ("Start fresh</strong>" in text) == (role == "subject leader")


@pytest.mark.parametrize("role", ["finance", "viewer", "other school", "other hub", "school finance"])
def test_nobody_else_does(renewal: World, as_: As, role: str) -> None:
    assert as_(renewal.people[role]).get(renewal.url + "earlier/").status_code == 404


def test_a_school_without_earlier_work_has_no_such_page(world: World, as_: As) -> None:
    client = as_(world.people["subject leader"])
    assert client.get(world.url + "earlier/").status_code == 404
    assert client.post(world.url + "earlier/rest/").status_code == 404
    assert "earlier work" not in page(client, world, "")


def test_files_open_for_who_sees_the_old_submission_and_once_kept_for_all(
    old: Submission, renewal: World, as_: As
) -> None:
    """The new hub's leader never saw the old submission: reads what was written, opens what was kept."""
    piece = photo(old)
    make.tie(piece, old.parts.get(code="a2"), "The wall.")
    theirs = f"/submissions/{old.pk}/evidence/{piece.pk}/"
    assert theirs in page(as_(renewal.people["subject leader"]), renewal)
    assert theirs in page(as_(renewal.people["hq"]), renewal)
    for_hub = page(as_(renewal.people["hub leader"]), renewal)
    assert "The wall." in for_hub
    assert theirs not in for_hub
    assert piece.file is not None
    assert not may_read(renewal.people["hub leader"], piece.file)
    choose(as_(renewal.people["subject leader"]), renewal, "a2", "kept")
    copy = renewal.submission.evidence.get()
    assert f"{renewal.url}evidence/{copy.pk}/" in page(as_(renewal.people["hub leader"]), renewal)
    assert may_read(renewal.people["hub leader"], piece.file)


def test_deleted_files_show_their_names_and_withdrawn_ones_stay_hidden(
    old: Submission, renewal: World, as_: As
) -> None:
    part = old.parts.get(code="a2")
    make.tie(photo(old, 1, file={"deleted_at": make.NOW}), part)
    make.tie(
        photo(old, 2, children="consent", consent_until=make.NOW.date(), consent_withdrawn_at=make.NOW), part
    )
    client = as_(renewal.people["subject leader"])
    text = page(client, renewal)
    assert "Deleted: only its name is left" in text
    assert "Withdrawn: the families’ consent has ended" in text
    assert f"/submissions/{old.pk}/evidence/" not in text.split("Photo 1")[1].split("</section>")[0]
    answer = client.post(
        f"{renewal.url}earlier/{renewal.submission.parts.get(code='a2').pk}/", {"choice": "kept"}, follow=True
    )
    text = answer.content.decode()
    assert "Not copied: Photo 1: its file was deleted. Add it again if you still have it. Photo 2:" in text


def test_the_three_choices_lead_where_the_work_goes_on(renewal: World, as_: As) -> None:
    client, part = as_(renewal.people["subject leader"]), renewal.submission.parts.get(code="a1")
    answer = choose(client, renewal, "a1", "kept")
    assert answer["Location"] == f"{renewal.url}earlier/#part-{part.pk}"  # type: ignore[index]
    assert "The same as last time." in page(client, renewal)
    answer = choose(client, renewal, "a1", "changed")
    assert answer["Location"] == part.get_absolute_url()  # type: ignore[index]
    choose(client, renewal, "a1", "fresh")
    assert Part.objects.get(pk=part.pk).text == ""
    choose(client, renewal, "a1", "nonsense")
    assert Part.objects.get(pk=part.pk).beginning == "fresh"


def test_what_was_typed_since_is_shown_beside_and_asked_about(renewal: World, as_: As) -> None:
    client, part = as_(renewal.people["subject leader"]), renewal.submission.parts.get(code="a1")
    Part.objects.filter(pk=part.pk).update(text="This year’s words.")
    answer = client.post(f"{renewal.url}earlier/{part.pk}/", {"choice": "kept"})
    text = answer.content.decode()
    assert answer.status_code == 409
    assert "Replace what you wrote for A1 Criterion 1?" in text
    assert "This year’s words." in text
    assert "What changed, and how we know." in text
    sure = text.split('name="sure" value="')[1].split('"')[0]
    assert choose(client, renewal, "a1", "kept", sure=sure).status_code == 302
    part.refresh_from_db()
    assert part.text == "What changed, and how we know."
    assert part.versions.first().content["text"] == "This year’s words."


def test_the_rest_is_kept_at_once(renewal: World, as_: As) -> None:
    client = as_(renewal.people["subject leader"])
    assert "Keep the 2 parts that you haven’t begun" in page(client, renewal)
    client.post(renewal.url + "earlier/rest/")
    assert renewal.submission.parts.get(code="a1").text == "What changed, and how we know."
    assert renewal.submission.parts.get(code="action-plan").rows.count() == 1
    assert "Every part is decided." in page(client, renewal)


def test_the_subject_leader_finds_it(renewal: World, as_: As) -> None:
    """From the task list, and folded on the part's own page."""
    client = as_(renewal.people["subject leader"])
    assert f'href="{renewal.url}earlier/"' in page(client, renewal, "")
    text = page(client, renewal, "reflections/a1/")
    assert "What you wrote last time" in text
    assert "What changed, and how we know." in text
    assert "What you wrote last time" in page(client, renewal, "action-plan/")
    assert "What you wrote last time" not in page(client, renewal, "reflections/a2/")
    assert "last time" in page(client, renewal, "audit/")


def test_who_enrols_a_school_again_is_told_that_it_renews(old: Submission, as_: As) -> None:
    cycle = make.round_(framework=old.round.framework)
    make.hub_round(old.hub, cycle)
    registration = make.registration(old.school, old.hub, cycle)
    client = as_(make.hub_member(old.hub))
    url = f"/registrations/{registration.pk}/accept/"
    assert f"The school’s work of {old.round} stands beside it." in client.get(url).content.decode()
    text = client.post(url, follow=True).content.decode()
    new = Submission.objects.get(renews=old)
    assert f'href="/submissions/{new.pk}/earlier/"' in text


@pytest.mark.parametrize(("role", "count"), [("subject leader", 20), ("hub leader", 20)])
@pytest.mark.parametrize("criteria", [1, 3, 10])
def test_the_page_costs_the_same_however_much_there_was(
    make_world: Callable[..., World], as_: As, criteria: int, role: str, count: int
) -> None:
    frame = make.framework(criteria=criteria)
    old = make.submission(status="notified", cycle=make.round_(framework=frame))
    for part in old.parts.all():
        make.fill_part(part)
        for number in range(criteria):
            make.tie(photo(old, 10 * part.pk + number), part)
    world = make_world(cycle=make.round_(framework=frame), place=old.school, renews=old)
    client = as_(world.people["subject leader"])
    client.post(world.url + "earlier/rest/")
    client = as_(world.people[role])
    page(client, world)
    with CaptureQueriesContext(connection) as asked:
        page(client, world)
    assert len(asked) == count
