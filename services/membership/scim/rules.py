"""What SCIM is made of: its names, its bounds, and what an attribute is."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

MESSAGES = "urn:ietf:params:scim:api:messages:2.0:"
CORE = "urn:ietf:params:scim:schemas:core:2.0:"
USER, GROUP = CORE + "User", CORE + "Group"
ENTERPRISE = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User"
LIST_RESPONSE, SEARCH_REQUEST, PATCH_OP = (
    MESSAGES + name for name in ("ListResponse", "SearchRequest", "PatchOp")
)
ROOT = "/scim/v2"

PAGE_LIMIT = 100
"""Resources on a page, whatever `count` asks for."""
LAST_START = 10_000
"""The largest `startIndex`: a page is found by counting past those before it, which must stay cheap."""
DOCUMENT_BYTES = 48_000
"""The largest resource as JSON, members of a group not counted."""
TEXT_LENGTH = 16_000
VALUES = 100
"""Values of one attribute."""
MEMBERS_AT_ONCE = 500
"""Members of a group one request names."""
WALKS = 5
"""Operations of a patch that walk over all members of a group."""
MEMBERS_SHOWN = 5_000
"""Members of groups one answer lists."""
OPERATIONS = 100
FILTER_LENGTH = 2_000
QUERY_LENGTH = 400
"""The longest filter or list of attributes in a query; a search by POST takes longer ones."""
ORDERS = ("ascending", "descending")
"""Taken in a search and not heeded: sorting is not offered."""
COMPARISONS = 20
DEPTH = 8
NAME_LENGTH = 200
"""The longest userName or externalId: both can be the subject of an identity."""

Type = Literal["string", "boolean", "decimal", "integer", "dateTime", "binary", "reference", "complex"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Attribute:
    """An attribute as RFC 7643 section 7 describes one; `parts` are the sub-attributes of a complex one."""

    name: str
    says: str
    type: Type = "string"
    many: bool = False
    required: bool = False
    case_exact: bool = False
    mutability: Literal["readOnly", "readWrite", "immutable", "writeOnly"] = "readWrite"
    returned: Literal["always", "never", "default", "request"] = "default"
    uniqueness: Literal["none", "server", "global"] = "none"
    canonical: tuple[str, ...] = ()
    references: tuple[str, ...] = ()
    parts: tuple["Attribute", ...] = ()

    def part(self, name: str) -> "Attribute | None":
        """The sub-attribute of that name, whatever its case (RFC 7643 section 2.1)."""
        return find(self.parts, name)


def find(attributes: tuple[Attribute, ...], name: str) -> Attribute | None:
    """The attribute of that name, whatever its case."""
    return next((each for each in attributes if each.name.lower() == name.lower()), None)


@dataclass(frozen=True, slots=True, kw_only=True)
class Schema:
    """A schema of attributes."""

    id: str
    name: str
    says: str
    attributes: tuple[Attribute, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Resource:
    """A type of resource: its schema, the extensions we know, and attributes every resource has."""

    schema: Schema
    endpoint: str
    extensions: tuple[Schema, ...] = ()
    common: tuple[Attribute, ...] = ()

    @property
    def name(self) -> str:
        return self.schema.name

    def attribute(self, name: str) -> Attribute | None:
        """The attribute of the core schema, or of all resources."""
        return find(self.schema.attributes, name) or find(self.common, name)

    def extension(self, urn: str) -> Schema | None:
        """The extension of that name, if we know it."""
        return next((each for each in self.extensions if each.id.lower() == urn.lower()), None)

    def location(self, id_: object) -> str:
        """Where the resource is, as a path of this host."""
        return f"{ROOT}{self.endpoint}/{id_}"


def is_urn(name: str) -> bool:
    """Whether a member of a resource is an extension's."""
    return name[:4].lower() == "urn:"


def page_of(start: int | None, count: int | None) -> tuple[int, int]:
    """The first resource and the number of them: below one is one, below none is none (RFC 7644 3.4.2.4)."""
    wanted = PAGE_LIMIT if count is None else count
    return max(start if start is not None else 1, 1), min(max(wanted, 0), PAGE_LIMIT)


def shown_name(display: str | None, formatted: str | None, parts: Iterator[str | None], handle: str) -> str:
    """How a user is shown: the name they go by, else their full name, else its parts, else the handle."""
    for text in (display, formatted, " ".join(part for part in parts if part)):
        plain = " ".join((text or "").split())
        if plain:
            return plain
    return handle
