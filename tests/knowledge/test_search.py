"""Search: what is found, in which order, by whom; and nothing else."""

import random
import time
from collections.abc import Callable
from typing import Any
from uuid import UUID, uuid4

import pytest

from services.knowledge.search.ranking import MOST
from services.knowledge.search.terms import term_id
from shared.contracts.announced import EntitlementGranted, EntitlementRevoked
from shared.testing import Cluster, eventually
from tests.conftest import found_community
from tests.knowledge.conftest import Facts, Person, an_article
from tests.membership.conftest import Someone
from tests.membership.telling import tell

Published = Callable[..., dict[str, Any]]


def found(someone: Someone, q: str, **asked: Any) -> dict[str, Any]:
    """What a search answers."""
    answer = someone.client.get(f"/v1/communities/{someone.community}/search", params={"q": q, **asked})
    assert answer.status_code == 200, answer.text
    answered: dict[str, Any] = answer.json()
    return answered


def titles(someone: Someone, q: str, **asked: Any) -> list[str]:
    return [hit["title"] for hit in found(someone, q, **asked)["items"]]


@pytest.fixture
def member(person: Person) -> Someone:
    return person()


@pytest.fixture
def shelf(published: Published) -> None:
    """Five articles about bees and hives."""
    published(title="Keeping bees", body="A hive needs water.", tags=["bees"])
    published(title="Winter", body="Bees keep warm; the hive stays closed until spring.", tags=["season"])
    published(title="Honey", body="Harvest honey in summer, from a healthy hive.", tags=["season", "food"])
    published(title="Tools", body="A smoker calms. A veil protects beekeepers.", tags=["gear"])
    published(title="Bienen halten", body="Ein Bienenvolk braucht Wasser und Ruhe.", language="de", tags=[])


@pytest.mark.usefixtures("shelf")
def test_words_are_found_whatever_their_ending(member: Someone) -> None:
    assert titles(member, "bee") == ["Keeping bees", "Winter"]
    assert titles(member, "HIVES") == titles(member, "hive")
    assert set(titles(member, "hive")) == {"Keeping bees", "Winter", "Honey"}
    assert titles(member, "Biene") == ["Bienen halten"]
    assert titles(member, "dragons") == []


@pytest.mark.usefixtures("shelf")
def test_a_search_can_be_narrowed(member: Someone) -> None:
    assert titles(member, '"healthy hive"') == ["Honey"]
    assert titles(member, '"hive healthy"') == []
    assert set(titles(member, "hive -honey")) == {"Keeping bees", "Winter"}
    assert set(titles(member, "beek*")) == {"Tools"}
    assert set(titles(member, "hive", tag="season")) == {"Winter", "Honey"}
    assert titles(member, "hive", tag="none") == []
    assert titles(member, "Wasser water", language="de") == ["Bienen halten"]
    assert titles(member, "hive", kind="question") == []
    assert titles(member, "hive", verified=True) == []
    assert len(titles(member, "hive", verified=False)) == 3


@pytest.mark.usefixtures("shelf")
def test_a_typing_error_is_forgiven_and_said(member: Someone) -> None:
    answered = found(member, "protcets")
    assert [hit["title"] for hit in answered["items"]] == ["Tools"]
    assert answered["corrected"] == {"protcets": "protects"}
    assert found(member, "zzzzzzzz")["corrected"] == {}


@pytest.mark.usefixtures("shelf")
def test_facets_count_all_hits(member: Someone) -> None:
    facets = found(member, "hive", facets=True, limit=1)["facets"]
    assert facets["kind"] == {"article": 3}
    assert facets["tag"] == {"season": 2, "bees": 1, "food": 1}
    assert facets["language"] == {"en": 3}
    assert facets["verified"] == 0
    assert found(member, "hive")["facets"] is None


def test_what_is_shown_is_marked_and_harmless(member: Someone, published: Published) -> None:
    published(title="Safe & <sound>", body="Before. The `<script>` of bees is **harmless** here.")
    hit = found(member, "sound harmless")["items"][0]
    assert hit["title_highlight"]["html"] == "Safe &amp; &lt;<mark>sound</mark>&gt;"
    assert "<mark>harmless</mark>" in hit["highlight"]["html"]
    assert "<script" not in hit["highlight"]["html"]
    shown = hit["highlight"]
    assert [shown["text"][start:end] for start, end in shown["marks"]] == ["harmless"]


def test_among_equals_the_verified_come_first_and_the_stale_last(
    member: Someone, editor: Someone, published: Published
) -> None:
    made = [published(title=f"Equal {name}", body="The same words.") for name in ("one", "two", "six")]
    assert titles(member, "same words") == ["Equal six", "Equal two", "Equal one"]
    editor.made(f"/articles/{made[0]['id']}/verify")
    editor.made(f"/articles/{made[2]['id']}/mark-stale")
    hits = found(member, "same words")["items"]
    assert [hit["title"] for hit in hits] == ["Equal one", "Equal two", "Equal six"]
    assert [(hit["verified"], hit["outdated"]) for hit in hits] == [
        (True, False),
        (False, False),
        (False, True),
    ]
    assert titles(member, "same words", verified=True) == ["Equal one"]


def test_a_title_weighs_more_than_a_text(member: Someone, published: Published) -> None:
    published(title="Gardens", body="Nothing about it here but gardens.")
    published(title="Weather", body="Gardens like rain, gardens like sun.")
    assert titles(member, "gardens") == ["Gardens", "Weather"]


def test_only_what_is_released_is_found(member: Someone, editor: Someone, person: Person) -> None:
    author = person()
    article = author.made("/articles", an_article(title="Quokka", body="Quokka habits."))
    path = f"/articles/{article['id']}"
    assert titles(editor, "quokka") == []
    author.made(f"{path}/submit")
    editor.made(f"{path}/approve")
    assert titles(author, "quokka") == []
    assert editor.made(f"{path}/publish")["state"] == "published"
    assert titles(member, "quokka") == ["Quokka"]
    etag = author.get(path).headers["etag"]
    changed = author.ask("PUT", f"{path}/draft", {"body": "Wombat habits."}, If_Match=etag)
    assert changed.status_code == 200, changed.text
    assert titles(member, "wombat") == []
    assert titles(member, "quokka") == ["Quokka"]
    editor.made(f"{path}/archive")
    assert titles(member, "quokka") == []


def test_what_one_may_not_read_is_not_found(
    stack: Cluster, community: UUID, person: Person, editor: Someone, published: Published
) -> None:
    paid = published(title="Paid heron", body="The heron of those who may.", requires="research")
    published(title="Free heron", body="The heron of all.")
    member, guest = person(), person(guest=True)
    assert titles(member, "heron") == ["Free heron"]
    assert set(titles(editor, "heron")) == {"Free heron", "Paid heron"}
    assert titles(guest, "heron") == []
    right: dict[str, Any] = {
        "community_id": community,
        "entitlement_id": uuid4(),
        "member_id": member.member_id,
        "kind": "research",
    }
    tell(stack, EntitlementGranted(**right, until=None, aggregate_version=1))
    eventually(lambda: set(titles(member, "heron")) == {"Free heron", "Paid heron"}, within=10)
    tell(stack, EntitlementRevoked(**right, aggregate_version=2))
    eventually(lambda: titles(member, "heron") == ["Free heron"], within=10)
    assert member.get(f"/articles/{paid['id']}").status_code == 404


def test_scores_and_corrections_tell_nothing_of_what_one_may_not_read(
    person: Person, editor: Someone, published: Published
) -> None:
    member = person()
    text = "The osprey and the bittern; many more birds of all kinds rest in summer near the lake."
    for n in range(3):
        published(title=f"Birds {n}", body=text)
        published(title=f"Ours {n}", body="Osprey, osprei, osprei.", requires="research")
    published(title="Fish", body="A pike and a perch.")

    def score(q: str) -> float:
        return float(found(member, q)["items"][0]["score"])

    assert score("osprey") == score("bittern")
    assert score("osprey lake") == score("bittern lake")
    assert found(member, "osprei")["corrected"] == {"osprei": "osprey"}
    assert found(editor, "osprei")["hits"] == 3


def test_a_word_that_very_many_have_is_no_condition_and_still_counts(
    stack: Cluster, community: UUID, member: Someone, published: Published
) -> None:
    published(title="One", body="A gull that is common here.")
    published(title="Two", body="A gull that is seldom; common is the tern.")
    published(title="Three", body="A gull, a tern.")
    empty = "X''" if stack.postgres is None else "''::bytea"
    for term in ("common", "is"):
        number = term_id(community, term)
        stack.execute(
            "knowledge",
            "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 20001) "
            "INSERT INTO posting (term_id, document, weight, length, audience, places) "
            f"SELECT {number}, i + 1000000, 1, 1, 0, {empty} FROM n",
        )
    assert set(titles(member, "gull -tern")) == {"One"}
    assert set(titles(member, "gull -common")) == {"Three"}
    assert titles(member, '"is common"') == ["One"]
    assert titles(member, 'gull "common is"') == ["Two"]


def test_words_with_a_prefix_stand_together_whatever_the_language_of_the_database(
    stack: Cluster, member: Someone, published: Published
) -> None:
    published(title="Beaks", body="Beekeepers, zebras.")
    assert titles(member, "bee*") == ["Beaks"]
    if stack.postgres is not None:
        columns = "SELECT collation_name FROM information_schema.columns"
        sql = f"{columns} WHERE table_name = 'word' AND column_name = 'variant'"
        assert stack.rows("knowledge", sql) == [("C",)]


def test_whatever_its_letters_a_text_is_kept_and_found(person: Person) -> None:
    asker = person()
    for text in ("一" + "\ufb01" * 80, "ｶﾞ一" * 60, "\ufdfa" * 200, "x" * 20_000, "ทำงาน" * 40):
        asked = asker.made("/questions", {"title": "What is that?", "body": text})
        assert asked["id"] in {hit["id"] for hit in found(asker, text[:200], limit=100)["items"]}, text[:3]
    for body in ("!", "ﾞ" * 300):
        asker.made("/questions", {"title": "🎉" * 200, "body": body})
    assert found(asker, "ﾞ ﾞﾞ " + "x" * 200)["hits"] == 1


def test_a_text_of_countless_words_holds_nobody_up(person: Person, editor: Someone) -> None:
    author, chance = person(), random.Random(3)
    words = ["".join(chance.choices("abcdefghijklmnopqrstuvwxyz", k=7)) for _ in range(49_000)]
    article = author.made("/articles", an_article(body=" ".join(words)))
    author.made(f"/articles/{article['id']}/submit")
    editor.made(f"/articles/{article['id']}/approve")
    began = time.monotonic()
    editor.made(f"/articles/{article['id']}/publish")
    assert time.monotonic() - began < 4
    assert [hit["id"] for hit in found(author, words[0])["items"]] == [article["id"]]


def test_communities_never_find_each_others(stack: Cluster, person: Person, published: Published) -> None:
    published(title="Ours alone", body="The narwhal is ours.")
    with stack.direct("membership") as client:
        other = person(within=found_community(client))
    assert found(other, "narwhal")["hits"] == 0
    assert found(other, "narwahl")["corrected"] == {}


def test_pages_are_one_list(member: Someone, key: Someone, published: Published) -> None:
    for number in range(12):
        published(title=f"Otter {number}", body="otter " * (number + 1) + "river")
    whole = [hit["id"] for hit in found(member, "otter river", limit=100)["items"]]
    seen, cursor = [], None
    while True:
        page = found(member, "otter river", limit=5, **({"cursor": cursor} if cursor else {}))
        seen += page["items"]
        cursor = page["next_cursor"]
        if cursor is None:
            break
    assert [hit["id"] for hit in seen] == whole
    assert [hit["rank"] for hit in seen] == list(range(1, 13))
    first = found(member, "otter river", limit=5)["next_cursor"]
    for q, asked in (("otter", {"cursor": first}), ("otter river", {"cursor": first[:-2] + "xx"})):
        answer = member.client.get(f"/v1/communities/{member.community}/search", params={"q": q, **asked})
        assert answer.status_code == 400
    answer = key.client.get(
        f"/v1/communities/{key.community}/search", params={"q": "otter river", "cursor": first}
    )
    assert answer.status_code == 400


@pytest.mark.usefixtures("shelf")
def test_a_long_or_empty_question_stays_bounded(member: Someone) -> None:
    assert set(titles(member, "the a of")) >= set(titles(member, "a")) > set()
    assert found(member, "hive " + "word " * 190)["items"]
    assert found(member, '"' * 900 + "*" * 90)["hits"] == 0
    path = f"/v1/communities/{member.community}/search"
    for q in ("", "x" * 1001):
        assert member.client.get(path, params={"q": q}).status_code == 422
    assert MOST == 1000


def test_questions_answers_and_resources_are_found_in_one_list(member: Someone, person: Person) -> None:
    asker, expert = person(), person()
    question = asker.made("/questions", {"title": "How do I tame a lemur?", "body": "It bites."})
    answer = expert.made(f"/questions/{question['id']}/answers", {"body": "Give the lemur figs."})
    expert.made(
        "/resources", {"title": "Lemur handbook", "url": "https://example.org/lemur", "kind": "paper"}
    )
    hits = found(member, "lemur")["items"]
    assert {(hit["kind"], hit["parent_id"]) for hit in hits} == {
        ("question", None),
        ("answer", question["id"]),
        ("resource", None),
    }
    assert [hit["id"] for hit in found(member, "figs", kind="answer")["items"]] == [answer["id"]]


def test_nothing_is_left_of_what_is_no_longer_found(
    stack: Cluster, community: UUID, editor: Someone, published: Published
) -> None:
    article = published(title="Zyzzyva", body="Zyzzyvas are weevils.")
    words = f"SELECT count(*) FROM word WHERE community_id = '{community}'"
    documents = f"SELECT number FROM search_document WHERE community_id = '{community}'"
    assert stack.rows("knowledge", words)[0][0] > 0
    assert len(stack.rows("knowledge", documents)) == 1
    editor.made(f"/articles/{article['id']}/archive")
    assert stack.rows("knowledge", words)[0][0] == 0
    assert stack.rows("knowledge", documents) == []
    size = f"SELECT documents, length FROM index_size WHERE community_id = '{community}'"
    assert [tuple(row) for row in stack.rows("knowledge", size)] == [(0, 0)]


def test_searches_are_told_without_their_words(member: Someone, facts: Facts, published: Published) -> None:
    published(title="Lynx", body="About the lynx.")
    first, second = found(member, "lynx"), found(member, "unicorn")
    told = eventually(lambda: facts("search_performed_batch"), within=5)
    searches = {each["search_id"]: each for batch in told for each in batch["searches"]}
    assert searches[first["search_id"]]["hits"] == 1
    assert searches[second["search_id"]]["hits"] == 0
    assert "unicorn" not in str(told)
    path = f"/search/{first['search_id']}/clicks"
    opened = {"id": first["items"][0]["id"], "rank": 1}
    assert member.post(path, opened).status_code == 201
    assert member.post(path, opened | {"rank": 9}).json()["rank"] == 1
    again = [each for batch in facts("search_performed_batch") for each in batch["searches"]]
    assert [each["search_id"] for each in again if each["clicked"]] == [first["search_id"]]
    assert member.post(f"/search/{uuid4()}/clicks", opened).status_code == 404
    assert member.post(f"/search/{second['search_id']}/clicks", opened).status_code == 409


def test_what_five_people_miss_is_a_gap(
    person: Person, editor: Someone, facts: Facts, published: Published
) -> None:
    missed = [person() for _ in range(5)]
    for someone in missed[:4]:
        for _ in range(2):
            found(someone, "  Axolotl ")
    eventually(lambda: len([s for b in facts("search_performed_batch") for s in b["searches"]]) == 8)
    assert editor.get("/search/gaps").json()["items"] == []
    found(missed[4], "axolotl")
    gaps = eventually(lambda: editor.get("/search/gaps").json()["items"])
    assert [(gap["query"], gap["searchers"], gap["solved_at"]) for gap in gaps] == [("axolotl", 5, None)]
    assert [fact["searchers"] for fact in facts("search_gap_detected")] == [5]
    assert missed[0].get("/search/gaps").status_code == 403
    published(title="Axolotl", body="They regrow.")
    assert found(missed[0], "axolotl")["hits"] == 1
    eventually(lambda: editor.get("/search/gaps").json()["items"] == [])
    solved = editor.get("/search/gaps?solved=true").json()["items"]
    assert [gap["query"] for gap in solved] == ["axolotl"]
