"""S15, S17, S18, S19, S21: what may be uploaded, and what is left of it."""

import resource
from io import BytesIO

import pikepdf
import pillow_heif
import pytest
from django.core.files.uploadedfile import SimpleUploadedFile, UploadedFile
from PIL import Image

from psqm_portal.core.files.checks import BadFile, check, clean_name
from psqm_portal.core.files.limits import check_announced
from psqm_portal.core.models import FileLimit
from tests.psqm_portal.core import hostile

pytestmark = pytest.mark.django_db  # the limits are data

REFUSED = "can't be used. Upload a photo, PDF or Office file."


def looked_at(name, content, content_type="image/jpeg"):
    return check(SimpleUploadedFile(name, content, content_type))


def heic(**options):
    out = BytesIO()
    pillow_heif.from_pillow(Image.new("RGB", (60, 40), "#5a2a86")).save(out, **options)
    return out.getvalue()


# name, bytes, what it becomes (kind and name)
GOOD = {
    "jpeg": ("photo.jpg", hostile.image("JPEG"), ("image", "photo.jpg")),
    "png": ("diagram.PNG", hostile.image("PNG"), ("image", "diagram.png")),
    "transparent png": ("logo.png", hostile.image("PNG", mode="RGBA"), ("image", "logo.png")),
    "palette png": ("small.png", hostile.image("PNG", mode="P", colour=3), ("image", "small.png")),
    "webp": ("photo.webp", hostile.image("WEBP"), ("image", "photo.webp")),
    "cmyk jpeg": ("print.jpg", hostile.image("JPEG", mode="CMYK"), ("image", "print.jpg")),
    "png named jpg": ("photo.jpg", hostile.image("PNG"), ("image", "photo.png")),
    "jpeg named exe": ("volcano.exe", hostile.image("JPEG"), ("image", "volcano.jpg")),
    "jpeg named html": ("photo.jpg.html", hostile.image("JPEG"), ("image", "photo.jpg.jpg")),
    "pdf": ("plan.pdf", hostile.pdf(), ("pdf", "plan.pdf")),
    "pdf with a web link": ("plan.pdf", hostile.pdf(hostile.web_link), ("pdf", "plan.pdf")),
    "pdf with a script": ("plan.pdf", hostile.pdf(hostile.script), ("pdf", "plan.pdf")),
    "pdf that launches": ("plan.pdf", hostile.pdf(hostile.launch), ("pdf", "plan.pdf")),
    "pdf with a page trigger": ("plan.pdf", hostile.pdf(hostile.page_trigger), ("pdf", "plan.pdf")),
    "pdf with a file in it": ("plan.pdf", hostile.pdf(hostile.attached), ("pdf", "plan.pdf")),
    "pdf with chained actions": ("plan.pdf", hostile.pdf(hostile.chained), ("pdf", "plan.pdf")),
    "pdf that submits": ("plan.pdf", hostile.pdf(hostile.submit_form), ("pdf", "plan.pdf")),
    "png and html": ("x.png", hostile.image("PNG") + hostile.HTML, ("image", "x.png")),
    "jpeg and zip": ("x.jpg", hostile.image("JPEG") + hostile.archive(("a.js", "1")), ("image", "x.jpg")),
    "jpeg with html in its comment": (
        "x.jpg", hostile.image("JPEG", comment=hostile.HTML), ("image", "x.jpg"),
    ),
    "word": ("notes.docx", hostile.office("docx"), ("word", "notes.docx")),
    "excel": ("marks.xlsx", hostile.office("xlsx"), ("excel", "marks.xlsx")),
    "powerpoint": ("talk.pptx", hostile.office("pptx"), ("powerpoint", "talk.pptx")),
    "film": ("film.mp4", hostile.film(), ("video", "film.mp4")),
}  # fmt: skip
REFUSALS = {
    "svg": ("drawing.svg", hostile.SVG, REFUSED),
    "svg named png": ("drawing.png", hostile.SVG, REFUSED),
    "html named jpg": ("page.jpg", hostile.HTML, REFUSED),
    "double extension": ("photo.jpg.exe", b"MZ\x90\x00" + bytes(200), REFUSED),
    "program": ("volcano.exe", b"MZ\x90\x00" + bytes(200), REFUSED),
    "gif": ("dance.gif", hostile.image("GIF", mode="P", colour=1), REFUSED),
    "gif and html": ("dance.jpg", hostile.image("GIF", mode="P", colour=1) + hostile.HTML, REFUSED),
    "bmp": ("old.bmp", hostile.image("BMP"), REFUSED),
    "tiff": ("scan.tif", hostile.image("TIFF"), REFUSED),
    "zip": ("all.zip", hostile.archive(("a.txt", "a")), REFUSED),
    "zip named docx": ("notes.docx", hostile.archive(("a.txt", "a")), REFUSED),
    "zip with a document's part only": (
        "notes.docx", hostile.archive(("word/document.xml", "<a/>")), REFUSED,
    ),
    "old word": ("notes.doc", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(600), REFUSED),
    "macros": ("notes.docx", hostile.office(extra=[("word/vbaProject.bin", b"x")]), "has macros in it"),
    "macros by type": (
        "notes.docx",
        hostile.office(content_type="application/vnd.ms-word.document.macroEnabled.main+xml"),
        "has macros in it",
    ),
    "macros in capitals": ("a.xlsx", hostile.office("xlsx", [("xl/VBAPROJECT.BIN", b"x")]), "has macros"),
    "path traversal": ("a.docx", hostile.office(extra=[("../../etc/cron.d/x", b"x")]), "damaged"),
    "absolute path": ("a.docx", hostile.office(extra=[("/etc/passwd", b"x")]), "damaged"),
    "symbolic link": ("a.docx", hostile.symbolic_link(), "damaged"),
    "many members": ("a.docx", hostile.many_members(), "too big inside"),
    "locked pdf": (
        "plan.pdf", hostile.pdf(encryption=pikepdf.Encryption(owner="o", user="u")), "locked with a password",
    ),
    "pdf locked for changes": (
        "plan.pdf", hostile.pdf(encryption=pikepdf.Encryption(owner="o", user="")), "locked with a password",
    ),
    "broken pdf": ("plan.pdf", b"%PDF-1.7\n" + bytes(100), "damaged"),
    "html then pdf": ("plan.pdf", hostile.HTML + hostile.pdf(), REFUSED),
    "cut jpeg": ("photo.jpg", hostile.image("JPEG", size=(600, 400))[:-900], "damaged"),
    "jpeg's first bytes only": ("photo.jpg", b"\xff\xd8\xff\xe0" + hostile.HTML, "damaged"),
    "film without pictures": ("film.mp4", hostile.box(b"ftyp", b"isom" + bytes(12)), "damaged"),
    "cut film": ("film.mp4", hostile.film()[:-10], "damaged"),
    "film of nested boxes": ("film.mp4", hostile.nested_film(), "damaged"),
    "office file that can't be unpacked": ("a.docx", hostile.broken_office(), "damaged"),
    "text": ("notes.txt", b"only words", REFUSED),
    "nothing": ("photo.jpg", b"", "is empty"),
}  # fmt: skip


def test_s15_the_corpus_has_forty_files_and_more():
    assert len(GOOD) + len(REFUSALS) >= 40


@pytest.mark.parametrize("case", GOOD)
def test_s15_allowed_by_content(case):
    name, content, (kind, shown) = GOOD[case]
    checked = looked_at(name, content)
    assert (checked.type.kind, checked.name) == (kind, shown)
    for sign in (b"canary", b"<script", b"PK\x03\x04" if kind in {"image", "pdf"} else b"canary"):
        assert sign not in checked.content


@pytest.mark.parametrize("case", REFUSALS)
def test_s15_refused_with_a_sentence(case):
    name, content, words = REFUSALS[case]
    with pytest.raises(BadFile) as refused:
        looked_at(name, content)
    assert words in str(refused.value)
    assert str(refused.value).startswith(f"The file {name} ")


def test_the_sentence_is_the_interface_text():
    with pytest.raises(BadFile) as refused:
        looked_at("volcano.exe", b"MZ" + bytes(100))
    assert str(refused.value) == "The file volcano.exe can't be used. Upload a photo, PDF or Office file."


@pytest.mark.parametrize("change", ["script", "launch", "page_trigger", "attached", "chained", "submit_form"])
def test_s15_a_pdf_loses_all_that_acts(change):
    content = looked_at("plan.pdf", hostile.pdf(getattr(hostile, change))).content
    with pikepdf.open(BytesIO(content)) as document:
        written = "".join(
            str(thing.to_json() if hasattr(thing, "to_json") else thing) for thing in document.objects
        )
        assert len(document.pages) == 1
        assert not document.attachments
    for word in ("JavaScript", "Launch", "OpenAction", "/AA", "EmbeddedFile", "SubmitForm", "XFA", "canary"):
        assert word not in written


def test_a_pdf_keeps_its_web_links():
    content = looked_at("plan.pdf", hostile.pdf(hostile.web_link)).content
    with pikepdf.open(BytesIO(content)) as document:
        assert str(document.pages[0].Annots[0].A.URI) == "https://www.ase.org.uk/"


def test_the_same_upload_gives_the_same_bytes():
    for name, content, _ in GOOD.values():
        assert looked_at(name, content).content == looked_at(name, content).content


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP"])
def test_s19_no_tag_is_left(kind):
    source = hostile.image(kind, exif=hostile.tagged_exif(), icc_profile=b"icc" * 50)
    checked = looked_at("photo.jpg", source)
    assert b"CanonOwnerMark" in source
    assert b"CanonOwnerMark" not in checked.content
    with Image.open(BytesIO(checked.content)) as photo:
        assert dict(photo.getexif()) == {}
        assert {"exif", "icc_profile", "xmp", "comment", "photoshop"} & set(photo.info) == set()


def test_s19_heic_becomes_a_jpeg_without_tags():
    source = heic(exif=hostile.tagged_exif().tobytes(), quality=80)
    assert b"CanonOwnerMark" in source
    checked = looked_at("IMG_0001.HEIC", source)
    assert (checked.name, checked.type.content_type) == ("IMG_0001.jpg", "image/jpeg")
    assert b"CanonOwnerMark" not in checked.content
    with Image.open(BytesIO(checked.content)) as photo:
        assert (photo.format, photo.size, dict(photo.getexif())) == ("JPEG", (60, 40), {})


def test_s19_the_embedded_thumbnail_goes():
    exif = hostile.tagged_exif()
    thumbnail = hostile.image("JPEG", size=(16, 16), colour="red")
    source = hostile.image("JPEG", exif=exif.tobytes() + thumbnail)
    assert source.count(b"\xff\xd8\xff") == 2
    assert looked_at("photo.jpg", source).content.count(b"\xff\xd8\xff") == 1


def test_s19_a_films_place_goes_and_it_stays_as_long():
    source = hostile.film()
    checked = looked_at("film.mp4", source)
    assert b"+51.5074" in source
    assert b"+51.5074" not in checked.content
    assert len(checked.content) == len(source)
    assert checked.content[-72:] == source[-72:]


def test_a_photo_is_turned_upright():
    exif = Image.Exif()
    exif[0x0112] = 6  # a quarter turn
    checked = looked_at("photo.jpg", hostile.image("JPEG", size=(60, 40), exif=exif))
    with Image.open(BytesIO(checked.content)) as photo:
        assert photo.size == (40, 60)


def test_a_huge_photo_is_kept_at_a_printable_size():
    checked = looked_at("photo.jpg", hostile.image("JPEG", size=(6000, 3000)))
    with Image.open(BytesIO(checked.content)) as photo:
        assert photo.size == (4096, 2048)


@pytest.mark.parametrize("side", [8_000, 9_500, 12_000, 30_000])
def test_s17_an_image_bomb_is_refused_before_it_is_decoded(side):
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    with pytest.raises(BadFile, match="too many pixels"):
        looked_at("photo.png", hostile.png_bomb(side))
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 50 * 1024  # kilobytes


def test_s17_only_the_format_that_was_seen_is_tried(monkeypatch):
    tried = []
    opened = Image.open
    monkeypatch.setattr(Image, "open", lambda *a, **k: tried.append(k["formats"]) or opened(*a, **k))
    looked_at("photo.png", hostile.image("PNG"))
    assert tried == [["PNG"]]


def test_s18_an_office_bomb_is_refused_by_its_list():
    bomb = hostile.zip_bomb()
    assert len(bomb) < 1024 * 1024
    with pytest.raises(BadFile, match="too big inside"):
        looked_at("notes.docx", bomb)


def test_a_file_over_its_kinds_limit_is_refused_with_what_to_do():
    FileLimit.objects.create(kind="video", megabytes=1)
    with pytest.raises(BadFile) as bad:
        looked_at("film.mp4", hostile.film() + bytes(1024 * 1024))
    assert str(bad.value) == (
        "The file film.mp4 is 1.1 MB. A video can be up to 1 MB. "
        "Make it shorter or save it smaller, then upload it again."
    )
    looked_at("photo.jpg", hostile.image("JPEG"))


def test_the_content_says_whose_limit_counts():
    FileLimit.objects.create(kind="pdf", megabytes=1)
    big = hostile.pdf() + b"%" * 1024 * 1024
    with pytest.raises(
        BadFile, match=r"The file film.mp4 is 1\.1 MB\. A PDF can be up to 1 MB\. Save it smaller"
    ):
        looked_at("film.mp4", big)


@pytest.mark.parametrize(
    ("name", "megabytes", "words"),
    [
        ("x.mp4", 230, "The file x.mp4 is 230 MB. A video can be up to 200 MB. Make it shorter or save it"),
        ("photo.JPEG", 51, "The file photo.JPEG is 51 MB. A photo can be up to 50 MB. Save it smaller, then"),
        ("thing", 201, "The file thing is 201 MB. A file can be up to 200 MB. Save it smaller, then"),
        ("thing.docx", 0, "The file thing.docx is empty. Choose another one."),
    ],
)
def test_what_can_never_be_taken_is_refused_before_it_comes(name, megabytes, words):
    with pytest.raises(BadFile) as bad:
        check_announced(name, megabytes * 1024 * 1024)
    assert str(bad.value).startswith(words)


def test_what_may_be_taken_comes():
    for name, megabytes in [("x.mp4", 200), ("photo.heic", 50), ("thing", 200), ("all.zip", 1)]:
        check_announced(name, megabytes * 1024 * 1024)


def test_s20_a_file_above_the_scanners_size_is_refused(settings):
    settings.CLAMAV_URL, settings.CLAMAV_MAX_BYTES = "tcp://127.0.0.1:1", 1024 * 1024
    with pytest.raises(
        BadFile, match=r"is 1\.1 MB\. Files are scanned .* the scanner takes up to 1 MB\. Save"
    ):
        looked_at("film.mp4", hostile.film() + hostile.box(b"free", bytes(1024 * 1024)))
    with pytest.raises(BadFile, match="the scanner takes up to 1 MB"):
        check_announced("film.mp4", 2 * 1024 * 1024)


def test_r06_an_upload_whose_bytes_vanished_is_no_crash():
    class Vanished(BytesIO):
        def read(self, *_):
            raise FileNotFoundError

    with pytest.raises(BadFile, match="didn't arrive completely"):
        check(UploadedFile(Vanished(), "photo.jpg"))


@pytest.mark.parametrize(
    ("name", "extension", "clean"),
    [
        ("../../etc/passwd", "", "passwd"),
        ("C:\\Users\\Ana\\photo.jpg", "jpg", "photo.jpg"),
        ("a\x00b\r\nc\u202egpj.exe", "png", "a b c gpj.png"),
        ("IMG 1.jpeg", "jpg", "IMG 1.jpg"),
        ("report v1.2", "pdf", "report v1.2.pdf"),
        ("", "jpg", "file.jpg"),
        ("....", "jpg", "file.jpg"),
        (".htaccess", "pdf", "htaccess.pdf"),
        ("x" * 300 + ".jpg", "jpg", "x" * 146 + ".jpg"),
        ("Łódź – świat.docx", "docx", "Łódź – świat.docx"),
    ],
)
def test_s21_names(name, extension, clean):
    assert clean_name(name, extension) == clean
    assert len(clean_name(name, extension)) <= 150
