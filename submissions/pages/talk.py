"""The conversation between a school and its hub, as one person meets it."""

from collections.abc import Collection

from django.db.models import QuerySet
from django.urls import reverse

from accounts.models import User
from messaging.models import Conversation
from messaging.slots import Talk, Topic
from psqm_portal.core.roles import HUB, SCHOOL, Role
from submissions import rules
from submissions.models import Submission
from submissions.pages.parts import people_words
from submissions.queries import hub_people, places_of, school_people, taking_part, visible_to


def taking_part_in(user: User) -> QuerySet[Conversation]:
    return Conversation.objects.filter(submission__in=taking_part(user))


def readable(user: User) -> QuerySet[Conversation]:
    return Conversation.objects.filter(submission__in=visible_to(user))


def topics(user: User, ids: Collection[int]) -> dict[int, Topic]:
    rows = visible_to(user).filter(conversation__in=ids).select_related("school", "round")
    return {row.conversation_id: _topic(row) for row in rows}


def opens(user: User, conversation_id: int) -> Talk | None:
    places = places_of(user)
    rows = visible_to(places).select_related("school", "round", "conversation")
    submission = rows.filter(conversation=conversation_id).first()
    if submission is None:
        return None
    return talk_about(submission, places.towards(submission.school_id, submission.hub_id))


def talk_about(submission: Submission, roles: frozenset[Role]) -> Talk:
    """HQ reads along; its reading doesn't count, and it doesn't write."""
    return Talk(
        conversation=submission.conversation,
        topic=_topic(submission),
        about=submission.key,
        files_owner=submission.files_owner,
        may_write=bool(roles & rules.TALK),
        takes_part=bool(roles & (SCHOOL | HUB)),
        audience=lambda: _audience(submission),
        tell=lambda: _to_tell(submission),
        role_names=lambda: people_words(submission),
    )


def _topic(submission: Submission) -> Topic:
    return Topic(str(submission), reverse("conversation", args=[submission.pk]))


def _to_tell(submission: Submission) -> list[User]:
    """Subject leaders and the hub; a headteacher only once they have joined in: little noise."""
    wrote = submission.conversation.messages.values("author")
    heads = school_people(submission, Role.HEADTEACHER).filter(pk__in=wrote)
    return [*school_people(submission, Role.SUBJECT_LEADER), *hub_people(submission, *HUB), *heads]


def _audience(submission: Submission) -> str:
    groups = [
        (school_people(submission, Role.SUBJECT_LEADER), "subject leader"),
        (school_people(submission, Role.HEADTEACHER), "headteacher"),
        (hub_people(submission, Role.HUB_LEADER), "hub leader"),
        (hub_people(submission, Role.MENTOR), "mentor"),
    ]
    names = [f"{person} ({word})" for people, word in groups for person in people]
    return "Read by " + ", ".join([*names, "and HQ"]) + "."
