"""Makes our site the default one of Django's admin."""

from django.contrib.admin.apps import AdminConfig as DjangoAdminConfig


class AdminConfig(DjangoAdminConfig):
    default_site = "assessments.authoring.site.Site"
