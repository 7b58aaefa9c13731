"""The table of a run, and of parts of its study beside it, read as arrays."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from detente.case.expression import AS_IT_IS, Call, Intervention, Test
from detente.model import Model
from detente.study.plan import decisive
from detente.study.verdicts import Answer, answer

if TYPE_CHECKING:
    import numpy as np
    import pyarrow as pa
    from numpy.typing import NDArray

    Reals = NDArray[np.float64]
    Truths = NDArray[np.bool_]


class Reader:
    """Columns of tables with one row a draw, in the draws that all of them have.

    Args:
        tables: The run's, then those of parts; a column is taken from the last that has it.
    """

    def __init__(self, *tables: pa.Table) -> None:
        self.draws = min(table.num_rows for table in tables)
        self._tables = [table.slice(0, self.draws) for table in reversed(tables)]

    @property
    def names(self) -> list[str]:
        """Names of all columns."""
        return list(dict.fromkeys(name for table in self._tables for name in table.column_names))

    def column(self, name: str) -> Reals:
        """A column of numbers, shape [draw]; KeyError if no table has it."""
        return self._column(name).to_numpy().astype(float)

    def call(self, call: Call) -> Reals:
        """What an outcome call gave, shape [draw]; NaN where it was not solved."""
        return self.column(call.label)

    def input(self, name: str) -> Reals:
        """A parameter or quantity, as drawn, shape [draw]."""
        return self.column(f"input:{name}")

    def zone(self, model: Model, change: Intervention = AS_IT_IS) -> Reals:
        """The decisive outcome under a change, shape [draw]; NaN where not solved or the model has none."""
        import numpy as np

        return self.call(decisive(model, change)) if model.decisive else np.full(self.draws, np.nan)

    def path(self, name: str) -> Reals:
        """An outcome of the case as it is after each year, shape [draw, year]; NaN where not solved."""
        import numpy as np

        return np.stack(self._column(f"path:{name}").to_numpy())

    def status(self, change: Intervention) -> list[str | None]:
        """Why each draw was not solved under a change; None where it was."""
        return self._column(f"status:{change.label}").to_pylist()

    def failed(self, *changes: Intervention) -> Truths:
        """In which draws one of the changes was not solved, shape [draw]."""
        import numpy as np

        found = np.zeros(self.draws, dtype=bool)
        for change in changes:
            found |= self._column(f"status:{change.label}").is_valid().to_numpy()
        return found

    def answer(self, test: Test) -> Answer:
        """What a test says."""
        values, names = {c: self.call(c) for c in test.calls}, {n: self.input(n) for n in test.names}
        return answer(test, values, names, self.failed(*dict.fromkeys(c.intervention for c in test.calls)))

    def _column(self, name: str) -> Any:
        for table in self._tables:
            if name in table.column_names:
                return table[name]
        raise KeyError(name)
