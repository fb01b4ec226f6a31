"""What the customer wishes: language, quiet hours, what is wanted where, consent."""

from __future__ import annotations

from dataclasses import replace

from services.common.kernel.clock import iso
from services.common.kernel.outcome import RefusedError
from services.notification.application.ports import PreferenceStore
from services.notification.application.tools.arguments import PreferencesArguments, WishArgument
from services.notification.application.tools.ports import Words
from services.notification.application.tools.reading import read_minute, show_minute
from services.notification.application.tools.results import PreferencesResult, WishLine
from services.notification.application.tools.wording import Asking, Done, Refusal, Sentence, refuse, say
from services.notification.domain.notifications import Category, Channel
from services.notification.domain.preferences import Preferences, Wish


class SetPreferences:
    """Changes what is named and leaves the rest."""

    def __init__(self, store: PreferenceStore, words: Words) -> None:
        self._store = store
        self._words = words

    async def __call__(self, who: Asking, args: PreferencesArguments) -> Done[PreferencesResult] | Refusal:
        """Without arguments it only says how things stand."""
        before = await self._store.get(who.subscriber_id)
        try:
            wanted = _changed(before, args, who)
        except ValueError:
            return refuse("PREFERENCES_INVALID")
        try:
            stands = before if wanted == before else await self._store.put(who.subscriber_id, wanted)
        except RefusedError:
            return refuse("PREFERENCES_INVALID")
        # Whoever asks for another language hears it at once.
        language = self._words.language(stands.language) if args.language else who.language
        said = [say("preferences-kept" if wanted == before else "preferences-set"), *_stand(stands)]
        return Done(_result(stands), (Sentence("as-it-is", {"text": self._words.say(said, language)}),))


def _changed(before: Preferences, args: PreferencesArguments, who: Asking) -> Preferences:
    after = before
    if args.language:
        after = replace(after, language=args.language)
    if bool(args.quiet_from) is not bool(args.quiet_until):
        raise ValueError("quiet hours have a beginning and an end")
    if args.quiet_from:
        after = replace(
            after,
            quiet_from_minute=read_minute(args.quiet_from),
            quiet_until_minute=read_minute(args.quiet_until),
        )
    if args.marketing and (args.marketing == "yes") is not before.marketing_consent:
        evidence = f"said {args.marketing} to the assistant at {iso(who.now)}"
        consents = args.marketing == "yes"
        after = replace(after, marketing_consent=consents, consent_evidence=evidence, consented_at=who.now)
    for wish in args.wishes:
        after = replace(after, wishes=_with(after.wishes, _wish(wish)))
    return after


def _wish(said: WishArgument) -> Wish:
    channel = Channel(said.channel) if said.channel else None
    return Wish(Category(said.category), said.wanted, said.alert_code, channel)


def _with(wishes: tuple[Wish, ...], new: Wish) -> tuple[Wish, ...]:
    """The new one in place of one about the same."""
    about = (new.category, new.alert_code, new.channel)
    others = tuple(wish for wish in wishes if (wish.category, wish.alert_code, wish.channel) != about)
    return (*others, new)


def _stand(preferences: Preferences) -> list[Sentence]:
    said = [say("quiet-hours-none")]
    if preferences.quiet_from_minute != preferences.quiet_until_minute:
        said = [
            say(
                "quiet-hours",
                begin=show_minute(preferences.quiet_from_minute),
                end=show_minute(preferences.quiet_until_minute),
            )
        ]
    said.append(say("marketing-yes" if preferences.marketing_consent else "marketing-no"))
    return said


def _result(preferences: Preferences) -> PreferencesResult:
    return PreferencesResult(
        preferences.language,
        preferences.time_zone,
        show_minute(preferences.quiet_from_minute),
        show_minute(preferences.quiet_until_minute),
        preferences.marketing_consent,
        [
            WishLine(
                wish.category.value,
                wish.alert_code,
                wish.channel.value if wish.channel else "",
                wish.wanted,
            )
            for wish in preferences.wishes
        ],
    )
