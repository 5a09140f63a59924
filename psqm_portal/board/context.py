"""The menu: what a person's roles lead to, and how many messages they haven't read."""

from typing import Any

from django.http import HttpRequest
from django.urls import reverse
from django.utils.functional import SimpleLazyObject

from accounts.models import User
from psqm_portal.core.roles import HUB, SCHOOL, Role
from submissions.pages.sight import places_in, unread_in

HQ_ADMIN, FINANCE, VIEWER = Role.HQ_ADMIN, Role.HQ_FINANCE, Role.HQ_VIEWER

# Label, URL name, and whose menu it stands in.
MENU: list[tuple[str, str, frozenset[Role]]] = [
    ("Desk", "desk", frozenset({HQ_ADMIN, VIEWER}) | HUB),
    ("Rounds", "rounds", frozenset({HQ_ADMIN, FINANCE, VIEWER})),
    ("Submissions", "submissions", frozenset({HQ_ADMIN, VIEWER}) | SCHOOL | HUB),
    ("Calendar", "calendar", frozenset(Role)),
    ("Registrations", "registrations", frozenset({HQ_ADMIN, Role.HUB_LEADER})),
    ("Reviews", "reviews", frozenset({Role.HUB_LEADER})),
    ("Cases", "cases", frozenset({HQ_ADMIN})),
    ("Hubs", "hubs", frozenset({HQ_ADMIN, FINANCE, VIEWER}) | HUB),
    ("Schools", "schools", frozenset({HQ_ADMIN, FINANCE, VIEWER})),
    ("Invoices", "invoices", frozenset({HQ_ADMIN, FINANCE, Role.HEADTEACHER, Role.SCHOOL_FINANCE})),
    ("Earnings", "earnings", frozenset({HQ_ADMIN, FINANCE, Role.HUB_LEADER})),
    ("People", "people", frozenset({HQ_ADMIN})),
    ("Mail", "mail", frozenset({HQ_ADMIN})),
    ("Log", "log", frozenset({HQ_ADMIN})),
]

# HQ's pages about hubs, by the same three.
HUB_AREAS: list[tuple[str, str, frozenset[Role]]] = [
    ("Hubs", "hubs", frozenset({HQ_ADMIN, FINANCE, VIEWER})),
    ("Registrations", "registrations", frozenset({HQ_ADMIN})),
    ("Applications", "leader_applications", frozenset({HQ_ADMIN})),
    ("Hub leaders", "hub_leaders", frozenset({HQ_ADMIN, VIEWER})),
    ("Meetings", "leader_meetings", frozenset({HQ_ADMIN, VIEWER})),
    ("Invitation letter", "letter", frozenset({HQ_ADMIN})),
]


def navigation(request: HttpRequest) -> dict[str, Any]:
    return {
        "nav": SimpleLazyObject(lambda: _menu(request)),
        "hub_areas": SimpleLazyObject(lambda: _hub_areas(request)),
        "footer_links": [{"label": "Become a hub leader", "url": reverse("become_hub_leader")}],
    }


def _menu(request: HttpRequest) -> list[dict[str, Any]]:
    """Two queries at most for a signed-in person, none for a visitor or where no menu is drawn."""
    user = getattr(request, "user", None)
    if not isinstance(user, User):
        return [
            _item(request, "Take part", "register"),
            _item(request, "Schools with an award", "directory"),
            _item(request, "Check a certificate", "certificate_check"),
        ]
    places = places_in(request)
    roles = places.roles
    items = [_item(request, "Home", "home")]
    items += [_item(request, label, name) for label, name, whose in MENU if whose & roles]
    if roles & (SCHOOL | HUB | {HQ_ADMIN}):
        unread = unread_in(request).total
        items.append({**_item(request, "Messages", "messages"), "count": unread, "count_label": "unread"})
    return items


def _hub_areas(request: HttpRequest) -> list[dict[str, Any]]:
    roles = places_in(request).roles
    return [_item(request, label, name) for label, name, whose in HUB_AREAS if whose & roles]


def _is_in(request: HttpRequest, url: str) -> bool:
    return request.path == url or (url != "/" and request.path.startswith(url))


def _item(request: HttpRequest, label: str, name: str) -> dict[str, Any]:
    url = reverse(name)
    active = _is_in(request, url) or (
        name == "hubs" and any(_is_in(request, reverse(area)) for _, area, _ in HUB_AREAS[2:])
    )
    return {"label": label, "url": url, "active": active}
