"""The page as a whole: nothing recorded, nothing callable from outside, nothing fetched from elsewhere."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from pathlib import Path

from starlette.applications import Starlette
from starlette.testclient import TestClient

from cf_esrt import models
from cf_esrt.checkpoints import CheckpointError
from cf_esrt.interface import markup, texts
from cf_esrt.interface.page import build, launch_options, theme
from cf_esrt.interface.panes import Pane, offered
from cf_esrt.interface.pictures import Pictures, routes
from cf_esrt.photo import Limits
from tests.browser.fake_app import NAMES, FakeEnhancer, describe

ROOT = Path(__file__).parents[2]


def test_building_loads_no_network(tmp_path: Path) -> None:
    def load(name: str) -> object:
        raise AssertionError(name)

    page, pictures = build(load, describe, tmp_path, NAMES)
    assert len(pictures) == 0
    assert list(page.get_api_info()["named_endpoints"]) == ["/enhance"]
    public = [function.api_name for function in page.fns.values() if function.api_visibility != "private"]
    assert public == ["enhance"]


def test_page_opens_without_checkpoints(tmp_path: Path) -> None:
    def missing(name: str) -> object:
        raise CheckpointError("There is no checkpoint.")

    page, _ = build(FakeEnhancer, missing, tmp_path)
    assert texts.UNTRAINED in json.dumps(page.get_config_file(), default=str)


def test_launch_is_private() -> None:
    options = launch_options(Pictures())
    for name in ("share", "run_history", "show_error", "enable_monitoring", "ssr_mode", "pwa", "mcp_server"):
        assert options[name] is False
    assert options["allowed_paths"] == []
    assert options["max_file_size"] == Limits().max_bytes


def test_theme_fetches_no_font() -> None:
    made = theme()
    assert made._stylesheets == []
    assert not re.search(r"@import|@font-face|url\((?!['\"]?data:)", made._get_theme_css())


def test_own_files_name_no_other_host() -> None:
    for path in (ROOT / "cf_esrt" / "interface").rglob("*"):
        if path.suffix in {".js", ".css", ".html"}:
            assert not re.search(r"(https?:)?//[a-z0-9-]+\.[a-z]", path.read_text(encoding="utf-8")), path


def test_every_slot_is_filled_and_words_are_escaped() -> None:
    panes = (*offered(describe, NAMES)[0], Pane("<script>", "<script>", "<script>", "<script>"))
    whole = markup.header() + markup.intake([]) + markup.crop() + markup.panes(panes)
    assert "[[" not in whole
    assert "<script>" not in whole
    for sign in ("`", "${", "{{"):  # Gradio would run these as a template
        assert sign not in whole
    assert "&lt;b&gt;" in markup.status("<b>")
    assert "(synthetic)" in whole
    assert texts.NOTICE in whole


def test_every_pane_with_added_texture_says_synthetic() -> None:
    panes, described = offered(models.describe, models.names())
    refined = {model.name for model in described if model.stage == "both"}
    assert "cf-esrt" in refined
    for pane in panes:
        assert (texts.SYNTHETIC in pane.note.lower()) == (pane.model in refined and pane.stage != "coarse"), pane.name


def test_about_reads_the_descriptors() -> None:
    said = markup.about([describe("bicubic"), describe("cf-esrt")])
    for words in ("751,767", "abababababab", "CC0-1.0", "a test", "ISIC archive", "PAD-UFES-20"):
        assert words in said


def test_routes_serve_pictures_from_memory_and_nothing_above() -> None:
    pictures = Pictures()
    client = TestClient(Starlette(routes=routes(pictures)))
    name = pictures.put(b"png")
    answer = client.get(f"/page/pictures/{name}.png")
    assert answer.content == b"png"
    assert answer.headers["cache-control"] == "no-store"
    pictures.drop(name)
    assert client.get(f"/page/pictures/{name}.png").status_code == 404
    assert client.get("/page/vendor/openseadragon/openseadragon.min.js").status_code == 200
    assert client.get("/page/vendor/%2e%2e/%2e%2e/app.py").status_code == 404
    assert client.get("/page/..%2fpage.py").status_code == 404


def test_vendored_libraries_are_as_listed() -> None:
    import hashlib

    vendor = ROOT / "assets" / "vendor"
    rows = re.findall(r"`(\S+\.js)` \| `([0-9a-f]{64})`", (vendor / "README.md").read_text(encoding="utf-8"))
    assert len(rows) == 2
    for name, digest in rows:
        assert hashlib.sha256((vendor / name).read_bytes()).hexdigest() == digest
        assert any(path.name.startswith("LICENSE") for path in (vendor / name).parent.iterdir())


def test_gradio_is_imported_only_after_its_settings_are_made() -> None:
    code = "import sys, cf_esrt.interface.environment, app; sys.exit('gradio' in sys.modules or 'torch' in sys.modules)"
    subprocess.run([sys.executable, "-c", code], cwd=ROOT, check=True)


def test_facts_are_one_line() -> None:
    assert texts.photo_facts((5, 4), "PNG", False, None) == "5 × 4 px · PNG"
    assert texts.photo_facts((5, 4), "JPEG", True, "P3") == "5 × 4 px · JPEG · turned upright · P3 to sRGB"
