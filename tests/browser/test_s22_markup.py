"""S22: markup that somebody types is text everywhere: on every page, in searches and in mail.

Every text of every row of a small world is markup that would run a script; each route is then opened by
somebody who may. The browser's content security policy is switched off, so that only escaping protects.
"""

import itertools
from collections.abc import Iterator
from contextlib import suppress
from typing import Any
from urllib.parse import urlencode

import pytest
from django.apps import apps
from django.conf import settings as django_settings
from django.db import IntegrityError, models, transaction
from django.test import Client
from django.urls import reverse
from lxml import html
from playwright.sync_api import Browser, BrowserContext, Page
from playwright.sync_api import Error as PlaywrightError

from accounts.domain.invitations import invite
from accounts.models import User
from messaging.domain.conversations import post
from messaging.models import Email
from psqm_portal.core.roles import Role
from submissions.domain.feedback import comment
from submissions.domain.part_machine import part_machine
from submissions.models import Part, PartVersion
from tests import factories as make
from tests.support.rights import ROUTES
from tests.support.world import World, build

# Every page that takes a text, in a browser: minutes, so it is with the slow ones.
pytestmark = [pytest.mark.slow, pytest.mark.django_db(transaction=True)]

LONG = """'"><img data-hit src=x onerror=hit()><script data-hit>hit()</script>"""
SHORT = '"><b data-hit>'
OURS = (
    *("accounts", "messaging", "schools", "rounds", "hubs", "submissions", "awards", "payments"),
    "core",
)
# Texts that only the portal writes, which its own rules hold to a form.
NOT_TYPED = {
    *("email", "to", "slug", "code", "number", "key", "sha256", "owner", "scope", "template", "about"),
    *("once", "machine", "action", "source", "target", "subject", "step", "kind", "letter", "content_type"),
    *("agreement_token_hash", "token_hash", "password", "urn", "postcode", "series", "url", "state", "role"),
    *("season", "status"),
}
QUERY = {"q": LONG, "status": LONG, "sort": LONG, "page": LONG, "state": LONG, "kind": LONG, "number": LONG}


def typed_fields() -> Iterator[tuple[type[models.Model], models.Field]]:
    for model in apps.get_models():
        if model._meta.app_label in OURS:
            for field in model._meta.concrete_fields:
                is_text = isinstance(field, models.CharField | models.TextField)
                if is_text and not field.choices and field.name not in NOT_TYPED:
                    yield model, field


def spoil() -> set[str]:
    """Puts markup into everything that somebody could have typed; returns which fields."""
    numbers, spoilt = itertools.count(1), set()
    for model, field in typed_fields():
        room = (field.max_length or 10_000) - 5
        markup = LONG if room >= len(LONG) else SHORT if room >= len(SHORT) else ""
        for pk in model._base_manager.values_list("pk", flat=True) if markup else ():
            # What a constraint keeps empty (a photo's note) stays so.
            with suppress(IntegrityError), transaction.atomic():
                model._base_manager.filter(pk=pk).update(**{field.name: f"{markup}{next(numbers)}"})
            spoilt.add(f"{model._meta.label}.{field.name}")
    for version in PartVersion.objects.all():
        version.content = _spoilt_json(version.content)
        version.save()
    return spoilt


def _spoilt_json(value: Any) -> Any:
    if isinstance(value, dict):
        typed = {"text", "title", "note", "caption", "file_name", "objective", "actions", "who"}
        return {key: LONG if key in typed and inner else _spoilt_json(inner) for key, inner in value.items()}
    return [_spoilt_json(inner) for inner in value] if isinstance(value, list) else value


@pytest.fixture
def world() -> World:
    world = build()
    make.tie(make.evidence(world.working), world.part)
    post(
        world.working.conversation, by=_fresh(world, "hub leader"), body="Hello", now=make.NOW, tell=[],
        about=world.working.key, url="/", title="t",
    )  # fmt: skip
    return world


def signed_in(browser: Browser, url: str, person: User | None) -> BrowserContext:
    context = browser.new_context(bypass_csp=True)
    context.add_init_script("window.hits = 0; window.hit = () => { window.hits += 1 }")
    if person is not None:
        client = Client()
        client.force_login(person, backend="accounts.backends.AuthenticationBackend")
        name = django_settings.SESSION_COOKIE_NAME
        context.add_cookies([{"name": name, "value": client.cookies[name].value, "url": url}])
    return context


def _opens(page: Page, url: str) -> bool:
    """False for a download and for an answer without a page, which a browser doesn't show."""
    try:
        page.goto(url)
    except PlaywrightError:
        answer = page.request.get(url)
        assert answer.status == 204 or "text/html" not in answer.headers["content-type"], url
        return False
    return True


def test_s22_no_page_takes_a_text_for_markup(browser: Browser, portal_url: str, world: World) -> None:
    spoilt = spoil()
    assert {"accounts.User.name", "schools.School.name", "submissions.Evidence.title"} <= spoilt
    contexts = {role: signed_in(browser, portal_url, person) for role, person in world.people.items()}
    pages = {role: context.new_page() for role, context in contexts.items()}
    wrong, shown = [], 0
    for name, route in ROUTES.items():
        if not route.get or name in {"open_file", "signed_file", "healthz", "invoices_csv", "earnings_owed"}:
            continue
        role = next(one for one in pages if one in route.get)
        page = pages[role]
        path = reverse(name, args=route.args(world) if route.args else [])
        for address in (path, f"{path}?{urlencode(QUERY)}"):
            if not _opens(page, portal_url + address):
                continue
            if page.locator("[data-hit]").count() or page.evaluate("window.hits"):
                wrong.append(f"{name} by {role}: {address}")
            shown += "data-hit" in page.locator("body").inner_text()
    for context in contexts.values():
        context.close()
    assert wrong == []
    assert shown > len(ROUTES) / 2, "the markup has to be on the pages, as text"


def test_s22_no_mail_takes_a_text_for_markup(world: World) -> None:
    """A mail names people, schools and what was written; the HTML is made from its text in one place."""
    spoil()
    Email.objects.all().delete()
    hub_leader, subject_leader = _fresh(world, "hub leader"), _fresh(world, "subject leader")
    part = Part.objects.get(pk=world.part.pk)
    comment(part, LONG, quote=LONG, by=hub_leader, now=make.NOW)
    part_machine.perform(part, "send", by=subject_leader, now=make.NOW)
    part_machine.perform(part, "return", by=hub_leader, now=make.NOW, reason=LONG)
    post(
        world.working.conversation, by=hub_leader, body=LONG, now=make.NOW, tell=[subject_leader],
        about=world.working.key, url="/submissions/1/", title=LONG,
    )  # fmt: skip
    invite(email="new@x.example", name=LONG, role=Role.HQ_ADMIN, scope="hq", by=hub_leader, now=make.NOW)
    mails = list(Email.objects.all())
    assert len({mail.template for mail in mails}) >= 4
    for mail in mails:
        assert "data-hit" in mail.text
        assert html.fromstring(mail.html).xpath("//*[@data-hit]") == []
        assert "\n" not in mail.subject


def _fresh(world: World, role: str) -> User:
    person = world.people[role]
    assert person is not None
    return User.objects.get(pk=person.pk)
