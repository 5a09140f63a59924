"""Nothing typed is lost: saved as it is typed, through a cut line, an ended session, a closed laptop."""

from collections.abc import Iterator
from typing import Any

import pytest
from allauth.account.models import EmailAddress
from playwright.sync_api import Browser, BrowserContext, Page, expect

from accounts.models import Session, User
from psqm_portal.core.models import Draft
from psqm_portal.core.roles import Role
from submissions.models import AuditEntry, Part, Submission
from tests import factories as make
from tests.browser.desk import TEXT, gives_password, keeps_here, kept_here, let_in, saved_line
from tests.browser.person import PASSWORD

pytestmark = pytest.mark.django_db(transaction=True)
expect.set_options(timeout=15_000)


@pytest.fixture
def submission() -> Submission:
    return make.submission()


@pytest.fixture
def leader(submission: Submission) -> User:
    person = make.member(submission.school)
    person.set_password(PASSWORD)
    person.save()
    EmailAddress.objects.create(user=person, email=person.email, verified=True, primary=True)
    return person


@pytest.fixture
def context(browser: Browser) -> Iterator[BrowserContext]:
    with browser.new_context(locale="en-GB") as context:
        yield context


@pytest.fixture
def page(context: BrowserContext, portal_url: str, leader: User) -> Page:
    let_in(context, portal_url, leader)
    return context.new_page()


@pytest.fixture
def part(submission: Submission) -> Part:
    return submission.parts.get(code="a1")


def text_of(part: Part) -> str:
    return Part.objects.get(pk=part.pk).text


def test_typed_text_is_saved_and_nothing_stays_in_the_browser(
    page: Page, portal_url: str, part: Part
) -> None:
    page.goto(portal_url + part.get_absolute_url())
    page.get_by_label(TEXT).press_sequentially("Pupils ask")
    expect(saved_line(page)).to_contain_text("Saved at")
    assert text_of(part) == "Pupils ask"
    page.get_by_label(TEXT).press_sequentially(" why")
    page.get_by_role("button", name="Save", exact=True).focus()
    expect(saved_line(page)).to_contain_text("Saved at")
    keeps_here(page, 0)
    assert text_of(part) == "Pupils ask why"
    assert part.versions.count() == 1


def test_the_line_is_cut_while_typing(
    page: Page, context: BrowserContext, portal_url: str, part: Part
) -> None:
    page.goto(portal_url + part.get_absolute_url())
    page.get_by_label(TEXT).press_sequentially("Before")
    expect(saved_line(page)).to_contain_text("Saved at")
    context.set_offline(True)
    page.get_by_label(TEXT).press_sequentially(" and after")
    expect(saved_line(page)).to_contain_text("You’re offline. Your text is kept on this computer")
    assert text_of(part) == "Before"
    [entry] = kept_here(page).values()
    assert entry["fields"]["text"] == ["Before and after"]
    context.set_offline(False)
    expect(saved_line(page)).to_contain_text("Saved at")
    assert text_of(part) == "Before and after"
    keeps_here(page, 0)


def test_an_answer_that_got_lost_is_no_conflict(page: Page, portal_url: str, part: Part) -> None:
    """The server saved it and its answer never came: what stands there is our own text."""
    page.goto(portal_url + part.get_absolute_url())

    def lose_the_answer(route: Any) -> None:
        route.fetch()
        route.abort()

    page.route("**/text/", lose_the_answer, times=1)
    page.get_by_label(TEXT).press_sequentially("First")
    expect(saved_line(page)).to_contain_text("offline")
    assert text_of(part) == "First"
    page.get_by_label(TEXT).press_sequentially(" and second")
    expect(saved_line(page)).to_contain_text("Saved at")
    assert text_of(part) == "First and second"


def test_what_is_sent_while_the_page_saves_itself_is_no_conflict(
    page: Page, portal_url: str, part: Part
) -> None:
    """A slow line: the first words are on their way when the button is pressed."""
    held: list[Any] = []

    def hold(route: Any) -> None:
        held.append(route) if route.request.resource_type == "fetch" else route.continue_()

    page.goto(portal_url + part.get_absolute_url())
    page.route("**/text/", hold)
    with page.expect_request("**/text/"):
        page.get_by_label(TEXT).press_sequentially("First")
    page.get_by_label(TEXT).press_sequentially(" and more")
    page.get_by_role("button", name="Save", exact=True).click()
    [route] = held
    route.continue_()
    expect(page.locator(".govuk-notification-banner")).to_contain_text("Saved at")
    assert text_of(part) == "First and more"
    keeps_here(page, 0)


def test_a_laptop_closed_offline_finds_its_text_again(
    page: Page, context: BrowserContext, portal_url: str, part: Part
) -> None:
    page.goto(portal_url + part.get_absolute_url())
    page.get_by_label(TEXT).focus()
    context.set_offline(True)
    page.get_by_label(TEXT).press_sequentially("A long evening")
    keeps_here(page, 1)
    page.close()
    context.set_offline(False)
    again = context.new_page()
    again.goto(portal_url + part.get_absolute_url())
    expect(again.get_by_label(TEXT)).to_have_text("A long evening")
    expect(again.locator(".app-kept")).to_contain_text("is back in the form")
    expect(saved_line(again)).to_contain_text("Saved at")
    assert text_of(part) == "A long evening"


def test_words_kept_here_never_overwrite_somebody_elses(
    page: Page, context: BrowserContext, portal_url: str, part: Part
) -> None:
    """R03: they were written on top of an older text."""
    page.goto(portal_url + part.get_absolute_url())
    page.get_by_label(TEXT).focus()
    context.set_offline(True)
    page.get_by_label(TEXT).press_sequentially("Mine")
    keeps_here(page, 1)
    page.close()
    Part.objects.filter(pk=part.pk).update(text="Theirs")
    context.set_offline(False)
    again = context.new_page()
    again.goto(portal_url + part.get_absolute_url())
    expect(saved_line(again)).to_contain_text("Somebody else has saved a newer text")
    assert text_of(part) == "Theirs"
    again.get_by_role("button", name="Save", exact=True).click()
    expect(again.locator("h1")).to_have_text("A newer text was saved while you were writing")
    expect(again.get_by_label(TEXT)).to_have_text("Mine")
    again.get_by_text("Keep this one and drop mine").click()
    expect(again.get_by_label(TEXT)).to_have_text("Theirs")
    assert kept_here(again) == {}


def test_q03_the_session_ends_while_typing(page: Page, portal_url: str, part: Part, leader: User) -> None:
    page.goto(portal_url + part.get_absolute_url())
    Session.objects.all().delete()
    page.get_by_label(TEXT).press_sequentially("Nine in the evening")
    expect(saved_line(page)).to_contain_text("You’ve been signed out. Your text is kept on this computer.")
    page.get_by_role("link", name="Sign in again").click()
    expect(page.locator("main")).to_contain_text("Text that wasn’t saved is kept on this computer")
    gives_password(page, leader)
    expect(page.get_by_label(TEXT)).to_have_text("Nine in the evening")
    expect(saved_line(page)).to_contain_text("Saved at")
    assert text_of(part) == "Nine in the evening"


def test_q03_a_form_is_sent_after_the_session_ended(
    page: Page, portal_url: str, submission: Submission, leader: User
) -> None:
    page.goto(f"{portal_url}/submissions/{submission.pk}/messages/")
    Session.objects.all().delete()
    page.get_by_label("Message").fill("Can we have another week?")
    page.get_by_role("button", name="Send message").click()
    gives_password(page, leader)
    expect(page.get_by_label("Message")).to_have_value("Can we have another week?")
    expect(page.locator(".app-kept")).to_contain_text("is back in the form")
    page.get_by_role("button", name="Send message").click()
    expect(page.locator("body")).to_contain_text("Your message is sent")
    keeps_here(page, 0)
    assert not Draft.objects.exists()
    expect(page.get_by_role("textbox", name="Message")).to_have_value("")


def test_q03_without_scripts_the_words_are_sent_on_by_one_button(
    browser: Browser, portal_url: str, part: Part, leader: User
) -> None:
    """Q04"""
    with browser.new_context(java_script_enabled=False) as context:
        let_in(context, portal_url, leader)
        page = context.new_page()
        page.goto(portal_url + part.get_absolute_url())
        page.get_by_label(TEXT).fill("Typed\nwithout **scripts**\n\n- one")
        Session.objects.all().delete()
        page.get_by_role("button", name="Save", exact=True).click()
        gives_password(page, leader)
        expect(page.locator("main")).to_contain_text("without **scripts**")
        page.get_by_role("button", name="Go on with these words").click()
        expect(page.locator("body")).to_contain_text("Saved at")
        assert text_of(part) == "Typed\nwithout **scripts**\n\n- one"
        assert not Draft.objects.exists()


def test_a_form_is_kept_until_it_is_sent(page: Page, portal_url: str, submission: Submission) -> None:
    address = f"{portal_url}/submissions/{submission.pk}/action-plan/rows/new/"
    page.goto(address)
    page.get_by_label("Objective").fill("Every class asks")
    page.get_by_label("Year").fill("2027")
    expect(saved_line(page)).to_contain_text("until you send it")
    keeps_here(page, 0)
    assert Draft.objects.get().fields == {
        "objective": ["Every class asks"],
        "by_when_2": ["2027"],
        "seen": [""],
    }
    page.goto(address)
    expect(page.get_by_label("Objective")).to_have_value("Every class asks")
    expect(page.get_by_label("Year")).to_have_value("2027")
    page.get_by_role("button", name="Start afresh").click()
    expect(page.get_by_label("Objective")).to_have_value("")
    expect(page.locator(".app-kept")).to_contain_text("as it was before")
    page.goto(address)
    expect(page.locator(".app-kept")).to_have_count(0)
    assert not Draft.objects.exists()


def test_signing_out_clears_the_browser(
    page: Page, context: BrowserContext, portal_url: str, part: Part
) -> None:
    page.goto(portal_url + part.get_absolute_url())
    page.route("**/text/", lambda route: route.abort())
    page.get_by_label(TEXT).press_sequentially("Nobody's but mine")
    expect(saved_line(page)).to_contain_text("offline")
    assert len(kept_here(page)) == 1
    other = context.new_page()
    other.goto(portal_url + "/")
    other.get_by_role("button", name="Sign out").click()
    expect(other.get_by_role("link", name="Sign in")).to_be_visible()
    expect(saved_line(page)).to_contain_text("You signed out in another window")
    page.get_by_label(TEXT).press_sequentially(", still")
    page.wait_for_timeout(600)
    assert kept_here(page) == {}


def test_somebody_else_on_the_same_computer_finds_nothing(
    page: Page, context: BrowserContext, portal_url: str, part: Part, submission: Submission
) -> None:
    page.goto(portal_url + part.get_absolute_url())
    Session.objects.all().delete()
    page.get_by_label(TEXT).press_sequentially("Nobody's but mine")
    expect(saved_line(page)).to_contain_text("You’ve been signed out")
    assert len(kept_here(page)) == 1
    page.close()
    let_in(context, portal_url, make.member(submission.school, Role.SUBJECT_LEADER))
    theirs = context.new_page()
    theirs.goto(portal_url + part.get_absolute_url())
    expect(theirs.get_by_label(TEXT)).to_have_text("")
    keeps_here(theirs, 0)
    assert text_of(part) == ""


def test_the_audit_saves_itself(
    page: Page, context: BrowserContext, portal_url: str, submission: Submission
) -> None:
    page.goto(f"{portal_url}/submissions/{submission.pk}/audit/")
    page.locator("#a1").get_by_label("Developing").check()
    expect(saved_line(page)).to_contain_text("Saved at")
    context.set_offline(True)
    page.locator("#a1").locator("summary", has_text="Notes on A1").click()
    page.get_by_label("Notes on A1").fill("Not every class")
    expect(saved_line(page)).to_contain_text("offline")
    context.set_offline(False)
    expect(saved_line(page)).to_contain_text("Saved at")
    entry = AuditEntry.objects.get(submission=submission, criterion__code="A1")
    assert (entry.rating, entry.notes) == (1, "Not every class")
