"""Whom announcements may go to: a hub's schools in a round, a round's people, all hub leaders."""

from collections.abc import Callable, Collection, Iterable, Mapping
from functools import partial

from django.db.models import CharField, Exists, Q, QuerySet, Value
from django.db.models.functions import Cast, Concat

from accounts.models import HQMembership, User
from hubs.models import HubMembership, HubRound
from messaging.slots import Addressee, Audience, AudienceSource, audience_sources
from psqm_portal.core.roles import HUB, SCHOOL, Role
from rounds.models import Round
from schools.models import SchoolMembership

ALL_LEADERS = "hub-leaders:all"
# Part of a round's people -> in words.
PARTS = {
    "schools": "The schools in {}",
    "leaders": "The hub leaders in {}",
    "all": "The schools and hub leaders in {}",
}
RUNNING = [Round.Status.OPEN, Round.Status.CLOSED]


def _is_admin(user: User) -> QuerySet[HQMembership]:
    return HQMembership.objects.current().filter(user=user, role=Role.HQ_ADMIN.value)


def _held(user: User, *roles: Role) -> QuerySet[HubMembership]:
    return HubMembership.objects.current().filter(user=user, role__in=[role.value for role in roles])


def _school_members() -> QuerySet[SchoolMembership]:
    """Subject leaders and headteachers: who also take part in the talk with the hub."""
    return SchoolMembership.objects.current().filter(
        role__in=[role.value for role in SCHOOL], user__is_active=True
    )


def _in_words(
    memberships: Iterable[SchoolMembership | HubMembership], places: Callable[..., object]
) -> list[Addressee]:
    """One for each person, with all that they are."""
    found: dict[int, tuple[User, list[str]]] = {}
    for one in memberships:
        found.setdefault(one.user_id, (one.user, []))[1].append(f"{places(one)}, {one.role}")
    return [Addressee(person, "; ".join(dict.fromkeys(where))) for person, where in found.values()]


def _of_schools(**where: object) -> list[Addressee]:
    rows = _school_members().filter(**where).select_related("user", "school").distinct()
    return _in_words(rows.order_by("school__name", "user__name", "pk"), lambda one: one.school)


def _of_leaders(**where: object) -> list[Addressee]:
    rows = HubMembership.objects.current().filter(role=Role.HUB_LEADER.value, user__is_active=True, **where)
    rows = rows.select_related("user", "hub").distinct().order_by("hub__name", "pk")
    return _in_words(rows, lambda one: one.hub)


def _pk(key: str) -> int:
    return int(key.split(":")[1])


# A hub's schools in a round --------------------------------------------------------------------------


def _hub_rounds(user: User) -> QuerySet[HubRound]:
    """Those whose schools a person may write to: the hub's leader and mentors, HQ's admins."""
    mine = Q(hub__in=_held(user, *HUB).values("hub"))
    return HubRound.objects.filter(mine | Exists(_is_admin(user))).select_related("hub", "round")


def _hub_round_audience(row: HubRound) -> Audience:
    return Audience(
        key=f"hub-round:{row.pk}",
        title=f"The schools of {row.hub} in {row.round}",
        also="the hub’s leader and mentors, and HQ",
        files_owner=f"hub-{row.hub_id}",
        people=partial(_of_schools, school__submissions__seat__hub_round=row),
    )


def _own_hub_rounds(user: User) -> list[Audience]:
    rows = HubRound.objects.filter(hub__in=_held(user, *HUB).values("hub"), round__status__in=RUNNING)
    return [
        _hub_round_audience(row)
        for row in rows.select_related("hub", "round").order_by("-round__year", "round__season", "hub__name")
    ]


def _open_hub_round(user: User, key: str) -> Audience | None:
    pk = key.partition(":")[2]
    row = _hub_rounds(user).filter(pk=int(pk)).first() if pk.isdecimal() and len(pk) < 16 else None
    return _hub_round_audience(row) if row else None


def _keys(rows: QuerySet, before: str, after: str = "") -> QuerySet:
    key = Concat(Value(before), Cast("pk", CharField()), Value(after), output_field=CharField())
    return rows.order_by().annotate(key=key).values("key")


def _of_own_schools(user: User, keys: Collection[str]) -> set[str]:
    mine = _school_members().filter(user=user).values("school")
    rows = HubRound.objects.filter(pk__in=map(_pk, keys), seats__submission__school__in=mine).order_by()
    return {f"hub-round:{pk}" for pk in rows.values_list("pk", flat=True)}


def _of_own_hubs(user: User) -> Q:
    mine = HubRound.objects.filter(hub__in=_held(user, *HUB).values("hub"))
    own = Q(audience__in=_keys(mine, "hub-round:"))
    return own | Q(audience__startswith="hub-round:") & Q(Exists(_is_admin(user)))


def _hub_round_titles(keys: Collection[str]) -> dict[str, str]:
    rows = HubRound.objects.filter(pk__in=map(_pk, keys))
    return {
        f"hub-round:{row.pk}": _hub_round_audience(row).title for row in rows.select_related("hub", "round")
    }


# A round's people ------------------------------------------------------------------------------------


def _round_people(round_: Round, part: str) -> list[Addressee]:
    schools = _of_schools(school__submissions__seat__hub_round__round=round_) if part != "leaders" else []
    leaders = _of_leaders(hub__hub_rounds__round=round_) if part != "schools" else []
    found = {one.person.pk: one for one in leaders}
    for one in schools:
        also = found.get(one.person.pk)
        found[one.person.pk] = Addressee(one.person, f"{also.place}; {one.place}") if also else one
    return list(found.values())


def _round_audience(round_: Round, part: str) -> Audience:
    return Audience(
        key=f"round:{round_.pk}:{part}",
        title=PARTS[part].format(round_),
        also="HQ’s admins",
        files_owner="hq",
        people=lambda: _round_people(round_, part),
    )


def _rounds(user: User) -> list[Audience]:
    rows = Round.objects.filter(Exists(_is_admin(user)), status__in=RUNNING)
    rows = rows.order_by("-year", "season", "kind")
    return [_round_audience(row, part) for row in rows for part in PARTS]


def _open_round(user: User, key: str) -> Audience | None:
    _, pk, part = (*key.split(":"), "", "")[:3]
    if not pk.isdecimal() or len(pk) > 15 or part not in PARTS:
        return None
    row = Round.objects.filter(Exists(_is_admin(user)), pk=int(pk)).first()
    return _round_audience(row, part) if row else None


def _in_round(user: User, keys: Collection[str]) -> set[str]:
    own = _school_members().filter(user=user).values("school")
    led = _held(user, Role.HUB_LEADER).values("hub")
    rounds = Round.objects.filter(pk__in=map(_pk, keys)).order_by()
    schools = rounds.filter(hub_rounds__seats__submission__school__in=own)
    leads = rounds.filter(hub_rounds__hub__in=led)
    may = {
        "schools": set(schools.values_list("pk", flat=True)),
        "leaders": set(leads.values_list("pk", flat=True)),
    }
    may["all"] = may["schools"] | may["leaders"]
    return {key for key in keys if _pk(key) in may[key.split(":")[2]]}


def _round_titles(keys: Collection[str]) -> dict[str, str]:
    rows = Round.objects.in_bulk([_pk(key) for key in keys])
    return {
        key: PARTS[part].format(rows[int(pk)])
        for key in keys
        for _, pk, part in [key.split(":")]
        if int(pk) in rows
    }


def _admin_sees(kind: str) -> Callable[[User], Q]:
    return lambda user: Q(audience__startswith=f"{kind}:") & Q(Exists(_is_admin(user)))


# All hub leaders -------------------------------------------------------------------------------------


def _leaders_audience() -> Audience:
    return Audience(
        key=ALL_LEADERS, title="All hub leaders", also="HQ’s admins", files_owner="hq", people=_of_leaders
    )


def _leaders(user: User) -> list[Audience]:
    return [_leaders_audience()] if _is_admin(user).exists() else []


def _open_leaders(user: User, key: str) -> Audience | None:
    return _leaders_audience() if key == ALL_LEADERS and _is_admin(user).exists() else None


def _leaders_title(keys: Collection[str]) -> Mapping[str, str]:
    return dict.fromkeys(keys, "All hub leaders")


audience_sources += [
    AudienceSource(
        "hub-round", _own_hub_rounds, _open_hub_round, _of_own_schools, _of_own_hubs, _hub_round_titles
    ),
    AudienceSource("round", _rounds, _open_round, _in_round, _admin_sees("round"), _round_titles),
    AudienceSource(
        "hub-leaders",
        _leaders,
        _open_leaders,
        lambda user, keys: keys if _held(user, Role.HUB_LEADER).exists() else (),
        _admin_sees("hub-leaders"),
        _leaders_title,
    ),
]
