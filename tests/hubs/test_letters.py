"""Letters on paper: where they stand on the sheet, when they are made, what HQ's words may be."""

import time
from datetime import timedelta
from decimal import Decimal
from pathlib import Path

import pikepdf
import pypdfium2
import pytest
from django.core.exceptions import PermissionDenied
from django.core.files.storage import default_storage

from hubs import slots
from hubs.domain import letters, mailings
from hubs.domain import recruitment as domain
from hubs.models import LetterParagraph, MailOut, OptOut, Prospect
from psqm_portal.core.files.rights import may_read
from psqm_portal.core.machine import Refused
from psqm_portal.core.seen import OutOfDate, mark_of
from tests import factories
from tests.factories import NOW

pytestmark = pytest.mark.django_db
EARLY = NOW.replace(month=7)
POINTS_IN_A_MM = 72 / 25.4
LONG = "St Bartholomew and All Saints Church of England Voluntary Aided Primary and Nursery School"


@pytest.fixture(autouse=True)
def _fee(monkeypatch):
    monkeypatch.setattr(slots, "fee_of_round", [lambda _round, _school: Decimal(750)])


@pytest.fixture
def fake_print(monkeypatch):
    """The layout takes seconds, and most of this isn't about it."""
    pages = []

    def write(target, html):
        pages.append(html)
        Path(target).write_bytes(b"%PDF-1.7 " + str(len(pages)).encode())

    monkeypatch.setattr(mailings, "print_to", write)
    return pages


def draft(world, *schools, **more):
    domain.pick(world.hub_round, [one.pk for one in schools], by=world.leader, now=EARLY)
    people = {row.pk: ("", "") for row in Prospect.objects.filter(school__in=schools)}
    wanted = mailings.Wanted(
        how="letter", people=people, sender="Ana Lee\n12 Hill Road\nAshbrook AS1 2BC", **more
    )
    return mailings.save_draft(world.hub_round, wanted, by=world.leader, now=EARLY)


def asked(world, *schools, **more):
    return mailings.send(draft(world, *schools, **more), by=world.leader, now=EARLY)


def clock():
    return EARLY + timedelta(seconds=30)


def words_on(page) -> list[tuple[str, float, float, float, float]]:
    """Each run of words with its left, top, right and bottom in millimetres from the sheet's top left."""
    text, height = page.get_textpage(), page.get_height()
    found = []
    for number in range(text.count_rects()):
        left, bottom, right, top = text.get_rect(number)
        said = text.get_text_bounded(left, bottom, right, top).strip()
        box = (left, height - top, right, height - bottom)
        found.append((said, *(length / POINTS_IN_A_MM for length in box)))
    return found


def test_the_address_and_nothing_else_shows_in_the_window_of_a_dl_envelope(world, tmp_path):
    """Decision 0075: within 20-110 mm from the left and 53-75 mm from the top, whatever the name."""
    schools = [
        factories.school(name="Oak Primary School", street="1 High Street", town="Ashbrook", county="Wessex"),
        factories.school(name=LONG, street="The Old Rectory, Little Winterbourne Road", town="Ashbrook"),
    ]
    row = draft(world, *schools)
    path = tmp_path / "letters.pdf"
    sheets = [letters.letter_for(row, one, "t" * 32) for one in row.prospects.order_by("pk")]
    mailings._print(row, sheets, path, now=EARLY)
    document = pypdfium2.PdfDocument(path)
    assert len(document) == 2
    for number, school in enumerate(schools):
        shown = [one for one in words_on(document[number]) if one[1] < 110 and 36 < one[2] < 92]
        said = " ".join(one[0] for one in shown)
        assert said.startswith(f"The Headteacher {school.name} {school.street} Ashbrook")
        assert said.endswith("AS1 2BC")
        for _, left, top, right, bottom in shown:
            assert 20 < left < right < 110
            assert 53 < top < bottom < 75
    document.close()


def test_letters_keep_their_tags_and_each_begins_a_sheet_of_its_own(world, tmp_path):
    schools = [factories.school(name=f"School {letter}") for letter in "ABC"]
    row = draft(world, *schools, both_sides=True, first_training="Tuesday 22 September 2026")
    path = tmp_path / "letters.pdf"
    sheets = [letters.letter_for(row, one, "t" * 32) for one in row.prospects.order_by("pk")]
    mailings._print(row, sheets, path, now=EARLY)
    document = pypdfium2.PdfDocument(path)
    texts = [page.get_textpage().get_text_range() for page in document]
    document.close()
    starts = [number for number, text in enumerate(texts) if "Dear Headteacher" in text]
    assert starts == [0, 2, 4]
    assert texts[1] == texts[3] == ""
    assert "Our first training: Tuesday 22 September 2026. I hope" in " ".join(texts[0].split())
    with pikepdf.open(path) as opened:
        tags = [one for one in opened.objects if isinstance(one, pikepdf.Dictionary) and "/S" in one]
        assert {"/H1", "/Figure"} <= {str(one["/S"]) for one in tags}
        assert sum(str(one["/S"]) == "/H1" for one in tags) == 3
        alt = next(one for one in tags if str(one["/S"]) == "/Figure")["/Alt"]
        assert str(alt) == "QR code that leads to the personal page of School A"


@pytest.mark.slow
def test_a_hundred_letters_in_half_the_time_there_is(world, tmp_path):
    schools = [factories.school() for _ in range(100)]
    row = draft(world, *schools)
    sheets = [letters.letter_for(row, one, "t" * 32) for one in row.prospects.select_related("school")]
    began = time.monotonic()
    mailings._print(row, sheets, tmp_path / "letters.pdf", now=EARLY)
    assert time.monotonic() - began < 45
    assert len(pypdfium2.PdfDocument(tmp_path / "letters.pdf")) == 100


def test_letters_are_made_once_and_schools_are_invited_then(world, fake_print):
    row = asked(world, factories.school(name="<b>Oak</b> & Ash"))
    assert (row.status, Prospect.objects.get().status) == ("waiting", "picked")
    with pytest.raises(Refused, match="is being made"):
        domain.put_back(world.hub_round, [Prospect.objects.get().pk], by=world.leader, now=EARLY)
    assert mailings.make(row.pk, clock=clock)
    assert not mailings.make(row.pk, clock=clock)
    row.refresh_from_db()
    prospect = Prospect.objects.get()
    assert (row.status, row.file.name) == ("made", "Letters Chilterns, Autumn 2026.pdf")
    assert (prospect.status, prospect.sent_at) == ("sent", clock())
    assert "&lt;b&gt;Oak&lt;/b&gt; &amp; Ash" in fake_print[0]
    token = fake_print[0].split("/invited/")[1].split("/")[0]
    assert domain.find_invited(token) == prospect
    assert default_storage.exists(row.file.key)


def test_who_opts_out_while_letters_are_made_gets_none(world, fake_print, monkeypatch):
    stays, leaves = factories.school(name="Stays"), factories.school(name="Leaves")
    row = asked(world, stays, leaves)
    keep = mailings.keep_bytes

    def keep_and_say_no(path, *, owner):
        if len(fake_print) == 1:
            domain.opt_out(leaves, reason="", by=None, now=EARLY)
        return keep(path, owner=owner)

    monkeypatch.setattr(mailings, "keep_bytes", keep_and_say_no)
    assert mailings.make(row.pk, clock=clock)
    assert len(fake_print) == 2
    assert "Leaves" in fake_print[0]
    assert "Leaves" not in fake_print[1]
    assert list(Prospect.objects.values_list("school__name", "status")) == [("Stays", "sent")]


def test_where_all_opted_out_there_is_nothing_to_print(world, fake_print):
    row = asked(world, school := factories.school())
    OptOut.objects.create(school=school, at=NOW)
    assert not mailings.make(row.pk, clock=clock)
    assert fake_print == []
    assert not MailOut.objects.exists()


def test_a_dead_worker_s_letters_are_taken_up_and_given_up_in_the_end(world, monkeypatch):
    row = asked(world, factories.school())
    assert mailings.waiting(now=EARLY) == []
    assert mailings.waiting(now=EARLY + timedelta(minutes=1)) == [row.pk]

    def dies(*_):
        raise MemoryError

    monkeypatch.setattr(mailings, "print_to", dies)
    for _ in range(3):
        with pytest.raises(MemoryError):
            mailings.make(row.pk, clock=clock)
    row.refresh_from_db()
    assert (row.status, row.tries, mailings.waiting(now=NOW)) == ("failed", 3, [])
    assert Prospect.objects.get().status == "picked"
    monkeypatch.setattr(mailings, "print_to", lambda target, _: Path(target).write_bytes(b"%PDF-1.7"))
    mailings.send(row, by=world.leader, now=EARLY)
    assert mailings.make(row.pk, clock=clock)


def test_who_reads_the_letters(world, fake_print):
    row = asked(world, factories.school())
    mailings.make(row.pk, clock=clock)
    row.refresh_from_db()
    everybody = {
        "leader": world.leader, "admin": world.hq, "mentor": world.mentor, "other": world.other_leader,
        "viewer": factories.hq(factories.Role.HQ_VIEWER), "nobody": factories.user(),
    }  # fmt: skip
    assert [who for who, person in everybody.items() if may_read(person, row.file)] == ["leader", "admin"]
    world.leader.hub_memberships.update(ended_at=NOW)
    assert not may_read(world.leader, row.file)


# HQ's words ----------------------------------------------------------------------------------------------


def test_hq_edits_the_words_and_a_written_invitation_keeps_its_own(world):
    row = draft(world, factories.school())
    one = LetterParagraph.objects.get(name="What it costs")
    seen = mark_of({"name": one.name, "text": one.text})
    kept = {"name": one.name, "may_be_left_out": False, "now": NOW}
    letters.save_paragraph(one, text="It costs {fee}.", by=world.hq, seen_mark=seen, **kept)
    row.refresh_from_db()
    assert "Taking part costs {fee}" in str(row.paragraphs)
    with pytest.raises(OutOfDate):
        letters.save_paragraph(one, text="Mine: {fee}", by=world.hq, seen_mark=seen, **kept)
    with pytest.raises(Refused, match="{event.__init__} isn’t a field"):
        letters.save_paragraph(one, text="{event.__init__}", by=world.hq, **kept)
    with pytest.raises(PermissionDenied):
        letters.save_paragraph(one, text="x", by=world.leader, **kept)


def test_order_adding_and_taking_out(world):
    first, second, *_, last = LetterParagraph.objects.all()
    letters.move(second, up=True, by=world.hq, now=NOW)
    letters.move(last, up=False, by=world.hq, now=NOW)
    new = letters.save_paragraph(None, name="New", text="New", may_be_left_out=True, by=world.hq, now=NOW)
    assert [one.pk for one in LetterParagraph.objects.all()[:2]] == [second.pk, first.pk]
    assert [one.pk for one in LetterParagraph.objects.all()][-2:] == [last.pk, new.pk]
    letters.remove(new, by=world.hq, now=NOW)
    assert not LetterParagraph.objects.filter(name="New").exists()


def test_what_may_be_left_out_and_what_is_empty_is_left_out(world):
    optional = LetterParagraph.objects.filter(may_be_left_out=True)
    assert [one.name for one in optional] == ["What the inspectorate found", "Where the money can come from"]
    fixed = LetterParagraph.objects.get(name="What it is")
    row = draft(
        world, factories.school(), left_out=frozenset({*optional.values_list("pk", flat=True), fixed.pk})
    )
    text = letters.pieces_of(row.paragraphs, letters.values_for(row, row.prospects.get(), "https://x.test/"))
    whole = "".join(text)
    assert whole.startswith("The Primary Science Quality Mark develops")
    assert "Ofsted" not in whole
    assert "budget" not in whole
    assert "ASE" not in whole
    assert "I enclose" not in whole
    assert "{" not in whole
