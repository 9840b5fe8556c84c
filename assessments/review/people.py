"""The person behind a request."""

from typing import cast

from django.http import HttpRequest

from assessments.models import User


def signed_in(request: HttpRequest) -> User:
    """The user of a view that `access.interviewer_required` guards."""
    return cast(User, request.user)
