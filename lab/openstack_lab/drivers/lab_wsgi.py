"""The WSGI application of a service, which also tells uWSGI's access log whose request each was.

The service's own middleware has put the project of the token into the request's environment by the time it answers.
"""

import gc
import importlib
import os

import uwsgi

_application = importlib.import_module(os.environ["LAB_WSGI_MODULE"]).application

# A million objects that live as long as the process: without this each full collection looks at all of them.
gc.collect()
gc.freeze()
gc.set_threshold(20_000, 20, 20)


def application(environ, start_response):
    body = _application(environ, start_response)
    uwsgi.set_logvar("project", environ.get("HTTP_X_PROJECT_ID") or "-")
    return body
