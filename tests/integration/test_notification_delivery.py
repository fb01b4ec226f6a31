"""Stories of delivering: once per cause, held, dropped, limited, gathered, handed on; on both databases."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from services.common.kernel.clock import DAY, HOUR, MINUTE, SECOND, Instant, instant
from services.notification.domain.channels import Gone, Rejected, Sent, TryLater
from services.notification.domain.customers import Present
from services.notification.domain.notifications import AlertSeverity, Category, Channel
from services.notification.domain.preferences import Preferences, Wish
from services.notification.domain.rules import RateLimit
from tests.support.notification_delivery import (
    ANNA,
    PARTNER,
    alert_rules,
    balance_low,
    draft,
    euros,
    topped_up,
)
from tests.support.notification_delivery_world import Recorded, delivery_world
from tests.support.postgres import new_postgres_database

HOOK, SMS, EMAIL = Channel.WEBHOOK, Channel.SMS, Channel.EMAIL
HOOK_URL, PHONE, MAIL = "https://hooks.example.com/a", "+491701234567", "anna@example.com"
NIGHT = instant(datetime(2026, 11, 25, 22, 30, tzinfo=UTC))
MORNING = instant(datetime(2026, 11, 26, 6, tzinfo=UTC))
"""23:30 and 07:00 in Berlin."""
QUIET = (22 * 60, 7 * 60)


@pytest.fixture(params=["sqlite", "postgresql"])
def url(request: pytest.FixtureRequest) -> str:
    """An empty database of each kind."""
    return "sqlite://" if request.param == "sqlite" else new_postgres_database()


@pytest.fixture
def sqlite() -> str:
    """Where the kind of database makes no difference."""
    return "sqlite://"


async def test_what_fails_is_tried_again_and_everything_arrives_in_order(url: str) -> None:
    hook = Recorded(TryLater("down"), TryLater("down"))
    async with delivery_world(url, {HOOK: hook}) as world:
        await world.endpoints.register(ANNA, HOOK, HOOK_URL)
        ids = await world.tell(*(draft(topped_up(f"c-{number}"), HOOK) for number in range(5)))
        await world.turn_until_over(5, 10 * SECOND)
        assert hook.ids == [ids[0], ids[0], *ids]
        assert await world.states() == {"delivered": 5}
        attempts = await world.attempts()
        assert [(one.number, one.outcome) for one in attempts[:3]] == [
            (1, "later"),
            (2, "later"),
            (3, "delivered"),
        ]
        newest = (await world.shown())[0]
        assert (newest.notification_id, newest.attempts, newest.due_at) == (ids[4], 1, None)


async def test_later_causes_do_not_overtake_while_the_first_waits_for_its_next_attempt(sqlite: str) -> None:
    hook = Recorded(TryLater("busy", after_seconds=600))
    async with delivery_world(sqlite, {HOOK: hook}) as world:
        await world.endpoints.register(ANNA, HOOK, HOOK_URL)
        (first,) = await world.tell(draft(topped_up("c-1"), HOOK))
        await world.at_rest()
        (second,) = await world.tell(draft(topped_up("c-2"), HOOK))
        world.alarm.turn(599 * SECOND)
        await world.at_rest()
        assert hook.ids == [first]
        world.alarm.turn(1 * SECOND)
        await world.over(2)
        assert hook.ids == [first, first, second]


async def test_what_is_urgent_overtakes(sqlite: str) -> None:
    hook = Recorded(TryLater("busy", after_seconds=600))
    async with delivery_world(sqlite, {HOOK: hook}) as world:
        await world.endpoints.register(ANNA, HOOK, HOOK_URL)
        (first,) = await world.tell(draft(topped_up("c-1"), HOOK))
        await world.at_rest()
        (urgent,) = await world.tell(draft(topped_up("c-2"), HOOK, severity=AlertSeverity.CRITICAL))
        await world.over(1)
        assert hook.ids == [first, urgent]


async def test_the_chain_goes_on_where_a_channel_fails_or_has_no_endpoint(url: str) -> None:
    push, sms = Recorded(TryLater("down"), TryLater("down"), TryLater("down")), Recorded()
    async with delivery_world(url, {HOOK: push, SMS: sms, EMAIL: Recorded()}) as world:
        await world.endpoints.register(ANNA, HOOK, HOOK_URL)
        await world.endpoints.register(ANNA, SMS, PHONE)
        (told,) = await world.tell(draft(topped_up("c-1"), EMAIL, HOOK, EMAIL, SMS))
        await world.turn_until_over(2, 5 * SECOND)
        assert push.ids == [told] * 3
        assert sms.ids == [told]
        assert await world.states() == {"failed GIVEN_UP": 1, "delivered": 1}


async def test_two_endpoints_of_a_channel_the_chain_goes_on_only_when_neither_has_it(sqlite: str) -> None:
    hook, sms = Recorded(Rejected("no"), Sent(), Rejected("no"), Rejected("no")), Recorded()
    async with delivery_world(sqlite, {HOOK: hook, SMS: sms}) as world:
        for address in (HOOK_URL, f"{HOOK_URL}/second"):
            await world.endpoints.register(ANNA, HOOK, address)
        await world.endpoints.register(ANNA, SMS, PHONE)
        await world.tell(draft(topped_up("c-1"), HOOK, SMS))
        await world.over(2)
        await world.at_rest()
        assert sms.got == []
        (second,) = await world.tell(draft(topped_up("c-2"), HOOK, SMS))
        await world.over(5)
        assert sms.ids == [second]


async def test_everywhere_means_every_channel(sqlite: str) -> None:
    hook, sms = Recorded(Rejected("no")), Recorded()
    async with delivery_world(sqlite, {HOOK: hook, SMS: sms}) as world:
        await world.endpoints.register(ANNA, HOOK, HOOK_URL)
        await world.endpoints.register(ANNA, SMS, PHONE)
        await world.tell(draft(topped_up("c-1"), HOOK, EMAIL, SMS, everywhere=True))
        await world.over(2)
        await world.at_rest()
        assert (len(hook.got), len(sms.got)) == (1, 1)


async def test_a_dead_endpoint_is_removed_and_the_next_channel_takes_over(url: str) -> None:
    hook, sms = Recorded(Gone("HTTP 410")), Recorded()
    async with delivery_world(url, {HOOK: hook, SMS: sms}) as world:
        registered = await world.endpoints.register(ANNA, HOOK, HOOK_URL)
        await world.endpoints.register(ANNA, SMS, PHONE)
        ids = await world.tell(*(draft(topped_up(f"c-{number}"), HOOK, SMS) for number in range(3)))
        await world.over(6)
        assert len(hook.got) == 1
        assert sms.ids == ids
        assert await world.states() == {
            "failed ENDPOINT_GONE": 1,
            "failed ENDPOINT_REMOVED": 2,
            "delivered": 3,
        }
        endpoint = await world.endpoints.get(registered.endpoint.endpoint_id)
        assert endpoint is not None
        assert endpoint.removed_at == world.alarm.now()
        await world.tell(draft(topped_up("c-9"), HOOK, SMS))
        await world.over(7)
        assert (len(hook.got), len(sms.got)) == (1, 4)


async def test_the_night_holds_and_a_top_up_makes_balance_low_untold(url: str) -> None:
    sms = Recorded()
    async with delivery_world(url, {SMS: sms}, alert_rules(quiet=QUIET)) as world:
        await world.endpoints.register(ANNA, SMS, PHONE)
        world.alarm.turn_to(NIGHT)
        world.directory.now = Present(money=euros(150))
        await world.tell(draft(balance_low("c-1"), SMS), draft(topped_up("c-2"), SMS))
        await world.at_rest()
        assert await world.states() == {"held QUIET_HOURS": 2}
        assert {one.due_at for one in await world.shown()} == {MORNING}
        world.directory.now = Present(money=euros(1500))
        world.alarm.turn_to(Instant(MORNING - 1))
        await world.at_rest()
        assert sms.got == []
        world.alarm.turn_to(MORNING)
        await world.over(2)
        assert await world.states() == {"dropped NOT_TRUE_ANY_MORE": 1, "delivered": 1}


async def test_what_failed_in_the_evening_is_not_tried_again_at_night(sqlite: str) -> None:
    sms = Recorded(TryLater("busy", after_seconds=3_600))
    async with delivery_world(sqlite, {SMS: sms}, alert_rules(quiet=QUIET)) as world:
        await world.endpoints.register(ANNA, SMS, PHONE)
        world.alarm.turn_to(Instant(NIGHT - 2 * HOUR))
        ids = await world.tell(draft(topped_up("c-1"), SMS))
        await world.at_rest()
        world.alarm.turn_to(NIGHT)
        await world.at_rest()
        assert await world.states() == {"held QUIET_HOURS": 1}
        world.alarm.turn_to(MORNING)
        await world.over(1)
        assert sms.ids == ids * 2


async def test_the_night_holds_nothing_that_is_critical_or_must_be_told(sqlite: str) -> None:
    sms = Recorded()
    rules = alert_rules((RateLimit("subscriber", 1, 60),), QUIET, not_held=["case-answered"])
    async with delivery_world(sqlite, {SMS: sms}, rules) as world:
        await world.endpoints.register(ANNA, SMS, PHONE)
        world.alarm.turn_to(NIGHT)
        await world.tell(
            draft(topped_up("c-1"), SMS, severity=AlertSeverity.CRITICAL, digest_minutes=60),
            draft(topped_up("c-2"), SMS, category=Category.REGULATORY),
            draft(topped_up("c-3"), SMS, alert_code="case-answered"),
        )
        await world.over(3)
        assert await world.states() == {"delivered": 3}


async def test_a_preference_for_quiet_hours_replaces_that_of_the_rules(sqlite: str) -> None:
    sms = Recorded()
    async with delivery_world(sqlite, {SMS: sms}, alert_rules(quiet=QUIET)) as world:
        await world.endpoints.register(ANNA, SMS, PHONE)
        await world.preferences.put("s-anna", Preferences(language="de"))
        world.alarm.turn_to(NIGHT)
        await world.tell(draft(topped_up("c-1"), SMS))
        await world.over(1)
        # Noon in Auckland is midnight in Berlin.
        await world.preferences.put(
            "s-anna",
            Preferences(time_zone="Pacific/Auckland", quiet_from_minute=11 * 60, quiet_until_minute=13 * 60),
        )
        await world.tell(draft(topped_up("c-2"), SMS))
        await world.at_rest()
        assert await world.states() == {"delivered": 1, "held QUIET_HOURS": 1}
        assert (await world.shown())[0].due_at == instant(datetime(2026, 11, 26, 0, tzinfo=UTC))


async def test_what_is_not_wanted_goes_to_the_next_channel_and_marketing_needs_consent(sqlite: str) -> None:
    hook, sms = Recorded(), Recorded()
    async with delivery_world(sqlite, {HOOK: hook, SMS: sms}) as world:
        await world.endpoints.register(ANNA, HOOK, HOOK_URL)
        await world.endpoints.register(ANNA, SMS, PHONE)
        await world.preferences.put(
            "s-anna", Preferences(wishes=(Wish(Category.SERVICE, False, channel=HOOK),))
        )
        await world.tell(draft(topped_up("c-1"), HOOK, SMS))
        await world.tell(draft(topped_up("c-2"), HOOK, SMS, category=Category.MARKETING))
        await world.over(3)
        assert await world.states() == {"dropped NOT_WANTED": 1, "delivered": 1, "dropped NO_CONSENT": 1}
        assert (len(hook.got), len(sms.got)) == (0, 1)


async def test_of_several_with_a_collapse_key_only_the_newest_is_told(sqlite: str) -> None:
    hook = Recorded(TryLater("down"))
    async with delivery_world(sqlite, {HOOK: hook}) as world:
        await world.endpoints.register(ANNA, HOOK, HOOK_URL)
        await world.tell(draft(topped_up("c-0"), HOOK))
        await world.at_rest()
        ids = await world.tell(
            *(draft(topped_up(f"c-{number}"), HOOK, collapse_key="low/b-1") for number in range(1, 5))
        )
        await world.turn_until_over(5, 10 * SECOND)
        assert hook.ids[2:] == ids[-1:]
        assert await world.states() == {"delivered": 2, "dropped SUPERSEDED": 3}


async def test_a_digest_is_one_message_without_what_is_over(url: str) -> None:
    hook = Recorded(TryLater("down"))
    async with delivery_world(url, {HOOK: hook}) as world:
        await world.endpoints.register(ANNA, HOOK, HOOK_URL)
        world.directory.now = Present(money=euros(5000))
        kinds = (topped_up("c-1"), balance_low("c-2"), topped_up("c-3"))
        ids = await world.tell(*(draft(fact, HOOK, digest_minutes=60) for fact in kinds))
        world.alarm.turn(30 * MINUTE)
        ids += await world.tell(draft(topped_up("c-4"), HOOK, digest_minutes=60))
        await world.at_rest()
        assert hook.got == []
        world.alarm.turn(30 * MINUTE)
        await world.turn_until_over(4, 10 * SECOND)
        (_, first), (_, second) = hook.got
        assert first == second, "the same message at every attempt"
        assert first.data["notification_ids"].split(",") == [ids[0], ids[2], ids[3]]
        assert first.title == "Title c-1 (+2)"
        assert await world.states() == {"delivered": 3, "dropped NOT_TRUE_ANY_MORE": 1}


async def test_a_digest_of_one_is_a_plain_message(sqlite: str) -> None:
    hook = Recorded()
    async with delivery_world(sqlite, {HOOK: hook}) as world:
        await world.endpoints.register(ANNA, HOOK, HOOK_URL)
        ids = await world.tell(draft(topped_up("c-1"), HOOK, digest_minutes=60))
        await world.turn_until_over(1, 60 * MINUTE)
        assert hook.ids == ids


async def test_a_digest_that_fails_is_handed_on_message_by_message(sqlite: str) -> None:
    hook, sms = Recorded(Rejected("no")), Recorded()
    async with delivery_world(sqlite, {HOOK: hook, SMS: sms}) as world:
        await world.endpoints.register(ANNA, HOOK, HOOK_URL)
        await world.endpoints.register(ANNA, SMS, PHONE)
        ids = await world.tell(
            *(draft(topped_up(f"c-{number}"), HOOK, SMS, digest_minutes=10) for number in range(3))
        )
        await world.turn_until_over(6, 10 * MINUTE)
        assert [len(one.data["notification_ids"].split(",")) for _, one in hook.got] == [3]
        assert sms.got[0][1].data["notification_ids"].split(",") == ids


@pytest.mark.parametrize(
    ("scope", "kind"),
    [("subscriber", "sqlite"), ("channel", "sqlite"), ("tenant", "sqlite"), ("subscriber", "postgresql")],
)
async def test_caps_hold_across_a_restart_and_nothing_is_lost(scope: str, kind: str) -> None:
    url = "sqlite://" if kind == "sqlite" else new_postgres_database()
    sms = Recorded()
    rules = alert_rules((RateLimit(scope, 3, 60),))
    async with delivery_world(url, {SMS: sms}, rules) as world:
        sent_at: list[Instant] = []
        await world.endpoints.register(ANNA, SMS, PHONE)
        ids = await world.tell(*(draft(topped_up(f"c-{number}"), SMS) for number in range(8)))
        for step in range(40):
            await world.at_rest()
            sent_at += [world.alarm.now()] * (len(sms.got) - len(sent_at))
            if step % 3 == 1:
                await world.stop()
                world.start()
            world.alarm.turn(7 * MINUTE)
        assert sms.ids == ids
        assert all(sent_at[place + 3] - sent_at[place] >= HOUR for place in range(5))


async def test_what_was_held_by_a_cap_is_looked_at_again(sqlite: str) -> None:
    sms = Recorded()
    async with delivery_world(
        sqlite, {SMS: sms}, alert_rules((RateLimit("subscriber", 1, 60, SMS),))
    ) as world:
        await world.endpoints.register(ANNA, SMS, PHONE)
        world.directory.now = Present(money=euros(150))
        await world.tell(draft(topped_up("c-1"), SMS), draft(balance_low("c-2"), SMS))
        await world.at_rest()
        assert await world.states() == {"delivered": 1, "held RATE_LIMITED": 1}
        world.directory.now = Present(money=euros(1500))
        world.alarm.turn(HOUR)
        await world.over(2)
        assert await world.states() == {"delivered": 1, "dropped NOT_TRUE_ANY_MORE": 1}


async def test_a_failed_attempt_uses_no_place_unless_it_is_in_doubt(sqlite: str) -> None:
    sms = Recorded(TryLater("refused"), TryLater("answer lost", in_doubt=True))
    async with delivery_world(sqlite, {SMS: sms}, alert_rules((RateLimit("subscriber", 2, 600),))) as world:
        await world.endpoints.register(ANNA, SMS, PHONE)
        ids = await world.tell(draft(topped_up("c-1"), SMS), draft(topped_up("c-2"), SMS))
        for _ in range(20):
            await world.at_rest()
            world.alarm.turn(20 * SECOND)
        # The refused one and the one in doubt, then the success: two places are used, the second waits.
        assert sms.ids == [ids[0]] * 3
        assert (await world.states())["held RATE_LIMITED"] == 1


async def test_what_waits_too_long_expires(sqlite: str) -> None:
    hook = Recorded()
    async with delivery_world(sqlite, {HOOK: hook}) as world:
        await world.endpoints.register(ANNA, HOOK, HOOK_URL)
        await world.stop()
        await world.tell(draft(topped_up("c-1"), HOOK))
        world.alarm.turn(7 * DAY)
        world.start()
        await world.over(1)
        assert await world.states() == {"dropped EXPIRED": 1}


async def test_an_endpoint_that_was_removed_gets_nothing_that_waits(sqlite: str) -> None:
    hook = Recorded(TryLater("busy", after_seconds=60))
    async with delivery_world(sqlite, {HOOK: hook}) as world:
        registered = await world.endpoints.register(PARTNER, HOOK, HOOK_URL)
        await world.tell(draft(topped_up("c-1", PARTNER), HOOK))
        await world.at_rest()
        await world.endpoints.remove(registered.endpoint.endpoint_id)
        world.alarm.turn(MINUTE)
        await world.over(1)
        assert len(hook.got) == 1
        assert await world.states() == {"failed ENDPOINT_REMOVED": 1}


async def test_old_deliveries_are_deleted_with_all_that_belongs_to_them(url: str) -> None:
    async with delivery_world(url, {HOOK: Recorded()}) as world:
        registered = await world.endpoints.register(ANNA, HOOK, HOOK_URL)
        await world.tell(draft(topped_up("c-1"), HOOK))
        await world.over(1)
        await world.endpoints.remove(registered.endpoint.endpoint_id)
        world.alarm.turn(31 * DAY)
        before = Instant(world.alarm.now() - 30 * DAY)
        assert await world.deliveries.prune(before, 100) == 1
        assert await world.deliveries.prune(before, 100) == 0
        assert (await world.rows(), await world.attempts()) == ([], [])
        assert await world.endpoints.of(ANNA) == []


async def test_a_restart_forgets_nothing(sqlite: str) -> None:
    hook = Recorded(*[TryLater("down")] * 5)
    async with delivery_world(sqlite, {HOOK: hook}) as world:
        await world.endpoints.register(ANNA, HOOK, HOOK_URL)
        ids = await world.tell(*(draft(topped_up(f"c-{number}"), HOOK) for number in range(10)))
        for _ in range(6):
            await world.at_rest()
            await world.stop()
            world.start()
            world.alarm.turn(MINUTE)
        await world.turn_until_over(10, MINUTE)
        assert list(dict.fromkeys(hook.ids)) == ids
        assert await world.states() == {"delivered": 10}
