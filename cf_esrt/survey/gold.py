"""Whether a protocol's gold items let its screening do what was measured of it (`assets/survey/README.md`)."""

from __future__ import annotations

from cf_esrt.survey.protocol import OPINIONS, Protocol, QuestionKind

CLICKERS_OUT, HONEST_OUT = 0.95, 0.05
"""What the rule "looking" is to reach: of random clickers so many leave at least, of honest raters so many at most."""
FEWEST = 5
"""Gold items of a pass with which it does even where methods hardly differ and no picture comes twice."""
FEWEST_OF_AN_END = 2
"""Of these on each side of the scale's middle: gold that is all good tells nobody from a rater who likes everything."""
MIDDLE = 3


def weakness(protocol: Protocol) -> str:
    """One sentence where the protocol's screening cannot reach `CLICKERS_OUT` and `HONEST_OUT`, else empty.

    The rule "none" is a decision, and no weakness; questions without scores are not screened.
    """
    aim = f"{CLICKERS_OUT:.0%} of random clickers out, at most {HONEST_OUT:.0%} of honest raters"
    scored = [question for question in protocol.questions if question.kind in OPINIONS]
    if protocol.screening == "bt500" and scored:
        return f"The screening 'bt500' finds few random clickers; 'looking' with gold items is made for them ({aim})."
    if protocol.screening == "none":
        return ""
    for question in scored:
        low, high, all_of_them = _counts(protocol, question.kind)
        if all_of_them < FEWEST or min(low, high) < FEWEST_OF_AN_END:
            return (
                f"The screening may miss its aim ({aim}): the pass {question.kind} has {all_of_them} gold items, {low} "
                f"expected below {MIDDLE} and {high} above; it needs {FEWEST} or more, at least {FEWEST_OF_AN_END} of "
                "each kind."
            )
    return ""


def _counts(protocol: Protocol, question: QuestionKind) -> tuple[int, int, int]:
    """Gold items of a pass: expected below the middle, above it, and all."""
    middles = [sum(item.expect) / 2 for item in protocol.gold if question in item.questions]
    return sum(middle < MIDDLE for middle in middles), sum(middle > MIDDLE for middle in middles), len(middles)
