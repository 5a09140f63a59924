"""The browser that the journeys use: it serves, it checks, it can't leave this machine."""

import pytest
from playwright.sync_api import Error, Page

from tests.support.axe import violations

pytestmark = pytest.mark.django_db(transaction=True)


def test_the_portal_answers(page: Page, portal_url: str):
    answer = page.goto(f"{portal_url}/healthz")
    assert answer is not None
    assert answer.ok


def test_r25_the_browser_finds_no_other_machine(page: Page):
    with pytest.raises(Error, match="ERR_NAME_NOT_RESOLVED"):
        page.goto("http://portal.test/")


def test_q01_the_check_sees_what_is_wrong(page: Page):
    """The control of every assert_accessible: a page with faults has violations."""
    page.set_content("<img src='x.png'><input>")
    assert {"image-alt", "label"} <= {rule["id"] for rule in violations(page)}


def test_q01_the_check_works_without_javascript(browser, portal_url: str):
    with browser.new_context(java_script_enabled=False) as context:
        page = context.new_page()
        faulty = "<noscript><img src='x.png'></noscript><script>document.title = 'ran'</script>"
        page.route("**/faulty", lambda route: route.fulfill(body=faulty, content_type="text/html"))
        page.goto(f"{portal_url}/faulty")
        assert {"image-alt", "document-title"} <= {rule["id"] for rule in violations(page)}
