"""Addresses of candidates: a link, and everything of a sitting below the id of its attempt."""

from django.urls import URLPattern, URLResolver, include, path

from assessments.candidate import invitation, pages, sittings, workspace

app_name = "candidate"

_of_a_challenge: list[URLPattern] = [
    path("", workspace.workspace, name="workspace"),
    path("save/", workspace.save, name="save"),
    path("language/", workspace.language, name="language"),
    path("run/", workspace.run, name="run"),
    path("submit/", workspace.submit, name="submit"),
    path("run/withdraw/", workspace.withdraw_run, name="withdraw-run"),
    path("submissions/<int:number>/withdraw/", workspace.withdraw, name="withdraw"),
    path("submissions/<int:number>/files/", workspace.submitted_files, name="submitted-files"),
    path("starter/", workspace.starter, name="starter"),
    path("results/", workspace.results, name="results"),
]
_of_a_sitting: list[URLPattern | URLResolver] = [
    path("", pages.overview, name="overview"),
    path("time/", pages.time_left, name="time"),
    path("finish/", pages.finish, name="finish"),
    path("end/", pages.end, name="end"),
    path("end/files/", pages.download, name="download"),
    path("<int:position>/", include(_of_a_challenge)),
]
urlpatterns = [
    path("invitation/<uuid:id>/", invitation.invitation, name="invitation"),
    path("invitation/<uuid:id>/open/", invitation.open_link, name="open"),
    path("invitation/<uuid:id>/<str:secret>/", invitation.earlier_link, name="earlier-link"),
    path("sitting/<uuid:attempt_id>/", include(_of_a_sitting)),
    path("sitting/", sittings.sittings, name="sittings"),
    path("sitting/finish/", sittings.moved, {"page": "finish"}, name="old-finish"),
    path("sitting/end/", sittings.moved, {"page": "end"}, name="old-end"),
    path("sitting/<int:position>/", sittings.moved, {"page": "workspace"}, name="old-workspace"),
]
