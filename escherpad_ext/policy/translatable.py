"""Texts for people that a page may translate: English, with the facts apart from it. Pure."""

from __future__ import annotations


class Translatable(str):
    """An English text; ``template`` and ``facts`` are what a translation is made of.

    Logs, terminals and JSON take it for the text that it is.
    """

    template: str
    facts: dict[str, object]
    #: What the template is for one, and for how many it is. A text without a number has none.
    singular: str | None = None
    number: int = 0

    def __new__(cls, template: str, **facts: object) -> Translatable:
        """Return the text. What looks like a placeholder in a fact stays as it is."""
        text = super().__new__(cls, template.format(**facts))
        text.template, text.facts = template, facts
        return text


def counted(singular: str, plural: str, number: int) -> Translatable:
    """Return a text with a ``{number}``, as English says it for so many."""
    text = Translatable(singular if number == 1 else plural, number=number)
    text.singular, text.template, text.number = singular, plural, number
    return text
