"""Accounts in the administration."""

from typing import TYPE_CHECKING

from django.contrib import admin
from django.contrib.auth.admin import UserAdmin

from assessments.authoring.bases import ByRole
from assessments.models import User

if TYPE_CHECKING:  # Generic to the type checker only.
    _UserAdmin = UserAdmin[User]
else:
    _UserAdmin = UserAdmin


@admin.register(User)
class PersonAdmin(ByRole, _UserAdmin):
    """A name, a role, a password. Django's groups and permissions are not used."""

    list_display = ("username", "first_name", "last_name", "email", "role", "is_active", "last_login")
    list_filter = ("role", "is_active")
    search_fields = ("username", "first_name", "last_name", "email")
    ordering = ("username",)
    filter_horizontal = ()
    readonly_fields = ("last_login", "date_joined")
    fieldsets = (
        (None, {"fields": ("username", "password")}),
        ("Person", {"fields": ("first_name", "last_name", "email")}),
        (
            "Role",
            {
                "fields": ("role", "is_active"),
                "description": "Interviewers see what they created; admins see everything and load "
                "challenges. Somebody who leaves is made inactive, so that what they did keeps its name.",
            },
        ),
        ("Dates", {"fields": ("last_login", "date_joined")}),
    )
    add_fieldsets = (
        (
            None,
            {
                "classes": ("wide",),
                "fields": ("username", "role", "usable_password", "password1", "password2"),
            },
        ),
    )

    def has_delete_permission(self, request: object, obj: object = None) -> bool:
        return False
