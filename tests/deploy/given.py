"""The environment that docker-compose.yml and deploy/env.example give the portal, with secrets filled in."""

import os
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import yaml

HOME = Path(__file__).resolve().parent.parent.parent
SECRETS = {
    "SECRET_KEY": "8f1Zt-0aQ5vLx_Wn3RkYp7CmBd2HsJ6uEgT9oXiK4wMzDcVfPq",
    "POSTGRES_PASSWORD": "onlyForThisTest",
}
# Of this process only what a program needs to run: nothing that could stand in for a missing variable.
PASSED_ON = ("PATH", "HOME", "LANG", "TMPDIR")


def compose() -> dict[str, Any]:
    text = (HOME / "docker-compose.yml").read_text()
    loaded: dict[str, Any] = yaml.safe_load(text)
    return loaded


def example() -> dict[str, str]:
    lines = (HOME / "deploy/env.example").read_text().splitlines()
    return dict(line.split("=", 1) for line in lines if line and not line.startswith("#"))


def filled(values: dict[str, str], known: dict[str, str]) -> dict[str, str]:
    """With compose's ${NAME} and ${NAME:?message} replaced."""

    def value(found: re.Match[str]) -> str:
        return known[found[1]]

    return {name: re.sub(r"\$\{(\w+)(?::\?[^}]*)?\}", value, text) for name, text in values.items()}


def portal_environment(**more: str) -> dict[str, str]:
    known = example() | SECRETS
    return known | filled(compose()["x-portal"]["environment"], known) | more


def nginx_environment(**more: str) -> dict[str, str]:
    return filled(compose()["services"]["nginx"]["environment"], example() | SECRETS) | more


def passed_on() -> dict[str, str]:
    return {name: os.environ[name] for name in PASSED_ON if name in os.environ}


def manage(*arguments: str, environ: dict[str, str]) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "manage.py", *arguments],
        cwd=HOME,
        env={**passed_on(), "DJANGO_SETTINGS_MODULE": "psqm_portal.settings.production", **environ},
        capture_output=True,
        text=True,
        check=False,
    )
