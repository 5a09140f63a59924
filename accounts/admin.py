"""For support only. Signing in to it goes through allauth: one place that counts wrong guesses (S08).

Who may what is read here and changed on the portal's pages alone: those tell the rest of the portal (a
conflict of interest, a review to take back) and write the history.
"""

from allauth.account.decorators import secure_admin_login
from django.contrib import admin
from django.http import HttpRequest

from accounts.models import HQMembership, Invitation, User
from psqm_portal.core.admin import ReadOnlyAdmin

admin.site.login = secure_admin_login(admin.site.login)  # type: ignore[method-assign]


@admin.register(User)
class UserAdmin(admin.ModelAdmin):
    list_display = ("email", "name", "is_active", "joined_at")
    search_fields = ("email", "name")
    fields = ("email", "name", "is_active", "is_staff", "is_superuser", "joined_at")
    readonly_fields = ("joined_at",)

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: User | None = None) -> bool:
        return False

    def get_readonly_fields(self, request: HttpRequest, obj: User | None = None) -> tuple[str, ...]:
        """The address is what an account is recovered by, so it is changed by its owner alone."""
        mine = () if request.user.is_superuser else ("is_staff", "is_superuser")
        return (*self.readonly_fields, "email", *mine)


@admin.register(HQMembership)
class HQMembershipAdmin(ReadOnlyAdmin):
    list_display = ("user", "role", "started_at", "ended_at")
    list_select_related = ("user",)


@admin.register(Invitation)
class InvitationAdmin(ReadOnlyAdmin):
    list_display = ("email", "role", "scope", "invited_at", "expires_at", "accepted_at", "withdrawn_at")
    search_fields = ("email",)
    exclude = ("token_hash",)
