"""`tidemark catalog`: from files on disk to a published version and back."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest
from google.protobuf.timestamp_pb2 import Timestamp
from tidemark.catalog.v1 import catalog_api_pb2 as api
from tidemark.type.v1 import quantity_pb2

from services.common.kernel.outcome import Category, Reason, Refused
from tests.support.accounts import euros
from tests.support.fake_services import FakeServices
from tests.unit.cli.conftest import Tidemark

EXAMPLES = Path(__file__).parents[3] / "examples"
CATALOG = str(EXAMPLES / "catalog")


def rows(stdout: str) -> list[str]:
    return [" ".join(line.replace("│", " ").split()) for line in stdout.splitlines()]


def test_lint_passes_the_example_catalog_without_any_service(
    tidemark: Tidemark, services: FakeServices
) -> None:
    result = tidemark("catalog", "lint", CATALOG)
    assert result.exit_code == 0, result.output
    assert "no errors:" in result.stdout
    assert services.requests == []


def test_lint_names_file_line_and_rule_and_fails(tidemark: Tidemark, tmp_path: Path) -> None:
    for file in Path(CATALOG).glob("*.yaml"):
        text = file.read_text(encoding="utf-8")
        (tmp_path / file.name).write_text(re.sub(r"\bEUR\b", "EURO", text), encoding="utf-8")
    result = tidemark("catalog", "lint", str(tmp_path))
    assert result.exit_code == 1
    assert "error catalog.yaml:" in result.stdout
    assert "CURRENCY_UNKNOWN currency" in result.stdout
    assert "a catalog with errors is not published" in result.stderr
    document = json.loads(tidemark("catalog", "lint", str(tmp_path), "--json").stdout)
    assert "CURRENCY_UNKNOWN" in {finding["reason"] for finding in document["findings"]}


@pytest.mark.parametrize("command", ["lint", "diff", "publish"])
def test_a_folder_without_catalog_is_said_and_nothing_is_sent(
    tidemark: Tidemark, services: FakeServices, tmp_path: Path, command: str
) -> None:
    assert "no .yaml" in tidemark("catalog", command, str(tmp_path)).stderr
    assert "No such file" in tidemark("catalog", command, str(tmp_path / "none")).stderr
    (tmp_path / "latin.yaml").write_bytes(b"name: caf\xe9\n")
    result = tidemark("catalog", command, str(tmp_path))
    assert result.exit_code == 1
    assert "latin.yaml is not UTF-8" in result.stderr
    assert services.requests == []


def test_publish_sends_every_file_under_its_name(tidemark: Tidemark, services: FakeServices) -> None:
    answer = api.PublishCatalogResponse(
        version=4, effective_from=Timestamp(seconds=1_772_438_400), content_sha256="ab" * 32
    )
    answer.warnings.add(
        severity=api.SEVERITY_WARNING, reason="PRICE_UNREACHABLE", message="never used", file="a.yaml", line=3
    )
    services.answer("PublishCatalog", answer)
    result = tidemark(
        "catalog", "publish", CATALOG, "--actor", "pricing-desk", "--effective-from", "2026-03-02T08:00:00Z"
    )
    assert result.exit_code == 0, result.output
    (request,) = services.requests
    names = [file.name for file in request.source.files]
    assert names == sorted(file.name for file in Path(CATALOG).glob("*.yaml"))
    assert request.actor == "pricing-desk"
    assert request.effective_from.seconds == 1_772_438_400
    assert request.request_id
    assert "published as version 4, in force from 2026-03-02 08:00:00Z" in result.stdout
    assert "warning a.yaml:3 PRICE_UNREACHABLE: never used" in result.stdout


def test_publishing_the_same_again_says_so(tidemark: Tidemark, services: FakeServices) -> None:
    services.answer("PublishCatalog", api.PublishCatalogResponse(version=4, unchanged=True))
    assert "nothing new: it equals version 4" in tidemark("catalog", "publish", CATALOG).stdout


def test_a_catalog_refused_by_the_service_points_to_lint(tidemark: Tidemark, services: FakeServices) -> None:
    reason = Reason("CATALOG_HAS_ERRORS", Category.PRECONDITION)
    services.answer("PublishCatalog", Refused(reason, "the catalog has 2 errors", "source"))
    result = tidemark("catalog", "publish", CATALOG)
    assert result.exit_code == 1
    assert "`tidemark catalog lint` lists them" in result.stderr


def test_diff_shows_what_changes_and_whom_it_touches(tidemark: Tidemark, services: FakeServices) -> None:
    change = api.CatalogChange(
        kind=api.CHANGE_KIND_CHANGED,
        field="offerings.prepaid-data.prices.data",
        old_value="0.05",
        new_value="0.04",
        offering_code="prepaid-data",
        accounts=12,
        subscribers=15,
    )
    services.answer("DiffCatalog", api.DiffCatalogResponse(live_version=3, changes=[change]))
    assert "changed offerings.prepaid-data.prices.data 0.05 0.04 prepaid-data 12 15" in rows(
        tidemark("catalog", "diff", CATALOG).stdout
    )
    services.answer("DiffCatalog", api.DiffCatalogResponse(live_version=3))
    assert "no change against version 3" in tidemark("catalog", "diff", CATALOG).stdout


SIMULATED = api.SimulateCatalogResponse(
    live_version=3,
    rating_groups=[
        api.SimulatedRatingGroup(
            rating_group=101,
            code="web",
            used=quantity_pb2.Quantity(unit="octets", amount=2_600_000),
            old_amount=euros(13_000_000),
            new_amount=euros(10_400_000),
            new_unrated=1,
        )
    ],
    old_total=euros(13_000_000),
    new_total=euros(10_400_000),
)


def test_simulate_prices_a_plain_list_of_usage(
    tidemark: Tidemark, services: FakeServices, tmp_path: Path
) -> None:
    usage = tmp_path / "usage.csv"
    usage.write_text(
        "key,rating_group,units,used_at,serving_plmn\n"
        "anna,101,1500000,2026-03-02T08:00:00Z,\n"
        "anna,101,1100000,2026-03-02T09:00:00+01:00,20801\n"
    )
    services.answer("SimulateCatalog", SIMULATED)
    result = tidemark("catalog", "simulate", CATALOG, str(usage), "--offering", "prepaid-data")
    assert result.exit_code == 0, result.output
    (request,) = services.requests
    first, second = request.usage
    assert (first.key, first.rating_group, first.units, first.serving_plmn) == ("anna", 101, 1_500_000, "")
    assert second.serving_plmn == "20801"
    assert first.used_at == second.used_at
    assert list(request.offering_codes) == ["prepaid-data"]
    assert "101 web 2.60 MB 0.13 EUR 0.104 EUR 1" in rows(result.stdout)
    assert "total 0.13 EUR 0.104 EUR" in rows(result.stdout)


def test_simulate_reads_where_and_for_whom_usage_happens(
    tidemark: Tidemark, services: FakeServices, tmp_path: Path
) -> None:
    usage = tmp_path / "usage.csv"
    usage.write_text(
        "key,rating_group,units,used_at,called,cell,sst,sd,load_percent,at_a_time\n"
        "anna,500,3,2026-03-02T08:00:00Z,4930123,26201-0000a1b20,2,0000a1,0,1\n"
        "anna,500,3,2026-03-02T08:00:00Z,,,,,,\n"
    )
    services.answer("SimulateCatalog", SIMULATED)
    result = tidemark(
        *("catalog", "simulate", CATALOG, str(usage), "--offering", "frontier"),
        *("--currency", "CHF", "--segment", "youth", "--customer-value", "7"),
    )
    assert result.exit_code == 0, result.output
    (request,) = services.requests
    assert (request.currency_code, request.segment, request.customer_value) == ("CHF", "youth", 7)
    said, silent = request.usage
    assert (said.called, said.cell, said.sst, said.sd) == ("4930123", "26201-0000a1b20", 2, "0000a1")
    assert (said.HasField("load_percent"), said.load_percent, said.at_a_time) == (True, 0, True)
    assert not (silent.HasField("load_percent") or silent.HasField("sst") or silent.at_a_time)


def test_simulate_names_the_column_that_is_no_number(tidemark: Tidemark, tmp_path: Path) -> None:
    usage = tmp_path / "usage.csv"
    usage.write_text("key,rating_group,units,used_at,load_percent\nanna,1,3,2026-03-02T08:00:00Z,101\n")
    result = tidemark("catalog", "simulate", CATALOG, str(usage), "--offering", "frontier")
    assert result.exit_code != 0
    assert "load_percent is '101'" in result.output


def test_simulate_reads_a_table_of_flows_by_the_names_of_its_categories(
    tidemark: Tidemark, services: FakeServices, tmp_path: Path
) -> None:
    usage = tmp_path / "flows.csv"
    usage.write_text(
        "capture,start_ms,end_ms,application,category,uplink_octets,downlink_octets,packets\n"
        "one,0,1500,HTTP,Web,100,900,4\n"
        "one,2000,62001,SIP,VoIP,10,20,4\n"
        "one,3000,3000,WhatsApp,Chat,1,2,4\n"
    )
    services.answer("SimulateCatalog", SIMULATED)
    result = tidemark(
        *("catalog", "simulate", CATALOG, str(usage), "--offering", "prepaid-data"),
        *("--start-at", "2026-03-02T08:00:00Z"),
    )
    assert result.exit_code == 0, result.output
    lines = [(line.rating_group, line.units, line.used_at.seconds) for line in services.requests[0].usage]
    start = 1_772_438_400
    assert lines == [
        (101, 1_000, start),
        (105, 30, start + 2),
        (200, 61, start + 2),
        (103, 3, start + 3),
        (300, 1, start + 3),
    ]


@pytest.mark.parametrize(
    ("content", "fault"),
    [
        ("", "no column key"),
        ("key,units\n", "no column rating_group, used_at"),
        ("key,rating_group,units,used_at\nanna,web,1,2026-03-02T08:00:00Z\n", "line 2: rating_group"),
        ("key,rating_group,units,used_at\nanna,101,-1,2026-03-02T08:00:00Z\n", "line 2: units"),
        ("key,rating_group,units,used_at\nanna,101,1,monday\n", "line 2: used_at"),
        ("key,rating_group,units,used_at\n,101,1,2026-03-02T08:00:00Z\n", "line 2: key is empty"),
        ("key,rating_group,units,used_at\nanna,101\n", "line 2: "),
    ],
)
def test_a_malformed_usage_file_names_line_and_column(
    tidemark: Tidemark, services: FakeServices, tmp_path: Path, content: str, fault: str
) -> None:
    usage = tmp_path / "usage.csv"
    usage.write_text(content)
    result = tidemark("catalog", "simulate", CATALOG, str(usage), "--offering", "prepaid-data")
    assert result.exit_code == 1
    assert fault in result.stderr
    assert result.stderr.count("\n") == 1
    assert services.requests == []


def test_export_gives_the_bytes_as_they_are(
    tidemark: Tidemark, services: FakeServices, tmp_path: Path
) -> None:
    content = "# café\nname: [x]\nprice: '0.05'"
    answer = api.ExportCatalogResponse(version=2, file=api.SourceFile(name="c.yaml", content=content))
    services.answer("ExportCatalog", answer)
    assert tidemark("catalog", "export", "--version", "2").stdout == content
    target = tmp_path / "live.yaml"
    assert tidemark("catalog", "export", "-o", str(target)).exit_code == 0
    assert target.read_bytes() == content.encode()
    assert json.loads(tidemark("catalog", "export", "--json").stdout)["file"]["content"] == content
    assert [request.version for request in services.requests] == [2, 0, 0]
    away = tidemark("catalog", "export", "-o", str(tmp_path / "none" / "live.yaml"))
    assert away.exit_code == 1
    assert "can't be written" in away.stderr


def test_list_shows_versions_or_how_to_publish_one(tidemark: Tidemark, services: FakeServices) -> None:
    version = api.CatalogVersion(
        version=1,
        catalog_code="tidemark-mobile",
        effective_from=Timestamp(seconds=1_772_438_400),
        published_by="pricing-desk",
        content_sha256="0123456789abcdef",
    )
    services.answer("ListCatalogVersions", api.ListCatalogVersionsResponse(versions=[version]))
    listed = rows(tidemark("catalog", "list").stdout)
    assert "1 tidemark-mobile 2026-03-02 08:00:00Z pricing-desk 0123456789ab" in listed
    services.answer("ListCatalogVersions", api.ListCatalogVersionsResponse())
    assert "tidemark catalog publish" in tidemark("catalog", "list").stdout
