"""The wiring: settings, the Celery application, the addresses. No behaviour lives here.

Importing this package makes the Celery application the current one, so that a task called from a
web page or a command goes to our broker and not to Celery's default.
"""

from crm.celery import app as celery_app

__all__ = ["celery_app"]
