"""For support only: history is read here, never written."""

from typing import Any

from django.contrib import admin
from django.db.models import Model
from django.http import HttpRequest

from psqm_portal.core.models import HistoryEntry, StoredFile


class ReadOnlyAdmin(admin.ModelAdmin):
    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False


@admin.register(HistoryEntry)
class HistoryEntryAdmin(ReadOnlyAdmin):
    list_display = ("machine", "subject_id", "action", "source", "target", "by", "at")
    list_filter = ("machine", "action")
    list_select_related = ("by",)


@admin.register(StoredFile)
class StoredFileAdmin(ReadOnlyAdmin):
    list_display = ("name", "owner", "kind", "size", "scan", "stored_at")
    list_filter = ("kind", "scan")
    search_fields = ("name", "owner", "sha256")
