"""Numbers as a reader writes them: ``log 2``, ``1/2``, ``2*pi``, ``√3/2``, ``-∞``.

The page reads them by the same rules in ``widgets/numbers.mjs``; a test compares the two. From
loose to tight: + and −; × and ÷, and things that stand side by side; signs; powers; functions,
which take what stands next to them, so that ``log 2/3`` is a third of log 2.
"""

from __future__ import annotations

import math
import operator
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from wganlib import _validate as check

#: Longer texts are no numbers, and could nest deeper than a parser may call itself.
LONGEST = 120

FUNCTIONS: dict[str, Callable[[float], float]] = {
    "log": math.log,
    "ln": math.log,
    "exp": math.exp,
    "sqrt": math.sqrt,
    "abs": math.fabs,
    "sin": math.sin,
    "cos": math.cos,
    "tan": math.tan,
    "atan": math.atan,
    "arctan": math.atan,
}
CONSTANTS = {"pi": math.pi, "e": math.e}
SPELLINGS = {"−": "-", "–": "-", "×": "*", "·": "*", "÷": "/", "π": "pi", "√": "sqrt", "**": "^"}
ENDLESS = re.compile(r"([+-]?) *(?:∞|inf|infinity)", re.IGNORECASE)
TOKEN = re.compile(
    # Thousands in groups, a decimal point or comma, a power of ten; or a word; or a sign.
    r" *(?:([1-9]\d{0,2}(?:,\d{3})+(?:\.\d+)?(?![\d,])|(?:\d+(?:[.,]\d*)?|[.,]\d+)(?:e[+-]?\d+)?)"
    r"|([a-z]+)|([-+*/^()]))",
    re.IGNORECASE | re.ASCII,
)
GROUPED = re.compile(r"[1-9]\d{0,2}(,\d{3})+(\.\d+)?", re.ASCII)


@dataclass(frozen=True)
class _Token:
    kind: str  # "number", "word" or "sign"
    text: str
    value: float = 0.0


def _tokens(text: str) -> Iterator[_Token]:
    place = 0
    while text[place:].strip():
        found = TOKEN.match(text, place)
        if found is None:
            raise ValueError(f"cannot read “{text[place:].strip()[0]}”")
        number, word, sign = found.groups()
        if number:
            grouped = GROUPED.fullmatch(number)
            plain = number.replace(",", "" if grouped else ".")
            yield _Token("number", number, float(plain))
        elif word:
            yield _Token("word", word.lower())
        else:
            yield _Token("sign", sign)
        place = found.end()


def _finite(what: str, operation: Callable[..., float], *arguments: float) -> float:
    """Return a result, or refuse what has none among the finite real numbers."""
    try:
        value = operation(*arguments)
    except (ValueError, ZeroDivisionError, OverflowError):
        raise ValueError(f"{what} is no finite number") from None
    if isinstance(value, complex) or not math.isfinite(value):
        raise ValueError(f"{what} is no finite number")
    return value


class _Reader:
    """A parser by recursive descent over the tokens of one text."""

    def __init__(self, text: str) -> None:
        self.tokens = list(_tokens(text))
        self.place = 0

    def ahead(self, *signs: str) -> bool:
        if self.place == len(self.tokens):
            return False
        token = self.tokens[self.place]
        return token.kind == "sign" and token.text in signs

    def take(self) -> _Token:
        if self.place == len(self.tokens):
            raise ValueError("something is missing at the end")
        self.place += 1
        return self.tokens[self.place - 1]

    def whole(self) -> float:
        value = self.sum()
        if self.place < len(self.tokens):
            raise ValueError(f"cannot read “{self.tokens[self.place].text}” there")
        return value

    def sum(self) -> float:
        value = self.product()
        while self.ahead("+", "-"):
            operation = operator.add if self.take().text == "+" else operator.sub
            value = _finite("the sum", operation, value, self.product())
        return value

    def product(self) -> float:
        value = self.signed()
        while True:
            if self.ahead("*", "/"):
                over = self.take().text == "/"
            elif self.ahead("(") or self.word_ahead():
                over = False
            else:
                return value
            if over:
                value = _finite("that quotient", operator.truediv, value, self.signed())
            else:
                value = _finite("that product", operator.mul, value, self.signed())

    def word_ahead(self) -> bool:
        return self.place < len(self.tokens) and self.tokens[self.place].kind == "word"

    def signed(self) -> float:
        if self.ahead("+", "-"):
            return self.signed() if self.take().text == "+" else -self.signed()
        return self.power()

    def power(self) -> float:
        base = self.atom()
        if not self.ahead("^"):
            return base
        self.take()
        return _finite("that power", operator.pow, base, self.signed())

    def atom(self) -> float:
        token = self.take()
        if token.kind == "number":
            return _finite(f"“{token.text}”", float, token.value)
        if token.text == "(":
            value = self.sum()
            if not self.ahead(")"):
                raise ValueError("a closing bracket is missing")
            self.take()
            return value
        if token.text in CONSTANTS:
            return CONSTANTS[token.text]
        if token.text in FUNCTIONS:
            argument = self.signed() if self.ahead("-", "+") else self.power()
            return _finite(f"{token.text} of that", FUNCTIONS[token.text], argument)
        raise ValueError(f"cannot read “{token.text}” there")


def number_of(text: str) -> float:
    """Return the number that a reader wrote.

    Parameters
    ----------
    text : str
        Digits with a decimal point or comma; + − * / ^ and brackets; pi and e; log (natural),
        exp, sqrt, abs, sin, cos, tan, atan; or ∞ (inf) alone, with a sign.

    Returns
    -------
    float

    Raises
    ------
    ValueError
        For any other text, with what cannot be read, and where no finite number comes out.

    Examples
    --------
    >>> from wganbook.questions._numbers import number_of
    >>> number_of("2 log 2"), number_of("1/2"), number_of("-∞")
    (1.3862943611198906, 0.5, -inf)
    """
    if len(text) > LONGEST:
        raise ValueError(f"expected at most {LONGEST} characters, got {len(text)}")
    endless = ENDLESS.fullmatch(text.strip().replace("−", "-").replace("–", "-"))
    if endless:
        return -math.inf if endless[1] == "-" else math.inf
    for spelling, plain in SPELLINGS.items():
        text = text.replace(spelling, f" {plain} " if plain.isalpha() else plain)
    if not text.strip():
        raise ValueError("there is nothing to read")
    return _Reader(text).whole()


def given_number(value: object, name: str) -> float:
    """Return an answer as a number: a real number, which may be infinite, or a text of one."""
    if not isinstance(value, str):
        return check.extended_real(value, name)
    try:
        return number_of(value)
    except ValueError as error:
        raise ValueError(f"{name}: expected a number, got {value[:60]!r}: {error}") from None
