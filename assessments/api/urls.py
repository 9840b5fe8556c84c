"""The API: a candidate's own attempt, interviewers' reading, and its description."""

from django.urls import path
from drf_spectacular.views import SpectacularAPIView

from assessments.api import candidate, schema, staff, views

__all__ = ["schema"]  # Imported so that the description knows how callers are known.

app_name = "api"
_submissions = "attempt/challenges/<int:position>/submissions/"
urlpatterns = [
    path("schema/", SpectacularAPIView.as_view(), name="schema"),
    path("reference/", views.ReferencePage.as_view(), name="reference"),
    path("attempt/", candidate.OwnAttempt.as_view(), name="own-attempt"),
    path("attempt/challenges/<int:position>/", candidate.OwnChallenge.as_view(), name="own-challenge"),
    path(_submissions, candidate.OwnSubmissions.as_view(), name="own-submissions"),
    path(f"{_submissions}<int:number>/", candidate.OwnSubmission.as_view(), name="own-submission"),
    path(
        f"{_submissions}<int:number>/withdraw/",
        candidate.OwnWithdrawal.as_view(),
        name="own-withdrawal",
    ),
    path("attempts/", staff.Attempts.as_view(), name="attempts"),
    path("attempts/<uuid:id>/", staff.OneAttempt.as_view(), name="attempt"),
    path("submissions/<uuid:id>/", staff.OneSubmission.as_view(), name="submission"),
]
