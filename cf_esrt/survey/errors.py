"""What a study refuses: each error's message is a sentence (or several) for the person who reads it."""

from __future__ import annotations


class SurveyError(ValueError):
    """The study cannot do what was asked; the message says why."""


class StudyError(SurveyError):
    """The study's folder, stimuli or database cannot be used as they are."""


class Refused(SurveyError):
    """Something that a rater or an organiser sent is not taken; nothing has changed."""


class UnknownCode(Refused):
    """No rater of this study has that code."""

    def __init__(self) -> None:
        super().__init__("This code is not one of this study's; please check it letter by letter.")


class WrongPassword(Refused):
    """The organiser's password does not fit."""

    def __init__(self) -> None:
        super().__init__("This is not the study's password.")


class StudyLocked(Refused):
    """The study takes no more votes."""

    def __init__(self) -> None:
        super().__init__("This study is closed and takes no more votes. Thank you for taking part.")


class NotYet(Refused):
    """A step that comes first is missing: consent, or the questions before the items."""


class AlreadyVoted(Refused):
    """The item has its vote."""

    def __init__(self) -> None:
        super().__init__("You have already voted on this picture; the study goes on with the next one.")


class OutOfOrder(Refused):
    """The item is not the one whose turn it is."""

    def __init__(self) -> None:
        super().__init__("This picture's turn has not come; the study goes on with the one that is due.")


class BadVote(Refused):
    """The score is not one of the scale's, or the viewing time makes no sense."""


class TooSoon(Refused):
    """The picture was not looked at for the protocol's minimum time."""


class NotSeen(Refused):
    """The page has not shown that the picture was decoded."""

    def __init__(self) -> None:
        super().__init__("The picture was not shown in full; please look at it again.")


class Washout(Refused):
    """The next sitting's time has not come."""

    def __init__(self) -> None:
        super().__init__("The next sitting is not open yet; your code brings you back to it.")


class Withdrawn(Refused):
    """The rater took part and votes back."""

    def __init__(self) -> None:
        super().__init__("You have withdrawn from this study; none of your answers are kept.")


class NotQualified(Refused):
    """Too few qualification items were answered right."""

    def __init__(self) -> None:
        super().__init__("This study needs other raters. Thank you for your interest.")


class Full(Refused):
    """The open link's quota is reached."""

    def __init__(self) -> None:
        super().__init__("This study has all the raters it needs. Thank you for your interest.")


class NothingToUndo(Refused):
    """There is no vote that can be taken back."""
