"""The gateway's own endpoints, asked like any service: a request in -> the app within this process -> the answer."""

from typing import Any

from starlette.types import ASGIApp, Message, Scope

from services.gateway.forward import Request
from services.gateway.pool import Response


async def ask_own(
    app: ASGIApp, scope: Scope, request: Request, authorization: bytes, community: str, **given: Any
) -> Response:
    """The app's answer. `community` is the one it concerns when the path does not name it; `given` joins the scope."""
    headers = {**request.headers, b"authorization": authorization, b"x-request-id": request.id}
    inner = {**scope, **given, "headers": list(headers.items())}
    if community:
        inner["path_params"] = {"community_id": community}
    status, answered, chunks = 500, [], []

    async def receive() -> Message:
        return {"type": "http.request", "body": request.body, "more_body": False}

    async def send(message: Message) -> None:
        nonlocal status, answered
        if message["type"] == "http.response.start":
            status, answered = message["status"], list(message["headers"])
        else:
            chunks.append(message.get("body", b""))

    await app(inner, receive, send)
    return Response(status, answered, b"".join(chunks))
