"""The WSGI application of a service, which also tells uWSGI's access log whose request each was.

The service's own middleware has put the project of the token into the request's environment by the time it answers.
"""

import importlib
import os

import uwsgi

_application = importlib.import_module(os.environ["LAB_WSGI_MODULE"]).application


def application(environ, start_response):
    body = _application(environ, start_response)
    uwsgi.set_logvar("project", environ.get("HTTP_X_PROJECT_ID") or "-")
    return body
