"""Sending invitations: a draft that is previewed, then mails at once or letters as one PDF.

The PDF is made in the background; its row is the job, as with packs. A link's token is known only while its
letter is made: the row keeps the hash. A school is invited when its mail is written or its letter made.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from django.db import transaction
from django.db.models import F, Q, QuerySet
from django.template.loader import render_to_string
from django.urls import reverse

from accounts.models import User
from hubs import slots
from hubs.domain import letters
from hubs.domain.recruitment import (
    MOST_AT_ONCE,
    askable,
    lock_schools,
    require_recruiter,
)
from hubs.models import HubRound, LetterParagraph, MailOut, Prospect
from hubs.queries import leader_of
from messaging.domain import mail
from messaging.queries import suppressed_among
from psqm_portal.core import events, log
from psqm_portal.core.clock import london_day
from psqm_portal.core.files.making import Kept, drop_bytes, keep_bytes, make_row, work_folder
from psqm_portal.core.machine import Occasion, Refused
from psqm_portal.core.models import StoredFile
from psqm_portal.core.pdf import print_to
from psqm_portal.core.secret_links import hash_of, new_token
from rounds.models import Round
from schools.models import School

Status, How = MailOut.Status, MailOut.How
Clock = Callable[[], datetime]

TEMPLATE = "hubs/mail/invitation"
# What a preview's link ends in; it leads nowhere.
SAMPLE_TOKEN = "personal-link-of-this-school"  # noqa: S105 - opens nothing
MAX_TRIES = 3
MAX_BUILDS = 3
# The sweep leaves this long to the task that was sent when the letters were asked for.
PATIENCE = timedelta(minutes=1)
# The layout takes a minute at most.
STALE = timedelta(minutes=5)


class _Overtaken(Exception):
    """A school opted out or registered while its letter was made: make them again without it."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """What the form gives. ``people``: prospect → (headteacher's name, email); ``left_out``: paragraphs."""

    how: str
    people: Mapping[int, tuple[str, str]]
    sender: str = ""
    first_training: str = ""
    left_out: frozenset[int] = frozenset()
    enclosure: StoredFile | None = None
    enclosure_title: str = ""
    both_sides: bool = False


def draft_of(hub_round: HubRound) -> MailOut | None:
    rows = MailOut.objects.filter(hub=hub_round.hub, round=hub_round.round, status=Status.DRAFT)
    return rows.select_related("hub", "round", "enclosure").first()


def ready_to_send(hub_round: HubRound) -> QuerySet[Prospect]:
    """Picked, and not in letters that are being made."""
    rows = Prospect.objects.filter(
        hub=hub_round.hub, round=hub_round.round, status=Prospect.Status.PICKED
    ).filter(Q(mail_out=None) | Q(mail_out__status=Status.DRAFT))
    return rows.select_related("school").order_by("school__name", "pk")


def why_closed(round_: Round, *, now: datetime) -> str:
    """Why nobody can be invited to a round at this moment; nothing where they can."""
    until = letters.last_day_of(round_)
    if round_.status != Round.Status.OPEN:
        return f"{round_} isn’t open for schools to join, so no invitation can go out."
    if until is not None and london_day(now) > until:
        return f"Recruiting for {round_} is over, so no invitation can go out."
    if slots.fee(round_, None) is None:
        return (
            f"HQ hasn’t set the fee for {round_} yet. An invitation says what taking part costs, so none"
            " can go out."
        )
    return ""


@transaction.atomic
def save_draft(hub_round: HubRound, wanted: Wanted, *, by: User, now: datetime) -> MailOut:
    """The hub's one draft for the round, with what it will say; nothing goes out. Raises Refused."""
    hub, round_ = hub_round.hub, hub_round.round
    require_recruiter(by, hub)
    if sentence := why_closed(round_, now=now):
        raise Refused(sentence)
    if leader_of(hub) is None:
        raise Refused(f"{hub} has no hub leader now, who would sign the invitation.")
    rows = _chosen(hub_round, wanted)
    row = draft_of(hub_round) or MailOut(hub=hub, round=round_, asked_at=now)
    paragraphs = LetterParagraph.objects.exclude(pk__in=wanted.left_out, may_be_left_out=True)
    row.how, row.made_by, row.touched_at = wanted.how, by, now
    row.sender, row.first_training = wanted.sender.strip(), wanted.first_training.strip()
    row.enclosure, row.both_sides = wanted.enclosure, wanted.both_sides
    row.paragraphs = [{"name": one.name, "text": one.text} for one in paragraphs]
    row.values = letters.shared_values(
        hub_round,
        first_training=wanted.first_training,
        enclosure=(wanted.enclosure_title or "a report") if wanted.enclosure else "",
    )
    row.save()
    Prospect.objects.filter(mail_out=row).update(mail_out=None)
    for prospect in rows:
        prospect.mail_out, prospect.fee = row, slots.fee(round_, prospect.school)
    Prospect.objects.bulk_update(rows, ["mail_out", "fee", "head_name", "email"])
    return row


def _chosen(hub_round: HubRound, wanted: Wanted) -> list[Prospect]:
    rows = list(ready_to_send(hub_round).filter(pk__in=wanted.people).select_for_update(of=("self",)))
    if not rows:
        raise Refused("Choose at least one school.")
    if len(rows) > MOST_AT_ONCE:
        raise Refused(f"Choose up to {MOST_AT_ONCE} schools at once.")
    for row in rows:
        head, email = wanted.people[row.pk]
        row.head_name, row.email = " ".join(head.split()), email.strip()
        if wanted.how == How.MAIL and not row.email:
            raise Refused(f"Enter an email address for {row.school}.")
    if wanted.how == How.LETTER and not wanted.sender.strip():
        raise Refused("Enter the sender’s address: it stands at the top of each letter.")
    return rows


@transaction.atomic
def drop(mail_out: MailOut, *, by: User) -> None:
    """Gives a draft up, or letters that couldn't be made; its schools stay picked."""
    require_recruiter(by, mail_out.hub)
    row = MailOut.objects.select_for_update().filter(pk=mail_out.pk).first()
    if row is None:
        return
    if row.status not in {Status.DRAFT, Status.FAILED}:
        raise Refused("These invitations are on their way already.")
    row.prospects.update(mail_out=None)
    row.delete()


@transaction.atomic
def send(mail_out: MailOut, *, by: User, now: datetime) -> MailOut:
    """As it was previewed: mails are written now, letters are asked for. Raises Refused with a sentence.

    Schools that opted out, registered or were taken off meanwhile are left out.
    """
    require_recruiter(by, mail_out.hub)
    row = MailOut.objects.select_for_update(of=("self",)).select_related("hub", "round").get(pk=mail_out.pk)
    if row.status not in {Status.DRAFT, Status.FAILED}:
        raise Refused("These invitations are on their way already.")
    if sentence := why_closed(row.round, now=now):
        raise Refused(sentence)
    prospects = _still_wanted(row)
    if row.how == How.MAIL:
        stopped = suppressed_among(one.email for one in prospects)
        blocked = [one.pk for one in prospects if one.email.lower() in stopped]
        Prospect.objects.filter(pk__in=blocked).update(mail_out=None)
        prospects = [one for one in prospects if one.pk not in blocked]
    if not prospects:
        raise Refused("None of these schools can be invited any more.")
    for one in prospects:
        if slots.fee(row.round, one.school) != one.fee:
            raise Refused("The fee has changed since you wrote this. Change the invitation and save it anew.")
    row.asked_at, row.touched_at, row.made_by, row.tries = now, now, by, 0
    if row.how == How.MAIL:
        _mail(row, prospects, now=now)
        row.status, row.made_at = Status.MADE, now
    else:
        row.status = Status.WAITING
    row.save()
    log.write("mail_out.send", by=by, now=now, about=f"mail_out:{row.pk}", detail=row.how)
    if row.how == How.LETTER:
        events.publish("mail_out.asked", row, Occasion(by=by, now=now))
    return row


def _still_wanted(row: MailOut) -> list[Prospect]:
    """Those that may be sent to, with their schools locked; the others leave the mailing."""
    mine = Prospect.objects.filter(mail_out=row, status=Prospect.Status.PICKED)
    lock_schools(mine.values_list("school_id", flat=True))
    asked = askable(School.objects.filter(prospects__mail_out=row), row.round)
    mine.exclude(school__in=asked.values("pk")).update(mail_out=None)
    rows = mine.select_for_update(of=("self",)).select_related("school").order_by("school__name", "pk")
    return list(rows)


def _mail(row: MailOut, prospects: Sequence[Prospect], *, now: datetime) -> None:
    written = []
    for one in prospects:
        token = _invited(one, now=now)
        written.append(
            mail.Letter(
                TEMPLATE,
                to=one.email,
                context=mail_context(row, one, token),
                about=f"prospect:{one.pk}",
                once=f"prospect:{one.pk}:invitation",
                secret=True,
            )
        )
    Prospect.objects.bulk_update(prospects, ["status", "sent_at", "token_hash"])
    mail.write_many(written, now=now)


def _invited(prospect: Prospect, *, now: datetime, token: str = "") -> str:
    token = token or new_token()
    prospect.status, prospect.sent_at, prospect.token_hash = Prospect.Status.SENT, now, hash_of(token)
    return token


def mail_context(row: MailOut, prospect: Prospect, token: str) -> dict[str, Any]:
    return {"mail_out": row, "prospect": prospect, "url": reverse("invited", args=[token])}


# The letters as one PDF ------------------------------------------------------------------------------


def preview(mail_out: MailOut, prospect: Prospect, *, now: datetime) -> bytes:
    """One school's letter as it will be, with a link that leads nowhere."""
    with work_folder() as folder:
        path = folder / "letter.pdf"
        _print(mail_out, [letters.letter_for(mail_out, prospect, SAMPLE_TOKEN)], path, now=now)
        return path.read_bytes()


def _print(mail_out: MailOut, sheets: Sequence[letters.Letter], path: Path, *, now: datetime) -> None:
    context = letters.sheet_context(mail_out, sheets, now=now)
    print_to(path, render_to_string("hubs/recruitment/letters_pdf.html", context))


def make(mail_out_id: int, *, clock: Clock) -> bool:
    """Makes the letters. False when there was nothing to do, or another worker did it."""
    row = _take_up(mail_out_id, clock())
    if row is None:
        return False
    try:
        return _build_in_peace(row, clock)
    except Exception:
        last = row.tries >= MAX_TRIES
        _mine(row).update(status=Status.FAILED if last else Status.WAITING, touched_at=clock())
        raise


def waiting(*, now: datetime) -> list[int]:
    """Letters to ask a worker for again: never taken up, or taken up by one that died."""
    return list(_due(now).filter(tries__lt=MAX_TRIES).values_list("pk", flat=True))


def fail_the_hopeless(*, now: datetime) -> int:
    return _due(now).filter(tries__gte=MAX_TRIES).update(status=Status.FAILED)


def _due(now: datetime) -> QuerySet[MailOut]:
    never = Q(status=Status.WAITING, touched_at__lte=now - PATIENCE)
    return MailOut.objects.filter(never | Q(status=Status.MAKING, touched_at__lte=now - STALE))


def _take_up(pk: int, now: datetime) -> MailOut | None:
    free = Q(status=Status.WAITING) | Q(status=Status.MAKING, touched_at__lte=now - STALE)
    taken = MailOut.objects.filter(free, pk=pk, tries__lt=MAX_TRIES).update(
        status=Status.MAKING, tries=F("tries") + 1, touched_at=now
    )
    return MailOut.objects.select_related("hub", "round").get(pk=pk) if taken else None


def _mine(row: MailOut) -> QuerySet[MailOut]:
    return MailOut.objects.filter(pk=row.pk, tries=row.tries, status=Status.MAKING)


def _build_in_peace(row: MailOut, clock: Clock) -> bool:
    for _ in range(MAX_BUILDS):
        try:
            return _build(row, clock)
        except _Overtaken:
            continue
    raise Refused("The schools changed each time while their letters were made.")


def _build(row: MailOut, clock: Clock) -> bool:
    with transaction.atomic():
        prospects = _still_wanted(row)
    if not prospects:  # they all said no: there is nothing to print
        row.prospects.update(mail_out=None)
        _mine(row).delete()
        return False
    tokens = {one.pk: new_token() for one in prospects}
    now = clock()
    with work_folder() as folder:
        path = folder / "letters.pdf"
        sheets = [letters.letter_for(row, one, tokens[one.pk]) for one in prospects]
        _print(row, sheets, path, now=row.asked_at)
        kept = keep_bytes(path, owner=owner_of(row))
    try:
        done = _finish(row, tokens, kept, now=now)
    except BaseException:
        drop_bytes(kept)
        raise
    if not done:
        drop_bytes(kept)
    return done


@transaction.atomic
def _finish(row: MailOut, tokens: Mapping[int, str], kept: Kept, *, now: datetime) -> bool:
    """File, job and states in one transaction, after another look at who may be asked."""
    prospects = _still_wanted(row)
    if {one.pk for one in prospects} != set(tokens):
        raise _Overtaken
    locked = _mine(row).select_for_update().first()
    if locked is None:
        return False
    for one in prospects:
        _invited(one, now=now, token=tokens[one.pk])
    Prospect.objects.bulk_update(prospects, ["status", "sent_at", "token_hash"])
    name = f"Letters {row.values['hub']}, {row.values['round']}.pdf"
    locked.file = make_row(kept, owner=owner_of(row), name=name, kind=StoredFile.Kind.PDF, now=now)
    locked.status, locked.made_at = Status.MADE, now
    locked.save(update_fields=["file", "status", "made_at"])
    return True


def owner_of(row: MailOut) -> str:
    return f"letters-{row.pk}"
