"""One of everything knowledge has, in the states in which asking changes nothing."""

from typing import Any

import httpx

from shared.testing import eventually
from tests.security.world import Community, done

AN_ARTICLE: dict[str, Any] = {
    "title": "How we welcome newcomers",
    "body": "# Welcome\n\nSay *hello* within a day.",
    "kind": "how_to",
    "tags": ["onboarding"],
}
ASKED: dict[str, Any] = {
    "title": "Where do we meet?",
    "body": "I could not find the place.",
    "tags": ["place"],
}
LINK: dict[str, Any] = {"title": "Minutes", "url": "https://minutes.invalid/", "kind": "confluence"}
PICTURE: dict[str, Any] = {"name": "a.png", "content_base64": "iVBORw0KGgo="}
ENTITLEMENT = "handbook"
SECRET = "zyxomatic"
"""A word that only what few may read has."""


def know(owner: httpx.Client, community: Community, person: httpx.Client) -> None:
    """Furnish a furnished community with knowledge; `person`, its member, writes, asks and answers."""
    _collect(owner, community)
    _write(owner, community, person)
    _ask(owner, community, person)
    _import(owner, community)
    _link(owner, community, person)
    _search(community, person)
    _call(owner, community, person)
    _leave(owner, community)


def _collect(owner: httpx.Client, community: Community) -> None:
    """Collections: for everybody, for the team, for whoever is entitled to it, and one put away."""
    of = f"{community.path}/collections"
    for name, given in (
        ("collection_id", {"visibility": "public"}),
        ("team_collection", {"visibility": "team"}),
        ("exclusive_collection", {"visibility": "public", "requires": ENTITLEMENT}),
        ("archived_collection", {"visibility": "public"}),
    ):
        asked = {"title": name.replace("_", " "), "kind": "guide"} | given
        community.things[name] = done(owner.post(of, json=asked))["id"]
    done(owner.post(f"{of}/{community.things['archived_collection']}/archive"))


def _write(owner: httpx.Client, community: Community, person: httpx.Client) -> None:
    """Articles by the person, released but for a draft and one in review, for these and for those."""
    things, of = community.things, f"{community.path}/articles"
    things["own_slug"] = f"notes-{community.id.hex[-8:]}"
    unlike_others = {"title": things["own_slug"].replace("-", " ")}
    hidden = AN_ARTICLE["body"] + f" The {SECRET} one is not for all."
    released, everywhere = ("submit", "approve", "publish"), {"collection_id": things["collection_id"]}
    for name, given, verbs in (
        ("article_id", everywhere, released),
        ("members_article", {}, released),
        ("revised_article", everywhere, released),
        ("draft_article", unlike_others | {"body": hidden}, ()),
        ("reviewed_article", everywhere, ("submit",)),
        ("approved_article", everywhere, ("submit", "approve")),
        ("team_article", {"body": hidden}, released),
        ("exclusive_article", everywhere | {"body": hidden, "requires": ENTITLEMENT}, released),
        ("deprecated_article", everywhere, (*released, "deprecate")),
        ("archived_article", everywhere, (*released, "archive")),
    ):
        made = done(person.post(of, json=AN_ARTICLE | given))
        things[name] = made["id"]
        if name == "team_article":
            moved = {"collection_id": things["team_collection"]}
            done(owner.patch(f"{of}/{made['id']}", json=moved, headers={"If-Match": '"1"'}))
        for verb in verbs:
            by = person if verb == "submit" and name != "team_article" else owner
            done(by.post(f"{of}/{things[name]}/{verb}"))
    revised = {"title": "Not yet", "body": hidden}
    version = {"If-Match": owner.get(f"{of}/{things['revised_article']}").headers["etag"]}
    done(person.put(f"{of}/{things['revised_article']}/draft", json=revised, headers=version))
    things["author"] = made["owner_id"]
    things["slug"] = done(owner.get(f"{of}/{things['article_id']}"))["slug"]
    things["team_slug"] = done(owner.get(f"{of}/{things['team_article']}"))["slug"]


def _ask(owner: httpx.Client, community: Community, person: httpx.Client) -> None:
    """Questions of the person: for everybody, for members, and one that is closed; the key answers."""
    things, of = community.things, f"{community.path}/questions"
    for name, given in (
        ("knowledge_question", {"visibility": "public"}),
        ("members_question", {"body": f"Not everybody is to know of the {SECRET}."}),
        ("closed_question", {"visibility": "public"}),
    ):
        things[name] = done(person.post(of, json=ASKED | given))["id"]
    for name, question in (
        ("answer_id", "knowledge_question"),
        ("members_answer", "members_question"),
        ("deleted_answer", "knowledge_question"),
    ):
        said = {"body": "Downstairs." if question == "knowledge_question" else f"At the {SECRET}."}
        things[name] = done(owner.post(f"{of}/{things[question]}/answers", json=said))["id"]
    gone = f"{community.path}/answers/{things['deleted_answer']}"
    done(owner.delete(gone, headers={"If-Match": '"1"'}))
    done(owner.post(f"{of}/{things['closed_question']}/close", json={"reason": "unclear"}))


def _import(owner: httpx.Client, community: Community) -> None:
    """Articles that were read in."""
    text = {"path": "guide.md", "text": "# A guide\n\nFrom elsewhere."}
    given = {"source": "markdown", "name": "files", "documents": [text]}
    import_id = done(owner.post(f"{community.path}/imports", json=given))["id"]
    path = f"{community.path}/imports/{import_id}"
    eventually(lambda: done(owner.get(path))["state"] == "done", within=30)
    community.things["import_id"] = import_id


def _link(owner: httpx.Client, community: Community, person: httpx.Client) -> None:
    """What lies elsewhere, where nobody answers, and was looked at once; one is for the team alone."""
    things, of = community.things, f"{community.path}/resources"
    team = {"visibility": "team", "summary": f"All about the {SECRET}."}
    for name, by, given in (
        ("resource_id", person, {"visibility": "public"}),
        ("team_resource", owner, team),
        ("retired_resource", person, {"visibility": "public"}),
    ):
        things[name] = done(by.post(of, json=LINK | given))["id"]
    looked_at = [f"{of}/{things[name]}" for name in ("resource_id", "team_resource", "retired_resource")]
    eventually(lambda: all(done(owner.get(path))["failures"] for path in looked_at), within=30)
    done(owner.post(f"{of}/{things['retired_resource']}/retire"))


def _search(community: Community, person: httpx.Client) -> None:
    """A search of the person that led to the article."""
    found = done(person.get(f"{community.path}/search", params={"q": "newcomers"}))
    community.things["search_id"] = found["search_id"]
    opened = {"id": found["items"][0]["id"], "rank": 1}
    done(person.post(f"{community.path}/search/{found['search_id']}/clicks", json=opened))


def _call(owner: httpx.Client, community: Community, person: httpx.Client) -> None:
    """Calls for contributions, one of them withdrawn, and a picture of the person."""
    things, of = community.things, f"{community.path}/contribution-calls"
    for name in ("call_id", "withdrawn_call"):
        things[name] = done(owner.post(of, json={"topic": "The cellar"}))["id"]
    done(owner.post(f"{of}/{things['withdrawn_call']}/withdraw"))
    things["attachment_id"] = done(person.post(f"{community.path}/attachments", json=PICTURE))["id"]


def _leave(owner: httpx.Client, community: Community) -> None:
    """Somebody leaves who looked after an article: a task, which has been seen to."""
    c, things = community.path, community.things
    member = done(owner.post(f"{c}/members", json={"handle": "keeper", "display_name": "K. Eeper"}))["id"]
    article = f"{c}/articles/{things['members_article']}"
    tag = {"If-Match": owner.get(article).headers["etag"]}
    done(owner.patch(article, json={"owner_id": member}, headers=tag))
    done(owner.post(f"{c}/members/{member}/leave"))
    tasks = f"{c}/knowledge-tasks"
    eventually(lambda: done(owner.get(tasks))["items"], within=30)
    things["task_id"] = done(owner.get(tasks))["items"][0]["id"]
    done(owner.post(f"{tasks}/{things['task_id']}/done"))
