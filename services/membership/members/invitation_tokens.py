"""The tokens of invitations: shown once, kept as a hash."""

import hashlib
import json
import secrets
from uuid import UUID

from shared.answers import Rendered

TOKEN_BYTES = 32


class NewToken:
    """A token on its way to whoever invites: past the stored answer, which the database keeps."""

    def __init__(self) -> None:
        self.token = secrets.token_urlsafe(TOKEN_BYTES)
        self.opens: UUID | None = None

    def reveal(self, answer: Rendered) -> Rendered:
        """The answer with the token, if it tells of the invitation that opens with it.

        A repetition did not run the handler, or ran it in vain while its twin was faster.
        """
        if self.opens is None or str(self.opens).encode() not in bytes(answer.body):
            return answer
        body = json.dumps(json.loads(bytes(answer.body)) | {"token": self.token}).encode()
        return Rendered(answer.status_code, answer.named_headers, body)


def digest(token: str) -> str:
    """What is kept of a token; 256 random bits need no slow hash, and equal digests no slow comparison."""
    return hashlib.sha256(token.encode()).hexdigest()
