"""What we compare with: raw ASGI and FastAPI as a tutorial writes it, without the kit."""

import json
from typing import Annotated, Any

from fastapi import FastAPI, Query
from pydantic import BaseModel, Field

BODY = b'{"ok":true}'
HEADERS = [(b"content-type", b"application/json"), (b"content-length", b"11")]


async def hello(scope: Any, receive: Any, send: Any) -> None:
    """Raw ASGI: one constant answer."""
    await _answer(scope, receive, send, HEADERS, BODY)


async def _answer(
    scope: Any, receive: Any, send: Any, headers: list[tuple[bytes, bytes]], body: bytes
) -> None:
    if scope["type"] == "lifespan":
        while True:
            message = await receive()
            await send({"type": message["type"] + ".complete"})
            if message["type"] == "lifespan.shutdown":
                return
    await send({"type": "http.response.start", "status": 200, "headers": headers})
    await send({"type": "http.response.body", "body": body})


plain = FastAPI()


@plain.get("/ok")
async def ok() -> dict[str, bool]:
    """FastAPI at its barest."""
    return {"ok": True}


@plain.get("/parameters")
async def parameters(
    after: Annotated[int, Query(ge=0)] = 0,
    limit: Annotated[int, Query(ge=1, le=100)] = 20,
    q: str | None = None,
    kind: str | None = None,
) -> dict[str, bool]:
    """Four validated parameters."""
    return {"ok": after >= 0 and limit > 0 and q != kind}


class NewPost(BaseModel):
    """The body of a post."""

    body: str = Field(min_length=1, max_length=65536)


class Post(NewPost):
    """A post as answered."""

    id: int
    state: str


@plain.post("/posts", status_code=201)
async def create(post: NewPost) -> Post:
    """A validated body and answer without any database."""
    return Post(id=1, state="visible", body=post.body)


class Item(BaseModel):
    """One of twenty items in a page of about 3.4 kB."""

    id: int
    handle: str
    display_name: str
    headline: str
    state: str


class Items(BaseModel):
    """A page."""

    items: list[Item]
    next_cursor: int


_ITEMS = [
    {"id": i, "handle": f"member-{i}", "display_name": f"Member {i}", "headline": "x" * 70, "state": "active"}
    for i in range(20)
]


@plain.get("/page")
async def page() -> Items:
    """A page from memory, validated by its model."""
    return Items.model_validate({"items": _ITEMS, "next_cursor": 20})


PAGE = json.dumps({"items": _ITEMS, "next_cursor": 20}, separators=(",", ":")).encode()
PAGE_HEADERS = [(b"content-type", b"application/json"), (b"content-length", b"%d" % len(PAGE))]


async def constant_page(scope: Any, receive: Any, send: Any) -> None:
    """Raw ASGI: the same page, ready made."""
    await _answer(scope, receive, send, PAGE_HEADERS, PAGE)
