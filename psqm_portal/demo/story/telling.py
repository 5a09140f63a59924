"""The whole story, told once, from the oldest round to the newest; nothing of it is sent to anybody now."""

from collections import Counter
from datetime import date, datetime, timedelta
from random import Random

from django.db import transaction
from django.db.models import F

from accounts.models import User
from messaging.models import Email
from psqm_portal.core.clock import london_day, start_of
from psqm_portal.demo.accounts import HQ
from psqm_portal.demo.making import files
from psqm_portal.demo.story import applying, money, post, reviewing, rounds, talk, times, to_hq
from psqm_portal.demo.story import cast as casting
from psqm_portal.demo.story.appealing import appeal
from psqm_portal.demo.story.assigning import plan_the_rest
from psqm_portal.demo.story.before import tell_before
from psqm_portal.demo.story.cast import Cast
from psqm_portal.demo.story.gathering import gather
from psqm_portal.demo.story.joining import Tale, take_in
from psqm_portal.demo.story.leading import mentor, train_leaders
from psqm_portal.demo.story.moderating import look
from psqm_portal.demo.story.opening import arrive
from psqm_portal.demo.story.past import bring_in
from psqm_portal.demo.story.recruiting import recruit
from psqm_portal.demo.story.register import import_register
from psqm_portal.demo.story.sharing import keep_off_the_list
from psqm_portal.demo.story.stages import STAGES
from psqm_portal.demo.story.star import shine
from psqm_portal.demo.story.times import Calendar
from psqm_portal.demo.story.training import hold
from rounds.domain.machine import round_machine
from rounds.domain.reminders import send_reminders
from rounds.domain.reminders_hq import keep_free
from rounds.models import Round
from schools.models import School

# For each hub, in the order of the areas, the stages of its schools in that round.
FINISHED = (
    ("submitted", "submitted", "submitted"),
    ("submitted", "submitted", "submitted", "not_submitted"),
    ("submitted", "submitted", "withdrawn"),
    ("submitted", "submitted", "submitted"),
)
IN_REVIEW = (
    ("submitted", "submitted", "submitted"),
    ("submitted", "submitted", "submitted", "submitted"),
    ("submitted", "submitted", "not_submitted"),
    ("submitted", "submitted", "answered_late", "let_in_late", "signed_off_late"),
)
WORKING = (
    ("star", "gathering", "plan_sent", "halfway", "auditing", "plan_approved", "with_hub"),
    ("halfway", "gathering", "plan_approved", "halfway", "withdrawn"),
    ("deferred", "new", "halfway", "level_proposed", "level_returned"),
    ("gathering", "plan_returned", "plan_approved", "halfway"),
)
ALL = 1000
OPENING = (("new",), ("new",), ("new",), ())


def tell(now: datetime, *, small: bool = False) -> bool:
    """Makes the data; False, and nothing is done, where it is there already.

    ``small`` leaves out schools at a stage at which there are others, for tests.
    """
    with transaction.atomic():
        if User.objects.filter(email=HQ.email).exists():
            return False
        cast, working = _tell(now, small=small)
        # What reminders there were until today have been: the first run finds only what is new.
        send_reminders(start_of(london_day(now) - timedelta(days=1)) + timedelta(hours=8))
        _keep_quiet()
        send_reminders(now)
        _keep_days_free(cast, now)
        _keep_quiet()
        post.let_some_come_back(cast, working)
    files.forget()
    return True


def _tell(now: datetime, *, small: bool) -> tuple[Cast, list[Tale]]:
    """Who is in it, and the schools of the working year."""
    random = Random(2002)  # noqa: S311 - the same story each time
    cast = casting.assemble(now, random)
    places = times.plan(london_day(now))
    tell_before(cast, places[2])
    made = [rounds.make(cast, place) for place in places]
    # The working year first: there the accounts' own school takes its place.
    working = _take_in(cast, *made[2], WORKING, most=1 if small else ALL)
    finished = _take_in(cast, *made[0], FINISHED, most=2 if small else ALL)
    in_review = _take_in(cast, *made[1], IN_REVIEW, most=8 if small else ALL)
    _forget_pupils(cast.hubs[2].schools[0].school)
    opening = _take_in(cast, *made[3], OPENING, part=0.85)
    arrive(cast, *made[3])
    train_leaders(cast)
    for round_, calendar in made:
        hold(cast, round_, calendar)
        mentor(cast, round_, calendar)
    gather(cast)
    reviewing.finish(finished)
    appeal(finished)
    reviewing.go_on(in_review)
    plan_the_rest(cast, made[1][0])
    look(in_review)
    money.settle(finished, money.PROMPT)
    money.settle(in_review, money.PROMPT)
    money.settle(working, money.MIXED)
    money.overpay(in_review[0])
    money.pay_leaders(made[0][0], now)
    for number, tale in enumerate([*working[1:], *in_review, *finished, *opening]):
        if number % 3 == 0:
            talk.chat(tale, number)
        if number % 2 == 0:
            talk.discuss(tale)
    talk.announcements(cast, made[2][0])
    talk.with_hq(cast)
    to_hq.ask_for_time(working[1:])
    to_hq.tell_hq(cast, working)
    applying.sign_for_the_year(cast)
    applying.apply(cast)
    recruit(cast, made[3][0])
    import_register(cast, now)
    keep_off_the_list(cast)
    bring_in(cast)
    round_machine.perform(made[0][0], "close", by=cast.head_office, now=now)
    return cast, working


def _take_in(
    cast: Cast,
    round_: Round,
    calendar: Calendar,
    plan: tuple[tuple[str, ...], ...],
    *,
    most: int = ALL,
    part: float | None = None,
) -> list[Tale]:
    """``most``: of each stage, so many schools; ``part``: of the recruiting time, when they registered."""
    tales: list[Tale] = []
    told: Counter[str] = Counter()
    for hub, stages in zip(cast.hubs, plan, strict=True):
        for stage in stages:
            told[stage] += 1
            if told[stage] > most:
                continue
            tale = take_in(cast, round_, calendar, hub, part=part)
            shine(tale) if stage == "star" else STAGES[stage](tale)
            tales.append(tale)
    return tales


def _forget_pupils(school: School) -> None:
    """Its fee can't be told, so that its invoice is held back."""
    school.pupils = None
    school.save(update_fields=["pupils"])


def _keep_days_free(cast: Cast, now: datetime) -> None:
    """The coming Christmas."""
    today = london_day(now)
    year = today.year + (today >= date(today.year, 12, 24))
    keep_free(date(year, 12, 24), date(year + 1, 1, 1), "Christmas", by=cast.head_office, now=now)


def _keep_quiet() -> None:
    """What the story wrote was sent in its own time, and no worker is asked for it.

    Certificates and invoices still get their PDFs: the sweeps ask for what isn't made.
    """
    Email.objects.filter(state=Email.State.WAITING).update(
        state=Email.State.SENT, sent_at=F("written_at"), tries=1
    )
    transaction.get_connection().run_on_commit.clear()
