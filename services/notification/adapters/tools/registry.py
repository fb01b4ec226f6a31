"""All tools: what they are called, what they say of themselves, and what does them."""

from __future__ import annotations

import secrets
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from services.common.kernel.clock import Clock
from services.notification.adapters.tools.dressing import Tool, tool_spec
from services.notification.adapters.tools.making import acts, changes, reads
from services.notification.adapters.tools.toolbox import AnyTool, Tools
from services.notification.application.ports import CaseDesk, Directory, Inbox, PreferenceStore
from services.notification.application.tools import arguments as args
from services.notification.application.tools import results
from services.notification.application.tools.buying import BuyAddOn, ChangePlan, Counter
from services.notification.application.tools.confirming import Confirming
from services.notification.application.tools.explaining import ExplainCharge
from services.notification.application.tools.handing_over import OpenCase, TransferToHuman
from services.notification.application.tools.lines import ResumeLine, SuspendLine
from services.notification.application.tools.looking import (
    GetBalance,
    GetCustomer,
    ListBills,
    ListNotifications,
)
from services.notification.application.tools.offered import AcceptOffer, DeclineOffer, ListOffers
from services.notification.application.tools.paying import TopUp
from services.notification.application.tools.ports import (
    ChargingPeer,
    OffersPeer,
    Proposals,
    Shop,
    Suspensions,
    Words,
)
from services.notification.application.tools.spending import SetRoaming, SetSpendCap
from services.notification.application.tools.using import GetUsage
from services.notification.application.tools.wishing import SetPreferences

_TOKEN_OCTETS = 32


@dataclass(frozen=True, slots=True)
class ToolPorts:
    """What tools are built on. `not_sold`: codes of the catalog that only offers give."""

    directory: Directory
    inbox: Inbox
    preferences: PreferenceStore
    cases: CaseDesk
    charging: ChargingPeer
    offers: OffersPeer
    shop: Shop
    proposals: Proposals
    suspensions: Suspensions
    words: Words
    clock: Clock
    top_up_url: str = ""
    not_sold: frozenset[str] = frozenset()
    new_id: Callable[[], str] = lambda: secrets.token_hex(16)
    new_token: Callable[[], str] = lambda: secrets.token_urlsafe(_TOKEN_OCTETS)


def build_toolbox(ports: ToolPorts) -> Tools:
    """The ToolBox with all tools."""
    confirming = Confirming(ports.proposals, ports.words, ports.clock, ports.new_token)
    return Tools(all_tools(ports), ports.directory, ports.preferences, confirming, ports.words, ports.clock)


def all_tools(ports: ToolPorts) -> Sequence[AnyTool]:
    """In the order in which they are shown."""
    return (*_facts(ports), *_offers(ports), *_money(ports), *_contract(ports), *_people(ports))


def _facts(ports: ToolPorts) -> Sequence[AnyTool]:
    return (
        reads(
            GetCustomer(ports.shop),
            "get_customer",
            "Who the customer is",
            "Plan and add-ons, currency, time zone, whether the line is suspended. No personal data.",
            args.Arguments,
            results.CustomerResult,
        ),
        reads(
            GetBalance(ports.directory),
            "get_balance",
            "Balance and allowances",
            "Money on the account, and what is left of allowances and until when.",
            args.Arguments,
            results.BalanceResult,
        ),
        reads(
            GetUsage(ports.directory, ports.shop),
            "get_usage",
            "Usage of the last days",
            "What was used by kind (data, calls, ...), and what it cost.",
            args.UsageArguments,
            results.UsageResult,
        ),
        reads(
            ListBills(ports.directory),
            "list_bills",
            "Bills by month",
            "What was charged in each month, the running one included.",
            args.Arguments,
            results.BillsResult,
        ),
        reads(
            ExplainCharge(ports.directory, ports.charging, ports.shop, ports.words),
            "explain_charge",
            "Why a charge is what it is",
            "Explains one charge from charging's own record: price, allowances, tax, what was given back "
            "since. Without arguments the last one that cost something; with `day` or `amount` the one "
            "that is meant, with `charge_id` exactly that one.",
            args.ExplainArguments,
            results.ExplainResult,
        ),
    )


def _offers(ports: ToolPorts) -> Sequence[AnyTool]:
    return (
        Tool(
            tool_spec(
                "list_offers",
                "Offers that fit now",
                "Offers for this customer at this moment, with prices and why. Each call is a new decision.",
                args.OffersArguments,
                results.OffersResult,
            ),
            args.OffersArguments,
            results.OffersResult,
            reads=ListOffers(ports.offers),
        ),
        acts(
            AcceptOffer(ports.offers),
            "accept_offer",
            "Accept an offer",
            "Takes an offer of list_offers.",
            args.OfferArguments,
            results.BoughtResult,
        ),
        changes(
            DeclineOffer(ports.offers),
            "decline_offer",
            "Decline an offer",
            "The offer keeps quiet for a while.",
            args.DeclineArguments,
            results.DeclinedResult,
        ),
    )


def _money(ports: ToolPorts) -> Sequence[AnyTool]:
    counter = Counter(ports.shop, ports.charging, ports.not_sold)
    return (
        reads(
            TopUp(ports.top_up_url),
            "top_up",
            "Link for topping up",
            "A link to the payment page for an amount. Never ask for card data and never take it.",
            args.TopUpArguments,
            results.TopUpResult,
        ),
        acts(
            ChangePlan(counter),
            "change_plan",
            "Change the plan",
            "Another plan in place of the present one, at once.",
            args.OfferingArguments,
            results.BoughtResult,
            destructive=True,
        ),
        acts(
            BuyAddOn(counter),
            "buy_add_on",
            "Buy an add-on",
            "Something beside the plan: a pass, a booster, a bundle.",
            args.OfferingArguments,
            results.BoughtResult,
        ),
    )


def _contract(ports: ToolPorts) -> Sequence[AnyTool]:
    return (
        acts(
            SuspendLine(ports.charging, ports.suspensions),
            "suspend_line",
            "Suspend the line",
            "Nothing can be used any more until it is resumed; for a phone that was lost. Fees go on.",
            args.Arguments,
            results.LineResult,
            destructive=True,
        ),
        changes(
            ResumeLine(ports.charging, ports.suspensions),
            "resume_line",
            "Resume the line",
            "The line works again, if it was its holder who had it suspended.",
            args.Arguments,
            results.LineResult,
        ),
        acts(
            SetRoaming(ports.charging, ports.shop),
            "set_roaming",
            "Roaming on or off",
            "Off: a cap of nothing on every limit that counts usage abroad and that the customer may "
            "change; other usage abroad goes on. On: the usual caps hold again.",
            args.RoamingArguments,
            results.RoamingResult,
        ),
        acts(
            SetSpendCap(ports.charging, ports.shop),
            "set_spend_cap",
            "Limit spending",
            "Sets, lifts or resets the customer's own limit on a counter of money.",
            args.SpendCapArguments,
            results.SpendCapResult,
        ),
        changes(
            SetPreferences(ports.preferences, ports.words),
            "set_preferences",
            "Language, quiet hours, messages",
            "Changes what is named and leaves the rest. Without arguments it tells how things stand.",
            args.PreferencesArguments,
            results.PreferencesResult,
        ),
    )


def _people(ports: ToolPorts) -> Sequence[AnyTool]:
    return (
        reads(
            ListNotifications(ports.inbox),
            "list_notifications",
            "Messages of the inbox",
            "Alerts and other messages in order; read on after `next_cursor`.",
            args.NotificationsArguments,
            results.NotificationsResult,
        ),
        Tool(
            tool_spec(
                "open_case",
                "Open a case",
                "A person looks into it: a dispute, a fault, anything that no tool does.",
                args.CaseArguments,
                results.CaseResult,
            ),
            args.CaseArguments,
            results.CaseResult,
            reads=OpenCase(ports.cases, ports.new_id),
        ),
        Tool(
            tool_spec(
                "transfer_to_human",
                "Hand over to a person",
                "A person takes over, with the summary.",
                args.TransferArguments,
                results.CaseResult,
            ),
            args.TransferArguments,
            results.CaseResult,
            reads=TransferToHuman(ports.cases, ports.new_id),
        ),
    )
