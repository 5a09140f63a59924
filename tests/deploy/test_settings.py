"""A deployment's settings: complete ones are safe, others are refused by name before anything starts."""

import importlib
import shutil
import subprocess
import sys

import pytest
from django.core.exceptions import ImproperlyConfigured

from tests.deploy.given import HOME, compose, example, manage, passed_on, portal_environment

REQUIRED = (
    *("SECRET_KEY", "DATABASE_URL", "REDIS_URL", "PORTAL_ORIGIN", "FILES_ORIGIN"),
    *("EMAIL_URL", "DEFAULT_FROM_EMAIL", "SUPPORT_EMAIL"),
)


@pytest.fixture
def production(monkeypatch):
    """Loads the production settings with an environment of the test's own, beside the ones in use."""

    def load(environ):
        for name in portal_environment():
            monkeypatch.delenv(name, raising=False)
        for name, value in environ.items():
            monkeypatch.setenv(name, value)
        for name in [name for name in sys.modules if name.startswith("psqm_portal.settings")]:
            monkeypatch.delitem(sys.modules, name)
        return importlib.import_module("psqm_portal.settings.production")

    yield load
    for name in [name for name in sys.modules if name.startswith("psqm_portal.settings")]:
        monkeypatch.delitem(sys.modules, name)


def test_s30_nothing_is_left_to_warn_of():
    told = manage("check", "--deploy", "--fail-level", "DEBUG", environ=portal_environment())
    assert told.returncode == 0, told.stderr
    assert "no issues" in told.stdout


def test_s30_it_does_not_start_without_its_variables():
    told = manage("check", environ={})
    assert told.returncode != 0
    assert all(name in told.stderr for name in REQUIRED)


@pytest.mark.parametrize("name", REQUIRED)
def test_s30_a_missing_variable_is_named(production, name):
    environ = portal_environment()
    del environ[name]
    with pytest.raises(ImproperlyConfigured, match=name):
        production(environ)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("SECRET_KEY", "too-short"),
        ("SECRET_KEY", ""),
        ("DATABASE_URL", "sqlite:///portal.sqlite3"),
        ("DATABASE_URL", "portal"),
        ("REDIS_URL", "http://redis"),
        ("PORTAL_ORIGIN", "http://portal.psqm.example"),
        ("PORTAL_ORIGIN", "portal.psqm.example"),
        ("FILES_ORIGIN", "https://portal.psqm.example"),
        ("EMAIL_URL", "mail.psqm.example"),
        ("TRUSTED_PROXY_COUNT", "one"),
    ],
)
def test_s30_a_wrong_variable_is_named(production, name, value):
    with pytest.raises(ImproperlyConfigured, match=name):
        production(portal_environment(**{name: value}))


def test_s28_links_and_hosts_come_from_the_environment(production):
    settings = production(portal_environment())
    assert settings.ALLOWED_HOSTS == ["portal.psqm.example", "files.psqm.example"]
    assert not getattr(settings, "USE_X_FORWARDED_HOST", False)


def test_s11_what_is_logged_goes_through_the_formatter_that_knows_secret_links(production):
    log = production(portal_environment()).LOGGING
    assert {one["formatter"] for one in log["handlers"].values()} == {"without_secrets"}
    assert log["formatters"]["without_secrets"]["()"] == "psqm_portal.core.secret_links.Formatter"


def test_the_demonstration_is_no_part_of_it(production):
    settings = production(portal_environment())
    assert "psqm_portal.demo" not in settings.INSTALLED_APPS
    assert not settings.KEEP_SECRET_MAIL
    assert settings.SECOND_FACTOR_REQUIRED
    assert not getattr(settings, "SECOND_FACTOR_WAIVED", None)


def test_the_example_leaves_its_secrets_empty():
    """Nobody runs a portal with a key that everybody can read here."""
    assert [name for name, value in example().items() if not value] == ["SECRET_KEY", "POSTGRES_PASSWORD"]


def test_r10_a_running_task_is_not_handed_out_again(production):
    settings = production(portal_environment())
    assert settings.CELERY_BROKER_TRANSPORT_OPTIONS["visibility_timeout"] > settings.CELERY_TASK_TIME_LIMIT


def test_r13_redis_never_throws_a_waiting_task_out():
    command = compose()["services"]["redis"]["command"]
    assert "--maxmemory-policy noeviction" in command
    assert "--appendonly yes" in command


def test_every_service_says_whether_it_is_well():
    services = compose()["services"]
    assert [name for name, one in services.items() if "healthcheck" not in one] == ["migrate"]


@pytest.mark.skipif(
    subprocess.run(["docker", "compose", "version"], capture_output=True, check=False).returncode != 0
    if shutil.which("docker")
    else True,
    reason="NOT CHECKED: `docker compose config` needs that client",
)
def test_compose_reads_its_file(tmp_path):
    lines = [f"{name}={value}" for name, value in portal_environment().items()]
    (tmp_path / ".env").write_text("\n".join(lines))
    (tmp_path / "docker-compose.yml").write_text((HOME / "docker-compose.yml").read_text())
    told = subprocess.run(
        ["docker", "compose", "config", "--quiet"],
        cwd=tmp_path,
        env=passed_on(),
        capture_output=True,
        text=True,
        check=False,
    )
    assert told.returncode == 0, told.stderr


def test_s30_what_the_addresses_ask_for_is_kept(production):
    settings = production(
        portal_environment(
            DATABASE_URL="postgresql://psqm:p%40ss@db.example:5432/psqm?sslmode=verify-full",
            EMAIL_URL="smtp+tls://portal%40psqm.example:a%2Fb@mail.example:587",
        )
    )
    assert settings.DATABASES["default"]["OPTIONS"] == {"options": "-c jit=off", "sslmode": "verify-full"}
    assert (settings.EMAIL_HOST_USER, settings.EMAIL_HOST_PASSWORD) == ("portal@psqm.example", "a/b")
