"""Reading rounds: who sees which, and what a round's pages show."""

from django.contrib.auth.models import AnonymousUser
from django.db.models import Exists, Prefetch, QuerySet

from accounts.models import HQMembership, User
from psqm_portal.core.roles import HQ
from rounds.models import Criterion, Descriptor, Framework, Milestone, Round, Strand


def visible_to(user: User) -> QuerySet[Round]:
    """HQ sees every round; everybody else meets a round's dates on pages of their own work."""
    hq = HQMembership.objects.current().filter(user=user, role__in=[role.value for role in HQ])
    return Round.objects.filter(Exists(hq))


def milestones_visible_to(user: User) -> QuerySet[Milestone]:
    return Milestone.objects.filter(round__in=visible_to(user)).select_related("round")


def frameworks_visible_to(user: User | AnonymousUser) -> QuerySet[Framework]:
    """The criteria are no secret among people of the scheme."""
    return Framework.objects.all() if user.is_authenticated else Framework.objects.none()


def with_texts(rows: QuerySet[Framework]) -> QuerySet[Framework]:
    """Everything a framework's page shows, in five queries."""
    descriptors = Descriptor.objects.select_related("level").order_by("level__rank")
    criteria = Criterion.objects.order_by("code").prefetch_related(Prefetch("descriptors", descriptors))
    strands = Strand.objects.order_by("letter").prefetch_related(Prefetch("criteria", criteria))
    return rows.prefetch_related("levels", "core_documents", Prefetch("strands", strands))


def latest_first(rows: QuerySet[Round]) -> QuerySet[Round]:
    return rows.select_related("framework").order_by("-year", "season", "kind")
