import unicodedata
from typing import Any, ClassVar

from allauth.account.adapter import DefaultAccountAdapter
from allauth.core import context as allauth_context
from django.conf import settings
from django.contrib.sites.shortcuts import get_current_site
from django.core.exceptions import ValidationError
from django.http import HttpRequest

from accounts import logged
from accounts.models import User
from messaging.domain.mail import as_html, record
from messaging.models import Email
from psqm_portal.core.clock import now
from psqm_portal.core.sign_in_forms import ACCOUNT_ERROR_MESSAGES


class AccountAdapter(DefaultAccountAdapter):
    """Sign-in by invitation only; what allauth writes becomes a mail record like any other, and secret."""

    error_messages: ClassVar = {**DefaultAccountAdapter.error_messages, **ACCOUNT_ERROR_MESSAGES}

    def is_open_for_signup(self, request: HttpRequest) -> bool:
        return False

    def send_mail(self, template_prefix: str, email: str, context: dict[str, Any]) -> None:
        request = allauth_context.request
        shared = {
            "request": request,
            "email": email,
            "current_site": get_current_site(request),
            "portal_origin": settings.PORTAL_ORIGIN,
            "portal_name": settings.PORTAL_NAME,
            "support_email": settings.SUPPORT_EMAIL,
        }
        message = self.render_mail(template_prefix, email, {**shared, **_with_own_origin(context, request)})
        person = context.get("user")
        moment = now()
        text = str(message.body)
        record(
            Email(
                template=template_prefix[:60],
                recipient=person if isinstance(person, User) else None,
                to=email,
                subject=message.subject[:255],
                text=text,
                html=as_html(message.subject, text),
                secret=True,
                try_at=moment,
                written_at=moment,
            )
        )

    def pre_authenticate(self, request: HttpRequest, **credentials: Any) -> None:
        try:
            super().pre_authenticate(request, **credentials)
        except ValidationError:
            logged.blocked(request)
            raise

    def _get_login_attempts_cache_key(self, request: HttpRequest, **credentials: Any) -> str:
        """One count for every spelling of an address: case, width and accents don't open another, nor does
        the host that was asked, whose port anybody may choose (S08).
        """
        login = str(credentials.get("email") or credentials.get("username") or "")
        folded = unicodedata.normalize("NFKD", login).casefold()
        return "".join(sign for sign in folded if not unicodedata.combining(sign)).strip()


def _with_own_origin(context: dict[str, Any], request: HttpRequest) -> dict[str, Any]:
    """Links lead to the portal's configured address, whatever the request's Host header said (S28)."""
    asked = f"{request.scheme}://{request.get_host()}/"
    return {
        name: settings.PORTAL_ORIGIN + value.removeprefix(asked[:-1])
        if isinstance(value, str) and value.startswith(asked)
        else value
        for name, value in context.items()
    }
