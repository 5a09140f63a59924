"""Pieces for tests of packs: real photos, the worker's work done in this process, what came of it to read."""

from io import BytesIO
from pathlib import Path
from zipfile import ZipFile

import pypdfium2
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from PIL import Image

from accounts.models import User
from psqm_portal.core.models import StoredFile
from submissions.domain import packs
from submissions.models import Evidence, Pack, Part, Submission
from tests import factories as make


def jpeg(size=(64, 48), colour="teal") -> bytes:
    out = BytesIO()
    Image.new("RGB", size, colour).save(out, "JPEG")
    return out.getvalue()


def stored(submission: Submission, content: bytes, name="seeds.jpg", kind="image") -> StoredFile:
    number = StoredFile.objects.count() + 1
    key = default_storage.save(f"{submission.files_owner}/ab/{number}-{name[-12:]}", ContentFile(content))
    return StoredFile.objects.create(
        owner=submission.files_owner, sha256=f"{number:064d}", key=key, name=name, kind=kind,
        content_type="image/jpeg" if kind == "image" else "application/octet-stream", size=len(content),
        stored_at=make.NOW,
    )  # fmt: skip


def piece(submission: Submission, file: StoredFile, *, title: str = "Sorting seeds", **fields) -> Evidence:
    return Evidence.objects.create(
        submission=submission, kind="file", title=title, file=file, added_by=make.user(), added_at=make.NOW,
        **fields,
    )  # fmt: skip


def photo(
    submission: Submission, part: Part | None = None, *, title: str = "Sorting seeds", **fields
) -> Evidence:
    made = piece(submission, stored(submission, jpeg()), title=title, **fields)
    if part is not None:
        make.tie(made, part)
    return made


def make_pack(submission: Submission, by: User, kind="zip", *, is_frozen=False, now=make.NOW) -> Pack:
    """Asked for and made, as the worker does it."""
    pack = packs.ask(submission, kind=kind, is_frozen=is_frozen, by=by, now=now)
    packs.make(pack.pk, clock=lambda: now)
    return Pack.objects.select_related("file", "submission").get(pk=pack.pk)


def path_of(pack: Pack) -> Path:
    assert pack.file is not None
    return Path(default_storage.path(pack.file.key))


def names_in(pack: Pack) -> set[str]:
    with ZipFile(path_of(pack)) as archive:
        return set(archive.namelist())


def start_page(pack: Pack) -> str:
    with ZipFile(path_of(pack)) as archive:
        return archive.read("Start here.html").decode()


def text_of(pack: Pack) -> str:
    """All that the PDF says, with line ends as spaces."""
    document = pypdfium2.PdfDocument(path_of(pack))
    try:
        pages = [document[number] for number in range(len(document))]
        return " ".join(" ".join(page.get_textpage().get_text_range().split()) for page in pages)
    finally:
        document.close()
