"""How scale data is laid out: rounds, hubs and people first, then submissions in batches."""

import os
from collections.abc import Iterable
from datetime import date, datetime, timedelta
from multiprocessing import get_context
from typing import Any, TypeVar

from allauth.mfa.models import Authenticator
from django.contrib.auth.hashers import make_password
from django.db import connection, models, transaction

from accounts.models import HQMembership, User
from bench.work import Work
from hubs.models import Hub, HubMembership, HubRound, Registration, Seat
from messaging.models import Conversation
from psqm_portal.core.clock import now
from psqm_portal.core.roles import Role
from rounds.domain.make import make_round
from rounds.models import Kind, Level, Round, RoundTemplate
from schools.models import School, SchoolMembership
from submissions.models import Submission
from submissions.models.submission import Status

ROUNDS, HUBS, PLACES = 20, 80, 10
BATCH = 250
ADMIN = "hq@bench.example"
NO_PASSWORD = make_password(None)
LEADER = "leader{}@bench.example"

# Statuses by the age of the round, newest first; a list is gone through in turn.
WORKING = [Status.ENROLLED] * 6 + [Status.WITH_HUB, Status.SIGNED_OFF]
JUDGED = [Status.SUBMITTED, Status.IN_REVIEW, Status.IN_REVIEW, Status.REVIEWED, Status.DECIDED]
FINISHED = [Status.NOTIFIED] * 22 + [Status.NOT_SUBMITTED, Status.WITHDRAWN, Status.DEFERRED]
STAGES = {0: WORKING, 1: JUDGED}

Row = TypeVar("Row", bound=models.Model)


def save(rows: Iterable[Row]) -> list[Row]:
    """Insert them; they know their ids afterwards."""
    made = list(rows)
    if made and connection.vendor == "postgresql":
        _copy(type(made[0]), made)
    elif made:
        type(made[0])._default_manager.bulk_create(made, batch_size=2000)
    return made


def _copy(model: type[Row], made: list[Row]) -> None:
    """Inserts of three million rows take half as long again."""
    options = model._meta  # noqa: SLF001 - Django documents it
    table, fields = options.db_table, options.concrete_fields
    columns = ", ".join(f'"{field.column}"' for field in fields)
    with connection.cursor() as cursor:
        sequence = "SELECT nextval(pg_get_serial_sequence(%s, 'id')) FROM generate_series(1, %s)"
        cursor.execute(sequence, [table, len(made)])
        for row, (pk,) in zip(made, cursor.fetchall(), strict=True):
            row.pk = pk
        with cursor.copy(f'COPY "{table}" ({columns}) FROM STDIN') as copy:
            for row in made:
                copy.write_row(
                    [field.get_db_prep_save(field.pre_save(row, add=True), connection) for field in fields]
                )


class Scale:
    """``wanted`` submissions over up to 20 rounds and 80 hubs, one for each school."""

    def __init__(self, wanted: int) -> None:
        self.wanted = wanted
        self.now = now()

    def make(self) -> None:
        with transaction.atomic():
            self.admin = self._admin()
            self.rounds = self._rounds()
            self.hubs = self._hubs()
            self.seats = self._seats()
            self.levels: list[Level] = list(self.rounds[0].framework.levels.all())
        batches = [range(first, min(first + BATCH, self.wanted)) for first in range(0, self.wanted, BATCH)]
        if connection.vendor == "postgresql" and len(batches) > 1:
            connection.close()  # the children open their own
            with get_context("fork").Pool(os.cpu_count()) as pool:
                pool.map(self._batch, batches, chunksize=1)
        else:
            for batch in batches:
                self._batch(batch)

    def settle(self) -> None:
        """As a server that has run for a while: PostgreSQL knows its tables. Not in a transaction."""
        if connection.vendor == "postgresql":
            with connection.cursor() as cursor:
                cursor.execute("VACUUM ANALYZE")

    def _admin(self) -> User:
        admin = User.objects.create_user(ADMIN, "Bench Admin")
        HQMembership.objects.create(user=admin, role=Role.HQ_ADMIN.value, started_at=self.now)
        Authenticator.objects.create(user=admin, type=Authenticator.Type.TOTP, data={})
        return admin

    def _rounds(self) -> list[Round]:
        """Newest first."""
        templates = {
            row.season: row for row in RoundTemplate.objects.filter(kind=Kind.STANDARD).order_by("season")
        }
        today = self.now.date()
        count = max(1, min(ROUNDS, self.wanted // 10))
        made = []
        for index in range(count):
            season = ["autumn", "spring"][index % 2]
            made.append(make_round(templates[season], today.year - index // 2, by=None, now=self.now))
        Round.objects.filter(pk__in=[one.pk for one in made[:2]]).update(status=Round.Status.OPEN)
        Round.objects.filter(pk__in=[one.pk for one in made[2:]]).update(status=Round.Status.CLOSED)
        return made

    def _hubs(self) -> list[tuple[Hub, User]]:
        """Each with its leader; as many as leave no hub with more than 7 schools in a round."""
        in_a_round = -(-self.wanted // len(self.rounds))
        count = max(5, min(HUBS, -(-in_a_round // 7)))
        hubs = save(
            Hub(name=f"Hub {number:02d}", slug=f"hub-{number:02d}", place=f"Town {number}")
            for number in range(count)
        )
        leaders = save(
            User(email=LEADER.format(number), name=f"Leader {number}", password=NO_PASSWORD)
            for number in range(count)
        )
        save(
            HubMembership(
                hub=hub,
                user=leader,
                role=Role.HUB_LEADER.value,
                started_at=self.now,
                payee_reference=f"UH-{hub.pk}",
            )
            for hub, leader in zip(hubs, leaders, strict=True)
        )
        return list(zip(hubs, leaders, strict=True))

    def _seats(self) -> dict[tuple[int, int], list[Seat]]:
        hub_rounds = save(HubRound(hub=hub, round=round_) for round_ in self.rounds for hub, _ in self.hubs)
        seats = save(
            Seat(hub_round=hub_round, number=number)
            for hub_round in hub_rounds
            for number in range(1, PLACES + 1)
        )
        free: dict[tuple[int, int], list[Seat]] = {}
        for seat in seats:
            free.setdefault((seat.hub_round.round_id, seat.hub_round.hub_id), []).append(seat)
        return free

    @transaction.atomic
    def _batch(self, numbers: range) -> None:
        schools = save(
            School(
                name=f"School {number:05d}",
                urn=str(100000 + number),
                town=f"Town {number % 300}",
                postcode=f"AB{number % 90} {number % 9}CD",
                pupils=60 + number % 400,
            )
            for number in numbers
        )
        leaders = self._people(schools, numbers, Role.SUBJECT_LEADER)
        heads = self._people(schools, numbers, Role.HEADTEACHER)
        conversations = save(Conversation(started_at=self.now) for _ in numbers)
        rows = [
            self._submission(number, school, conversation)
            for number, school, conversation in zip(numbers, schools, conversations, strict=True)
        ]
        registrations = save(
            self._registration(row, leader, head)
            for row, leader, head in zip(rows, leaders, heads, strict=True)
        )
        for row, registration in zip(rows, registrations, strict=True):
            row.registration = registration
        save(rows)
        Work(rows, leaders, hubs=self.hubs, admin=self.admin, now=self.now, save=save).make()

    def _people(self, schools: list[School], numbers: range, role: Role) -> list[User]:
        word = role.value.replace(" ", ".")
        people = save(
            User(
                email=f"{word}{number}@bench.example",
                name=f"{role.value.title()} {number}",
                password=NO_PASSWORD,
            )
            for number in numbers
        )
        save(
            SchoolMembership(school=school, user=person, role=role.value, started_at=self.now)
            for school, person in zip(schools, people, strict=True)
        )
        return people

    def _submission(self, number: int, school: School, conversation: Conversation) -> Submission:
        index = number % len(self.rounds)
        turn = number // len(self.rounds)
        round_, (hub, _) = self.rounds[index], self.hubs[turn % len(self.hubs)]
        stages = STAGES.get(index, FINISHED)
        status = stages[turn % len(stages)]
        seat = self.seats[round_.pk, hub.pk][turn // len(self.hubs)]
        working = status in {Status.ENROLLED, Status.WITH_HUB, Status.SIGNED_OFF}
        return Submission(
            school=school,
            round=round_,
            hub=hub,
            seat=None if status in {Status.WITHDRAWN, Status.DEFERRED} else seat,
            conversation=conversation,
            status=status,
            target_level=self.levels[turn % len(self.levels)],
            enrolled_at=self._day(round_, 9),
            sent_for_sign_off_at=None if status == Status.ENROLLED else self._day(round_, 17),
            submitted_at=None if working else self._day(round_, 18),
            cycle=0 if working else 1,
        )

    def _day(self, round_: Round, month: int) -> datetime:
        """The first of a month counted from January of the round's year, never in the future."""
        day = date(round_.year + (month - 1) // 12, (month - 1) % 12 + 1, 1)
        return min(self.now - timedelta(days=1), self.now + (day - self.now.date()))

    def _registration(self, row: Submission, leader: User, head: User) -> Registration:
        fields: dict[str, Any] = {"registered_at": row.enrolled_at, "agreed_at": row.enrolled_at}
        return Registration(
            round=row.round,
            school=row.school,
            hub=row.hub,
            status=Registration.Status.ACCEPTED,
            subject_leader_name=leader.name,
            subject_leader_email=leader.email,
            headteacher_name=head.name,
            headteacher_email=head.email,
            agreement_token_hash=f"{row.school_id:064d}",
            agreed_name=head.name,
            **fields,
        )
