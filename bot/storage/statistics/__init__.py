"""Figures for the overview of the desk: how many, how often, how soon. Never who and never what was said.

`counting` counts what residents and staff left in the tables, `figures` adds it up by days, and `kept` holds the same
sums of what was erased. A figure of a day is always both together: a row is counted where it stands, and once it is
erased, in the sums.
"""
