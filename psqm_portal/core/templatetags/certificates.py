from django import template

from psqm_portal.core.certificates import lines_of, size_of

register = template.Library()
register.filter("certificate_size", size_of)
register.filter("certificate_lines", lines_of)
