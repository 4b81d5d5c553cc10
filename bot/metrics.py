"""What is counted and timed, for Prometheus. Each process has its own numbers; labels never name a person."""

import sys
from threading import Thread
from wsgiref.simple_server import WSGIServer

from prometheus_client import (
    CONTENT_TYPE_LATEST,
    CollectorRegistry,
    Counter,
    Gauge,
    Histogram,
    PlatformCollector,
    ProcessCollector,
    generate_latest,
    start_http_server,
)

REGISTRY = CollectorRegistry(auto_describe=True)
CONTENT_TYPE = CONTENT_TYPE_LATEST

_FAST = (0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1.0, 2.0, 5.0)
"""Buckets in seconds for what happens inside the house."""

_SLOW = (0.05, 0.1, 0.2, 0.5, 1.0, 2.0, 5.0, 15.0, 60.0, 300.0, 3600.0)
"""Buckets in seconds for what waits for others."""

INBOUND = Counter(
    "zintis_inbound_messages",
    "Messages from residents; outcome: accepted, repeated, ignored, staff",
    ["channel", "outcome"],
    registry=REGISTRY,
)
WEBHOOKS_REFUSED = Counter(
    "zintis_webhooks_refused",
    "Webhook calls that were not genuine or not readable; reason: signature, secret, form",
    ["channel", "reason"],
    registry=REGISTRY,
)
TURNS = Counter(
    "zintis_turns",
    "Turns taken; outcome: answered, silent, handed_off, failed",
    ["outcome"],
    registry=REGISTRY,
)
TURN_SECONDS = Histogram(
    "zintis_turn_seconds",
    "Time of one turn, understanding included",
    buckets=_FAST,
    registry=REGISTRY,
)
NLU_SECONDS = Histogram(
    "zintis_nlu_seconds", "Time of one call to the understanding", buckets=_FAST, registry=REGISTRY
)
NLU_FAILURES = Counter(
    "zintis_nlu_failures", "Calls to the understanding that failed", registry=REGISTRY
)
DELIVERIES = Counter(
    "zintis_deliveries",
    "Attempts to send; outcome: sent, retried, parked, failed",
    ["channel", "outcome"],
    registry=REGISTRY,
)
SEND_SECONDS = Histogram(
    "zintis_send_seconds", "Time of one vendor call", ["channel"], buckets=_SLOW, registry=REGISTRY
)
REPLY_SECONDS = Histogram(
    "zintis_reply_seconds",
    "Time from a stored message to its reply being sent",
    ["channel"],
    buckets=_SLOW,
    registry=REGISTRY,
)
TICKETS_OPENED = Counter(
    "zintis_tickets_opened",
    "Tickets opened, by reason of the hand-off",
    ["reason"],
    registry=REGISTRY,
)
ALERTS = Counter(
    "zintis_alerts",
    "Alerts to staff, and posts about erased residents that are blanked; outcome: sent, retried, failed",
    ["way", "outcome"],
    registry=REGISTRY,
)
LOGINS_REFUSED = Counter(
    "zintis_logins_refused", "Logins at the desk that were refused", registry=REGISTRY
)
JOBS_WAITING = Gauge("zintis_jobs_waiting", "Jobs waiting, by queue", ["queue"], registry=REGISTRY)

if sys.platform == "linux":  # they read /proc
    ProcessCollector(registry=REGISTRY)
PlatformCollector(registry=REGISTRY)


def render() -> bytes:
    """The numbers of this process in Prometheus' text format; its type is `CONTENT_TYPE`."""
    return generate_latest(REGISTRY)


def serve(port: int, *, host: str = "127.0.0.1") -> tuple[WSGIServer, Thread]:
    """Serve the numbers at a port of their own, for a process without a web server (the worker)."""
    return start_http_server(port, addr=host, registry=REGISTRY)
