"""The page's HTML: templates of ``markup/`` filled with the words of ``strings``."""

from __future__ import annotations

import base64
import html
import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from cf_esrt.fidelity import effects
from cf_esrt.fidelity.backprojection import TARGET
from cf_esrt.fidelity.notices import thresholds
from cf_esrt.interface.common.templates import Raw, fill
from cf_esrt.interface.common.time_estimate import MIN_PIXELS
from cf_esrt.interface.preview import device, overlays, strings, trust
from cf_esrt.interface.preview.crop import MAX_PIXELS, MIN_SIDE
from cf_esrt.interface.preview.panes import MODELS, Pane
from cf_esrt.interface.preview.quick import CONTEXT, TILE
from cf_esrt.interface.preview.quick_route import URL
from cf_esrt.interface.preview.second_photo import SECOND
from cf_esrt.photo import Limits

MARKUP = Path(__file__).with_name("markup")


def upload(thumbnails: Sequence[bytes]) -> Raw:
    """Drop zone, buttons, and the examples' small JPEG pictures inside the page."""
    words = strings.UPLOAD
    thumbs = "".join(
        f'<button type="button" class="cf-thumb" data-index="{index}" '
        f'aria-label="{html.escape(words["example_label"])} {index + 1}">'
        f'<img alt="" src="data:image/jpeg;base64,{base64.b64encode(data).decode()}"></button>'
        for index, data in enumerate(thumbnails)
    )
    extra = {
        "thumbs": Raw(thumbs),
        "formats": words["formats"].format(megabytes=Limits().max_bytes // 1_000_000),
        "synthetic_tag": words["synthetic"],
        "device_hidden": Raw("" if device.is_there() else "hidden"),
        "device_url": device.URL,
        "examples_hidden": Raw("" if thumbnails else "hidden"),
    }
    return fill(MARKUP / "upload.html", {**words, **extra})


def crop(*, switch: bool = False) -> Raw:
    """The crop stage and its four number fields; with ``switch``, the choice of where the photograph comes from."""
    training_range = thresholds()["size"]  # of the longer side
    limits = {"small": training_range.low, "large": training_range.high, "pixels": MAX_PIXELS, "tile": MIN_PIXELS}
    slots = {
        **strings.CROP,
        "data": json.dumps({**strings.CROP, "limits": limits}),
        "from_radios": _radios("cf-degradation", strings.FROM),
        "no_switch": Raw("" if switch else "hidden"),
    }
    return fill(MARKUP / "crop.html", slots)


def dates() -> Raw:
    """The photograph of another date: its line in the column, and the dialog in which it is aligned."""
    photos = "".join(_dated_photo(number) for number in (1, 2))
    return fill(MARKUP / "dates.html", {**strings.DATES, "data": json.dumps(strings.DATES), "photos": Raw(photos)})


def _dated_photo(number: int) -> str:
    words = strings.DATES
    ends = "".join(
        f'<button type="button" class="cf-point" aria-label="{html.escape(words["point"].format(n=n, m=number))}">'
        f"{n}</button>"
        for n in (1, 2)
    )
    title = html.escape(words["first" if number == 1 else "second"])
    return (
        f'<figure class="cf-dated" data-photo="{number}"><figcaption>{title}</figcaption>'
        f'<div class="cf-dated-picture"><img alt="{title}">{ends}</div></figure>'
    )


def panes(offered: Sequence[Pane]) -> Raw:
    """The place where results are compared: tools, modes, one figure for each pane, overlays."""
    words = {**strings.PANES, **strings.COMPARE}
    titles = [(pane.name, pane.title) for pane in offered]
    second = Pane(SECOND, strings.DATES["second"], "", None)
    slots = {
        **words,
        "panes": Raw("".join(_figure(pane, words, _options(titles, pane.name)) for pane in (*offered, second))),
        "figures": Raw("".join(map(_figures, (*offered, second)))),
        "why_consistency": _why("consistency"),
        "why_colour": _why("colour"),
        "data": json.dumps({**words, **_viewer_strings()}),
        "no_magnification": "–",
        "back_projection": strings.BACK_PROJECTION["switch"],
        "modes": _radios("cf-mode", {name: strings.MODES[name] for name in _FIRST_MODES}),
        "other_modes": _radios(
            "cf-mode", {name: title for name, title in strings.MODES.items() if name not in _FIRST_MODES}, None
        ),
        "overlay_radios": _radios("cf-overlay-choice", strings.OVERLAYS),
        "why_overlays": _why("overlays"),
        "why_back_projection": _why("back-projection"),
        "popovers": Raw("".join(_popover(name, sentences) for name, sentences in explanations(offered).items())),
        "chips": Raw("".join(_chip(pane) for pane in offered)),
        "gains": _options([(str(2**power), f"×{2**power}") for power in range(6)], "8"),
    }
    return fill(MARKUP / "compare.html", slots)


def quick() -> Raw:
    """The figure that lies over the panes while the box moves."""
    words = {name: strings.QUICK[name] for name in ("note", "coming")}
    sizes = {"tile": TILE, "context": CONTEXT, "least": MIN_SIDE, "most": MAX_PIXELS}
    data = json.dumps({**sizes, "url": URL, **words})
    return fill(MARKUP / "quick.html", {**strings.QUICK, "data": data})


def explanations(offered: Sequence[Pane]) -> dict[str, tuple[str, ...]]:
    """What the "?" beside each measure opens, one paragraph a sentence."""
    return {
        "consistency": (strings.CONSISTENCY,),
        "colour": (strings.OVERLAY_NOTES["colour"],),
        "overlays": tuple(strings.OVERLAY_NOTES.values()),
        "back-projection": (strings.BACK_PROJECTION["title"], _effect(offered)),
    }


def _why(name: str) -> Raw:
    """The "?" that opens an explanation; several may open the same one."""
    label = html.escape(strings.WHY[name])
    return Raw(
        f'<button type="button" class="cf-why" popovertarget="cf-why-{name}" aria-label="{label}" '
        f'title="{label}">?</button>'
    )


def _popover(name: str, sentences: Sequence[str]) -> str:
    paragraphs = "".join(f"<p>{html.escape(sentence)}</p>" for sentence in sentences)
    return f'<div popover class="cf-popover" id="cf-why-{name}">{paragraphs}</div>'


def _effect(offered: Sequence[Pane]) -> str:
    """The measured effect of back-projection to the page's target on patches, for the models on the page."""
    titles = {pane.model: pane.title for pane in offered if pane.name == pane.model}
    measured = (TARGET, "patch256")
    return strings.effect(
        {titles[one.model]: one for one in effects() if (one.target, one.protocol) == measured and one.model in titles}
    )


def _viewer_strings() -> dict[str, Any]:
    words = {"modes": strings.MODES, "keys": strings.KEYS, "legends": overlays.legends()}
    words["believe_steps"] = trust.levels()
    return {**words, "back_projecting": strings.BACK_PROJECTION["working"]}


_FIRST_MODES = ("side", "curtain", "blink")
"""In the row over the panes; the other ways to compare are in the researchers' panel."""


def export() -> Raw:
    """The menu of what can be saved."""
    return fill(MARKUP / "export.html", {**strings.EXPORT, "data": json.dumps(strings.EXPORT)})


def _figure(pane: Pane, words: Mapping[str, str], options: Raw) -> Raw:
    slots = {
        **words,
        "name": pane.name,
        "title": pane.title,
        "label": words["viewer"].format(title=pane.title),
        "options": options,
        "hidden": Raw("" if pane.name in MODELS else "hidden"),
    }
    return fill(MARKUP / "pane.html", slots)


def _figures(pane: Pane) -> str:
    """A pane's row in the table of numbers."""
    return (
        f'<tr data-model="{html.escape(pane.name)}" {"hidden" if pane.name == SECOND else ""}>'
        f'<th scope=row title="{html.escape(pane.note)}">'
        f"{html.escape(pane.title)}</th>"
        "<td><output class=cf-db>–</output></td><td><output class=cf-shift>–</output></td>"
        '<td><span class="cf-agreement-note cf-small"></span> '
        '<span class="cf-back-projected cf-small"></span></td></tr>'
    )


def _radios(group: str, choices: Mapping[str, str], chosen: int | None = 0) -> Raw:
    """One segment for each choice, one of them chosen."""
    items = (
        f'<label><input type="radio" name="{group}" value="{name}" {"checked" if place == chosen else ""}>'
        f"<span>{html.escape(title)}</span></label>"
        for place, (name, title) in enumerate(choices.items())
    )
    return Raw("".join(items))


def _chip(pane: Pane) -> str:
    checked = "checked" if pane.name in MODELS else ""
    return (
        f'<label><input type="checkbox" value="{html.escape(pane.name)}" {checked}>'
        f"<span>{html.escape(pane.title)}</span></label>"
    )


def _options(choices: Sequence[tuple[str, str]], chosen: str) -> Raw:
    items = (
        f'<option value="{html.escape(value)}" {"selected" if value == chosen else ""}>{html.escape(title)}</option>'
        for value, title in choices
    )
    return Raw("".join(items))


def status(text: str = "", *, alert: bool = False, share: float | None = None, stays: bool = False) -> Raw:
    """The status line: a message, an alert, or progress with its bar (0 to 1).

    ``stays``: a photograph stays open. The page says which: its name is not sent here.
    """
    message = html.escape(text) + ('<span class="cf-stays"></span>' if stays else "")
    bar = "" if share is None else f'style="--cf-share: {100 * share:.1f}%" aria-valuenow="{100 * share:.0f}"'
    hidden = "hidden" if share is None else ""
    return Raw(
        '<div class="cf-status">'
        f'<div class="cf-progress" role="progressbar" aria-label="{strings.ENHANCE}" aria-valuemin="0" '
        f'aria-valuemax="100" {bar} {hidden}><i></i></div>'
        f'<p class="cf-message" role="status">{"" if alert else message}</p>'
        f'<p class="cf-alert" role="alert">{message if alert else ""}</p>'
        "</div>"
    )


def about(models: Sequence[Any]) -> Raw:
    """A table of the models, from their descriptors, and where to find photographs."""
    head = "".join(f"<th scope=col>{html.escape(name)}</th>" for name in strings.COLUMNS)
    rows = "".join(_row(model) for model in models)
    links = "".join(
        f'<li><a href="{html.escape(url)}" rel="noreferrer noopener" target="_blank">{html.escape(name)}</a>: '
        f"{html.escape(words)}</li>"
        for name, url, words in strings.ABOUT_TRY
    )
    return Raw(
        f'<details class="cf-about"><summary>{html.escape(strings.ABOUT)}</summary>'
        f"<p>{html.escape(strings.ABOUT_LEAD)}</p><p>{html.escape(strings.CONSISTENCY)}</p>"
        f'<div class="cf-table"><table><thead><tr>{head}</tr></thead><tbody>{rows}</tbody></table></div>'
        f"<ul>{links}</ul><p>{html.escape(strings.ABOUT_PRIVACY)}</p></details>"
    )


def _row(model: Any) -> str:
    count = model.parameters
    absent = strings.UNTRAINED if count else strings.NONE
    cells = (
        f"{count:,}" if count > 0 else absent,
        model.training_data or absent,
        model.licence or absent,
    )
    short = f"<code title={model.sha256}>{model.sha256[:12]}…</code>" if model.sha256 else absent
    return (
        f"<tr><th scope=row>{html.escape(model.title)}</th>"
        + "".join(f"<td>{html.escape(str(cell))}</td>" for cell in cells)
        + f"<td>{short}</td></tr>"
    )
