from django.urls import path

from assessments.candidate import invitation, pages, workspace

app_name = "candidate"

urlpatterns = [
    path("invitation/<uuid:id>/<str:secret>/", invitation.invitation, name="invitation"),
    path("sitting/", pages.overview, name="overview"),
    path("sitting/time/", pages.time_left, name="time"),
    path("sitting/finish/", pages.finish, name="finish"),
    path("sitting/end/", pages.end, name="end"),
    path("sitting/end/files/", pages.download, name="download"),
    path("sitting/<int:position>/", workspace.workspace, name="workspace"),
    path("sitting/<int:position>/save/", workspace.save, name="save"),
    path("sitting/<int:position>/language/", workspace.language, name="language"),
    path("sitting/<int:position>/run/", workspace.run, name="run"),
    path("sitting/<int:position>/submit/", workspace.submit, name="submit"),
    path("sitting/<int:position>/run/withdraw/", workspace.withdraw_run, name="withdraw-run"),
    path("sitting/<int:position>/submissions/<int:number>/withdraw/", workspace.withdraw, name="withdraw"),
    path("sitting/<int:position>/results/", workspace.results, name="results"),
]
