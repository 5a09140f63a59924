"""The certificate: tagged, readable, ours alone in its fonts, and made once however often it is asked for."""

import io
from datetime import timedelta

import pikepdf
import pypdfium2
import pytest
import segno
from django.db import transaction

from awards import tasks
from awards.domain import awarding, certificates
from awards.models import Award, Certificate
from awards.queries import awards_visible_to
from psqm_portal.core.files.rights import may_read
from psqm_portal.core.models import StoredFile
from psqm_portal.core.pdf import render
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
    return render("awards/certificate.html", certificates.context_of(award))


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


@pytest.mark.parametrize(
    "name", ["St Mary’s Primary School", "Ysgol yr Ŵyddfa, ŷ", "Źródło Łódź Škola Győr Țară Ħal"]
)
def test_any_european_name_is_set_in_our_own_typeface_and_embedded(name):
    award = _award(name)
    content = _pdf(award)
    pdf = pikepdf.open(io.BytesIO(content))
    fonts = _of_type(pdf, "/Type", "/FontDescriptor")
    assert fonts
    for font in fonts:
        assert "Atkinson-Hyperlegible-Next" in str(font.FontName)
        assert "/FontFile2" in font or "/FontFile3" in font
    with pypdfium2.PdfDocument(content) as document:
        text = document[0].get_textpage().get_text_bounded()
    assert name in " ".join(text.split())
    assert len(content) < 40_000


def test_a_very_long_name_stays_on_its_page_and_off_the_foot():
    award = _award("The Very Reverend Bartholomew Featherstonehaugh Church of England Voluntary Aided " * 2)
    pdf = pikepdf.open(io.BytesIO(_pdf(award)))
    assert len(pdf.pages) == 1


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
    side, count = 27 * MM * scale, len(wanted)
    left, top = picture.width - (42 + 27) * MM * scale, picture.height - (17 + 27) * MM * scale
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
    monkeypatch.setattr(tasks.make_certificate, "apply_async", lambda args=None, *a, **kw: sent.append(args))
    with django_capture_on_commit_callbacks(execute=True):
        award = _award()
    assert sent == [(award.certificate.pk,)]
    tasks.make_certificate(award.certificate.pk)
    certificate = Certificate.objects.get()
    assert certificate.file.kind == StoredFile.Kind.PDF
    assert certificate.file.name == f"Certificate {award.number}.pdf"
    assert certificates.make(certificate.pk, now=RELEASE_DAY) is False
    assert StoredFile.objects.filter(name__startswith="Certificate").count() == 1
    assert Certificate.objects.values("tries", "file").get() == {"tries": 1, "file": certificate.file_id}


def test_killed_before_the_row_s_end_the_next_run_ends_it_and_leaves_no_second_file(monkeypatch):
    award = _award()

    def killed(*_: object, **__: object) -> None:
        raise SystemExit

    with monkeypatch.context() as patched, pytest.raises(SystemExit), transaction.atomic():
        patched.setattr(Certificate, "save", killed)
        certificates.make(award.certificate.pk, now=RELEASE_DAY)
    assert StoredFile.objects.count() == 0
    assert certificates.make(award.certificate.pk, now=RELEASE_DAY) is True
    assert StoredFile.objects.count() == 1


def test_what_fails_is_counted_noted_and_swept(monkeypatch):
    award = _award()

    def broken(*_: object) -> bytes:
        raise OSError("disk full")

    monkeypatch.setattr(certificates, "render", broken)
    with pytest.raises(OSError, match="disk full"):
        certificates.make(award.certificate.pk, now=RELEASE_DAY)
    certificate = Certificate.objects.get()
    assert (certificate.tries, certificate.last_error) == (1, "OSError('disk full')")
    assert certificates.waiting(now=RELEASE_DAY) == []
    assert certificates.waiting(now=RELEASE_DAY + timedelta(minutes=1)) == [certificate.pk]
    Certificate.objects.update(tries=certificates.MAX_TRIES)
    assert certificates.waiting(now=RELEASE_DAY + timedelta(minutes=1)) == []


def test_asked_again_while_one_is_made_the_older_text_is_dropped(monkeypatch):
    award = _award()
    hq = factories.hq()
    real = certificates.render

    def renamed_meanwhile(template: str, context: dict) -> bytes:
        monkeypatch.setattr(certificates, "render", real)
        awarding.reissue(
            Award.objects.get(), name="New Name", reason="x", by=hq, now=RELEASE_DAY + timedelta(1)
        )
        return real(template, context)

    monkeypatch.setattr(certificates, "render", renamed_meanwhile)
    assert certificates.make(award.certificate.pk, now=RELEASE_DAY) is False
    assert Certificate.objects.get().file is None
    assert certificates.make(award.certificate.pk, now=RELEASE_DAY) is True


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
