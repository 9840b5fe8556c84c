from django.contrib.auth.views import LogoutView
from django.urls import path

from assessments.accounts import views

urlpatterns = [
    path("", views.home, name="home"),
    path("login/", views.Login.as_view(), name="login"),
    path("logout/", LogoutView.as_view(), name="logout"),
    path("account/", views.account, name="account"),
    path("account/password/", views.Password.as_view(), name="password"),
]
