"""The assistant's own words: Fluent messages beside this file, the same ones in each language.

`label-<intent>` is what a customer would say to mean an intent; said back, it means exactly that.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from fluent.runtime import FluentBundle, FluentResource

from services.notification.adapters.understanding.entities import folded

_FOLDER = Path(__file__).parent / "words"
_LABEL = "label-"


class FluentPhrases:
    """Fulfils `Phrases`. The first language is the default."""

    def __init__(self, languages: Sequence[str] = ("en", "de")) -> None:
        self._languages = tuple(languages)
        self._bundles: dict[str, FluentBundle] = {}
        self._codes: dict[str, frozenset[str]] = {}
        self._meanings: dict[str, str] = {}
        for language in self._languages:
            self._read(language)

    def codes(self, language: str) -> frozenset[str]:
        """Every message that there is in a language."""
        return self._codes[language]

    def language(self, wished: str) -> str:
        """`de-AT` is `de`; what is unknown is the default."""
        base = wished.replace("_", "-").partition("-")[0].lower()
        return base if base in self._bundles else self._languages[0]

    def say(self, code: str, language: str, **values: str) -> str:
        """A sentence. Raises KeyError for one that is not there, or that wants another value."""
        bundle = self._bundles[self.language(language)]
        message = bundle.get_message(code)
        if message.value is None:
            raise KeyError(code)
        said, errors = bundle.format_pattern(message.value, dict(values))
        if errors:
            raise KeyError(f"{language} {code}: {errors[0]}")
        return str(said)

    def label(self, intent: str, language: str) -> str:
        """A few words."""
        return self.say(_LABEL + intent.replace("_", "-"), language)

    def meaning(self, text: str) -> str:
        """The intent of a label; empty: it is none."""
        return self._meanings.get(_plain(text), "")

    def _read(self, language: str) -> None:
        source = (_FOLDER / f"{language}.ftl").read_text("utf-8")
        bundle = FluentBundle([language], use_isolating=False)
        resource = FluentResource(source)
        bundle.add_resource(resource)
        self._bundles[language] = bundle
        codes = [entry.id.name for entry in resource.body if hasattr(entry, "id")]
        self._codes[language] = frozenset(codes)
        for code in codes:
            if code.startswith(_LABEL):
                intent = code.removeprefix(_LABEL).replace("-", "_")
                self._meanings[_plain(self.say(code, language))] = intent


def _plain(text: str) -> str:
    return " ".join(folded(text).split()).rstrip(".!?")
