"""The portal's own log, as production sets it up, never holds the secret of a link (S11)."""

import logging
import re
from pathlib import Path

import pytest
from django.urls import get_resolver

from psqm_portal.core.secret_links import PAGES, Formatter

HOME = Path(__file__).parents[3]
SECRET = "mailed-secret-4711"


def _routes(resolver, before=""):
    for one in resolver.url_patterns:
        route = before + str(one.pattern)
        if hasattr(one, "url_patterns"):
            yield from _routes(one, route)
        else:
            yield route


def test_s11_nginx_and_the_log_know_every_page_behind_a_secret_link():
    behind = {
        route.split("<str:token>")[0].strip("/")
        for route in _routes(get_resolver())
        if "<str:token>" in route
    }
    assert behind
    assert behind <= set(PAGES)
    [named] = re.findall(r"\(\?<page>([^)]+)\)", (HOME / "deploy/nginx.conf").read_text())
    assert named.split("|") == list(PAGES)


@pytest.mark.parametrize(
    ("said", "path"),
    [
        ("Too Many Requests: %s", f"/agreement/{SECRET}/"),
        ("Gone: %s", f"/invited/{SECRET}/never-again/"),
        ("Forbidden (CSRF token missing.): %s", f"/invited/{SECRET}/"),
        ("Not Found: %s", f"/become-a-hub-leader/open/{SECRET}/"),
    ],
)
def test_s11_a_refused_address_is_logged_without_its_secret(said, path):
    record = logging.LogRecord("django.request", logging.WARNING, "", 0, said, (path,), None)
    written = Formatter().format(record)
    assert SECRET not in written
    assert path.split(SECRET)[0] in written


def test_other_addresses_stay():
    record = logging.LogRecord(
        "x", logging.WARNING, "", 0, "Not Found: %s", ("/people/invitations/12/again/",), None
    )
    assert Formatter().format(record) == "Not Found: /people/invitations/12/again/"
