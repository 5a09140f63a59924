"""One small scheme with a row of everything and a person in every role; two of them make a neighbour."""

from dataclasses import dataclass, field
from datetime import date, time, timedelta
from typing import Any

from accounts.domain.invitations import invite
from accounts.models import Invitation, User
from awards.domain.assignment import give_reviews
from awards.domain.certificates import ask_for
from awards.models import Appeal, AssignmentPlan, Award, Decision, Interest, PastImport, Release, Review
from hubs.models import (
    Hub,
    HubRound,
    LeaderMeeting,
    MailOut,
    MentoringEntry,
    OptOut,
    Prospect,
    Registration,
    Substitution,
    TrainingSession,
)
from messaging.domain.announcements import addressees, announce, mark_of
from messaging.domain.conversations import post
from messaging.models import Announcement, Email, Suppression
from messaging.slots import audience as audience_of
from payments.models import Invoice
from psqm_portal.core import clock
from psqm_portal.core.clock import london_day
from psqm_portal.core.files import uploads
from psqm_portal.core.models import StoredFile
from psqm_portal.core.roles import Role
from rounds.models import Milestone, NoSendDay, ReminderRule, Round, Step
from schools.models import RegisterFilter, RegisterImport, School, SchoolMembership
from submissions.domain.cases import raise_case
from submissions.domain.versions import keep_version
from submissions.models import Evidence, ExtensionRequest, Feedback, Incoming, Part, ReplyTemplate, Submission
from tests import factories as make


@dataclass
class World:
    """``working`` is an enrolled submission, ``in_review`` and ``told`` are two more schools' of the hub.

    The subject leader, headteacher and finance contact belong to all three schools.
    """

    people: dict[str, User | None]
    round: Round
    hub: Hub
    hub_round: HubRound
    school: School
    working: Submission
    part: Part
    row: Any
    piece: Evidence
    thread: Feedback
    file: StoredFile
    in_review: Submission
    review: Review
    told: Submission
    award: Award
    invoice: Invoice
    registration: Registration
    session: TrainingSession
    invitation: Invitation
    hub_invitation: Invitation
    mail: Email
    extra: dict[str, Any] = field(default_factory=dict)


def _mail_out(hub_round: HubRound, leader: User) -> MailOut:
    """A draft with one school."""
    where = {"hub": hub_round.hub, "round": hub_round.round}
    row = MailOut.objects.create(
        how="letter", made_by=leader, asked_at=make.NOW, touched_at=make.NOW, **where
    )
    Prospect.objects.create(
        school=make.school(),
        season="2026-autumn",
        mail_out=row,
        picked_by=leader,
        picked_at=make.NOW,
        **where,
    )
    return row


def _own_rules(audience: str, step: str) -> ReminderRule:
    """A step with two reminders of its own; the second."""
    ReminderRule.objects.get_or_create(audience=audience, step=step, offset=-7)
    return ReminderRule.objects.get_or_create(audience=audience, step=step, offset=3)[0]


def build() -> World:
    cycle, hub, school = make.round_(), make.hub(), make.school()
    second, third = make.school(), make.school()
    leader, head, finance = make.user(), make.user(), make.user()
    for place in (school, second, third):
        make.member(place, Role.SUBJECT_LEADER, leader)
        make.member(place, Role.HEADTEACHER, head)
        make.member(place, Role.SCHOOL_FINANCE, finance)
    mentor, hub_leader, reviewer = (
        make.hub_member(hub, Role.MENTOR),
        make.hub_member(hub),
        make.hub_member(make.hub()),
    )
    people: dict[str, User | None] = {
        "subject leader": leader,
        "headteacher": head,
        "finance contact": finance,
        "mentor": mentor,
        "hub leader": hub_leader,
        "reviewer": reviewer,
        "HQ admin": (admin := make.hq()),
        "HQ finance": make.hq(Role.HQ_FINANCE),
        "HQ viewer": make.hq(Role.HQ_VIEWER),
        "nobody": make.user(),
        "anonymous": None,
    }
    working = make.submission(cycle=cycle, place=school, in_hub=hub, renews=_earlier(cycle, school, leader))
    part = working.parts.get(code="a1")
    piece = _photo(working, leader)
    make.tie(piece, part)
    keep_version(part, by=leader, now=make.NOW)
    plan = working.parts.get(code="action-plan")
    make.fill_part(plan)
    thread = Feedback.objects.create(
        submission=working, part=part, author=hub_leader, body="Say how.", written_at=make.NOW
    )
    in_review, review = _reviewed(cycle, second, hub, reviewer)
    told, award = _told(cycle, third, hub, admin)
    message = post(
        working.conversation,
        by=leader,
        body="Hello",
        now=make.NOW,
        tell=[],
        about=working.key,
        url="/",
        title="t",
    )
    session = TrainingSession.objects.create(
        hub_round=HubRound.objects.get(hub=hub, round=cycle),
        step=Step.TRAINING_1,
        held_on=date(2026, 9, 20),
        starts_at=time(9, 30),
    )
    training = _training(session, school, leader, hub_leader)
    return World(
        people=people,
        round=cycle,
        hub=hub,
        hub_round=session.hub_round,
        school=school,
        working=working,
        part=part,
        row=plan.rows.get(),
        piece=piece,
        thread=thread,
        file=piece.file,  # type: ignore[arg-type]  # a photo has one
        in_review=in_review,
        review=review,
        told=told,
        award=award,
        invoice=_invoice(working),
        registration=make.registration(make.school(), hub, cycle),
        session=session,
        invitation=_invited(f"school:{school.pk}", Role.SUBJECT_LEADER, head),
        hub_invitation=_invited(f"hub:{hub.pk}", Role.MENTOR, head),
        mail=Email.objects.create(
            template="t", to="x@test.example", subject="s", text="t", try_at=make.NOW, written_at=make.NOW
        ),
        extra={
            "message": message,
            "led": make.hub_round(hub, make.round_(status="archived")),
            "mail_out": _mail_out(session.hub_round, hub_leader),
            "opt_out": OptOut.objects.create(school=make.school(), at=make.NOW),
            "suppression": Suppression.objects.create(
                address=f"gone-{school.pk}@school.example", why="bounce", since=make.NOW
            ),
            "announcement": _announced(session.hub_round, hub_leader),
            "milestone": Milestone.objects.filter(round=cycle).first(),
            "free_day": NoSendDay.objects.create(
                day=date(2026, 12, 25) + timedelta(days=school.pk), why="Christmas"
            ),
            "reminder_rule": _own_rules("hub_leader", "levels"),
            "school_membership": SchoolMembership.objects.get(user=finance, school=school),
            "hub_membership": mentor.hub_memberships.get(),
            "hq_membership": people["HQ viewer"].hq_memberships.get(),
            "incoming": _incoming(working, leader),
            "reply": ReplyTemplate.objects.create(
                person=hub_leader, title="Say how", body="Say how you know that it worked."
            ),
            "case": raise_case(
                working, kind="issue", title="No answer", text="For weeks.", by=leader, now=make.NOW
            ),
            "request": ExtensionRequest.objects.create(
                submission=working,
                step=Step.SUBMIT,
                until=date(2027, 7, 14),
                asked_by=hub_leader,
                asked_at=make.NOW,
            ),
            "substitution": Substitution.objects.create(
                hub=hub,
                leader=hub_leader,
                substitute=mentor,
                first_day=date(2027, 5, 1),
                last_day=date(2027, 5, 31),
                reason="A long journey",
                made_at=make.NOW,
            ),
            "mentoring": MentoringEntry.objects.create(
                hub_round=session.hub_round,
                school=school,
                by=hub_leader,
                held_on=date(2026, 10, 20),
                minutes=30,
                how="phone",
                written_at=make.NOW,
            ),
            "application": make.application(status="sent"),
            "commitment": make.commitment(hub_leader, until=london_day(clock.now()) + timedelta(days=30)),
            "register_import": RegisterImport.objects.create(
                name="register.csv",
                size=1,
                status="done",
                counts={"new": 1},
                asked_by=admin,
                asked_at=make.NOW,
                touched_at=make.NOW,
                ended_at=make.NOW,
            ),
            "register_filter": RegisterFilter.objects.get(value="Secondary"),
            "past_import": _past_import(admin),
            "appeal": Appeal.objects.create(
                decision=told.decisions.get(),
                reasons="The portfolio was overlooked.",
                raised_by=head,
                raised_at=make.NOW,
                due_on=date(2026, 12, 1),
            ),
            "release": Release.objects.create(
                round=cycle,
                status="done",
                asked_by=admin,
                asked_at=make.NOW,
                starts_at=make.NOW,
                touched_at=make.NOW,
                ended_at=make.NOW,
            ),
            "hq_invitation": _invited("hq", Role.HQ_VIEWER, head),
            "plan": AssignmentPlan.objects.create(
                round=cycle, made_by=admin, made_at=make.NOW, touched_at=make.NOW
            ),
            "interest": Interest.objects.create(
                user=make.user(),
                school=make.school(),
                why="Governor",
                side="hq",
                declared_by=admin,
                declared_at=make.NOW,
            ),
            **training,
        },
    )


def _past_import(by: User) -> PastImport:
    past = PastImport.objects.create(
        name="awards.csv",
        key="past-awards/x",
        size=1,
        header=["School", "Level", "Date"],
        columns={"school_name": 0, "level": 1, "awarded_on": 2},
        status="read",
        counts={"missing": 1},
        asked_by=by,
        asked_at=make.NOW,
        touched_at=make.NOW,
    )
    past.rows.create(line=2, school_name="Nowhere School", level_word="Gold", finding="missing")
    return past


def _training(session: TrainingSession, school: School, who: User, leader: User) -> dict[str, Any]:
    """The session's and a meeting's materials, and somebody who was there."""
    meeting = LeaderMeeting.objects.create(
        kind="development", title="Quality day", held_on=session.held_on, invited_at=make.NOW
    )
    came = {"name": "Ana Lee", "answer": "coming", "replied_at": make.NOW, "came": True}
    link = {"title": "Slides", "url": "https://www.example.org/", "added_at": make.NOW}
    return {
        "meeting": meeting,
        "session_reply": session.replies.create(school=school, user=who, **came),
        "meeting_reply": meeting.replies.create(user=leader, **came),
        "session_material": session.materials.create(**link),
        "meeting_material": meeting.materials.create(**link),
    }


def _announced(hub_round: HubRound, leader: User) -> Announcement:
    audience = audience_of(leader, f"hub-round:{hub_round.pk}")
    assert audience is not None
    seen = mark_of(addressees(audience, leader))
    return announce(audience, by=leader, title="Day one", body="At nine.", seen=seen, now=make.NOW)


def _earlier(cycle: Round, school: School, leader: User) -> Submission:
    """The school's work of another year, in another hub."""
    made = make.submission(
        cycle=make.round_(framework=cycle.framework), place=school, in_hub=make.hub(), status="withdrawn"
    )
    make.fill_part(made.parts.get(code="action-plan"))
    make.fill_part(made.parts.get(code="a1"))
    make.tie(_photo(made, leader), made.parts.get(code="a1"))
    return made


def _incoming(submission: Submission, by: User) -> Incoming:
    upload = uploads.begin(
        name="on-its-way.jpg", size=100, purpose=submission.key, owner=submission.files_owner, by=by,
        now=make.NOW,
    )  # fmt: skip
    return Incoming.objects.create(submission=submission, upload=upload)


def _photo(submission: Submission, by: User) -> Evidence:
    from django.core.files.base import ContentFile
    from django.core.files.storage import default_storage

    key = default_storage.save(f"{submission.files_owner}/ab/{submission.pk:064d}.jpg", ContentFile(b"photo"))
    stored = StoredFile.objects.create(
        owner=submission.files_owner, sha256=f"{submission.pk:064d}", key=key, name="seeds.jpg",
        kind="image", content_type="image/jpeg", size=5, stored_at=make.NOW,
    )  # fmt: skip
    return Evidence.objects.create(
        submission=submission, kind="file", title="Seeds", file=stored, added_by=by, added_at=make.NOW
    )


def _reviewed(cycle: Round, school: School, hub: Hub, reviewer: User) -> tuple[Submission, Review]:
    made = make.submission(cycle=cycle, place=school, in_hub=hub, status="submitted")
    _pin(made)
    Submission.objects.filter(pk=made.pk).update(status="in_review")
    made.refresh_from_db()
    give_reviews(made, [reviewer], by=make.hq(), now=make.NOW)
    return made, Review.objects.get(standing__submission=made)


def _told(cycle: Round, school: School, hub: Hub, admin: User | None) -> tuple[Submission, Award]:
    registration = make.registration(school, hub, cycle, status="accepted")
    made = make.submission(
        cycle=cycle, place=school, in_hub=hub, status="notified", registration=registration
    )
    _pin(made)
    assert admin is not None
    assert made.target_level is not None
    Decision.objects.create(
        submission=made, level=made.target_level, decided_by=admin, decided_at=make.NOW, released_at=make.NOW
    )
    award = Award.objects.create(
        school=school, submission=made, round_name=str(cycle), number=f"PSQM-26A-{made.pk:04d}",
        school_name=school.name, level=made.target_level,
        awarded_on=date(2026, 11, 1), valid_until=date(2029, 11, 1),
    )  # fmt: skip
    ask_for(award, now=make.NOW)
    return made, award


def _pin(made: Submission) -> None:
    for part in made.parts.all():
        Part.objects.filter(pk=part.pk).update(
            status="signed_off", signed_version=keep_version(part, by=None, now=make.NOW)
        )


def _invoice(submission: Submission) -> Invoice:
    return Invoice.objects.create(
        submission=submission, status="issued", number=f"PSQM-2627-{submission.pk:05d}", payer_name="School",
        total=750, made_at=make.NOW, issued_on=date(2026, 11, 1), due_on=date(2026, 12, 1),
    )  # fmt: skip


def _invited(scope: str, role: Role, by: User) -> Invitation:
    return invite(
        email=f"new{scope.replace(':', '')}@test.example",
        name="New",
        role=role,
        scope=scope,
        by=by,
        now=make.NOW,
    )
