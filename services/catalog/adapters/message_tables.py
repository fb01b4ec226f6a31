"""Enumerations of the domain and of the contract, side by side."""

from __future__ import annotations

from tidemark.catalog.v1 import catalog_api_pb2, catalog_pb2, policies_pb2, pricing_pb2

from services.catalog.domain.catalog import ChargingMethod, FinalUnitAction, VolumeDirection
from services.catalog.domain.offerings import ExistingSubscribers, FeeKind, OfferingKind, PaymentMode
from services.catalog.domain.policies import CounterMeasure, CounterPeriod, VelocityRequest, VelocitySubject
from services.catalog.domain.pricing import Concurrency, CountingScope
from services.common.kernel.findings import Severity
from services.common.kernel.outlines import ChangeKind

FINAL_UNIT_ACTION = {
    FinalUnitAction.TERMINATE: catalog_pb2.FINAL_UNIT_ACTION_TERMINATE,
    FinalUnitAction.REDIRECT: catalog_pb2.FINAL_UNIT_ACTION_REDIRECT,
    FinalUnitAction.RESTRICT_ACCESS: catalog_pb2.FINAL_UNIT_ACTION_RESTRICT_ACCESS,
}
# The rule of most rating groups is left unsaid, so that what was published before keeps its content.
CHARGING_METHOD = {
    ChargingMethod.ONLINE: catalog_pb2.CHARGING_METHOD_UNSPECIFIED,
    ChargingMethod.OFFLINE: catalog_pb2.CHARGING_METHOD_OFFLINE,
}
VOLUME_DIRECTION = {
    VolumeDirection.TOTAL: catalog_pb2.VOLUME_DIRECTION_UNSPECIFIED,
    VolumeDirection.UPLINK: catalog_pb2.VOLUME_DIRECTION_UPLINK,
    VolumeDirection.DOWNLINK: catalog_pb2.VOLUME_DIRECTION_DOWNLINK,
}
OFFERING_KIND = {
    OfferingKind.PLAN: catalog_pb2.OFFERING_KIND_PLAN,
    OfferingKind.ADD_ON: catalog_pb2.OFFERING_KIND_ADD_ON,
    OfferingKind.BUNDLE: catalog_pb2.OFFERING_KIND_BUNDLE,
}
PAYMENT_MODE = {
    None: catalog_pb2.PAYMENT_MODE_UNSPECIFIED,
    PaymentMode.PREPAID: catalog_pb2.PAYMENT_MODE_PREPAID,
    PaymentMode.POSTPAID: catalog_pb2.PAYMENT_MODE_POSTPAID,
}
EXISTING_SUBSCRIBERS = {
    ExistingSubscribers.KEEP: catalog_pb2.EXISTING_SUBSCRIBERS_KEEP,
    ExistingSubscribers.MOVE: catalog_pb2.EXISTING_SUBSCRIBERS_MOVE,
    ExistingSubscribers.MOVE_NEXT_PERIOD: catalog_pb2.EXISTING_SUBSCRIBERS_MOVE_NEXT_PERIOD,
    ExistingSubscribers.MOVE_AT_ONCE: catalog_pb2.EXISTING_SUBSCRIBERS_MOVE_AT_ONCE,
}
FEE_KIND = {
    FeeKind.ONE_TIME: pricing_pb2.FEE_KIND_ONE_TIME,
    FeeKind.RECURRING: pricing_pb2.FEE_KIND_RECURRING,
}
TIER_SCOPE = {
    CountingScope.SESSION: catalog_pb2.TIER_SCOPE_SESSION,
    CountingScope.MONTH: catalog_pb2.TIER_SCOPE_MONTH,
}
COUNTING_SCOPE = {
    CountingScope.SESSION: pricing_pb2.COUNTING_SCOPE_SESSION,
    CountingScope.MONTH: pricing_pb2.COUNTING_SCOPE_MONTH,
}
CONCURRENCY = {
    None: pricing_pb2.CONCURRENCY_UNSPECIFIED,
    Concurrency.SESSIONS: pricing_pb2.CONCURRENCY_SESSIONS,
    Concurrency.SUBSCRIBERS: pricing_pb2.CONCURRENCY_SUBSCRIBERS,
}
COUNTER_MEASURE = {
    CounterMeasure.UNITS: policies_pb2.COUNTER_MEASURE_UNITS,
    CounterMeasure.MONEY: policies_pb2.COUNTER_MEASURE_MONEY,
}
COUNTER_PERIOD = {
    CounterPeriod.DAY: policies_pb2.COUNTER_PERIOD_DAY,
    CounterPeriod.WEEK: policies_pb2.COUNTER_PERIOD_WEEK,
    CounterPeriod.MONTH: policies_pb2.COUNTER_PERIOD_MONTH,
}
VELOCITY_SUBJECT = {
    VelocitySubject.SUBSCRIBER: policies_pb2.VELOCITY_SUBJECT_SUBSCRIBER,
    VelocitySubject.ELEMENT: policies_pb2.VELOCITY_SUBJECT_ELEMENT,
}
VELOCITY_REQUEST = {
    VelocityRequest.SESSION: policies_pb2.VELOCITY_REQUEST_SESSION,
    VelocityRequest.EVENT: policies_pb2.VELOCITY_REQUEST_EVENT,
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
