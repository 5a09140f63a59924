"""For support only. Signing in to it goes through allauth: one place that counts wrong guesses (S08)."""

from allauth.account.decorators import secure_admin_login
from django.contrib import admin

from accounts.models import HQMembership, Invitation, User

admin.site.login = secure_admin_login(admin.site.login)  # type: ignore[method-assign]


@admin.register(User)
class UserAdmin(admin.ModelAdmin):
    list_display = ("email", "name", "is_active", "joined_at")
    search_fields = ("email", "name")
    fields = ("email", "name", "is_active", "is_staff", "is_superuser", "joined_at")
    readonly_fields = ("joined_at",)


@admin.register(HQMembership)
class HQMembershipAdmin(admin.ModelAdmin):
    list_display = ("user", "role", "started_at", "ended_at")
    list_select_related = ("user",)
    raw_id_fields = ("user",)


@admin.register(Invitation)
class InvitationAdmin(admin.ModelAdmin):
    list_display = ("email", "role", "scope", "invited_at", "expires_at", "accepted_at", "withdrawn_at")
    search_fields = ("email",)
    exclude = ("token_hash",)
    raw_id_fields = ("invited_by", "accepted_by")
