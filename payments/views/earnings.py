from collections.abc import Iterator
from typing import Any

from django.core.paginator import Paginator
from django.db.models import Prefetch, Q, QuerySet
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import get_object_or_404, render
from django.views.decorators.http import require_safe

from accounts.models import User
from payments import queries
from payments.forms import EarningFilter
from payments.models import Earning
from psqm_portal.core.csv import csv_response
from psqm_portal.core.money import pounds


def _handles_money(request: HttpRequest) -> bool:
    return request.user.has_perm("payments.handle_money")


def _filtered(request: HttpRequest, lines: QuerySet[Earning]) -> tuple[EarningFilter, QuerySet[Earning]]:
    form = EarningFilter(request.GET)
    wanted = form.values()
    state = {
        EarningFilter.OWED: Q(paid_on=None, payee__isnull=False),
        EarningFilter.PAID: Q(paid_on__isnull=False),
        EarningFilter.NOBODY: Q(payee=None),
    }.get(wanted.get("state", ""), Q())
    lines = lines.filter(state)
    if wanted.get("kind"):
        lines = lines.filter(kind=wanted["kind"])
    if wanted.get("round"):
        lines = lines.filter(submission__round=wanted["round"])
    return form, lines


@require_safe
def earnings(request: HttpRequest) -> HttpResponse:
    """A leader's own lines; for HQ's money people every leader's sums, or the lines that have no leader."""
    if not request.user.has_perm("payments.see_earnings"):
        raise Http404
    if not _handles_money(request):
        return _own(request)
    form, lines = _filtered(request, queries.earnings_visible_to(request.user))  # type: ignore[arg-type]
    nobody = form.values().get("state") == EarningFilter.NOBODY
    rows: QuerySet[Any] = (
        lines.select_related("submission__hub", "submission__round") if nobody else queries.by_leader(lines)
    )
    context = {
        "filter": form,
        "page": Paginator(rows, 50).get_page(request.GET.get("page")),
        "nobody": nobody,
        "totals": queries.earning_totals(lines),
        "query": request.GET.urlencode(),
    }
    return render(request, "payments/earnings_by_leader.html", context)


def _own(request: HttpRequest) -> HttpResponse:
    own = Earning.objects.filter(payee=request.user)  # type: ignore[misc]  # signed in: the middleware asks
    return _lines(request, own, None)


@require_safe
def earnings_of(request: HttpRequest, pk: int) -> HttpResponse:
    """One leader's lines, for HQ's money people."""
    if not _handles_money(request):
        raise Http404
    leader = get_object_or_404(User, pk=pk)
    return _lines(request, Earning.objects.filter(payee=leader), leader)


def _lines(request: HttpRequest, lines: QuerySet[Earning], leader: User | None) -> HttpResponse:
    form, lines = _filtered(request, lines)
    context = {
        "filter": form,
        "leader": leader,
        "page": Paginator(lines.order_by("-earned_at", "-id"), 50).get_page(request.GET.get("page")),
        "totals": queries.earning_totals(lines),
    }
    return render(request, "payments/earnings.html", context)


@require_safe
def earnings_owed(request: HttpRequest) -> HttpResponseBase:
    """What is owed, a row for each leader: the University pays from it."""
    if not _handles_money(request):
        raise Http404
    header = ["Payee reference", "Name", "Email", "Amount", "Lines", "References"]
    return csv_response("owed-to-hub-leaders.csv", header, _owed_rows())


def _owed_rows() -> Iterator[list[Any]]:
    owed = queries.owed(Earning.objects.all())
    leaders = queries.by_leader(owed).prefetch_related(
        Prefetch("earnings", queryset=owed.order_by("id"), to_attr="owed_lines")
    )
    for leader in leaders.iterator(chunk_size=200):
        lines: list[Earning] = leader.owed_lines
        yield [
            leader.reference,  # type: ignore[attr-defined]  # annotated
            leader.name,
            leader.email,
            pounds(leader.owed),  # type: ignore[attr-defined]  # annotated
            len(lines),
            " ".join(line.reference for line in lines),
        ]
