"""Plain HTTP, for any WSGI server."""

import os

from django.core.wsgi import get_wsgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "socialcare.settings")
application = get_wsgi_application()

from .checks import refuse_laptop_defaults  # noqa: E402
from .loading import load_doors, load_lines, settle  # noqa: E402
from .work import lend_a_hand  # noqa: E402

refuse_laptop_defaults()
lend_a_hand()
load_doors()
load_lines()
settle()
