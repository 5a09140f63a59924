"""Keeping earlier work by two people at once, and while a family withdraws consent. PostgreSQL decides."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from threading import Barrier, Event
from typing import Any
from unittest.mock import patch

import pytest

from submissions.domain import copying, earlier, evidence
from submissions.domain.earlier import begin
from submissions.models import Evidence, Part, Submission
from tests import factories as make
from tests.submissions.test_earlier import photo
from tests.support.races import PATIENCE, at_once

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.postgresql]


def _renewal() -> tuple[Submission, Submission]:
    old = make.submission(status="notified")
    return old, make.submission(cycle=old.round, place=old.school, in_hub=old.hub, renews=old)


def _eight_keeps() -> tuple[Part, list[Any]]:
    old, new = _renewal()
    make.fill_part(old.parts.get(code="action-plan"))
    make.tie(make.evidence(old), old.parts.get(code="action-plan"))
    leader, part = make.member(new.school), new.parts.get(code="action-plan")
    attempts: list[Callable[[], Any]] = [lambda: begin(part, "kept", by=leader, now=make.NOW)] * 8
    return part, at_once(attempts)


def test_r01_eight_keeps_are_one() -> None:
    part, told = _eight_keeps()
    assert [one for one in told if isinstance(one, Exception)] == []
    assert (part.rows.count(), part.evidence_links.count(), part.versions.count()) == (1, 1, 1)
    assert Evidence.objects.filter(submission=part.submission).count() == 1


def test_r01_control_without_the_lock_they_are_in_each_others_way() -> None:
    """All have read that nothing is begun before anybody writes."""
    together = Barrier(8)

    @contextmanager
    def unlocked(part: Part, by: Any) -> Iterator[Part]:
        read = Part.objects.select_related("submission__round").get(pk=part.pk)
        together.wait(timeout=PATIENCE)
        yield read

    with patch.object(earlier, "locked_part", unlocked):
        part, told = _eight_keeps()
    failed = [one for one in told if isinstance(one, Exception)]
    assert failed or part.rows.count() > 1


def _kept_while_consent_is_withdrawn(wait: float) -> Evidence:
    """The family's word comes when the copy was decided on and isn't written yet.

    ``wait``: how many seconds the copy waits for that word to be written.
    """
    old, new = _renewal()
    leader, part = make.member(new.school), new.parts.get(code="a1")
    piece = photo(old, children="consent", consent_until=make.NOW.date())
    make.tie(piece, old.parts.get(code="a1"))
    decided, withdrawn = Event(), Event()
    really_put = copying.put

    def put_late(*args: Any, **kwargs: Any) -> None:
        decided.set()
        withdrawn.wait(timeout=wait)
        really_put(*args, **kwargs)

    def withdraw() -> None:
        assert decided.wait(timeout=PATIENCE)
        evidence.withdraw_consent(piece, by=leader, now=make.NOW)
        withdrawn.set()

    with patch.object(earlier, "put", put_late):
        told = at_once([lambda: begin(part, "kept", by=leader, now=make.NOW), withdraw])
    assert [one for one in told if isinstance(one, Exception)] == []
    return new.evidence.get()


def test_s35_consent_withdrawn_while_a_copy_is_made_hides_the_copy_too() -> None:
    # It can't be written: it waits for our lock.
    assert _kept_while_consent_is_withdrawn(wait=1).consent_withdrawn_at == make.NOW


def test_s35_control_without_holding_the_file_the_copy_stays_open() -> None:
    with patch.object(evidence, "lock_files"), patch.object(copying, "lock_files"):
        assert _kept_while_consent_is_withdrawn(wait=PATIENCE).consent_withdrawn_at is None
