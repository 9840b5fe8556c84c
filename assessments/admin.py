"""Where Django looks for a site's pages. They are in `assessments.authoring`."""

from django.contrib import admin
from django.contrib.auth.models import Group
from rest_framework.authtoken.models import TokenProxy

from assessments.authoring import challenges, gradings, people, sittings

__all__ = ["challenges", "gradings", "people", "sittings"]

admin.site.unregister(Group)  # Roles are a field of the account.
admin.site.unregister(TokenProxy)  # A token is shown once, to its owner, on the account page.
