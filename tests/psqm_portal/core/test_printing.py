"""S26, S25: a long document is laid out by a program of its own that is killed in time and knows nothing."""

import io
import json
import os
import subprocess
import sys
from pathlib import Path

import pikepdf
import pytest
from PIL import Image

from psqm_portal.core import pdf, printing
from psqm_portal.core.pdf import PICTURES_URL, Limits, PdfTooMuch, PdfUnavailable, print_to

PAGE = "<!doctype html><html lang='en'><head><title>Long</title></head><body>{}</body></html>"


def test_it_lays_out_a_tagged_pdf_with_the_pictures_it_is_given(tmp_path):
    picture = tmp_path / "a.jpg"
    Image.new("RGB", (30, 20), "green").save(picture)
    html = PAGE.format(f"<h1>Oak</h1><img alt='Seeds' src='{PICTURES_URL}7.jpg'>")
    print_to(tmp_path / "out.pdf", html, pictures={"7.jpg": picture})
    with pikepdf.open(tmp_path / "out.pdf") as document:
        assert bool(document.Root.MarkInfo.Marked)
        images = [
            thing for thing in document.objects
            if isinstance(thing, pikepdf.Stream) and thing.get("/Subtype") == "/Image"
        ]  # fmt: skip
        assert len(images) == 1


def test_s25_no_picture_but_the_ones_it_is_given(tmp_path):
    secret = tmp_path / "secret.jpg"
    Image.new("RGB", (30, 20), "red").save(secret)
    addresses = [
        f"file://{secret}", str(secret), f"{PICTURES_URL}8.jpg", f"{PICTURES_URL}../secret.jpg",
        f"{PICTURES_URL}7.jpg/../secret.jpg", "https://static.invalid/static/../manage.py", "/etc/hostname",
    ]  # fmt: skip
    html = PAGE.format("".join(f"<img alt='x' src='{address}'>" for address in addresses))
    print_to(tmp_path / "out.pdf", html, pictures={"7.jpg": secret})
    with pikepdf.open(tmp_path / "out.pdf") as document:
        assert not [
            thing for thing in document.objects
            if isinstance(thing, pikepdf.Stream) and thing.get("/Subtype") == "/Image"
        ]  # fmt: skip


def test_s26_killed_when_its_time_is_over(tmp_path):
    with pytest.raises(PdfTooMuch):
        print_to(tmp_path / "out.pdf", PAGE.format("word " * 1_000_000), limits=Limits(seconds=2))
    assert not (tmp_path / "out.pdf").exists()


@pytest.mark.slow
def test_s26_stopped_when_its_memory_is_used_up(tmp_path):
    """The limit is one that short documents pass."""
    limits = Limits(seconds=60, megabytes=320)
    print_to(tmp_path / "short.pdf", PAGE.format("<p>word</p>"), limits=limits)
    with pytest.raises(PdfTooMuch, match="MemoryError"):
        print_to(tmp_path / "long.pdf", PAGE.format("<p>word</p>" * 100_000), limits=limits)


def _run(code: str, **environ: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-I", "-c", code], capture_output=True, text=True, timeout=60, check=False,
        env={**os.environ, **environ},
    )  # fmt: skip


@pytest.mark.parametrize(
    "way_out",
    [
        "import socket; socket.create_connection(('127.0.0.1', 9))",
        "import socket; socket.getaddrinfo('localhost', 80)",
        "import subprocess; subprocess.run(['true'])",
        "import os; os.system('true')",
        "import os; os.fork()",
    ],
)
def test_s25_it_has_no_way_out(way_out):
    code = f"import runpy; names = runpy.run_path({printing.__file__!r}); import sys\n"
    code += f"sys.addaudithook(names['_stay_in'])\n{way_out}"
    done = _run(code)
    assert "PermissionError: A PDF needs no" in done.stderr


def test_it_is_told_no_secrets(tmp_path, monkeypatch):
    seen = {}
    monkeypatch.setenv("SECRET_KEY", "s3cret")
    monkeypatch.setenv("DATABASE_URL", "postgresql://u:s3cret@db/x")
    real = subprocess.run

    def run(command, **given):
        seen.update(given["env"], stdin=given["input"].decode())
        return real(command, **given)

    monkeypatch.setattr(pdf.subprocess, "run", run)
    print_to(tmp_path / "out.pdf", PAGE.format("x"))
    assert "s3cret" not in json.dumps(seen)
    assert "PATH" in seen


def test_it_needs_nothing_of_ours():
    """Run by its path: no settings, no models, no broker are loaded with it."""
    source = Path(printing.__file__).read_text()
    assert "psqm_portal" not in source
    assert "django" not in source


def test_without_weasyprint_it_says_what_to_install(tmp_path, monkeypatch):
    gone = subprocess.CompletedProcess([], printing.MISSING, b"", b"")
    monkeypatch.setattr(pdf.subprocess, "run", lambda *_, **__: gone)
    with pytest.raises(PdfUnavailable, match="apt-get install libpangoft2"):
        print_to(tmp_path / "out.pdf", PAGE.format("x"))


def test_another_failure_keeps_its_words(tmp_path, monkeypatch):
    broken = subprocess.CompletedProcess([], 1, b"", b"ValueError: odd")
    monkeypatch.setattr(pdf.subprocess, "run", lambda *_, **__: broken)
    with pytest.raises(RuntimeError, match="ValueError: odd"):
        print_to(tmp_path / "out.pdf", PAGE.format("x"))
    assert list(tmp_path.iterdir()) == []


def test_the_program_says_when_weasyprint_is_missing(monkeypatch):
    job = {"seconds": 60, "megabytes": 4096}
    monkeypatch.setattr(sys, "stdin", io.StringIO(json.dumps(job)))
    monkeypatch.setattr(printing, "_limit", lambda *_: None)

    def missing():
        raise ImportError

    monkeypatch.setattr(printing, "load", missing)
    assert printing.main() == printing.MISSING
