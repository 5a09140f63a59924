"""HQ tells the outcomes of a round: first a page that says exactly whom, then the release."""

from typing import cast

from django.contrib import messages
from django.db.models import Count, Q
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods

from accounts.models import User
from awards.domain import releases
from awards.domain.certificates import MAX_TRIES
from awards.forms.shared import ReasonForm
from awards.models import Certificate
from awards.views.shared import load_round, posted
from psqm_portal.core.clock import london_day, now
from rounds.models import Audience, Milestone, Round, Step


@require_http_methods(["GET", "HEAD", "POST"])
def round_release(request: HttpRequest, slug: str) -> HttpResponse:
    round_ = load_round(request, slug, "awards.run")
    notify = Milestone.objects.filter(round=round_, step=Step.NOTIFY, audience=Audience.SCHOOL).first()
    early = notify is not None and london_day(now()) < notify.opens_on
    form = ReasonForm(
        posted(request),
        hint="Outcomes are told before the notification date: say why. Kept in the history.",
    )
    if request.method == "POST" and (not early or form.is_valid()):
        reason = form.cleaned_data["reason"] if early else ""
        return _release(request, round_, reason)
    rows = list(releases.decided(round_))
    hears = releases.who_hears(rows)
    people = {user.pk for users in hears.values() for user in users}
    return render(
        request,
        "awards/round_release.html",
        {
            "round": round_,
            "rows": [
                {
                    "submission": one,
                    "decision": one.standing_decisions[0] if one.standing_decisions else None,  # type: ignore[attr-defined]
                    "people": hears[one.pk],
                }
                for one in rows
            ],
            "mails": sum(len(users) for users in hears.values()),
            "people": len(people),
            "opens_on": notify.opens_on if notify else None,
            "early": early,
            "form": form if early else None,
            "certificates": _certificates(round_),
        },
    )


def _release(request: HttpRequest, round_: Round, reason: str) -> HttpResponse:
    told = releases.release_all(
        releases.decided(round_), reason=reason, by=cast(User, request.user), now=now()
    )
    if told.told:
        count = len(told.told)
        schools = "1 school has" if count == 1 else f"{count} schools have"
        messages.success(request, f"{schools} been told. Certificates are being made.")
    for sentence in told.problems:
        messages.error(request, sentence)
    return redirect("round_release", round_.slug)


def _certificates(round_: Round) -> dict[str, int]:
    return Certificate.objects.filter(award__submission__round=round_).aggregate(
        asked=Count("pk"),
        made=Count("pk", filter=Q(file__isnull=False)),
        failed=Count("pk", filter=Q(file=None, tries__gte=MAX_TRIES)),
    )
