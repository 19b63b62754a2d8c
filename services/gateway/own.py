"""The gateway's own endpoints: a request in -> the application in this process -> its answer."""

import asyncio
from typing import Any

from starlette.types import ASGIApp, Message, Scope

from services.gateway.forward import Request
from services.gateway.pool import Response


async def ask_own(
    app: ASGIApp, scope: Scope, request: Request, authorization: bytes, community: str, **given: Any
) -> Response:
    """The answer; `community` is the one concerned when the path names none, `given` joins the scope."""
    headers = {**request.headers, b"authorization": authorization, b"x-request-id": request.id}
    inner = {**scope, **given, "headers": list(headers.items())}
    if community:
        inner["path_params"] = {"community_id": community}
    status, answered, chunks = 500, [], []

    body = iter((request.body,))

    async def receive() -> Message:
        for whole in body:
            return {"type": "http.request", "body": whole, "more_body": False}
        return await asyncio.get_running_loop().create_future()  # until it is done

    async def send(message: Message) -> None:
        nonlocal status, answered
        if message["type"] == "http.response.start":
            status, answered = message["status"], list(message["headers"])
        else:
            chunks.append(message.get("body", b""))

    await app(inner, receive, send)
    return Response(status, answered, b"".join(chunks))
