"""How often one caller may ask. Counted per invitation or account, so that neighbours do not pay for each
other.
"""

from rest_framework.request import Request
from rest_framework.throttling import SimpleRateThrottle
from rest_framework.views import APIView


class _PerCaller(SimpleRateThrottle):
    def get_cache_key(self, request: Request, view: APIView) -> str:
        caller = getattr(request.user, "pk", None) or self.get_ident(request)
        return f"throttle:{self.scope}:{caller}"


class CandidateThrottle(_PerCaller):
    """Enough to ask for results every second."""

    scope = "candidate"
    rate = "120/min"


class StaffThrottle(_PerCaller):
    scope = "staff"
    rate = "600/min"
