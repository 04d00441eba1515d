"""The pages' static files and the vendored libraries: ``PACKAGE/FILE`` is ``interface/PACKAGE/static/FILE``."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route
from starlette.staticfiles import StaticFiles

from cf_esrt.assets_folder import ASSETS
from cf_esrt.interface.common import constants

INTERFACE = Path(__file__).parents[1]
VENDOR = ASSETS / "vendor"
PREFIX = "page"
"""First part of the pages' own routes; no route of Gradio starts with it."""


def script(path: str) -> str:
    """A script tag for a file of a package, ``preview/….js``, or of ``assets/vendor``, ``vendor/….js``."""
    return f'<script src="{static_url(path)}"></script>'


def stylesheet(path: str) -> str:
    """A link tag for a style sheet of a package."""
    return f'<link rel="stylesheet" href="{static_url(path)}">'


def static_url(path: str) -> str:
    """The address of a static file, relative to the page.

    A changed file gets a new address, so that no browser caches an old version.
    """
    package, _, file = path.partition("/")
    return f"{PREFIX}/{path}?{(_folder(package) / file).stat().st_mtime_ns:x}"


def _folder(package: str) -> Path:
    return VENDOR if package == "vendor" else INTERFACE / package / "static"


class _Revalidated(StaticFiles):
    """Modules import each other by plain names, so the browser has to revalidate them."""

    def file_response(self, *args: Any, **options: Any) -> Response:
        response = super().file_response(*args, **options)
        response.headers["Cache-Control"] = "no-cache"
        return response


def static_routes(packages: Sequence[str]) -> list[BaseRoute]:
    """Routes of the vendored libraries, the common files and the files of ``packages``: all public."""
    own = [_route(package, _Revalidated(directory=_folder(package))) for package in ("common", *packages)]
    return [Route(f"/{PREFIX}/common/constants.js", _constants), _route("vendor", StaticFiles(directory=VENDOR)), *own]


async def _constants(request: Request) -> Response:
    return Response(constants.JAVASCRIPT, media_type="text/javascript", headers={"Cache-Control": "no-cache"})


def _route(package: str, files: StaticFiles) -> Route:
    """The files of a package. A Mount would look for them under the root path, which a proxy may have stripped."""

    async def file(request: Request) -> Response:
        return await files.get_response(request.path_params["file"], request.scope)

    return Route(f"/{PREFIX}/{package}/{{file:path}}", file, methods=["GET"])
