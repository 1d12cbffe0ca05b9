"""What the clock does for the API: forget what is no longer good."""

from celery import shared_task
from django.utils import timezone
from oauth2_provider.models import clear_expired

from .idempotency import KEPT_FOR
from .models import Answered, Channel


@shared_task
def clear() -> None:
    """Once a day: tokens, codes and channels that have expired, and answers kept for keys that may be used anew."""
    now = timezone.now()
    clear_expired()
    Channel.objects.filter(expires__lte=now).delete()
    Answered.objects.filter(created_at__lt=now - KEPT_FOR).delete()
