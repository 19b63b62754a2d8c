"""One id for a request wherever it is worked on: the caller's if it is fit for logs, else a new one."""

import itertools
import secrets

from services.gateway.rules import is_request_id


class RequestIds:
    """New ids are 24 hexadecimal digits: 64 random bits of this process, then a count."""

    def __init__(self) -> None:
        self._process = secrets.token_hex(8).encode()
        self._count = itertools.count()

    def of(self, given: bytes | None) -> bytes:
        """The request's id."""
        if given is not None and is_request_id(given):
            return given
        return b"%b%08x" % (self._process, next(self._count))
