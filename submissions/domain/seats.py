from hubs.models import HubRound, Seat
from psqm_portal.core.machine import Occasion, Refused
from submissions.models import Submission


def take_seat(submission: Submission, _: Occasion) -> None:
    """Sit on the hub's first free place. Raises Refused when there is none.

    The hub's row in the round is locked, so two who come at once take turns; were it not, the database
    would refuse the second (a seat is one-to-one with its submission, and there are no more seats).
    """
    hub_round = (
        HubRound.objects.select_for_update()
        .filter(hub_id=submission.hub_id, round_id=submission.round_id)
        .first()
    )
    if hub_round is None:
        raise Refused(f"{submission.hub} doesn't take part in {submission.round}.")
    seat = Seat.objects.free().filter(hub_round=hub_round).order_by("number").first()
    if seat is None:
        raise Refused(f"{submission.hub} has no free place in {submission.round}.")
    submission.seat = seat


def change_seat(submission: Submission, occasion: Occasion) -> None:
    """A place in the other hub, in the same round; the old one is free. ``occasion.given["left"]`` says which
    hub was left.
    """
    occasion.given["left"] = submission.hub
    submission.hub = occasion.given["hub"]
    take_seat(submission, occasion)


def leave_seat(submission: Submission, _: Occasion) -> None:
    submission.seat = None
    submission.proposed_level = None
