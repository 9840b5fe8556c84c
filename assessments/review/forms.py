"""What interviewers fill in: an assessment, and whom to invite to it."""

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.utils import timezone

from assessments import zones
from assessments.composition import SUBMISSIONS_EACH, Part
from assessments.invitations import Guest, Terms, named_addresses
from assessments.models import ChallengeVersion

GUESTS_AT_ONCE = 100
DAYS_TO_START = 14
LONGEST_DAYS = 366
MAX_WEIGHT = 100
MAX_ADDRESS = 254


class AssessmentForm(forms.Form):
    """Title, introduction and time; and for each published challenge whether, where and with what weight."""

    title = forms.CharField(
        max_length=200, widget=forms.TextInput(attrs={"class": "form-control", "autocomplete": "off"})
    )
    minutes = forms.IntegerField(
        label="Minutes",
        initial=90,
        min_value=5,
        max_value=7 * 24 * 60,
        widget=forms.NumberInput(attrs={"class": "form-control"}),
        help_text="From the start, for all challenges together.",
    )
    submissions_each = forms.IntegerField(
        label="Submissions of each challenge",
        required=False,
        initial=SUBMISSIONS_EACH,
        min_value=1,
        max_value=1000,
        widget=forms.NumberInput(attrs={"class": "form-control"}),
        help_text="At most. More than anybody needs, and too few to find out the hidden tests by trying.",
    )
    introduction = forms.CharField(
        required=False,
        max_length=20_000,
        widget=forms.Textarea(attrs={"class": "form-control", "rows": 4}),
        help_text="Markdown. Candidates read it before they start.",
    )

    def __init__(self, *args: Any, versions: Iterable[ChallengeVersion], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.versions = list(versions)
        for place, version in enumerate(self.versions, 1):
            self.fields[f"use_{version.pk}"] = _use(version)
            self.fields[f"place_{version.pk}"] = _number(
                place, len(self.versions), f"Place of {version.title}"
            )
            self.fields[f"weight_{version.pk}"] = _number(1, MAX_WEIGHT, f"Weight of {version.title}")

    def rows(self) -> list[dict[str, Any]]:
        """For the page: each version with its three fields."""
        return [
            {"version": version} | {name: self[f"{name}_{version.pk}"] for name in ("use", "place", "weight")}
            for version in self.versions
        ]

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or self.cleaned_data
        if not any(cleaned.get(f"use_{version.pk}") for version in self.versions):
            raise ValidationError("Choose at least one challenge.", code="no_challenge")
        return cleaned

    def parts(self) -> list[Part]:
        """The chosen challenges in the order of their places; equal places keep the order of the list."""
        chosen = [version for version in self.versions if self.cleaned_data[f"use_{version.pk}"]]
        chosen.sort(key=lambda version: self.cleaned_data[f"place_{version.pk}"])
        return [Part(version=version, weight=self.cleaned_data[f"weight_{version.pk}"]) for version in chosen]


def _use(version: ChallengeVersion) -> forms.BooleanField:
    widget = forms.CheckboxInput(attrs={"class": "form-check-input"})
    return forms.BooleanField(required=False, label=version.title, widget=widget)


def _number(initial: int, maximum: int, label: str) -> forms.IntegerField:
    attributes = {"class": "form-control form-control-sm number-field", "aria-label": label}
    widget = forms.NumberInput(attrs=attributes)
    return forms.IntegerField(initial=initial, min_value=1, max_value=maximum, label=label, widget=widget)


class InviteForm(forms.Form):
    """Addresses, one or many, and the terms they share."""

    guests = forms.CharField(
        label="Whom",
        widget=forms.Textarea(attrs={"class": "form-control", "rows": 3, "autocomplete": "off"}),
        help_text="E-mail addresses, one per line. A name may stand in front: Ada Lovelace <ada@example.org>",
    )
    expires_at = forms.DateTimeField(
        label="May start until",
        widget=forms.DateTimeInput(
            format="%Y-%m-%dT%H:%M", attrs={"class": "form-control", "type": "datetime-local"}
        ),
        input_formats=["%Y-%m-%dT%H:%M", "%Y-%m-%dT%H:%M:%S", "%Y-%m-%d %H:%M", "%Y-%m-%d %H:%M:%S"],
    )
    time_zone = forms.CharField(required=False, max_length=64, widget=forms.HiddenInput)
    """The zone in which `expires_at` was shown and typed."""
    extra_time_percent = forms.IntegerField(
        label="Extra time, in per cent",
        initial=0,
        min_value=0,
        max_value=300,
        widget=forms.NumberInput(attrs={"class": "form-control"}),
        help_text="An accommodation: 25 makes 60 minutes 75.",
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["expires_at"].initial = default_expiry
        zone = zones.named(self.data.get("time_zone", "")) or timezone.get_current_timezone()
        self.zone = zone
        self.fields["time_zone"].initial = str(zone)
        self.fields["expires_at"].label = f"May start until ({zone})"

    def full_clean(self) -> None:
        with timezone.override(self.zone):
            super().full_clean()

    def clean_guests(self) -> list[Guest]:
        guests = [_guest(name, address) for name, address in named_addresses(self.cleaned_data["guests"])]
        if not guests:
            raise ValidationError("Enter at least one e-mail address.")
        if len(guests) > GUESTS_AT_ONCE:
            raise ValidationError(f"At most {GUESTS_AT_ONCE} people can be invited at once.")
        return guests

    def clean_expires_at(self) -> datetime:
        moment: datetime = self.cleaned_data["expires_at"]
        now = timezone.now()
        if moment <= now:
            raise ValidationError("This moment has passed already.")
        if moment > now + timedelta(days=LONGEST_DAYS):
            raise ValidationError("An invitation may be open for a year at most.")
        return moment

    def terms(self) -> Terms:
        return Terms(
            expires_at=self.cleaned_data["expires_at"],
            extra_time_percent=self.cleaned_data["extra_time_percent"],
        )


def _guest(name: str, address: str) -> Guest:
    try:
        validate_email(address)
    except ValidationError:
        raise ValidationError(
            "%(given)s is not an e-mail address.", params={"given": f"“{address or name}”"}
        ) from None
    if len(address) > MAX_ADDRESS:
        raise ValidationError(f"An e-mail address may have at most {MAX_ADDRESS} characters.")
    if len(name) > 200:
        raise ValidationError("A name may have at most 200 characters.")
    return Guest(email=address, name=name)


def default_expiry() -> datetime:
    """Two weeks from today, at the end of the day."""
    day = timezone.localtime() + timedelta(days=DAYS_TO_START)
    return day.replace(hour=23, minute=59, second=0, microsecond=0)
