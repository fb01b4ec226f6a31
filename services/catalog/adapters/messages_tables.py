"""Enumerations of the domain and of the contract, side by side."""

from __future__ import annotations

from tidemark.catalog.v1 import catalog_api_pb2, catalog_pb2

from services.catalog.domain.catalog import (
    ExistingSubscribers,
    FinalUnitAction,
    OfferingKind,
    PaymentMode,
    TierScope,
)
from services.catalog.domain.diff import ChangeKind
from services.catalog.domain.findings import Severity

FINAL_UNIT_ACTION = {
    FinalUnitAction.TERMINATE: catalog_pb2.FINAL_UNIT_ACTION_TERMINATE,
    FinalUnitAction.REDIRECT: catalog_pb2.FINAL_UNIT_ACTION_REDIRECT,
    FinalUnitAction.RESTRICT_ACCESS: catalog_pb2.FINAL_UNIT_ACTION_RESTRICT_ACCESS,
}
OFFERING_KIND = {
    OfferingKind.PLAN: catalog_pb2.OFFERING_KIND_PLAN,
    OfferingKind.ADD_ON: catalog_pb2.OFFERING_KIND_ADD_ON,
    OfferingKind.BUNDLE: catalog_pb2.OFFERING_KIND_BUNDLE,
}
PAYMENT_MODE = {
    PaymentMode.PREPAID: catalog_pb2.PAYMENT_MODE_PREPAID,
    PaymentMode.POSTPAID: catalog_pb2.PAYMENT_MODE_POSTPAID,
}
EXISTING_SUBSCRIBERS = {
    ExistingSubscribers.KEEP: catalog_pb2.EXISTING_SUBSCRIBERS_KEEP,
    ExistingSubscribers.MOVE: catalog_pb2.EXISTING_SUBSCRIBERS_MOVE,
}
TIER_SCOPE = {
    TierScope.SESSION: catalog_pb2.TIER_SCOPE_SESSION,
    TierScope.MONTH: catalog_pb2.TIER_SCOPE_MONTH,
}
SEVERITY = {
    Severity.WARNING: catalog_api_pb2.SEVERITY_WARNING,
    Severity.ERROR: catalog_api_pb2.SEVERITY_ERROR,
}
CHANGE_KIND = {
    ChangeKind.ADDED: catalog_api_pb2.CHANGE_KIND_ADDED,
    ChangeKind.REMOVED: catalog_api_pb2.CHANGE_KIND_REMOVED,
    ChangeKind.CHANGED: catalog_api_pb2.CHANGE_KIND_CHANGED,
}
