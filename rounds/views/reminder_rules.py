"""HQ's rule table: when reminders go, for whom, with which words. A change is looked at before it is made."""

from typing import Any

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_http_methods, require_safe

from psqm_portal.core.clock import now
from psqm_portal.core.machine import Refused
from psqm_portal.core.models import HistoryEntry
from psqm_portal.core.registers import duties
from rounds.domain import reminders_hq as hq
from rounds.models import Audience, ReminderRule, Step
from rounds.reminder_forms import OwnRulesForm, RuleForm
from rounds.views.access import SignedIn
from rounds.views.reminders import admins_only, tabs

SHOWN = 10  # people named on the page that says what a change does


def _steps() -> list[tuple[str, str]]:
    """(audience, step) of everything that somebody may be reminded of."""
    return [
        (audience, step) for audience in Audience.values for step in Step.values if (step, audience) in duties
    ]


@require_safe
@admins_only
def rules(request: SignedIn) -> HttpResponse:
    rows = list(ReminderRule.objects.order_by("offset"))
    usual = [
        {
            "audience": audience,
            "label": audience.label,
            "rules": [_line(row) for row in rows if row.audience == audience and not row.step],
            "steps": [Step(step).label for held, step in _steps() if held == audience],
        }
        for audience in Audience
    ]
    own = [
        {
            "audience": Audience(audience),
            "step": Step(step),
            "rules": [_line(row) for row in rows if (row.audience, row.step) == (audience, step)],
        }
        for audience, step in sorted({(row.audience, row.step) for row in rows if row.step})
    ]
    history = HistoryEntry.objects.filter(machine="reminder_rule").select_related("by").order_by("-at", "-id")
    words = {"add": "Added", "change": "Changed", "take_away": "Taken away"}
    changes = [{"said": words.get(one.action, one.action), "entry": one} for one in history[:20]]
    context = {"tabs": tabs("reminder_rules"), "usual": usual, "own": own, "changes": changes}
    return render(request, "rounds/reminder_rules.html", context)


def _line(rule: ReminderRule) -> dict[str, Any]:
    return {"rule": rule, "when": hq.when_of(rule.offset)}


@require_http_methods(["GET", "HEAD", "POST"])
@admins_only
def rule_new(request: SignedIn, audience: str, step: str = "") -> HttpResponse:
    if audience not in Audience.values or (step and (audience, step) not in _steps()):
        raise Http404
    rule = ReminderRule(audience=audience, step=step, copies_hub_leader=audience == Audience.SCHOOL)
    rule.offset = None  # type: ignore[assignment]  # the form asks for it
    return _change(request, rule, title="Add a reminder")


@require_http_methods(["GET", "HEAD", "POST"])
@admins_only
def rule(request: SignedIn, pk: int) -> HttpResponse:
    row = get_object_or_404(ReminderRule, pk=pk)
    return _change(request, row, title="Change a reminder")


def _change(request: SignedIn, row: ReminderRule, *, title: str) -> HttpResponse:
    """First what it does, to whom; then, sent again with ``sure``, it is done."""
    form = RuleForm(request.POST or None, instance=row)
    context: dict[str, Any] = {"form": form, "rule": row, "title": title, "whose": _whose(row)}
    if request.method == "POST" and form.is_valid():
        row = form.save(commit=False)
        row.offset = form.offset
        if (sentence := hq.why_not(row)) is not None:
            form.add_error(None, sentence)
        elif "sure" in request.POST:
            try:
                hq.save_rule(row, by=request.user, now=now())
            except Refused as refusal:
                form.add_error(None, str(refusal))
            else:
                messages.success(request, f"Saved: {hq.said_of(row)}.")
                return redirect("reminder_rules")
        else:
            given = {key: value for key in form.fields if (value := request.POST.get(key))}
            context |= {"hidden": {**given, "sure": "yes"}, "said": hq.said_of(row), "text": row.text}
            return render(request, "rounds/reminder_rule_sure.html", context | _effects(hq.table_with(row)))
    return render(request, "rounds/reminder_rule.html", context)


def _whose(rule: ReminderRule) -> str:
    step = f": {Step(rule.step).label}" if rule.step else ""
    return f"{Audience(rule.audience).label}{step}"


def _effects(table: Any) -> dict[str, Any]:
    effects = hq.effects_of(table, now())
    people = {due.person.pk: str(due.person) for due in effects.extra}
    return {
        "effects": effects,
        "extra_people": len(people),
        "named": sorted(people.values())[:SHOWN],
        "more": max(len(people) - SHOWN, 0),
        "paused": hq.standing_pause() is not None,
    }


@require_http_methods(["GET", "HEAD", "POST"])
@admins_only
def rule_away(request: SignedIn, pk: int) -> HttpResponse:
    row = get_object_or_404(ReminderRule, pk=pk)
    if request.method == "POST":
        try:
            hq.take_away(row, by=request.user, now=now())
        except Refused as refusal:
            messages.error(request, str(refusal))
        else:
            messages.success(request, "The reminder is taken away.")
        return redirect("reminder_rules")
    context = {
        "said": hq.said_of(row),
        "title": "Take a reminder away",
        "button": "Take this reminder away",
        "is_away": True,
    }
    return render(
        request,
        "rounds/reminder_rule_sure.html",
        context | _effects(hq.table_without([row])) | {"is_away": True},
    )


@require_http_methods(["GET", "HEAD", "POST"])
@admins_only
def own_new(request: SignedIn) -> HttpResponse:
    have = set(ReminderRule.objects.exclude(step="").values_list("audience", "step"))
    form = OwnRulesForm(request.POST or None, steps=[one for one in _steps() if one not in have])
    if request.method == "POST" and form.is_valid():
        audience, _, step = form.cleaned_data["step"].partition(".")
        try:
            hq.give_own_rules(audience, step, by=request.user, now=now())
        except Refused as refusal:
            form.add_error(None, str(refusal))
        else:
            messages.success(request, f"{Step(step).label} has its own reminders now. Change them below.")
            return redirect("reminder_rules")
    return render(request, "rounds/reminder_own_new.html", {"form": form})


@require_http_methods(["GET", "HEAD", "POST"])
@admins_only
def own_drop(request: SignedIn, audience: str, step: str) -> HttpResponse:
    rows = list(ReminderRule.objects.filter(audience=audience, step=step).exclude(step=""))
    if not rows:
        raise Http404
    if request.method == "POST":
        hq.drop_own_rules(audience, step, by=request.user, now=now())
        messages.success(request, f"{Step(step).label} goes by the usual reminders again.")
        return redirect("reminder_rules")
    context = {
        "said": f"{_whose(rows[0])}: its own {len(rows)} reminders",
        "title": "Back to the usual reminders",
        "button": "Go back to the usual reminders",
        "is_away": True,
    }
    return render(request, "rounds/reminder_rule_sure.html", context | _effects(hq.table_without(rows)))
