"""`guildhall token`: an access token of the local issuer, to try the API as somebody."""

from datetime import timedelta
from typing import Annotated

import typer

from cli import Failed
from shared.dev_issuer import mint
from shared.settings import settings


def token(
    subject: Annotated[str, typer.Option(help="Who signs in: any name; the same name is the same person.")],
    hours: Annotated[float, typer.Option(min=0.01, max=720, help="How long the token is good for.")] = 12.0,
) -> None:
    """Print an access token for SUBJECT; works where HOME is readable and GUILDHALL_ENV is dev."""
    here = settings()
    if here.env != "dev":
        raise Failed("the local issuer is for development; ask your OpenID Connect issuer for a token")
    if not 0 < len(subject) <= 255 or not subject.isprintable():
        raise Failed("a subject has 1 to 255 printable characters")
    try:
        print(mint(here.home, subject, timedelta(hours=hours)))  # noqa: T201 - the command's answer
    except OSError as refused:
        raise Failed(f"the issuer's key in {here.home} cannot be used: {refused.strerror}") from None
