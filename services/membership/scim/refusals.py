"""How SCIM names what is wrong with a request (RFC 7644 section 3.12)."""

from typing import ClassVar

from shared.problems import BadRequest, Conflict, Problem


class ScimRefusal(BadRequest):
    """A request SCIM has a word for."""

    scim_type: ClassVar[str] = "invalidValue"


class InvalidFilter(ScimRefusal):
    title = "Filter not understood or not offered"
    scim_type = "invalidFilter"


class InvalidSyntax(ScimRefusal):
    title = "The body is no such message"
    scim_type = "invalidSyntax"


class InvalidPath(ScimRefusal):
    title = "Path not understood"
    scim_type = "invalidPath"


class NoTarget(ScimRefusal):
    title = "The path leads to nothing"
    scim_type = "noTarget"


class InvalidValue(ScimRefusal):
    title = "Value not acceptable"
    scim_type = "invalidValue"


class Immutable(ScimRefusal):
    title = "Not to be changed here"
    scim_type = "mutability"


class TooMany(ScimRefusal):
    title = "More than one answer can hold"
    scim_type = "tooMany"


class NotUnique(Conflict):
    """Somebody else has it."""

    title = "Already taken"
    scim_type: ClassVar[str] = "uniqueness"


class NotOffered(Problem):
    """SCIM knows it, we do not offer it, and ServiceProviderConfig says so."""

    status = 501
    title = "Not offered"
