"""Where an import goes: a community by its slug, a channel or a collection of it by its name."""

from typing import Any

from cli import Failed
from cli.api import Api


def community(api: Api, slug: str, *, create: bool) -> str:
    """The id of the community `slug`; with `create` it is made, active and in UTC, when there is none."""
    found = api.get("/v1/communities", slug=slug)["items"]
    if not found and not create:
        raise Failed(f"there is no community {slug!r}; --create makes it")
    if not found:
        name = slug.replace("-", " ").title()
        found = [api.post("/v1/communities", {"slug": slug, "name": name, "kind": "other"})]
    (row,) = found
    if create and row["state"] == "draft":
        api.post(f"/v1/communities/{row['id']}/activate")
    return str(row["id"])


def channel(api: Api, community_id: str, name: str, kind: str) -> str:
    """The id of the channel `name`, made when there is none."""
    path = f"/v1/communities/{community_id}/channels"
    rows: Any = api.pages(path)
    for row in rows:
        if row["name"] == name:
            return str(row["id"])
    return str(api.post(path, {"name": name, "kind": kind})["id"])


def collection(api: Api, community_id: str, name: str, *, make: bool = True) -> str:
    """The id of the collection with this id or title, made when there is none and `make` says so."""
    path = f"/v1/communities/{community_id}/collections"
    rows: Any = api.pages(path)
    for row in rows:
        if name in (row["id"], row["title"]):
            return str(row["id"])
    if not make:
        raise Failed(f"there is no collection {name!r}")
    return str(api.post(path, {"title": name, "kind": "guide"})["id"])
