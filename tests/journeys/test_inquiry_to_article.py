"""From an inquiry to an article that answers the next one: through the gateway, as metrics tell (D9, D10)."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from datetime import timedelta
from typing import Any
from uuid import uuid4

import httpx
import pytest

from shared.dev_issuer import mint
from shared.testing import Cluster, eventually
from tests.conftest import found_community

Ask = Callable[..., Any]


@pytest.fixture
def place(api: httpx.Client) -> str:
    """A community of this test alone."""
    return f"/v1/communities/{found_community(api)}"


@pytest.fixture
def people(stack: Cluster, api: httpx.Client, place: str) -> Iterator[dict[str, Ask]]:
    """`people["ada"]("POST", "/questions", {...})`: two members, and the owner."""
    with ExitStack() as opened:

        def of(client: httpx.Client) -> Ask:
            def ask(method: str, path: str, json: Any = None) -> Any:
                answer = client.request(method, f"{place}{path}", json=json)
                assert answer.is_success, answer.text
                return answer.json()

            return ask

        asking = {"owner": of(api)}
        for name in ("ada", "ben"):
            token = mint(stack.home, f"{name}-{uuid4().hex}", timedelta(hours=1))
            asking[name] = of(opened.enter_context(stack.client(token)))
            asking[name]("POST", "/members", {"handle": name, "display_name": name.title()})
        yield asking


def test_what_one_asked_answers_the_next(people: dict[str, Ask]) -> None:
    ada, ben, owner = people["ada"], people["ben"], people["owner"]
    inquiries = [str(uuid4()), str(uuid4())]
    asked = {"title": "How do I book the workshop?", "body": "Nobody told me.", "inquiry_id": inquiries[0]}
    question = ada("POST", "/questions", asked)
    answered = {"body": "Write your name on the **sheet** at the door, a week ahead."}
    answer = ben("POST", f"/questions/{question['id']}/answers", answered)
    ada("POST", f"/answers/{answer['id']}/accept")

    article = ben("POST", "/articles/from-source", {"inquiry_id": inquiries[0]})
    assert {each["kind"] for each in article["provenance"]} == {"question", "inquiry"}
    ben("POST", f"/articles/{article['id']}/submit")
    for verb in ("approve", "publish"):
        owner("POST", f"/articles/{article['id']}/{verb}")

    found = ada("GET", "/search?q=booking+the+workshop&kind=article")
    assert [each["id"] for each in found["items"]] == [article["id"]]
    ada("POST", f"/search/{found['search_id']}/clicks", {"id": article["id"], "rank": 1})
    assert ada("GET", "/search?q=xylophone")["items"] == []
    owner("POST", f"/articles/{article['id']}/deflections", {"inquiry_id": inquiries[1]})

    def value(metric: str) -> Any:
        return owner("GET", f"/metrics/{metric}?step=all")["points"][0]["value"]

    expected = {
        "answer_rate": 1,
        "search_success": 1 / 2,
        "zero_result_rate": 1 / 2,
        "deflection": 1 / 2,
        "knowledge_freshness": 1,
        "stale_articles": 0,
    }
    eventually(lambda: {metric: value(metric) for metric in expected} == expected, within=10)
    assert value("time_to_accepted") >= value("first_response") > 0
    by_kind = owner("GET", "/metrics/content_count?step=all")["points"][0]["by_kind"]
    assert by_kind == {"question": 1, "answer": 1, "article": 1}

    owner("POST", f"/answers/{answer['id']}/mark-outdated")
    owner("POST", f"/articles/{article['id']}/mark-stale")
    later = expected | {"answer_rate": 0, "knowledge_freshness": 0, "stale_articles": 1}
    eventually(lambda: {metric: value(metric) for metric in later} == later, within=10)
