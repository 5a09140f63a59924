"""Training as people live it: a date, two places, three who would like them, a register on a phone, and the
certificate; and HQ's meeting in short.
"""

from collections.abc import Callable, Iterator

import pytest
from django.utils import timezone
from playwright.sync_api import Browser, Page, ViewportSize, expect

from hubs.models import HubRound
from messaging.models import Email
from psqm_portal.core.clock import london_day
from psqm_portal.core.roles import Role
from tests import factories as make
from tests.browser.desk import let_in
from tests.support.axe import assert_accessible

pytestmark = pytest.mark.django_db(transaction=True)
expect.set_options(timeout=15_000)
WIDE: ViewportSize = {"width": 1280, "height": 900}
PHONE: ViewportSize = {"width": 375, "height": 800}

Opens = Callable[..., Page]


@pytest.fixture
def opens(browser: Browser, portal_url: str) -> Iterator[Opens]:
    contexts = []

    def open_page(person, path: str, size: ViewportSize = WIDE) -> Page:
        context = browser.new_context(locale="en-GB", viewport=size, accept_downloads=True)
        contexts.append(context)
        let_in(context, portal_url, person)
        page = context.new_page()
        page.goto(portal_url + path)
        return page

    yield open_page
    for context in contexts:
        context.close()


def fits(page: Page) -> None:
    for size in (PHONE, WIDE):
        page.set_viewport_size(size)
        assert page.evaluate("document.documentElement.scrollWidth") <= size["width"], page.url
    assert_accessible(page)


def says_who_comes(page: Page, *names: str) -> None:
    page.get_by_role("button", name="Say who comes").click()
    for number, name in enumerate(names, 1):
        page.get_by_role("group", name=f"Person {number}").get_by_label("Name").fill(name)
    fits(page)
    page.get_by_role("button", name="Save who comes").click()


@pytest.fixture
def people():
    """A hub's leader, and the subject leaders of its two schools."""
    hub, cycle = make.hub(name="Chilterns"), make.round_(name="This year")
    schools = [
        make.submission(cycle=cycle, in_hub=hub, place=make.school(name=name), parts=False).school
        for name in ("Ash School", "Birch School")
    ]
    leaders = [
        make.member(school, person=make.user(name))
        for school, name in zip(schools, ("Ana Lee", "Bo Dunn"), strict=True)
    ]
    return make.hub_member(hub, person=make.user("Holly Baker")), *leaders


def test_q01_a_session_from_its_date_to_the_certificate(opens: Opens, people) -> None:
    leader, ana, bo = people
    hub_round = HubRound.objects.get()
    today = london_day(timezone.now())

    hers = opens(leader, f"/hubs/{hub_round.hub.slug}/{hub_round.round.slug}/training/")
    fits(hers)
    hers.locator("a", has_text="Set a date: Training day 1").click()
    for part, value in (("Day", today.day), ("Month", today.month), ("Year", today.year)):
        hers.get_by_label(part, exact=True).fill(str(value))
    hers.get_by_label("Starts at").fill("9.30am")
    hers.get_by_label("Place", exact=False).first.fill("Learning Centre")
    hers.get_by_label("Places for people").fill("2")
    fits(hers)
    hers.get_by_role("button", name="Save session").click()
    expect(hers.get_by_role("heading", level=1)).to_have_text("Training day 1")
    session = hub_round.sessions.get()
    path = f"/training/{session.pk}/"
    assert Email.objects.filter(template="hubs/mail/session_invited").count() == 2

    his = opens(ana, path)
    says_who_comes(his, "Ana Lee", "Cat Hill")
    expect(his.get_by_text("We look forward to seeing you")).to_be_visible()
    theirs = opens(bo, path)
    says_who_comes(theirs, "Bo Dunn")
    expect(theirs.get_by_text("on the waiting list: 1")).to_be_visible()
    fits(theirs)

    his.get_by_role("link", name="Change who comes").click()
    his.get_by_role("group", name="Person 2").get_by_label("Name").fill("")
    his.get_by_role("button", name="Save who comes").click()
    expect(his.get_by_text("Not coming")).to_be_visible()
    assert Email.objects.get(template="hubs/mail/gathering_place").to == bo.email
    theirs.reload()
    expect(theirs.locator("main").get_by_text("Coming", exact=True)).to_be_visible()

    phone = opens(leader, path, PHONE)
    phone.get_by_role("button", name="Record who came").click()
    phone.get_by_label("Ana Lee").check()
    phone.get_by_label("Bo Dunn").check()
    box = phone.get_by_label("Ana Lee").bounding_box()
    assert box is not None
    assert min(box["width"], box["height"]) >= 40
    phone.get_by_role("group", name="Birch School").locator("summary").click()
    phone.get_by_label("Who else came from Birch School").fill("Dee Fox")
    fits(phone)
    phone.get_by_role("button", name="Save register").click()
    expect(phone.get_by_text("The register is saved")).to_be_visible()
    fits(phone)
    assert dict(session.attendances.values_list("school__name", "people")) == {
        "Ash School": 1,
        "Birch School": 2,
    }

    his.goto(his.url)
    with his.expect_download() as download:
        his.get_by_role("link", name="Certificate of attendance").click()
    assert download.value.suggested_filename == "Certificate Training day 1 Ana Lee.pdf"
    fits(his)


def test_q01_hqs_meeting_from_the_invitation_to_an_answer(opens: Opens) -> None:
    leader = make.hub_member(make.hub(), person=make.user("Holly Baker"))
    hq = opens(make.hq(Role.HQ_ADMIN), "/meetings/")
    fits(hq)
    hq.get_by_role("button", name="Add a meeting").click()
    hq.get_by_label("Development and quality meeting").check()
    hq.get_by_label("Title").fill("Quality day")
    for part, value in (("Day", 5), ("Month", 1), ("Year", 2099)):
        hq.get_by_label(part, exact=True).fill(str(value))
    fits(hq)
    hq.get_by_role("button", name="Save meeting").click()
    hq.get_by_role("button", name="Invite hub leaders").click()
    fits(hq)
    hq.get_by_role("button", name="Invite 1 hub leader").click()
    hq.get_by_role("link", name="Add a file or a link").click()
    hq.get_by_label("Or a link").fill("https://www.example.org/slides")
    fits(hq)
    hq.get_by_role("button", name="Add material").click()

    hers = opens(leader, "/meetings/", PHONE)
    fits(hers)
    hers.get_by_role("link", name="Quality day").click()
    hers.get_by_label("Access or dietary needs").fill("Vegetarian")
    hers.get_by_role("button", name="I’ll come").click()
    expect(hers.get_by_text("You have a place")).to_be_visible()
    fits(hers)
    hq.reload()
    expect(hq.get_by_text("Vegetarian")).to_be_visible()
    fits(hq)
