"""Articles: drafted, revised, released, found and read by whom they are for."""

from datetime import datetime
from functools import partial
from typing import Any
from uuid import UUID, uuid4

import httpx
import pytest

from shared.identity import Actor
from shared.testing import Cluster, eventually
from tests.conftest import found_community
from tests.knowledge.conftest import Facts, Person, an_article
from tests.knowledge.writing import Published, a_shelf, entitle, ids, patch, put, refused
from tests.membership.conftest import Someone, at_once, codes


def test_a_draft_is_for_those_who_work_at_it(
    person: Person, key: Someone, editor: Someone, facts: Facts
) -> None:
    author, other, guest = person(), person(), person(guest=True)
    answer = author.post("/articles", an_article())
    assert answer.status_code == 201, answer.text
    article = answer.json()
    assert answer.headers["ETag"] == '"1"'
    assert article["slug"] == "how-we-welcome-newcomers"
    assert (article["state"], article["draft_state"], article["draft_revision"]) == ("draft", "draft", 1)
    assert article["owner_id"] == str(author.member_id)
    assert article["contributors"] == [str(author.member_id)]
    path = f"/articles/{article['id']}"
    for who in (author, editor, key):
        read = who.get(path).json()
        assert read["body"].startswith("# Welcome")
        assert "<em>hello</em>" in read["html"]
        assert read["policy_version"] >= 1
        assert ids(who.get("/articles")) == [article["id"]]
    for who in (other, guest):
        assert who.get(path).status_code == 404
        assert ids(who.get("/articles")) == []
        assert who.get("/articles/by-slug/how-we-welcome-newcomers").status_code == 404
    (fact,) = facts("article_drafted")
    assert (fact["article_id"], fact["author_id"], fact["revision"]) == (
        article["id"],
        str(author.member_id),
        1,
    )


def test_a_key_drafts_in_nobodys_name(key: Someone, facts: Facts) -> None:
    article = key.made("/articles", an_article())
    assert (article["owner_id"], article["contributors"]) == (None, [])
    assert facts("article_drafted")[0]["author_id"] is None


def test_a_key_with_write_alone_edits_what_it_drafted(
    stack: Cluster, community: UUID, person: Person
) -> None:
    others = person().made("/articles", an_article())
    actor = Actor("key", str(uuid4()), community_id=community, scopes=frozenset({"knowledge:write"}))
    with stack.direct("knowledge", actor) as client:
        partner = Someone(client, community)
        own = partner.made("/articles", an_article())
        assert put(partner, own, {"body": "More."}).status_code == 200
        assert partner.post(f"/articles/{own['id']}/submit").status_code == 200
        assert partner.post(f"/articles/{own['id']}/approve").status_code == 403
        assert partner.get(f"/articles/{others['id']}").status_code == 404
        assert ids(partner.get("/articles")) == [own["id"]]


def test_titles_become_slugs_of_their_own(person: Person) -> None:
    author = person()

    def slug(title: str) -> str:
        return str(author.made("/articles", an_article(title=title))["slug"])

    assert [slug("Ärger & Straße") for _ in range(3)] == [
        "arger-strasse",
        "arger-strasse-2",
        "arger-strasse-3",
    ]
    assert slug("歓迎").startswith("article-")
    raced = at_once([lambda: slug("The same") for _ in range(6)])
    assert sorted(raced) == sorted(["the-same", *(f"the-same-{n}" for n in range(2, 7))])
    many = {slug("Again") for _ in range(12)}
    assert len(many) == 12


@pytest.mark.parametrize(
    "given",
    [
        {"title": ""},
        {"title": "x" * 201},
        {"body": ""},
        {"body": "x" * 400_001},
        {"tags": ["x"] * 21},
        {"language": "english!"},
        {"kind": "novel"},
        {"verify_every_days": 0},
        {"verify_every_days": 3651},
        {"owner_id": str(uuid4())},
        {"state": "published"},
        {"accessibility": {"captions": "yes"}},
        {"requires": "two words"},
        {"collection_id": str(uuid4())},
    ],
)
@pytest.mark.either_database
def test_what_is_no_article_is_refused(person: Person, given: dict[str, Any]) -> None:
    assert person().post("/articles", an_article(**given)).status_code == 422


@pytest.mark.either_database
def test_the_longest_text_is_taken_and_ten_megabytes_are_not(person: Person) -> None:
    author = person()
    assert author.post("/articles", an_article(body="语" * 400_000)).status_code == 201
    assert author.post("/articles", an_article(body="x" * 10_000_000)).status_code == 413


def test_what_is_released_is_read_and_the_draft_is_not(
    person: Person, published: Published, facts: Facts
) -> None:
    article = published()
    reader, guest = person(), person(guest=True)
    author = Someone(reader.client, reader.community)  # any member reads the same
    assert (article["state"], article["released_revision"], article["draft_revision"]) == (
        "published",
        1,
        None,
    )
    assert author.get(f"/articles/{article['id']}").json()["revision"] == 1
    assert guest.get(f"/articles/{article['id']}").status_code == 404  # in no collection: for members
    assert reader.get(f"/articles/{article['id']}?revision=draft").status_code == 403
    (fact,) = facts("article_published")
    assert (fact["first"], fact["revision"], fact["title"]) == (True, 1, article["title"])
    assert [each["aggregate_version"] for each in facts() if each.get("article_id") == article["id"]] == [
        1,
        2,
        3,
        4,
        5,
    ]


def test_a_new_draft_changes_nothing_of_what_is_read(
    person: Person, editor: Someone, published: Published
) -> None:
    article = published()
    reader = person()
    answer = put(editor, article, {"title": "Another title", "body": "Another text.", "summary": "All new"})
    assert answer.status_code == 200, answer.text
    assert (answer.json()["state"], answer.json()["draft_state"]) == ("published", "draft")
    read = reader.get(f"/articles/{article['id']}").json()
    assert (read["title"], read["revision"], read["draft_state"]) == (article["title"], 1, None)
    draft = editor.get(f"/articles/{article['id']}?revision=draft").json()
    assert (draft["title"], draft["body"], draft["revision"]) == ("Another title", "Another text.", 2)
    assert (draft["summary"], draft["tags"]) == ("All new", ["onboarding"])


def test_fifty_save_upon_the_same_and_one_wins(person: Person) -> None:
    author = person()
    article = author.made("/articles", an_article())
    tag = author.get(f"/articles/{article['id']}").headers["ETag"]
    raced = at_once([partial(put, author, article, {"body": f"Text {n}"}, tag) for n in range(50)])
    assert codes(raced) == [200] + [412] * 49
    (won,) = [answer.json() for answer in raced if answer.status_code == 200]
    after = author.get(f"/articles/{article['id']}")
    assert (after.json()["version"], after.json()["draft_revision"]) == (2, 2)
    assert won["version"] == 2
    assert author.ask("PUT", f"/articles/{article['id']}/draft", {"body": "x"}).status_code == 428


def test_revisions_differ_and_come_back(person: Person) -> None:
    author, other = person(), person()
    article = author.made("/articles", an_article(body="one\ntwo\nthree\n", tags=["a"]))
    path = f"/articles/{article['id']}"
    assert put(author, article, {"body": "one\n2\nthree\nfour\n", "tags": ["b"]}).status_code == 200
    found = author.get(f"{path}/revisions").json()["items"]
    assert [(row["number"], row["base"]) for row in found] == [(2, 1), (1, None)]
    first = author.get(f"{path}/revisions/1").json()
    assert (first["body"], first["tags"]) == ("one\ntwo\nthree\n", ["a"])
    diff = author.get(f"{path}/revisions/1..2/diff").json()
    assert (diff["added"], diff["removed"], diff["coarse"]) == (2, 1, False)
    assert diff["diff"].splitlines()[2:] == ["@@ -1,3 +1,4 @@", " one", "-two", "+2", " three", "+four"]
    assert (diff["base_tags"], diff["tags"]) == (["a"], ["b"])
    back = author.post(f"{path}/revert/1")
    assert back.status_code == 200, back.text
    assert back.json()["tags"] == ["a"]
    third = author.get(f"{path}/revisions/3").json()
    assert (third["base"], third["body"], third["digest"]) == (1, first["body"], first["digest"])
    for missing in ("/revisions/9", "/revisions/1..9/diff"):
        assert author.get(f"{path}{missing}").status_code == 404
    assert author.post(f"{path}/revert/9").status_code == 404
    assert other.post(f"{path}/revert/1").status_code == 404
    assert author.get(f"{path}/revisions/1..x/diff").status_code == 422


def test_readers_see_no_revisions(person: Person, published: Published) -> None:
    article = published()
    path = f"/articles/{article['id']}"
    for asked in ("/revisions", "/revisions/1", "/revisions/1..1/diff", "/reviews"):
        assert person().get(f"{path}{asked}").status_code == 403
    assert put(person(), article, {"body": "Mine"}).status_code == 403
    assert person().post(f"{path}/archive").status_code == 403


def test_a_former_slug_leads_on(person: Person, editor: Someone, published: Published, facts: Facts) -> None:
    article = published()
    other = published(title="Another one")
    assert patch(editor, article, {"slug": "welcome"}).json()["slug"] == "welcome"
    reader = person()
    old = reader.get(f"/articles/by-slug/{article['slug']}")
    assert (old.status_code, old.headers["Location"].rpartition("/")[2]) == (308, "welcome")
    assert reader.get("/articles/by-slug/welcome").json()["id"] == article["id"]
    for taken in ("welcome", article["slug"]):
        assert refused(patch(editor, other, {"slug": taken}), 409, "slug-taken")
    assert patch(editor, article, {"slug": article["slug"]}).status_code == 200  # its own again
    assert reader.get("/articles/by-slug/welcome").status_code == 308
    assert reader.get("/articles/by-slug/never").status_code == 404
    assert patch(editor, other, {"slug": "Not A Slug"}).status_code == 422
    assert [fact["article_id"] for fact in facts("article_moved")] == [article["id"]] * 2
    assert person(guest=True).get(f"/articles/by-slug/{article['slug']}").status_code == 404


def test_settings_of_what_is_released_are_not_its_owners_alone(
    person: Person, editor: Someone, published: Published
) -> None:
    article = published()
    mine = person()
    assert patch(editor, article, {"owner_id": str(mine.member_id)}).status_code == 200
    for decided in ({"kind": "faq"}, {"requires": "gold"}, {"slug": "mine"}, {"collection_id": None}):
        assert patch(mine, article, decided).status_code == 403
    changed = patch(mine, article, {"verify_every_days": 7, "accessibility": {"captions": True}})
    assert changed.status_code == 200, changed.text
    assert changed.json()["accessibility"] == {"alt_text_ok": None, "captions": True, "plain_language": None}
    draft = mine.made("/articles", an_article())
    assert patch(mine, draft, {"kind": "faq", "requires": "gold"}).json()["kind"] == "faq"


def test_only_the_entitled_read_what_requires_it(
    stack: Cluster, person: Person, editor: Someone, published: Published
) -> None:
    shelf = a_shelf(stack, editor.community, requires="silver")
    article = published(requires="gold")
    assert patch(editor, article, {"collection_id": shelf}).status_code == 200
    both, one, none = person(), person(), person()
    entitle(stack, both, "gold")
    entitle(stack, both, "silver")
    entitle(stack, one, "gold")
    path = f"/articles/{article['id']}"
    assert [who.get(path).status_code for who in (both, one, none, editor)] == [200, 404, 404, 200]
    for who, found in (
        (both, [article["id"]]),
        (one, []),
        (none, []),
        (person("moderator"), [article["id"]]),
    ):
        assert ids(who.get("/articles")) == found
    assert one.post(f"{path}/helpful", {"helpful": True}).status_code == 404


def test_a_collection_says_who_reads(
    stack: Cluster, community: UUID, person: Person, editor: Someone, published: Published
) -> None:
    public = published(title="Public", collection_id=a_shelf(stack, community, visibility="public"))
    team = published(title="Team")
    shelf = a_shelf(stack, community, visibility="team")
    assert patch(editor, team, {"collection_id": shelf}).status_code == 200
    guest, member = person(guest=True), person()
    assert ids(guest.get("/articles")) == [public["id"]]
    assert ids(member.get("/articles")) == [public["id"]]
    assert guest.get(f"/articles/{public['id']}").status_code == 200
    assert member.get(f"/articles/{team['id']}").status_code == 404
    assert member.post("/articles", an_article(collection_id=shelf)).status_code == 422


def test_a_curator_does_everything_in_the_collection(
    stack: Cluster, community: UUID, person: Person, editor: Someone
) -> None:
    curator, author = person(), person()
    shelf = a_shelf(stack, community, curators=[curator])
    elsewhere = a_shelf(stack, community)
    article = author.made("/articles", an_article(collection_id=shelf))
    path = f"/articles/{article['id']}"
    assert curator.get(path).status_code == 200
    assert ids(curator.get("/articles")) == [article["id"]]
    author.made(f"{path}/submit")
    curator.made(f"{path}/approve")
    assert author.post(f"{path}/publish").status_code == 403
    curator.made(f"{path}/publish")
    assert patch(curator, article, {"kind": "faq"}).status_code == 200
    assert patch(curator, article, {"collection_id": elsewhere}).status_code == 403
    assert patch(editor, article, {"collection_id": elsewhere}).status_code == 200
    assert patch(curator, article, {"kind": "case"}).status_code == 403


def test_an_archived_collection_takes_nothing(stack: Cluster, community: UUID, person: Person) -> None:
    shelf = a_shelf(stack, community, state="archived")
    author = person()
    article = author.made("/articles", an_article())
    assert refused(author.post("/articles", an_article(collection_id=shelf)), 409, "collection-closed")
    assert refused(patch(author, article, {"collection_id": shelf}), 409, "collection-closed")


def test_articles_are_found_by_what_they_are(person: Person, editor: Someone, published: Published) -> None:
    odd = 'a "quoted" 100%_tag'
    first = published(kind="faq", tags=["one", odd], language="de")
    second = person().made("/articles", an_article(tags=["one"]))
    found = {
        "state=published": [first["id"]],
        "kind=faq": [first["id"]],
        "language=de": [first["id"]],
        "tag=one": [first["id"], second["id"]],
        "tag=ONE": [first["id"], second["id"]],
        "tag=on": [],
        "tag=%25": [],
        f"tag={odd.replace('%', '%25')}": [first["id"]],
        f"owner={second['owner_id']}": [second["id"]],
        f"collection={uuid4()}": [],
        f"updated_since={second['created_at']}": [second["id"]],
    }
    for asked, expected in found.items():
        assert ids(editor.get(f"/articles?{asked}")) == expected, asked
    page = editor.get("/articles?limit=1").json()
    assert ids(editor.get(f"/articles?limit=1&cursor={page['next_cursor']}")) == [second["id"]]


def test_ratings_count_the_last_word_and_leave_the_version(
    person: Person, key: Someone, published: Published, facts: Facts
) -> None:
    article = published()
    path = f"/articles/{article['id']}"
    rater, others = person(), [person() for _ in range(6)]
    said = [rater.made(f"{path}/helpful", {"helpful": each})["helpful"] for each in (True, True, False)]
    assert said == [{"yes": 1, "no": 0}, {"yes": 1, "no": 0}, {"yes": 0, "no": 1}]
    at_once([partial(who.made, f"{path}/helpful", {"helpful": True}) for who in others])
    after = rater.get(path).json()
    assert (after["helpful"], after["version"]) == ({"yes": 6, "no": 1}, article["version"])
    rated = [fact for fact in facts("article_rated") if fact["member_id"] == str(rater.member_id)]
    assert [(fact["helpful"], fact["aggregate_version"]) for fact in rated] == [(True, 1), (False, 2)]
    assert refused(key.post(f"{path}/helpful", {"helpful": True}), 403, "members-only")
    draft = rater.made("/articles", an_article())
    assert rater.post(f"/articles/{draft['id']}/helpful", {"helpful": True}).status_code == 409


def test_looks_are_counted_together(person: Person, key: Someone, published: Published, facts: Facts) -> None:
    article = published(collection_id=None)
    path = f"/articles/{article['id']}"
    one, two = person(), person()
    for who in (one, one, two, key):
        assert who.get(path).status_code == 200
    one.get(f"/articles/by-slug/{article['slug']}")
    eventually(lambda: one.get(path).json()["views"] >= 4, within=10)
    seen = [view for fact in facts("article_viewed_batch") for view in fact["views"]]
    assert {view["member_id"] for view in seen} == {str(one.member_id), str(two.member_id)}
    assert all(fact["aggregate_version"] == 1 for fact in facts("article_viewed_batch"))
    assert len({view["view_id"] for view in seen}) == len(seen)
    assert one.get(path).json()["version"] == article["version"]


def test_another_community_has_none_of_it(
    person: Person, membership: httpx.Client, published: Published
) -> None:
    article = published()
    stranger = person("admin", within=found_community(membership))
    path = f"/articles/{article['id']}"
    assert ids(stranger.get("/articles")) == []
    for asked in ("", "/revisions", "/reviews", "/verifications"):
        assert stranger.get(f"{path}{asked}").status_code == 404
    for verb in ("submit", "approve", "publish", "verify", "mark-stale", "deprecate", "archive", "revert/1"):
        assert stranger.post(f"{path}/{verb}").status_code == 404
    assert stranger.patch(path, {"kind": "faq"}, If_Match='"5"').status_code == 404
    own = stranger.made("/articles", an_article())
    assert own["slug"] == article["slug"]  # slugs are a community's own
    stranger.made(f"/articles/{own['id']}/archive")


def test_a_successor_never_leads_back(
    editor: Someone, person: Person, published: Published, facts: Facts
) -> None:
    a, b, c, d = (published(title=f"Article {n}") for n in "abcd")

    def deprecate(which: dict[str, Any], by: str | None) -> httpx.Response:
        return editor.post(f"/articles/{which['id']}/deprecate", {"replacement_id": by})

    draft = person().made("/articles", an_article())
    for unknown in (str(uuid4()), draft["id"]):
        assert refused(deprecate(a, unknown), 422, "unknown-replacement")
    assert refused(deprecate(a, a["id"]), 409, "cyclic-replacement")
    assert deprecate(b, c["id"]).status_code == 200
    done = deprecate(a, b["id"])
    assert (done.json()["state"], done.json()["replacement_id"]) == ("deprecated", b["id"])
    assert refused(deprecate(c, a["id"]), 409, "cyclic-replacement")
    assert deprecate(c, d["id"]).status_code == 200
    assert deprecate(d, None).status_code == 200
    assert deprecate(d, None).json()["allowed"] == ["archive"]
    assert [fact["replacement_id"] for fact in facts("article_deprecated")] == [
        c["id"],
        b["id"],
        d["id"],
        None,
    ]
    assert person().get(f"/articles/{a['id']}").json()["state"] == "deprecated"


def test_successors_set_at_once_never_meet_in_a_circle(editor: Someone, published: Published) -> None:
    for _ in range(3):
        ring = [published(title="Ring")["id"] for _ in range(4)]
        pairs = zip(ring, ring[1:] + ring[:1], strict=True)
        acts = [
            partial(editor.post, f"/articles/{one}/deprecate", {"replacement_id": by}) for one, by in pairs
        ]
        assert {answer.status_code for answer in at_once(acts)} <= {200, 409}
        next_of = {one: editor.get(f"/articles/{one}").json()["replacement_id"] for one in ring}
        assert any(after is None for after in next_of.values())


def test_an_owner_archives_a_draft_and_editors_what_is_released(
    person: Person, editor: Someone, published: Published, facts: Facts
) -> None:
    author, other = person(), person()
    draft = author.made("/articles", an_article())
    author.made(f"/articles/{draft['id']}/submit")
    assert other.post(f"/articles/{draft['id']}/archive").status_code == 404
    gone = author.made(f"/articles/{draft['id']}/archive")
    assert (gone["state"], gone["draft_state"]) == ("archived", "draft")
    assert [fact["fact"] for fact in facts() if fact.get("article_id") == draft["id"]] == [
        "article_drafted",
        "article_submitted",
        "article_review_withdrawn",
        "article_archived",
    ]
    for verb in ("submit", "archive", "revert/1"):
        answer = author.post(f"/articles/{draft['id']}/{verb}")
        assert (answer.status_code, answer.json()["allowed"]) == (409, [])
    assert put(author, draft, {"body": "Again"}).status_code == 409
    released = published()
    assert editor.post(f"/articles/{released['id']}/archive").status_code == 200
    assert other.get(f"/articles/{released['id']}").status_code == 404
    assert editor.get(f"/articles/{released['id']}").status_code == 200


def test_what_moderation_hid_is_seen_by_the_team(
    stack: Cluster, person: Person, published: Published
) -> None:
    article = published()
    path = f"/articles/{article['id']}"
    stack.execute("knowledge", f"UPDATE article SET state = 'hidden' WHERE id = '{article['id']}'")
    member, moderator = person(), person("moderator")
    assert (member.get(path).status_code, ids(member.get("/articles"))) == (404, [])
    assert moderator.get(path).json()["state"] == "hidden"
    assert ids(moderator.get("/articles?state=hidden")) == [article["id"]]
    assert moderator.post(f"{path}/helpful", {"helpful": True}).status_code == 409
    for verb in ("submit", "verify", "archive"):
        answer = person("editor").post(f"{path}/{verb}")
        assert (answer.status_code, answer.json()["allowed"]) == (409, [])


@pytest.mark.either_database
def test_the_gateway_lets_addresses_through(
    api: httpx.Client, key: Someone, editor: Someone, published: Published
) -> None:
    article = published()
    root = f"/v1/communities/{key.community}/articles"
    assert patch(editor, article, {"slug": "another"}).status_code == 200
    diff = api.get(f"{root}/{article['id']}/revisions/1..1/diff")
    assert (diff.status_code, diff.json()["diff"]) == (200, "")
    old = api.get(f"{root}/by-slug/{article['slug']}", follow_redirects=False)
    assert (old.status_code, old.headers["Location"]) == (308, f"{root}/by-slug/another")
    assert api.get(old.headers["Location"]).json()["id"] == article["id"]
    assert api.post(root, json=an_article(body="语" * 400_000)).status_code == 201


@pytest.mark.either_database
def test_the_life_of_an_article_is_in_the_audit_log(
    stack: Cluster, community: UUID, editor: Someone, published: Published
) -> None:
    article = published()
    for verb in ("verify", "mark-stale", "deprecate", "archive"):
        editor.made(f"/articles/{article['id']}/{verb}")
    of = f"community_id = '{community}' AND resource = '{article['id']}'"
    rows = stack.rows("knowledge", f"SELECT action FROM audit WHERE {of} ORDER BY seq")
    assert [action for (action,) in rows] == [
        "article.approve",
        "article.publish",
        "article.verify",
        "article.mark-stale",
        "article.deprecate",
        "article.archive",
    ]


def test_a_key_repeats_a_draft_once(key: Someone) -> None:
    made = [key.post("/articles", an_article(), Idempotency_Key="once") for _ in range(2)]
    assert made[0].json() == made[1].json()
    assert datetime.fromisoformat(made[0].json()["created_at"]).tzinfo is not None


def test_what_can_be_read_is_found_and_the_rest_is_not(
    stack: Cluster, person: Person, editor: Someone, published: Published
) -> None:
    article = published(title="Zymurgy at home", body="How *wort* ferments.")
    path = f"/articles/{article['id']}"
    reader, entitled = person(), person()
    entitle(stack, entitled, "gold")

    def found(who: Someone, words: str) -> list[str]:
        return ids(who.get(f"/search?q={words}"))

    assert found(reader, "wort") == found(reader, "zymurgy") == [article["id"]]
    assert put(editor, article, {"body": "How must ferments."}).status_code == 200
    assert (found(reader, "wort"), found(reader, "must")) == ([article["id"]], [])
    assert patch(editor, article, {"requires": "gold"}).status_code == 200
    assert (found(reader, "wort"), found(entitled, "wort")) == ([], [article["id"]])
    shelf = a_shelf(stack, editor.community, requires="silver")
    assert patch(editor, article, {"collection_id": shelf}).status_code == 200
    assert (found(entitled, "wort"), found(editor, "wort")) == ([], [article["id"]])
    editor.made(f"{path}/archive")
    assert found(editor, "wort") == []
