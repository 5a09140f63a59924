"""What a school does with its award: logo, Open Badge, press release, and whether the directory lists it."""

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.http import content_disposition_header
from django.views.decorators.http import require_http_methods, require_safe
from rules.contrib.views import permission_required

from awards.domain import badges, logos, press
from awards.domain.directory import list_school
from awards.forms.press import PressForm
from awards.models import Award, Unlisted
from awards.queries import shared_by
from awards.views.shared import posted
from messaging.domain.wording import strange_fields
from psqm_portal.core.clock import london_day, now
from psqm_portal.core.machine import Refused
from psqm_portal.core.seen import OutOfDate, conflict_page
from rounds.views.access import SignedIn


def _load(request: SignedIn, number: str) -> Award:
    return get_object_or_404(shared_by(request.user), number=number)


@require_http_methods(["GET", "HEAD", "POST"])
def share(request: SignedIn, number: str) -> HttpResponse:
    award = _load(request, number)
    if request.method == "POST":
        wanted = request.POST.get("do") == "list"
        list_school(award, wanted=wanted, by=request.user, now=now())
        lists = "lists" if wanted else "doesn’t list"
        messages.success(request, f"The directory {lists} {award.school} from now on.")
        return redirect("award_share", award.number)
    context = {
        "award": award,
        "standing": award.standing_on(london_day(now())),
        "has_badge": badges.is_on(),
        "press": press.filled(award),
        "is_unlisted": Unlisted.objects.filter(school=award.school_id).exists(),
        "runs": request.user.has_perm("awards.run"),
    }
    return render(request, "awards/share/share.html", context)


def _download(content: bytes, name: str, content_type: str) -> HttpResponse:
    response = HttpResponse(content, content_type=content_type)
    response["Content-Disposition"] = content_disposition_header(True, name)
    return response


@require_safe
def logo_pack(request: SignedIn, number: str) -> HttpResponse:
    award = _load(request, number)
    try:
        content = logos.pack(award, day=london_day(now()))
    except Refused as refused:
        messages.error(request, str(refused))
        return redirect("award_share", award.number)
    return _download(content, f"PSQM logo {award.number}.zip", "application/zip")


@require_safe
def press_release(request: SignedIn, number: str) -> HttpResponse:
    award = _load(request, number)
    # With the mark that tells editors on any machine what the letters are.
    content = press.filled(award).replace("\n", "\r\n").encode("utf-8-sig")
    return _download(content, f"Press release {award.number}.txt", "text/plain; charset=utf-8")


@permission_required("awards.run", raise_exception=True)
@require_http_methods(["GET", "HEAD", "POST"])
def press_text(request: SignedIn) -> HttpResponse:
    """HQ's words of every school's press release."""
    standing = {"text": press.text()}
    form = PressForm(posted(request), standing=standing, initial=standing)
    if request.method == "POST" and form.is_valid():
        words = form.cleaned_data["text"]
        try:
            press.save(words, by=request.user, now=now(), seen_mark=form.seen)
        except OutOfDate as newer:
            return conflict_page(request, form, newer.standing, what="the press release", back=request.path)
        except Refused as refused:
            form.add_error(None, str(refused))
        else:
            messages.success(request, "Every school’s press release says it from now on.")
            return redirect("press_text")
    strange = strange_fields(str(form["text"].value() or ""), press.FIELDS)
    context = {"form": form, "fields": press.FIELDS, "strange": strange}
    return render(request, "awards/share/press_text.html", context)
