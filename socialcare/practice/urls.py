"""The page of the practice network and what can be done on it."""

from django.urls import path

from . import views

app_name = "practice"
urlpatterns = [
    path("", views.page, name="page"),
    path("state/", views.state, name="state"),
    path("write/", views.write, name="write"),
    path("posts/<slug:reference>/edit/", views.edit, name="edit"),
    path("posts/<slug:reference>/remove/", views.remove, name="remove"),
    path("people/", views.make_up, name="make-up"),
    path("people/<slug:handle>/<slug:change>/", views.change_person, name="person"),
    path("weather/", views.set_weather, name="weather"),
    path("habits/", views.set_habits, name="habits"),
    path("brands/", views.connect_brand, name="brands"),
    path("pictures/<uuid:pk>/", views.picture, name="picture"),
]
