"""A subject leader at a page of their own submission, signed in, in a browser of their own."""

import json
from typing import Any

from django.conf import settings
from django.test import Client
from playwright.sync_api import BrowserContext, Locator, Page

from accounts.models import User
from tests.browser.person import PASSWORD

TEXT = "Your reflection"


def let_in(context: BrowserContext, url: str, person: User) -> None:
    client = Client()
    client.force_login(person, backend="accounts.backends.AuthenticationBackend")
    name = settings.SESSION_COOKIE_NAME
    context.add_cookies([{"name": name, "value": client.cookies[name].value, "url": url}])


def gives_password(page: Page, person: User) -> None:
    page.get_by_label("Email address").fill(person.email)
    page.get_by_label("Password").first.fill(PASSWORD)
    page.locator("main").get_by_role("button", name="Sign in").first.click()


def saved_line(page: Page) -> Locator:
    return page.locator("form .app-saved").first


def kept_here(page: Page) -> dict[str, Any]:
    """What this browser keeps, by the person's id and the form."""
    found: dict[str, str] = page.evaluate(
        "Object.fromEntries(Object.entries(localStorage).filter(([name]) => name.startsWith('psqm-typed:')))"
    )
    return {name: json.loads(entry) for name, entry in found.items()}


def keeps_here(page: Page, count: int) -> None:
    """Waits until that many forms' words are kept (the page's policy forbids Playwright's own waiting)."""
    for _ in range(100):
        if len(kept_here(page)) == count:
            return
        page.wait_for_timeout(100)
    raise AssertionError(f"{count} expected: {kept_here(page)}")


def paste(page: Page, html: str = "", text: str = "") -> None:
    """Into the editor, as a browser hands a clipboard over."""
    page.get_by_label(TEXT).evaluate(
        """(box, [html, text]) => {
          box.focus()
          const data = new DataTransfer()
          if (html) data.setData('text/html', html)
          if (text) data.setData('text/plain', text)
          const event = { clipboardData: data, bubbles: true, cancelable: true }
          box.dispatchEvent(new ClipboardEvent('paste', event))
        }""",
        [html, text],
    )
