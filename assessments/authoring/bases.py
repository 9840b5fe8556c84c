"""What our admin pages have in common: one rule, and evidence that nobody can change."""

from typing import TYPE_CHECKING, Any

from django.contrib.admin import ModelAdmin, TabularInline
from django.contrib.admin.widgets import AdminSplitDateTime
from django.core.exceptions import BadRequest
from django.db import DataError, transaction
from django.db.models import DateTimeField, Model
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString

from assessments import access
from assessments.nonsense import within_reason

if TYPE_CHECKING:  # Django's classes are generic to the type checker only.
    _ModelAdmin = ModelAdmin[Any]
    _TabularInline = TabularInline[Any, Any]
else:
    _ModelAdmin, _TabularInline = ModelAdmin, TabularInline


class ByRole:
    """Django's permissions play no part; `access.may_author` is the rule."""

    def has_module_permission(self, request: HttpRequest) -> bool:
        return access.may_author(request.user)

    def has_view_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return access.may_author(request.user)

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return access.may_author(request.user)

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return access.may_author(request.user)

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return access.may_author(request.user)


class _Evidence(ByRole):
    """To be read only, by admins, too: what happened stays as it was."""

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False


class MomentWidget(AdminSplitDateTime):
    """A date and a time of day. Django leaves the two inputs without a label."""

    def get_context(self, name: str, value: Any, attrs: dict[str, Any] | None) -> dict[str, Any]:
        context = super().get_context(name, value, attrs)
        label = name.rpartition("-")[2].replace("_", " ").capitalize()
        for part, input in zip(("date", "time"), context["widget"]["subwidgets"], strict=True):
            input["attrs"]["aria-label"] = f"{label}: {part}"
        return context


class _Listing(_ModelAdmin):
    """A list whose address asks for a moment that no calendar has answers 400; Django's own fails."""

    def changelist_view(self, request: HttpRequest, extra_context: Any = None) -> HttpResponse:
        try:
            with transaction.atomic():
                return super().changelist_view(request, extra_context)
        except (OverflowError, ValueError, DataError) as error:
            if request.method == "GET" and request.GET:
                raise BadRequest(str(error)) from error
            raise


class Admin(ByRole, _Listing):
    list_per_page = 50
    show_full_result_count = False
    formfield_overrides = {DateTimeField: {"widget": MomentWidget, "validators": [within_reason]}}


class EvidenceAdmin(_Evidence, _Listing):
    list_per_page = 50
    show_full_result_count = False
    actions = None


class Inline(ByRole, _TabularInline):
    template = "authoring/_rows.html"
    extra = 0


class EvidenceInline(_Evidence, _TabularInline):
    template = "authoring/_rows.html"
    extra = 0
    show_change_link = True

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        return self.fields or ()


def link(name: str, row: Model, text: object) -> SafeString:
    """A link to a page of ours."""
    return format_html('<a href="{}">{}</a>', reverse(name, args=[row.pk]), text)
