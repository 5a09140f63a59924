"""S01: every route, every role, own and foreign objects, GET and POST.

``ROUTES`` is the oracle, written from the product's table "Who may what": who reads a page of their own
world, and who may send something to it. A route that isn't in it fails the test.
"""

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from django.db import transaction
from django.http import HttpResponse
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver, reverse

from tests.support.rights import (
    AD,
    ANONYMOUS,
    FC,
    FI,
    HL,
    HQ,
    HT,
    ME,
    NOBODY,
    ROUTES,
    RV,
    SHARED,
    SL,
    VI,
    Route,
)
from tests.support.world import World, build

pytestmark = pytest.mark.django_db

REFUSED = {403, 404, 410}


def _patterns(patterns: list[Any], under: str = "") -> Iterator[tuple[str, str]]:
    for pattern in patterns:
        path = under + str(pattern.pattern)
        if isinstance(pattern, URLPattern):
            yield pattern.name or "", path
        elif isinstance(pattern, URLResolver):
            yield from _patterns(pattern.url_patterns, path)


def our_routes() -> set[str]:
    """Every route but allauth's, Django's admin and the mail provider's, with their own rights and tests."""
    return {
        name
        for name, path in _patterns(get_resolver().url_patterns)
        if not path.startswith(("account/", "admin/", "anymail/"))
    }


def test_every_route_is_classified() -> None:
    routes = our_routes()
    assert routes - set(ROUTES) == set(), "Say in ROUTES who may open these"
    assert set(ROUTES) - routes == set(), "These routes are gone"


def _client(person: Any) -> Client:
    client = Client(raise_request_exception=True)
    if person is not None:
        client.force_login(person)
    return client


def _answer(client: Client, method: str, url: str) -> str:
    """ "in", "out" (403, 404, 410, or sent to sign in) or "no such method"."""
    response = getattr(client, method)(url)
    if response.status_code == 405:
        return "no such method"
    to_sign_in = response.status_code == 302 and "/account/login/" in response["Location"]
    if response.status_code in REFUSED or to_sign_in:
        return "out"
    assert response.status_code in {200, 204, 302, 400, 409, 412, 422}, (method, url, response.status_code)
    return "in"


def _expected(allowed: set[str] | None, role: str) -> set[str]:
    if allowed is None:  # asked with a method that isn't served: refused before or after the rights
        return {"no such method", "out"}
    return {"in"} if role in allowed else {"out", "no such method"}


def _walk(mine: World, theirs: World, role: str, expected: Callable[[Route, str], set[str]]) -> list[str]:
    wrong, client = [], _client(mine.people[role])
    for name, route in ROUTES.items():
        url = reverse(name, args=route.args(theirs) if route.args else [])
        for method in ("get", "post"):
            with transaction.atomic():  # what one request does mustn't change what the next one finds
                answer = _answer(client, method, url)
                transaction.set_rollback(True)
            if answer not in (wanted := expected(route, method)):
                wrong.append(f"{method} {name} {url} by {role}: {answer}, not {wanted}")
    return wrong


ROLES = [SL, HT, FC, ME, HL, RV, AD, FI, VI, NOBODY, ANONYMOUS]


@pytest.fixture(autouse=True)
def _no_layout(monkeypatch: pytest.MonkeyPatch) -> None:
    """Laying out the questions takes seconds, and thousands of pages that say no take minutes: no rights."""

    def bare(_resolver: URLResolver, code: int) -> Callable[..., HttpResponse]:
        return lambda *_args, **_more: HttpResponse(status=code)

    monkeypatch.setattr(URLResolver, "resolve_error_handler", bare)
    monkeypatch.setattr(
        "submissions.domain.questions.print_to", lambda target, _: target.write_bytes(b"%PDF-1.7")
    )
    monkeypatch.setattr("hubs.domain.mailings.print_to", lambda target, _: target.write_bytes(b"%PDF-1.7"))


@pytest.mark.parametrize("role", ROLES)
def test_s01_own_world(role: str) -> None:
    """Each role opens exactly what the table says of its own world; nobody else does."""
    mine = build()

    def expected(route: Route, method: str) -> set[str]:
        return _expected(route.get if method == "get" else route.post, role)

    wrong = _walk(mine, mine, role, expected)
    assert not wrong, "\n".join(wrong)


@pytest.mark.parametrize("role", [role for role in ROLES if role not in HQ])
def test_s01_neighbours_world(role: str) -> None:
    """With another world's ids nobody is let in; HQ, who sees every world, is tested with its own."""
    mine, theirs = build(), build()
    shared = {id(ROUTES[name]) for name in SHARED}

    def expected(route: Route, method: str) -> set[str]:
        if route.args is None or id(route) in shared:
            return _expected(route.get if method == "get" else route.post, role)
        return {"out", "no such method"}

    wrong = _walk(mine, theirs, role, expected)
    assert not wrong, "\n".join(wrong)
