"""The schemas as RFC 7643 section 8.7 has them, for those attributes we take and give."""

from services.membership.scim.rules import (
    ENTERPRISE,
    GROUP,
    USER,
    Attribute,
    Resource,
    Schema,
)


def _values(
    name: str, says: str, *kinds: str, reference: str | None = None, binary: bool = False
) -> Attribute:
    """A multi-valued attribute of the common shape: value, display, type, primary."""
    kind = "reference" if reference else "binary" if binary else "string"
    value = Attribute(
        name="value",
        says=says,
        type=kind,  # type: ignore[arg-type]  # one of three
        case_exact=kind != "string",
        references=(reference,) if reference else (),
    )
    parts = (
        value,
        Attribute(name="display", says="A name for display."),
        Attribute(name="type", says="What the value is for.", canonical=kinds),
        Attribute(name="primary", says="Whether this is the preferred value.", type="boolean"),
    )
    return Attribute(name=name, says=says, type="complex", many=True, parts=parts)


def _texts(**described: str) -> tuple[Attribute, ...]:
    return tuple(Attribute(name=name, says=says) for name, says in described.items())


_COMMON = (
    Attribute(
        name="id",
        says="Our id.",
        case_exact=True,
        mutability="readOnly",
        returned="always",
        uniqueness="server",
    ),
    Attribute(name="externalId", says="The identity provider's id.", case_exact=True),
    Attribute(
        name="meta",
        says="About the resource.",
        type="complex",
        mutability="readOnly",
        parts=(
            Attribute(name="resourceType", says="User or Group.", case_exact=True, mutability="readOnly"),
            Attribute(name="created", says="When it began.", type="dateTime", mutability="readOnly"),
            Attribute(name="lastModified", says="When it changed.", type="dateTime", mutability="readOnly"),
            Attribute(
                name="location", says="Where it is.", type="reference", case_exact=True, mutability="readOnly"
            ),
            Attribute(name="version", says="Its ETag.", case_exact=True, mutability="readOnly"),
        ),
    ),
)
_NAME = Attribute(
    name="name",
    says="The components of the user's name.",
    type="complex",
    parts=_texts(
        formatted="The full name.",
        familyName="The family name.",
        givenName="The given name.",
        middleName="The middle names.",
        honorificPrefix="What stands before, as Ms.",
        honorificSuffix="What stands behind, as III.",
    ),
)
_ADDRESSES = Attribute(
    name="addresses",
    says="Postal addresses.",
    type="complex",
    many=True,
    parts=(
        *_texts(
            formatted="The address as it is written.",
            streetAddress="Street and number.",
            locality="The town.",
            region="The state or region.",
            postalCode="The postal code.",
            country="The country.",
        ),
        Attribute(name="type", says="What it is for.", canonical=("work", "home", "other")),
        Attribute(name="primary", says="Whether this is the preferred one.", type="boolean"),
    ),
)
_USERS_GROUPS = Attribute(
    name="groups",
    says="The groups the user is in; changed at the groups.",
    type="complex",
    many=True,
    mutability="readOnly",
    parts=(
        Attribute(name="value", says="The group's id.", mutability="readOnly"),
        Attribute(
            name="$ref",
            says="Where the group is.",
            type="reference",
            case_exact=True,
            references=("Group",),
            mutability="readOnly",
        ),
        Attribute(name="display", says="The group's name.", mutability="readOnly"),
        Attribute(name="type", says="How.", canonical=("direct",), mutability="readOnly"),
    ),
)
_USER = Schema(
    id=USER,
    name="User",
    says="User Account",
    attributes=(
        Attribute(name="userName", says="What the user signs in with.", required=True, uniqueness="server"),
        _NAME,
        *_texts(displayName="How the user is shown.", nickName="What others call them."),
        Attribute(
            name="profileUrl",
            says="A page about the user.",
            type="reference",
            case_exact=True,
            references=("external",),
        ),
        *_texts(
            title="The title, as Vice President.",
            userType="How organisation and user relate.",
            preferredLanguage="The language to speak with them.",
            locale="How to write dates and figures for them.",
            timezone="Their IANA time zone.",
        ),
        Attribute(name="active", says="Whether the member may take part.", type="boolean"),
        Attribute(
            name="password",
            says="Taken and thrown away: nobody signs in with passwords here.",
            mutability="writeOnly",
            returned="never",
        ),
        _values("emails", "E-mail addresses.", "work", "home", "other"),
        _values("phoneNumbers", "Phone numbers.", "work", "home", "mobile", "fax", "pager", "other"),
        _values("ims", "Addresses for instant messages.", "aim", "gtalk", "icq", "xmpp", "msn", "skype"),
        _values("photos", "Pictures.", "photo", "thumbnail", reference="external"),
        _ADDRESSES,
        _USERS_GROUPS,
        _values("entitlements", "What the user is entitled to elsewhere."),
        _values("roles", "What the user is elsewhere; grants nothing here."),
        _values("x509Certificates", "Certificates.", binary=True),
    ),
)
_ENTERPRISE = Schema(
    id=ENTERPRISE,
    name="EnterpriseUser",
    says="Enterprise User",
    attributes=(
        *_texts(
            employeeNumber="The employee number.",
            costCenter="The cost center.",
            organization="The organisation.",
            division="The division.",
            department="The department.",
        ),
        Attribute(
            name="manager",
            says="Whom the user answers to.",
            type="complex",
            parts=(
                Attribute(name="value", says="The manager's id."),
                Attribute(
                    name="$ref",
                    says="Where they are.",
                    type="reference",
                    case_exact=True,
                    references=("User",),
                ),
                Attribute(name="displayName", says="Their name.", mutability="readOnly"),
            ),
        ),
    ),
)
_GROUP = Schema(
    id=GROUP,
    name="Group",
    says="Group",
    attributes=(
        Attribute(name="displayName", says="The group's name.", required=True),
        Attribute(
            name="members",
            says="Who is in the group.",
            type="complex",
            many=True,
            parts=(
                Attribute(name="value", says="The user's id.", mutability="immutable"),
                Attribute(
                    name="$ref",
                    says="Where the user is.",
                    type="reference",
                    case_exact=True,
                    references=("User",),
                    mutability="immutable",
                ),
                Attribute(name="type", says="User.", canonical=("User",), mutability="immutable"),
                Attribute(name="display", says="The user's name.", mutability="immutable"),
            ),
        ),
    ),
)

USERS = Resource(schema=_USER, endpoint="/Users", extensions=(_ENTERPRISE,), common=_COMMON)
GROUPS = Resource(schema=_GROUP, endpoint="/Groups", common=_COMMON)
RESOURCES = (USERS, GROUPS)
SCHEMAS = (_USER, _GROUP, _ENTERPRISE)

__all__ = ["GROUPS", "RESOURCES", "SCHEMAS", "USERS"]
