"""``{% load feedback %}``: quoted words marked in a text that is shown."""

from django import template
from django.template import Context
from django.utils.html import conditional_escape
from django.utils.safestring import SafeString, mark_safe

from submissions.pages.quotes import mark

register = template.Library()


@register.simple_tag(takes_context=True)
def quoted(context: Context, html: str) -> SafeString:
    """Finished HTML (``{% quoted text|paragraphs %}``) or a plain line, which is escaped, with the quotes of
    the page's ``threads`` marked; as it is where there are none.

    Each quote is marked once on a page, where its words first stand.
    """
    from submissions.pages.feedback import quotes_of  # noqa: PLC0415 - the page's module loads the models

    safe = conditional_escape(html or "")
    waiting = [thread for thread in context.get("threads") or () if thread.number and not thread.is_marked]
    if not waiting:
        return mark_safe(safe)  # noqa: S308 - escaped above
    marked, found = mark(safe, quotes_of(waiting))
    for thread in waiting:
        thread.is_marked = thread.start.pk in found
    return mark_safe(marked)  # noqa: S308 - its text as it was, with tags of ours between
