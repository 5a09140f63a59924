"""All the questions of a framework on paper: made once for each wording of it, and kept.

In the request of whoever asks first: some seconds, once for each change that HQ makes to a text, in a program
of its own within the limits of any short document. Everybody after that gets the file.
"""

import hashlib
from datetime import datetime

from django.db import IntegrityError, transaction
from django.template.loader import render_to_string

from psqm_portal.core.files.making import drop, drop_bytes, keep_bytes, make_row, work_folder
from psqm_portal.core.models import StoredFile
from psqm_portal.core.pdf import print_to
from rounds.models import Framework
from submissions.models import QuestionPaper
from submissions.pages.questions import Questions


def paper_of(framework: Framework, *, now: datetime) -> StoredFile:
    """Raises PdfUnavailable."""
    html = render_to_string("submissions/questions_paper.html", {"questions": Questions(framework)})
    digest = hashlib.sha256(html.encode()).hexdigest()
    known = QuestionPaper.objects.filter(framework=framework, digest=digest).select_related("file").first()
    return known.file if known else _make(framework, html, digest, now)


def _make(framework: Framework, html: str, digest: str, now: datetime) -> StoredFile:
    owner = f"questions-{framework.pk}"
    with work_folder() as folder:
        target = folder / "questions.pdf"
        print_to(target, html)
        kept = keep_bytes(target, owner=owner)
    try:
        with transaction.atomic():
            stored = make_row(
                kept,
                owner=owner,
                name=f"All the questions, {framework.name}.pdf",
                kind=StoredFile.Kind.PDF,
                now=now,
            )
            QuestionPaper.objects.create(framework=framework, digest=digest, file=stored, made_at=now)
            _let_go_of_older(framework, digest)
    except IntegrityError:  # somebody asked at the same moment
        drop_bytes(kept)
        return QuestionPaper.objects.select_related("file").get(framework=framework, digest=digest).file
    return stored


def _let_go_of_older(framework: Framework, digest: str) -> None:
    for paper in QuestionPaper.objects.filter(framework=framework).exclude(digest=digest):
        paper.delete()
        drop(paper.file)
