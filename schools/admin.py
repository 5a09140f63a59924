"""For support only."""

from django.contrib import admin

from schools.models import School, SchoolMembership


@admin.register(School)
class SchoolAdmin(admin.ModelAdmin):
    list_display = ("name", "urn", "town", "postcode", "phase", "is_open")
    search_fields = ("name", "urn", "town", "postcode")


@admin.register(SchoolMembership)
class SchoolMembershipAdmin(admin.ModelAdmin):
    list_display = ("user", "school", "role", "started_at", "ended_at")
    list_select_related = ("user", "school")
    raw_id_fields = ("user", "school")
