"""Places at training and meetings come free when a school leaves its hub, or a leader leads none any more."""

from typing import Any

from hubs.domain import meetings, training
from hubs.models import HubMembership
from psqm_portal.core import events
from psqm_portal.core.machine import Occasion


@events.on("submission.withdraw", "submission.defer", "submission.move_hub")
def give_training_places_back(submission: Any, occasion: Occasion) -> None:
    training.leave(submission.school_id, submission.round_id, now=occasion.now)


@events.on("hub_membership.ended")
def give_meeting_places_back(membership: HubMembership, occasion: Occasion) -> None:
    meetings.leave(membership.user_id, now=occasion.now)
