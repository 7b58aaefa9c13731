"""What a case assumes, in words for tables."""

from __future__ import annotations

from detente.case.case import Assumption, Prior
from detente.parameter import Parameter


def belief(assumption: Assumption, parameter: Parameter | None = None) -> str:
    """A number's value, prior or experience in a few words.

    Args:
        assumption: What the case says of it.
        parameter: The model's parameter, for choices among words.
    """
    if assumption.learned is not None:
        return f"learned from {assumption.learned}"
    if assumption.prior is not None:
        return _prior(assumption.prior, parameter)
    return _value(assumption.value or 0.0, parameter)


def _prior(prior: Prior, parameter: Parameter | None) -> str:
    numbers = [_value(x, parameter) for x in prior.args]
    bounds = f", within {_value(prior.low, None)} to {_value(prior.high, None)}"
    match prior.kind:
        case "uniform":
            return f"uniform, {numbers[0]} to {numbers[1]}"
        case "triangular":
            return f"triangular, {numbers[0]} to {numbers[2]}, mode {numbers[1]}"
        case "beta":
            return f"beta({', '.join(numbers)})" + ("" if (prior.low, prior.high) == (0, 1) else bounds)
        case "normal":
            return f"normal, mean {numbers[0]}, sd {numbers[1]}{bounds}"
        case "lognormal":
            return f"lognormal, median {numbers[0]}, sigma {numbers[1]}{bounds}"
    return f"one of {', '.join(numbers)}"


def _value(x: float, parameter: Parameter | None) -> str:
    return parameter.labels[int(x)] if parameter is not None and parameter.labels else f"{x:g}"
