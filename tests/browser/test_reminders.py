"""HQ's pages about reminders in the browser, wide and narrow, looked at by axe (Q01, Q04)."""

import os
from datetime import timedelta
from pathlib import Path

import pytest
from django.conf import settings
from django.test import Client
from playwright.sync_api import Page

from messaging.models import Email
from psqm_portal.core import clock
from rounds.domain.reminders import send_reminders
from rounds.domain.reminders_hq import give_own_rules, keep_free, pause
from rounds.models import Milestone, ReminderRule
from submissions.models import Submission
from tests import factories
from tests.support.axe import assert_accessible

pytestmark = pytest.mark.django_db(transaction=True)
SHOTS = os.environ.get("REMINDER_SHOTS", "")


@pytest.fixture
def admin():
    now = clock.now()
    today = clock.london_day(now)
    cycle, hub = factories.round_(name="Autumn 2026", slug="autumn-2026"), factories.hub(name="Chilterns")
    factories.hub_member(hub, person=factories.user("Hema Hub"))
    names = ["Ash Green Primary School", "Birchwood Church of England Junior School", "Elm Park Infants"]
    for name in names:
        row = factories.submission(cycle=cycle, in_hub=hub, place=factories.school(name=name), parts=False)
        factories.member(row.school, person=factories.user(f"Sam {name.split()[0]}"))
    Submission.objects.update(enrolled_at=now - timedelta(days=60))
    for step, days in [("audit", -20), ("action_plan", 8), ("send_for_sign_off", 14)]:
        due = today + timedelta(days=days)
        Milestone.objects.filter(round=cycle, step=step).update(due_on=due, opens_on=due - timedelta(days=29))
    hq = factories.hq(person=factories.user("Helen Quinn"))
    send_reminders(clock.start_of(today - timedelta(days=7)) + timedelta(hours=9))
    Email.objects.filter(state="waiting").update(state="sent", sent_at=now - timedelta(days=7))
    keep_free(today + timedelta(days=3), today + timedelta(days=4), "Training days", by=hq, now=now)
    give_own_rules("school", "submit", by=hq, now=now)
    return hq


@pytest.mark.slow
def test_q01_hqs_pages_about_reminders(admin, page: Page, portal_url: str):
    client = Client()
    client.force_login(admin, backend="accounts.backends.AuthenticationBackend")
    name = settings.SESSION_COOKIE_NAME
    page.context.add_cookies([{"name": name, "value": client.cookies[name].value, "url": portal_url}])
    rule = ReminderRule.objects.filter(audience="school", step="").first()
    assert rule is not None
    look(page, portal_url, "/reminders/")
    look(page, portal_url, "/reminders/table/")
    look(page, portal_url, f"/reminders/table/{rule.pk}/")
    page.get_by_label("How many days").fill("27")
    page.get_by_role("button", name="See what this changes").click()
    seen(page, "sure")
    look(page, portal_url, f"/reminders/table/{rule.pk}/take-away/")
    look(page, portal_url, "/reminders/table/own/")
    look(page, portal_url, "/reminders/days/")
    look(page, portal_url, "/reminders/sent/")
    look(page, portal_url, "/reminders/pause/")
    look(page, portal_url, "/late/")
    pause(why="Two dates are wrong", by=admin, now=clock.now())
    look(page, portal_url, "/reminders/")
    look(page, portal_url, "/reminders/resume/")


def look(page: Page, portal_url: str, path: str) -> None:
    page.goto(f"{portal_url}{path}")
    seen(page, path.strip("/").replace("/", "-"))


def seen(page: Page, name: str) -> None:
    for width in (1280, 375):
        page.set_viewport_size({"width": width, "height": 900})
        assert page.evaluate("document.documentElement.scrollWidth <= innerWidth"), (name, width)
        if SHOTS:
            page.screenshot(path=str(Path(SHOTS) / f"{name}-{width}.png"), full_page=True)
    assert_accessible(page)
