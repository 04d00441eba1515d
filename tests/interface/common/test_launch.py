"""How a page is launched: nothing recorded, nothing fetched from elsewhere."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

from cf_esrt.interface.common.launch import launch_options, theme
from cf_esrt.photo import Limits

ROOT = Path(__file__).parents[3]


def test_launch_is_private() -> None:
    options = launch_options((), packages=(), styles=())
    for name in ("share", "run_history", "show_error", "enable_monitoring", "ssr_mode", "mcp_server"):
        assert options[name] is False
    assert options["pwa"] is True  # it can be installed from the browser
    assert options["allowed_paths"] == []
    assert options["max_file_size"] == Limits().max_bytes


def test_theme_fetches_no_font() -> None:
    built = theme()
    assert built._stylesheets == []
    assert not re.search(r"@import|@font-face|url\((?!['\"]?data:)", built._get_theme_css())


def test_gradio_is_imported_only_after_its_settings_are_made() -> None:
    code = (
        "import sys, cf_esrt.interface.common.environment, app;"
        "sys.exit('gradio' in sys.modules or 'torch' in sys.modules)"
    )
    subprocess.run([sys.executable, "-c", code], cwd=ROOT, check=True)


def test_gradio_is_imported_without_type_stubs() -> None:
    """No stub file is opened, its components work, and inspect is what it was."""
    code = (
        "import inspect, sys; from cf_esrt.interface.common.environment import importing_gradio\n"
        "stubs, getfile = [], inspect.getfile\n"
        "opened = lambda event, given: event == 'open' and str(given[0]).endswith('.pyi') and stubs.append(given)\n"
        "sys.addaudithook(opened)\n"
        "with importing_gradio():\n    import gradio\n"
        "assert stubs == [] and inspect.getfile is getfile\n"
        "with gradio.Blocks() as page:\n    gradio.HTML('x').click(print)\n"
        "assert inspect.getfile(gradio.HTML).endswith('html.py') and len(page.fns) == 1\n"
    )
    subprocess.run([sys.executable, "-c", code], cwd=ROOT, check=True)
