"""The story can be told on any day and at any hour."""

from collections import Counter
from datetime import datetime

import pytest

from messaging.models import Email
from psqm_portal.core.clock import LONDON
from psqm_portal.core.models import HistoryEntry
from psqm_portal.demo.story.telling import tell
from rounds.domain.reminders import send_reminders
from submissions.models import Submission
from submissions.models.submission import Status


@pytest.mark.slow
@pytest.mark.django_db
@pytest.mark.parametrize(
    "now",
    [
        datetime(2027, 1, 1, 0, 10, tzinfo=LONDON),
        datetime(2028, 2, 29, 12, 0, tzinfo=LONDON),
        datetime(2026, 6, 30, 6, 30, tzinfo=LONDON),
        datetime(2026, 12, 31, 23, 55, tzinfo=LONDON),
    ],
    ids=str,
)
def test_the_story_is_whole_on(now):
    assert tell(now, small=True)

    assert set(Submission.objects.values_list("status", flat=True)) == set(Status.values)
    assert HistoryEntry.objects.filter(at__gt=now).count() == 0
    states = Counter(Email.objects.values_list("state", flat=True))
    assert (states.pop("failed"), states.pop("bounced")) == (1, 1), "what the story shows HQ of mail"
    assert set(states) == {"sent"}
    assert send_reminders(now) == 0
