"""A service's calls to its peers: there, let out, let in. And what this repository's own policies open."""

from __future__ import annotations

import copy
from typing import Any

import pytest

from deploy import validate
from deploy.rules.network_rules import unreachable_peer_faults
from deploy.rules.rendered import Target, subject_name

ADDRESS = "0.spec.template.spec.containers.0.env.0.value"
OUT, INTO = "4.spec", "5.spec"


def _deployment(name: str, labels: dict[str, str], port: int, env: list[dict[str, str]]) -> dict[str, Any]:
    container = {
        "name": name,
        "command": ["python", "-m", f"services.{name}.main"],
        "env": env,
        "ports": [{"name": "grpc", "containerPort": port}],
    }
    template = {"metadata": {"labels": labels}, "spec": {"containers": [container]}}
    return {"kind": "Deployment", "metadata": {"name": name}, "spec": {"template": template}}


def _policy(name: str, labels: dict[str, str], spec: dict[str, Any]) -> dict[str, Any]:
    whole = {"podSelector": {"matchLabels": labels}, **spec}
    return {"kind": "NetworkPolicy", "metadata": {"name": name}, "spec": whole}


def _sound() -> list[dict[str, Any]]:
    """`shop` calls `offers`: pods, Service, a policy that closes everything, and one of each end."""
    address = {"name": "TIDEMARK_SHOP_OFFERS_ADDRESS", "value": "offers:7000"}
    out = {"to": [{"podSelector": {"matchLabels": {"app": "offers"}}}], "ports": [{"port": 7640}]}
    into = {"from": [{"podSelector": {"matchLabels": {"calls-offers": "true"}}}], "ports": [{"port": "grpc"}]}
    return [
        _deployment("shop", {"app": "shop", "calls-offers": "true"}, 7650, [address]),
        _deployment("offers", {"app": "offers"}, 7640, []),
        {
            "kind": "Service",
            "metadata": {"name": "offers"},
            "spec": {"selector": {"app": "offers"}, "ports": [{"port": 7000, "targetPort": "grpc"}]},
        },
        _policy("deny", {}, {"policyTypes": ["Ingress", "Egress"]}),
        _policy("shop", {"app": "shop"}, {"policyTypes": ["Egress"], "egress": [out]}),
        _policy("offers", {"app": "offers"}, {"policyTypes": ["Ingress"], "ingress": [into]}),
    ]


def _reasons(documents: list[dict[str, Any]]) -> list[str]:
    return [reason for _, reason in unreachable_peer_faults(Target("base", tuple(documents)))]


def test_a_call_that_both_ends_let_pass_is_no_fault() -> None:
    assert _reasons(_sound()) == []
    assert _reasons(_sound()[:3]) == [], "without policies everything is open"


@pytest.mark.parametrize(
    ("path", "value", "reason"),
    [
        (ADDRESS, "orders:7000", "there is no such Service"),
        (ADDRESS, "offers:7640", "no such port"),
        (f"{OUT}.egress.0.ports.0.port", 7650, "lets the call out"),
        (f"{OUT}.egress.0.to.0.podSelector.matchLabels.app", "charging", "lets the call out"),
        (f"{OUT}.egress.0.to.0", {"ipBlock": {"cidr": "0.0.0.0/0"}}, "lets the call out"),
        (f"{OUT}.egress", [], "lets the call out"),
        (f"{INTO}.ingress.0.ports.0.port", "health", "of offers lets the call in"),
        (f"{INTO}.ingress", [], "of offers lets the call in"),
        ("0.spec.template.metadata.labels", {"app": "shop"}, "of offers lets the call in"),
    ],
)
def test_a_call_that_cannot_pass_is_named_with_the_end_that_closes_it(
    path: str, value: Any, reason: str
) -> None:
    documents: Any = copy.deepcopy(_sound())
    place = documents
    *way, last = path.split(".")
    for step in way:
        place = place[int(step) if isinstance(place, list) else step]
    place[int(last) if isinstance(place, list) else last] = value
    (found,) = _reasons(documents)
    assert found.startswith("TIDEMARK_SHOP_OFFERS_ADDRESS is o")
    assert reason in found


def test_a_rule_without_ports_or_peers_is_about_all_of_them() -> None:
    documents = _sound()
    documents[4]["spec"]["egress"] = [{}]
    documents[5]["spec"]["ingress"] = [{}]
    assert _reasons(documents) == []


def test_only_notification_goes_out_to_the_internet_and_never_into_private_networks() -> None:
    policies = [d for d in validate.render(validate.BASE).documents if d["kind"] == "NetworkPolicy"]
    blocks = {
        (subject_name(policy), peer["ipBlock"]["cidr"]): set(peer["ipBlock"]["except"])
        for policy in policies
        for rule in policy["spec"].get("egress", ())
        for peer in rule.get("to", ())
        if "ipBlock" in peer
    }
    assert blocks.keys() == {("tidemark-notification", "0.0.0.0/0"), ("tidemark-notification", "::/0")}
    assert blocks["tidemark-notification", "0.0.0.0/0"] >= {"10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16"}
    # Where clouds tell a machine its credentials.
    assert "169.254.0.0/16" in blocks["tidemark-notification", "0.0.0.0/0"]
