"""Hub leaders' and mentors' dates: their hubs' training, and what is due from hub leaders."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from django.urls import reverse

from accounts.models import User
from hubs.domain import meetings
from hubs.domain.training import STEPS, name_of
from hubs.duties import TRAINING_STEPS
from hubs.models import HubMembership, HubRound, LeaderMeeting, MeetingReply, TrainingSession
from psqm_portal.core.calendars import Dated, Sort, calendar_source
from psqm_portal.core.roles import HUB, Role
from rounds.domain.calendar import RUNNING, History, milestone_history, of_milestone, sort_of
from rounds.models import Audience, Milestone, Step

# What isn't a mentor's: levels, sign-off, reviews, and finding schools.
LEADERS_OWN = frozenset({Step.RECRUIT, Step.LEVELS, Step.FINALISE, Step.REVIEW})
PAGES = {Step.LEVELS: "desk", Step.ACTION_PLAN: "desk", Step.FINALISE: "desk", Step.REVIEW: "reviews"}


def session_history(sessions: Iterable[TrainingSession]) -> History:
    return History("training_session", [row.pk for row in sessions], action="set,call_off")


def of_session(row: TrainingSession, *, url: str, history: History, about: str, own: bool = True) -> Dated:
    """A session on its day, with its time and place. ``row.hub_round`` is loaded with its hub and round."""
    hub_round = row.hub_round
    changes = history.of(row.pk)
    return Dated(
        key=f"session-{row.pk}",
        title=name_of(hub_round.training, row.step),
        day=row.held_on,
        url=url,
        changed_at=changes.at,
        # The first setting made it, each further one changed it.
        sequence=max(changes.times - 1, 0),
        sort=Sort.SESSION,
        round=hub_round.round.name,
        about=(about,),
        own=own,
        starts_at=row.starts_at,
        ends_at=row.ends_at,
        place=row.place,
        note=row.note,
        file_url=reverse("session_calendar", args=[hub_round.hub.slug, hub_round.round.slug, row.step]),
        link=row.link,
        called_off=row.called_off_at is not None,
    )


def meeting_history(rows: Iterable[LeaderMeeting]) -> History:
    return History("leader_meeting", [row.pk for row in rows], action="set,call_off")


def of_meeting(row: LeaderMeeting, *, history: History) -> Dated:
    changes, face = history.of(row.pk), meetings.face_of(row)
    return Dated(
        key=f"meeting-{row.pk}",
        title=row.title,
        day=row.held_on,
        url=face.url,
        changed_at=changes.at,
        sequence=max(changes.times - 1, 0),
        sort=Sort.SESSION,
        starts_at=row.starts_at,
        ends_at=row.ends_at,
        place=row.place,
        note=row.note,
        file_url=face.calendar,
        link=row.link,
        called_off=row.called_off_at is not None,
    )


@calendar_source
def of_meetings(user: User) -> list[Dated]:
    """HQ's meetings that a person sees and hasn't said no to."""
    refused = MeetingReply.objects.filter(user=user, answer=MeetingReply.Answer.NOT_COMING)
    rows = list(meetings.meetings_visible_to(user).exclude(pk__in=refused.values("meeting")))
    history = meeting_history(rows)
    return [of_meeting(row, history=history) for row in rows]


@dataclass(frozen=True, slots=True)
class _Known:
    """What was read for all of a person's hubs at once."""

    roles: Mapping[int, frozenset[str]]
    sessions: Mapping[tuple[int, str], TrainingSession]
    sessions_history: History
    history: History


@calendar_source
def of_hubs(user: User) -> list[Dated]:
    held: dict[int, set[str]] = {}
    for hub, role in (
        HubMembership.objects.current()
        .filter(user=user, role__in=[role.value for role in HUB])
        .values_list("hub_id", "role")
    ):
        held.setdefault(hub, set()).add(role)
    if not held:
        return []
    hub_rounds = list(
        HubRound.objects.filter(hub__in=held, round__status__in=RUNNING).select_related("hub", "round")
    )
    sessions = list(
        TrainingSession.objects.filter(hub_round__in=hub_rounds).select_related(
            "hub_round__hub", "hub_round__round"
        )
    )
    milestones = list(
        Milestone.objects.filter(
            round__in={row.round_id for row in hub_rounds}, audience=Audience.HUB_LEADER
        ).select_related("round")
    )
    known = _Known(
        roles={hub: frozenset(roles) for hub, roles in held.items()},
        sessions={(row.hub_round_id, row.step): row for row in sessions},
        sessions_history=session_history(sessions),
        history=milestone_history(milestones),
    )
    return [
        *(one for row in hub_rounds for one in _training(row, milestones, known)),
        *_steps(hub_rounds, milestones, known),
    ]


def _training(row: HubRound, milestones: Iterable[Milestone], known: _Known) -> Iterable[Dated]:
    """Sessions that have a date, and for the others when they should be."""
    due = {one.step: one for one in milestones if one.round_id == row.round_id}
    for step in STEPS[row.training]:
        if (session := known.sessions.get((row.pk, step))) is not None:
            page = reverse("session_page", args=[session.pk])
            yield of_session(session, url=page, history=known.sessions_history, about=row.hub.name)
            if session.called_off_at is None:
                continue
        if (milestone := due.get(step)) is not None:
            changes = known.history.of(milestone.pk)
            yield Dated(
                key=f"hub-{row.hub_id}-{milestone.pk}",
                title=f"{name_of(row.training, step)} has to be held, no date is set yet",
                day=milestone.due_on,
                url=reverse("training_session", args=[row.hub.slug, row.round.slug, step]),
                changed_at=changes.at,
                sequence=changes.times,
                sort=sort_of(milestone),
                round=row.round.name,
                about=(row.hub.name,),
                opens_on=milestone.opens_on,
            )


def _steps(hub_rounds: Iterable[HubRound], milestones: Iterable[Milestone], known: _Known) -> Iterable[Dated]:
    """Each of the round's other steps once, however many hubs the person has in it."""
    hubs: dict[int, list[HubRound]] = {}
    for row in hub_rounds:
        hubs.setdefault(row.round_id, []).append(row)
    for milestone in milestones:
        if milestone.step in TRAINING_STEPS:
            continue
        mine = [
            row
            for row in hubs[milestone.round_id]
            if milestone.step not in LEADERS_OWN or Role.HUB_LEADER in known.roles[row.hub_id]
        ]
        if mine:
            page = PAGES.get(Step(milestone.step))
            yield of_milestone(
                milestone,
                url=reverse(page)
                if page
                else reverse("hub_round", args=[mine[0].hub.slug, mine[0].round.slug]),
                history=known.history,
                own=True,
                about=tuple(row.hub.name for row in mine),
            )
