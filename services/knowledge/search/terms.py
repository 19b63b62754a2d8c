"""How words are kept: the number a term is known by, its places as bytes, its forms when mistyped."""

from collections.abc import Sequence
from functools import lru_cache
from hashlib import blake2b
from uuid import UUID

PLACES = 64
"""Places kept of a word in a document: enough to see what stands beside what."""


@lru_cache(maxsize=100_000)
def term_id(community_id: UUID, term: str) -> int:
    """The number of a community's term: 63 bits of a digest, so that nobody has to hand numbers out."""
    digest = blake2b(term.encode("utf-8", "surrogatepass"), digest_size=8, key=community_id.bytes).digest()
    return int.from_bytes(digest, "big") >> 1


def written(places: Sequence[int]) -> bytes:
    """Ascending places as distances, seven bits to a byte, the last of each without the high bit."""
    said, before = bytearray(), 0
    for place in places[:PLACES]:
        distance, before = place - before, place
        while distance > 127:
            said.append(distance & 127 | 128)
            distance >>= 7
        said.append(distance)
    return bytes(said)


def read(said: bytes) -> list[int]:
    """The places that were `written`."""
    places, place, distance, shift = [], 0, 0, 0
    for byte in said:
        distance |= (byte & 127) << shift
        if byte & 128:
            shift += 7
            continue
        place += distance
        places.append(place)
        distance = shift = 0
    return places


def variants(term: str) -> set[str]:
    """The term, and it without each of its letters: two words one error apart have one in common."""
    found = {term}
    if 4 <= len(term) <= 24:
        found |= {term[:at] + term[at + 1 :] for at in range(len(term))}
    return found
