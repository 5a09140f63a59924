"""What a journey plays on: the served portal, the calendar, the mail, and what was looked at already."""

import os
import re
import sys
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import time_machine
from playwright.sync_api import Browser, BrowserContext, Page

from messaging.models import Email
from psqm_portal.core.clock import LONDON, now
from tests.support.axe import assert_accessible
from tests.support.worker import Worker, real_worker

WIDTHS = {"wide": 1280, "phone": 375}
# A browser gives up on a button that isn't there long before a person would.
PATIENCE_MS = 20_000


@dataclass
class Stage:
    """``javascript`` off is Q04: every page has to do its work by links, forms and buttons alone.

    ``checks`` off where the same pages are looked at in another run.
    """

    browser: Browser
    url: str
    javascript: bool
    checks: bool = True
    day: datetime = field(init=False)
    looked_at: set[str] = field(default_factory=set)
    contexts: list[BrowserContext] = field(default_factory=list)
    _travel: Any = None

    def is_day(self, day: str, at: str = "16:00") -> None:
        """The portal's clock, for every thread of this process, from now on; it goes on running."""
        self.stop_clock()
        self.day = datetime.fromisoformat(f"{day} {at}").replace(tzinfo=LONDON)
        self._travel = time_machine.travel(self.day, tick=True)
        self._travel.start()

    def stop_clock(self) -> None:
        if self._travel is not None:
            self._travel.stop()
            self._travel = None

    def new_page(self) -> Page:
        context = self.browser.new_context(
            java_script_enabled=self.javascript,
            viewport={"width": WIDTHS["wide"], "height": 900},
            accept_downloads=True,
            locale="en-GB",
        )
        context.set_default_timeout(PATIENCE_MS)
        self.contexts.append(context)
        return context.new_page()

    def leave(self) -> None:
        for context in self.contexts:
            context.close()
        self.stop_clock()

    def tells_what_was_seen(self) -> None:
        """For the report of a test that failed: where everybody stood."""
        for context in self.contexts:
            for page in context.pages:
                sys.stdout.write(f"\n=== {page.url}\n{page.locator('body').inner_text()[:2500]}\n")

    def mail_to(self, address: str, template: str) -> Email:
        """The newest mail to somebody by its template's last word."""
        found = Email.objects.filter(to=address, template__endswith=f"/{template}").order_by("-id").first()
        sent = Email.objects.filter(to=address).values_list("template", flat=True)
        assert found is not None, f"No {template} to {address}, only {list(sent)}"
        return found

    def link_in(self, email: Email) -> str:
        """The path behind the one link that a mail holds."""
        links = re.findall(re.escape(self.url) + r"(/\S*)", email.text)
        assert len(links) == 1, email.text
        return str(links[0])

    def look_at(self, page: Page) -> None:
        """Q01 on each page and each error state, once; a picture where somebody wants to look."""
        name = _kind_of(page)
        if not self.checks or name in self.looked_at:
            return
        self.looked_at.add(name)
        assert_accessible(page)
        if folder := os.environ.get("SCREENSHOTS"):
            _take_pictures(page, Path(folder), f"{len(self.looked_at):03}-{name}")


def worker_of(stage: Stage) -> AbstractContextManager[Worker]:
    """A Celery worker that has the journey's day on its calendar."""
    return real_worker(
        "--include", "tests.support.in_worker", TEST_NOW=now().isoformat(), TEST_ORIGIN=stage.url
    )


def _kind_of(page: Page) -> str:
    """Pages that differ only in whose they are count as one; with errors, a banner or a form it is new."""
    path = re.sub(r"\d+", "n", urlsplit(page.url).path)
    path = re.sub(r"(invitations|agreement)/[\w-]{20,}", r"\1/token", path)
    path = re.sub(r"^/hubs/(?!new/)[\w-]+", "/hubs/hub", path)
    path = re.sub(r"/(reflections|documents)/[\w-]+", r"/\1/part", path)
    here = {
        "form": page.locator("main form[method=post]"),
        "errors": page.locator(".govuk-error-summary"),
        "said": page.locator(".govuk-notification-banner"),
        "panel": page.locator(".govuk-panel"),
    }
    words = [path.strip("/") or "home", *(word for word, found in here.items() if found.count())]
    return re.sub(r"[^\w-]+", "-", "-".join(words))


def _take_pictures(page: Page, folder: Path, name: str) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    for label, width in WIDTHS.items():
        page.set_viewport_size({"width": width, "height": 900})
        page.screenshot(path=folder / f"{name}-{label}.png", full_page=True)
        too_wide = page.locator("html").evaluate("html => html.scrollWidth > html.clientWidth")
        if too_wide:
            (folder / f"{name}-{label}.too-wide").touch()
    page.set_viewport_size({"width": WIDTHS["wide"], "height": 900})
