"""PostgreSQL's test databases of one run: migrated once, then copied for each of xdist's workers."""

import hashlib
import os
import subprocess
import sys
import tempfile
from itertools import chain
from pathlib import Path
from urllib.parse import urlsplit

import psycopg
from psycopg.sql import SQL, Identifier

ROOT = Path(__file__).resolve().parent.parent.parent
LOCK = 1_042  # any number that nothing else locks


def migrated(url: str) -> str:
    """The name of a database that has all migrations; made by the first who asks, the others wait for it.

    Named by the migrations' own text and the locked packages, so that a server which stays never lends an
    older one.
    """
    name = f"psqm_template_{_digest()[:16]}"
    half = f"{name}_half"
    with psycopg.connect(url, autocommit=True) as server:
        server.execute("SELECT pg_advisory_lock(%s)", [LOCK])
        if not server.execute("SELECT 1 FROM pg_database WHERE datname = %s", [name]).fetchone():
            server.execute(SQL("DROP DATABASE IF EXISTS {}").format(Identifier(half)))
            server.execute(SQL("CREATE DATABASE {} TEMPLATE template0").format(Identifier(half)))
            _migrate(urlsplit(url)._replace(path=f"/{half}").geturl())
            server.execute(SQL("ALTER DATABASE {} RENAME TO {}").format(Identifier(half), Identifier(name)))
    return name


def _digest() -> str:
    digest = hashlib.sha256((ROOT / "requirements-dev.lock").read_bytes())
    for path in sorted(chain(ROOT.glob("*/migrations/*.py"), ROOT.glob("psqm_portal/*/migrations/*.py"))):
        digest.update(path.read_bytes())
    return digest.hexdigest()


def _migrate(url: str) -> None:
    with tempfile.TemporaryDirectory() as folder:
        subprocess.run(
            [sys.executable, "manage.py", "migrate", "--verbosity=0", "--settings=psqm_portal.settings.test"],
            cwd=ROOT,
            check=True,
            env={**os.environ, "DATABASE_URL": url, "TEST_DIR": folder},
        )
