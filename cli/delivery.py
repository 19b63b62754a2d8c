"""Bring rows to the server in batches: bounded in number and size, several in flight, bad rows isolated."""

from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Any, NamedTuple, TypeVar

from cli.api import Api, Refused
from cli.report import Receipt, Remark

Batch = TypeVar("Batch")

BATCH_ROWS = 500
BATCH_CHARACTERS = 2_000_000
"""Of text in one batch: escaped and encoded it stays below the 10 MB an import route accepts."""

BAD_ROWS = (413, 422)
"""The server's words for a batch it would take without some of its rows."""


class Row(NamedTuple):
    """One row of the source and the item of the request made of it."""

    where: str
    item: dict[str, Any]


def batches(rows: Iterable[Row], most: int = BATCH_ROWS) -> Iterator[list[Row]]:
    """The rows in their order, in lists that fit one request each."""
    batch: list[Row] = []
    characters = 0
    for row in rows:
        length = sum(len(value) for value in row.item.values() if isinstance(value, str))
        if batch and (len(batch) >= most or characters + length > BATCH_CHARACTERS):
            yield batch
            batch, characters = [], 0
        batch.append(row)
        characters += length
    if batch:
        yield batch


def send(api: Api, path: str, rows: list[Row], **about: str) -> Receipt:
    """Posts `rows` as the items of one request; halves it until only rows the server will not take remain."""
    if not rows:
        return Receipt()
    try:
        answer = api.post(path, {**about, "items": [row.item for row in rows]})
    except Refused as refused:
        if refused.status not in BAD_ROWS:
            raise
        if len(rows) == 1:
            return Receipt(refused=(Remark(rows[0].where, refused.reason),))
        half = len(rows) // 2
        return send(api, path, rows[:half], **about) | send(api, path, rows[half:], **about)
    return _receipt(rows, answer)


def _receipt(rows: list[Row], answer: dict[str, Any]) -> Receipt:
    if "accepted" in answer:
        refused = tuple(Remark(rows[each["index"]].where, each["reason"]) for each in answer["refused"])
        return Receipt(answer["accepted"], answer["duplicates"], refused)
    items = answer["items"]
    remarks = [
        Remark(row.where, item["reason"])
        for row, item in zip(rows, items, strict=True)
        if item["outcome"] == "refused"
    ]
    return Receipt(
        sum(item["outcome"] in ("created", "changed") for item in items),
        sum(item["outcome"] == "unchanged" for item in items),
        tuple(remarks),
    )


def deliver(batches: Iterable[Batch], send: Callable[[Batch], Receipt], in_flight: int) -> Iterator[Receipt]:
    """Sends every batch, at most `in_flight` at a time; the receipts come in the order of the batches."""
    waiting: deque[Future[Receipt]] = deque()
    with ThreadPoolExecutor(in_flight) as pool:
        try:
            for batch in batches:
                waiting.append(pool.submit(send, batch))
                if len(waiting) >= in_flight:
                    yield waiting.popleft().result()
            yield from (sent.result() for sent in waiting)
        finally:
            pool.shutdown(wait=False, cancel_futures=True)
