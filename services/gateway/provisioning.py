"""Which community a SCIM request concerns: that of the API key, else the one its query names."""

from urllib.parse import parse_qs

from services.gateway.principals import Principal
from shared.problems import BadRequest, Forbidden


def community_of(principal: Principal, query: bytes) -> str:
    """The community's id as it was given; a key's own unless `?community=` says another, which it may not."""
    try:
        named = parse_qs(query.decode("latin-1"), max_num_fields=50).get("community", [""])[-1]
    except ValueError as error:
        raise BadRequest("the query is not readable") from error
    if not named and principal.client is not None:
        return str(principal.client.community_id)
    if not named:
        raise Forbidden("only an API key has a community of its own: say which with ?community=<id>")
    return named
