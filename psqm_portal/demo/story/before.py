"""Three years before: the accounts' own school got its award, which it renews in the working year."""

from dataclasses import replace
from datetime import timedelta
from random import Random

from django.core.files.storage import default_storage

from psqm_portal.core.clock import london_day
from psqm_portal.core.models import StoredFile
from psqm_portal.demo.story import money, reviewing, rounds
from psqm_portal.demo.story.cast import Cast
from psqm_portal.demo.story.joining import Tale, take_in
from psqm_portal.demo.story.stages import submitted
from psqm_portal.demo.story.times import Place
from psqm_portal.demo.story.training import hold
from rounds.domain.machine import round_machine
from submissions.domain.earlier import begin
from submissions.models import Evidence, Part

YEARS = 3
# Uploaded files go this long after the outcome was told (product, section 8).
FILES_KEPT = timedelta(days=365)

# What the school does with its earlier work this year; the other parts are still to be decided.
CHOICES = {
    Part.Beginning.KEPT: ("a2",),
    Part.Beginning.CHANGED: ("a1", "d1"),
    Part.Beginning.FRESH: ("action-plan", "b2", "c1", "c2", "principles", "cpd"),
}


def tell_before(cast: Cast, working: Place) -> Tale:
    """Told with chances of its own, so that the rest of the story stays as it is."""
    own = replace(cast, random=Random(1999))  # noqa: S311 - the same story each time
    round_, calendar = rounds.make(own, replace(working, year=working.year - YEARS))
    tale = take_in(own, round_, calendar, own.hubs[0], people=own.hubs[0].schools[0])
    submitted(tale)
    hold(own, round_, calendar)
    reviewing.finish([tale])
    money.settle([tale], money.PROMPT)
    money.pay_leaders(round_, cast.now)
    _let_files_go(tale)
    ended = round_machine.perform(round_, "close", by=cast.head_office, now=tale.steps.later(days=30))
    round_machine.perform(ended, "archive", by=cast.head_office, now=tale.steps.later(days=300))
    return tale


def choose(tale: Tale) -> None:
    """Some parts kept, some changed, some started fresh, some not decided yet."""
    now = tale.steps.later(days=3)
    for choice, codes in CHOICES.items():
        for part in tale.submission.parts.filter(code__in=codes):
            part.submission = tale.submission
            begin(part, choice, by=tale.leader, now=now)


def _let_files_go(tale: Tale) -> None:
    """A year after the outcome the files went, and the families' consent had ended before."""
    gone_at = min(tale.steps.later(days=FILES_KEPT.days), tale.cast.now)
    pieces = Evidence.objects.filter(submission=tale.submission)
    pieces.filter(children=Evidence.Children.CONSENT).update(consent_until=london_day(gone_at))
    files = StoredFile.objects.filter(pk__in=pieces.exclude(file=None).values("file"))
    for stored in files:
        default_storage.delete(stored.key)
    files.update(deleted_at=gone_at, preview=StoredFile.Preview.NONE)
