"""Speak to a running Guildhall: a call is repeated while that can help, and is done at most once."""

import os
import time
from collections.abc import Iterator
from itertools import count
from typing import Any
from uuid import uuid4

import httpx
from pydantic import ValidationError

from cli import Failed
from shared.settings import settings

PATIENCE_SECONDS = 60.0
"""How long one call is repeated; a restarted service is back well before."""

FIRST_PATIENCE_SECONDS = 5.0
"""The same for the first call: when nothing runs there, its user wants to hear it."""

REPEATED = (429, 502, 503, 504)
STILL_RUNNING = "/problems/still-running"
"""The answer to a repeat that came before the first attempt had ended."""

LONGEST_PAUSE_SECONDS = 5.0


class Refused(Failed):
    """The API answered, and not with 2xx; `reason` is what its problem document says."""

    def __init__(self, answer: httpx.Response) -> None:
        self.status = answer.status_code
        self.problem = _document(answer)
        self.reason = _reason(self.problem) or answer.reason_phrase
        request = answer.request
        super().__init__(f"{request.method} {request.url.path} was answered {self.status}: {self.reason}")


class Api:
    """The public API at `url`, as the holder of `key`. Safe to share between threads."""

    def __init__(self, url: str, key: str) -> None:
        self.url = url.rstrip("/")
        self._reached = False
        # Proxies of the environment matter for a remote Guildhall, never for one on loopback.
        remote = httpx.URL(self.url).host not in ("127.0.0.1", "localhost", "::1")
        self._client = httpx.Client(
            base_url=self.url,
            headers={"Authorization": f"Bearer {key}"},
            timeout=httpx.Timeout(30.0, connect=5.0),
            trust_env=remote,
        )

    def get(self, path: str, **params: str | int) -> Any:
        """The JSON answered to a GET."""
        return self._call("GET", path, params=params)

    def post(self, path: str, body: dict[str, Any] | None = None) -> Any:
        """The JSON answered to a POST, which takes effect once however often it is repeated."""
        return self._call("POST", path, json=body or {}, headers={"Idempotency-Key": str(uuid4())})

    def patch(self, path: str, body: dict[str, Any], version: int) -> Any:
        """The JSON answered to a PATCH of the resource as it was read at `version`."""
        return self._call("PATCH", path, json=body, headers={"If-Match": f'"{version}"'})

    def put(self, path: str, body: dict[str, Any] | None = None) -> Any:
        """The JSON answered to a PUT, or None."""
        return self._call("PUT", path, json=body or {})

    def delete(self, path: str) -> Any:
        """The JSON answered to a DELETE, or None."""
        return self._call("DELETE", path)

    def pages(self, path: str, **params: str | int) -> Iterator[dict[str, Any]]:
        """Every item of a list, page by page."""
        while True:
            page = self.get(path, limit=100, **params)
            yield from page["items"]
            if page["next_cursor"] is None:
                return
            params["cursor"] = page["next_cursor"]

    def download(self, path: str) -> bytes:
        """The bytes answered to a GET."""
        return self._answer("GET", path).content

    def _call(self, method: str, path: str, **request: Any) -> Any:
        answer = self._answer(method, path, **request)
        return answer.json() if answer.content else None

    def _answer(self, method: str, path: str, **request: Any) -> httpx.Response:
        deadline = time.monotonic() + (PATIENCE_SECONDS if self._reached else FIRST_PATIENCE_SECONDS)
        for attempt in count():
            pause = min(0.1 * 2 ** min(attempt, 6), LONGEST_PAUSE_SECONDS)
            try:
                answer = self._client.request(method, path, **request)
            except httpx.TransportError as error:
                cause = str(error) or type(error).__name__
                failure: Failed = Failed(f"{self.url} does not answer ({cause}); is `guildhall up` running?")
            else:
                self._reached = True
                if answer.is_success:
                    return answer
                failure = refused = Refused(answer)
                if refused.status not in REPEATED and refused.problem.get("type") != STILL_RUNNING:
                    raise failure
                pause = max(pause, _asked_pause(answer))
            if time.monotonic() + pause > deadline:
                raise failure
            time.sleep(pause)
        raise AssertionError  # the loop only ends by return or raise


def connect() -> Api:
    """The API named by GUILDHALL_URL and GUILDHALL_KEY, else the one PORT and HOME of this machine mean."""
    try:
        here = settings()
    except ValidationError as error:
        wrong = error.errors()[0]
        raise Failed(f"GUILDHALL_{'_'.join(map(str, wrong['loc'])).upper()}: {wrong['msg']}") from None
    url = os.environ.get("GUILDHALL_URL") or f"http://127.0.0.1:{here.port}"
    key = os.environ.get("GUILDHALL_KEY") or here.secret("owner_key")
    if key is None:
        file = here.home / "owner.key"
        try:
            key = file.read_text(encoding="utf-8").strip()
        except OSError as error:
            raise Failed(f"no API key: set GUILDHALL_KEY ({file}: {error.strerror})") from None
    try:
        return Api(url, key)
    except httpx.InvalidURL as error:
        raise Failed(f"GUILDHALL_URL {url} is not an address: {error}") from None


def _document(answer: httpx.Response) -> dict[str, Any]:
    try:
        document = answer.json()
    except ValueError:
        return {}
    return document if isinstance(document, dict) else {}


def _reason(problem: dict[str, Any]) -> str:
    """One line out of a problem document: its title, detail and where it stings."""
    said = [str(problem[member]) for member in ("title", "detail") if problem.get(member)]
    errors = problem.get("errors")
    if isinstance(errors, list) and errors and isinstance(errors[0], dict):
        first = errors[0]
        where = first.get("loc") or first.get("where") or first.get("pointer") or ""
        why = first.get("msg") or first.get("why") or first.get("detail") or first.get("message") or ""
        said.append(f"{where} {why}".strip())
    return " ".join(": ".join(said).split())


def _asked_pause(answer: httpx.Response) -> float:
    try:
        return min(float(answer.headers.get("Retry-After", 0)), LONGEST_PAUSE_SECONDS)
    except ValueError:
        return 0.0
