"""A row that is a job of many batches: one worker at a time has it, the next goes on where that one died.

The row has ``status``, ``tries`` (how many workers took the present step up) and ``touched_at`` (the last
sign of life). Each batch is one transaction that begins by updating ``mine(row)``: nothing found means that
somebody else has it now.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Generic, TypeVar

from django.db.models import F, Model, Q, QuerySet

Row = TypeVar("Row", bound=Model)

# A deployment may end its worker several times during a step; each goes on where the last one was.
MAX_TRIES = 6
# The sweep leaves this long to the task that was sent when the step was asked for.
PATIENCE = timedelta(minutes=1)
# Without a sign of life for this long a worker is dead: a batch takes some seconds.
STALE = timedelta(minutes=3)
HOPELESS = f"We tried {MAX_TRIES} times and couldn’t end it."


class Overtaken(Exception):
    """The job was taken away, or another worker took it up."""


@dataclass(frozen=True, slots=True)
class LongJobs(Generic[Row]):
    """``working``: what a waiting row becomes when a worker takes it up, for each step."""

    model: type[Row]
    working: Mapping[str, str]

    def waiting(self, now: datetime) -> list[int]:
        """To ask a worker for again: never taken up, or taken up by one that died."""
        return list(self._due(now).filter(tries__lt=MAX_TRIES).values_list("pk", flat=True))

    def hopeless(self, now: datetime) -> QuerySet[Row]:
        """What killed its worker each time isn't tried for ever."""
        return self._due(now).filter(tries__gte=MAX_TRIES)

    def take_up(self, pk: int, now: datetime) -> Row | None:
        """Only one worker gets it, however often the task is delivered."""
        for before, working in self.working.items():
            free = Q(status=before) | Q(status=working, touched_at__lte=now - STALE)
            if self._rows.filter(free, pk=pk, tries__lt=MAX_TRIES).update(
                status=working, tries=F("tries") + 1, touched_at=now
            ):
                return self._rows.get(pk=pk)
        return None

    def mine(self, row: Row) -> QuerySet[Row]:
        tries, status = (getattr(row, name) for name in ("tries", "status"))
        return self._rows.filter(pk=row.pk, tries=tries, status=status)

    def give_back(self, row: Row, now: datetime) -> bool:
        """For the sweep to try again; False where that was the last try."""
        status, tries = (getattr(row, name) for name in ("status", "tries"))
        if tries >= MAX_TRIES:
            return False
        before = next(one for one, working in self.working.items() if working == status)
        self.mine(row).update(status=before, touched_at=now)
        return True

    def _due(self, now: datetime) -> QuerySet[Row]:
        never = Q(status__in=list(self.working), touched_at__lte=now - PATIENCE)
        died = Q(status__in=list(self.working.values()), touched_at__lte=now - STALE)
        return self._rows.filter(never | died)

    @property
    def _rows(self) -> QuerySet[Row]:
        return self.model._default_manager.all()
