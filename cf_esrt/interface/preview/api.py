"""``/enhance`` for programs: one photograph in, one labelled PNG and its fidelity report out."""

from __future__ import annotations

import asyncio
import json
import logging
import math
from collections.abc import Sequence
from contextlib import closing
from dataclasses import dataclass
from typing import Any

import gradio as gr
import numpy as np

from cf_esrt import photo, remarks
from cf_esrt.checkpoints import CheckpointError
from cf_esrt.enhance import EnhanceError
from cf_esrt.fidelity.measured import InputMeasures
from cf_esrt.fidelity.trust import Belief, Unknown, four_digits
from cf_esrt.interface.common.error_log import log_failure
from cf_esrt.interface.common.job_queue import JobQueue, QueueFull
from cf_esrt.interface.common.picture_store import API_PREFIX, Download, PictureStore, api_path
from cf_esrt.interface.common.sessions import Sessions
from cf_esrt.interface.common.uploads import UploadError, Uploads
from cf_esrt.interface.common.worker_pool import PoolFull, WorkerPool
from cf_esrt.interface.preview import strings
from cf_esrt.interface.preview.crop import MAX_PIXELS
from cf_esrt.interface.preview.inference import Inference, ModelFinished, ModelOutput
from cf_esrt.interface.preview.panes import BASE
from cf_esrt.interface.preview.result_image import render
from cf_esrt.interface.preview.trust import levels
from cf_esrt.provenance import Box, ImageDigest, Provenance, ProvenanceError, mask_png, result_png, stem, to_json

log = logging.getLogger(__name__)


class BadRequest(ValueError):
    """One sentence on a call that is refused."""


@dataclass(frozen=True)
class _Wanted:
    """How a call wants its picture."""

    detail: float
    caption: bool
    mask: bool
    level: float | None


class Api:
    """The endpoint, bound to the inference that runs jobs."""

    def __init__(
        self,
        inference: Inference,
        queue: JobQueue,
        uploads: Uploads,
        pictures: PictureStore,
        names: Sequence[str],
        sessions: Sessions,
        opening: WorkerPool,
    ) -> None:
        self._inference = inference
        self._queue = queue
        self._uploads = uploads
        self._pictures = pictures
        self._names = tuple(names)
        self._sessions = sessions
        self._opening = opening

    async def enhance(
        self,
        image: gr.FileData,
        request: gr.Request,
        model: str = "cf-esrt",
        detail: float = 1.0,
        caption: bool = False,
        trust_mask: bool = False,
        level: float | None = None,
    ) -> tuple[gr.FileData, dict[str, Any]]:
        """Reconstruct a photograph at four times its width and height. A research demonstration, not a medical device.

        Args:
            image: a JPEG, PNG, WebP, TIFF, HEIC or DICOM file of at most 1024 × 1024 pixels; it is deleted at once.
            model: a model of the page by its name, such as ``cf-esrt`` or ``bicubic``; the answer to another name
                lists them.
            detail: 0 (faithful) to 1 (most texture); it acts on models of two stages.
            caption: whether a strip below the picture says what its label says.
            trust_mask: whether a mask of where the picture may be believed comes along.
            level: grey levels that mask and label promise, such as 8; by default those for the photograph's kind.

        Returns:
            A PNG file of exactly four times the photograph's width and height (with ``caption`` the strip comes below
            it), its label in text and XMP. It can be fetched once.
            No-reference measurements (``fidelity``), what the page would say of photograph and result, one sentence
            each (``cautions``), and the provenance of the picture. With ``trust_mask`` also ``trust_mask``: ``file``,
            a PNG of the picture's size, white where it may be believed, that can be fetched once; its ``level``, the
            share that is ``unveiled`` (0 to 1) and what is promised of that in a ``sentence``. Where nothing is
            promised the file is null and the sentence says why.
        """
        try:
            with self._uploads.take(image) as data:  # first, so that it is gone in any case
                self._check(model, detail, level)
                opened = await self._opening.run(_read, data)
            pixels = opened.pixels
            outputs = await self._run(pixels, model, request.session_hash)
            wanted = _Wanted(float(detail), bool(caption), bool(trust_mask), level)
            return await asyncio.to_thread(self._response, opened, outputs, model, wanted)
        except (BadRequest, UploadError, photo.PhotoError, EnhanceError, ProvenanceError) as error:
            raise _client_error(str(error)) from None
        except QueueFull:
            raise _client_error(strings.FULL) from None
        except PoolFull:
            raise _client_error(strings.OPENING_FULL) from None
        except CheckpointError as error:  # its sentence names a path, which belongs in the log alone
            log.error("a call of /enhance failed: %s", error)
            raise _client_error(strings.NO_WEIGHTS_API) from None
        except Exception as error:  # noqa: BLE001  # reported in one sentence, logged without its message
            log_failure(log, "a call of /enhance failed", error)
            raise _client_error(strings.FAILED_API) from None

    def _check(self, model: Any, detail: Any, level: Any) -> None:
        if model not in self._names:
            raise BadRequest(strings.unknown_model(self._names))
        number = isinstance(detail, (int, float)) and not isinstance(detail, bool)
        if not (number and math.isfinite(detail) and 0 <= detail <= 1):
            raise BadRequest(strings.WRONG_DETAIL)
        if level is not None and (isinstance(level, bool) or level not in levels()):
            raise BadRequest(strings.wrong_level(levels()))

    async def _run(self, pixels: np.ndarray, model: str, session: str | None) -> dict[str, ModelOutput]:
        """The model's result and the bicubic one, in its turn; cancelled when the client is gone."""
        with self._sessions.cancel(session) as cancel:
            ticket = self._queue.join()
            try:
                async for _ in ticket.wait(cancel.is_set):
                    pass
                return await asyncio.to_thread(self._run_models, pixels, model, cancel.is_set)
            finally:
                ticket.release()

    def _run_models(self, pixels: np.ndarray, model: str, cancelled: Any) -> dict[str, ModelOutput]:
        outputs: dict[str, ModelOutput] = {}
        with closing(self._inference(pixels, tuple(dict.fromkeys((BASE, model))))) as steps:
            for item in steps:
                if cancelled():
                    raise BadRequest(strings.CANCELLED_API)
                if isinstance(item, ModelFinished):
                    outputs[item.name] = item.output
        return outputs

    def _response(
        self, opened: photo.Photo, outputs: dict[str, ModelOutput], model: str, wanted: _Wanted
    ) -> tuple[Any, Any]:
        pixels, descriptor = opened.pixels, outputs[model].descriptor
        measured = InputMeasures(pixels)
        bicubic = outputs[BASE].reconstruction.refined
        image = render(outputs[model], wanted.detail, pixels, bicubic, measured=measured)
        whole = ImageDigest.of(pixels)
        record = image.provenance(whole, Box(0, 0, whole.width, whole.height), pixels, wanted.level)
        file = f"lesion-x4-{stem(record.setting)}-enhanced.png"
        cautions = remarks.on_photograph(opened, descriptor.degradation, measured)
        info = {
            "fidelity": {**image.report.as_json(), "trust": image.belief.as_json(wanted.level)},
            "cautions": cautions + remarks.on_result(image.pixels, pixels, descriptor),
            "provenance": json.loads(to_json([record])),
        }
        if wanted.mask:
            info["trust_mask"] = self._mask(image.belief, record, wanted.level)
        return self._file(result_png(image.pixels, record, caption=wanted.caption), file), info

    def _mask(self, belief: Belief | Unknown, record: Provenance, level: float | None) -> dict[str, Any]:
        """Where to believe the result, as a file and in words."""
        if isinstance(belief, Unknown):
            return {"file": None, "level": level, "unveiled": None, "sentence": belief.sentence}
        level = belief.level if level is None else level
        file = f"lesion-x4-{stem(record.setting)}-believe-{level:g}.png"
        return {
            "file": self._file(mask_png(belief, record, level), file),
            "level": level,
            "unveiled": four_digits(belief.share(level)),
            "sentence": belief.sentence(level),
        }

    def _file(self, png: bytes, file: str) -> dict[str, str]:
        """Hold a file for the client; without Gradio's own file type, which would be copied to the disk."""
        name = self._pictures.put_download(Download(png, file, "image/png"))
        return {
            "path": api_path(name, file),
            "url": f"{API_PREFIX}/{name}/{file}",
            "orig_name": file,
            "mime_type": "image/png",
        }


def _read(data: bytes) -> photo.Photo:
    """A photograph that is small enough: a large one does not wait in memory for its turn."""
    opened = photo.read(data)
    height, width = opened.pixels.shape[:2]
    if height * width > MAX_PIXELS:
        raise BadRequest(strings.photo_too_large(width, height, MAX_PIXELS))
    return opened


def _client_error(sentence: str) -> gr.Error:
    """One sentence for the client, kept out of the log."""
    return gr.Error(sentence, print_exception=False)
