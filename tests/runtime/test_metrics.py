"""The numbers: readable by Prometheus, labels that name no person, a port for processes without a web server."""

import urllib.request

from prometheus_client.parser import text_string_to_metric_families

from bot import metrics
from bot.processes import free_port

_LABELS = {
    "channel",
    "outcome",
    "reason",
    "queue",
    "way",
    "le",
    "implementation",
    "major",
    "minor",
    "patchlevel",
    "version",
}


def test_prometheus_can_read_them() -> None:
    metrics.INBOUND.labels("telegram", "accepted").inc()
    read = {m.name: m for m in text_string_to_metric_families(metrics.render().decode())}
    accepted = [s for s in read["zintis_inbound_messages"].samples if s.name.endswith("_total")]
    assert {"channel": "telegram", "outcome": "accepted"} in [s.labels for s in accepted]


def test_no_label_names_a_person() -> None:
    used = {
        label
        for metric in text_string_to_metric_families(metrics.render().decode())
        for sample in metric.samples
        for label in sample.labels
    }
    assert used <= _LABELS


def test_a_worker_serves_its_own() -> None:
    port = free_port()
    server, thread = metrics.serve(port)
    with urllib.request.urlopen(f"http://127.0.0.1:{port}/") as reply:
        assert b"zintis_turns_total" in reply.read()
    server.shutdown()
    server.server_close()
    thread.join()
