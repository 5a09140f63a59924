from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from submissions.pages.sight import load, unread_of
from submissions.pages.task_list import TaskList


@require_safe
def submission(request: HttpRequest, pk: int) -> HttpResponse:
    """The task list."""
    sight = load(request, pk)
    tasks = TaskList(sight, unread=unread_of(request, sight.submission.conversation_id))
    context = {
        "sight": sight,
        "submission": sight.submission,
        "tasks": tasks,
        "groups": tasks.groups(),
        "waiting": tasks.waiting(),
        "moves": tasks.moves(),
    }
    return render(request, "submissions/submission.html", context)
