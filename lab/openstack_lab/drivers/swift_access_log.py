"""A WSGI filter that logs each request as the client sent it, in the format of the other services' access logs.

Swift's own proxy-logging also lists the requests that middleware makes (segments of a large object, S3 translated to
Swift), so it cannot tell what a client asked for.
"""

import time
from pathlib import Path
from urllib.parse import quote


class AccessLog:
    def __init__(self, app, path):
        self.app = app
        self.log = Path(path).open("a", buffering=1)  # noqa: SIM115 (as long as the server runs)

    def __call__(self, environ, start_response):
        # Taken before the middleware behind us rewrites them.
        asked = [
            int(time.time() * 1000),
            environ["REQUEST_METHOD"],
            _path(environ),
            environ.get("HTTP_RANGE") or "-",
            environ.get("CONTENT_LENGTH") or 0,
            f'"{environ.get("HTTP_USER_AGENT", "-")}"',
        ]
        answer = {"status": "-", "bytes": 0}

        def note_status(status, headers, *rest):
            answer["status"] = status.split(" ", 1)[0]
            return start_response(status, headers, *rest)

        body = self.app(environ, note_status)
        # Of the token, by the middleware behind us; a request of the S3 API is passed on as another one.
        return self._logged(asked, environ.get("HTTP_X_PROJECT_ID") or "-", answer, body)

    def _logged(self, asked, project, answer, body):
        """Pass the body on; write the line when it ends, or when the client goes away before."""
        try:
            for chunk in body:
                answer["bytes"] += len(chunk)
                yield chunk
        finally:
            if hasattr(body, "close"):
                body.close()
            began_ms, method, path, range_, sent, agent = asked
            received = f"{answer['status']} {path} {range_} {sent} {answer['bytes']}"
            self.log.write(f"{began_ms} {method} {received} {project} {agent}\n")


def _path(environ):
    path = environ.get("RAW_PATH_INFO") or quote(environ.get("PATH_INFO", ""), encoding="latin-1")
    query = environ.get("QUERY_STRING")
    return f"{path}?{query}" if query else path


def filter_factory(global_conf, **conf):
    return lambda app: AccessLog(app, conf["access_log"])
