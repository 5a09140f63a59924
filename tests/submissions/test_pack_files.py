"""What is in a pack's file: names that any system opens, all that is shown, a PDF for everybody."""

from io import BytesIO
from itertools import pairwise
from pathlib import Path
from unittest.mock import patch
from zipfile import ZIP_STORED, ZipFile

import pikepdf
import pypdfium2
import pytest
from django.core.files import File
from django.core.files.storage import default_storage
from PIL import Image

from submissions.domain import pack_files
from submissions.domain.pack_names import place_files, safe, unique
from submissions.models import Part
from submissions.pages.reading import reading_of
from tests import factories as make
from tests.submissions.packing import (
    jpeg,
    make_pack,
    names_in,
    path_of,
    photo,
    piece,
    start_page,
    stored,
    text_of,
)

NOW = make.NOW


@pytest.fixture(autouse=True)
def _own_folder(settings, tmp_path):
    settings.MEDIA_ROOT = tmp_path / "media"


@pytest.fixture
def work(db):
    made = make.submission()
    make.rate_audit(made)
    for code in ("action-plan", "a1", "document-1"):
        make.fill_part(made.parts.get(code=code))
    return made


@pytest.fixture
def leader(work):
    return make.member(work.school)


def part(work, code="a1"):
    return work.parts.get(code=code)


# Names ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "made"),
    [
        ("Sorting seeds", "Sorting seeds"),
        ("../../etc/passwd", "etc passwd"),
        ('a/b\\c:d*e?f"g<h>i|j', "a b c d e f g h i j"),
        ("x\0y\nz\u202egnp.exe", "x y z gnp.exe"),
        (".hidden", "hidden"),
        ("trailing. . ", "trailing"),
        ("CON", "file CON"),
        ("lpt1.txt", "file lpt1.txt"),
        ("…/…", "… …"),
        ("///", "file"),
        ("", "file"),
        ("Świętokrzyska 科学", "Świętokrzyska 科学"),
        ("n" * 300, "n" * 60),
    ],
)
def test_s21_a_name_is_safe_on_every_system(name, made):
    assert safe(name) == made


def test_s21_names_are_unique_whatever_their_case():
    taken: set[str] = set()
    assert [unique(name, taken) for name in ("a/Seeds.jpg", "a/seeds.JPG", "a/Seeds.jpg", "b/Seeds.jpg")] == [
        "a/Seeds.jpg", "a/seeds (2).JPG", "a/Seeds (3).jpg", "b/Seeds.jpg",
    ]  # fmt: skip


def test_a_file_that_serves_many_parts_is_in_the_zip_once(work):
    shared = photo(work, part(work, "a2"))
    make.tie(shared, part(work, "document-1"))
    reading = reading_of(work, is_frozen=False, now=NOW)
    place_files(reading)
    places = [one.place for one in reading.pieces if one.pk == shared.pk]
    assert places == ["Reflections/A2 Criterion 2/Sorting seeds.jpg"] * 2


# The ZIP -------------------------------------------------------------------------------------------------


def test_the_zip_has_a_folder_for_each_part_and_a_page_that_leads_there(work, leader):
    photo(work, part(work, "a2"))
    photo(work, part(work, "a2"))
    policy = stored(work, b"policy" * 10, "science policy.docx", "word")
    make.tie(piece(work, policy, title="Science policy #1 (100%)"), part(work, "document-1"))
    photo(work, title="Not tied to anything")
    pack = make_pack(work, leader)
    assert names_in(pack) == {
        "Reflections/A2 Criterion 2/Sorting seeds.jpg",
        "Reflections/A2 Criterion 2/Sorting seeds (2).jpg",
        "Core documents/Document 1/Science policy #1 (100%).docx",
        "Other evidence/Not tied to anything.jpg",
        "Start here.html",
    }
    page = start_page(pack)
    assert 'href="Core%20documents/Document%201/Science%20policy%20%231%20%28100%25%29.docx"' in page
    assert 'src="Reflections/A2%20Criterion%202/Sorting%20seeds.jpg"' in page
    assert "More enquiry" in page
    with ZipFile(path_of(pack)) as archive:
        info = archive.getinfo("Core documents/Document 1/Science policy #1 (100%).docx")
        assert archive.read(info) == b"policy" * 10
        assert info.compress_type == ZIP_STORED
        assert archive.testzip() is None


def test_r08_missing_bytes_are_said_and_nothing_breaks(work, leader):
    gone, cut, here = photo(work, part(work), title="Gone"), photo(work, part(work), title="Cut"), photo(work)
    default_storage.delete(gone.file.key)
    Path(default_storage.path(cut.file.key)).write_bytes(b"\xff\xd8")
    pack = make_pack(work, leader)
    assert pack.status == "made"
    with ZipFile(path_of(pack)) as archive:
        words = archive.read("Missing files.txt").decode()
    assert "Gone (seeds.jpg)" in words
    assert "Cut (seeds.jpg)" in words
    assert here.title not in words
    assert start_page(pack).count("This file is missing in the portal.") == 2
    paper = make_pack(work, leader, "pdf")
    assert text_of(paper).count("This file is missing in the portal.") == 2


def test_a_large_file_is_never_in_memory(work, leader):
    """A film of 200 MB goes through by the piece: nothing asks for more than a megabyte at once."""
    film = stored(work, b"0" * (3 * pack_files._CHUNK), "film.mp4", "video")
    make.tie(piece(work, film, title="Film"), part(work))
    asked = []

    class Watched(File):
        def read(self, size=-1):
            asked.append(size)
            return self.file.read(size)

    def opened(name):
        return Watched(Path(default_storage.path(name)).open("rb"))

    with patch("submissions.domain.pack_files.default_storage.open", opened):
        pack = make_pack(work, leader)
    assert set(asked) == {pack_files._CHUNK}
    with ZipFile(path_of(pack)) as archive:
        assert archive.getinfo("Reflections/A1 Criterion 1/Film.mp4").file_size == film.size


# The PDF -------------------------------------------------------------------------------------------------


@pytest.fixture
def paper(work, leader):
    work.school.name = "Święta Anna <b>Primary</b>"
    work.school.save()
    shown = photo(work, part(work), title="Sorting seeds, Year 2")
    make.tie(shown, part(work, "a2"), "The same photo shows this too.")
    policy = stored(work, b"policy" * 400, "policy.docx", "word")
    make.tie(piece(work, policy, title="Science policy"), part(work, "document-1"), "Agreed by governors.")
    return make_pack(work, leader, "pdf")


def test_the_pdf_says_everything_once_and_where_the_rest_is(paper):
    text = text_of(paper)
    for words in [
        "Święta Anna <b>Primary</b>", "Contents", "Audit", "Established", "Action plan", "More enquiry",
        "£120.00", "A1 Criterion 1", "What changed, and how we know.", "Sorting seeds, Year 2",
        "It shows how pupils choose questions.", "Science policy", "Word document, 2 KB",
        "In the ZIP: Core documents/Document 1/Science policy.docx", "Agreed by governors.", "Page 2 of ",
    ]:  # fmt: skip
        assert words in text, words


def test_the_marks_of_a_text_are_lists_and_bold_everywhere(work, leader):
    Part.objects.filter(submission=work).update(text="**Last year** we had:\n\n- magnets\n- seeds")
    assert "<strong>Last year</strong>" in start_page(make_pack(work, leader))
    with pikepdf.open(path_of(make_pack(work, leader, "pdf"))) as document:
        tags = [one for one in document.objects if isinstance(one, pikepdf.Dictionary) and "/S" in one]
        assert {"/L", "/LI", "/LBody"} <= {str(tag.S) for tag in tags}
    assert "**" not in text_of(make_pack(work, leader, "pdf"))


def test_q07_the_pdf_is_tagged_titled_and_has_its_fonts(paper):
    with pikepdf.open(path_of(paper)) as document:
        assert bool(document.Root.MarkInfo.Marked)
        assert str(document.Root.Lang) == "en-GB"
        title = "Święta Anna <b>Primary</b>: Primary Science Quality Mark"
        assert str(document.docinfo["/Title"]).startswith(title)
        assert bool(document.Root.ViewerPreferences.DisplayDocTitle)
        assert b"pdfuaid:part" in document.Root.Metadata.read_bytes()
        tags = [
            thing for thing in document.objects if isinstance(thing, pikepdf.Dictionary) and "/S" in thing
        ]
        kinds = {str(tag.S) for tag in tags}
        assert {
            "/Document",
            "/H1",
            "/H2",
            "/H3",
            "/H4",
            "/P",
            "/Table",
            "/TH",
            "/TD",
            "/Figure",
            "/Link",
        } <= kinds
        figures = [str(tag.get("/Alt", "")) for tag in tags if tag.S == "/Figure"]
        assert figures
        assert set(figures) == {"Sorting seeds, Year 2"}
        for thing in document.objects:
            if isinstance(thing, pikepdf.Dictionary) and thing.get("/Type") == "/FontDescriptor":
                assert "/FontFile2" in thing or "/FontFile3" in thing
        headings = [
            int(str(tag.S)[2]) for tag in _in_order(document.Root.StructTreeRoot) if str(tag.S)[:2] == "/H"
        ]
        assert headings[0] == 1
        assert all(after <= before + 1 for before, after in pairwise(headings))


def _in_order(tag):
    kids = tag.get("/K", [])
    for kid in kids if isinstance(kids, pikepdf.Array) else [kids]:
        if isinstance(kid, pikepdf.Dictionary) and "/S" in kid:
            yield kid
            yield from _in_order(kid)


def test_q07_bookmarks_and_contents_lead_to_the_parts(paper):
    with pikepdf.open(path_of(paper)) as document, document.open_outline() as outline:
        (cover,) = outline.root
        assert cover.title == "Święta Anna <b>Primary</b>"
        titles = [item.title for item in cover.children]
        assert titles == ["Audit", "Action plan", "Reflections: A Leadership", "Core documents"]
        assert [item.title for item in cover.children[2].children] == [
            "A1 Criterion 1", "A2 Criterion 2", "A3 Criterion 3",
        ]  # fmt: skip
        links = [
            annotation for annotation in document.pages[1].Annots if annotation.get("/Subtype") == "/Link"
        ]
        assert len(links) >= 9


def test_the_photo_is_in_it_once_and_small(paper):
    with pikepdf.open(path_of(paper)) as document:
        images = [
            thing for thing in document.objects
            if isinstance(thing, pikepdf.Stream) and thing.get("/Subtype") == "/Image"
        ]  # fmt: skip
        assert [(int(image.Width), int(image.Height)) for image in images] == [(64, 48)]


def test_photos_are_shrunk_to_what_paper_shows(tmp_path, work):
    noise = Image.effect_noise((3000, 2000), 90).convert("RGB")
    out = BytesIO()
    noise.save(out, "JPEG", quality=95)
    file = stored(work, out.getvalue())
    target = tmp_path / "small.jpg"
    assert pack_files._shrink(file, target, share=10_000_000)
    with Image.open(target) as made:
        assert made.size == (1200, 800)
    assert pack_files._shrink(file, target, share=60_000)
    with Image.open(target) as made:
        assert max(made.size) < 1200


def test_a_years_photos_stay_under_twenty_megabytes(work):
    """Whatever is photographed: each picture's share shrinks with their number."""
    assert pack_files.PICTURES_BYTES < 20_000_000
    side, _ = pack_files.SIZES[-1]
    assert side <= 520


def test_a_picture_with_see_through_parts_stands_on_white(tmp_path, work):
    out = BytesIO()
    Image.new("RGBA", (10, 10), (0, 0, 0, 0)).save(out, "PNG")
    target = tmp_path / "white.jpg"
    assert pack_files._shrink(stored(work, out.getvalue(), "clear.png"), target, share=10_000)
    with Image.open(target) as made:
        assert made.getpixel((5, 5)) == (255, 255, 255)


@pytest.mark.parametrize(
    "content", [b"", b"not a picture", b"<svg xmlns='http://www.w3.org/2000/svg'/>", jpeg()[:200]]
)
def test_what_is_no_picture_is_left_out(tmp_path, work, content):
    assert not pack_files._shrink(stored(work, content or b" "), tmp_path / "x.jpg", share=10_000)


def test_s25_what_people_typed_is_text_and_nothing_is_fetched(work, leader, tmp_path):
    """Canaries in every field: they are in the PDF as they were typed, and none of them as a file."""
    secret = tmp_path / "secret.txt"
    secret.write_text("canary-bytes")
    canary = (
        f"<img src=file://{secret}><link rel=attachment href=file://{secret}><script>1</script>"
        f"<style>@import url('file://{secret}')</style>"
    )
    Part.objects.filter(submission=work).update(text=canary)
    work.audit.update(notes=canary)
    plan = part(work, "action-plan").rows.get()
    plan.actions = plan.resources = plan.success_measure = plan.objective = canary
    plan.save()
    shown = photo(work, part(work), title=canary[:140])
    make.tie(shown, part(work, "a2"), canary)
    make.tie(make.evidence(work, url=f"file://{secret}"), part(work, "a3"), canary)
    pack = make_pack(work, leader, "pdf")
    assert f"<img src=file://{secret}>"[:30] in text_of(pack)
    with pikepdf.open(path_of(pack)) as document:
        assert not document.attachments
        for thing in document.objects:
            if isinstance(thing, pikepdf.Stream):
                assert b"canary-bytes" not in thing.read_raw_bytes()
            if isinstance(thing, pikepdf.Dictionary) and "/URI" in thing:
                assert not str(thing.URI).startswith("file:")


def test_s22_the_page_in_the_zip_runs_nothing(work, leader):
    Part.objects.filter(submission=work).update(text="<script>alert(1)</script><img src=x onerror=alert(1)>")
    make.tie(make.evidence(work, url="javascript:alert(1)"), part(work, "a2"))
    page = start_page(make_pack(work, leader))
    assert "<script" not in page
    assert "&lt;script&gt;" in page
    assert "javascript:" not in page
    assert "default-src 'none'" in page


def test_s26_what_is_too_much_fails_and_says_so(work, leader):
    """The layout is killed at its limit; after three tries the pack is failed and nothing hangs."""
    from psqm_portal.core.pdf import Limits, PdfTooMuch

    with patch.object(pack_files, "PDF_LIMITS", Limits(seconds=1, megabytes=1024)):
        Part.objects.filter(submission=work).update(text="word " * 400_000)
        with pytest.raises(PdfTooMuch):
            make_pack(work, leader, "pdf")


def test_pages_of_a_pdf_can_be_drawn(paper):
    """The cover isn't blank."""
    document = pypdfium2.PdfDocument(path_of(paper))
    picture = document[0].render(scale=0.2).to_pil()
    assert len(picture.convert("RGB").getcolors(100_000)) > 10
    document.close()
