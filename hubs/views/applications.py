"""Becoming a hub leader, for people without an account. The mailed link opens a session for one application;
after that no address carries the token. What may be done is asked of the application each time.
"""

from collections.abc import Callable
from datetime import datetime
from functools import wraps
from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_not_required
from django.core.files.uploadedfile import UploadedFile
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from hubs import slots
from hubs.domain import applications as domain
from hubs.domain.application_machine import LIVE, missing
from hubs.forms.applications import AboutForm, AnswerForm, LinkForm, StartForm
from hubs.models import ApplicationFile, CommitmentPoint, LeaderApplication, LeaderCriterion
from hubs.pages import applications as pages
from psqm_portal.core import pace
from psqm_portal.core.clock import now
from psqm_portal.core.files.storing import BadFile
from psqm_portal.core.machine import Refused
from psqm_portal.core.seen import OutOfDate, conflict_page
from schools.models import School
from schools.views.search import searched

KEY = "leader_application"
# In an hour: mails asked for from one line, mails to one address, files from one line.
MOST_ASKED, MOST_TO_ONE, MOST_UPLOADS = 20, 5, 100
# In a day: what is removed lies on the disk for a day.
MOST_IN_A_DAY, DAY = 200, 24 * 3600
TOO_OFTEN = "That was asked for too often from your network. Try again in an hour, or write to us."

View = Callable[..., HttpResponse]


def _mine(request: HttpRequest) -> LeaderApplication | None:
    kept = request.session.get(KEY)
    if not kept or now() >= datetime.fromisoformat(kept["until"]):
        return None
    return LeaderApplication.objects.select_related("school", "hub").filter(pk=kept["pk"]).first()


def applicant(view: View) -> View:
    """Gives the view the application that this session was opened for, or asks for the link."""

    @login_not_required  # the mailed link is what lets them in
    @never_cache
    @wraps(view)
    def opened(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        application = _mine(request)
        if application is None:
            return redirect("application_link_again")
        return view(request, application, *args, **kwargs)

    return opened


def _may_mail(request: HttpRequest) -> bool:
    return pace.may("application-mail", pace.line_of(request), most=MOST_ASKED)


def _mail(verb: Callable[..., Any], email: str, **given: Any) -> None:
    """To one address only so often; nobody is told, as nobody is told whether it is known (S10)."""
    if pace.may("application-to", email.strip().lower(), most=MOST_TO_ONE):
        verb(email=email, now=now(), **given)


# Public: what a hub leader does, and the first step.
@login_not_required
@require_http_methods(["GET", "HEAD", "POST"])
def become_hub_leader(request: HttpRequest) -> HttpResponse:
    form = StartForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        if request.POST.get("website"):  # a person doesn't see this field
            return redirect("application_link_sent")
        if _may_mail(request):
            _mail(domain.begin, form.cleaned_data["email"], name=form.cleaned_data["name"])
            return redirect("application_link_sent")
        form.add_error(None, TOO_OFTEN)
    context = {
        "form": form,
        "criteria": LeaderCriterion.objects.all(),
        "points": CommitmentPoint.objects.all(),
        "pay": slots.pay_of_leaders(),
    }
    return render(request, "hubs/application/become.html", context)


# Public: it answers the same to everybody.
@login_not_required
@require_http_methods(["GET", "HEAD", "POST"])
def application_link_again(request: HttpRequest) -> HttpResponse:
    form = LinkForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        if _may_mail(request):
            _mail(domain.send_link, form.cleaned_data["email"])
            return redirect("application_link_sent")
        form.add_error(None, TOO_OFTEN)
    return render(request, "hubs/application/link_again.html", {"form": form})


# Public, as above.
@login_not_required
@require_safe
def application_link_sent(request: HttpRequest) -> HttpResponse:
    days = LeaderApplication.LINK_LIFE.days
    return render(request, "hubs/application/link_sent.html", {"days": days})


# The secret in the link is what lets them in.
@login_not_required
@never_cache
@require_safe
def application_open(request: HttpRequest, token: str) -> HttpResponse:
    found = domain.find(token, now=now())
    if found is None:
        form = LinkForm()
        return render(request, "hubs/application/link_again.html", {"form": form, "gone": True}, status=404)
    request.session[KEY] = {"pk": found.pk, "until": found.link_ends_at.isoformat()}
    return redirect("my_application")


@require_safe
@applicant
def my_application(request: HttpRequest, application: LeaderApplication) -> HttpResponse:
    gaps = missing(application)
    context = {
        "application": application,
        "said": pages.answers_of(application, gaps),
        "gaps": gaps,
        "about_is_done": all(gap.criterion for gap in gaps),
    }
    page = "tasks" if domain.may_write(application) else "standing"
    return render(request, f"hubs/application/{page}.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
@applicant
def application_about(request: HttpRequest, application: LeaderApplication) -> HttpResponse:
    if not domain.may_write(application):
        return redirect("my_application")
    standing = {name: value for name, value in domain.about(application).items() if name != "school"}
    form = AboutForm(request.POST or None, initial=standing, standing=standing)
    if request.method == "POST" and form.is_valid():
        try:
            saved = domain.save_about(application, form.words(), now=now(), seen=form.seen)
        except OutOfDate as newer:
            return conflict_page(request, form, newer.standing, what="About you", back=request.path)
        except Refused as refusal:
            form.add_error(None, str(refusal))
        else:
            needs_school = saved.is_teacher and saved.school_id is None
            return _onwards(request, saved, "application_school" if needs_school else "my_application")
    context = {"form": form, "application": application}
    return render(request, "hubs/application/about.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
@applicant
def application_school(request: HttpRequest, application: LeaderApplication) -> HttpResponse:
    """A teacher's school from the register; names and places of schools are public."""
    if not domain.may_write(application):
        return redirect("my_application")
    if request.method == "POST":
        chosen = School.objects.filter(pk=_number(request.POST.get("school")), is_open=True).first()
        if chosen is not None:
            words = {"school": chosen.pk, "employer": chosen.name}
            domain.save_about(application, words, now=now())
            return redirect("my_application")
    context = {
        **searched(request),
        "not_chosen": request.method == "POST",
        "chosen": application.school_id,
        "application": application,
    }
    status = 429 if context["too_often"] else 200
    return render(request, "hubs/application/school.html", context, status=status)


def _number(text: str | None) -> int:
    return int(text) if text and text.isdecimal() and len(text) < 16 else 0


def _criterion(application: LeaderApplication, number: int) -> pages.Said:
    for one in pages.answers_of(application):
        if one.criterion.number == number:
            return one
    raise Http404


@require_http_methods(["GET", "HEAD", "POST"])
@applicant
def application_criterion(request: HttpRequest, application: LeaderApplication, number: int) -> HttpResponse:
    one = _criterion(application, number)
    if not one.is_open:
        return redirect("my_application")
    standing = domain.said(one.answer, one.points)
    form = AnswerForm(
        request.POST or None,
        request.FILES or None,
        initial=standing,
        standing=standing,
        criterion=one.criterion,
        points=one.points,
    )
    if request.method == "POST" and form.is_valid():
        are_kept = _add_files(request, application, one.criterion, form.uploads)
        try:
            domain.save_answer(application, one.criterion, form.words(), now=now(), seen=form.seen)
        except OutOfDate as newer:
            del form.fields["attachments"]
            what = f"Number {number}"
            return conflict_page(request, form, newer.standing, what=what, back=request.path)
        except Refused as refusal:
            form.add_error(None, str(refusal))
        else:
            if "upload" in request.POST or not are_kept:
                return redirect(request.path)
            return _onwards(request, application, "my_application")
    context = {"form": form, "application": application, "one": one}
    return render(request, "hubs/application/criterion.html", context)


def _add_files(
    request: HttpRequest,
    application: LeaderApplication,
    criterion: LeaderCriterion,
    uploads: list[UploadedFile],
) -> bool:
    """Keeps those that can be kept, and says why not of the others."""
    bad: list[str] = []
    for upload in uploads:
        line = pace.line_of(request)
        if not pace.may("application-file", line, most=MOST_UPLOADS):
            bad.append("Too many files came from your network. Try again in an hour.")
            break
        if not pace.may("application-file-day", line, most=MOST_IN_A_DAY, window=DAY):
            bad.append("Too many files came from your network. Try again tomorrow.")
            break
        try:
            domain.add_file(application, criterion, upload, now=now())
        except (BadFile, Refused) as why:
            bad.append(str(why))
    for sentence in bad:
        messages.error(request, f"{sentence} What you wrote is saved.")
    return not bad


def _onwards(request: HttpRequest, application: LeaderApplication, name: str) -> HttpResponse:
    """After a save: back later by a mailed link, or on."""
    if "later" not in request.POST:
        return redirect(name)
    if not _may_mail(request):
        messages.error(request, f"It is saved, but we can’t send a link now. {TOO_OFTEN}")
        return redirect("my_application")
    _mail(domain.send_link, application.email)
    del request.session[KEY]
    return redirect("application_link_sent")


@require_POST
@applicant
def application_file_remove(request: HttpRequest, application: LeaderApplication, pk: int) -> HttpResponse:
    rows = ApplicationFile.objects.select_related("answer__application", "answer__criterion", "file")
    file = get_object_or_404(rows, pk=pk, answer__application=application)
    try:
        domain.remove_file(file, now=now())
    except Refused as refusal:
        messages.error(request, str(refusal))
        return redirect("my_application")
    messages.success(request, f"{file.file.name} is removed.")
    return redirect("application_criterion", file.answer.criterion.number)


@require_http_methods(["GET", "HEAD", "POST"])
@applicant
def application_check(request: HttpRequest, application: LeaderApplication) -> HttpResponse:
    if not domain.may_write(application):
        return redirect("my_application")
    error = ""
    if request.method == "POST":
        try:
            domain.send(application, now=now())
        except Refused as refusal:
            error = str(refusal)
        else:
            messages.success(request, "Your application is sent.")
            return redirect("my_application")
    gaps = missing(application)
    context = {
        "application": application,
        "said": pages.answers_of(application, gaps),
        "gaps": gaps,
        "error": error,
    }
    return render(request, "hubs/application/check.html", context)


@require_POST
@applicant
def application_later(request: HttpRequest, application: LeaderApplication) -> HttpResponse:
    return _onwards(request, application, "my_application")


@require_http_methods(["GET", "HEAD", "POST"])
@applicant
def application_withdraw(request: HttpRequest, application: LeaderApplication) -> HttpResponse:
    if application.status not in LIVE:
        return redirect("my_application")
    if request.method == "POST":
        try:
            domain.withdraw(application, now=now())
        except Refused as refusal:
            messages.error(request, str(refusal))
        return redirect("my_application")
    return render(request, "hubs/application/withdraw.html", {"application": application})
