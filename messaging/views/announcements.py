from dataclasses import dataclass

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.core.paginator import Paginator
from django.db.models import Count, Q, QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_safe

from accounts.models import User
from messaging.domain import announcements as domain
from messaging.domain.notices import How, hows_of
from messaging.models import Announcement, AnnouncementReader
from messaging.queries import announcements_for, announcements_overseen
from messaging.slots import Addressee, Audience, audience, audience_sources, audience_titles
from messaging.talk_forms import AnnouncementForm
from psqm_portal.core.clock import now
from psqm_portal.core.machine import Refused

PAGE = 50


def _audiences(user: User) -> list[Audience]:
    return [one for source in audience_sources for one in source.for_writer(user)]


def _with_figures(rows: QuerySet[Announcement]) -> QuerySet[Announcement]:
    return rows.select_related("author").annotate(
        people=Count("readers"), read=Count("readers", filter=Q(readers__read_at__isnull=False))
    )


@require_safe
def announcements(request: HttpRequest) -> HttpResponse:
    """What was announced to a person; and what they or their hub sent, with how many have read it."""
    user: User = request.user  # type: ignore[assignment]  # signed in: the middleware asks
    sent = announcements_overseen(user)
    rows: list[tuple[Announcement, str | bool]]
    which = "sent" if request.GET.get("show") == "sent" else "received"
    if which == "sent":
        page = Paginator(_with_figures(sent), PAGE).get_page(request.GET.get("page"))
        titles = audience_titles(list(page))
        rows = [(one, titles.get(one.audience, "")) for one in page]
    else:
        received = announcements_for(user).select_related("author")
        page = Paginator(received, PAGE).get_page(request.GET.get("page"))
        unread = set(
            AnnouncementReader.objects.filter(
                announcement__in=list(page), user=user, read_at=None
            ).values_list("announcement", flat=True)
        )
        rows = [(one, one.pk in unread) for one in page]
    context = {
        "page": page,
        "rows": rows,
        "which": which,
        "writes": bool(_audiences(user)),
        "has_sent": which == "sent" or sent.exists(),
        "here": "announcements",
    }
    return render(request, "messaging/announcements.html", context)


@require_safe
def announcement(request: HttpRequest, pk: int) -> HttpResponse:
    """For its readers the text; for who oversees it also how many have read it, and who hasn't."""
    user: User = request.user  # type: ignore[assignment]  # signed in: the middleware asks
    mine = Q(pk__in=announcements_for(user).order_by().values("pk"))
    overseen = Q(pk__in=announcements_overseen(user).order_by().values("pk"))
    rows = Announcement.objects.filter(mine | overseen)
    found = get_object_or_404(_with_figures(rows).prefetch_related("attachments"), pk=pk)
    domain.mark_announcement_read(found, by=user, now=now())
    context = {"announcement": found, "audience": audience_titles([found]).get(found.audience, "")}
    if announcements_overseen(user).filter(pk=pk).exists():
        readers = found.readers.select_related("user")
        show = "read" if request.GET.get("show") == "read" else "unread"
        readers = readers.filter(read_at__isnull=show == "unread").order_by("user__name", "pk")
        page = Paginator(readers, PAGE).get_page(request.GET.get("page"))
        context |= {"figures": True, "page": page, "show": show}
    return render(request, "messaging/announcement.html", context)


@dataclass(frozen=True, slots=True)
class Named:
    """Whom the page names before sending, and how each of them will hear."""

    people: list[Addressee]
    at_once: int
    daily: int
    off: int


def _named(chosen: Audience, user: User) -> Named:
    people = domain.addressees(chosen, user)
    hows = list(hows_of([one.person for one in people]).values())
    return Named(people, *(hows.count(how) for how in (How.AT_ONCE, How.DAILY, How.OFF)))


@require_http_methods(["GET", "HEAD", "POST"])
def announcement_new(request: HttpRequest) -> HttpResponse:
    """``?to=`` names the audience; without it, the choice of those the person may write to."""
    user: User = request.user  # type: ignore[assignment]  # signed in: the middleware asks
    mine, key = _audiences(user), request.GET.get("to", "")
    if not key and len(mine) == 1:
        key = mine[0].key
    chosen = audience(user, key) if key else None
    if not mine and chosen is None:
        raise PermissionDenied
    if chosen is None:
        return render(request, "messaging/announcement_to.html", {"choices": mine})
    form = AnnouncementForm(request.POST or None, request.FILES or None)
    if request.method == "POST" and form.is_valid() and (made := _sent(form, chosen, user)) is not None:
        counted = made.readers.count()
        messages.success(
            request, f"Your announcement is sent to {counted} {'person' if counted == 1 else 'people'}."
        )
        return redirect("announcement", made.pk)
    named = _named(chosen, user)
    context = {
        "form": form,
        "audience": chosen,
        "named": named,
        "mark": domain.mark_of(named.people),
        "action": f"{reverse('announcement_new')}?to={chosen.key}",
        "several": len(mine) > 1,
    }
    return render(request, "messaging/announcement_new.html", context)


def _sent(form: AnnouncementForm, chosen: Audience, user: User) -> Announcement | None:
    moment = now()
    stored = form.stored(owner=chosen.files_owner, by=user, now=moment)
    if stored is None:
        return None
    given = form.cleaned_data
    try:
        return domain.announce(
            chosen, by=user, title=given["title"], body=given["body"], seen=given["people"],
            attachments=stored, now=moment,
        )  # fmt: skip
    except Refused as refused:
        form.add_error(None, str(refused))
        return None
