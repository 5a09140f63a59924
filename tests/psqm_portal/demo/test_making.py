from io import BytesIO

import pikepdf
import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from PIL import Image

from psqm_portal.core.files.checks import check
from psqm_portal.demo.making.papers import paper
from psqm_portal.demo.making.pictures import DRAWINGS, SIZE, picture
from psqm_portal.demo.texts.evidence import PIECES
from psqm_portal.demo.texts.papers import PAPERS


@pytest.mark.django_db  # the limits are data
@pytest.mark.parametrize("name", DRAWINGS)
def test_each_picture_is_a_photo_that_passes_the_checks(name):
    checked = check(SimpleUploadedFile("photo.jpg", picture(name, 1)))

    assert checked.type.extension == "jpg"
    with Image.open(BytesIO(checked.content)) as image:
        assert image.size == SIZE
        # Drawn on, not one blank colour.
        assert len(image.resize((200, 150)).getcolors(200 * 150) or []) > 500


def test_a_picture_is_the_same_each_time_and_differs_by_its_number():
    assert picture("bars", 0) == picture("bars", 0)
    assert picture("bars", 0) != picture("bars", 1)


@pytest.mark.django_db
@pytest.mark.parametrize("name", PAPERS)
def test_each_paper_is_a_pdf_that_passes_the_checks(name):
    title, paragraphs = PAPERS[name]

    checked = check(SimpleUploadedFile("paper.pdf", paper(title, "Oak (and Ash) Primary School", paragraphs)))

    assert checked.type.extension == "pdf"
    with pikepdf.open(BytesIO(checked.content)) as pdf:
        assert len(pdf.pages) == 1


def test_a_long_paper_goes_on_on_a_second_page():
    with pikepdf.open(BytesIO(paper("Long", "Oak Primary School", ("A line. " * 30,) * 30))) as pdf:
        assert len(pdf.pages) == 3


def test_every_piece_names_a_picture_or_paper_that_there_is():
    assert {piece.picture for piece in PIECES} - {""} <= set(DRAWINGS)
    assert {piece.paper for piece in PIECES} - {""} <= set(PAPERS)
    assert all(len([one for one in (p.picture, p.paper, p.url, p.note) if one]) == 1 for p in PIECES)
