"""The demonstration is never part of a real deployment, and never leaves its machine."""

import os
import subprocess
import sys
from pathlib import Path

from psqm_portal.demo.accounts import EMAILS

ROOT = Path(__file__).resolve().parents[3]
ENVIRONMENT = {
    "SECRET_KEY": "k" * 60,
    "DATABASE_URL": "postgresql://portal:secret@database.example/portal",
    "REDIS_URL": "redis://redis.example/0",
    "PORTAL_ORIGIN": "https://portal.example",
    "FILES_ORIGIN": "https://files.example",
    "EMAIL_URL": "smtp+tls://user:secret@mail.example:587",
    "DEFAULT_FROM_EMAIL": "portal@portal.example",
    "SUPPORT_EMAIL": "help@portal.example",
}


def run(program: str, module: str, **more: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-c", program],
        cwd=ROOT,
        env={"PATH": os.environ["PATH"], "DJANGO_SETTINGS_MODULE": module, **ENVIRONMENT, **more},
        capture_output=True,
        text=True,
        check=False,
    )


def test_a_real_deployment_has_no_address_of_the_demonstration():
    program = """
import django
django.setup()
from django.apps import apps
from django.conf import settings
from django.urls import Resolver404, resolve
assert not apps.is_installed("psqm_portal.demo")
assert settings.SECOND_FACTOR_WAIVED == frozenset() and settings.KEEP_SECRET_MAIL is False
for path in ("/demo/sign-in/", "/demo/mail/", "/demo/mail/1/", "/demo/mail/1/html/"):
    try:
        resolve(path)
    except Resolver404:
        continue
    raise SystemExit(f"{path} is there")
print("clean")
"""
    done = run(program, "psqm_portal.settings.production")

    assert done.stdout.strip() == "clean", done.stderr


def test_a_real_deployment_refuses_the_demonstration():
    program = """
from psqm_portal.settings import base
base.INSTALLED_APPS.append("psqm_portal.demo")
import psqm_portal.settings.production
"""
    done = run(program, "psqm_portal.settings.production")

    assert done.returncode == 1
    assert "The demonstration can't be part of a real deployment." in done.stderr


def test_the_demonstration_answers_its_own_machine_alone_and_waives_the_second_factor_for_its_accounts(
    tmp_path,
):
    program = """
from django.conf import settings
print(sorted(settings.ALLOWED_HOSTS), sorted(settings.SECOND_FACTOR_WAIVED))
"""
    done = run(program, "psqm_portal.settings.demo", DEMO_DIR=str(tmp_path))

    waived = ["finance@demo.example", "hq@demo.example", "viewer@demo.example"]
    assert done.stdout.strip() == f"{['127.0.0.1', 'localhost']} {waived}", done.stderr
    assert set(waived) <= EMAILS
