"""Reads the condition language: and, or, not, parentheses and comparisons of a field with literals."""

from __future__ import annotations

from datetime import UTC, datetime

from local.simulators.connectwise.conditions.tokens import Kind, Token, tokens_of
from local.simulators.connectwise.conditions.tree import Both, Comparison, Condition, Either, Literal, Not
from local.simulators.connectwise.errors import bad_condition

_SIGNS = ("=", "!=", "<", "<=", ">", ">=")
_WORDS = ("contains", "like", "in")


def parse_condition(text: str) -> Condition:
    parser = _Parser(tokens_of(text))
    condition = parser.either()
    parser.expect_end()
    return condition


def parse_date(text: str) -> datetime:
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        raise bad_condition(f"[{text}] is not a valid DateTime.") from None
    return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)


class _Parser:
    def __init__(self, tokens: list[Token]) -> None:
        self._tokens = tokens
        self._position = 0

    def _peek(self) -> Token:
        return self._tokens[self._position]

    def _next(self) -> Token:
        token = self._tokens[self._position]
        self._position = min(self._position + 1, len(self._tokens) - 1)
        return token

    def _took_word(self, *words: str) -> bool:
        taken = self._peek().is_word(*words)
        if taken:
            self._next()
        return taken

    def _took_sign(self, sign: str) -> bool:
        taken = self._peek() == Token(Kind.SIGN, sign)
        if taken:
            self._next()
        return taken

    def expect_end(self) -> None:
        if self._peek().kind is not Kind.END:
            raise bad_condition(f"Unexpected '{self._peek().text}'. Expected 'and' or 'or'.")

    def either(self) -> Condition:
        condition = self._both()
        while self._took_word("or"):
            condition = Either(condition, self._both())
        return condition

    def _both(self) -> Condition:
        condition = self._single()
        while self._took_word("and"):
            condition = Both(condition, self._single())
        return condition

    def _single(self) -> Condition:
        if self._took_word("not"):
            return Not(self._single())
        if self._took_sign("("):
            condition = self.either()
            self._expect_sign(")")
            return condition
        return self._comparison()

    def _expect_sign(self, sign: str) -> None:
        if not self._took_sign(sign):
            raise bad_condition(f"Expected '{sign}' but found '{self._peek().text}'.")

    def _comparison(self) -> Condition:
        field = self._next()
        if field.kind is not Kind.WORD:
            raise bad_condition(f"Expected a field name but found '{field.text}'.")
        negated = self._took_word("not")
        operator = self._next()
        if operator.is_word(*_WORDS):
            comparison = Comparison(field.text, operator.text.lower(), self._literals(operator))
            return Not(comparison) if negated else comparison
        if negated or operator.kind is not Kind.SIGN or operator.text not in _SIGNS:
            raise bad_condition(f"'{operator.text}' is not a recognized operator.")
        return Comparison(field.text, operator.text, (self._literal(),))

    def _literals(self, operator: Token) -> tuple[Literal, ...]:
        if not operator.is_word("in"):
            return (self._literal(),)
        self._expect_sign("(")
        literals = [self._literal()]
        while self._took_sign(","):
            literals.append(self._literal())
        self._expect_sign(")")
        return tuple(literals)

    def _literal(self) -> Literal:
        token = self._next()
        if token.kind is Kind.STRING:
            return token.text
        if token.kind is Kind.NUMBER:
            return float(token.text)
        if token.kind is Kind.DATE:
            return parse_date(token.text)
        if token.is_word("true", "false"):
            return token.text.lower() == "true"
        if token.is_word("null"):
            return None
        raise bad_condition(
            f"'{token.text}' is not a valid literal. String literals must be in double or single quotes, "
            "DateTime literals in square brackets, numbers as digits, booleans as true or false, or null."
        )
