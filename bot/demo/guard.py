"""Who may drive the simulator: whoever was told its address, and their own browser's page of it.

Everything lies below a random token; the server listens on loopback only. A page of another site
that knows the port is refused by Host (no name may be bent to this machine) and Origin; there is no
CORS. What the page itself may do is in the policy: nothing but what this server serves.
"""

import hmac
import secrets
from collections.abc import Iterable

from starlette.datastructures import Headers, MutableHeaders
from starlette.responses import PlainTextResponse, RedirectResponse, Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; "
    "base-uri 'none'; form-action 'none'; frame-ancestors 'none'; "
    "require-trusted-types-for 'script'; trusted-types 'none'"
)
#: A file that somebody sent is shown or saved, never run.
FILE_POLICY = "default-src 'none'; sandbox"
HEADERS = {
    "Content-Security-Policy": POLICY,
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Cache-Control": "no-store",
}
ASKED_BY = ("same-origin", "none")  #: Sec-Fetch-Site: the page itself, or its address bar


class Guard:
    """Around the pages. `key` opens them once: a browser's command line, where it stands, is
    shown to everybody on this machine."""

    def __init__(self, app: ASGIApp, hosts: Iterable[str]) -> None:
        self.app, self.hosts = app, frozenset(hosts)
        self.token, self.key = secrets.token_urlsafe(24), secrets.token_urlsafe(24)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            return

        async def with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                found = MutableHeaders(scope=message)
                for name, value in HEADERS.items():
                    found.setdefault(name, value)
            await send(message)

        await self._let_in(scope)(scope, receive, with_headers)

    def _let_in(self, scope: Scope) -> ASGIApp:
        headers = Headers(scope=scope)
        if headers.get("host") not in self.hosts:
            return refused(421, "Not this host.")
        origins = {None, *(f"http://{host}" for host in self.hosts)}
        if scope["method"] != "GET":
            origins.discard(None)
        opening = _same(scope["path"], f"/open/{self.key}") if self.key else False
        if opening and scope["method"] == "GET":
            self.key = ""
            return RedirectResponse(f"/{self.token}/", 303)
        if headers.get("origin") not in origins:
            return refused(403, "Not from there.")
        # Who follows the link, from wherever it was shown to them, knows the token.
        followed = scope["method"] == "GET" and headers.get("sec-fetch-mode") == "navigate"
        if not followed and headers.get("sec-fetch-site", ASKED_BY[0]) not in ASKED_BY:
            return refused(403, "Not from there.")
        token, _, rest = scope["path"].removeprefix("/").partition("/")
        if not _same(token, self.token):
            return refused(404, "Nothing is here.")
        scope["path"], scope["raw_path"] = f"/{rest}", None
        return self.app


def _same(given: str, wanted: str) -> bool:
    return hmac.compare_digest(given.encode(), wanted.encode())


def refused(status: int, why: str) -> Response:
    return PlainTextResponse(f"{why}\n", status)
