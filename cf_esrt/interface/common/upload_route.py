"""Where photographs are sent to, in place of Gradio's own route, which writes each to the disk.

Gradio stores equal files at one path, and keeps what an interrupted request had sent until the process ends.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncGenerator

from python_multipart.exceptions import FormParserError
from starlette.datastructures import UploadFile
from starlette.formparsers import MultiPartException, MultiPartParser
from starlette.requests import ClientDisconnect, Request
from starlette.responses import JSONResponse, PlainTextResponse, Response
from starlette.routing import BaseRoute, Route

from cf_esrt.interface.common import strings
from cf_esrt.interface.common.security import admitted
from cf_esrt.interface.common.uploads import MAX_UPLOAD, Arriving, Uploads, UploadsFull, UploadTooLarge

PATH = "/gradio_api/upload"
"""Where Gradio's clients send files."""
FIELD = "files"
"""The form field that they use."""
STALLED_SECONDS = 30.0
"""Seconds without a byte after which an upload has ended early."""
MAX_FIELDS = 8
"""Other fields of the form; they are ignored."""


class _InMemory(MultiPartParser):
    """Starlette's parser, without its temporary files."""

    spool_max_size = 2 * MAX_UPLOAD


def upload_routes(uploads: Uploads) -> list[BaseRoute]:
    """The route that takes uploads, behind the page's password."""

    async def upload(request: Request) -> Response:
        if not admitted(request):
            return Response(status_code=401)
        try:
            with uploads.arriving() as arriving:
                return JSONResponse([await _receive(request, arriving)])
        except UploadTooLarge as error:
            await _discard(request)
            return PlainTextResponse(str(error), status_code=413)
        except UploadsFull as error:
            await _discard(request)
            return PlainTextResponse(str(error), status_code=503, headers={"Retry-After": "60"})
        except (MultiPartException, FormParserError, KeyError):
            return PlainTextResponse(strings.UPLOAD_MALFORMED, status_code=400)
        except ClientDisconnect:
            return Response(status_code=400)  # nobody reads it
        except asyncio.TimeoutError:
            return PlainTextResponse(strings.NOT_RECEIVED, status_code=408)

    return [Route(PATH, upload, methods=["POST"])]


async def _receive(request: Request, arriving: Arriving) -> str:
    """The path under which the request's file is held."""
    parser = _InMemory(request.headers, _counted(request, arriving), max_files=1, max_fields=MAX_FIELDS)
    form = await parser.parse()
    try:
        file = form.get(FIELD)
        if not isinstance(file, UploadFile):
            raise MultiPartException(strings.UPLOAD_MALFORMED)
        return arriving.keep(await file.read())
    finally:
        await form.close()


async def _discard(request: Request) -> None:
    """Read on for a while and keep nothing: a browser that is still sending would not see the answer."""
    read = 0
    with contextlib.suppress(asyncio.TimeoutError, ClientDisconnect, RuntimeError):
        async for chunk in _in_time(request):
            read += len(chunk)
            if read > MAX_UPLOAD:
                return


async def _in_time(request: Request) -> AsyncGenerator[bytes, None]:
    """The request's body; asyncio.TimeoutError where it stalls."""
    body = aiter(request.stream())
    while True:
        try:
            yield await asyncio.wait_for(anext(body), STALLED_SECONDS)
        except StopAsyncIteration:
            return


async def _counted(request: Request, arriving: Arriving) -> AsyncGenerator[bytes, None]:
    """The request's body, each part counted before it is taken in."""
    announced = request.headers.get("content-length", "")
    if announced.isdecimal() and len(announced) < 20:
        arriving.check(int(announced))
    async for chunk in _in_time(request):
        arriving.add(len(chunk))
        yield chunk
