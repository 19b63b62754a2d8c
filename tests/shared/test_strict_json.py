"""What must not reach a model, whatever the database."""

import pytest

from shared.problems import Problem, Stale
from shared.strict_json import MalformedJson, UnusableText, check
from shared.versions import etag, expected_version


@pytest.mark.parametrize(
    ("body", "refusal"),
    [
        (b"", MalformedJson),
        (b"{", MalformedJson),
        (b"\xff\xfe", MalformedJson),
        (b'\xef\xbb\xbf{"a":1}', MalformedJson),
        (b'{"a":NaN}', MalformedJson),
        (b'{"a":-Infinity}', MalformedJson),
        (b'{"a":1,"a":2}', MalformedJson),
        (b'{"a":{"b":1,"b":2}}', MalformedJson),
        (b'{"a":' + b"9" * 5000 + b"}", MalformedJson),
        (b"[" * 65 + b"]" * 65, MalformedJson),
        (b"[" * 100_000, MalformedJson),
        (b'{"a":"\\u0000"}', UnusableText),
        (b'{"\\u0000":1}', UnusableText),
        (b'{"a":["\\ud800"]}', UnusableText),
        (b'{"a":"\\udc00x"}', UnusableText),
    ],
)
def test_hostile_json_is_refused(body: bytes, refusal: type[Problem]) -> None:
    with pytest.raises(refusal):
        check(body)


@pytest.mark.parametrize(
    "body", [b"{}", b'{"a":"\\\\u0000"}', b'{"a":"\\ud83d\\ude00"}', b'{"a":[[[[1]]]]}', '{"a":"é"}'.encode()]
)
def test_harmless_json_passes(body: bytes) -> None:
    check(body)


def test_if_match_accepts_our_tags_only() -> None:
    assert expected_version(etag(3)) == 3
    assert expected_version("*") is None
    for foreign in ('W/"3"', "3", '"x"', '""', '"-1"', '"\u0661"', '"' + "9" * 30 + '"'):
        with pytest.raises(Stale):
            expected_version(foreign)
