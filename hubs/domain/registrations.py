"""A school that wants to take part: from the form to the answer. Nothing else sets a registration's status.

Enrolling is the submissions' work; it calls :func:`accept` in its own transaction.
"""

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

from django.core.exceptions import PermissionDenied
from django.db import IntegrityError, transaction
from django.db.models import Exists, OuterRef, Q
from django.urls import reverse

from accounts.models import User
from accounts.queries import hq_people, hq_roles
from hubs import slots
from hubs.models import Hub, HubRound, Registration, RegistrationNudge
from hubs.queries import leader_of, roles_towards_registration
from messaging.domain.mail import write
from psqm_portal.core import events, log
from psqm_portal.core.machine import Machine, Move, Occasion, Refused
from psqm_portal.core.roles import Role
from psqm_portal.core.secret_links import hash_of, new_token
from rounds.models import Kind, Round
from schools.models import School, SchoolMembership

Status = Registration.Status

# What the form gives; nothing else of a registration can be set from outside.
PEOPLE = frozenset(
    {
        "registrant",
        "registrant_name",
        "registrant_email",
        "subject_leader_name",
        "subject_leader_email",
        "second_name",
        "second_email",
        "headteacher_name",
        "headteacher_email",
        "finance_name",
        "finance_email",
    }
)
FIELDS = PEOPLE | frozenset(
    {
        "payer",
        "payer_name",
        "payer_address",
        "order_number",
        "ase_member",
        "ase_number",
        "note",
    }
)


def register(
    round_: Round,
    school: School,
    details: Mapping[str, Any],
    *,
    by: User | None,
    now: datetime,
    hub: Hub | None = None,
    prospect: int | None = None,
    sending: str = "",
) -> Registration:
    """Takes a registration and mails the headteacher the agreement. Raises Refused.

    ``by`` None: the school itself, on the public page. ``details`` holds some of ``FIELDS``. An unsaved
    school is saved, or an existing one with its URN, or its name and postcode, is taken. ``hub`` invited the
    school (its ``prospect``) and has the registration at once, where it can take it. ``sending`` is the
    form's own key: sent twice, the second finds the first.
    """
    if by is not None and Role.HQ_ADMIN not in hq_roles(by):
        raise PermissionDenied
    if unknown := set(details) - FIELDS:
        raise ValueError(f"Not part of a registration: {sorted(unknown)}")
    if sending and (sent := Registration.objects.filter(sending=sending).first()) is not None:
        return sent
    if round_.status != Round.Status.OPEN:
        raise Refused(f"{round_} doesn't take registrations now.")
    token = new_token()
    registration = Registration(
        round=round_,
        registered_at=now,
        agreement_token_hash=hash_of(token),
        agreement_sent_at=now,
        turn_since=now,
        sending=sending or None,
        **details,
    )
    if round_.needs_ase_membership and not registration.ase_member:
        raise Refused(
            f"{round_} needs membership of the Association for Science Education, "
            "of the school or of one of its teachers."
        )
    _say_who_registered(registration)
    try:
        with transaction.atomic():
            registration.school = _known_school(school)
            if by is None and (sentence := why_not_round(round_, registration.school)):
                raise Refused(sentence)
            if hub is not None and _why_not_hub(registration, hub) is None:
                registration.hub = hub
            registration = registration_machine.perform(registration, "register", by=by, now=now)
            _mail_agreement(registration, token, now=now)
            _tell_of_registration(registration, by=by, now=now)
            occasion = Occasion(by=by, now=now, given={"prospect": prospect})
            events.publish("registration.made", registration, occasion)
    except IntegrityError as twice:
        if sending and (sent := Registration.objects.filter(sending=sending).first()) is not None:
            return sent
        raise Refused(
            f"We already have a registration from {school} for {round_}. We'll answer the people it names."
        ) from twice
    return registration


def why_not_round(round_: Round, school: School) -> str | None:
    """A sentence where a school can't choose this round by itself; HQ may enter it all the same."""
    if round_.kind != Kind.REACCREDITATION:
        return None
    known: Iterable[Any] = slots.with_awards(School.objects.filter(pk=school.pk))
    if any(one.award_until for one in known):
        return None
    return (
        f"{round_} is for schools that hold the award, and we know of none at {school}. "
        "Choose another round, or write to us."
    )


def _say_who_registered(registration: Registration) -> None:
    """The subject leader or headteacher is named already."""
    if registration.registrant != Registration.Registrant.OTHER:
        for what in ("name", "email"):
            theirs = getattr(registration, f"{registration.registrant}_{what}")
            setattr(registration, f"registrant_{what}", theirs)


def _tell_of_registration(registration: Registration, *, by: User | None, now: datetime) -> None:
    """The school's people that it came; and whose turn it is, unless HQ entered it itself."""
    named = [registration.subject_leader_email, registration.registrant_email]
    for address in {address.lower(): address for address in named if address}.values():
        is_leader = address.lower() == registration.subject_leader_email.lower()
        name = registration.subject_leader_name if is_leader else registration.registrant_name
        write(
            "hubs/mail/registration_received",
            to=address,
            now=now,
            context={"registration": registration, "name": name, "url": reverse("register")},
            about=_about(registration),
        )
    leader = leader_of(registration.hub) if registration.hub else None
    if leader is not None:
        _tell(leader, "hubs/mail/registration_invited", registration, now=now)
    elif by is None:
        for person in hq_people([Role.HQ_ADMIN]):
            _tell(person, "hubs/mail/registration_waiting", registration, now=now)


def _known_school(school: School) -> School:
    if not school._state.adding:
        return school
    same = School.objects.filter(is_open=True)
    found = same.filter(urn=school.urn).first() if school.urn else None
    found = found or same.filter(name__iexact=school.name, postcode__iexact=school.postcode).first()
    if found is None:
        school.save()
    return found or school


def find_agreement(token: str) -> Registration | None:
    """By the link that was sent, or by one of its reminders: a fresh sending ends them all."""
    reminded = RegistrationNudge.objects.filter(
        token_hash=hash_of(token), registration=OuterRef("pk"), turn=OuterRef("agreement_sent_at")
    )
    return (
        Registration.objects.select_related("round", "school")
        .filter(Q(agreement_token_hash=hash_of(token)) | Q(Exists(reminded)))
        .first()
    )


def agree(
    registration: Registration | str, *, name: str, now: datetime, by: User | None = None, signed_on: str = ""
) -> Registration:
    """The headteacher's word, by the mailed link (its token), or recorded by HQ from a signed paper (``by``).

    Agreeing twice changes nothing. ``signed_on`` is the day on the paper, for the history. Raises Refused
    where the link is unknown, or has run out before anybody agreed.
    """
    if isinstance(registration, str):
        found = find_agreement(registration)
        if found is None or (found.agreed_at is None and now >= found.agreement_ends_at):
            raise Refused("This link doesn't work any more. Ask for a new one.")
        by = None
    else:
        found = registration
        if by is not None and Role.HQ_ADMIN not in hq_roles(by):
            raise PermissionDenied
    with transaction.atomic():
        row = Registration.objects.select_for_update().get(pk=found.pk)
        if row.agreed_at is not None:
            return row
        reason = f"Agreement on paper, signed by {name} on {signed_on}" if signed_on else ""
        row = registration_machine.perform(
            row, "agree", by=by, now=now, reason=reason, name=" ".join(name.split())
        )
        leader = leader_of(row.hub) if row.hub else None
        if leader is not None:
            _tell(leader, "hubs/mail/registration_agreed", row, now=now)
    return row


def renew_agreement(token: str, *, now: datetime) -> Registration:
    """Who holds a link that has run out has a fresh one sent, to the headteacher's address and no other.

    Raises Refused for a link that still works: mail can't be asked for again and again.
    """
    found = find_agreement(token)
    if found is None or now < found.agreement_ends_at:
        raise Refused("Look for our newest email: its link still works.")
    return send_agreement_again(found, by=None, now=now)


@transaction.atomic
def send_agreement_again(registration: Registration, *, by: User | None, now: datetime) -> Registration:
    """A fresh link, for a month again; the old one is dead. ``by`` None: who holds the old one asked."""
    token = new_token()
    registration = registration_machine.perform(
        registration, "send_agreement", by=by, now=now, token_hash=hash_of(token)
    )
    _mail_agreement(registration, token, now=now)
    return registration


@transaction.atomic
def correct(
    registration: Registration, people: Mapping[str, Any], *, by: User, now: datetime
) -> Registration:
    """HQ puts a name or an address right. Another headteacher's address has the agreement sent there anew.

    Raises Refused once it is answered, or where the headteacher who agreed would become another.
    """
    if Role.HQ_ADMIN not in hq_roles(by):
        raise PermissionDenied
    if unknown := set(people) - PEOPLE:
        raise ValueError(f"Not a registration's people: {sorted(unknown)}")
    row = Registration.objects.select_for_update().get(pk=registration.pk)
    if row.status != Status.WAITING:
        raise Refused("This registration has been answered, so its people can't change here any more.")
    if people.get("registrant", row.registrant) != Registration.Registrant.OTHER:
        # Their name and address follow from the others'.
        people = {name: value for name, value in people.items() if not name.startswith("registrant_")}
    changed = [name for name, value in people.items() if getattr(row, name) != value]
    moved = "headteacher_email" in changed
    if moved and row.agreed_at is not None:
        raise Refused(
            f"{row.headteacher_name} has agreed as the headteacher, so that address can't change any more."
        )
    for name in changed:
        setattr(row, name, people[name])
    _say_who_registered(row)
    row.save()
    if changed:
        log.write(
            "registration.corrected", by=by, now=now, about=_about(row), detail=" ".join(sorted(changed))
        )
    return send_agreement_again(row, by=by, now=now) if moved else row


@transaction.atomic
def pass_to_hub(registration: Registration, hub: Hub, *, by: User | None, now: datetime) -> Registration:
    """HQ hands the registration to a hub; its leader hears of it and answers."""
    registration = registration_machine.perform(registration, "pass_to_hub", by=by, now=now, hub=hub)
    if (leader := leader_of(hub)) is not None:
        _tell(leader, "hubs/mail/registration_passed", registration, now=now)
    return registration


@transaction.atomic
def hand_back(registration: Registration, *, by: User, now: datetime, reason: str) -> Registration:
    """The hub leader has no room, or another reason: back to HQ."""
    hub = registration.hub
    registration = registration_machine.perform(registration, "hand_back", by=by, now=now, reason=reason)
    for person in hq_people([Role.HQ_ADMIN]):
        _tell(person, "hubs/mail/registration_handed_back", registration, now=now, hub=hub, reason=reason)
    return registration


@transaction.atomic
def decline(registration: Registration, *, by: User, now: datetime, reason: str) -> Registration:
    """HQ says no, with a reason that the school reads."""
    registration = registration_machine.perform(registration, "decline", by=by, now=now, reason=reason)
    named = (registration.subject_leader_email, registration.headteacher_email, registration.registrant_email)
    for email in {address.lower(): address for address in named if address}.values():
        write(
            "hubs/mail/registration_declined",
            to=email,
            now=now,
            context={"registration": registration, "reason": reason, "url": reverse("register")},
            about=_about(registration),
        )
    return registration


def accept(registration: Registration, *, by: User | None, now: datetime) -> Registration:
    """The answer is yes. Called while the school is being enrolled, never alone."""
    return registration_machine.perform(registration, "accept", by=by, now=now)


def _about(registration: Registration) -> str:
    return f"registration:{registration.pk}"


def _tell(person: User, template: str, registration: Registration, *, now: datetime, **more: Any) -> None:
    url = reverse("registration", args=[registration.pk])
    context = {"registration": registration, "url": url, **more}
    write(template, to=person, now=now, context=context, about=_about(registration))


def _mail_agreement(registration: Registration, token: str, *, now: datetime) -> None:
    write(
        "hubs/mail/agreement",
        to=registration.headteacher_email,
        now=now,
        context={"registration": registration, "url": reverse("agreement", args=[token])},
        about=_about(registration),
        secret=True,
    )


def _is_agreed(registration: Registration, _: Occasion) -> str | None:
    if registration.agreed_at is None:
        return "The headteacher hasn't agreed yet. You can send the agreement again."
    return None


def _is_not_agreed(registration: Registration, _: Occasion) -> str | None:
    return "The headteacher has agreed already." if registration.agreed_at is not None else None


def _has_hub(registration: Registration, _: Occasion) -> str | None:
    return "First choose a hub for this school." if registration.hub_id is None else None


def _fits_hub(registration: Registration, occasion: Occasion) -> str | None:
    hub = occasion.given.get("hub")
    return None if hub is None else _why_not_hub(registration, hub)


def _why_not_hub(registration: Registration, hub: Hub) -> str | None:
    if not HubRound.objects.filter(hub=hub, round_id=registration.round_id).exists():
        return f"{hub} doesn't take part in {registration.round}."
    leader = leader_of(hub)
    if leader is None:
        return f"{hub} has no hub leader now."
    if SchoolMembership.objects.filter(user=leader, school_id=registration.school_id).exists():
        return f"{leader} is or was at {registration.school}, so another hub has to take it."
    return None


def _round_is_open(registration: Registration, _: Occasion) -> str | None:
    if registration.round.status != Round.Status.OPEN:
        return f"{registration.round} isn't open for schools to join."
    return None


def _take_agreement(registration: Registration, occasion: Occasion) -> None:
    registration.agreed_at, registration.agreed_name = occasion.now, occasion.given["name"]
    if registration.hub_id is not None:  # from now on its leader can answer
        registration.turn_since = occasion.now


def _take_token(registration: Registration, occasion: Occasion) -> None:
    registration.agreement_token_hash = occasion.given["token_hash"]
    registration.agreement_sent_at = occasion.now


def _take_hub(registration: Registration, occasion: Occasion) -> None:
    registration.hub, registration.answer_reason = occasion.given["hub"], ""
    registration.turn_since = occasion.now


def _leave_hub(registration: Registration, occasion: Occasion) -> None:
    registration.hub, registration.answer_reason = None, occasion.reason
    registration.turn_since = occasion.now


def _take_reason(registration: Registration, occasion: Occasion) -> None:
    registration.answer_reason = occasion.reason


_ADMIN = frozenset({Role.HQ_ADMIN})
_LEADER = frozenset({Role.HUB_LEADER})
# Who comes without an account (the public page, the mailed link) or from a program.
_NOBODY = frozenset({Role.CLOCK})
_WAITING = frozenset({Status.WAITING.value})

registration_machine = Machine(
    "registration",
    [
        Move("register", "Register", frozenset(), Status.WAITING, _ADMIN | _NOBODY),
        Move(
            "agree", "Record a signed agreement", _WAITING, None, _ADMIN | _NOBODY,
            needs=("name",), guards=(_is_not_agreed,), effect=_take_agreement,
        ),
        Move(
            "send_agreement", "Send the agreement again", _WAITING, None, _ADMIN | _LEADER | _NOBODY,
            guards=(_is_not_agreed,), effect=_take_token,
        ),
        Move(
            "pass_to_hub", "Pass to a hub", _WAITING, None, _ADMIN | _NOBODY,
            needs=("hub",), guards=(_fits_hub,), effect=_take_hub,
        ),
        Move(
            "hand_back", "Hand back to HQ", _WAITING, None, _LEADER,
            needs=("reason",), guards=(_has_hub,), effect=_leave_hub,
        ),
        Move(
            "accept", "Accept", _WAITING, Status.ACCEPTED, _ADMIN | _LEADER | _NOBODY,
            guards=(_round_is_open, _has_hub, _is_agreed),
        ),
        Move("decline", "Decline", _WAITING, Status.DECLINED, _ADMIN, needs=("reason",), effect=_take_reason),
    ],
    roles=roles_towards_registration,
    label=lambda status: str(Status(status).label).lower(),
)  # fmt: skip
