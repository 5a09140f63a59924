"""Two records of one school become one: everything moves to the one that stays; decision 0071.

Relations are found by themselves, so none is forgotten. Each app says in ``relations`` what its rows are
called, and settles what may stand once only: it drops or ends the second, or says why two can't become one.
"""

import hashlib
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.core.exceptions import PermissionDenied
from django.db import IntegrityError, transaction
from django.db.models import ForeignObjectRel

from accounts.models import Invitation, User
from accounts.queries import hq_roles
from psqm_portal.core import events, log
from psqm_portal.core.machine import Occasion, Refused
from psqm_portal.core.roles import Role
from schools.domain.invitations import scope_of
from schools.models import School, SchoolMembership

# What HQ chooses between where the two say different things.
CHOSEN = (
    "name", "urn", "phase", "street", "town", "postcode", "local_authority", "county", "country", "pupils",
    "phone", "website", "headteacher_name", "trust", "ase_member", "ase_number", "is_open",
)  # fmt: skip
# What says more about another field comes along with it.
COMING_ALONG = {
    "urn": (
        "register_type", "register_status", "register_phone", "register_website", "opened_on", "closed_on",
    ),
    "postcode": ("easting", "northing"),
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Relation:
    """``things``: what the rows are called, one of them ("prospect"; odd plurals "reply,replies").

    ``why_not`` gives a sentence where two schools' rows can't stand together; ``settle`` is called for
    (stays, goes, now) before the rows move. ``is_locked_first``: its verbs lock it before the school.
    """

    things: str
    why_not: Callable[[School, School], str | None] | None = None
    settle: Callable[[School, School, datetime], None] | None = None
    is_locked_first: bool = False


# "hubs.Prospect.school" → what is known of it. Apps above fill this in their ``AppConfig.ready``.
relations: dict[str, Relation] = {}


@dataclass(frozen=True, slots=True)
class Moving:
    """A kind of rows, as the page before a merge shows it."""

    things: str
    here: int
    there: int

    @property
    def plural(self) -> str:
        one, _, many = self.things.partition(",")
        return many or f"{one}s"


def related() -> dict[str, ForeignObjectRel]:
    """Every relation to schools, also those without a name at the school, by "app.Model.field"."""
    fields = School._meta.get_fields(include_hidden=True)  # noqa: SLF001 - Django documents it
    rows = [one for one in fields if isinstance(one, ForeignObjectRel) and not one.many_to_many]
    return {f"{one.related_model._meta.label}.{one.field.name}": one for one in rows}  # noqa: SLF001 - as above


def moving(here: School, there: School) -> list[Moving]:
    """How many rows of each kind the two have."""
    found = [
        Moving(relations[key].things if key in relations else key, _rows(one, here), _rows(one, there))
        for key, one in related().items()
    ]
    invited = [Invitation.objects.filter(scope=scope_of(school)).count() for school in (here, there)]
    found.append(Moving("invitation", *invited))
    return [one for one in found if one.here or one.there]


def _rows(relation: ForeignObjectRel, school: School) -> int:
    return relation.related_model._base_manager.filter(**{relation.field.name: school}).count()


def differing(one: School, other: School) -> list[str]:
    return [name for name in CHOSEN if getattr(one, name) != getattr(other, name)]


def default_taken(stays: School, goes: School) -> set[str]:
    """The fields in which the record that goes knows more."""
    return {name for name in differing(stays, goes) if getattr(stays, name) in {None, "", False}}


def fuller(one: School, other: School) -> School:
    """The one to stay unless HQ says otherwise: with a URN, with more rows, with more filled in."""

    def weight(school: School) -> tuple[Any, ...]:
        rows = sum(_rows(relation, school) for relation in related().values())
        return bool(school.urn), rows, sum(bool(getattr(school, name)) for name in CHOSEN), -school.pk

    return max((one, other), key=weight)


def why_not(stays: School, goes: School) -> list[str]:
    """Sentences: what has to be done before these two can become one."""
    found = [relations[key].why_not for key in related() if key in relations]
    return [sentence for ask in found if ask is not None and (sentence := ask(stays, goes))]


def mark(one: School, other: School) -> str:
    """Of all that the page before a merge shows of the two, whichever stays."""
    here, there = sorted((one, other), key=lambda school: school.pk)
    told = [[str(getattr(school, name)) for name in CHOSEN] for school in (here, there)]
    return hashlib.sha256(repr([told, moving(here, there)]).encode()).hexdigest()[:32]


def merge(
    stays: School, goes: School, *, taken: Collection[str], by: User, now: datetime, seen: str | None = None
) -> School:
    """All in one transaction: ``goes`` is closed and leads to ``stays``, which takes its ``taken`` fields.

    ``seen``: the mark of what the person was shown. Raises PermissionDenied but for HQ's admins, and Refused
    where the two can't become one.
    """
    if Role.HQ_ADMIN not in hq_roles(by):
        raise PermissionDenied
    if unknown := set(taken) - set(CHOSEN):
        raise ValueError(f"Not chosen between: {sorted(unknown)}")
    if stays.pk == goes.pk:
        raise Refused("These are one record already. Choose another one.")
    try:
        with transaction.atomic():
            return _merge(stays, goes, taken=taken, by=by, now=now, seen=seen)
    except IntegrityError as twice:
        raise Refused(
            "The two have something that one school can’t have twice. Write to us: we look."
        ) from twice


def _merge(
    stays: School, goes: School, *, taken: Collection[str], by: User, now: datetime, seen: str | None
) -> School:
    both = [stays.pk, goes.pk]
    found = related()
    # In the order of the verbs that may meet a merge: accepting an invitation, enrolling, then the schools.
    scopes = [scope_of(stays), scope_of(goes)]
    list(Invitation.objects.select_for_update().filter(scope__in=scopes).order_by("pk").values_list("pk"))
    for key in sorted(key for key in found if key in relations and relations[key].is_locked_first):
        rows = found[key].related_model._base_manager.filter(**{f"{found[key].field.name}__in": both})
        list(rows.order_by("pk").select_for_update(of=("self",)).values_list("pk"))
    locked = {
        row.pk: row
        for row in School.objects.filter(pk__in=both).order_by("pk").select_for_update(no_key=True)
    }
    stays, goes = locked[stays.pk], locked[goes.pk]
    for school in (stays, goes):
        if school.merged_into_id is not None:
            raise Refused(f"{school} has been merged with another record already.")
    if seen is not None and seen != mark(stays, goes):
        raise Refused("One of the two was changed since you opened this page. Look at them again.")
    if sentences := why_not(stays, goes):
        raise Refused(" ".join(sentences))
    _take_fields(stays, goes, taken)
    for key, relation in found.items():
        if key in relations and (settle := relations[key].settle) is not None:
            settle(stays, goes, now)
        name = relation.field.name
        relation.related_model._base_manager.filter(**{name: goes}).update(**{name: stays})
    _move_invitations(stays, goes, now)
    goes.merged_into, goes.is_open, goes.successor = stays, False, None
    goes.save()
    if stays.successor_id in both:
        School.objects.filter(pk=stays.pk).update(successor=None)
    log.write("school.merged", by=by, now=now, about=f"school:{stays.pk}", detail=f"school:{goes.pk}")
    log.write("school.merged", by=by, now=now, about=f"school:{goes.pk}", detail=f"into school:{stays.pk}")
    events.publish("school.merged", stays, Occasion(by, now, given={"goes": goes}))
    return stays


def _take_fields(stays: School, goes: School, taken: Collection[str]) -> None:
    names = {name for name in CHOSEN if name in taken}
    if goes.urn and not stays.urn:
        names.add("urn")  # the register goes on with it
    given: Mapping[str, Any] = {
        name: getattr(goes, name) for one in names for name in (one, *COMING_ALONG.get(one, ()))
    }
    if stays.easting is None and stays.postcode == goes.postcode:
        given = {**given, "easting": goes.easting, "northing": goes.northing}
    if stays.successor_id is None:
        stays.successor_id = goes.successor_id
    if "urn" in names:
        # One URN is of one row at any moment.
        goes.urn, urn = None, stays.urn
        goes.save(update_fields=["urn"])
        goes.urn = urn
    for name, value in given.items():
        setattr(stays, name, value)
    stays.save()


def _move_invitations(stays: School, goes: School, now: datetime) -> None:
    """Whoever was invited twice keeps the link to the record that stays."""
    waiting = Invitation.objects.filter(scope=scope_of(stays), accepted_at=None, withdrawn_at=None)
    twice = set(waiting.values_list("email", "role"))
    for row in Invitation.objects.filter(scope=scope_of(goes)).order_by("pk"):
        row.scope = scope_of(stays)
        if row.accepted_at is None and row.withdrawn_at is None and (row.email, row.role) in twice:
            row.withdrawn_at = now
        row.save(update_fields=["scope", "withdrawn_at"])


def surviving(pk: int) -> School:
    """The record that stands for this school now, locked against a merge until the transaction ends."""
    row = School.objects.select_for_update(no_key=True).get(pk=pk)
    return row if row.merged_into_id is None else surviving(row.merged_into_id)


def _one_place_each(stays: School, goes: School, now: datetime) -> None:
    """Who has the same place at both keeps one; the other stays as a former one, as all do."""
    held = set(SchoolMembership.objects.current().filter(school=stays).values_list("user", "role"))
    for row in SchoolMembership.objects.current().filter(school=goes).order_by("pk"):
        if (row.user_id, row.role) in held:
            row.ended_at = max(now, row.started_at)
            row.save(update_fields=["ended_at"])


relations |= {
    "schools.School.successor": Relation("school that it follows,schools that it follows"),
    "schools.School.merged_into": Relation("record merged before,records merged before"),
    "schools.SchoolMembership.school": Relation("person’s place,people’s places", settle=_one_place_each),
    "schools.RegisterRow.school": Relation("line of a register’s file,lines of registers’ files"),
}
