"""The task list of one submission: the centre of a subject leader's year."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, cast

from django.db.models import Exists, OuterRef, Q
from django.urls import reverse

from psqm_portal.core.clock import long_day
from psqm_portal.core.machine import Offer
from psqm_portal.core.templatetags.portal import counted
from rounds.models import Step
from submissions.domain.feedback import OPEN_IN
from submissions.domain.machine import submission_machine
from submissions.models import ActionRow, Part, Submission
from submissions.models.submission import Status
from submissions.pages.dates import Deadline, Facts, deadlines_of, year_line
from submissions.pages.parts import open_threads, part_status, part_turn
from submissions.pages.sight import Sight, turn_words

# Moves with a page of their own; the rest have the page of any move.
PAGES = {
    "propose_level": "submission_level",
    "confirm_level": "submission_level",
    "return_level": "submission_level",
    "send_for_sign_off": "sign_off",
    "return": "sign_off",
    "sign_off": "sign_off",
    "reopen_parts": "sign_off",
    "submit": "submit",
    "extend": "extension_new",
}
# HQ's moves on the award: their pages are named by the round and, but for the release, the submission.
AWARD_PAGES = {
    "assign_reviewers": "assign_reviewers",
    "add_review": "assign_reviewers",
    "decide": "decide",
    "undo": "undo_decision",
    "release": "round_release",
    "uphold_appeal": "uphold_appeal",
}
SELDOM = ("extend", "let_in_late", "reopen", "defer", "withdraw")


@dataclass(frozen=True, slots=True)
class Task:
    title: str
    url: str
    status: str
    word: str = ""
    turn: str = ""
    hint: str = ""
    reason: str = ""


@dataclass(frozen=True, slots=True)
class Group:
    title: str
    tasks: list[Task]


class TaskList:
    """Everything on the page, from many small questions: one large one took longer to put than to answer.

    ``unread``: how many messages of its conversation the person hasn't read.
    """

    def __init__(self, sight: Sight, *, unread: int) -> None:
        self.sight = sight
        self.submission, self.unread = cast(Any, sight.submission), unread
        self.parts = _parts_of(sight.submission)
        ratings = list(self.submission.audit.order_by().values_list("rating", flat=True))
        self.criteria, self.rated = len(ratings), sum(1 for one in ratings if one is not None)
        ties = self.submission.evidence.filter(removed_at=None).order_by().values_list("pk", "links__part")
        self.pieces, self.tied = len({pk for pk, _ in ties}), {part for _, part in ties}
        self.feedback = Counter(
            open_threads(submission=self.submission).order_by().values_list("part", flat=True)
        )
        self.open_feedback = self.feedback.total()
        self.deadlines = deadlines_of(self.submission)
        self.submission.known_dates = {row.step: row.due_on for row in self.deadlines}
        self.offers = {
            offer.action: offer
            for offer in submission_machine.offers(
                self.submission, by=sight.person, now=sight.now, held=sight.roles
            )
        }
        plan = next(part for part in self.parts if part.kind == Part.Kind.ACTION_PLAN)
        self.facts = Facts(
            status=sight.status,
            audit_complete=self.rated == self.criteria,
            has_level=bool(self.submission.target_level_id or self.submission.proposed_level_id),
            plan_status=plan.status,
        )
        step = self.facts.next_step()
        self.next_deadline = next((row for row in self.deadlines if row.step == step), None)
        self.year = year_line(self.deadlines, self.facts, today=sight.today, submission_id=self.submission.pk)
        required = [part for part in self.parts if part.is_required]
        self.required = len(required)
        self.signed_off = sum(1 for part in required if part.status == Part.Status.SIGNED_OFF)

    @property
    def undecided(self) -> int:
        """Parts for which the school hasn't said what it does with its earlier work."""
        if not self.submission.renews_id:
            return 0
        mine = {Part.Status.DRAFT, Part.Status.RETURNED}
        return sum(1 for part in self.parts if part.status in mine and not part.beginning)

    def due(self, step: Step) -> Deadline | None:
        return next((row for row in self.deadlines if row.step == step), None)

    def url(self, name: str) -> str:
        return reverse(name, args=[self.submission.pk])

    def groups(self) -> list[Group]:
        reflections: dict[str, list[Task]] = {}
        plan, documents = [], []
        for part in self.parts:
            task = self._part(part)
            if part.kind == Part.Kind.ACTION_PLAN:
                plan.append(task)
            elif part.kind == Part.Kind.CORE_DOCUMENT:
                documents.append(task)
            else:
                reflections.setdefault(str(part.criterion.strand), []).append(task)
        return [
            Group("Start", [self._audit(), self._level()]),
            Group("Action plan", plan),
            *(Group(f"Reflections: {strand}", tasks) for strand, tasks in reflections.items()),
            Group("Core documents", documents),
            Group("Evidence", [self._evidence(), self._matrix()]),
            Group("Sign-off and submitting", [self._sign_off(), self._submit(), *self._award()]),
        ]

    def waiting(self) -> list[dict[str, Any]]:
        """What this person can do now, most pressing first."""
        rows: list[dict[str, Any]] = []
        add = rows.append
        if self.sight.writes:
            self._waiting_for_school(add)
        if self.sight.leads_hub:
            self._waiting_for_leader(add)
        if self.sight.is_school and self.open_feedback and self.submission.status in OPEN_IN:
            title = f"See what you were asked: {counted(self.open_feedback, 'open comment')}"
            add({"title": title, "url": self.url("feedback_asked"), "due": None, "note": ""})
        if self.unread:
            word = "message" if self.unread == 1 else "messages"
            add(
                {
                    "title": f"Read {self.unread} new {word}",
                    "url": self.url("conversation"),
                    "due": None,
                    "note": "",
                }
            )
        return rows

    def _waiting_for_school(self, add: Any) -> None:
        if self.sight.is_open:
            for part in self.parts:
                if part.status == Part.Status.RETURNED:
                    note = "Your hub leader gave you feedback."
                    add(
                        {
                            "title": f"Look at {part.title} again",
                            "url": part.get_absolute_url(),
                            "due": None,
                            "note": note,
                        }
                    )
        step = self.facts.next_step()
        due = self.next_deadline.due_on if self.next_deadline else None
        titles = {
            Step.AUDIT: ("Finish the audit and propose a level", "submission_audit"),
            Step.ACTION_PLAN: ("Finish the action plan and send it", "action_plan"),
            Step.SEND_FOR_SIGN_OFF: ("Send your work for sign-off", "sign_off"),
            Step.SUBMIT: ("Submit your work to PSQM", "submit"),
        }
        if step not in titles or self.submission.status not in {Status.ENROLLED, Status.SIGNED_OFF}:
            return
        title, page = titles[Step(step)]
        if step == Step.AUDIT and self.facts.audit_complete:
            title, page = "Propose a level", "submission_level"
        offer = self.offers.get("send_for_sign_off")
        left = self._left_to_send()
        if step == Step.SEND_FOR_SIGN_OFF and left and offer is not None and not offer.is_open:
            count = "1 part is" if len(left) == 1 else f"{len(left)} parts are"
            note = f"{count} still with you."
            title = "Write your reflections and core documents, and send each one"
            add({"title": title, "url": left[0].get_absolute_url(), "due": due, "note": note})
            return
        add({"title": title, "url": self.url(page), "due": due, "note": ""})

    def _left_to_send(self) -> list[Any]:
        mine = {Part.Status.DRAFT, Part.Status.RETURNED}
        return [part for part in self.parts if part.is_required and part.status in mine]

    def _waiting_for_leader(self, add: Any) -> None:
        school = self.submission.school
        if self.submission.proposed_level_id and self.submission.status == Status.ENROLLED:
            note = f"{school} proposes {self.submission.proposed_level}."
            add(
                {
                    "title": "Confirm the level, or return it",
                    "url": self.url("submission_level"),
                    "due": None,
                    "note": note,
                }
            )
        sent = [part for part in self.parts if part.status == Part.Status.SENT]
        if self.submission.status == Status.WITH_HUB:
            due = self.due(Step.SUBMIT)
            note = f"{school} sent everything for sign-off."
            add(
                {
                    "title": "Sign off, or return",
                    "url": self.url("sign_off"),
                    "due": due and due.due_on,
                    "note": note,
                }
            )
        elif self.submission.status == Status.ENROLLED:
            for part in sent:
                add(
                    {
                        "title": f"Answer {part.title}",
                        "url": part.get_absolute_url(),
                        "due": None,
                        "note": f"Sent by {school}.",
                    }
                )

    def moves(self) -> list[dict[str, Any]]:
        """HQ's moves (and nobody else's): label, page and why not."""
        if not self.sight.is_hq:
            return []
        return [self._move(offer) for offer in self._hq_offers(self.offers.values())]

    @staticmethod
    def _hq_offers(offers: Iterable[Offer]) -> list[Offer]:
        return [offer for offer in offers if offer.action in SELDOM or offer.action in AWARD_PAGES]

    def _move(self, offer: Offer) -> dict[str, Any]:
        if offer.action in AWARD_PAGES:
            page = AWARD_PAGES[offer.action]
            one = [] if page == "round_release" else [self.submission.pk]
            url = reverse(page, args=[self.submission.round.slug, *one])
        else:
            url = reverse("submission_action", args=[self.submission.pk, offer.action])
        return {"label": offer.label, "url": url, "why_not": offer.why_not}

    def _part(self, part: Any) -> Task:
        status, word = part_status(part, started=part.is_started or part.pk in self.tied)
        hint = "" if part.is_required else "Not required"
        if open_feedback := self.feedback[part.pk]:
            asked = counted(open_feedback, "open comment")
            hint = f"{hint}. {asked}" if hint else asked
        # Twenty times "your turn" says nothing: for drafts the page says it once, above the list.
        turn = "" if part.status == Part.Status.DRAFT else part_turn(part, self.sight)
        return Task(part.title, part.get_absolute_url(), status, word, turn, hint)

    def _audit(self) -> Task:
        rated, whole = self.rated, self.criteria
        status = "complete" if rated == whole else "going" if rated else "not_started"
        word = f"{rated} of {whole} rated" if 0 < rated < whole else ""
        turn = turn_words("school", self.sight) if self.sight.is_open and rated < whole else ""
        return Task(
            "Audit against the criteria",
            self.url("submission_audit"),
            "draft" if word else status,
            word,
            turn,
        )

    def _level(self) -> Task:
        url, mine = self.url("submission_level"), self.submission
        if mine.proposed_level_id:
            return Task(
                "Level", url, "sent", f"{mine.proposed_level} proposed", turn_words("hub", self.sight)
            )
        if mine.target_level_id:
            return Task("Level", url, "done", f"{mine.target_level} confirmed")
        offer = self.offers.get("propose_level")
        reason = offer.why_not if offer and offer.why_not else ""
        status = "cannot_start" if reason or not self.facts.audit_complete else "not_started"
        turn = turn_words("school", self.sight) if status == "not_started" and self.sight.is_open else ""
        return Task("Level", url, status, "", turn, "", reason)

    def _evidence(self) -> Task:
        count = self.pieces
        word = f"{count} piece" if count == 1 else f"{count} pieces"
        hint = "Photos, files, links and notes, each tied to the criteria that it shows"
        return Task("All your evidence" if self.sight.is_school else "Evidence", self.url("evidence"),
                    "draft" if count else "not_started", word if count else "", "", hint)  # fmt: skip

    def _matrix(self) -> Task:
        hint = "Which criteria have evidence, and which have nothing yet"
        return Task("Evidence by criterion", self.url("evidence_matrix"), "", hint=hint)

    def _sign_off(self) -> Task:
        url, status = self.url("sign_off"), self.submission.status
        done = f"{self.signed_off} of {self.required} parts signed off"
        if status == Status.WITH_HUB:
            return Task("Sign-off", url, "sent", "With the hub leader", turn_words("hub", self.sight), done)
        if status not in {Status.ENROLLED, Status.NOT_SUBMITTED, Status.WITHDRAWN, Status.DEFERRED}:
            return Task("Sign-off", url, "signed_off", "", "", done)
        offer = self.offers.get("send_for_sign_off")
        reason = (offer.why_not or "") if offer else ""
        ready = offer is not None and offer.is_open
        turn = "Your turn" if ready else ""
        return Task(
            "Send for sign-off", url, "not_started" if ready else "cannot_start", "", turn, done, reason
        )

    def _award(self) -> list[Task]:
        """The way to the outcome, once there is something to wait for."""
        if not self.sight.is_frozen:
            return []
        url = self.url("award")
        if self.submission.status == Status.NOTIFIED:
            return [Task("Award", url, "notified")]
        due = self.due(Step.NOTIFY)
        reason = f"Outcomes are told from {long_day(due.opens_on)}." if due else ""
        return [Task("Award", url, "cannot_start", "Not told yet", "", "", reason)]

    def _submit(self) -> Task:
        status = self.submission.status
        if status in {Status.SUBMITTED, Status.IN_REVIEW, Status.REVIEWED, Status.DECIDED, Status.NOTIFIED}:
            return Task("Submit to PSQM", self.url("receipt"), "submitted")
        if status == Status.SIGNED_OFF:
            offer = self.offers.get("submit")
            reason = (offer.why_not or "") if offer else ""
            return Task(
                "Submit to PSQM",
                self.url("submit"),
                "not_started",
                "",
                turn_words("school", self.sight),
                "",
                reason,
            )
        reason = "Opens when your hub leader has signed off every part." if self.sight.is_school else \
            "Opens when every part is signed off."  # fmt: skip
        if (due := self.due(Step.SUBMIT)) is not None:
            reason += f" Due by {long_day(due.due_on)}."
        return Task("Submit to PSQM", self.url("submit"), "cannot_start", "", "", "", reason)


def _parts_of(submission: Submission) -> list[Any]:
    """Without their texts, but whether there is one (or a row of the plan)."""
    rows = ActionRow.objects.filter(part=OuterRef("pk"))
    parts = list(
        submission.parts.annotate(is_started=~Q(text="") | Exists(rows))
        .select_related("criterion__strand")
        .only(
            "submission_id", "kind", "code", "title", "is_required", "status", "beginning",
            "criterion__strand__letter", "criterion__strand__title",
        )
    )  # fmt: skip
    for part in parts:
        part.submission = submission
    return parts
