"""What the demo reads before it starts anything: usage, subscribers, catalog, and the books to expect."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from tidemark.catalog.v1 import catalog_api_pb2

from services.cli.demo.audit.calculation import expected_books
from services.cli.demo.audit.expected import Books, NotAuditableError
from services.cli.demo.audit.figures import CatalogUnreadableError
from services.cli.demo.audit.price_list import PriceList
from services.cli.demo.audit.price_reader import price_list_of
from services.cli.demo.audit.usage import CaptureUsage, read_usage
from services.cli.failures import CommandFailedError
from services.cli.replay.flows import Flow, UsageTableError, captures_of, read_flows
from services.cli.replay.identity import Run
from services.cli.replay.subscribers import AccountPlan, SubscriberTableError, read_accounts


@dataclass(frozen=True, slots=True)
class DemoInputs:
    """What is played, for whom, at which prices, and what must come out."""

    run: Run
    flows: tuple[Flow, ...]
    accounts: tuple[AccountPlan, ...]
    source: catalog_api_pb2.CatalogSource
    price_list: PriceList
    usage: dict[str, CaptureUsage]
    expected: Books

    def flows_of(self, account: AccountPlan) -> Sequence[Flow]:
        """Rows of the account's captures, in the order of the table."""
        return [flow for flow in self.flows if flow.capture in account.captures]

    @property
    def requests_at_least(self) -> int:
        """Requests that are certainly sent: one for an account or message, two for a session."""
        sessions = sum(1 + len(used.calls) for used in self.usage.values())
        return len(self.accounts) + 2 * sessions + sum(len(used.messages) for used in self.usage.values())


def read_inputs(run: Run, table: Path, catalog: Path, subscribers: Path) -> DemoInputs:
    """Reads and checks it all. Raises CommandFailedError with what is wrong and where."""
    try:
        flows = read_flows(table)
        accounts = read_accounts(subscribers, captures_of(flows))
        source = _source(catalog)
        price_list = price_list_of(file.content for file in source.files)
        usage = read_usage(table)
        expected = expected_books(price_list, usage, accounts, run)
    except (
        UsageTableError,
        SubscriberTableError,
        CatalogUnreadableError,
        NotAuditableError,
    ) as error:
        raise CommandFailedError(str(error)) from error
    except KeyError as error:
        raise CommandFailedError(
            f"{subscribers} and {catalog} do not fit each other: {error} is unknown"
        ) from error
    return DemoInputs(run, flows, accounts, source, price_list, usage, expected)


def _source(folder: Path) -> catalog_api_pb2.CatalogSource:
    paths = sorted(path for path in folder.glob("*") if path.suffix in (".yaml", ".yml"))
    if not paths:
        raise CommandFailedError(f"{folder} holds no .yaml file")
    try:
        files = [
            catalog_api_pb2.SourceFile(name=path.name, content=path.read_text(encoding="utf-8"))
            for path in paths
        ]
    except (OSError, UnicodeDecodeError) as error:
        raise CommandFailedError(f"{folder}: {error}") from error
    return catalog_api_pb2.CatalogSource(files=files)
