from itertools import groupby

from django import forms
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from psqm_portal.core.clock import london_day
from psqm_portal.core.forms import PortalForm
from submissions.pages import activity
from submissions.pages.sight import load

PER_PAGE = 50


class ActivityForm(PortalForm):
    mark_optional = False

    kind = forms.ChoiceField(
        label="Show", required=False, choices=[("", "Everything"), *activity.KINDS.items()]
    )


@require_safe
def submission_history(request: HttpRequest, pk: int) -> HttpResponse:
    sight = load(request, pk)
    form = ActivityForm(request.GET or None)
    kind = form.cleaned_data["kind"] if form.is_valid() else ""
    page = Paginator(activity.rows_of(sight, kind), PER_PAGE).get_page(request.GET.get("page"))
    happenings = activity.read(page, sight)
    days = [(day, list(of_day)) for day, of_day in groupby(happenings, key=lambda one: london_day(one.at))]
    context = {"sight": sight, "submission": sight.submission, "page": page, "days": days}
    context |= {"form": form, "kind": kind}
    return render(request, "submissions/history.html", context)
