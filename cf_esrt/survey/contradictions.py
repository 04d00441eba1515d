"""What no field of a protocol alone can tell: settings that do not fit together."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

from cf_esrt.survey.protocol import FEWEST_IMAGES, MADE_HERE, OPINIONS, ORIGINAL, Image, Method, Protocol, Question

Place = tuple[str | int, ...]


def contradictions(protocol: Protocol) -> Iterator[tuple[Place, str]]:
    """What no field alone can tell: the place in the document and a sentence, for each thing that does not fit."""
    yield from _repeated("questions", [question.kind for question in protocol.questions], "question")
    yield from _repeated("images", [image.name for image in protocol.images], "image")
    yield from _repeated("methods", [method.name for method in protocol.methods], "method")
    yield from _repeated("background", [question.name for question in protocol.background], "background question")
    images, methods = {image.name: image for image in reversed(protocol.images)}, dict[str, Method]()
    for place, method in _methods(protocol):
        if method.name not in methods:
            yield from ((place, sentence) for sentence in _source(method, protocol.images_are))
        if methods.setdefault(method.name, method) != method:
            yield place, f"The method {method.name!r} is described in two ways; give one of them another name."
    for key, items in (("training", protocol.training), ("gold", protocol.gold)):
        yield from _repeated(key, [f"{item.image.name} by {item.method.name}" for item in items], f"{key} item")
        for index, item in enumerate(items):
            if images.setdefault(item.image.name, item.image) != item.image:
                sentence = f"The image {item.image.name!r} is another file above; give one of them another name."
                yield (key, index, "image"), sentence
    for index, item in enumerate(protocol.gold):
        two = {question.kind for question in protocol.questions if question.shows_two}
        if not ({"realism", "fidelity", "real"} - two).issuperset(item.questions):
            yield ("gold", index, "questions"), "Gold items are for single pictures: 'realism', 'fidelity' and 'real'."
        if item.expect[0] > item.expect[1]:
            yield ("gold", index, "expect"), "The expected range is written from the lowest score to the highest."
    for index, (before, after) in enumerate(zip(protocol.training, protocol.training[1:], strict=False)):
        if before.image == after.image:
            yield ("training", index + 1, "image"), "The same picture is shown twice in a row; reorder the training."
    yield from _asked(protocol)
    yield from _qualifying(protocol, images)
    limit = len(protocol.images) * len(protocol.methods) * protocol.replicates // 2
    if len(protocol.gold) > limit:
        yield ("gold",), f"There are {len(protocol.gold)} gold items among the others; {limit} can be spread at most."
    reference = methods.get(ORIGINAL)
    if protocol.images_are == "input" and reference is None:
        for index, question in enumerate(protocol.questions):
            if question.shows_reference:
                what = "Fidelity" if question.kind == "fidelity" else "A pair beside the reference"
                sentence = f"{what} needs a reference: give its pictures among the methods as original=FOLDER."
                yield ("questions", index), sentence


def _asked(protocol: Protocol) -> Iterator[tuple[Place, str]]:
    """What the newer kinds of questions need."""
    names = {method.name for method in protocol.methods}
    for index, question in enumerate(protocol.questions):
        place = ("questions", index)
        if question.kind == "real" and ORIGINAL not in names:
            yield place, "'real' needs photographs among the pictures: put 'original' among the methods."
        if question.against is not None and question.against not in names:
            yield (*place, "against"), f"No method is named {question.against!r}."
        if question.kind == "diagnosis":
            yield from _diagnosis(protocol, question, place)
        if question.kind not in OPINIONS and question.labels is not None:
            yield (*place, "labels"), "Labels are for the five-point scale of 'realism' and 'fidelity'."
        for name in ("ties", "against", "reference", "adaptive"):
            if question.kind != "pair" and getattr(question, name) is not None:
                yield (*place, name), f"{name!r} is for the question 'pair'."
        if question.kind != "real" and question.as_pair is not None:
            yield (*place, "as_pair"), "'as_pair' is for the question 'real'."
        if question.adaptive and protocol.items_per_rater is None:
            yield (*place, "adaptive"), "Adaptive pairs need 'items_per_rater': how many a rater is asked."
        if question.adaptive and protocol.replicates > 1:
            yield (*place, "adaptive"), "Adaptive pairs come as often as they tell something; leave 'replicates' out."
        smallest = FEWEST_IMAGES if question.kind != "diagnosis" else 1
        if protocol.block(question.kind) < smallest:
            least = smallest * len(protocol.treatments(question.kind)) * protocol.replicates
            yield ("items_per_rater",), f"'items_per_rater' has to be at least {least}: three images by all methods."
    if protocol.sittings is not None and "diagnosis" not in [question.kind for question in protocol.questions]:
        yield ("sittings",), "'sittings' is for the question 'diagnosis'."
    for index, pair in enumerate(protocol.comparisons or ()):
        for name in pair:
            if name not in names:
                yield ("comparisons", index), f"No method is named {name!r}."
    if protocol.primary is not None:
        for side in ("first", "second"):
            if getattr(protocol.primary, side) not in names:
                yield ("primary", side), f"No method is named {getattr(protocol.primary, side)!r}."
        if protocol.primary.question not in [question.kind for question in protocol.questions]:
            yield ("primary", "question"), f"{protocol.primary.question!r} is not asked."


def _qualifying(protocol: Protocol, images: dict[str, Image]) -> Iterator[tuple[Place, str]]:
    """What a qualification needs: known answers, and no picture twice in a row."""
    question, first = protocol.questions[0], protocol.qualifying()
    if protocol.qualification is not None and protocol.qualification.right > len(first):
        yield ("qualification", "right"), f"There are {len(first)} qualification items; no more can be right."
    shown = [item.image for item in (*first, *protocol.training[:1])]
    for index, item in enumerate(first):
        place = ("qualification", "items", index)
        if images.setdefault(item.image.name, item.image) != item.image:
            yield place, f"The image {item.image.name!r} is another file above; give one of them another name."
        if index + 1 < len(shown) and shown[index + 1] == item.image:
            yield place, "The same picture is shown twice in a row; reorder the qualification items."
        if (item.expect is not None) != (question.kind in OPINIONS):
            yield place, "'expect' is for the five-point scale, which needs it; the other questions know their answer."
        if (item.against is not None) != (question.kind == "pair"):
            yield place, "'against' is the worse method of a pair, which needs it; the other questions have none."
        if question.as_pair and item.method.name == ORIGINAL:
            yield place, "The photograph is shown anyway; 'method' is the picture beside it."
        if question.kind == "diagnosis" and item.image.truth not in (question.choices or ()):
            yield place, f"A diagnosis needs the 'truth' of {item.image.name!r}, one of the choices."


def _diagnosis(protocol: Protocol, question: Question, place: Place) -> Iterator[tuple[Place, str]]:
    choices = question.choices or ()
    if not choices or question.positive not in choices:
        yield place, "A diagnosis needs 'choices', and 'positive', the one of them that says diseased."
    for index, image in enumerate(protocol.images):
        if image.truth not in choices:
            yield ("images", index), f"A diagnosis needs the 'truth' of {image.name!r}, one of the choices."
    fewest, methods = len(protocol.methods) * protocol.most_pictures, len(protocol.methods)
    most = methods * len(protocol.images)
    if protocol.sitting_count % methods or not fewest <= protocol.sitting_count <= most:
        sentence = f"'sittings' has to be a multiple of {methods}, the number of methods, from {fewest} to {most}: "
        yield ("sittings",), sentence + "no patient comes twice in one, and each has a picture."
    tested = {image.whose for image in protocol.images}
    first = protocol.questions[0].kind == "diagnosis"
    shown = [(("training", index, "image"), item.image) for index, item in enumerate(protocol.training)]
    shown += [
        (("qualification", "items", index), item.image) for index, item in enumerate(protocol.qualifying()) if first
    ]
    for where, image in shown:
        if image.whose in tested:
            yield where, f"The patient of {image.name!r} would come twice in one sitting; show another patient first."


def _methods(protocol: Protocol) -> Iterator[tuple[Place, Method]]:
    yield from ((("methods", index), method) for index, method in enumerate(protocol.methods))
    for key, items in (("training", protocol.training), ("gold", protocol.gold)):
        yield from (((key, index, "method"), item.method) for index, item in enumerate(items))
    for index, item in enumerate(protocol.qualifying()):
        yield ("qualification", "items", index, "method"), item.method
        if item.against is not None:
            yield ("qualification", "items", index, "against"), item.against


def _source(method: Method, images_are: str) -> Iterator[str]:
    if method.model is not None and method.folder is not None:
        yield f"The method {method.name!r} has a model and a folder; leave one."
    elif method.name in MADE_HERE and method.model is not None:
        what = "the hidden reference" if method.name == ORIGINAL else "the low anchor"
        yield f"{method.name!r} is the name of {what}; a model needs another."
    elif method.folder == "":
        yield f"The method {method.name!r} names no folder after the equals sign."
    elif method.name == ORIGINAL and images_are == "input" and method.folder is None:
        yield "There is no ground truth where the images are inputs; leave 'original' out or write original=FOLDER."
    if method.model is None and method.detail != 1:
        yield f"The method {method.name!r} has no model, so there is no detail to set."


def _repeated(key: str, names: list[str], what: str) -> Iterator[tuple[Place, str]]:
    counts = Counter(names)
    for index, name in enumerate(names):
        if counts[name] > 1 and name in names[:index]:
            yield (key, index), f"The {what} {name!r} is listed twice."
