"""For support only; HQ's own pages are /mail/. Texts stay out: some carry a link that signs somebody in."""

from django.contrib import admin
from django.http import HttpRequest

from messaging.models import Email


@admin.register(Email)
class EmailAdmin(admin.ModelAdmin):
    list_display = ("subject", "to", "state", "tries", "written_at", "sent_at")
    list_filter = ("state",)
    search_fields = ("to", "subject")
    exclude = ("text", "html")
    raw_id_fields = ("recipient",)

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Email | None = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Email | None = None) -> bool:
        return False
