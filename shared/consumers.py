"""What a service does with facts: each slice lists its handlers, one for every type of fact."""

from collections.abc import Awaitable, Callable, Iterable
from dataclasses import dataclass
from typing import Any, TypeVar

from shared.facts import Fact
from shared.store.tx import Tx

F = TypeVar("F", bound=Fact)


@dataclass(frozen=True)
class Subscription:
    """One fact type and what this service does with it."""

    fact: type[Fact]
    handler: Callable[[Tx, Any], Awaitable[None]]
    many: bool


class Consumers:
    """The fact handlers of one slice."""

    def __init__(self) -> None:
        self.subscriptions: list[Subscription] = []

    def on(
        self, *facts: type[F]
    ) -> Callable[[Callable[[Tx, F], Awaitable[None]]], Callable[[Tx, F], Awaitable[None]]]:
        """Apply each fact of these types by `handler(tx, fact)`, in the transaction of its inbox row."""

        def register(handler: Callable[[Tx, F], Awaitable[None]]) -> Callable[[Tx, F], Awaitable[None]]:
            self.subscriptions += [Subscription(fact, handler, many=False) for fact in facts]
            return handler

        return register

    def on_many(
        self, *facts: type[Fact]
    ) -> Callable[[Callable[[Tx, list[Any]], Awaitable[None]]], Callable[[Tx, list[Any]], Awaitable[None]]]:
        """Apply neighbouring facts of these types by one `handler(tx, facts)`; alone when that fails.

        The handler sets the tenant with `tx.within` itself: the facts may be of several communities.
        """

        def register(
            handler: Callable[[Tx, list[Any]], Awaitable[None]],
        ) -> Callable[[Tx, list[Any]], Awaitable[None]]:
            self.subscriptions += [Subscription(fact, handler, many=True) for fact in facts]
            return handler

        return register


def handlers_of(subscriptions: Iterable[Subscription]) -> dict[str, Subscription]:
    """What to do with a fact, by the subject it comes under.

    Slices that care about the same fact act in the order they are listed, in one transaction.
    """
    handlers: dict[str, Subscription] = {}
    for each in subscriptions:
        known = handlers.get(each.fact.prefix())
        handlers[each.fact.prefix()] = each if known is None else _in_turn(known, each)
    return handlers


def _in_turn(first: Subscription, second: Subscription) -> Subscription:
    if first.many or second.many:
        raise TypeError(f"{first.fact.__name__} is handled in two places, and in one of them with others")

    async def handle(tx: Tx, fact: Fact) -> None:
        await first.handler(tx, fact)
        await second.handler(tx, fact)

    return Subscription(first.fact, handle, many=False)
