"""Loading a challenge from an archive."""

from typing import Any

from django import forms
from django.core.validators import validate_slug

from grading import packs
from grading.archives import MAX_ARCHIVE_BYTES, MIB
from grading.challenge import ChallengePack
from grading.errors import ArchiveError, Fault, PackError


class UploadForm(forms.Form):
    """An archive that is checked as `manage.py pack check` checks a folder. `faults` says what is wrong."""

    archive = forms.FileField(
        help_text=f"A tar, tar.gz or zip of the pack's folder, at most {MAX_ARCHIVE_BYTES // MIB} MiB.",
        widget=forms.FileInput(attrs={"accept": ".tar,.gz,.tgz,.zip"}),
    )
    slug = forms.CharField(
        required=False,
        max_length=80,
        validators=[validate_slug],
        help_text="The challenge's name in addresses. Empty: the name of the archive's folder. "
        "The name of a challenge that exists makes a new version of it.",
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.faults: tuple[Fault, ...] = ()
        self.pack: ChallengePack | None = None

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or self.cleaned_data
        archive = cleaned.get("archive")
        if archive is None or self.errors:
            return cleaned
        if archive.size > MAX_ARCHIVE_BYTES:
            raise forms.ValidationError(f"The archive is larger than {MAX_ARCHIVE_BYTES // MIB} MiB.")
        try:
            self.pack = packs.from_tar(archive.read(), slug=cleaned["slug"])
        except ArchiveError as error:
            raise forms.ValidationError(error.message) from error
        except PackError as error:
            self.faults = error.faults
            raise forms.ValidationError("The pack has faults; nothing was loaded.") from error
        return cleaned
