"""Signing in, with a brake on guessing, and a new password."""

from typing import Any

from django import forms
from django.contrib.auth.forms import AuthenticationForm, PasswordChangeForm
from django.utils import timezone

from assessments.accounts.brake import Guess, client_address


class LoginForm(AuthenticationForm):
    """Django's form, with the brake: after too many failures of one client it waits for a while."""

    error_messages = {
        **AuthenticationForm.error_messages,
        "invalid_login": "That name and password do not belong together. Both are case-sensitive.",
        "braked": "Too many failed attempts from your address. Please wait fifteen minutes and try again.",
    }

    def clean(self) -> dict[str, Any]:
        guess = self._guess()
        if not guess.is_allowed(timezone.now()):
            raise forms.ValidationError(self.error_messages["braked"], code="braked")
        cleaned = super().clean()
        guess.was_right()
        return cleaned

    def _guess(self) -> Guess:
        address = client_address(self.request) if self.request else ""
        return Guess(address=address, name=str(self.cleaned_data.get("username", "")))


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
