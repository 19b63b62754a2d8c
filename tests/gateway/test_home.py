"""A community at a glance: what waits for whom."""

from typing import Any

import httpx

from tests.conftest import found_community
from tests.gateway.conftest import SignIn
from tests.knowledge.conftest import an_article


def test_an_editor_sees_what_waits_for_one(api: httpx.Client, sign_in: SignIn) -> None:
    root = f"/v1/communities/{found_community(api)}"

    def post(path: str, who: httpx.Client = api, **given: Any) -> Any:
        answer = who.post(f"{root}{path}", json=given or None)
        assert answer.is_success, answer.text
        return answer.json()

    def home(who: httpx.Client = api) -> Any:
        answer = who.get(f"{root}/home").json()
        assert answer["degraded"] == []
        return answer["data"]

    articles = [post("/articles", **an_article(title=title)) for title in ("Old", "New")]
    for article in articles:
        for verb in ("submit", "approve", "publish"):
            post(f"/articles/{article['id']}/{verb}")
    post(f"/articles/{articles[0]['id']}/mark-stale")
    data = home()
    assert [each["title"] for each in data["stale_articles"]["items"]] == ["Old"]
    assert data["knowledge_tasks"] == {"items": [], "next_cursor": None}
    member = sign_in()
    post("/members", member, handle="ada", display_name="Ada")
    seen = home(member)
    assert (len(seen["stale_articles"]["items"]), seen["knowledge_tasks"]) == (1, None)
