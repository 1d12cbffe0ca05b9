"""The product's settings, with the practice network on."""

from socialcare.settings import *  # noqa: F403
from socialcare.settings import INSTALLED_APPS

PRACTICE_NETWORK = True
ALLOW_PRIVATE_WEBHOOKS = False
INSTALLED_APPS = [*dict.fromkeys([*INSTALLED_APPS, "socialcare.practice"])]
