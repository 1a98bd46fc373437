r"""LINK's callbacks in Django, all in one file: event reports and the messages that users write.

    pip install django linkwa linkwa-sandbox
    CALLBACK_USER=gate CALLBACK_PASSWORD=hush python django_callbacks.py runserver

LINK posts to the URL of a gate, with the username and password that you agree on. Run this behind a reverse proxy on the
same machine, which appends to X-Forwarded-For. During development the sandbox plays both LINK and the proxy; the last
command plays a user who writes:

    linkwa-sandbox --listen 127.0.0.1:8080 --default-gate http://127.0.0.1:8000/callback \
        --gate-basic default=gate:hush --gate-header "default=X-Forwarded-For: 195.84.162.34"
    curl http://127.0.0.1:8080/sandbox/inbound --data '{"type": "text", "text": "Hello"}'

A refused callback is logged with the reason. A handled one is recorded in the database together with the handler's
data, in one transaction: after a crash it comes again and is handled then, and a repeated one is handled once.
"""

from __future__ import annotations

import logging
import os
import sys

import django
from django.conf import settings
from django.core.wsgi import get_wsgi_application
from django.db import connection, transaction
from django.http import HttpRequest, HttpResponse
from django.urls import path
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_POST

import linkwa

MAX_BODY = 256 * 1024  # the largest body of a callback
guard = linkwa.CallbackGuard(
    trusted_proxies=["127.0.0.1", "::1"],
    basic=(os.environ["CALLBACK_USER"], os.environ["CALLBACK_PASSWORD"]),
    max_body=MAX_BODY,
)
logging.basicConfig()  # warnings and errors go to standard error
log = logging.getLogger("callbacks")

# From here to `setup()`: the settings of a project, and the tables of its models.
DATABASE = {
    "ENGINE": "django.db.backends.sqlite3",
    "NAME": os.environ.get("CALLBACK_DB", "callbacks.db"),
    "OPTIONS": {"timeout": 10},
}
settings.configure(ALLOWED_HOSTS=["*"], ROOT_URLCONF=__name__, DATABASES={"default": DATABASE})
django.setup()
with connection.cursor() as tables:
    tables.execute("PRAGMA journal_mode = WAL")
    tables.execute("CREATE TABLE IF NOT EXISTS handled (key TEXT PRIMARY KEY)")
    tables.execute("CREATE TABLE IF NOT EXISTS reports (ref_id TEXT, message_id TEXT, status TEXT)")
    tables.execute("CREATE TABLE IF NOT EXISTS inbox (reply_to TEXT, text TEXT)")


def handle(callback: linkwa.EventReport | linkwa.ReceivedMessage) -> None:
    """Your handler, within the transaction. Keep it short; put long work into a queue, which is written here."""
    with connection.cursor() as cursor:
        if isinstance(callback, linkwa.EventReport):
            row = [callback.ref_id, callback.message_id, callback.status]
            cursor.execute("INSERT INTO reports VALUES (%s, %s, %s)", row)
        else:
            cursor.execute("INSERT INTO inbox VALUES (%s, %s)", [callback.reply_to, callback.text])


def is_first_time(key: str) -> bool:
    """Whether this callback is new. Until the transaction ends, every other process that asks has to wait."""
    with connection.cursor() as cursor:
        cursor.execute("INSERT INTO handled VALUES (%s) ON CONFLICT DO NOTHING", [key])
        return cursor.rowcount == 1


@csrf_exempt
@require_POST
def on_callback(request: HttpRequest) -> HttpResponse:
    """One callback."""
    said = request.headers.get("Content-Length", "")
    length = int(said) if said.isdecimal() else 0
    verdict = guard.check(request.META.get("REMOTE_ADDR"), request.headers, length)
    if not verdict:  # the body is not read
        log.warning("refused a callback: %s", verdict.refusal)
    if verdict.refusal == "credentials":
        return HttpResponse(status=401, headers={"WWW-Authenticate": "Basic"})
    if not verdict:
        return HttpResponse(status=413 if verdict.refusal == "too_large" else 403)
    if length == 0:  # Django reads no body without a Content-Length
        return HttpResponse(status=411)
    try:
        callback = linkwa.parse_callback(request.read(length))
    except linkwa.InvalidCallback as error:
        return HttpResponse(str(error), status=400)
    with transaction.atomic():  # commits the key and the data of the handler, unless there is an error
        if is_first_time(callback.key):
            handle(callback)
    return HttpResponse()  # 200: handled, now or earlier. An error above gives 500, and LINK posts the callback again


urlpatterns = [path("callback", on_callback)]
application = get_wsgi_application()

if __name__ == "__main__":
    from django.core.management import execute_from_command_line

    execute_from_command_line(sys.argv)
