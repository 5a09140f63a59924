"""Evidence is dragged onto a reflection, or used by a button, or without scripts; ticked in the matrix; and
earlier work is kept and changed. Each page is looked at by axe (Q01, Q04).
"""

from collections.abc import Callable, Iterator

import pytest
from playwright.sync_api import Browser, BrowserContext, Locator, Page, expect

from submissions.models import Evidence, EvidenceLink, Part, Submission
from tests import factories as make
from tests.browser.desk import let_in
from tests.support.axe import assert_accessible

pytestmark = pytest.mark.django_db(transaction=True)
expect.set_options(timeout=15_000)
CAPTION = "Caption"


@pytest.fixture
def old() -> Submission:
    made = make.submission(status="notified")
    make.fill_part(made.parts.get(code="a1"))
    make.fill_part(made.parts.get(code="action-plan"))
    return made


@pytest.fixture
def submission(old: Submission) -> Submission:
    made = make.submission(cycle=old.round, place=old.school, in_hub=old.hub, renews=old)
    for _ in range(3):
        make.evidence(made)
    return made


Opens = Callable[..., Page]


@pytest.fixture
def opens(browser: Browser, portal_url: str, submission: Submission) -> Iterator[Opens]:
    """A subject leader's page, with or without scripts."""
    leader = make.member(submission.school)
    contexts: list[BrowserContext] = []

    def open_page(path: str, *, scripts: bool = True) -> Page:
        context = browser.new_context(java_script_enabled=scripts, locale="en-GB")
        contexts.append(context)
        let_in(context, portal_url, leader)
        page = context.new_page()
        page.goto(portal_url + path)
        return page

    yield open_page
    for context in contexts:
        context.close()


@pytest.fixture
def part(submission: Submission) -> Part:
    return submission.parts.get(code="a2")


def use_here(page: Page, piece: Evidence) -> Locator:
    return page.locator("[data-tie-source]", has_text=piece.title).get_by_role("link")


def captions(part: Part) -> list[tuple[str, str]]:
    return list(EvidenceLink.objects.filter(part=part).values_list("evidence__title", "caption"))


def test_a_piece_is_dragged_onto_the_reflection_and_its_caption_asked_for(
    opens: Opens, submission: Submission, part: Part
) -> None:
    piece = submission.evidence.all()[1]
    page = opens(part.get_absolute_url())
    page.locator("summary", has_text="Your evidence (3)").click()
    page.locator("[data-tie-source]", has_text=piece.title).drag_to(page.locator("[data-tie-target]"))
    box = page.locator("#tie-form").get_by_label(CAPTION)
    expect(box).to_be_focused()
    assert_accessible(page)
    assert captions(part) == []
    box.fill("Look at the axes.")
    page.get_by_role("button", name="Use it here").click()
    expect(page.locator("[data-tie-target]")).to_contain_text("Look at the axes.")
    assert captions(part) == [(piece.title, "Look at the axes.")]
    expect(page.locator(".app-ties__choose summary")).to_have_text("Your evidence (2)")


def test_by_keyboard_the_button_does_the_same_and_cancel_puts_it_away(
    opens: Opens, submission: Submission, part: Part
) -> None:
    """WCAG 2.5.7: nothing needs dragging. A caption that was begun is there again after a reload."""
    piece = submission.evidence.all()[0]
    page = opens(part.get_absolute_url())
    page.locator("summary", has_text="Your evidence").press("Enter")
    use_here(page, piece).press("Enter")
    box = page.locator("#tie-form").get_by_label(CAPTION)
    expect(box).to_be_focused()
    box.press_sequentially("Begun")
    expect(page.locator("#tie-form .app-saved")).to_contain_text("Kept at")
    page.reload()
    page.locator("summary", has_text="Your evidence").click()
    use_here(page, piece).click()
    expect(page.locator("#tie-form").get_by_label(CAPTION)).to_have_value("Begun")
    page.get_by_role("link", name="Cancel").press("Enter")
    expect(page.locator("#tie-form")).to_be_empty()
    assert captions(part) == []


def test_q04_without_scripts_use_here_is_a_page(opens: Opens, submission: Submission, part: Part) -> None:
    piece = submission.evidence.all()[0]
    page = opens(part.get_absolute_url(), scripts=False)
    page.locator("summary", has_text="Your evidence").click()
    use_here(page, piece).click()
    expect(page.locator("h1")).to_have_text(f"How {piece.title} shows this")
    assert_accessible(page)
    page.get_by_label(CAPTION).fill("Emily Watson explains her graph.")
    page.get_by_role("button", name="Use it here").click()
    expect(page.get_by_label(CAPTION)).to_have_value("Emily Watson explains her graph.")
    assert_accessible(page)
    page.get_by_label("This is not a child’s name").check()
    page.get_by_role("button", name="Use it here").click()
    expect(page.locator("h1")).to_have_text(part.title)
    assert captions(part) == [(piece.title, "Emily Watson explains her graph.")]


@pytest.mark.parametrize("scripts", [True, False])
def test_the_matrix_is_ticked_and_saved(
    opens: Opens, submission: Submission, part: Part, scripts: bool
) -> None:
    make.tie(submission.evidence.all()[0], part, caption="Keep me.")
    page = opens(f"/submissions/{submission.pk}/evidence/matrix/", scripts=scripts)
    assert_accessible(page)
    boxes = page.locator("input[type=checkbox]")
    rows, columns = 3, 5
    expect(boxes).to_have_count(rows * columns)
    wanted = submission.evidence.all()[2]
    page.get_by_role("checkbox", name=f"{wanted.title} ").nth(1).check()
    page.get_by_role("button", name="Save the ties").click()
    expect(page.locator("body")).to_contain_text("Saved: 1 tie made.")
    page.get_by_role("checkbox", name=f"{submission.evidence.all()[0].title} ").nth(1).uncheck()
    page.get_by_role("button", name="Save the ties").click()
    expect(page.locator("h1")).to_have_text("1 caption goes with what you untick")
    assert_accessible(page)
    page.get_by_role("button", name="Untie and save").click()
    expect(page.locator("body")).to_contain_text("1 tie undone.")
    assert captions(part) == [(wanted.title, "")]


def test_the_matrix_on_a_phone_is_a_list_and_nothing_scrolls_sideways(
    opens: Opens, submission: Submission
) -> None:
    page = opens(f"/submissions/{submission.pk}/evidence/matrix/")
    page.set_viewport_size({"width": 320, "height": 640})
    expect(page.get_by_role("heading", name="A1 Criterion 1")).to_be_visible()
    expect(page.locator("table")).to_be_hidden()
    assert not page.locator("html").evaluate("html => html.scrollWidth > html.clientWidth")
    assert_accessible(page)


@pytest.mark.slow
@pytest.mark.parametrize("scripts", [True, False])
def test_earlier_work_is_kept_changed_and_started_fresh(
    opens: Opens, old: Submission, submission: Submission, scripts: bool
) -> None:
    part = submission.parts.get(code="a1")
    page = opens(f"/submissions/{submission.pk}/", scripts=scripts)
    page.get_by_role("link", name="Your earlier work").click()
    assert_accessible(page)
    page.get_by_role("button", name="Keep A1 Criterion 1").click()
    section = page.locator(f"#part-{part.pk}")
    expect(section).to_contain_text("Kept")
    section.locator("summary").click()
    expect(section).to_contain_text("The same as last time.")
    assert_accessible(page)
    page.get_by_role("button", name="Change A1 Criterion 1").click()
    expect(page.locator("h1")).to_have_text(part.title)
    Part.objects.filter(pk=part.pk).update(text="All new.")
    page.get_by_role("link", name="Back to the task list").click()
    page.get_by_role("link", name="Your earlier work").click()
    page.get_by_role("button", name="Start fresh with A1 Criterion 1").click()
    expect(page.locator("h1")).to_have_text("Replace what you wrote for A1 Criterion 1?")
    assert_accessible(page)
    page.get_by_role("button", name="Start fresh").click()
    expect(page.locator(f"#part-{part.pk}")).to_contain_text("Started fresh")
    assert Part.objects.get(pk=part.pk).text == ""
    assert part.versions.filter(content__text="All new.").exists()
