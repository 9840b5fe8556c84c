"""The entry point of a web server."""

import os

from django.core.wsgi import get_wsgi_application

from config.postgresql.base import BoundedConnection

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")

# No page's statement needs a second; who waits for longer is better told that something is wrong.
BoundedConnection.answer_seconds = 10.0
application = get_wsgi_application()
