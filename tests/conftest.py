"""What every test stands on: no network, a folder and a broker of its own, Chromium."""

import os
import shutil
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import redis
from django.conf import settings
from django.db import connections
from django.test import TransactionTestCase
from playwright.sync_api import Browser
from pytest_django import DjangoDbBlocker

from psqm_portal.celery import app
from tests.support import network
from tests.support.emptied import Migrated
from tests.support.programs import find_chromium
from tests.support.template import migrated

HERE = Path(__file__).resolve().parent
NOT_RUN = "NOT RUN"


def pytest_configure() -> None:
    network.forbid()


def pytest_unconfigure() -> None:
    if "TEST_DIR" not in os.environ:  # named by somebody who wants to look into it
        shutil.rmtree(Path(settings.MEDIA_ROOT).parent, ignore_errors=True)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if HERE / "browser" in item.path.parents:
            item.add_marker("browser")
    items.sort(key=lambda item: item.get_closest_marker("minutes") is None)


def pytest_runtest_setup(item: pytest.Item) -> None:
    """What a test needs and this machine lacks: a loud skip, and with CI=true a failure."""
    here = {
        "postgresql": settings.DATABASES["default"]["ENGINE"].endswith("postgresql"),
        "redis": str(settings.CELERY_BROKER_URL).startswith("redis"),
        "browser": find_chromium() is not None,
    }
    for name, is_here in here.items():
        if item.get_closest_marker(name) and not is_here:
            say = pytest.fail if os.environ.get("CI") == "true" else pytest.skip
            say(f"{NOT_RUN}: needs {name}, which is not here")


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    skipped = [one for one in terminalreporter.stats.get("skipped", []) if NOT_RUN in str(one.longrepr)]
    if skipped:
        terminalreporter.section(f"{NOT_RUN}: {len(skipped)} tests", sep="!", red=True, bold=True)


@pytest.fixture(scope="session")
def django_db_modify_db_settings(django_db_modify_db_settings_parallel_suffix: None) -> None:
    """SQLite in a file: in memory it has no WAL, and a worker in another process could not see it.

    On PostgreSQL xdist's workers copy one migrated database.
    """
    database = connections.settings["default"]
    if database["ENGINE"].endswith("sqlite3"):
        database["TEST"]["NAME"] = str(database["NAME"])
    elif "PYTEST_XDIST_WORKER" in os.environ:
        database["TEST"]["TEMPLATE"] = migrated(os.environ["DATABASE_URL"])


@pytest.fixture(scope="session")
def django_db_setup(django_db_setup: None, django_db_blocker: DjangoDbBlocker) -> Iterator[None]:
    """Each test finds what migrations bring, and nothing else.

    At the end a killed worker or a browser's last request may still hold the database that is to be dropped.
    """
    with django_db_blocker.unblock():
        migrated_rows = Migrated()
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(TransactionTestCase, "_fixture_teardown", lambda _: migrated_rows.restore())
        yield
    with django_db_blocker.unblock():
        connection = connections["default"]
        if connection.vendor == "postgresql":
            with connection.cursor() as cursor:
                cursor.execute(
                    "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
                    " WHERE datname = current_database() AND pid <> pg_backend_pid()"
                )


@pytest.fixture(scope="session", autouse=True)
def _own_redis_database(request: pytest.FixtureRequest) -> None:
    """xdist's workers share one Redis; each takes a numbered database in it."""
    worker = os.environ.get("PYTEST_XDIST_WORKER", "")
    if worker and str(settings.CELERY_BROKER_URL).startswith("redis"):
        server = settings.CELERY_BROKER_URL.rsplit("/", 1)[0]
        settings.CELERY_BROKER_URL = f"{server}/{int(worker[2:]) + 1}"
        app.conf.update(broker_url=settings.CELERY_BROKER_URL)


@pytest.fixture(autouse=True)
def _empty_broker(_own_redis_database: None) -> Iterator[None]:
    """No test finds a task that another one queued."""
    yield
    if app.conf.broker_url.startswith("redis"):
        with redis.Redis.from_url(app.conf.broker_url) as client:
            client.flushdb()
    else:
        for message in Path(app.conf.broker_transport_options["data_folder_in"]).iterdir():
            message.unlink(missing_ok=True)


@pytest.fixture(scope="session")
def browser_type_launch_args(browser_type_launch_args: dict[str, Any]) -> dict[str, Any]:
    """The machine's own Chromium, which can find no other machine."""
    return {
        **browser_type_launch_args,
        "executable_path": find_chromium(),
        "args": [
            *("--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-sync"),
            *("--disable-background-networking", "--disable-component-update"),
            "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE localhost, EXCLUDE 127.0.0.1",
        ],
    }


@pytest.fixture
def portal_url(live_server: Any, settings: Any, browser: Browser) -> Iterator[str]:
    """A served portal whose links, also to uploads on their own origin, lead back to it.

    Its pages may still ask for something when a test ends; the tables are emptied when that is answered.
    """
    port = live_server.thread.port
    settings.PORTAL_ORIGIN = f"http://localhost:{port}"
    settings.FILES_ORIGIN = f"http://127.0.0.1:{port}"
    yield f"http://localhost:{port}"
    for context in browser.contexts:
        context.close()
    for thread in threading.enumerate():
        if "process_request_thread" in thread.name:
            thread.join(10)
