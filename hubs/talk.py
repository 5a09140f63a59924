"""The conversation between a hub leader and HQ, as one person meets it. Any of HQ's admins may answer."""

from collections.abc import Collection
from datetime import datetime
from typing import Any

from django.db import IntegrityError, transaction
from django.db.models import Exists, Q, QuerySet
from django.urls import reverse

from accounts.models import HQMembership, User
from accounts.queries import hq_people
from hubs.models import HubMembership, LeaderTalk
from messaging.domain.conversations import start
from messaging.models import Conversation
from messaging.registers import ConversationSource, conversation_sources
from messaging.slots import Talk, TalkLink, Topic, beginnings
from psqm_portal.core.roles import Role


def _leading(user: User) -> QuerySet[HubMembership]:
    return HubMembership.objects.current().filter(user=user, role=Role.HUB_LEADER.value)


def _admin(user: User) -> QuerySet[HQMembership]:
    return HQMembership.objects.current().filter(user=user, role=Role.HQ_ADMIN.value)


def talks_of(user: User) -> QuerySet[Conversation]:
    """A hub leader's own while they lead; all of them for HQ's admins."""
    own = Q(leader_talk__leader=user) & Exists(_leading(user))
    return Conversation.objects.filter(own | Q(leader_talk__isnull=False) & Exists(_admin(user)))


def talk_ids(user: User, roles: Collection[Role]) -> QuerySet[Any]:
    """The ids of those, for somebody whose roles are known."""
    rows = LeaderTalk.objects.values("conversation")
    if Role.HQ_ADMIN in roles:
        return rows
    return rows.filter(leader=user) if Role.HUB_LEADER in roles else rows.none()


def _topics(user: User, ids: Collection[int]) -> dict[int, Topic]:
    rows = LeaderTalk.objects.filter(conversation__in=talks_of(user).filter(pk__in=ids))
    return {row.conversation_id: topic(row.leader) for row in rows.select_related("leader")}


def topic(leader: User) -> Topic:
    return Topic(f"{leader} and HQ", reverse("leader_talk", args=[leader.pk]))


def opens(user: User, conversation_id: int) -> Talk | None:
    row = LeaderTalk.objects.select_related("leader").filter(conversation=conversation_id).first()
    return talk_with(row.leader, user) if row else None


def talk_with(leader: User, user: User, *, now: datetime | None = None) -> Talk | None:
    """None for whoever isn't to read it: somebody else, or a leader who leads no more.

    ``now``: also where nothing was said yet; the conversation is made by the first message (:func:`begin`).
    """
    is_admin = _admin(user).exists()
    hubs = [str(row.hub) for row in _leading(leader).select_related("hub").order_by("hub__name")]
    leads = bool(hubs) and leader.is_active
    if not is_admin and not (leads and leader == user):
        return None
    held = LeaderTalk.objects.select_related("conversation").filter(leader=leader).first()
    if held is not None:
        conversation = held.conversation
    elif leads and now is not None:
        conversation = Conversation(started_at=now)
    else:
        return None
    return Talk(
        conversation=conversation,
        topic=topic(leader),
        about=f"leader_talk:{leader.pk}",
        files_owner=f"hub-leader-{leader.pk}",
        may_write=leads,
        takes_part=True,
        audience=lambda: _audience(leader, hubs),
        tell=lambda: list(hq_people([Role.HQ_ADMIN])) if user == leader else [leader],
        role_names=lambda: {**dict.fromkeys(_authors(conversation), "HQ"), leader.pk: str(Role.HUB_LEADER)},
    )


def _authors(conversation: Conversation) -> Collection[int]:
    return conversation.messages.order_by().values_list("author", flat=True).distinct()


def _audience(leader: User, hubs: Collection[str]) -> str:
    if not hubs:
        return f"Read by HQ. {leader} leads no hub any more and can’t read this."
    admins = ", ".join(str(person) for person in hq_people([Role.HQ_ADMIN]).order_by("name", "id"))
    named = f" ({admins})" if admins else ""
    return (
        f"Read by {leader} (hub leader of {', '.join(hubs)}) and HQ’s admins{named}. Any of them may answer."
    )


def begin(leader: User, *, now: datetime) -> LeaderTalk:
    """The one conversation of this leader and HQ; made by whoever writes first."""
    if held := LeaderTalk.objects.filter(leader=leader).first():
        return held
    try:
        with transaction.atomic():
            return LeaderTalk.objects.create(leader=leader, conversation=start(now=now))
    except IntegrityError:
        return LeaderTalk.objects.get(leader=leader)


def to_begin(user: User) -> list[TalkLink]:
    """A hub leader who hasn't talked with HQ finds the way on the list of messages."""
    talked = LeaderTalk.objects.filter(leader=user)
    if not _leading(user).filter(~Exists(talked)).exists():
        return []
    return [TalkLink("Write to HQ", topic(user).url)]


beginnings.append(to_begin)
conversation_sources.append(
    ConversationSource(taking_part=talks_of, readable=talks_of, topics=_topics, opens=opens)
)
