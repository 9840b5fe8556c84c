from django.urls import path

from assessments.operations import views

urlpatterns = [
    path("health/", views.health_page, name="health"),
    path("healthz", views.healthz, name="healthz"),
]
