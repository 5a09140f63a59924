"""A bare view beside which the portal's pages are measured: 50 rows with a foreign key, four queries."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import path
from django.views.decorators.http import require_safe

from submissions.models import Submission


@require_safe
def floor(request: HttpRequest) -> HttpResponse:
    rows = Submission.objects.select_related("school").order_by("-pk")
    return render(request, "floor.html", {"rows": rows[:50], "count": rows.count()})


urlpatterns = [path("floor/", floor)]
