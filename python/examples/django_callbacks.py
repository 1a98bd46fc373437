r"""LINK's callbacks in Django, all in one file: event reports and the messages that users write.

    pip install django linkwa linkwa-sandbox
    CALLBACK_USER=gate CALLBACK_PASSWORD=hush python django_callbacks.py runserver

LINK posts to the URL of a gate, with the username and password that you agree on. Run this behind a reverse proxy on the
same machine, which appends to X-Forwarded-For. During development the sandbox plays both LINK and the proxy; the last
command plays a user who writes:

    linkwa-sandbox --listen 127.0.0.1:8080 --default-gate http://127.0.0.1:8000/callback \
        --gate-basic default=gate:hush --gate-header "default=X-Forwarded-For: 195.84.162.34"
    curl http://127.0.0.1:8080/sandbox/inbound --data '{"type": "text", "text": "Hello"}'

The receiver checks the request, calls the handler once for each callback, and answers when it is done. It remembers
this in its process: if a process ends between the handler and the answer, or another process gets the copy, the handler
is called again. So each row has the key of its callback, which the database stores once.
"""

from __future__ import annotations

import logging
import os
import sys

import django
from django.conf import settings
from django.core.wsgi import get_wsgi_application
from django.db import connection
from django.urls import path

import linkwa
from linkwa.receiver import CallbackReceiver

logging.basicConfig()  # warnings and errors go to standard error

# From here to the tables: the settings of a project, and the tables of its models.
DATABASE = {
    "ENGINE": "django.db.backends.sqlite3",
    "NAME": os.environ.get("CALLBACK_DB", "callbacks.db"),
    "OPTIONS": {"timeout": 10},
}
settings.configure(ALLOWED_HOSTS=["*"], ROOT_URLCONF=__name__, DATABASES={"default": DATABASE})
django.setup()
with connection.cursor() as tables:
    tables.execute("PRAGMA journal_mode = WAL")
    tables.execute(
        "CREATE TABLE IF NOT EXISTS reports (key TEXT PRIMARY KEY, ref_id TEXT, message_id TEXT, status TEXT)"
    )
    tables.execute("CREATE TABLE IF NOT EXISTS inbox (key TEXT PRIMARY KEY, reply_to TEXT, text TEXT)")


def handle(callback: linkwa.Callback) -> None:
    """Your handler. Keep it short: put long work into a queue, which is written here. Each statement is a transaction; if
    you have several, use `transaction.atomic()`."""
    with connection.cursor() as cursor:
        if isinstance(callback, linkwa.EventReport):
            row = [callback.key, callback.ref_id, callback.message_id, callback.status]
            cursor.execute("INSERT INTO reports VALUES (%s, %s, %s, %s) ON CONFLICT DO NOTHING", row)
        else:
            row = [callback.key, callback.reply_to, callback.text]
            cursor.execute("INSERT INTO inbox VALUES (%s, %s, %s) ON CONFLICT DO NOTHING", row)


guard = linkwa.CallbackGuard(
    trusted_proxies=["127.0.0.1", "::1"],
    basic=(os.environ["CALLBACK_USER"], os.environ["CALLBACK_PASSWORD"]),
)
receiver = CallbackReceiver(handle, guard=guard)
urlpatterns = [path("callback", receiver.django)]
application = get_wsgi_application()

if __name__ == "__main__":
    from django.core.management import execute_from_command_line

    execute_from_command_line(sys.argv)
