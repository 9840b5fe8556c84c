"""Every address, by audience. `tests/assessments/test_access_matrix.py` lists who may open which."""

from django.urls import include, path

urlpatterns = [
    path("", include("assessments.accounts.urls")),
    path("", include("assessments.candidate.urls")),
    path("", include("assessments.review.urls")),
    path("", include("assessments.operations.urls")),
    path("api/", include("assessments.api.urls")),
]
