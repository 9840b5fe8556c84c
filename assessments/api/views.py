"""What every view of the API has in common."""

from typing import Any

from django.views.generic import TemplateView
from drf_spectacular.generators import SchemaGenerator
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from assessments.api import errors
from assessments.api.parsers import BoundedJSONParser
from assessments.api.reference import Reference


class View(APIView):
    """JSON only, precise refusals, and nothing that a cache may keep."""

    parser_classes = [BoundedJSONParser]

    def get_exception_handler(self) -> Any:
        return errors.handle

    def finalize_response(self, request: Request, response: Any, *args: Any, **kwargs: Any) -> Response:
        finished: Response = super().finalize_response(request, response, *args, **kwargs)
        finished["Cache-Control"] = "no-store"
        return finished


class ReferencePage(TemplateView):
    """The API's documentation, made from the same document that `/api/schema/` gives to programs."""

    template_name = "api/reference.html"

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        document = SchemaGenerator().get_schema(request=None, public=True)  # type: ignore[no-untyped-call]
        return {**super().get_context_data(**kwargs), "reference": Reference(document)}
