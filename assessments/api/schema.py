"""How the document at /api/schema/ describes the two ways in which a candidate is known."""

from typing import Any

from drf_spectacular.extensions import OpenApiAuthenticationExtension
from drf_spectacular.openapi import AutoSchema


class InvitationScheme(OpenApiAuthenticationExtension):  # type: ignore[no-untyped-call]
    target_class = "assessments.api.authentication.InvitationAuthentication"
    name = "invitation"

    def get_security_definition(self, auto_schema: AutoSchema) -> dict[str, Any]:
        return {
            "type": "apiKey",
            "in": "header",
            "name": "Authorization",
            "description": "`Invitation <id>.<secret>`, the last two parts of the link in your invitation.",
        }


class InvitationSessionScheme(OpenApiAuthenticationExtension):  # type: ignore[no-untyped-call]
    target_class = "assessments.api.authentication.InvitationSessionAuthentication"
    name = "session"

    def get_security_definition(self, auto_schema: AutoSchema) -> dict[str, Any]:
        return {
            "type": "apiKey",
            "in": "cookie",
            "name": "sessionid",
            "description": "The browser that opened the invitation. If it opened several, `?attempt=<id>` "
            "says which is meant. Unsafe requests need `X-CSRFToken`.",
        }
