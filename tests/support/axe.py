"""The accessibility check of a page in the browser (Q01)."""

import contextlib
import json
import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any
from weakref import WeakKeyDictionary

from playwright.sync_api import Browser, BrowserContext, Page

AXE = Path(__file__).resolve().parent.parent.parent / "node_modules/axe-core/axe.min.js"


# One place for twins in each browser, so that style sheets and typeface are fetched once.
_twins: WeakKeyDictionary[Browser, BrowserContext] = WeakKeyDictionary()


@cache
def _source() -> str:
    return AXE.read_text()


def violations(page: Page) -> list[dict[str, Any]]:
    """All of axe's rules, best practice too. Evaluated, not added as a script: our CSP would refuse that."""
    with _scripted(page) as checked:
        checked.evaluate(_source())
        found: list[dict[str, Any]] = checked.evaluate("async () => (await axe.run()).violations")
    return found


def assert_accessible(page: Page) -> None:
    lines = [
        f"{rule['id']} ({rule['impact']}): {rule['help']}\n"
        + "\n".join(f"    {json.dumps(node['target'])}  {node['html'][:200]}" for node in rule["nodes"])
        for rule in violations(page)
    ]
    assert not lines, f"{page.url}\n" + "\n".join(lines)


@contextlib.contextmanager
def _scripted(page: Page) -> Iterator[Page]:
    """The page itself, or where scripts are off (axe would wait for ever) its twin in which only axe runs."""
    if not page.evaluate("matchMedia('(scripting: none)').matches"):
        yield page
        return
    address = page.url.split("#")[0]
    html = re.sub(r"</?noscript[^>]*>", "", page.content())
    only_axe = {"Content-Security-Policy": "script-src 'none'", "Content-Type": "text/html; charset=utf-8"}
    browser = page.context.browser
    assert browser is not None
    if _twins.get(browser) not in browser.contexts:
        _twins[browser] = browser.new_context(viewport=page.viewport_size)
    twin = _twins[browser].new_page()
    try:
        # Its style sheets come from where the page's came from; the page itself isn't asked for again.
        twin.route(lambda url: url == address, lambda route: route.fulfill(body=html, headers=only_axe))
        twin.goto(address)
        yield twin
    finally:
        twin.close()
