"""Passwords, codes and what is derived from a study's secret: tokens that tell nothing, and masked names."""

from __future__ import annotations

import hashlib
import hmac
import secrets
import string
import unicodedata

from cf_esrt.survey.errors import Refused

SHORTEST_PASSWORD = 10
_ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"  # Crockford's base 32: nothing in it is mistaken for something else
_LOOKS_LIKE = "АВЕЅКМНОРСТУХІЈ" + "ΑΒΕΖΗΙΚΜΝΟΡΤΥΧ"
_READ_AS = str.maketrans(_LOOKS_LIKE + "OIL", "ABESKMH0PCTYX1J" + "ABEZH1KMN0PTYX" + "011")
"""Cyrillic and Greek letters that look like Latin ones, as mail programs and keyboards put them in."""
_COST = {"n": 2**14, "r": 8, "p": 1}


def hash_password(password: str) -> str:
    """The password as it is kept: scrypt with a salt of its own. Refused where it is too short to be one."""
    if len(password) < SHORTEST_PASSWORD:
        raise Refused(f"The organiser's password needs at least {SHORTEST_PASSWORD} characters.")
    salt = secrets.token_bytes(16)
    return f"scrypt${salt.hex()}${_scrypt(password, salt).hex()}"


def fits(password: str, kept: str) -> bool:
    """Whether this is the password that was hashed."""
    _, salt, digest = kept.split("$")
    return hmac.compare_digest(_scrypt(password, bytes.fromhex(salt)), bytes.fromhex(digest))


def _scrypt(password: str, salt: bytes) -> bytes:
    return hashlib.scrypt(password.encode(), salt=salt, **_COST)


def new_code() -> str:
    """A rater's code: 50 random bits in ten letters and digits, ``K7QM2-XWD9F``."""
    letters = "".join(secrets.choice(_ALPHABET) for _ in range(10))
    return f"{letters[:5]}-{letters[5:]}"


def normal_code(typed: str) -> str:
    """A code as it was given out, however it was typed."""
    plain = unicodedata.normalize("NFKC", typed).upper().translate(_READ_AS)
    letters = "".join(sign for sign in plain if sign.isalnum())  # dashes of any kind, and spaces, are none of it
    return f"{letters[:5]}-{letters[5:]}"


def derived(secret: str, *words: object) -> str:
    """64 hexadecimal digits that nobody without the secret can foresee."""
    return hmac.new(bytes.fromhex(secret), "/".join(map(str, words)).encode(), hashlib.sha256).hexdigest()


def completion_code(secret: str, rater: int) -> str:
    """What a rater shows who has finished."""
    number = int(derived(secret, "completion", rater), 16)
    return "".join(_ALPHABET[number >> 5 * place & 31] for place in range(8))


def masked_names(secret: str, methods: list[str]) -> dict[str, str]:
    """A, B, C … for the methods, in an order that the secret alone decides."""
    order = sorted(methods, key=lambda method: derived(secret, "mask", method))
    return {method: _letters(place) for place, method in enumerate(order)}


def _letters(place: int) -> str:
    if place < 26:
        return string.ascii_uppercase[place]
    return _letters(place // 26 - 1) + string.ascii_uppercase[place % 26]
