"""Becoming a hub leader: from a name and an address to a sent application.

The applicant has no account: who holds the mailed link is the applicant, and ``by`` is None.
"""

from collections.abc import Collection, Iterable, Mapping
from datetime import datetime
from typing import Any

from django.core.files.base import File
from django.db import IntegrityError, transaction
from django.urls import reverse

from accounts.models import User
from accounts.queries import hq_people
from hubs.domain.application_machine import LIVE, application_machine
from hubs.models import (
    ApplicationAnswer,
    ApplicationFile,
    CommitmentPoint,
    LeaderApplication,
    LeaderCriterion,
)
from messaging.domain.mail import write
from psqm_portal.core import seen as marks
from psqm_portal.core.files.storing import BadFile, forget, store
from psqm_portal.core.machine import Refused
from psqm_portal.core.models import StoredFile
from psqm_portal.core.roles import Role
from psqm_portal.core.secret_links import hash_of, new_token
from schools.distance import point_of_postcode

Status, Judgement = LeaderApplication.Status, ApplicationAnswer.Judgement

ABOUT = ("name", "phone", "is_teacher", "school", "employer", "place", "postcode")
# Less than people with an account may bring: anybody can begin an application, and fill the disk (S21).
MOST_FILES, MOST_MEGABYTES = 10, 20
TAKEN = frozenset({StoredFile.Kind.IMAGE, StoredFile.Kind.PDF, StoredFile.Kind.WORD})


# The link


@transaction.atomic
def begin(*, name: str, email: str, now: datetime) -> None:
    """Mails a link to a new application, or to the one that this address has begun: both look the same."""
    email = email.strip().lower()
    if send_link(email, now=now, only=LIVE):
        return
    token = new_token()
    new = LeaderApplication(
        name=" ".join(name.split()),
        email=email,
        token_hash=hash_of(token),
        link_sent_at=now,
        begun_at=now,
        saved_at=now,
    )
    try:
        with transaction.atomic():
            new = application_machine.perform(new, "begin", by=None, now=now)
    except IntegrityError:  # begun at this moment, in another tab: that one has just been mailed its link
        return
    _mail(new, "application_link", now=now, token=token)


@transaction.atomic
def send_link(email: str, *, now: datetime, only: Iterable[str] = tuple(Status)) -> bool:
    """A fresh link to the newest application of this address; the old one is dead. Tell nobody the answer."""
    rows = LeaderApplication.objects.select_for_update()
    found = rows.filter(email=email.strip().lower(), status__in=only).order_by("-begun_at", "-pk").first()
    if found is not None:
        renew_link(found, "application_link", now=now)
    return found is not None


def renew_link(application: LeaderApplication, template: str, *, now: datetime, **more: Any) -> None:
    token = new_token()
    application.token_hash, application.link_sent_at = hash_of(token), now
    application.save(update_fields=["token_hash", "link_sent_at"])
    _mail(application, template, now=now, token=token, **more)


def find(token: str, *, now: datetime) -> LeaderApplication | None:
    """None for a link that is unknown, replaced or older than it lives."""
    found = LeaderApplication.objects.filter(token_hash=hash_of(token)).first()
    return found if found is not None and now < found.link_ends_at else None


# What the applicant writes


def may_write(application: LeaderApplication, answer: ApplicationAnswer | None = None) -> bool:
    """``answer`` None: about the person. What HQ found met stays as it is while more is asked."""
    if application.status == Status.DRAFT:
        return True
    is_settled = answer is not None and answer.judgement == Judgement.MET
    return application.status == Status.MORE_ASKED and not is_settled


def about(application: LeaderApplication) -> dict[str, Any]:
    """What stands, by the names of the form's fields."""
    standing = {name: getattr(application, name) for name in ABOUT if name != "school"}
    return {**standing, "school": application.school_id}


def said(answer: ApplicationAnswer | None, points: Collection[CommitmentPoint]) -> dict[str, Any]:
    """What stands in an answer, by the names of the form's fields: ``point_<id>`` for each commitment."""
    ticked = {point.pk for point in answer.ticked.all()} if answer is not None and points else set()
    return {
        "text": answer.text if answer else "",
        "award_level": answer.award_level if answer else "",
        "award_date": answer.award_date if answer else "",
        **{f"point_{point.pk}": point.pk in ticked for point in points},
    }


@transaction.atomic
def save_about(
    application: LeaderApplication, words: Mapping[str, Any], *, now: datetime, seen: str = ""
) -> LeaderApplication:
    """``words``: some of ``ABOUT``, the school as an id. Raises Refused, or OutOfDate with what stands."""
    row = _writable(application)
    standing = about(row)
    marks.check({name: standing[name] for name in words}, words, seen=seen)
    for name in words:
        setattr(row, "school_id" if name == "school" else name, words[name])
    point = point_of_postcode(row.postcode) if row.postcode else None
    row.easting, row.northing = point or (None, None)
    row.saved_at = now
    row.save()
    return row


@transaction.atomic
def save_answer(
    application: LeaderApplication,
    criterion: LeaderCriterion,
    words: Mapping[str, Any],
    *,
    now: datetime,
    seen: str = "",
) -> ApplicationAnswer:
    """``words`` as :func:`said` gives them. Raises Refused, or OutOfDate with what stands."""
    answer = _answer(application, criterion)
    points = list(CommitmentPoint.objects.all()) if criterion.has_commitments else []
    standing = said(answer, points)
    words = {**standing, **words}
    marks.check(standing, words, seen=seen)
    if words != standing:
        answer.text, answer.award_level, answer.award_date = (
            words[name] for name in ("text", "award_level", "award_date")
        )
        answer.ticked.set([point for point in points if words[f"point_{point.pk}"]])
        _changed(answer, now=now)
    return answer


@transaction.atomic
def add_file(
    application: LeaderApplication, criterion: LeaderCriterion, upload: File, *, now: datetime
) -> ApplicationFile:
    """Raises Refused, or BadFile with a sentence for the person."""
    answer = _answer(application, criterion)
    if answer.files.count() >= MOST_FILES:
        raise BadFile(f"You can add up to {MOST_FILES} files here. Remove one first.")
    if (upload.size or 0) > MOST_MEGABYTES * 1024**2:
        raise BadFile(f"The file {upload.name} is larger than {MOST_MEGABYTES} MB. Save it smaller first.")
    stored = store(upload, owner=f"leader-application-{answer.application_id}", by=None, now=now)
    if stored.kind not in TAKEN:
        raise BadFile(f"The file {stored.name} can’t be used here. Choose a photo, PDF or Word document.")
    file, made = ApplicationFile.objects.get_or_create(answer=answer, file=stored, defaults={"added_at": now})
    if made:
        _changed(answer, now=now)
    return file


@transaction.atomic
def remove_file(file: ApplicationFile, *, now: datetime) -> None:
    """Its bytes go too, unless another answer has the same."""
    answer = _answer(file.answer.application, file.answer.criterion)
    if ApplicationFile.objects.filter(pk=file.pk).delete()[0]:
        forget(file.file)
        _changed(answer, now=now)


def _writable(application: LeaderApplication) -> LeaderApplication:
    row = LeaderApplication.objects.select_for_update().get(pk=application.pk)
    if not may_write(row):
        raise Refused("You can’t change this now: your application is with us.")
    return row


def _answer(application: LeaderApplication, criterion: LeaderCriterion) -> ApplicationAnswer:
    """With the application locked; the row is made where it is the first word."""
    row = _writable(application)
    answer, _ = ApplicationAnswer.objects.get_or_create(application=row, criterion=criterion)
    answer.application = row
    if not may_write(row, answer):
        raise Refused("You don’t need to change this: we found it met.")
    return answer


def _changed(answer: ApplicationAnswer, *, now: datetime) -> None:
    """What was asked for is answered, so that it is judged anew; HQ's note stays to compare with. One for HQ
    alone doesn't: without a judgement it would stand on the applicant's page as what is asked for.
    """
    if answer.judgement:
        if answer.judgement != Judgement.MORE:
            answer.judgement_note = ""
        answer.judgement, answer.judged_by, answer.judged_at = Judgement.NONE, None, None
    answer.save()
    answer.application.saved_at = now
    answer.application.save(update_fields=["saved_at"])


def send(application: LeaderApplication, *, now: datetime) -> LeaderApplication:
    """To HQ, the first time or with what was asked for. Raises Refused where something is missing."""
    with transaction.atomic():
        again = application.status == Status.MORE_ASKED
        application = application_machine.perform(
            application, "answer" if again else "send", by=None, now=now
        )
        if not again:
            renew_link(application, "application_sent", now=now)
        for person in hq_people([Role.HQ_ADMIN]):
            mail_to(person, "application_waiting", application, now=now)
    return application


def withdraw(application: LeaderApplication, *, now: datetime) -> LeaderApplication:
    return application_machine.perform(application, "withdraw", by=None, now=now)


# Mails


def _mail(application: LeaderApplication, template: str, *, now: datetime, token: str, **more: Any) -> None:
    url = reverse("application_open", args=[token])
    mail_to(application.email, template, application, now=now, url=url, secret=True, **more)


def mail_to(
    to: User | str,
    template: str,
    application: LeaderApplication,
    *,
    now: datetime,
    url: str = "",
    secret: bool = False,
    **more: Any,
) -> None:
    write(
        f"hubs/mail/{template}",
        to=to,
        now=now,
        context={
            "application": application,
            "url": url or reverse("leader_application", args=[application.pk]),
            **more,
        },
        about=f"leader_application:{application.pk}",
        secret=secret,
    )
