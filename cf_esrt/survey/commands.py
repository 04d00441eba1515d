"""What ``python -m cf_esrt survey …`` does, one function a subcommand."""

from __future__ import annotations

import argparse
import getpass
import json
import re
import shlex
import sys
from collections.abc import Callable, MutableMapping
from dataclasses import asdict
from pathlib import Path
from typing import TextIO
from urllib.parse import quote

from tqdm import tqdm

from cf_esrt import photo, terminal
from cf_esrt.survey import design, export, gold, manifest, registration, results, stimuli, template
from cf_esrt.survey.counted import counted
from cf_esrt.survey.errors import StudyError, SurveyError
from cf_esrt.survey.protocol import FEWEST_IMAGES, NAME
from cf_esrt.survey.protocol_file import ProtocolError
from cf_esrt.survey.session import label
from cf_esrt.survey.study import Folder
from cf_esrt.survey.survey import Survey

DATABASE = "CF_ESRT_DATABASE_URL"
_BAD_INPUT = 2


def run(
    options: argparse.Namespace, environment: MutableMapping[str, str], serve: Callable[[Survey], None] | None = None
) -> int:
    """Run a subcommand that `arguments` read; gives the exit code. The database's address, which may hold a password,
    is taken out of the environment, so that no process started later inherits it. ``serve`` shows
    the pages: they stand above this package, which imports none of them.
    """
    database = environment.pop(DATABASE, None) or None
    try:
        if options.part == "serve":
            _serve(options, database, serve)
        else:
            _COMMANDS[options.part](options, database)
    except ProtocolError as error:
        _tell(str(error), sys.stderr)  # FILE:LINE: sentence, as editors read it
        return _BAD_INPUT
    except (ValueError, RuntimeError) as error:  # SurveyError, and what the Enhancer and its models say in a sentence
        _tell(f"error: {error}", sys.stderr)
        return _BAD_INPUT
    except OSError as error:
        _tell(f"error: {error.filename or 'A file'}: {(error.strerror or 'it failed').lower()}.", sys.stderr)
        return _BAD_INPUT
    return 0


def _new(options: argparse.Namespace, database: str | None) -> None:
    folder = Folder(options.study)
    if folder.protocol.exists():
        raise StudyError(f"{folder.protocol} is there already; edit it, or choose another folder.")
    images: list[Path] = []
    for given in options.images:
        inside = sorted(given.iterdir()) if given.is_dir() else [given]
        images += [path for path in inside if _is_photograph(path)]
        if not given.exists():
            raise StudyError(f"The image {given} is not there.")
    stems = [image.stem for image in images]
    if len(images) < FEWEST_IMAGES:
        raise StudyError(f"A study needs at least {FEWEST_IMAGES} images; here are {len(images)}.")
    if len(set(stems)) < len(stems):
        twice = next(stem for stem in stems if stems.count(stem) > 1)
        raise StudyError(f"Two images are named {twice}; rename one.")
    folder.path.mkdir(parents=True, exist_ok=True)
    photo.save(folder.protocol, template.protocol(folder.path, images, options.question).encode())
    _tell(f"{folder.protocol}: edit it, then run 'python -m cf_esrt survey prepare {options.study}'.")


def _is_photograph(path: Path) -> bool:
    """By its ending; what a file manager hides, macOS's ``._`` files among it, is none."""
    if not path.is_file() or path.name.startswith(".") or path.suffix.lower() not in photo.SUFFIXES:
        return False
    if re.fullmatch(NAME, path.stem):
        return True
    _warn(f"{path.name} is passed over: a picture's name has 1 to 64 characters, without '=' and a space in front.")
    return False


def _prepare(options: argparse.Namespace, database: str | None) -> None:
    folder = Folder.of(options.study)
    protocol = folder.read()
    if Survey.is_open(folder, database):
        raise StudyError("This study is open, and its pictures with it; make a new study for others.")
    secret = design.draw_secret(protocol)
    with tqdm(desc="pictures", unit="picture", disable=None) as bar:

        def progress(done: int, total: int) -> None:
            bar.total = total
            bar.update(done - bar.n)

        prepared = stimuli.prepare(
            folder,
            protocol,
            device=options.device,
            engine=options.engine,
            progress=progress,
            order_secret=secret,
        )
    items = sum(protocol.items(question.kind) for question in protocol.questions)
    _warn(gold.weakness(protocol))
    read = any(question.kind == "diagnosis" for question in protocol.questions)
    sat = f" in {protocol.sitting_count} sittings" if read and protocol.sitting_count > 1 else ""
    _tell(
        f"{len(prepared.stimuli)} pictures; each rater will vote on {items} items{sat}. "
        f"Then: 'python -m cf_esrt survey open {options.study}'."
    )


def _open(options: argparse.Namespace, database: str | None) -> None:
    folder = Folder.of(options.study)
    survey = Survey.open(folder, _password(options.password_file), database)
    _warn(gold.weakness(survey.protocol))
    _tell(f"Open. Protocol SHA-256: {survey.protocol.sha256}")
    _tell(f"Registered SHA-256: {registration.digest(survey.registration or '')}")
    _tell(f"That is the sha256sum of {folder.registration}: give this file out, and deposit it, before the first vote.")
    survey.close()


def _password(file: Path | None) -> str:
    if file is not None:
        return file.read_text("utf-8").split("\n")[0].rstrip("\r")
    if not sys.stdin.isatty():
        return sys.stdin.readline().rstrip("\r\n")
    password = getpass.getpass("Organiser's password: ")
    if getpass.getpass("Once more: ") != password:
        raise SurveyError("These were two different passwords.")
    return password


def _codes(options: argparse.Namespace, database: str | None) -> None:
    organiser = Survey.attach(Folder.of(options.study), database).local_organiser()
    for name, code in organiser.add_raters(options.new) if options.new else organiser.codes():
        _tell(f"{name}\t{code}" if options.link is None else f"{name}\t{link(options.link, code)}")


def link(address: str, code: str) -> str:
    """The page's address with a rater's code in it."""
    return f"{address.rstrip('/')}/?code={quote(code)}"


def _plan(options: argparse.Namespace, database: str | None) -> None:
    folder = Folder.of(options.study)
    protocol = folder.read(opened=True)
    if protocol.adaptive:  # what was chosen is in the store
        items = Survey.attach(folder, database).plan(options.rater)
    else:
        items = design.plan(protocol, options.rater, manifest.read(folder.manifest).order_secret)
    _tell(f"# {protocol.sha256} {label(options.rater)}")
    sits = any(item.sitting > 1 for item in items)
    _tell("position\tquestion\tkind\timage\tmethod\treplicate" + ("\tsitting" if sits else ""))
    for item in items:
        shown = item.method if item.other is None else f"{item.method} | {item.other}"
        _tell(
            f"{item.position}\t{item.question}\t{item.kind}\t{item.image}\t{shown}\t{item.replicate}"
            + (f"\t{item.sitting}" if sits else "")
        )


def _status(options: argparse.Namespace, database: str | None) -> None:
    survey = Survey.attach(Folder.of(options.study), database)
    organiser = survey.local_organiser()
    raters = organiser.raters()
    status = organiser.status(raters)
    if options.json:
        rows = [{"rater": row.rater, "votes": row.votes, "finished": row.finished} for row in raters]
        _tell(json.dumps({**asdict(status), "protocol": survey.protocol.sha256, "raters": rows}, indent=2))
        return
    _tell(f"{survey.protocol.title}\nProtocol SHA-256: {survey.protocol.sha256}")
    _tell(f"Opened {status.opened[:16]} UTC; {'locked ' + status.locked[:16] + ' UTC' if status.locked else 'open'}.")
    made = f"codes made: {status.codes}; started: {status.started}; done: {status.finished}"
    _tell(f"Raters planned: {status.planned}; {made}.")
    _warn(_changed(survey))
    _tell(f"{counted(status.votes, 'vote')}; a complete session has {status.items}.")
    for row in raters:
        said = [" withdrawn"] if row.withdrawn else [f" done {row.completion_code}"] if row.finished else []
        said += [f" next sitting from {row.next_sitting[:16]} UTC"] if row.next_sitting else []
        said += [f" {row.external}"] if row.external else []
        said += [f"; to look at: {', '.join(row.marks)}"] if row.marks else []
        _tell(f"{row.rater}\t{row.votes}/{row.items}{''.join(said)}")


def _set_password(options: argparse.Namespace, database: str | None) -> None:
    organiser = Survey.attach(Folder.of(options.study), database).local_organiser()
    organiser.set_password(_password(options.password_file))
    _tell("The organiser's page has another password.")


def _withdraw(options: argparse.Namespace, database: str | None) -> None:
    organiser = Survey.attach(Folder.of(options.study), database).local_organiser()
    organiser.withdraw(options.rater)
    _tell(f"{label(options.rater)} has withdrawn: nothing of theirs is kept.")


def _inputs(options: argparse.Namespace, database: str | None) -> None:
    folder = Folder.of(options.study)
    for path in stimuli.inputs(folder, folder.read(), options.output):
        _tell(str(path))


def _lock(options: argparse.Namespace, database: str | None) -> None:
    survey = Survey.attach(Folder.of(options.study), database)
    going = [row for row in survey.local_organiser().raters() if row.votes and not row.finished]
    if going:
        _warn(f"Under way: {', '.join(f'{row.rater} ({row.votes} of {row.items})' for row in going)}.")
    if not options.yes:
        if not sys.stdin.isatty():
            raise SurveyError("Locking ends the study for good; say so with --yes.")
        if input("No more votes will be taken, for good. Type 'lock' to go on: ").strip() != "lock":
            raise SurveyError("The study goes on.")
    survey.local_organiser().lock()
    _tell("Locked.")
    if survey.order_secret:
        _tell(f"The secret of the orders, whose SHA-256 was registered: {survey.order_secret}")


def _export(options: argparse.Namespace, database: str | None) -> None:
    folder = Folder.of(options.study)
    survey = Survey.attach(folder, database)
    organiser = survey.local_organiser()
    if not organiser.locked:  # with the plan beside them, votes would tell which method is A
        raise StudyError("Votes are exported once the study is locked; 'survey status' tells how far it is.")
    output = options.output or folder.report
    output.mkdir(parents=True, exist_ok=True)
    for name, text in (
        ("ratings.csv", export.ratings_csv(organiser.ratings())),
        ("raters.csv", export.raters_csv(organiser.raters())),
        ("protocol.json", survey.protocol.canonical()),  # no line's end: its sha256sum is the protocol's
        *([] if survey.registration is None else [("registration.json", survey.registration)]),
    ):
        mark = export.BOM if name.endswith(".csv") else ""
        photo.save(output / name, (mark + text).encode())
        (output / name).chmod(0o600)
        _tell(str(output / name))


def _report(options: argparse.Namespace, database: str | None) -> None:
    folder = Folder.of(options.study)
    survey = Survey.attach(folder, database)
    _warn(_changed(survey))
    command = f"python -m cf_esrt survey report {shlex.quote(str(options.study))}"
    for path in results.write(survey, options.output or folder.report, command):
        _tell(str(path))


def _serve(options: argparse.Namespace, database: str | None, serve: Callable[[Survey], None] | None) -> None:
    assert serve is not None  # `__main__` gives it
    folder = Folder.of(options.study)
    scheduler = None
    if options.backup:
        from cf_esrt.survey import backup

        backup.fetch(folder, options.backup)
    survey = Survey.attach(folder, database)
    require_stimuli(survey)
    if options.backup:
        from cf_esrt.survey import backup

        scheduler = backup.schedule(folder, options.backup)
    try:
        serve(survey)
    finally:
        if scheduler is not None:
            scheduler.trigger().result()  # the last votes
            scheduler.stop()
        survey.close()


def require_stimuli(survey: Survey) -> None:
    """StudyError where a picture was changed since the study was opened."""
    changed = _changed(survey)
    if changed:
        raise StudyError(changed)


def _changed(survey: Survey) -> str:
    changed = survey.changed_stimuli()
    if not changed:
        return ""
    return f"{len(changed)} pictures are not those that the study was opened with: {', '.join(changed)}."


def _warn(sentence: str) -> None:
    if sentence:
        _tell(f"warning: {sentence}", sys.stderr)


def _tell(lines: str, file: TextIO | None = None) -> None:
    """Line by line: the terminal takes a line's end inside a line for a sign to be hidden."""
    for line in lines.split("\n"):
        (terminal.tell if file is None else terminal.complain)(line)


_COMMANDS = {
    "new": _new,
    "prepare": _prepare,
    "open": _open,
    "codes": _codes,
    "plan": _plan,
    "status": _status,
    "password": _set_password,
    "withdraw": _withdraw,
    "inputs": _inputs,
    "lock": _lock,
    "report": _report,
    "export": _export,
}
