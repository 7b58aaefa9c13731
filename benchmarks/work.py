"""Counting the work of a solve: in the program as written, and as the compiler laid it out.

*As written*: every array that an operation gives counts once for each of its numbers and each time that it is
worked out: nothing is counted twice because a compiler chose to work it out twice. *As laid out*: what the
loops of the compiled program read and write, whole arrays.
"""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from typing import Any

import numpy as np

ARITHMETIC = frozenset(
    "add sub mul max min neg abs floor select_n clamp ge gt le lt eq ne and or not sign add_any".split()
)
EXPONENTIALS = frozenset("exp log log1p logistic tanh pow exp2".split())
NEWTON = 4
"""Steps taken for a loop that ends when it has converged: 3.4 on average in the red-line game."""
SMALL = {"f64": 8, "f32": 4, "s64": 8, "s32": 4, "pred": 1, "u32": 4, "u64": 8}


def written(jaxpr: Any, times: float = 1.0, counted: Counter[str] | None = None) -> Counter[str]:
    """Operations of a traced function: ``exp``, ``exp32``, ``divide``, ``arithmetic``.

    What is worked out in single precision counts under the name with 32.
    """
    found: Counter[str] = Counter() if counted is None else counted
    for e in jaxpr.eqns:
        name = e.primitive.name
        if name == "scan":
            written(e.params["jaxpr"].jaxpr, times * e.params["length"], found)
        elif name == "while":
            written(e.params["body_jaxpr"].jaxpr, times * NEWTON, found)
        elif name == "cond":
            written(e.params["branches"][-1].jaxpr, times, found)
        elif name == "custom_jvp_call":
            inner = e.params["call_jaxpr"].jaxpr
            wide = e.outvars[0].aval.dtype == np.float64
            if any(x.primitive.name == "bitcast_convert_type" for x in inner.eqns):  # numeric.exp
                found["exp" if wide else "exp32"] += times * e.outvars[0].aval.size
            else:
                written(inner, times, found)
        elif any(k in e.params for k in ("jaxpr", "call_jaxpr")):
            inner = e.params.get("jaxpr", e.params.get("call_jaxpr"))
            written(getattr(inner, "jaxpr", inner), times, found)
        else:
            size = sum(v.aval.size for v in e.outvars)
            narrow = "32" if e.outvars[0].aval.dtype == np.float32 else ""
            if name in EXPONENTIALS:
                found["exp" + narrow] += times * size
            elif name == "div":
                found["divide" + narrow] += times * size
            elif name in ARITHMETIC:
                found["arithmetic" + narrow] += times * size
            elif name in ("reduce_sum", "reduce_max", "reduce_min"):
                found["arithmetic" + narrow] += times * sum(v.aval.size for v in e.invars)
    return found


def moved(text: str) -> float:
    """Bytes that the loops of a compiled program read and write, from its text."""
    bodies: dict[str, list[str]] = defaultdict(list)
    current = entry = ""
    for line in re.sub(r"/\*.*?\*/", "", text).splitlines():
        head = re.match(r"(ENTRY )?%?([\w.\-]+) \(.*\{$", line)
        if head:
            current = head[2]
            entry = current if head[1] else entry
        elif line.startswith("  "):
            bodies[current].append(line)

    def size(shape: str) -> float:
        return sum(
            SMALL.get(kind, 8) * float(np.prod([int(x) for x in dims.split(",") if x] or [1]))
            for kind, dims in re.findall(r"(\w+)\[([\d,]*)\]", shape)
        )

    def of(name: str, times: float) -> float:
        shapes, total = {}, 0.0
        for line in bodies[name]:
            match = re.match(r"\s*(?:ROOT )?%([\w.\-]+) = (\([^=]*?\)|\S+) ([\w\-]+)\(([^)]*)\)", line)
            if not match:
                continue
            label, shape, kind, operands = match.groups()
            shapes[label] = shape
            if kind == "while":
                trips = re.search(r'known_trip_count":\{"n":"(\d+)"', line)
                body = re.search(r"body=%?([\w.\-]+)", line)
                if body:
                    total += of(body[1], times * (int(trips[1]) if trips else NEWTON))
            elif kind == "conditional":
                for branch in re.findall(
                    r"true_computation=%?([\w.\-]+)|branch_computations=\{([^}]*)\}", line
                ):
                    last = branch[0] or branch[1].split(",")[-1].strip().lstrip("%")
                    total += of(last, times)
            elif kind == "call":
                total += of(re.search(r"to_apply=%?([\w.\-]+)", line)[1], times)  # type: ignore[index]
            elif kind in ("fusion", "copy", "reduce", "dynamic-update-slice", "concatenate", "broadcast"):
                read = [size(shapes[x]) for x in re.findall(r"%([\w.\-]+)", operands) if x in shapes]
                out = size(shape)
                if "dynamic-update-slice" in label or "dynamic_update" in label:
                    # Written in place: only as much as the smaller operands hold.
                    parts = [x for x in read if x < out] or [out]
                    total += times * (sum(parts) + max(parts))
                else:
                    # A fusion that cuts a slice out of a large array reads the slice alone.
                    total += times * (out + sum(min(x, 8 * out) for x in read))
        return total

    return of(entry, 1.0)
