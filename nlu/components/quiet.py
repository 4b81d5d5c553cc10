"""Rasa without what it says and sends on its own: telemetry, deprecations, thread pools. Before importing it."""

import logging
import os

from components.absent import stand_in

ENVIRONMENT = {
    "RASA_TELEMETRY_ENABLED": "false",
    "SQLALCHEMY_SILENCE_UBER_WARNING": "1",
    "OMP_NUM_THREADS": "1",
    "OPENBLAS_NUM_THREADS": "1",
}


def prepare() -> None:
    """Set the environment that Rasa reads when it is imported, and let it import what is left out."""
    for name, value in ENVIRONMENT.items():
        os.environ.setdefault(name, value)
    stand_in()
    # Rasa 3.6 and what it pins warn of deprecations that nothing in this project can mend
    logging.captureWarnings(True)
    logging.getLogger("py.warnings").setLevel(logging.CRITICAL)


def silence_texts() -> None:
    """Keep what residents write out of the log: Rasa logs whole messages at level debug. Needs Rasa imported."""
    import structlog

    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.WARNING))
    for name in ("", "sanic.root"):
        logging.getLogger(name).setLevel(logging.WARNING)
