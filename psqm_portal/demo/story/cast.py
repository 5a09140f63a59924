"""Who is in the story: HQ, four hubs with their people, sixty schools with theirs."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from random import Random

from allauth.account.models import EmailAddress
from django.contrib.auth.hashers import make_password
from django.utils.text import slugify

from accounts.domain import hq
from accounts.models import User
from hubs.domain.hubs import appoint, set_payee_reference
from hubs.models import Hub
from psqm_portal.core.roles import Role
from psqm_portal.demo import accounts
from psqm_portal.demo.accounts import Account
from psqm_portal.demo.texts.places import AREAS, FAMILY, GIVEN, STREETS, Area
from schools.models import School

# The portal's people of the first hour came this long before the story's present.
BEGAN_BEFORE = timedelta(days=1800)


@dataclass(slots=True)
class SchoolPeople:
    """A school with the people its registration names."""

    school: School
    leader: User
    head: User
    finance: User | None
    second: User | None = None


@dataclass(slots=True)
class HubPeople:
    hub: Hub
    leader: User
    mentor: User
    # Schools that nobody took into a round yet, in order.
    schools: list[SchoolPeople] = field(default_factory=list)

    def next_school(self) -> SchoolPeople:
        return self.schools.pop(0)


@dataclass(slots=True)
class Cast:
    head_office: User
    finance: User
    hubs: list[HubPeople]
    random: Random
    now: datetime


def assemble(now: datetime, random: Random) -> Cast:
    """Everybody, with verified addresses. Only the accounts of the sign-in page have a password."""
    began = now - BEGAN_BEFORE
    names = _names(random)
    known = {account: _person(account.name, account.email, began) for account in accounts.ACCOUNTS}
    secret = make_password(accounts.PASSWORD)
    for person in known.values():
        person.password = secret
    leaders = [known[accounts.HUB_LEADER], known[accounts.REVIEWER]]
    leaders += [_hub_person(next(names), area, began) for area in AREAS[2:]]
    mentors = [known[accounts.MENTOR], *(_hub_person(next(names), area, began) for area in AREAS[1:])]
    sketches = [_sketch_schools(area, random, names, began) for area in AREAS]
    _first_school_is_the_accounts(sketches[0][0], known)
    people = [*known.values(), *leaders[2:], *mentors[1:]]
    for sketch in (one for area in sketches for one in area):
        people += [one for one in (sketch.leader, sketch.second, sketch.head, sketch.finance) if one]
    _save_people(list({person.email: person for person in people}.values()))
    School.objects.bulk_create(sketch.school for area in sketches for sketch in area)
    _start_hq(known, began)
    hubs = [
        HubPeople(_hub(area, schools[0].school), leader, mentor, schools)
        for area, leader, mentor, schools in zip(AREAS, leaders, mentors, sketches, strict=True)
    ]
    for number, hub in enumerate(hubs):
        _start_hub(hub, f"UH-{4107 + 13 * number}", began)
    return Cast(known[accounts.HQ], known[accounts.FINANCE], hubs, random, now)


def _names(random: Random) -> Iterator[str]:
    names = [f"{given} {family}" for given in GIVEN for family in FAMILY]
    random.shuffle(names)
    yield from names


def _person(name: str, email: str, began: datetime) -> User:
    return User(name=name, email=email, password=make_password(None), joined_at=began)


def _hub(area: Area, first: School) -> Hub:
    """Its distances are measured from its first school."""
    return Hub(
        name=area.hub,
        slug=slugify(area.hub),
        place=area.place,
        area=area.authority,
        postcode=first.postcode,
        easting=first.easting,
        northing=first.northing,
    )


def _near(middle: tuple[int, int], random: Random) -> tuple[int, int]:
    """Within ten miles or so."""
    return middle[0] + random.randrange(-11_000, 11_000), middle[1] + random.randrange(-11_000, 11_000)


def _hub_person(name: str, area: Area, began: datetime) -> User:
    return _person(name, f"{_dotted(name)}@{slugify(area.hub)}.example", began)


def _dotted(name: str) -> str:
    return slugify(name).replace("-", ".")


def _sketch_schools(area: Area, random: Random, names: Iterator[str], began: datetime) -> list[SchoolPeople]:
    schools = []
    towns = {town: _near(area.middle, random) for _, _, town, _ in area.schools}
    for number, (name, phase, town, pupils) in enumerate(area.schools, start=1):
        site = f"{slugify(name.removesuffix(' School'))}.{area.letters.lower()}.example"
        member = random.random() < 0.6
        easting, northing = towns[town]
        school = School(
            name=name,
            urn=f"99{ord(area.letters[0]) - 64:02d}{number:02d}",
            phase=phase,
            street=f"{random.randrange(1, 90)} {random.choice(STREETS)}",
            town=town,
            postcode=f"{area.letters}{random.randrange(1, 19)} {random.randrange(1, 9)}"
            f"{random.choice('ABDEFGHJLN')}{random.choice('ABDEFGHJLN')}",
            easting=easting,
            northing=northing,
            local_authority=area.authority,
            pupils=pupils,
            phone=f"01632 960{random.randrange(100, 999)}",
            website=f"https://{site}/",
            ase_member=member,
            ase_number=f"{random.randrange(100000, 999999)}" if member else "",
        )

        def at_school(site: str = site) -> User:
            person = next(names)
            return _person(person, f"{_dotted(person)}@{site}", began)

        schools.append(
            SchoolPeople(
                school,
                leader=at_school(),
                head=at_school(),
                finance=at_school() if number % 3 != 2 else None,
                second=at_school() if number % 4 == 1 else None,
            )
        )
    return schools


def _first_school_is_the_accounts(sketch: SchoolPeople, known: dict[Account, User]) -> None:
    sketch.leader, sketch.head = known[accounts.SUBJECT_LEADER], known[accounts.HEADTEACHER]


def _save_people(people: list[User]) -> None:
    User.objects.bulk_create(people)
    EmailAddress.objects.bulk_create(
        EmailAddress(user=person, email=person.email, verified=True, primary=True) for person in people
    )


def _start_hq(known: dict[Account, User], began: datetime) -> None:
    hq.appoint(known[accounts.HQ], Role.HQ_ADMIN, now=began)
    hq.appoint(known[accounts.FINANCE], Role.HQ_FINANCE, now=began)
    hq.appoint(known[accounts.VIEWER], Role.HQ_VIEWER, now=began)


def _start_hub(people: HubPeople, payee_reference: str, began: datetime) -> None:
    people.hub.save()
    membership = appoint(people.hub, people.leader, Role.HUB_LEADER, now=began)
    set_payee_reference(membership, payee_reference, by=None, now=began)
    appoint(people.hub, people.mentor, Role.MENTOR, now=began)
