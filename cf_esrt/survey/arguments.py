"""What ``python -m cf_esrt survey`` can be asked for; `commands` does it. Nothing heavy is imported here."""

from __future__ import annotations

import argparse
from pathlib import Path

from cf_esrt import engine
from cf_esrt.sentences import capitalised


def add(commands: argparse._SubParsersAction) -> None:
    """The subcommand with its own subcommands."""
    survey = commands.add_parser(
        "survey",
        help="a rating study: from a protocol to a report",
        description="A study with raters: scores, pairs, photograph or synthetic, or diagnoses. In this order: new, "
        "prepare, open, codes, serve, status, lock, report.",
        epilog="A study is a folder; its protocol.yaml says what is asked. CF_ESRT_DATABASE_URL=postgresql://… keeps "
        "the votes in PostgreSQL instead of a file in the folder.",
    )
    parts = survey.add_subparsers(dest="part", metavar="COMMAND", required=True)

    def part(name: str, text: str) -> argparse.ArgumentParser:
        parser = parts.add_parser(name, help=text, description=f"{capitalised(text)}.")
        parser.add_argument("study", type=Path, metavar="STUDY", help="the study's folder")
        return parser

    new = part("new", "begin a study: write a protocol to edit")
    new.add_argument("images", nargs="+", type=Path, metavar="IMAGE", help="photographs, or folders of photographs")
    new.add_argument("--question", default="realism", choices=("realism", "fidelity", "pair", "real", "diagnosis"),
                     help="what is asked: a score (realism, or fidelity to the original), which of two, photograph or "
                     "synthetic, a diagnosis (default: realism)")  # fmt: skip
    prepare = part("prepare", "make every picture that raters will see, lossless, under names that tell nothing")
    prepare.add_argument("--device", default="auto", choices=("auto", "cpu", "cuda"), help="default: auto")
    prepare.add_argument("--engine", default="auto", choices=engine.NAMES,
                         help="what runs the networks; written into the manifest and the report (default: auto, "
                         "OpenVINO on a CPU where it is installed, else torch)")  # fmt: skip
    opened = part("open", "freeze the protocol, set the organiser's password and begin")
    opened.add_argument("--password-file", type=Path, metavar="FILE",
                        help="its first line; default: asked for, or the first line of standard input")  # fmt: skip
    codes = part("codes", "list the raters' codes")
    codes.add_argument("-n", "--new", type=_count, metavar="N", help="make so many new ones and list these")
    codes.add_argument("--link", metavar="URL", help="the page's address: list links instead of codes")
    plan = part(
        "plan", "print a rater's items in their order, with the methods, from the protocol and the study's secret"
    )
    plan.add_argument("rater", type=_rater, metavar="RATER", help="R007, or 7")
    status = part("status", "say how far the study is")
    status.add_argument("--json", action="store_true", help="as JSON")
    password = part("password", "set another password for the organiser's page")
    password.add_argument("--password-file", type=Path, metavar="FILE",
                          help="its first line; default: asked for, or the first line of standard input")  # fmt: skip
    withdraw = part("withdraw", "delete a rater's part and votes, on their wish")
    withdraw.add_argument("rater", type=_rater, metavar="RATER", help="R007, or 7")
    inputs = part("inputs", "write the pictures that other systems have to be fed, to enlarge them fourfold")
    inputs.add_argument("output", type=Path, metavar="DIR")
    lock = part("lock", "end the study for good: no more votes, and methods by their names")
    lock.add_argument("--yes", action="store_true", help="without asking")
    for name, text in (
        ("report", "write the report"),
        ("export", "write the votes of a locked study as tables, ratings.csv and raters.csv"),
    ):
        parser = part(name, text)
        parser.add_argument("-o", "--output", type=Path, metavar="DIR", help="default: the study's folder report")
    serve = part("serve", "open the raters' and the organiser's pages")
    serve.add_argument("--backup", metavar="OWNER/DATASET",
                       help="also back the log up to this private dataset, and restore from there")  # fmt: skip
    serve.add_argument("--carry", dest="backup", help=argparse.SUPPRESS)  # the old name, for one release


def _count(text: str) -> int:
    return _number(text, "give a number of raters from 1, not {!r}.")


def _rater(text: str) -> int:
    return _number(text.removeprefix("R").removeprefix("r"), "give a rater as R007 or 7, not {!r}.")


def _number(text: str, sentence: str) -> int:
    value = int(text) if text.isdecimal() and len(text) < 6 else 0
    if not value:
        raise argparse.ArgumentTypeError(sentence.format(text))
    return value
