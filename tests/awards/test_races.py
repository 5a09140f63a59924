"""S05 on PostgreSQL: an assignment and an appointment at the same moment, eight at once, both ways."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from threading import Barrier
from unittest.mock import patch

import pytest
from django.db import connection
from django.db.models import QuerySet

from accounts.models import User
from awards.domain import assignment, standing
from awards.domain.review_machine import review_machine
from awards.models import Certificate, Review, Standing
from hubs.domain.hubs import appoint
from messaging.models import Email
from psqm_portal.core.machine import Refused
from psqm_portal.core.roles import Role
from submissions.domain.machine import submission_machine
from submissions.models import Submission
from tests import factories
from tests.awards import helpers
from tests.awards.helpers import RELEASE_DAY
from tests.factories import NOW
from tests.support.races import PATIENCE, at_once

pytestmark = [pytest.mark.postgresql, pytest.mark.django_db(transaction=True)]


def _together(*acts: Callable[[], object]) -> list[str]:
    """ "done" or the refusal of each, all let go at once."""
    ends = at_once(acts)
    for end in ends:
        if isinstance(end, Exception) and not isinstance(end, Refused):
            raise end
    return [str(end) if isinstance(end, Refused) else "done" for end in ends]


def _assigning(made: Submission, people: list[User], hq: User) -> Callable[[], object]:
    return lambda: assignment.assign(made, people, by=hq, now=NOW)


def _appointing(made: Submission, person: User) -> Callable[[], object]:
    return lambda: appoint(made.hub, person, Role.MENTOR, now=NOW)


def _own_hub_reviews() -> int:
    """Unfinished reviews whose reviewer belongs to the submission's own hub: never any."""
    return sum(
        review.standing.submission.hub.memberships.filter(user=review.standing.user, ended_at=None).exists()
        for review in Review.objects.filter(status=Review.Status.ASSIGNED).select_related(
            "standing__submission__hub"
        )
    )


def test_s05_assigned_and_appointed_at_once_nobody_reviews_an_own_hub():
    hq = factories.hq()
    cases = []
    for _ in range(4):
        mover, other = helpers.reviewer(), helpers.reviewer()
        cases.append((helpers.submitted(), mover, other))
    acts = [
        act
        for made, mover, other in cases
        for act in (_assigning(made, [mover, other], hq), _appointing(made, mover))
    ]
    said = _together(*acts)
    for place, (made, mover, _) in enumerate(cases):
        assert said[2 * place + 1] == "done"
        assert said[2 * place] == "done" or "conflict of interest" in said[2 * place]
        assert [row.kind for row in Standing.objects.filter(user=mover, submission=made)] == ["conflict"]
    assert _own_hub_reviews() == 0


def test_s05_both_orders_end_the_same_way():
    hq = factories.hq()
    for first in ("assign", "appoint"):
        mover, made = helpers.reviewer(), helpers.submitted()
        acts = {
            "assign": _assigning(made, [mover, helpers.reviewer()], hq),
            "appoint": _appointing(made, mover),
        }
        acts.pop(first)()
        for act in acts.values():
            if first == "assign":
                act()
            else:
                with pytest.raises(Refused, match="conflict of interest"):
                    act()
    assert _own_hub_reviews() == 0


@contextmanager
def _guard_off() -> Iterator[None]:
    """Without the locks and the unique row: each side reads before the other has written."""
    both_have_read = Barrier(2)
    real_assign = standing.become_reviewer

    def unlocked(submissions: QuerySet[Submission]) -> list[int]:
        ids = list(submissions.values_list("pk", flat=True))
        both_have_read.wait(PATIENCE)
        return ids

    def reads_first(user: User, submission: Submission) -> Standing:
        # The other reviewer, who isn't appointed anywhere, doesn't wait.
        if user.name == "Mover":
            both_have_read.wait(PATIENCE)
            return Standing.objects.create(user=user, submission=submission, kind=Standing.Kind.REVIEWER)
        return real_assign(user, submission)

    with connection.cursor() as cursor:
        cursor.execute("ALTER TABLE awards_standing DROP CONSTRAINT standing_once")
    try:
        with (
            patch.object(standing, "lock", unlocked),
            patch("awards.domain.review_machine.become_reviewer", reads_first),
            patch.object(submission_machine, "locking", False),
            patch.object(review_machine, "locking", False),
        ):
            yield
    finally:
        Review.objects.all().delete()
        Standing.objects.all().delete()
        with connection.cursor() as cursor:
            cursor.execute(
                "ALTER TABLE awards_standing ADD CONSTRAINT standing_once UNIQUE (user_id, submission_id)"
            )


def test_s05_control_with_the_guard_off_somebody_reviews_an_own_hub():
    hq, mover = factories.hq(), factories.user("Mover")
    factories.hub_member(factories.hub(), person=mover)
    made, other = helpers.submitted(), helpers.reviewer()
    with _guard_off():
        said = _together(_assigning(made, [mover, other], hq), _appointing(made, mover))
        assert said == ["done", "done"]
        kinds = Standing.objects.filter(user=mover, submission=made).order_by("kind")
        assert [row.kind for row in kinds] == ["conflict", "reviewer"]
        assert _own_hub_reviews() == 1


def test_r01_eight_same_assignments_make_two_reviews():
    hq, made, people = factories.hq(), helpers.submitted(), [helpers.reviewer(), helpers.reviewer()]
    said = _together(*[_assigning(made, people, hq)] * 8)
    assert said.count("done") == 1
    assert Review.objects.count() == 2
    assert Email.objects.filter(template="awards/mail/review_assigned").count() == 2


def test_r01_the_two_last_reviews_at_once_finish_the_submission_once():
    made = helpers.in_review(factories.hq())
    reviews = helpers.reviews_of(made)
    said = _together(*[lambda review=review: helpers.finish(review) for review in reviews])
    assert said == ["done", "done"]
    made.refresh_from_db()
    assert made.status == "reviewed"


def test_r01_eight_releases_tell_once():
    hq = factories.hq()
    made = helpers.decided(hq)
    Email.objects.all().delete()
    said = _together(*[lambda: submission_machine.perform(made, "release", by=hq, now=RELEASE_DAY)] * 8)
    assert said.count("done") == 1
    assert Email.objects.count() == 3
    assert made.awards.count() == 1
    assert Certificate.objects.count() == 1
