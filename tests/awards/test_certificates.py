"""The certificate: tagged, readable, ours alone in its fonts, and made once however often it is asked for."""

import io
import logging
import unicodedata
from datetime import timedelta
from pathlib import Path
from tempfile import TemporaryDirectory

import pikepdf
import pypdfium2
import pytest
import segno
from django.core.files.storage import default_storage
from django.db import transaction

from awards import tasks
from awards.domain import awarding, certificates
from awards.models import Award, Certificate
from awards.queries import awards_visible_to
from psqm_portal.core.certificates import html_of, lines_of, size_of
from psqm_portal.core.files.rights import may_read
from psqm_portal.core.machine import Refused
from psqm_portal.core.models import StoredFile
from psqm_portal.core.pdf import OnePage, html_to_pdf, print_pages, unprintable
from psqm_portal.core.roles import Role
from tests import factories
from tests.awards import helpers
from tests.awards.helpers import RELEASE_DAY

pytestmark = pytest.mark.django_db

MM = 72 / 25.4


def _award(name: str = "") -> Award:
    made = helpers.released(factories.hq())
    award = Award.objects.select_related("certificate", "level__framework", "submission__round").get(
        submission=made
    )
    if name:
        award.school_name = name
    return award


def _pdf(award: Award) -> bytes:
    """Of the award as it is in memory."""
    sheets = certificates.sheets_of([award])
    with TemporaryDirectory() as folder:
        page = OnePage(Path(folder) / "1.pdf", sheets[0].title, sheets[0].description, award.awarded_on)
        print_pages([page], html_of("certificates/award.html", sheets))
        return page.target.read_bytes()


def _of_type(pdf: pikepdf.Pdf, key: str, value: str) -> list[pikepdf.Dictionary]:
    return [one for one in pdf.objects if isinstance(one, pikepdf.Dictionary) and one.get(key) == value]


def test_q07_it_is_tagged_with_language_title_and_alternative_texts():
    award = _award()
    pdf = pikepdf.open(io.BytesIO(_pdf(award)))
    assert len(pdf.pages) == 1
    assert pdf.Root.Lang == "en-GB"
    assert bool(pdf.Root.MarkInfo.Marked)
    assert "/StructTreeRoot" in pdf.Root
    assert bool(pdf.Root.ViewerPreferences.DisplayDocTitle)
    title = f"Certificate {award.number}: {award.school_name}, Primary Science Quality Mark, Bronze"
    assert str(pdf.docinfo["/Title"]) == title
    with pdf.open_metadata() as metadata:
        assert metadata["pdfuaid:part"] == "1"
    assert sorted(str(figure.Alt) for figure in _of_type(pdf, "/S", "/Figure")) == [
        "Bronze medal with a beaker",
        f"QR code that leads to http://localhost/certificates/{award.number}/",
    ]
    assert len(_of_type(pdf, "/S", "/H1")) == 1


LETTERS = {
    "Welsh": "Ysgol yr Ŵyddfa, ŷ",
    "Polish and others": "Źródło Łódź Škola Győr Țară Ħal",
    "Turkish": "İstanbul Ğida Okulu Şişli",
    "Latin that ours lacks": "Ĝis Ŋŋ Ōrākei Ŧŧ ẞ Ǆ",
    "Greek": "Ελληνικό Δημοτικό Σχολείο ᾳ",
    "Cyrillic": "Начальная школа Ђорђе Їжак Ґ",
    "an accent of its own": "E\u0301cole Le\u0301on",
}


@pytest.mark.parametrize("name", LETTERS.values(), ids=LETTERS)
def test_any_european_name_is_set_in_our_typefaces_and_embedded(name):
    content = _pdf(_award(name))
    pdf = pikepdf.open(io.BytesIO(content))
    fonts = _of_type(pdf, "/Type", "/FontDescriptor")
    assert fonts
    for font in fonts:
        assert "Atkinson-Hyperlegible-Next" in str(font.FontName) or "Noto-Sans" in str(font.FontName)
        assert "/FontFile2" in font or "/FontFile3" in font
    with pypdfium2.PdfDocument(content) as document:
        text = document[0].get_textpage().get_text_bounded()
    assert unicodedata.normalize("NFC", name) in " ".join(text.split())
    assert len(content) <= 20_000


def boxes_for(name: str, caplog: pytest.LogCaptureFixture) -> int:
    """How many letters of a name come out as the box for what no font has."""
    logging.getLogger("weasyprint").setLevel(logging.WARNING)
    with caplog.at_level(logging.WARNING, "weasyprint"):
        html_to_pdf(html_of("certificates/award.html", certificates.sheets_of([_award(name)])))
    return sum(".notdef" in record.getMessage() for record in caplog.records)


def test_no_letter_comes_out_as_a_box(caplog):
    assert boxes_for(" ".join(LETTERS.values()), caplog) == 0


def test_control_a_box_is_seen(caplog):
    assert boxes_for("Oak \U00016800", caplog) == 1
    assert unprintable("Oak \U00016800") == "\U00016800"


def test_a_name_without_type_is_refused_or_waits_for_a_person():
    assert unprintable(f"Oak {''.join(LETTERS.values())}\n\u200b – “”’") == ""
    assert unprintable("学校 Oak 学") == "学校"
    award, hq = _award(), factories.hq()
    with pytest.raises(Refused, match="no type for “学校”. Write the name in Latin"):
        awarding.reissue(Award.objects.get(), name="学校 Oak", reason="x", by=hq, now=RELEASE_DAY)
    Award.objects.update(school_name="学校 Oak")
    assert certificates.make(award.certificate.pk, now=RELEASE_DAY) is False
    row = Certificate.objects.get()
    assert (row.tries, row.last_error) == (certificates.MAX_TRIES, certificates.no_letters("学校"))


@pytest.mark.parametrize(
    ("name", "size", "lines"),
    [
        ("Oak Primary School", "", 1),
        ("St Mary’s Catholic Primary School", "wide", 1),
        ("Kirkby Lonsdale St Mary’s Church of England Primary School", "long", 2),
        ("The Very Reverend Bartholomew Featherstonehaugh Church of England Primary School", "longer", 2),
        (
            "The Very Reverend Bartholomew Featherstonehaugh Church of England Voluntary Aided " * 2,
            "longest",
            1,
        ),
        ("W" * 200, "longest", 1),
    ],
)
def test_a_name_keeps_its_size_its_lines_and_off_the_foot(name, size, lines):
    assert (size_of(name), len(lines_of(name))) == (size, lines)
    with pypdfium2.PdfDocument(_pdf(_award(name[:200]))) as document:
        assert len(document) == 1
        page = document[0].get_textpage()
        found = page.search("in the round")
        at, count = found.get_next()
        bottom = min(page.get_charbox(index)[1] for index in range(at, at + count))
    # The foot with its dates begins 47 mm above the page's edge.
    assert bottom > 47 * MM


def test_the_code_on_the_page_is_the_one_that_leads_to_its_public_page():
    """Read back from the printed page, module by module."""
    award = _award()
    with pypdfium2.PdfDocument(_pdf(award)) as document:
        page, scale = document[0], 8
        picture = page.render(scale=scale).to_pil().convert("L")
    wanted = [
        list(row)
        for row in segno.make(certificates.public_url(award), error="m", micro=False).matrix_iter(border=2)
    ]
    side, count = 28 * MM * scale, len(wanted)
    left, top = picture.width - (34 + 28) * MM * scale, picture.height - (19 + 28) * MM * scale
    seen = [
        [
            int(picture.getpixel((left + (x + 0.5) * side / count, top + (y + 0.5) * side / count)) < 128)
            for x in range(count)
        ]
        for y in range(count)
    ]
    assert certificates.public_url(award) == f"http://localhost/certificates/{award.number}/"
    assert seen == wanted


def test_the_palette_follows_the_level_s_name_or_its_rank():
    award = _award()
    assert certificates.palette_of(award, [1, award.level_id]) == "bronze"
    award.level.name = "PSQM Outreach"
    assert certificates.palette_of(award, [1, 2, award.level_id]) == "gold"


def test_release_asks_for_it_and_the_task_makes_it_once(django_capture_on_commit_callbacks, monkeypatch):
    sent = []
    monkeypatch.setattr(tasks.make_certificates, "apply_async", lambda args=None, *a, **kw: sent.append(args))
    with django_capture_on_commit_callbacks(execute=True):
        award = _award()
    assert sent == [()]
    tasks.make_certificates()
    certificate = Certificate.objects.get()
    assert certificate.file.kind == StoredFile.Kind.PDF
    assert certificate.file.name == f"Certificate {award.number}.pdf"
    tasks.make_certificates()
    assert certificates.make(certificate.pk, now=RELEASE_DAY) is False
    assert StoredFile.objects.filter(name__startswith="Certificate").count() == 1
    assert Certificate.objects.values("tries", "file").get() == {"tries": 1, "file": certificate.file_id}


def test_killed_before_the_row_s_end_the_next_run_ends_it_and_leaves_no_second_file(monkeypatch):
    award = _award()

    def killed(*_: object, **__: object) -> None:
        raise SystemExit

    with monkeypatch.context() as patched, pytest.raises(SystemExit), transaction.atomic():
        patched.setattr(certificates, "make_row", killed)
        certificates.make(award.certificate.pk, now=RELEASE_DAY)
    assert StoredFile.objects.count() == 0
    assert certificates.make(award.certificate.pk, now=RELEASE_DAY) is True
    assert StoredFile.objects.count() == 1


def test_what_fails_is_counted_noted_and_swept(monkeypatch):
    award = _award()

    def broken(*_: object, **__: object) -> None:
        raise OSError("disk full")

    monkeypatch.setattr(certificates, "print_pages", broken)
    with pytest.raises(OSError, match="disk full"):
        certificates.make_waiting(clock=lambda: RELEASE_DAY)
    certificate = Certificate.objects.get(award=award)
    assert (certificate.tries, certificate.last_error) == (1, "OSError('disk full')")
    assert certificates.waiting(now=RELEASE_DAY) == 0
    assert certificates.waiting(now=RELEASE_DAY + certificates.PATIENCE) == 1
    Certificate.objects.update(tries=certificates.MAX_TRIES)
    assert certificates.waiting(now=RELEASE_DAY + certificates.PATIENCE) == 0


def test_asked_again_while_one_is_made_the_older_text_is_dropped(monkeypatch):
    award = _award()
    hq = factories.hq()
    real = certificates.print_pages

    def renamed_meanwhile(*args: object, **more: object) -> None:
        monkeypatch.setattr(certificates, "print_pages", real)
        awarding.reissue(
            Award.objects.get(), name="New Name", reason="x", by=hq, now=RELEASE_DAY + timedelta(1)
        )
        real(*args, **more)

    monkeypatch.setattr(certificates, "print_pages", renamed_meanwhile)
    assert certificates.make(award.certificate.pk, now=RELEASE_DAY) is False
    assert Certificate.objects.get().file is None
    assert certificates.make(award.certificate.pk, now=RELEASE_DAY) is True


def test_the_file_of_before_a_reissue_is_nobody_s_and_let_go():
    award, hq = _award(), factories.hq()
    certificates.make(award.certificate.pk, now=RELEASE_DAY)
    before = Certificate.objects.get().file
    head = award.submission.school.memberships.first().user
    assert (may_read(head, before), may_read(hq, before)) == (True, True)
    awarding.reissue(Award.objects.get(), name="New Name", reason="Joined", by=hq, now=RELEASE_DAY)
    assert (may_read(head, before), may_read(hq, before)) == (False, False)
    assert not StoredFile.objects.filter(pk=before.pk).exists()
    certificates.make(award.certificate.pk, now=RELEASE_DAY)
    after = Certificate.objects.get().file
    assert may_read(head, after)
    with default_storage.open(after.key) as content, pypdfium2.PdfDocument(content.read()) as document:
        assert "New Name" in document[0].get_textpage().get_text_bounded()


def test_what_couldn_t_be_made_is_made_again_under_the_same_name():
    award, hq = _award(), factories.hq()
    Certificate.objects.update(tries=certificates.MAX_TRIES, last_error="x")
    again = {"name": award.school_name, "reason": "The server was full", "by": hq, "now": RELEASE_DAY}
    awarding.reissue(Award.objects.get(), **again)
    assert certificates.make(award.certificate.pk, now=RELEASE_DAY) is True
    with pytest.raises(Refused, match="says that name already"):
        awarding.reissue(Award.objects.get(), **again)


@pytest.mark.parametrize("status", ["revoked", "superseded"])
def test_a_certificate_that_holds_no_more_is_hq_s_alone(status):
    award, hq = _award(), factories.hq()
    certificates.make(award.certificate.pk, now=RELEASE_DAY)
    stored = Certificate.objects.get().file
    head = award.submission.school.memberships.first().user
    leader = award.submission.hub.memberships.get().user
    if status == "revoked":
        awarding.revoke(Award.objects.get(), reason="Closed", by=hq, now=RELEASE_DAY)
    else:
        awarding.award_machine.perform(Award.objects.get(), "supersede", by=hq, now=RELEASE_DAY, reason="x")
    assert Award.objects.get().status == status
    assert [may_read(user, stored) for user in (head, leader, hq)] == [False, False, True]


def test_an_older_award_holds_beside_the_school_s_newer_one_until_its_day():
    old, hq = _award(), factories.hq()
    school = old.submission.school
    work = factories.submission(place=school, in_hub=old.submission.hub, parts=False)
    new = Award.objects.create(
        school=school, submission=work, round_name="Next", number="PSQM-99Z-0001", school_name=school.name,
        level=old.level, awarded_on=old.awarded_on, valid_until=old.valid_until,
    )  # fmt: skip
    certificates.ask_for(new, now=RELEASE_DAY)
    assert certificates.make_waiting(clock=lambda: RELEASE_DAY) == 2
    head = school.memberships.first().user
    assert [may_read(head, row.file) for row in Certificate.objects.all()] == [True, True]
    awarding.revoke(new, reason="A mistake", by=hq, now=RELEASE_DAY)
    held = {row.award_id: may_read(head, row.file) for row in Certificate.objects.all()}
    assert held == {old.pk: True, new.pk: False}


def test_school_hub_and_hq_read_the_file_and_nobody_else():
    award = _award()
    certificates.make(award.certificate.pk, now=RELEASE_DAY)
    made, stored = award.submission, Certificate.objects.get().file
    reads = [member.user for member in made.school.memberships.all()]
    reads += [made.hub.memberships.get().user, factories.hq()]
    strangers = [
        helpers.reviews_of(made)[0].standing.user,
        factories.hq(Role.HQ_VIEWER),
        factories.hq(Role.HQ_FINANCE),
        factories.member(factories.school()),
        factories.member(made.school, Role.SCHOOL_FINANCE),
    ]
    assert [may_read(user, stored) for user in reads] == [True] * 4
    assert [may_read(user, stored) for user in strangers] == [False] * 5
    assert [awards_visible_to(user).exists() for user in strangers] == [False] * 5
