"""The services there are: their applications, imported for what they declare and never run here."""

from importlib import import_module
from importlib.util import find_spec

from fastapi import FastAPI

from shared.settings import SERVICES


def existing_services() -> dict[str, FastAPI]:
    """Every service's application by its name, the gateway's among them."""
    names = [name for name in SERVICES if find_spec(f"services.{name}") and find_spec(f"services.{name}.app")]
    return {name: import_module(f"services.{name}.app").app for name in names}
