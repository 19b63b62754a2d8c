"""What commands of several aggregates are made of."""

from typing import Annotated

from pydantic import AfterValidator, Field

from services.knowledge.rules import BODY_LENGTH, RESOURCE_LENGTH, TAG_LENGTH, TAGS, TITLE_LENGTH, tidy_tags

Title = Annotated[str, Field(min_length=1, max_length=TITLE_LENGTH, pattern=r"\S")]
Body = Annotated[str, Field(min_length=1, max_length=BODY_LENGTH, pattern=r"\S")]
"""Markdown (CommonMark with tables)."""

# U+0085 is a blank here and none to whoever reads the schema (ECMA 262), so that it is said by name.
Tag = Annotated[str, Field(min_length=1, max_length=TAG_LENGTH, pattern=r"^[^\s\x85](.*[^\s\x85])?$")]
Tags = Annotated[list[Tag], Field(max_length=TAGS), AfterValidator(tidy_tags)]
"""Lower-case, each once, in the order given."""

Language = Annotated[str, Field(max_length=35, pattern=r"^[a-z]{2,3}(-[A-Za-z0-9]{2,8})*$")]
"""A language tag (BCP 47): `en`, `de`, `pt-BR`."""

Resource = Annotated[str, Field(min_length=1, max_length=RESOURCE_LENGTH, pattern=r"^[^\s\x85]+$")]
"""What a reader must be entitled to: the `kind` of engagement's EntitlementGranted."""
