"""Compiled programs on disk: a process that compiled nothing runs them as well."""

import os
import subprocess
import sys

CODE = """
import sys
from detente.engine import device
device.ready()
import jax
import jax.numpy as jnp

def compile():
    print("compiled")
    a, b = jax.ShapeDtypeStruct((3, 3), "float32"), jax.ShapeDtypeStruct((3,), "float32")
    return jax.jit(jnp.linalg.solve).lower(a, b).compile()

run = device.kept("a system of three equations", compile)
print(jax.device_get(run(2 * jnp.eye(3), jnp.ones(3))).tolist())
"""


def test_a_kept_program_that_calls_linear_algebra_runs_in_a_fresh_process(tmp_path):
    def again() -> list[str]:
        done = subprocess.run(
            [sys.executable, "-c", CODE],
            env={**os.environ, "DETENTE_CACHE": str(tmp_path)},
            capture_output=True,
            text=True,
            timeout=120,
        )
        assert done.returncode == 0, done.stderr
        return done.stdout.split("\n")[:-1]

    assert again() == ["compiled", "[0.5, 0.5, 0.5]"]
    assert again() == ["[0.5, 0.5, 0.5]"]
