"""A partner's own CSV: which column is which, and its rows as entries or as what cannot be read."""

from __future__ import annotations

import csv
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from services.common.kernel.money import currency, parse_money
from services.partner_settlement.domain.reconciliation import Entry

COMMON_NAMES: Mapping[str, tuple[str, ...]] = {
    "record_id": ("record_id", "record", "charge_id", "transaction_id", "event_id", "reference", "ref", "id"),
    "amount": ("amount", "gross", "gross_amount", "revenue", "price", "value", "total"),
    "currency": ("currency", "currency_code", "iso_currency", "ccy"),
    "quantity": ("quantity", "units", "volume", "qty", "used_units"),
    "product": ("product", "product_code", "offering", "offering_code", "item", "sku"),
}
"""What partners call it; the first name that a file has counts."""
_NEEDED = ("record_id", "amount")
_DELIMITERS = ",;\t|"
_DECIMAL_COMMA = re.compile(r"-?(?:[0-9]+|[0-9]{1,3}(?:\.[0-9]{3})+)(?:,[0-9]+)?")


class PartnerFileError(Exception):
    """The file as a whole cannot be used. The message says why and what to do."""


@dataclass(frozen=True, slots=True)
class Unreadable:
    """A row that is no record: where it begins, and why."""

    line: int
    why: str


@dataclass(frozen=True, slots=True)
class FileForm:
    """How a file is written. `columns`: what is called otherwise; `currency_code` '': a column says it."""

    columns: Mapping[str, str]
    currency_code: str = ""
    decimal_comma: bool = False
    encoding: str = "utf-8-sig"


def read_partner_file(path: Path, form: FileForm) -> Iterator[Entry | Unreadable]:
    """Every row. Raises PartnerFileError where columns or the encoding are not to be had."""
    try:
        # What is not of the encoding is told of its row, not of the file.
        with path.open(encoding=form.encoding, errors="surrogateescape", newline="") as file:
            header = file.readline()
            delimiter = _delimiter(header)
            names = next(csv.reader([header], delimiter=delimiter), [])
            places = _places(names, form)
            reader = csv.reader(file, delimiter=delimiter, strict=True)
            for line, fields in _rows(reader):
                yield fields if isinstance(fields, Unreadable) else _entry(fields, line, names, places, form)
    except LookupError as error:
        raise PartnerFileError(f"there is no encoding {form.encoding}") from error


def _rows(reader: Iterator[list[str]]) -> Iterator[tuple[int, list[str] | Unreadable]]:
    """Rows that are not empty, with the line at which each begins. The header is line 1."""
    while True:
        line = reader.line_num + 2  # type: ignore[attr-defined]
        try:
            fields = next(reader, None)
        except csv.Error as error:
            yield line, Unreadable(line, f"not CSV: {error}")
            continue
        if fields is None:
            return
        if any(field.strip() for field in fields):
            yield line, fields


def _delimiter(header: str) -> str:
    """Of the usual ones that which makes the most columns."""
    return max(_DELIMITERS, key=lambda sign: len(next(csv.reader([header], delimiter=sign), [])))


def _places(names: Sequence[str], form: FileForm) -> dict[str, int]:
    """Where each thing stands. Raises PartnerFileError."""
    plain = [_plain(name) for name in names]
    places = {}
    for field, common in COMMON_NAMES.items():
        given = form.columns.get(field, "")
        wanted = (_plain(given),) if given else common
        found = next((plain.index(name) for name in wanted if name in plain), None)
        if found is not None:
            places[field] = found
        elif given:
            raise PartnerFileError(f"there is no column {given!r}; there are: {', '.join(names)}")
    missing = [field for field in _NEEDED if field not in places]
    if "currency" not in places and not form.currency_code:
        missing.append("currency")
    if missing:
        also = ", or --currency" if "currency" in missing else ""
        raise PartnerFileError(
            f"which column is {' and which is '.join(missing)}? "
            f"Say so with --column {missing[0]}=NAME{also}; there are: {', '.join(names) or 'none'}"
        )
    return places


def _plain(name: str) -> str:
    return re.sub(r"[^a-z0-9]+", "_", name.strip().lower()).strip("_")


def _entry(
    fields: Sequence[str], line: int, names: Sequence[str], places: Mapping[str, int], form: FileForm
) -> Entry | Unreadable:
    if len(fields) != len(names):
        return Unreadable(line, f"{len(fields)} fields under {len(names)} columns")
    if any("\udc80" <= sign <= "\udcff" for field in fields for sign in field):
        return Unreadable(line, f"not {form.encoding}; say --encoding")
    said = {field: fields[place].strip() for field, place in places.items()}
    try:
        return _read(said, line, form)
    except ValueError as error:
        return Unreadable(line, str(error))


def _read(said: Mapping[str, str], line: int, form: FileForm) -> Entry:
    if not said["record_id"]:
        raise ValueError("it has no record id")
    code = (said.get("currency") or form.currency_code).upper()
    amount = parse_money(_plain_decimal(said["amount"], form.decimal_comma), currency(code))
    quantity = said.get("quantity", "")
    if quantity and not re.fullmatch(r"-?[0-9]{1,18}", quantity):
        raise ValueError(f"the quantity {quantity!r} is not a whole number of units")
    return Entry(
        said["record_id"],
        code,
        amount.minor_micros,
        int(quantity) if quantity else None,
        said.get("product", ""),
        line,
    )


def _plain_decimal(text: str, decimal_comma: bool) -> str:
    """A decimal with a point. Raises ValueError for what could mean two things."""
    if decimal_comma:
        if not _DECIMAL_COMMA.fullmatch(text):
            raise ValueError(f"{text!r} is not a number with a decimal comma")
        return text.replace(".", "").replace(",", ".")
    if "," in text:
        raise ValueError(f"{text!r} has a comma; say --decimal-comma, or write it without thousands")
    return text
