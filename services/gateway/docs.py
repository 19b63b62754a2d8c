"""The API to read: GET /openapi.json, GET /docs -> nothing is loaded from anywhere else."""

import asyncio
import json
from pathlib import Path

import fastapi_offline
from fastapi.openapi.docs import get_swagger_ui_html
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Mount, Route
from starlette.staticfiles import StaticFiles

from services.gateway.existing import existing_services
from services.gateway.openapi import merged
from shared.settings import Settings

ASSETS = Path(fastapi_offline.__file__).parent / "static"


class Document:
    """The merged document, made when it is first asked for: start-up is spared, and the loop as well."""

    def __init__(self) -> None:
        self._bytes: bytes | None = None

    async def answer(self, _: Request) -> Response:
        """The document as JSON."""
        if self._bytes is None:
            self._bytes = await asyncio.to_thread(lambda: json.dumps(merged(existing_services())).encode())
        return Response(self._bytes, media_type="application/json")


async def _docs(_: Request) -> Response:
    return get_swagger_ui_html(
        openapi_url="/openapi.json",
        title="Guildhall",
        swagger_js_url="/docs/assets/swagger-ui-bundle.js",
        swagger_css_url="/docs/assets/swagger-ui.css",
        swagger_favicon_url="/docs/assets/favicon.png",
        swagger_ui_parameters={"validatorUrl": None},  # else it asks validator.swagger.io
    )


def documentation(settings: Settings) -> list[BaseRoute]:
    """The routes; production serves the document, not the page to try it on."""
    routes: list[BaseRoute] = [Route("/openapi.json", Document().answer)]
    if settings.env == "dev":
        routes += [Mount("/docs/assets", StaticFiles(directory=ASSETS)), Route("/docs", _docs)]
    return routes
