"""Under which usage happened."""

from __future__ import annotations

from tidemark.charging.v1 import journal_pb2

from services.charging.domain.rating.circumstances import Circumstances


def set_circumstances(message: journal_pb2.Circumstances, under: Circumstances) -> None:
    """Writes circumstances into an empty message; what is not known is not written.

    The zone always is, so that the message is there: records older than it have none.
    """
    message.zone = under.zone
    if under.destination:
        message.destination = under.destination
    if under.area:
        message.area = under.area
    if under.slice:
        message.slice = under.slice
    if under.qos_class:
        message.qos_class = under.qos_class
    if under.load_band:
        message.load_band = under.load_band
    if under.segment:
        message.segment = under.segment
    if under.device_class:
        message.device_class = under.device_class
    if under.five_qi:
        message.five_qi = under.five_qi
    if under.load_percent:
        message.load_percent = under.load_percent
    if under.customer_value:
        message.customer_value = under.customer_value
