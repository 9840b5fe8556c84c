"""Signing in and one's own account."""

from typing import TYPE_CHECKING

from django.contrib import messages
from django.contrib.auth.forms import PasswordChangeForm
from django.contrib.auth.views import LoginView, PasswordChangeView
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse_lazy
from django.utils.decorators import method_decorator
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_http_methods
from rest_framework.authtoken.models import Token

from assessments import access
from assessments.accounts.forms import LoginForm, PasswordForm

if TYPE_CHECKING:
    from assessments.models import User


@require_GET
@never_cache
def home(request: HttpRequest) -> HttpResponse:
    """Sends everyone to where their work is."""
    if access.may_review(request.user):
        return redirect("review:attempts")
    if access.held_sittings(request):
        return redirect("candidate:sittings")
    return redirect("login")


class Login(LoginView):
    form_class = LoginForm
    redirect_authenticated_user = True


@access.interviewer_required
@never_cache
@require_http_methods(["GET", "POST"])
def account(request: HttpRequest) -> HttpResponse:
    """One's own account. A post replaces the token for the API, which is shown this once."""
    user: User = request.user  # type: ignore[assignment]
    if request.method == "POST":
        Token.objects.filter(user=user).delete()
        token = Token.objects.create(user=user)
        messages.success(
            request, "A new token was made. Programs that use the old one are refused from now on."
        )
        return render(request, "accounts/account.html", {"token": token.key, "has_token": True})
    has_token = Token.objects.filter(user=user).exists()
    return render(request, "accounts/account.html", {"has_token": has_token})


@method_decorator((access.interviewer_required, never_cache), name="dispatch")
class Password(PasswordChangeView):
    """One's own password. This browser stays signed in; every other session of the account ends."""

    template_name = "accounts/password.html"
    form_class = PasswordForm
    success_url = reverse_lazy("account")

    def form_valid(self, form: PasswordChangeForm) -> HttpResponse:
        answer = super().form_valid(form)
        messages.success(
            self.request,
            "Your password is changed. Other browsers are signed out; a token for the API no longer works.",
        )
        return answer
