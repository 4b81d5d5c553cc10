"""Measurements of the whole system against simulators of the vendors: `python -m bench [section …] [--quick]`.

Not tests: they take minutes, need two quiet cores, and say how fast and how safe the service is, not whether it is
right. The processes are the real ones (PostgreSQL, model server, web, worker); only the vendors are simulated, with
their limits.
"""
