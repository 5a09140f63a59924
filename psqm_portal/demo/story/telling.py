"""The whole story, told once, from the oldest round to the newest; nothing of it is sent to anybody now."""

from datetime import datetime
from random import Random

from django.db import transaction
from django.db.models import F

from accounts.models import User
from messaging.models import Email
from psqm_portal.core.clock import london_day
from psqm_portal.demo.accounts import HQ
from psqm_portal.demo.making import files
from psqm_portal.demo.story import cast as casting
from psqm_portal.demo.story import rounds, times
from psqm_portal.demo.story.joining import Tale, take_in
from psqm_portal.demo.story.stages import STAGES

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
    ("submitted", "submitted", "answered_late", "let_in_late"),
)
WORKING = (
    ("halfway", "level_proposed", "plan_sent", "signed_off", "auditing", "plan_returned", "with_hub"),
    ("halfway", "gathering", "plan_sent", "with_hub", "withdrawn"),
    ("gathering", "new", "halfway", "planning", "level_returned"),
    ("gathering", "auditing", "plan_approved", "halfway"),
)
OPENING = (("new",), ("new",), ("new",), ())


def tell(now: datetime, *, small: bool = False) -> bool:
    """Makes the data; False, and nothing is done, where it is there already.

    ``small`` tells each stage of a round once, for tests.
    """
    with transaction.atomic():
        if User.objects.filter(email=HQ.email).exists():
            return False
        _tell(now, small=small)
        _keep_quiet()
    files.forget()
    return True


def _tell(now: datetime, *, small: bool) -> None:
    random = Random(2002)  # noqa: S311 - the same story each time
    cast = casting.assemble(now, random)
    # The newest first: there the accounts' own school takes its place.
    places = times.plan(london_day(now))
    made = {place: rounds.make(cast, place) for place in places}
    tales: dict[int, list[Tale]] = {}
    for number in (2, 0, 1, 3):
        round_, calendar = made[places[number]]
        plan = (FINISHED, IN_REVIEW, WORKING, OPENING)[number]
        tales[number] = []
        told: set[str] = set()
        for hub, stages in zip(cast.hubs, plan, strict=True):
            for stage in stages:
                if small and stage in told:
                    continue
                told.add(stage)
                tale = take_in(cast, round_, calendar, hub)
                STAGES[stage](tale)
                tales[number].append(tale)


def _keep_quiet() -> None:
    """What the story wrote was sent in its own time, and no worker is asked for it.

    Certificates and invoices still get their PDFs: the sweeps ask for what isn't made.
    """
    Email.objects.filter(state=Email.State.WAITING).update(
        state=Email.State.SENT, sent_at=F("written_at"), tries=1
    )
    transaction.get_connection().run_on_commit.clear()
