"""What every form of a signed-in person carries (builtin: no ``{% load %}`` needed)."""

import secrets

from django import template
from django.template import Context
from django.utils.html import format_html
from django.utils.safestring import SafeString

from psqm_portal.core import drafts, sendings

register = template.Library()


@register.simple_tag(takes_context=True)
def sending_key(context: Context) -> SafeString:
    """Beside ``{% csrf_token %}`` in each form: sent twice, done once (R02); typed and not sent, kept."""
    user = context.get("user")
    if user is None or not user.is_authenticated:
        return SafeString("")
    return format_html(
        '<input type="hidden" name="{}" value="{}"><input type="hidden" name="{}" value="{}">',
        sendings.FIELD,
        secrets.token_hex(sendings.KEY_LENGTH // 2),
        drafts.FIELD,
        drafts.token_for(user.pk),
    )
