"""HQ and the reminders: what goes in the next two weeks, what went, days without any, a pause."""

from collections import Counter
from collections.abc import Iterable
from datetime import date, datetime, timedelta
from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import permission_required
from django.core.paginator import Paginator
from django.db.models import Q
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_safe

from psqm_portal.core.clock import london_day, now
from psqm_portal.core.machine import Refused
from psqm_portal.core.registers import names_of
from rounds.domain import reminders_hq as hq
from rounds.domain.reminders_ahead import DAYS, ahead, sending_days
from rounds.domain.reminders_due import Due
from rounds.models import NoSendDay, Reminder, ReminderRun
from rounds.reminder_forms import AheadForm, FreeDaysForm, PauseForm, SentForm
from rounds.views.access import SignedIn

PAGE = 50
admins_only = permission_required("rounds.change_reminders", raise_exception=True)


def tabs(active: str) -> list[dict[str, Any]]:
    pages = [
        ("Next 14 days", "reminders"),
        ("Reminder table", "reminder_rules"),
        ("Days without reminders", "reminder_days"),
        ("What went", "reminders_sent"),
        ("What is late", "late"),
    ]
    return [{"label": label, "url": reverse(name), "active": name == active} for label, name in pages]


@require_safe
@admins_only
def reminders(request: SignedIn) -> HttpResponse:
    moment = now()
    found = ahead(moment)
    days = sending_days(moment)
    form = AheadForm(request.GET or None, days=days)
    given = form.cleaned_data if form.is_valid() else {}
    page = Paginator(_chosen(found, given), PAGE).get_page(request.GET.get("page"))
    context = {
        "tabs": tabs("reminders"),
        "filter": form,
        "page": page,
        "days": _by_day(found, moment),
        "pause": hq.standing_pause(),
        "today": london_day(moment),
        "total": len(found),
    }
    return render(request, "rounds/reminders.html", context)


def _chosen(found: Iterable[tuple[date, Due]], given: dict[str, Any]) -> list[tuple[date, Due]]:
    day, cycle, words = given.get("day"), given.get("round"), given.get("who", "").lower().split()
    return [
        (on, due)
        for on, due in found
        if (not day or on.isoformat() == day)
        and (not cycle or due.milestone.round_id == cycle.pk)
        and all(word in f"{due.person.name} {due.person.email}".lower() for word in words)
    ]


def _by_day(found: list[tuple[date, Due]], moment: datetime) -> list[dict[str, Any]]:
    """Each of the coming days: how many mails with how many reminders, or why none goes."""
    first = london_day(moment)
    coming = [first + timedelta(days=number) for number in range(DAYS + 1)]
    free = {row.day: row.why for row in NoSendDay.objects.filter(day__in=coming)}
    reminders_on = Counter(day for day, _ in found)
    mails_on = Counter(day for day, _ in {(day, due.person.pk) for day, due in found})
    run = ReminderRun.objects.filter(day=first, finished_at__isnull=False).first()
    last = max(sending_days(moment), default=first)
    return [
        {
            "day": day,
            "free": free.get(day),
            "done": run if day == first else None,
            "mails": mails_on[day],
            "reminders": reminders_on[day],
        }
        for day in coming
        if day <= last or day in free
    ]


@require_safe
@admins_only
def sent(request: SignedIn) -> HttpResponse:
    form = SentForm(request.GET or None)
    given = form.cleaned_data if form.is_valid() else {}
    rows = Reminder.objects.select_related("milestone__round", "person", "email").defer(
        "email__text", "email__html", "email__last_error"
    )
    if given.get("round"):
        rows = rows.filter(milestone__round=given["round"])
    if given.get("state"):
        rows = rows.filter(state=given["state"])
    for word in given.get("who", "").split():
        rows = rows.filter(Q(person__name__icontains=word) | Q(person__email__icontains=word))
    page = Paginator(rows.order_by("-made_at", "-id"), PAGE).get_page(request.GET.get("page"))
    names = names_of({row.subject for row in page})
    lines = [
        {
            "row": row,
            "name": names.get(row.subject, row.milestone.round.name),
            "when": hq.when_of(row.offset),
        }
        for row in page
    ]
    context = {"tabs": tabs("reminders_sent"), "filter": form, "page": page, "lines": lines}
    return render(request, "rounds/reminders_sent.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
@admins_only
def days(request: SignedIn) -> HttpResponse:
    moment = now()
    form = FreeDaysForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        given = form.cleaned_data
        last = given["last"] or given["first"]
        try:
            made = hq.keep_free(given["first"], last, given["why"], by=request.user, now=moment)
        except Refused as refusal:
            form.add_error(None, str(refusal))
        else:
            kept = "1 day is" if len(made) == 1 else f"{len(made)} days are"
            messages.success(request, f"{kept} kept free. What is due then goes on the next day that isn’t.")
            return redirect("reminder_days")
    rows = NoSendDay.objects.filter(day__gte=london_day(moment)).order_by("day")
    page = Paginator(rows, PAGE).get_page(request.GET.get("page"))
    context = {"tabs": tabs("reminder_days"), "form": form, "page": page}
    return render(request, "rounds/reminder_days.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
@admins_only
def day_back(request: SignedIn, pk: int) -> HttpResponse:
    row = get_object_or_404(NoSendDay, pk=pk)
    if request.method == "POST":
        hq.give_back(row, by=request.user, now=now())
        messages.success(request, "Reminders go on that day again.")
        return redirect("reminder_days")
    return render(request, "rounds/reminder_day_back.html", {"row": row})


@require_http_methods(["GET", "HEAD", "POST"])
@admins_only
def pause(request: SignedIn) -> HttpResponse:
    if hq.standing_pause() is not None:
        return redirect("reminders")
    form = PauseForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            hq.pause(why=form.cleaned_data["why"], by=request.user, now=now())
        except Refused as refusal:
            form.add_error(None, str(refusal))
        else:
            messages.success(request, "Reminders are paused. None goes until you let them go on.")
            return redirect("reminders")
    context = {"form": form, "waiting": hq.waiting_mails(), "held": len(ahead(now()))}
    return render(request, "rounds/reminders_pause.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
@admins_only
def resume(request: SignedIn) -> HttpResponse:
    standing = hq.standing_pause()
    if standing is None:
        return redirect("reminders")
    moment = now()
    if request.method == "POST":
        try:
            hq.resume(by=request.user, now=moment)
        except Refused as refusal:
            messages.error(request, str(refusal))
        else:
            messages.success(request, "Reminders go again, with the next run.")
        return redirect("reminders")
    first = next(iter(sending_days(moment)), None)
    going = [due for day, due in ahead(moment) if day == first]
    people = {due.person.pk for due in going}
    page = Paginator(going, PAGE).get_page(request.GET.get("page"))
    context = {"pause": standing, "first": first, "people": len(people), "page": page, "going": len(going)}
    return render(request, "rounds/reminders_resume.html", context)
