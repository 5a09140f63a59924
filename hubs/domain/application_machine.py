"""An application's table. Nothing else sets its status; ``by`` is None where the applicant moves."""

from dataclasses import dataclass

from django.db import IntegrityError, transaction

from accounts.models import User
from accounts.queries import hq_roles
from hubs.domain.hubs import locate
from hubs.models import ApplicationAnswer, CommitmentPoint, Hub, LeaderApplication, LeaderCriterion
from psqm_portal.core.machine import Machine, Move, Occasion, Refused
from psqm_portal.core.roles import Role

Status, Judgement = LeaderApplication.Status, ApplicationAnswer.Judgement

LIVE = (Status.DRAFT, Status.SENT, Status.MORE_ASKED)


def criteria_for(application: LeaderApplication) -> list[LeaderCriterion]:
    """Those that this person answers: some are for teachers only."""
    return [one for one in LeaderCriterion.objects.all() if application.is_teacher or not one.teachers_only]


@dataclass(frozen=True, slots=True)
class Missing:
    """What is to do before sending; ``criterion`` None: about the person."""

    says: str
    criterion: LeaderCriterion | None = None


def missing(application: LeaderApplication) -> list[Missing]:
    """All that isn't there yet, in the order of the pages. Constant queries."""
    gaps = [Missing(words) for words in _missing_about(application)]
    answers = {row.criterion_id: row for row in application.answers.prefetch_related("ticked", "files")}
    points = {point.pk for point in CommitmentPoint.objects.filter(is_recommended_only=False)}
    for criterion in criteria_for(application):
        answer = answers.get(criterion.pk)
        gaps += [Missing(words, criterion) for words in _missing_in(criterion, answer, points)]
    return gaps


def _missing_about(application: LeaderApplication) -> list[str]:
    wanted = [
        (application.phone, "Enter your phone number"),
        (application.is_teacher is not None, "Say whether you teach in a primary school now"),
        (application.employer or application.school_id, "Enter your school or organisation"),
        (application.place, "Enter the town or area for the hub"),
        (application.postcode, "Enter the postcode for the hub"),
    ]
    return [words for there, words in wanted if not there]


def _missing_in(criterion: LeaderCriterion, answer: ApplicationAnswer | None, points: set[int]) -> list[str]:
    number = criterion.number
    if answer is not None and answer.judgement == Judgement.MORE:
        return [f"Answer what we asked for at number {number}"]
    if criterion.has_commitments:
        ticked = {point.pk for point in answer.ticked.all()} if answer else set()
        return [] if points <= ticked else [f"Tick each of the commitments at number {number}"]
    if criterion.teachers_only:
        there = answer is not None and answer.award_level and answer.award_date
        return [] if there else [f"Enter the level and date of your school’s award at number {number}"]
    has_words = answer is not None and (answer.text.strip() or answer.files.all())
    return [] if has_words else [f"Write something, or add a file, at number {number}"]


def unjudged(application: LeaderApplication) -> list[LeaderCriterion]:
    """The criteria of this person that nobody found met."""
    met = set(application.answers.filter(judgement=Judgement.MET).values_list("criterion_id", flat=True))
    return [criterion for criterion in criteria_for(application) if criterion.pk not in met]


def _is_complete(application: LeaderApplication, _: Occasion) -> str | None:
    gaps = missing(application)
    return f"Something is still missing. {gaps[0].says}." if gaps else None


def _asks_something(application: LeaderApplication, occasion: Occasion) -> str | None:
    if "words" not in occasion.given or occasion.given["words"]:
        return None
    if application.answers.filter(judgement=Judgement.MORE).exists():
        return None
    return "Judge something as “More needed”, or write what is missing."


def _is_met(application: LeaderApplication, occasion: Occasion) -> str | None:
    if "hub" not in occasion.given or occasion.reason:
        return None
    numbers = [str(criterion.number) for criterion in unjudged(application)]
    if not numbers:
        return None
    return f"Not judged as met: number {', '.join(numbers)}. Write why you accept still."


def _take_sent(application: LeaderApplication, occasion: Occasion) -> None:
    application.sent_at, application.asked_for = occasion.now, ""


def _take_words(application: LeaderApplication, occasion: Occasion) -> None:
    application.asked_for = occasion.given["words"]


def _take_hub(application: LeaderApplication, occasion: Occasion) -> None:
    hub: Hub = occasion.given["hub"]
    if hub._state.adding:
        try:
            with transaction.atomic():
                hub.save()
                locate(hub)
        except IntegrityError as twice:
            raise Refused(f"There is a hub called {hub.name} already. Choose another name.") from twice
    application.hub, application.decided_at = hub, occasion.now


def _take_reason(application: LeaderApplication, occasion: Occasion) -> None:
    application.decision_note, application.decided_at = occasion.reason, occasion.now


def _roles(user: User, _: LeaderApplication) -> frozenset[Role]:
    return hq_roles(user)


def label_of(status: str) -> str:
    return str(Status(status).label).lower()


_ADMIN, _APPLICANT = frozenset({Role.HQ_ADMIN}), frozenset({Role.CLOCK})
_WITH_HQ = frozenset({Status.SENT.value, Status.MORE_ASKED.value})

application_machine = Machine(
    "leader_application",
    [
        Move("begin", "Begin", frozenset(), Status.DRAFT, _APPLICANT),
        Move(
            "send", "Send", frozenset({Status.DRAFT.value}), Status.SENT, _APPLICANT,
            guards=(_is_complete,), effect=_take_sent,
        ),
        Move(
            "ask_more", "Ask for more", frozenset({Status.SENT.value}), Status.MORE_ASKED, _ADMIN,
            guards=(_asks_something,), effect=_take_words,
        ),
        Move(
            "answer", "Send again", frozenset({Status.MORE_ASKED.value}), Status.SENT, _APPLICANT,
            guards=(_is_complete,), effect=_take_sent,
        ),
        Move(
            "accept", "Accept", _WITH_HQ, Status.ACCEPTED, _ADMIN,
            needs=("hub",), guards=(_is_met,), effect=_take_hub,
        ),
        Move("decline", "Decline", _WITH_HQ, Status.DECLINED, _ADMIN, needs=("reason",), effect=_take_reason),
        Move("withdraw", "Withdraw", frozenset(map(str, LIVE)), Status.WITHDRAWN, _APPLICANT),
    ],
    roles=_roles,
    label=label_of,
)  # fmt: skip
