"""What is registered at the opening: it can be made again, it binds everything, and it tells no order."""

from __future__ import annotations

import hashlib
import json

import numpy as np
import pytest
from PIL import Image

from cf_esrt.__main__ import main
from cf_esrt.survey import design
from cf_esrt.survey.errors import StudyError
from cf_esrt.survey.survey import Survey
from tests.survey.studies import PASSWORD, at_the_items, opened, vote


def test_the_hash_is_the_sha256sum_of_the_file_that_is_given_out(tmp_path, capsys):
    survey, _ = opened(tmp_path / "s")
    given = survey.folder.registration.read_bytes()
    assert given.decode() == survey.registration
    document = json.loads(given)
    canonical = json.dumps(document["protocol"], ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    assert hashlib.sha256(canonical.encode()).hexdigest() == document["protocol_sha256"] == survey.protocol.sha256
    assert document["pictures_sha256"] == survey._manifest.sha256
    secret = survey.order_secret
    assert secret is not None
    assert hashlib.sha256(secret.encode()).hexdigest() == document["order_secret_sha256"]
    assert secret not in given.decode()
    assert main(["survey", "lock", str(survey.folder.path), "--yes"]) == 0
    assert secret in capsys.readouterr().out
    assert main(["survey", "export", str(survey.folder.path)]) == 0
    assert (survey.folder.report / "registration.json").read_bytes() == given
    exported = (survey.folder.report / "protocol.json").read_bytes()
    assert hashlib.sha256(exported).hexdigest() == survey.protocol.sha256


def test_the_protocol_alone_tells_no_order(tmp_path):
    survey, _ = opened(tmp_path / "s")
    study = survey.protocol
    real = survey.plan(15)
    assert real != design.plan(study, 15)
    assert real == design.plan(study, 15, survey.order_secret)
    others = {tuple((item.image, item.method) for item in design.plan(study, 15, f"{k:064x}")) for k in range(20)}
    assert len(others) == 20


def test_a_pictures_change_is_noticed(tmp_path, capsys):
    survey, (code,) = opened(tmp_path / "s")
    session = at_the_items(survey, code)
    while session.item() is not None:
        vote(session)
    token = survey.token(1, 0, "picture")
    path = survey.picture(token)
    survey.picture_bytes(token)
    with Image.open(path) as picture:
        pixels = np.array(picture)
    pixels[0, 0] ^= 1
    Image.fromarray(pixels).save(path)
    with pytest.raises(StudyError, match="was changed"):
        survey.picture_bytes(token)
    assert survey.changed_stimuli() == [path.name]
    assert main(["survey", "status", str(survey.folder.path)]) == 0
    assert f"1 pictures are not those that the study was opened with: {path.name}." in capsys.readouterr().err
    assert main(["survey", "serve", str(survey.folder.path)]) == 2
    assert "not those that the study was opened with" in capsys.readouterr().err
    survey.organiser(PASSWORD).lock()
    assert main(["survey", "report", str(survey.folder.path)]) == 0
    assert f"with: {path.name}." in capsys.readouterr().err
    report = json.loads((survey.folder.report / "report.json").read_text("utf-8"))
    assert f"1 picture files are not those that the study was opened with: {path.name}." in report["study"]["stimuli"]


def test_another_secret_than_the_registered_one_is_refused(tmp_path):
    survey, _ = opened(tmp_path / "s")
    text = survey.folder.manifest.read_text("utf-8")
    secret = survey.order_secret or ""
    survey.folder.manifest.write_text(text.replace(secret, "0" * 64), "utf-8")
    with pytest.raises(StudyError, match="secret of the order is not the one that was registered"):
        Survey.attach(survey.folder)


def test_a_study_prepared_before_there_was_a_secret_goes_on_with_its_order(tmp_path):
    survey, _ = opened(tmp_path / "s")
    survey.close()
    folder = survey.folder
    fields = json.loads(folder.manifest.read_text("utf-8"))
    del fields["order_secret"]
    folder.manifest.write_text(json.dumps(fields), "utf-8")
    folder.log.unlink()
    for file in folder.path.glob("survey.sqlite*"):
        file.unlink()
    again = Survey.open(folder, PASSWORD)
    assert again.plan(3) == design.plan(again.protocol, 3)
    again.close()
