"""Compiling for tests that run a program once: little optimised, it is there in two thirds of the time."""

LITTLE = {"xla_backend_optimization_level": "0"}
