from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_http_methods

from accounts.models import User
from messaging.domain.conversations import mark_read, post
from messaging.forms import MessageForm
from messaging.queries import thread
from psqm_portal.core.machine import Refused
from psqm_portal.core.roles import HUB, Role
from submissions.pages.parts import people_words
from submissions.pages.sight import Sight, load
from submissions.queries import hub_people, school_people


@require_http_methods(["GET", "HEAD", "POST"])
def conversation(request: HttpRequest, pk: int) -> HttpResponse:
    """The talk between a school and its hub; HQ reads it."""
    sight = load(request, pk)
    if request.method == "POST" and not sight.talks:
        raise PermissionDenied
    form = MessageForm(request.POST or None, request.FILES or None)
    if request.method == "POST" and form.is_valid() and _posted(sight, form):
        messages.success(request, "Your message is sent.")
        return redirect("conversation", pk)
    lines = thread(sight.submission.conversation, sight.person, people_words(sight.submission))
    if sight.talks:
        mark_read(sight.submission.conversation, by=sight.person, now=sight.now)
    context = {
        "sight": sight,
        "submission": sight.submission,
        "lines": lines,
        "form": form,
        "audience": _audience(sight),
        "action": reverse("conversation", args=[pk]),
        "may_write": sight.talks,
    }
    return render(request, "submissions/conversation.html", context)


def _posted(sight: Sight, form: MessageForm) -> bool:
    submission = sight.submission
    stored = form.stored(owner=submission.files_owner, by=sight.person, now=sight.now)
    if stored is None:
        return False
    try:
        post(
            submission.conversation,
            by=sight.person,
            body=form.cleaned_data["body"],
            now=sight.now,
            tell=_to_tell(sight),
            about=submission.key,
            url=reverse("conversation", args=[submission.pk]),
            title=str(submission),
            attachments=stored,
        )
    except Refused as refused:
        form.add_error(None, str(refused))
        return False
    return True


def _to_tell(sight: Sight) -> list[User]:
    """Subject leaders and the hub; a headteacher only once they have joined in: little noise."""
    submission = sight.submission
    wrote = submission.conversation.messages.values("author")
    heads = school_people(submission, Role.HEADTEACHER).filter(pk__in=wrote)
    return [*school_people(submission, Role.SUBJECT_LEADER), *hub_people(submission, *HUB), *heads]


def _audience(sight: Sight) -> str:
    submission = sight.submission
    groups = [
        (school_people(submission, Role.SUBJECT_LEADER), "subject leader"),
        (school_people(submission, Role.HEADTEACHER), "headteacher"),
        (hub_people(submission, Role.HUB_LEADER), "hub leader"),
        (hub_people(submission, Role.MENTOR), "mentor"),
    ]
    names = [f"{person} ({word})" for people, word in groups for person in people]
    return "Read by " + ", ".join([*names, "and HQ"]) + "."
