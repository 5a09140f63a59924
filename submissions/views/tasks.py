from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from submissions.pages.extensions import one_click, with_request
from submissions.pages.sight import load, unread_here
from submissions.pages.task_list import TaskList


@require_safe
def submission(request: HttpRequest, pk: int) -> HttpResponse:
    """The task list."""
    sight = load(request, pk, with_request)
    tasks = TaskList(sight, unread=unread_here(request, sight.submission.conversation_id))
    context = {
        "sight": sight,
        "submission": sight.submission,
        "tasks": tasks,
        "groups": tasks.groups(),
        "waiting": tasks.waiting(),
        "moves": tasks.moves(),
        "one_click": one_click(sight.submission, tasks.facts.next_step(), tasks.deadlines, sight.today)
        if sight.leads_hub
        else None,
    }
    return render(request, "submissions/submission.html", context)
