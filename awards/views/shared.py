from typing import cast

from django.core.exceptions import PermissionDenied
from django.core.paginator import Page, Paginator
from django.db.models import QuerySet
from django.http import HttpRequest, QueryDict
from django.shortcuts import get_object_or_404

from accounts.models import User
from rounds.models import Round
from submissions.models import Submission

ROWS = 50


def load_round(request: HttpRequest, slug: str, permission: str) -> Round:
    """HQ's pages of a round: nobody else has them, whatever the round."""
    if not cast(User, request.user).has_perm(permission):
        raise PermissionDenied
    return get_object_or_404(Round.objects.select_related("framework"), slug=slug)


def load_submission(
    request: HttpRequest, slug: str, pk: int, rows: QuerySet[Submission] | None = None
) -> Submission:
    """A submission of this round, for an HQ admin."""
    round_ = load_round(request, slug, "awards.run")
    rows = Submission.objects.all() if rows is None else rows
    return get_object_or_404(
        rows.filter(round=round_).select_related("school", "hub", "round__framework", "target_level"), pk=pk
    )


def page_of(request: HttpRequest, rows: QuerySet[Submission]) -> Page:
    return Paginator(rows, ROWS).get_page(request.GET.get("page"))


def posted(request: HttpRequest) -> QueryDict | None:
    """What a form is bound to: an empty POST is one too, and its answer says what is missing."""
    return request.POST if request.method == "POST" else None
