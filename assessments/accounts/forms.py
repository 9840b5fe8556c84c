"""Signing in, with a brake on guessing, and a new password."""

from typing import Any

from django import forms
from django.contrib.auth.forms import AuthenticationForm, PasswordChangeForm
from django.core.cache import cache
from django.utils.crypto import salted_hmac

FAILURES_ALLOWED = 10
WINDOW_SECONDS = 15 * 60


class LoginForm(AuthenticationForm):
    """Django's form, which after ten failures from one address for one name waits fifteen minutes.

    The count is kept per name and address together: a stranger cannot lock a person out from elsewhere.
    """

    error_messages = {
        **AuthenticationForm.error_messages,
        "invalid_login": "That name and password do not belong together. Both are case-sensitive.",
        "braked": "Too many failed attempts from your address. Please wait fifteen minutes and try again.",
    }

    def clean(self) -> dict[str, Any]:
        key = self._key()
        if cache.get(key, 0) >= FAILURES_ALLOWED:
            raise forms.ValidationError(self.error_messages["braked"], code="braked")
        try:
            cleaned = super().clean()
        except forms.ValidationError:
            cache.add(key, 0, WINDOW_SECONDS)
            cache.incr(key)
            raise
        cache.delete(key)
        return cleaned

    def _key(self) -> str:
        address = self.request.META.get("REMOTE_ADDR", "") if self.request else ""
        name = str(self.cleaned_data.get("username", "")).lower()
        return "login:" + salted_hmac("assessments.accounts", f"{address}|{name}").hexdigest()


class PasswordForm(PasswordChangeForm):
    """Django's form, in the look of our fields."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for field in self.fields.values():
            field.widget.attrs["class"] = "form-control"
        self.fields["old_password"].label = "Your password now"
        self.fields["new_password1"].label = "The new one"
        self.fields["new_password2"].label = "The new one again"
        self.fields["new_password2"].help_text = ""
