"""`tidemark records`: what is exported, what is refused, and what verification says."""

from __future__ import annotations

import json
from pathlib import Path

from tidemark.charging.v1 import journal_api_pb2 as api

from services.common.runtime.following import FollowedRecord
from tests.support.charged_journal import journal_of
from tests.support.fake_services import FakeServices
from tests.unit.cli.conftest import Tidemark


def response(record: FollowedRecord) -> api.ReadJournalResponse:
    return api.ReadJournalResponse(
        partition=record.partition, sequence=record.sequence, hash=record.hash, payload=record.payload
    )


def serve(services: FakeServices, count: int, after: int = 0) -> None:
    services.answer("ReadJournal", [response(record) for record in journal_of(count)[after:]])


def test_records_are_exported_and_verified(
    tidemark: Tidemark, services: FakeServices, tmp_path: Path
) -> None:
    serve(services, 7)
    out = str(tmp_path / "records")
    done = tidemark("records", "export", "--out", out, "--json")
    assert json.loads(done.stdout) == {
        "partition": 0,
        "records": "7",
        "rows": "24",
        "last_sequence": "7",
        "files": 1,
    }
    serve(services, 9, after=7)
    again = tidemark("records", "export", "--out", out)
    assert "exported up to record 9, in 2 files" in again.stdout
    assert services.requests[-1].after_sequence == 7
    verified = tidemark("records", "verify", out)
    assert verified.exit_code == 0
    assert "records 1 to 9 of the journal, 2 files, 32 rows, no gap" in " ".join(verified.stdout.split())


def test_records_are_compared_with_the_journal(
    tidemark: Tidemark, services: FakeServices, tmp_path: Path
) -> None:
    serve(services, 9)
    out = str(tmp_path)
    tidemark("records", "export", "--out", out, "--format", "parquet")
    assert "as the journal has them" in tidemark("records", "verify", out, "--against-journal").stdout
    serve(services, 8)
    differs = tidemark("records", "verify", out, "--against-journal", "--json")
    assert differs.exit_code == 1
    assert "the journal has no record 9" in differs.stderr
    assert json.loads(differs.stdout)["intact"] is False


def test_a_changed_file_is_named(tidemark: Tidemark, services: FakeServices, tmp_path: Path) -> None:
    serve(services, 3)
    tidemark("records", "export", "--out", str(tmp_path))
    (file,) = tmp_path.glob("partition-0/*.csv")
    file.write_text("")
    result = tidemark("records", "verify", str(tmp_path))
    assert result.exit_code == 1
    assert file.name in result.stderr
    assert "export anew into another folder" in result.stderr


def test_refusals_say_what_to_do(tidemark: Tidemark, services: FakeServices, tmp_path: Path) -> None:
    out = str(tmp_path)
    nothing = tidemark("records", "verify", out)
    assert "nothing is exported" in nothing.stderr
    serve(services, 3)
    tidemark("records", "export", "--out", out)
    assert "holds csv files" in tidemark("records", "export", "--out", out, "--format", "parquet").stderr
    assert (
        "must look like nats://" in tidemark("records", "export", "--out", out, "--nats", "somewhere").stderr
    )
    away = tidemark("records", "export", "--out", out, "--charging", "127.0.0.1:1")
    assert away.exit_code == 1
    assert "start charging, or say where it is" in away.stderr


def test_another_journal_is_not_mixed_in(tidemark: Tidemark, services: FakeServices, tmp_path: Path) -> None:
    serve(services, 3)
    tidemark("records", "export", "--out", str(tmp_path))
    services.answer("ReadJournal", [response(record) for record in journal_of(5, epoch=9)[3:]])
    other = tidemark("records", "export", "--out", str(tmp_path))
    assert other.exit_code == 1
    assert "record 4 does not follow record 3" in other.stderr
