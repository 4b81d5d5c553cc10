"""One module per section of the report; each has `measure(quick=…)` and gives its tables."""
