"""HQ's own words for the portal's mails: list, edit with a preview, earlier wordings, back to shipped."""

from dataclasses import asdict, astuple
from typing import Any

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_safe
from rules.contrib.views import permission_required

from messaging.domain import texts
from messaging.domain.mail import compose_from, shipped
from messaging.domain.wording import Wording
from messaging.mail_forms import MailTextForm
from messaging.models import MailText
from messaging.pages import mails as pages
from messaging.registers import MailKind, mail_kinds
from psqm_portal.core.clock import now
from psqm_portal.core.machine import Refused
from psqm_portal.core.seen import OutOfDate, conflict_page

PAGE = 10


def _kind(slug: str) -> MailKind:
    for kind in mail_kinds.values():
        if kind.slug == slug:
            return kind
    raise Http404


@permission_required("messaging.edit_texts", raise_exception=True)
@require_safe
def mail_texts(request: HttpRequest) -> HttpResponse:
    groups = pages.texts_by_group()
    count = sum(len(listed) for _, listed in groups)
    changed = sum(one.changed is not None for _, listed in groups for one in listed)
    context = {"groups": groups, "count": count, "changed": changed}
    return render(request, "messaging/mail_texts.html", context)


@permission_required("messaging.edit_texts", raise_exception=True)
@require_http_methods(["GET", "POST"])
def mail_text(request: HttpRequest, slug: str) -> HttpResponse:
    """``?from=12`` starts with an earlier wording, ``?from=shipped`` with the shipped one."""
    kind = _kind(slug)
    held = texts.standing(kind)
    standing = {"subject": held.subject, "body": held.body}
    examples = list(kind.examples())
    asked = request.POST.get("do", "") if request.method == "POST" else ""
    # Only saving checks the words: a preview shows them as they are, and is no mistake.
    given = {name: request.POST.get(name, "") for name in (*standing, "example", "seen")}
    start = _start(request, kind, held)
    form = MailTextForm(
        request.POST if asked == "save" else None,
        kind=kind,
        examples=[label for label, _ in examples],
        standing=standing,
        initial=given if asked else asdict(start),
    )
    label, context = examples[form.chosen] if examples else ("made-up words", {})
    shown = pages.preview(kind, form.wording(), label, context, request.user)  # type: ignore[arg-type]  # signed in
    if asked == "try":
        composed = compose_from(form.wording(), shown.values)
        texts.send_trial(composed, to=request.user, now=now())  # type: ignore[arg-type]  # signed in
        address = request.user.email  # type: ignore[union-attr]  # signed in
        messages.success(request, f"A test is on its way to {address}. Nobody else gets it.")
    if asked == "save" and form.is_valid():
        answer = _save(request, kind, form)
        if answer is not None:
            return answer
    page = _page(kind, form, shown)
    page["problems"] = texts.problems(kind, *astuple(form.wording())) if asked == "preview" else {}
    page["is_earlier"] = not asked and start != held
    return render(request, "messaging/mail_text.html", page)


def _start(request: HttpRequest, kind: MailKind, held: Wording) -> Wording:
    given = request.GET.get("from", "")
    if given == "shipped":
        return shipped(kind.template)
    row = MailText.objects.filter(pk=given, template=kind.template).first() if given.isdecimal() else None
    return Wording(row.subject, row.body) if row is not None and not row.is_shipped else held


def _save(request: HttpRequest, kind: MailKind, form: MailTextForm) -> HttpResponse | None:
    """None: refused, with the sentence on the form."""
    try:
        words, by = form.wording(), request.user
        row = texts.edit(kind, words, by=by, now=now(), seen_mark=form.seen)  # type: ignore[arg-type]  # signed in
    except OutOfDate as newer:
        back = reverse("mail_text", args=[kind.slug])
        return conflict_page(request, form, newer.standing, what=f"the mail “{kind.title}”", back=back)
    except Refused as refused:
        form.add_error(None, str(refused))
        return None
    said = "These are its words from now on." if row else "These were its words already."
    messages.success(request, f"“{kind.title}”: {said}")
    return redirect("mail_texts")


def _page(kind: MailKind, form: MailTextForm, shown: pages.Preview) -> dict[str, Any]:
    newest = MailText.objects.filter(template=kind.template).select_related("written_by").first()
    return {
        "kind": kind,
        "form": form,
        "shown": shown,
        "fields": pages.fields_of(kind, shown.values),
        "newest": newest,
        "is_shipped": newest is None or newest.is_shipped,
    }


@permission_required("messaging.edit_texts", raise_exception=True)
@require_safe
def mail_text_earlier(request: HttpRequest, slug: str) -> HttpResponse:
    kind = _kind(slug)
    rows = MailText.objects.filter(template=kind.template).select_related("written_by")
    page = Paginator(rows, PAGE).get_page(request.GET.get("page"))
    context = {"kind": kind, "page": page, "shipped": shipped(kind.template)}
    return render(request, "messaging/mail_text_earlier.html", context)


@permission_required("messaging.edit_texts", raise_exception=True)
@require_http_methods(["GET", "POST"])
def mail_text_shipped(request: HttpRequest, slug: str) -> HttpResponse:
    kind = _kind(slug)
    if request.method == "GET":
        return render(
            request, "messaging/mail_text_shipped.html", {"kind": kind, "words": shipped(kind.template)}
        )
    try:
        texts.restore(kind, by=request.user, now=now())  # type: ignore[arg-type]  # signed in
    except Refused as refused:
        messages.error(request, str(refused))
    else:
        messages.success(request, f"“{kind.title}” has the words again that the portal comes with.")
    return redirect("mail_text", slug=slug)
