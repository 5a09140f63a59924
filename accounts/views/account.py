from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods

from accounts.forms import NameForm
from accounts.models import User
from accounts.queries import owes_second_factor
from psqm_portal.core import log
from psqm_portal.core.clock import now


@require_http_methods(["GET", "HEAD", "POST"])
def account_home(request: HttpRequest) -> HttpResponse:
    """A person's own account: the name here, everything else on allauth's pages."""
    user: User = request.user  # type: ignore[assignment]  # the middleware asks for a sign-in
    form = NameForm(request.POST or None, initial={"name": user.name})
    if request.method == "POST" and form.is_valid():
        user.name = form.cleaned_data["name"]
        user.save(update_fields=["name"])
        log.write("person.renamed", by=user, now=now(), about=f"person:{user.pk}")
        messages.success(request, "Your name is saved.")
        return redirect("account_home")
    context = {"form": form, "second_factor_owed": owes_second_factor(user)}
    return render(request, "accounts/account_home.html", context)
