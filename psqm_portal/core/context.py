from typing import Any

from django.apps import apps
from django.conf import settings
from django.http import HttpRequest


def portal(request: HttpRequest) -> dict[str, Any]:
    return {
        "portal_name": settings.PORTAL_NAME,
        "support_email": settings.SUPPORT_EMAIL,
        "demo": apps.is_installed("psqm_portal.demo"),
    }
