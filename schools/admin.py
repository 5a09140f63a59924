"""For support only."""

from django.contrib import admin

from psqm_portal.core.admin import ReadOnlyAdmin
from schools.models import School, SchoolMembership


@admin.register(School)
class SchoolAdmin(admin.ModelAdmin):
    list_display = ("name", "urn", "town", "postcode", "phase", "is_open")
    search_fields = ("name", "urn", "town", "postcode")


@admin.register(SchoolMembership)
class SchoolMembershipAdmin(ReadOnlyAdmin):
    list_display = ("user", "school", "role", "started_at", "ended_at")
    list_select_related = ("user", "school")
