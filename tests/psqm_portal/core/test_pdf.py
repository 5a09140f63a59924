"""PDFs are tagged, carry our typeface, and reach for nothing but our own static files (S25, Q07)."""

import builtins
import logging
import socket
from http.server import BaseHTTPRequestHandler, HTTPServer
from io import BytesIO
from pathlib import Path
from threading import Thread

import pikepdf
import pytest

from psqm_portal.core import pdf

PAGE = (
    "<!doctype html><html lang='en'><head><title>Certificate</title>{head}</head><body>{body}</body></html>"
)


def made(body="<h1>Oak Primary</h1><p>Café Łódź, Ŵyn Ŷ</p>", head=""):
    return pikepdf.open(BytesIO(pdf.html_to_pdf(PAGE.format(head=head, body=body))))


def fonts_of(document):
    return {
        str(thing["/FontName"]).partition("+")[2]
        for thing in document.objects
        if isinstance(thing, pikepdf.Dictionary) and "/FontName" in thing
    }


def test_q07_it_is_tagged_titled_and_in_english():
    with made() as document:
        assert bool(document.Root.MarkInfo.Marked)
        assert "/StructTreeRoot" in document.Root
        assert str(document.Root.Lang) == "en"
        assert str(document.docinfo["/Title"]) == "Certificate"
        assert bool(document.Root.ViewerPreferences.DisplayDocTitle)
        assert b"pdfuaid:part" in document.Root.Metadata.read_bytes()


def test_every_letter_comes_from_our_typeface():
    with made() as document:
        families = {name.removesuffix("-Bold") for name in fonts_of(document)}
        assert families == {"Atkinson-Hyperlegible-Next", "Atkinson-Hyperlegible-Next-Extended"}


def test_what_ours_lacks_comes_from_noto_and_nothing_is_loaded_that_no_letter_needs():
    with made("<h1>Σχολείο Школа Ō</h1>") as document:
        families = {name.removesuffix("-Bold") for name in fonts_of(document)}
    assert families == {"Noto-Sans-Greek", "Noto-Sans-Cyrillic", "Noto-Sans-Extended"}
    assert pdf._font_faces("Oak").count("@font-face") == len(pdf.WEIGHTS)


def test_a_pdf_is_made_where_the_front_end_is_not_built(monkeypatch):
    monkeypatch.setattr(pdf, "FONTS", {"Not Built": "not-built"})
    with made() as document:
        assert len(document.pages) == 1


def test_a_template_is_rendered_and_escaped(settings, tmp_path):
    (tmp_path / "paper.html").write_text(PAGE.format(head="", body="<p>{{ name }}</p>"))
    settings.TEMPLATES = [{**settings.TEMPLATES[0], "DIRS": [tmp_path]}]
    content = pdf.render("paper.html", {"name": "<img src='http://canary.example/x.png'>"})
    assert content.startswith(b"%PDF-1.7")


def test_without_the_program_it_says_what_to_install(monkeypatch):
    real = builtins.__import__

    def missing(name, *rest, **more):
        if name.startswith("weasyprint"):
            raise OSError("cannot load library 'pango'")
        return real(name, *rest, **more)

    monkeypatch.setattr(builtins, "__import__", missing)
    with pytest.raises(pdf.PdfUnavailable, match="apt-get install libpangoft2"):
        pdf.html_to_pdf("<p>x</p>")


@pytest.fixture
def canary():
    """A web server on this machine that counts who asks."""
    asked = []

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self):
            asked.append(self.path)
            self.send_response(302)
            self.send_header("Location", "/again")
            self.end_headers()

        def log_message(self, *_):
            pass

    server = HTTPServer(("127.0.0.1", 0), Handler)
    thread = Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}", asked
    server.shutdown()
    thread.join()
    server.server_close()


def test_s25_nothing_is_fetched_from_anywhere(canary, tmp_path, monkeypatch):
    origin, asked = canary
    secret = tmp_path / "secret.txt"
    secret.write_text("canary-bytes")
    reached = []
    connect = socket.socket.connect
    monkeypatch.setattr(
        socket.socket, "connect", lambda self, address: reached.append(address) or connect(self, address)
    )
    addresses = [
        f"{origin}/x.png", f"{origin}/redirect", f"file://{secret}", str(secret), "/etc/passwd",
        "http://169.254.169.254/latest/meta-data/", "ftp://127.0.0.1/x", "data:image/png;base64,aGVsbG8=",
        "https://static.invalid/static/../../etc/passwd", "https://static.invalid/static/%2e%2e/%2e%2e/manage.py",
        "https://static.invalid/manage.py", "//127.0.0.1/x.png", "https://static.invalid/.env",
    ]  # fmt: skip
    body = "".join(
        f"<img alt='a' src='{address}'><a rel='attachment' href='{address}'>x</a>"
        f"<object data='{address}'></object>"
        f"<svg role='img' aria-label='a'><image href='{address}'/><use href='{address}#x'/></svg>"
        f"<p style=\"background: url('{address}')\">x</p>"
        for address in addresses
    )
    head = "".join(
        f"<link rel='stylesheet' href='{address}'><link rel='attachment' href='{address}'>"
        f"<style>@import url('{address}'); @font-face {{ font-family: x; src: url('{address}') }}</style>"
        for address in addresses
    )
    logging.getLogger("weasyprint").setLevel(logging.CRITICAL)
    content = pdf.html_to_pdf(PAGE.format(head=head, body=body))
    assert asked == []
    assert reached == []
    with pikepdf.open(BytesIO(content)) as document:
        assert not document.attachments
        for thing in document.objects:
            if isinstance(thing, pikepdf.Stream):
                assert b"canary-bytes" not in thing.read_raw_bytes()
                assert thing.get("/Subtype") != pikepdf.Name.Image


def test_s25_control_weasyprint_itself_would_ask(canary):
    """The counter counts: without our fetcher the same page reaches the server."""
    import weasyprint

    origin, asked = canary
    logging.getLogger("weasyprint").setLevel(logging.CRITICAL)
    weasyprint.HTML(string=f"<img alt='a' src='{origin}/x.png'>").write_pdf()
    assert asked[:1] == ["/x.png"]


@pytest.mark.parametrize(
    ("name", "found"),
    [
        ("favicon.svg", True),
        ("../manage.py", False),
        ("/etc/passwd", False),
        ("dist/../../manage.py", False),
        (".hidden", False),
        ("", False),
        ("a\0b", False),
        ("nothing.svg", False),
    ],
)
def test_s25_only_what_lies_below_static(name, found):
    assert (pdf.static_file(name) is not None) is found


def test_s25_a_link_out_of_the_folder_leads_nowhere(settings, tmp_path):
    settings.STATICFILES_DIRS = [tmp_path]
    (tmp_path / "out.svg").symlink_to(Path("/etc/hostname"))
    assert pdf.static_file("out.svg") is None
