"""Runs in Rasa's own environment: `cd nlu && .venv/bin/python -m pytest`."""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent.parent))

from components import quiet

quiet.prepare()
