"""Plain Django and REST framework: a serializer checks six fields, the ORM writes one row; no middleware."""

import os

import environ
from django.conf import settings

settings.configure(
    SECRET_KEY="floor",
    ALLOWED_HOSTS=["*"],
    ROOT_URLCONF=__name__,
    INSTALLED_APPS=["django.contrib.contenttypes", "django.contrib.auth", "rest_framework"],
    MIDDLEWARE=[],
    USE_TZ=True,
    DATABASES={"default": {**environ.Env().db_url_config(os.environ["DATABASE_URL"]), "OPTIONS": {"pool": True}}},
    REST_FRAMEWORK={"DEFAULT_RENDERER_CLASSES": ["rest_framework.renderers.JSONRenderer"]},
)

import django  # noqa: E402

django.setup()

from django.core.wsgi import get_wsgi_application  # noqa: E402
from django.db import models  # noqa: E402
from django.urls import path  # noqa: E402
from rest_framework import serializers  # noqa: E402
from rest_framework.response import Response  # noqa: E402
from rest_framework.views import APIView  # noqa: E402

from bench.floors.table import TABLE  # noqa: E402


class Message(models.Model):
    """One row."""

    external_id = models.TextField()
    author = models.TextField()
    body = models.TextField()

    class Meta:
        app_label, db_table, managed = "floor", TABLE, False

    def __str__(self) -> str:
        return self.body


class MessageSerializer(serializers.ModelSerializer):
    class Meta:
        model, fields = Message, ("external_id", "author", "body")


class Messages(APIView):
    authentication_classes = permission_classes = ()

    def get(self, request) -> Response:
        """One row, read: what an answer costs at least."""
        row = Message.objects.order_by("-pk").first()
        return Response(MessageSerializer(row).data if row else {})

    def post(self, request) -> Response:
        """One row, written."""
        given = MessageSerializer(data=request.data)
        given.is_valid(raise_exception=True)
        given.save()
        return Response({"ok": True})


urlpatterns = [path("", Messages.as_view())]
application = get_wsgi_application()
