"""Somebody leads a hub for a while: HQ plans it, the clock appoints them and then the leader again.

A substitution writes down what it does before it appoints anybody; :func:`follow` ends it where the hub's
leader changed in any other way. Lock order: the invitation, the hub, the substitution.
"""

from collections.abc import Iterable
from contextlib import suppress
from datetime import date, datetime, timedelta

from django.db import transaction
from django.db.models import Q, QuerySet
from django.urls import reverse

from accounts.domain.invitations import invite, withdraw
from accounts.models import Invitation, User
from hubs.domain.hubs import appoint, require_hq, stand_down
from hubs.models import Hub, HubMembership, Substitution
from hubs.queries import leader_of
from messaging.domain.mail import write
from psqm_portal.core.clock import london_day
from psqm_portal.core.machine import Refused
from psqm_portal.core.models import HistoryEntry
from psqm_portal.core.roles import Role

LONGEST = timedelta(days=366)
SCOPE = "substitution"


def check(
    hub: Hub, *, email: str, first_day: date, last_day: date, now: datetime
) -> tuple[User, User | None]:
    """The hub's leader, and who stands in where the address has an account. Raises Refused."""
    leader = leader_of(hub)
    if leader is None:
        raise Refused("This hub has no leader to stand in for. Name a hub leader instead.")
    if Substitution.objects.filter(hub=hub, ended_at=None).exists():
        raise Refused("A substitute is planned for this hub already. End that first.")
    if first_day < london_day(now):
        raise Refused("The first day must be today or later.")
    _check_last_day(first_day, last_day)
    known = User.objects.filter(email=email.strip().lower()).first()
    if known is not None and not known.is_active:
        raise Refused(f"The account of {known} is closed. Choose somebody else.")
    if known == leader:
        raise Refused(f"{leader} leads this hub already. Choose somebody else.")
    return leader, known


def plan(
    hub: Hub,
    *,
    email: str,
    name: str,
    first_day: date,
    last_day: date,
    reason: str,
    by: User | None,
    now: datetime,
) -> Substitution:
    """Starts at once where the first day is today. An address without an account is invited first."""
    require_hq(by)
    with transaction.atomic():
        Hub.objects.select_for_update().get(pk=hub.pk)
        leader, known = check(hub, email=email, first_day=first_day, last_day=last_day, now=now)
        made = Substitution(
            hub=hub,
            leader=leader,
            substitute=known,
            first_day=first_day,
            last_day=last_day,
            reason=reason.strip(),
            made_by=by,
            made_at=now,
        )
        if known is None:
            made.invitation = invite(
                email=email, name=name, role=Role.HUB_LEADER, scope=f"{SCOPE}:{hub.pk}", by=by, now=now
            )
        made.save()
        _remember(made, "plan", by=by, now=now)
        _tell(made, "substitute_planned", by=by, now=now)
        _begin_if_due(made, now=now)
    return made


@transaction.atomic
def change_last_day(
    substitution: Substitution, last_day: date, *, by: User | None, now: datetime
) -> Substitution:
    require_hq(by)
    substitution = _locked(substitution.pk)
    if substitution.ended_at is not None:
        raise Refused("This substitution is over already.")
    if last_day < london_day(now):
        raise Refused("The last day must be today or later. To end it now, choose “End it now”.")
    _check_last_day(substitution.first_day, last_day)
    if last_day != substitution.last_day:
        substitution.last_day = last_day
        substitution.save(update_fields=["last_day"])
        _remember(substitution, "change", by=by, now=now)
        _tell(substitution, "substitute_planned", by=by, now=now)
    return substitution


@transaction.atomic
def end(substitution: Substitution, *, by: User | None, now: datetime) -> Substitution:
    """Calls it off where it hasn't begun, else the leader leads again now. Twice is once."""
    require_hq(by)
    substitution = _locked(substitution.pk)
    if substitution.ended_at is None:
        _end(substitution, by=by, now=now)
    return substitution


def due(now: datetime) -> Iterable[int]:
    """Those that should begin or be over by today and aren't."""
    today = london_day(now)
    begins = Q(began_at=None, first_day__lte=today, substitute__is_active=True)
    ahead = Substitution.objects.filter(begins | Q(last_day__lt=today), ended_at=None)
    return ahead.order_by("pk").values_list("pk", flat=True)


@transaction.atomic
def keep_day(substitution_id: int, *, now: datetime) -> None:
    """What the clock does to one of them: whole or not at all, and once however often it is asked."""
    substitution = _locked(substitution_id)
    if substitution.ended_at is not None:
        return
    if london_day(now) > substitution.last_day:
        _end(substitution, by=None, now=now)
    else:
        _begin_if_due(substitution, now=now)


def join(invitation: Invitation, hub_id: int, *, now: datetime) -> None:
    """Who was invited has accepted: they lead when their day has come. Raises Refused when it is over."""
    asked = Substitution.objects.filter(
        hub=hub_id, ended_at=None, substitute=None, invitation__email=invitation.email
    ).first()
    if asked is None:
        raise Refused("Nobody is wanted for this hub any more.")
    substitution = _locked(asked.pk)
    if substitution.ended_at is not None:
        raise Refused("Nobody is wanted for this hub any more.")
    substitution.substitute = invitation.accepted_by
    substitution.save(update_fields=["substitute"])
    _begin_if_due(substitution, now=now)


def follow(membership: HubMembership, *, by: User | None, now: datetime) -> None:
    """A hub's leader came or went. Where no substitution did that, what was planned is over.

    An open invitation stays, for whoever accepts it holds its row: accepting it is refused then.
    """
    if membership.role != Role.HUB_LEADER.value:
        return
    for one in Substitution.objects.filter(hub=membership.hub_id, ended_at=None):
        expected = one.substitute_id if membership.ended_at is None else one.leader_id
        if one.began_at is None or membership.user_id != expected:
            _close(one, by=by, now=now)


def _begin_if_due(one: Substitution, *, now: datetime) -> None:
    if one.began_at is not None or not one.first_day <= london_day(now) <= one.last_day:
        return
    if one.substitute is None or not one.substitute.is_active:
        return
    one.began_at = now
    one.save(update_fields=["began_at"])
    _remember(one, "begin", by=None, now=now)
    appoint(one.hub, one.substitute, Role.HUB_LEADER, now=now)


def _end(one: Substitution, *, by: User | None, now: datetime) -> None:
    _close(one, by=by, now=now)
    for invitation in _open_invitations(one.hub_id):
        with suppress(Refused):  # accepted just now
            withdraw(invitation, by=by, now=now)
    if one.began_at is None:
        _tell(one, "substitute_called_off", by=by, now=now)
    elif one.leader.is_active:
        appoint(one.hub, one.leader, Role.HUB_LEADER, now=now)
    else:
        for led in HubMembership.objects.current().filter(hub=one.hub, role=Role.HUB_LEADER.value):
            stand_down(led, by=None, now=now)


def _close(one: Substitution, *, by: User | None, now: datetime) -> None:
    one.ended_at = now
    one.save(update_fields=["ended_at"])
    _remember(one, "end" if one.began_at else "call_off", by=by, now=now)


def _check_last_day(first_day: date, last_day: date) -> None:
    if last_day < first_day:
        raise Refused("The last day must be the first day or later.")
    if last_day - first_day > LONGEST:
        raise Refused("A substitute leads for a year at most. For longer, replace the hub leader.")


def _open_invitations(hub_id: int) -> QuerySet[Invitation]:
    return Invitation.objects.filter(scope=f"{SCOPE}:{hub_id}", accepted_at=None, withdrawn_at=None)


def _locked(pk: int) -> Substitution:
    hub_id = Substitution.objects.values_list("hub_id", flat=True).get(pk=pk)
    list(_open_invitations(hub_id).order_by("pk").select_for_update())
    Hub.objects.select_for_update().get(pk=hub_id)
    rows = Substitution.objects.select_related("hub", "leader", "substitute", "invitation")
    return rows.select_for_update(of=("self",)).get(pk=pk)


def _tell(one: Substitution, template: str, *, by: User | None, now: datetime) -> None:
    """The leader and, where they have an account, the substitute; who is invited reads it in the portal."""
    url = reverse("hub_hand_over", args=[one.hub.slug])
    home = reverse("home")
    for person, link in ((one.leader, url), (one.substitute, home)):
        if person is not None and person != by:
            context = {"person": person, "substitution": one, "url": link}
            write(f"hubs/mail/{template}", to=person, now=now, about=f"hub:{one.hub_id}", context=context)


def _remember(one: Substitution, action: str, *, by: User | None, now: datetime) -> None:
    HistoryEntry.objects.create(
        machine="substitution", subject_id=one.pk, action=action, target="", by=by, at=now
    )
