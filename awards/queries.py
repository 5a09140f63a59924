"""Reading reviews, decisions and awards: who sees which, and what the pages of a round need."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date

from django.db.models import Count, Exists, F, OuterRef, Prefetch, Q, QuerySet, Subquery

from accounts.models import HQMembership, User
from awards.models import Award, Decision, Judgement, Review, Standing
from hubs.models import HubMembership
from psqm_portal.core.roles import Role
from rounds.models import Audience, Criterion, Descriptor, Milestone, Round, Step
from schools.models import SchoolMembership
from submissions.models import AuditEntry, Part, Submission
from submissions.models.submission import Status
from submissions.queries import readable_evidence
from submissions.queries import visible_to as submissions_visible_to

UNDER_REVIEW = [Status.IN_REVIEW, Status.REVIEWED, Status.DECIDED, Status.NOTIFIED]
KEPT = [Review.Status.ASSIGNED, Review.Status.COMPLETED]


def visible_to(user: User) -> QuerySet[Review]:
    """Own reviews while a hub leader without a conflict, assigned or done; all for HQ admins."""
    return Review.objects.filter(Q(_own(user)) | Q(Exists(_hq_admin(user))))


def _own(user: User) -> Q:
    leads = HubMembership.objects.current().filter(user=user, role=HubMembership.Kind.LEADER)
    return Q(Exists(leads), standing__user=user, standing__kind=Standing.Kind.REVIEWER, status__in=KEPT)


def _hq_admin(user: User) -> QuerySet[HQMembership]:
    return HQMembership.objects.current().filter(user=user, role=Role.HQ_ADMIN.value)


def my_reviews(user: User) -> QuerySet[Review]:
    """A reviewer's own, with ``due_on``; what is to do first, nearest date first."""
    due = Milestone.objects.filter(
        round=OuterRef("standing__submission__round_id"), step=Step.REVIEW, audience=Audience.HUB_LEADER
    ).values("due_on")
    return (
        Review.objects.filter(_own(user))
        .annotate(due_on=Subquery(due))
        .select_related(
            "standing__submission__school",
            "standing__submission__round",
            "standing__submission__target_level",
        )
        .order_by("status", "due_on", "id")
    )


def readable_submissions(user: User) -> QuerySet[Submission]:
    """Submissions whose frozen work a reviewer reads now, because of a review in the present cycle."""
    return Submission.objects.filter(
        Exists(
            Review.objects.filter(_own(user), standing__submission=OuterRef("pk"), cycle=OuterRef("cycle"))
        ),
        status__in=UNDER_REVIEW,
    )


def frozen_visible_to(user: User) -> QuerySet[Submission]:
    """Whose frozen work somebody may take with them: reviewers as above, HQ admins of all under review."""
    admin = Submission.objects.filter(Exists(_hq_admin(user)), status__in=UNDER_REVIEW)
    return readable_submissions(user) | admin


# The review page -------------------------------------------------------------------------------------


@dataclass(slots=True)
class Piece:
    """A piece of evidence as a frozen version names it. ``shown`` is False once consent is withdrawn."""

    title: str
    kind: str
    caption: str
    note: str
    url: str
    file_id: int | None
    file_name: str
    shown: bool

    @property
    def icon(self) -> str:
        return self.kind if self.kind in {"link", "note"} else "file"


@dataclass(slots=True)
class FrozenPart:
    part: Part
    text: str = ""
    rows: Sequence[dict] = ()
    evidence: Sequence[Piece] = ()


@dataclass(slots=True)
class FrozenCriterion:
    criterion: Criterion
    descriptor: str
    audit: AuditEntry | None
    reflection: FrozenPart | None
    judgement: Judgement | None = None
    other_levels: Sequence[Descriptor] = ()


@dataclass(slots=True)
class Frozen:
    """All that a reviewer reads of a submission, from the signed versions and nothing newer."""

    criteria: list[FrozenCriterion] = field(default_factory=list)
    action_plan: FrozenPart | None = None
    documents: list[FrozenPart] = field(default_factory=list)


def frozen_work(submission: Submission, review: Review, *, today: date) -> Frozen:
    """Six queries, however much the school wrote."""
    parts = _frozen_parts(submission, today)
    by_criterion = {frozen.part.criterion_id: frozen for frozen in parts if frozen.part.criterion_id}
    audit = {entry.criterion_id: entry for entry in submission.audit.all()}
    judged = {judgement.criterion_id: judgement for judgement in review.judgements.all()}
    criteria = (
        Criterion.objects.filter(strand__framework_id=submission.round.framework_id)
        .select_related("strand")
        .prefetch_related(Prefetch("descriptors", Descriptor.objects.select_related("level")))
        .order_by("code")
    )
    return Frozen(
        criteria=[
            FrozenCriterion(
                criterion=criterion,
                descriptor=next(
                    (d.text for d in criterion.descriptors.all() if d.level_id == submission.target_level_id),
                    "",
                ),
                audit=audit.get(criterion.pk),
                reflection=by_criterion.get(criterion.pk),
                judgement=judged.get(criterion.pk),
                other_levels=[
                    d for d in criterion.descriptors.all() if d.level_id != submission.target_level_id
                ],
            )
            for criterion in criteria
        ],
        action_plan=next((frozen for frozen in parts if frozen.part.kind == Part.Kind.ACTION_PLAN), None),
        documents=[frozen for frozen in parts if frozen.part.kind == Part.Kind.CORE_DOCUMENT],
    )


def _frozen_parts(submission: Submission, today: date) -> list[FrozenPart]:
    parts = list(
        submission.parts.filter(signed_version__isnull=False)
        .select_related("signed_version")
        .order_by("position")
    )
    ids = {item["id"] for part in parts for item in _content(part).get("evidence", [])}
    readable = set(readable_evidence(today).filter(pk__in=ids).values_list("pk", flat=True))
    return [
        FrozenPart(
            part=part,
            text=_content(part).get("text", ""),
            rows=[_row(row) for row in _content(part).get("rows", [])],
            evidence=[
                _piece(item, shown=item["id"] in readable) for item in _content(part).get("evidence", [])
            ],
        )
        for part in parts
    ]


def _content(part: Part) -> dict:
    return part.signed_version.content if part.signed_version else {}


def _row(row: dict) -> dict:
    return {**row, "by_when": date.fromisoformat(row["by_when"])}


def _piece(item: dict, *, shown: bool) -> Piece:
    words = {name: item.get(name) or "" if shown else "" for name in ("caption", "note", "url", "file_name")}
    if not words["url"].startswith(("https://", "http://")):
        words["url"] = ""
    return Piece(
        title=item["title"] if shown else "Withdrawn",
        kind=item["kind"],
        file_id=item.get("file_id") if shown else None,
        shown=shown,
        **words,
    )


def freezes_file(user: User, file_id: int, *, today: date) -> bool:
    """Is the file in a signed version of a submission that this person reviews, and still to be shown?"""
    pieces = list(
        readable_evidence(today)
        .filter(file_id=file_id, submission__in=readable_submissions(user))
        .values_list("pk", "submission_id")
    )
    if not pieces:
        return False
    ids = {pk for pk, _ in pieces}
    contents = Part.objects.filter(
        submission_id__in={submission_id for _, submission_id in pieces}, signed_version__isnull=False
    ).values_list("signed_version__content", flat=True)
    return any(item["id"] in ids for content in contents for item in content.get("evidence", []))


# HQ's pages of a round ---------------------------------------------------------------------------------


def with_reviews(rows: QuerySet[Submission]) -> QuerySet[Submission]:
    """``present_reviews`` on the standings' submission: of its present cycle, with people; one query more."""
    reviews = (
        Review.objects.filter(cycle=F("standing__submission__cycle"))
        .select_related("standing__user")
        .order_by("assigned_at", "pk")
    )
    return rows.select_related("school", "hub", "round", "target_level").prefetch_related(
        Prefetch("standings", Standing.objects.filter(reviews__isnull=False).distinct(), to_attr="reviewing"),
        Prefetch("reviewing__reviews", reviews, to_attr="present"),
    )


def present_reviews(submission: Submission) -> list[Review]:
    """Of a row of :func:`with_reviews`."""
    reviews = [review for standing in submission.reviewing for review in standing.present]  # type: ignore[attr-defined]
    return sorted(reviews, key=lambda review: (review.assigned_at, review.pk))


def to_review(round_: Round) -> QuerySet[Submission]:
    rows = Submission.objects.filter(round=round_, status__in=[Status.SUBMITTED, *UNDER_REVIEW])
    return with_reviews(rows).order_by("school__name", "pk")


def with_decisions(rows: QuerySet[Submission]) -> QuerySet[Submission]:
    standing = Decision.objects.filter(undone_at=None).select_related("level", "decided_by")
    return with_reviews(rows).prefetch_related(Prefetch("decisions", standing, to_attr="standing_decisions"))


def to_decide(round_: Round) -> QuerySet[Submission]:
    rows = Submission.objects.filter(
        round=round_, status__in=[Status.REVIEWED, Status.DECIDED, Status.NOTIFIED]
    )
    return with_decisions(rows).order_by("school__name", "pk")


@dataclass(slots=True)
class Candidate:
    """A hub leader who could review a submission, or the sentence that says why not."""

    user: User
    hubs: list[str]
    load: int
    agreed: int
    why_not: str = ""


def candidates(submission: Submission) -> list[Candidate]:
    """Every hub leader of today: who has least to review first, who can't last. Three queries."""
    reviews = Review.objects.filter(
        standing__user=OuterRef("pk"), standing__submission__round=submission.round_id, status__in=KEPT
    )
    load = reviews.order_by().values("standing__user").annotate(n=Count("pk")).values("n")
    leaders = (
        HubMembership.objects.current()
        .filter(role=HubMembership.Kind.LEADER, user__is_active=True)
        .select_related("user", "hub")
        .order_by("user__name", "hub__name")
    )
    loads = dict(
        User.objects.filter(hub_memberships__in=leaders).annotate(n=Subquery(load)).values_list("pk", "n")
    )
    why_not = _why_not(submission)
    found: dict[int, Candidate] = {}
    for member in leaders:
        person = found.setdefault(
            member.user_id,
            Candidate(
                user=member.user,
                hubs=[],
                load=loads.get(member.user_id) or 0,
                agreed=0,
                why_not=why_not.get(member.user_id, ""),
            ),
        )
        person.hubs.append(member.hub.name)
        person.agreed = max(person.agreed, member.agreed_reviews)
    return sorted(found.values(), key=lambda one: (bool(one.why_not), one.load, one.user.name, one.user.pk))


def _why_not(submission: Submission) -> dict[int, str]:
    conflicts = Standing.objects.filter(submission=submission, kind=Standing.Kind.CONFLICT)
    reasons = {
        user_id: f"Conflict of interest: {why}" for user_id, why in conflicts.values_list("user_id", "why")
    }
    taken = Review.objects.filter(standing__submission=submission, cycle=submission.cycle).exclude(
        status=Review.Status.VOID
    )
    words = {
        Review.Status.ASSIGNED.value: "Is reviewing it",
        Review.Status.COMPLETED.value: "Has reviewed it",
        Review.Status.DECLINED.value: "Declined to review it",
    }
    for user_id, status in taken.values_list("standing__user_id", "status"):
        reasons.setdefault(user_id, words[status])
    return reasons


# Outcomes and awards -----------------------------------------------------------------------------------


def released_decision(submission: Submission) -> Decision | None:
    """What the school knows: the newest outcome that was told. An appeal's new one isn't, until released."""
    return (
        submission.decisions.filter(released_at__isnull=False)
        .select_related("level")
        .order_by("-released_at", "-pk")
        .first()
    )


def awards_visible_to(user: User) -> QuerySet[Award]:
    """Awards exist from their release on: the school's people, its hub's and HQ admins see them.

    One from before the portal had no hub of ours: the school's people and HQ's.
    """
    works_at = SchoolMembership.objects.current().filter(
        user=user, school=OuterRef("school"), role__in=[Role.SUBJECT_LEADER.value, Role.HEADTEACHER.value]
    )
    from_before = Q(Exists(works_at)) | Q(Exists(_hq_admin(user)))
    return Award.objects.filter(
        Q(submission__in=submissions_visible_to(user)) | Q(from_before, submission=None)
    )


def shared_by(user: User) -> QuerySet[Award]:
    """Whose logo, press release and listing somebody sees to: their school’s, for HQ admins all."""
    rows = Award.objects.select_related("level", "school")
    if user.has_perm("awards.run"):
        return rows
    places = SchoolMembership.objects.current().filter(
        user=user, role__in=[SchoolMembership.Kind.SUBJECT_LEADER, SchoolMembership.Kind.HEADTEACHER]
    )
    return rows.filter(school__in=places.values("school"))


def told_reviews(decision: Decision) -> QuerySet[Review]:
    """What reviewers wrote for the school, as of a released decision: a review that came in after it
    (for an appeal) belongs to the next outcome and waits for that one's release.
    """
    submission = decision.submission
    return (
        Review.objects.filter(
            standing__submission=submission,
            cycle=submission.cycle,
            status=Review.Status.COMPLETED,
            completed_at__lte=decision.released_at,
        )
        .select_related("standing__user")
        .order_by("completed_at", "pk")
    )
