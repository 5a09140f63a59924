"""Habits that no linter knows: read from the source as it is, not from what runs."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

HOME = Path(__file__).resolve().parent.parent
PACKAGES = (
    *("psqm_portal", "accounts", "messaging", "schools", "rounds", "hubs", "submissions", "awards"),
    *("payments", "bench"),
)
# Rooms in which time is an argument (architecture, habit 4).
TIMELESS = ("domain", "queries", "rules", "models", "forms")
QUEUEING = {"delay", "apply_async", "send_task"}
WAITING = {"countdown", "eta"}
CLOCKS = {"timezone.now", "timezone.localdate", "timezone.localtime", "time.time"}


def sources() -> list[Path]:
    return sorted(path for package in PACKAGES for path in (HOME / package).rglob("*.py"))


def calls(source: str) -> Iterator[ast.Call]:
    return (node for node in ast.walk(ast.parse(source)) if isinstance(node, ast.Call))


def queued_at_once(source: str) -> list[int]:
    """Lines that hand a task to the broker before the transaction is known to stand."""
    return [c.lineno for c in calls(source) if isinstance(c.func, ast.Attribute) and c.func.attr in QUEUEING]


def waiting_in_the_broker(source: str) -> list[int]:
    return [c.lineno for c in calls(source) if WAITING & {keyword.arg for keyword in c.keywords}]


def reading_the_clock(source: str) -> list[int]:
    return [c.lineno for c in calls(source) if ast.unparse(c.func) in CLOCKS]


def found(rule, paths: list[Path]) -> list[str]:
    return [f"{path.relative_to(HOME)}:{line}" for path in paths for line in rule(path.read_text())]


def test_r09_a_task_is_queued_when_its_transaction_stands():
    """Only `delay_on_commit`, which is made in one place."""
    elsewhere = [path for path in sources() if path != HOME / "psqm_portal/celery.py"]
    assert not found(queued_at_once, elsewhere)


def test_r12_nothing_waits_in_the_broker():
    assert not found(waiting_in_the_broker, sources())


def test_time_is_an_argument():
    timeless = [path for path in sources() if set(path.relative_to(HOME).with_suffix("").parts) & {*TIMELESS}]
    assert not found(reading_the_clock, timeless)


@pytest.mark.parametrize(
    ("rule", "source"),
    [
        (queued_at_once, "make_certificate.delay(1)"),
        (queued_at_once, "app.send_task('x')"),
        (waiting_in_the_broker, "remind.apply_async((1,), countdown=60)"),
        (waiting_in_the_broker, "remind.apply_async((1,), eta=then)"),
        (reading_the_clock, "late = timezone.now() > due"),
    ],
)
def test_the_rules_see_what_they_forbid(rule, source):
    assert rule(source) == [1]


def test_nothing_is_run_in_celerys_place():
    assert not [path for path in sources() if "TASK_ALWAYS_EAGER" in path.read_text()]


def test_s32_tests_run_what_is_deployed():
    """Each package of the deployment's lock stands in the tests' lock at the same version."""

    def pins(name: str) -> set[str]:
        return set(re.findall(r"^[\w.-]+==\S+", (HOME / name).read_text(), re.MULTILINE))

    assert pins("requirements.lock") <= pins("requirements-dev.lock")


@pytest.mark.parametrize("name", ["requirements.lock", "requirements-dev.lock", "package-lock.json"])
def test_locks_name_no_host(name):
    assert "://" not in (HOME / name).read_text()


def test_r02_every_form_of_a_signed_in_person_carries_its_key():
    """The key stands against a second sending, and lets a form's words outlive the session."""
    others = ("account", "mfa", "allauth", "demo", "hubs/register", "base.html")
    templates = [
        path
        for path in (HOME / "templates").rglob("*.html")
        if not path.relative_to(HOME / "templates").as_posix().startswith(others)
        or path.is_relative_to(HOME / "templates/accounts")
    ]
    without = re.compile(r"\{% csrf_token %\}(?!\s*\{% sending_key %\})")
    assert [path.name for path in templates if without.search(path.read_text())] == []
