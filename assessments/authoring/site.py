"""The administration: Django's admin, opened by our own rule."""

from django.contrib.admin import AdminSite
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.http import urlencode

from assessments import access


class Site(AdminSite):
    site_header = "Touchstone"
    site_title = "Touchstone administration"
    index_title = "Administration"
    enable_nav_sidebar = True

    def has_permission(self, request: HttpRequest) -> bool:
        return access.may_author(request.user)

    def login(self, request: HttpRequest, extra_context: dict[str, object] | None = None) -> HttpResponse:
        """There is one login page. Who has signed in and is no admin is told that nothing is here."""
        if self.has_permission(request):
            return redirect("admin:index")
        if request.user.is_authenticated:
            raise Http404
        goes_to = request.GET.get("next") or reverse("admin:index")
        return redirect(f"{reverse('login')}?{urlencode({'next': goes_to})}")

    def password_change(  # type: ignore[override]  # Where another page does the work, there is none here.
        self, request: HttpRequest, extra_context: dict[str, object] | None = None
    ) -> HttpResponse:
        """There is one page for one's own password, too."""
        return redirect("password")
