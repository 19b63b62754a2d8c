"""The tokens of private feeds: shown once, kept as a hash."""

import hashlib
import json
import secrets
from uuid import UUID

from services.events.calendars.rules import TOKEN_BYTES
from shared.answers import Rendered


class NewToken:
    """A token on its way to its member: past the stored answer, which the database keeps."""

    def __init__(self) -> None:
        self.token = secrets.token_urlsafe(TOKEN_BYTES)
        self.opens: UUID | None = None

    def reveal(self, answer: Rendered, path: str) -> Rendered:
        """The answer with the token, and the address of the feed, if it tells of the feed it opens.

        A repetition did not run the handler, or ran it in vain while its twin was faster.
        """
        if self.opens is None or str(self.opens).encode() not in bytes(answer.body):
            return answer
        told = {"token": self.token, "url": f"{path}?token={self.token}"}
        body = json.dumps(json.loads(bytes(answer.body)) | told).encode()
        return Rendered(answer.status_code, answer.named_headers, body)


def digest(token: str) -> str:
    """What is kept of a token; 256 random bits need no slow hash, and equal digests no slow comparison."""
    return hashlib.sha256(token.encode()).hexdigest()
