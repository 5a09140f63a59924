"""Somebody at a browser of their own. They know labels, links and buttons, as people do, and no markup."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any

from allauth.mfa.totp.internal.auth import hotp_value, yield_hotp_counters_from_time
from playwright.sync_api import Locator, Page, Response, expect

from accounts.models import User
from tests.browser.stage import PATIENCE_MS, Stage

PASSWORD = "magnets attract paperclips"
expect.set_options(timeout=PATIENCE_MS)


@dataclass
class Person:
    """``secret`` is the key in their phone's app, once they have set a second factor up."""

    stage: Stage
    name: str
    email: str
    secret: str = ""
    signed_in: bool = field(default=False, init=False)

    @cached_property
    def page(self) -> Page:
        return self.stage.new_page()

    @property
    def user(self) -> User:
        return User.objects.get(email=self.email)

    # What they read

    def reads(self, *texts: str) -> None:
        """Somewhere on the page, in what people see."""
        for text in texts:
            expect(self.page.locator("body")).to_contain_text(text, use_inner_text=True)

    def does_not_read(self, *texts: str) -> None:
        for text in texts:
            expect(self.page.locator("body")).not_to_contain_text(text, use_inner_text=True)

    @property
    def heading(self) -> str:
        return (self.page.locator("h1").first.text_content() or "").strip()

    # Where they go

    def opens(self, path: str, status: int = 200) -> None:
        """By a mailed link or the address bar; signs in again where the last time is too long ago."""
        answer = self.page.goto(self.stage.url + path)
        if self.signed_in and "/account/login/" in self.page.url:
            self._gives_password()
            answer = None
        if answer is not None:
            assert answer.status == status, f"{self.page.url}: {answer.status}\n{self._text()}"
        self.stage.look_at(self.page)

    def follows(self, link: str, within: str = "") -> None:
        """A link, also one that looks like a button; signs in again where the last time is too long ago."""
        self._leaves_by(self._in(within).locator("a").filter(has_text=_words(link)).first)
        if self.signed_in and "/account/login/" in self.page.url:
            self._gives_password()

    def presses(self, button: str, within: str = "", status: int = 0) -> None:
        """A button that sends a form. ``status`` for an answer that isn't a plain page."""
        self._leaves_by(self._in(within).get_by_role("button", name=_words(button)).first, status=status)

    def unfolds(self, summary: str) -> None:
        self.page.locator("summary", has_text=summary).first.click()

    def downloads(self, link: str) -> bytes:
        """What is behind a link to a file, with this person's own session."""
        found = self.page.locator("main a").filter(has_text=_words(link)).first
        answer = self.page.request.get(found.evaluate("link => link.href"))
        assert answer.ok, f"{answer.url}: {answer.status}"
        return answer.body()

    # What they fill in

    def fills(self, answers: Mapping[str, Any] | None = None, within: str = "", **more: Any) -> None:
        """Label → text; True and False tick and untick; a date as "2027-03-27" goes into its three boxes."""
        for label, answer in {**(answers or {}), **more}.items():
            self._fills_one(self._in(within), label, answer)

    def chooses(self, *labels: str, within: str = "") -> None:
        """Radios and tick boxes by their words."""
        for label in labels:
            self._in(within).get_by_label(_words(label)).first.check()

    def attaches(self, label: str, path: Path) -> None:
        self.page.get_by_label(_words(label)).first.set_input_files(path)

    # Signing in

    def signs_in(self) -> None:
        self.opens("/account/login/")
        self.signed_in = True
        self._gives_password()

    def joins_by(self, path: str) -> None:
        """The link of an invitation: says who they are and chooses a password."""
        self.opens(path)
        self.fills({"Your full name": self.name, "Password": PASSWORD})
        self.presses("Create your account")
        self.signed_in = True

    def _gives_password(self) -> None:
        self.fills({"Email address": self.email, "Password": PASSWORD})
        self.presses("Sign in", within="main")
        if self.secret:
            self.fills(Code=self.code())
            self.presses("Sign in", within="main")
        assert "/account/" not in self.page.url, self._text()

    def code(self) -> str:
        """What the app on their phone shows now."""
        return f"{hotp_value(self.secret, next(iter(yield_hotp_counters_from_time()))):06}"

    # How it is done

    def _in(self, within: str) -> Locator:
        return self.page.locator(within or "body")

    def _leaves_by(self, what: Locator, status: int = 0) -> None:
        with self.page.expect_navigation() as waiting:
            what.click()
        answer: Response | None = waiting.value
        got = answer.status if answer else 200
        assert got == status or (not status and got < 400), f"{self.page.url}: {got}\n{self._text()}"
        self.stage.look_at(self.page)

    def _fills_one(self, place: Locator, label: str, answer: Any) -> None:
        if isinstance(answer, str) and re.fullmatch(r"\d{4}-\d\d-\d\d", answer):
            group = place.get_by_role("group", name=_words(label)).first
            for part, text in zip(("Year", "Month", "Day"), answer.split("-"), strict=True):
                group.get_by_label(part).fill(text)
            return
        boxes = self.page.locator("input, textarea, select, [contenteditable]")
        box = place.get_by_label(_words(label)).and_(boxes).first
        if isinstance(answer, bool):
            box.set_checked(answer)
        elif box.evaluate("box => box.tagName") == "SELECT":
            box.select_option(label=answer)
        else:
            box.fill(str(answer))

    def _text(self) -> str:
        return self.page.locator("body").inner_text()[:3000]


def _words(text: str) -> re.Pattern[str]:
    """As a person finds it: the words it starts with, whichever apostrophe it is written with."""
    return re.compile("^\\s*" + re.escape(text).replace("'", "['’]"), re.IGNORECASE)
