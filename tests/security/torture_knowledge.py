"""What the routes of knowledge are sent, each value in turn replaced by something hostile, and worse."""

import base64
import io
import zipfile
from datetime import UTC, datetime, timedelta
from typing import Any

NEXT_YEAR = (datetime.now(UTC) + timedelta(days=365)).isoformat()
NOBODY = "00000000-0000-7000-8000-000000000000"
OF_ARTICLE = "C/articles/{article_id}"
OF_QUESTION = "C/questions/{knowledge_question}"
OF_ANSWER = "C/answers/{answer_id}"
WRITES: dict[str, Any] = {
    "POST C/collections": {
        "title": "T",
        "description": "D",
        "kind": "guide",
        "visibility": "team",
        "requires": "r",
        "approvals": 1,
        "rank": 1,
        "curators": ["member_id"],
    },
    "PATCH C/collections/{team_collection}": {
        "title": "T",
        "description": "D",
        "kind": "guide",
        "requires": "r",
        "rank": 1,
        "curators": ["member_id"],
    },
    "POST C/articles": {
        "title": "T",
        "body": "B",
        "kind": "how_to",
        "tags": ["t"],
        "language": "en",
        "collection_id": "collection_id",
        "summary": "S",
        "requires": "r",
        "verify_every_days": 30,
        "accessibility": {"alt_text_ok": True},
    },
    "PATCH C/articles/{draft_article}": {
        "collection_id": "collection_id",
        "kind": "faq",
        "requires": "r",
        "owner_id": "member_id",
        "verify_every_days": 30,
        "slug": "another",
    },
    "PUT C/articles/{draft_article}/draft": {
        "title": "T",
        "body": "B",
        "tags": ["t"],
        "language": "en",
        "summary": "S",
    },
    "POST C/articles/{archived_article}/submit": {"reviewers": ["member_id"]},
    f"POST {OF_ARTICLE}/approve": {"comment": "C"},
    f"POST {OF_ARTICLE}/request-changes": {"comment": "C"},
    f"POST {OF_ARTICLE}/verify": {"note": "N", "until": NEXT_YEAR},
    "POST C/articles/{deprecated_article}/mark-stale": {"reason": "R"},
    "POST C/articles/{deprecated_article}/deprecate": {"replacement_id": "article_id"},
    f"POST {OF_ARTICLE}/helpful": {"helpful": True},
    f"POST {OF_ARTICLE}/deflections": {"inquiry_id": NOBODY},
    "POST C/articles/from-source": {"question_id": "knowledge_question", "title": "T"},
    "POST C/questions": {
        "title": "T",
        "body": "B",
        "tags": ["t"],
        "language": "en",
        "visibility": "members",
        "inquiry_id": NOBODY,
    },
    "PATCH C/questions/{members_question}": {"title": "T", "body": "B", "tags": ["t"], "language": "en"},
    "POST C/questions/{closed_question}/close": {"reason": "unclear"},
    f"POST {OF_QUESTION}/duplicate": {"of": "knowledge_question"},
    f"POST {OF_QUESTION}/invite": {"member_ids": ["member_id"]},
    "POST C/questions/{members_question}/answers": {"body": "B"},
    f"PATCH {OF_ANSWER}": {"body": "B"},
    f"POST {OF_ANSWER}/accept": {"valid_until": NEXT_YEAR},
    f"POST {OF_ANSWER}/verify": {"valid_until": NEXT_YEAR},
    f"POST {OF_ANSWER}/vote": {"value": 1},
    "POST C/answers/{members_answer}/mark-outdated": {"reason": "wrong"},
    "POST C/resources": {
        "title": "T",
        "url": "https://minutes.invalid/",
        "kind": "link",
        "summary": "S",
        "visibility": "team",
        "requires": "r",
        "checksum": "0" * 64,
    },
    "PATCH C/resources/{resource_id}": {"title": "T", "summary": "S", "tags": ["t"], "checksum": "0" * 64},
    "POST C/contribution-calls": {
        "topic": "T",
        "description": "D",
        "for_whom": "F",
        "reward": "R",
        "deadline": NEXT_YEAR,
        "event_id": "event_id",
    },
    "PATCH C/contribution-calls/{call_id}": {"topic": "T", "description": "D", "deadline": NEXT_YEAR},
    "POST C/contribution-calls/{withdrawn_call}/fulfil": {"article_id": "article_id"},
    "POST C/attachments": {"name": "a.png", "content_base64": "iVBORw0KGgo="},
    "POST C/search/{search_id}/clicks": {"id": NOBODY, "rank": 1},
    # What is to be read in is taken up to the moment it turns out that its collection takes nothing.
    "POST C/imports": {
        "source": "markdown",
        "name": "n",
        "collection_id": "archived_collection",
        "documents": [{"path": "a.md", "text": "T"}, {"path": "b.png", "content_base64": "QQ=="}],
    },
}
BY_A_MEMBER = {f"POST {OF_ARTICLE}/helpful", f"POST {OF_ANSWER}/vote"}
"""What the owner key, nobody's member, is refused."""

SEARCHES: dict[str, str] = {
    "nothing but blanks": "   ",
    "nothing but words that serve": "the of and to in a is",
    "one letter a thousand times": "a " * 500,
    "too long": "a" * 1001,
    "one endless word": "a" * 1000,
    "hundreds of words": " ".join(f"w{n}" for n in range(200)),
    "hundreds of beginnings": "a* b* c* " * 100,
    "hundreds of phrases": '"a b" ' * 160,
    "hundreds of exclusions": "-welcome " * 100,
    "nothing but exclusions": "-welcome",
    "everything excluded": "welcome -welcome",
    "all beginnings": "*",
    "stars": "*" * 1000,
    "a quote that never closes": '"welcome newcomers',
    "quotes": '"' * 1000,
    "an empty phrase": '""',
    "hyphens": "-" * 1000,
    "a star in a phrase": '"wel* new*"',
    "operators of SQLite": "welcome NEAR/2 newcomers AND NOT (title:a OR ^b) {c}:d",
    "operators of PostgreSQL": "welcome & !newcomers | (a <-> b):*A",
    "SQL": "'; DROP TABLE posting; --",
    "a pattern": "%_[a-z]*\\",
    "right to left": "\u202ewelcome",
    "zalgo": "w" + "\u0351\u0321" * 400,
    "marks alone": "\u0301" * 900,
    "letters that grow when lowered": "\u0130" * 900,
    "letters that grow when folded": "\ufdfa" * 900,
    "wide letters": "\uff57\uff45\uff4c\uff43\uff4f\uff4d\uff45",
    "letters without spaces": "\u6b22\u8fce\u65b0\u4eba" * 200,
    "Thai": "\u0e22\u0e34\u0e19\u0e14\u0e35\u0e15\u0e49\u0e2d\u0e19\u0e23\u0e31\u0e1a" * 60,
    "emoji": "\U0001f600" * 500,
    "joined emoji": "\U0001f468\u200d\U0001f469\u200d\U0001f467" * 150,
    "a noncharacter": "\uffff\U0010ffff",
    "digits": "9" * 1000,
    "other digits": "\u0663" * 500,
    "hyphenated": "well-" * 190 + "come",
    "underlined": "wel_come" * 120,
    "a NUL": "wel\0come",
    "markup": "<script>alert(1)</script>",
    "one letter wrong in each": "welcone newcomrs helo wihtin",
    "twice with and without": "welcome -welcome " * 50,
}
"""A second is much: what a search does is bounded, whatever was asked."""

DOCUMENTS: dict[str, str] = {
    "front-never-ends.md": "---\ntitle: T\n",
    "front-is-a-list.md": "---\n- a\n- b\n---\nText",
    "front-is-an-object.md": "---\n!!python/object/apply:os.system [id]\n---\nText",
    "front-refers-to-itself.md": "---\na: &a [*a]\n---\nText",
    "front-laughs.md": "---\na: &a [x,x,x,x,x,x,x,x,x]\n"
    + "".join(
        f"{b}: &{b} [*{a},*{a},*{a},*{a},*{a},*{a},*{a},*{a},*{a}]\n"
        for a, b in zip("abcdefgh", "bcdefghi", strict=True)
    )
    + "---\nText",
    "front-is-deep.md": "---\ntitle: " + "[" * 5000 + "]" * 5000 + "\n---\nText",
    "title-is-long.md": "---\ntitle: " + "T" * 100_000 + "\n---\nText",
    "title-is-a-number.md": "---\ntitle: 1e999\n---\nText",
    "tags-are-many.md": "---\ntags: [" + ", ".join(f"t{n}" for n in range(5000)) + "]\n---\nText",
    "a-day-there-is-not.md": "---\ntitle: T\ndate: 2023-02-30\n---\nText",
    "nothing.md": "",
    "blanks.md": " \n\t\n",
    "signs.md": "\u202e\ufeff\u0001\u007f\U0010ffff text",
    "links-lead-out.md": "[a](../../../etc/passwd) [b](file:///etc/passwd) [c](javascript:alert(1)) [d](//x)",
    "links-lead-to-themselves.md": "[a](links-lead-to-themselves.md) " * 500,
    "too-long.md": "word " * 120_000,
    "never-closed.rst": ".. list-table::\n\n   * - a\n.. include:: /etc/passwd\n.. raw:: html\n\n   <script>",
    "roles.rst": ":raw-html:`<b>` `a <javascript:alert(1)>`_ |x| .. |x| replace:: " + "|x| " * 500,
    "deep.rst": "\n".join("  " * n + "* a" for n in range(200)),
    "page.html": "<html><body>" + "<div>" * 5000 + "text<script>alert(1)</script>",
}
"""Read in without harm, or refused by name."""


def archive(*entries: tuple[str, bytes]) -> str:
    """A zip of these, as base64."""
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as zipped:
        for name, content in entries:
            zipped.writestr(zipfile.ZipInfo(name), content, zipfile.ZIP_DEFLATED)
    return base64.b64encode(packed.getvalue()).decode()


_GOOD = archive(("a.md", b"# T"))
ARCHIVES: dict[str, str] = {
    "no base64": "%%%",
    "no zip": base64.b64encode(b"hello").decode(),
    "nothing": "",
    "an empty one": archive(),
    "cut short": _GOOD[: len(_GOOD) // 8 * 4],
    "a name that leads out": archive(("../../etc/cron.d/x", b"x")),
    "a name from the root": archive(("/etc/passwd", b"x")),
    "a name of another system": archive(("C:\\x.md", b"x"), ("..\\..\\x.md", b"x")),
    "a bomb": archive(("a.md", b"0" * 30_000_000)),
    "thousands of entries": archive(*((f"{n}.md", b"x") for n in range(2001))),
    "archives in archives": archive(("a.zip", base64.b64decode(_GOOD))),
}
