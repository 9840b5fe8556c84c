"""What interviewers open: attempts and their reports, assessments and their invitations."""

from django.urls import path

from assessments.review import (
    assessment_pages,
    attempt_pages,
    erasure_pages,
    invitation_actions,
    submission_pages,
)

app_name = "review"
urlpatterns = [
    path("attempts/", attempt_pages.attempts, name="attempts"),
    path("attempts/<uuid:attempt_id>/", attempt_pages.attempt, name="attempt"),
    path("attempts/<uuid:attempt_id>/report.json", attempt_pages.report_json, name="report-json"),
    path("attempts/<uuid:attempt_id>/report.txt", attempt_pages.report_text, name="report-text"),
    path("submissions/<uuid:submission_id>/", submission_pages.submission, name="submission"),
    path("submissions/<uuid:submission_id>/file/", submission_pages.file, name="file"),
    path("assessments/", assessment_pages.assessments, name="assessments"),
    path("assessments/new/", assessment_pages.new, name="new-assessment"),
    path("assessments/<int:assessment_id>/", assessment_pages.assessment, name="assessment"),
    path("assessments/<int:assessment_id>/erase/", erasure_pages.assessment, name="erase-assessment"),
    path("invitations/<uuid:invitation_id>/erase/", erasure_pages.candidate, name="erase-candidate"),
    path("challenges/<int:version_id>/", assessment_pages.challenge, name="challenge"),
    path("invitations/<uuid:invitation_id>/send/", invitation_actions.send, name="send"),
    path("invitations/<uuid:invitation_id>/revoke/", invitation_actions.revoke, name="revoke"),
    path("invitations/<uuid:invitation_id>/restore/", invitation_actions.restore, name="restore"),
]
