"""Call where a link leads: heads only, redirects through the guard, all in one deadline -> a Finding."""

import asyncio
import ssl

import httpx

from services.knowledge.resources.rules import CHECK_SECONDS, REDIRECTS, Finding, found_by
from shared.egress import EgressRefused, in_time

HEADERS = {"accept": "*/*", "user-agent": "Guildhall link check"}


async def where_it_leads(
    client: httpx.AsyncClient, url: str, *, within_seconds: float = CHECK_SECONDS
) -> Finding:
    """What is found at `url`, whatever happens there; no body is read, however long it is."""
    try:
        async with in_time(asyncio.get_running_loop().time() + within_seconds):
            return await _follow(client, client.build_request("GET", url, headers=HEADERS))
    except EgressRefused:
        return Finding.FORBIDDEN_ADDRESS
    except httpx.TimeoutException:
        return Finding.TIMEOUT
    except (httpx.HTTPError, httpx.InvalidURL, UnicodeError) as error:
        return Finding.TLS if _is_of_tls(error) else Finding.REFUSED


async def _follow(client: httpx.AsyncClient, request: httpx.Request) -> Finding:
    """Each step is a call of its own, to a checked address."""
    for _ in range(REDIRECTS + 1):
        answer = await client.send(request, stream=True)
        await answer.aclose()
        if answer.next_request is None:
            return found_by(answer.status_code)
        request = answer.next_request
    return Finding.TOO_MANY_REDIRECTS


def _is_of_tls(error: BaseException) -> bool:
    """Whether the handshake failed: a certificate that is wrong or over, a protocol nobody speaks."""
    cause: BaseException | None = error
    while cause is not None:
        if isinstance(cause, ssl.SSLError):
            return True
        cause = cause.__cause__ or cause.__context__
    return False
