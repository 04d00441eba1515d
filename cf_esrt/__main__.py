"""The command line: ``python -m cf_esrt enhance``, ``archive``, ``info``, ``reproduce`` and ``survey``.

This file only reads arguments; the work is in ``commands``, which is imported when there is some, so that
``--help`` and a mistyped argument are answered at once.
"""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, NoReturn

from cf_esrt import __version__
from cf_esrt.archive import arguments as archive_arguments
from cf_esrt.engine import NAMES
from cf_esrt.sentences import capitalised
from cf_esrt.survey import arguments as survey_arguments

if TYPE_CHECKING:
    from cf_esrt.survey.survey import Survey

_UNSAID = 1
_BAD_INPUT = 2
_INTERRUPTED = 130
_TILES = (16, 1024)
USUAL_LEVEL = 0.0
"""`fidelity.trust.LEVEL` of the photograph's kind."""


class _Parser(argparse.ArgumentParser):
    def error(self, message: str) -> NoReturn:
        """One line and exit code 2, without the usage text in front of it."""
        from cf_esrt import terminal

        terminal.complain(f"error: {capitalised(message)}{'' if message.endswith('.') else '.'}")
        self.exit(_BAD_INPUT)


def _detail(text: str) -> float:
    try:
        value = float(text)
    except ValueError:
        value = -1.0
    if not 0 <= value <= 1:  # also refuses nan
        raise argparse.ArgumentTypeError(f"give a number from 0 (faithful) to 1 (most texture), not {text!r}.")
    return value


def _tile(text: str) -> int:
    low, high = _TILES
    value = int(text) if text.isdecimal() else 0
    if not low <= value <= high or value % 2:
        raise argparse.ArgumentTypeError(f"give an even whole number from {low} to {high}, not {text!r}.")
    return value


def _level(text: str) -> float:
    from cf_esrt.fidelity.trust import calibrations

    levels = calibrations().levels()
    try:
        value = float(text)
    except ValueError:
        value = -1.0
    if value not in levels:
        raise argparse.ArgumentTypeError(f"give one of {', '.join(f'{level:g}' for level in levels)}, not {text!r}.")
    return value


def _parser() -> argparse.ArgumentParser:
    parser = _Parser(
        prog="python -m cf_esrt",
        description="×4 reconstructions of skin lesion photographs with dermoscopy-style detail (synthetic).",
        epilog="Research demonstration. Not a medical device. Not for diagnosis or treatment. "
        "Added detail may be false.",
    )
    parser.add_argument("--version", action="version", version=f"CF-ESRT {__version__}")
    commands = parser.add_subparsers(dest="command", metavar="COMMAND", required=True)

    enhance = commands.add_parser(
        "enhance",
        help="write a four times larger PNG for each photograph",
        description="Write DIR/<stem>.png, four times larger, for each photograph (JPEG, PNG, WebP, TIFF, HEIC or "
        "DICOM).",
        epilog="Inputs that share a stem get -2, -3 and so on in the order given; an input is never "
        "overwritten. A bad input, and a file of a folder that is no photograph, cost one line on stderr and exit code "
        "2; the other files are still done. What is said of a photograph or a result stands there after note:.",
    )
    enhance.add_argument("inputs", nargs="+", type=Path, metavar="INPUT",
                         help="a photograph, or a folder of photographs (not its subfolders)")  # fmt: skip
    enhance.add_argument("-o", "--output", required=True, type=Path, metavar="DIR",
                         help="folder for the results; made where it is missing")  # fmt: skip
    _add_how(enhance)
    enhance.add_argument("--trust-mask", nargs="?", const=USUAL_LEVEL, default=None, type=_level, metavar="LEVEL",
                         help="also write <stem>-believe.png: white where the result is promised to be right to within "
                         "LEVEL grey levels (default: 8; 12 for photographs as a camera stores them)")  # fmt: skip
    archive_arguments.add(commands, _add_how)

    info = commands.add_parser("info", help="list the models", description="List the models.")
    info.add_argument("--json", action="store_true", help="as JSON")

    reproduce = commands.add_parser(
        "reproduce",
        help="make the results of a provenance.json again",
        description="Write the PNG files of a provenance.json again, byte for byte, from the photograph. Another "
        "photograph or another checkpoint is refused, with one sentence each.",
        epilog="Whatever comes out otherwise than recorded costs one line on stderr and exit code 2. Where networks "
        "run by another engine here than the record's, both are run, and a note on stderr says how far apart their "
        "results are; that costs no exit code. A file that was given is never overwritten; other files of the same "
        "names in DIR are.",
    )
    reproduce.add_argument("record", type=Path, metavar="PROVENANCE.json", help="from a ZIP that the page gave")
    reproduce.add_argument("photograph", type=Path, metavar="PHOTOGRAPH", help="the photograph it was made from")
    reproduce.add_argument("-o", "--output", required=True, type=Path, metavar="DIR",
                           help="folder for the results; made where it is missing")  # fmt: skip
    reproduce.add_argument("--model", action="append", default=[], metavar="NAME=FILE",
                           help="a checkpoint of your own that the record names, as app.py was given it")  # fmt: skip

    survey_arguments.add(commands)
    return parser


def _add_how(parser: argparse.ArgumentParser) -> None:
    """Which network is run, and how."""
    parser.add_argument("--model", default="cf-esrt", metavar="NAME_OR_FILE",
                        help='one of the models that "info" lists, or a checkpoint\'s file, as in '
                        "mine.safetensors (default: %(default)s)")  # fmt: skip
    parser.add_argument("--detail", default=None, type=_detail, metavar="0..1",
                        help="0: faithful, 1: most texture; default: what the page opens the model with")  # fmt: skip
    parser.add_argument("--device", default="auto", choices=("auto", "cpu", "cuda"), help="default: auto")
    parser.add_argument("--tile", default=None, type=_tile, metavar="N",
                        help="side of a tile in input pixels, even; default: the model's own")  # fmt: skip
    parser.add_argument("--engine", default="auto", choices=NAMES,
                        help="what runs the network; auto: OpenVINO on a CPU, where it is installed, else torch "
                        "(default: auto)")  # fmt: skip
    parser.add_argument("--self-ensemble", action="store_true",
                        help="the mean over eight flips and turns: a little nearer to the truth, eight times as long; "
                        "it softens added texture")  # fmt: skip


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command; gives the exit code: 0, 1 where all was done but not all could be said (a closed pipe, a full
    disk), 2 for bad input, 130 where the user stopped it.
    """
    given = list(sys.argv[1:] if arguments is None else arguments)
    if given[:1] == ["repeat"]:  # the old name of ``reproduce``, for one release
        given[0] = "reproduce"
    options = _parser().parse_args(given)
    os.environ.setdefault("OPENCV_LOG_LEVEL", "SILENT")  # read once, when OpenCV is imported
    from cf_esrt import terminal
    from cf_esrt.engine.allocator import keep_freed_memory
    from cf_esrt.sentences import CommandError

    keep_freed_memory()
    terminal.forget()
    try:
        code = _run(options)
    except CommandError as error:
        terminal.complain(f"error: {error}")
        code = _BAD_INPUT
    except KeyboardInterrupt:
        terminal.complain("Stopped; the results written so far are whole.")
        return _INTERRUPTED
    return code or (_UNSAID if terminal.lost() else 0)


def _serve_survey(survey: Survey) -> None:
    from cf_esrt.interface.survey import serve

    serve(survey)


def _run(options: argparse.Namespace) -> int:
    if options.command == "survey":
        from cf_esrt.survey import commands as survey_commands

        return survey_commands.run(options, os.environ, _serve_survey)
    if options.command == "archive":
        return archive_arguments.run(options)
    if options.command == "reproduce":
        from cf_esrt.reproduction import reproduce

        differences = reproduce(options.record, options.photograph, options.output, added=options.model)
        return _BAD_INPUT if differences else 0
    from cf_esrt import commands

    if options.command == "info":
        return _BAD_INPUT if commands.info(as_json=options.json) else 0
    failures = commands.enhance(
        options.inputs,
        options.output,
        model=options.model,
        detail=options.detail,
        device=options.device,
        tile=options.tile,
        engine=options.engine,
        self_ensemble=options.self_ensemble,
        trust_mask=options.trust_mask,
    )
    return _BAD_INPUT if failures else 0


if __name__ == "__main__":
    sys.exit(main())
