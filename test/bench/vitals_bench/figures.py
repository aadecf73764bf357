"""Figures: what was measured, with what is needed to judge it."""
import random
from dataclasses import asdict, dataclass, field

import numpy

RESAMPLES = 2000


@dataclass
class Figure:
    """One row of the table. Median and p99 are in `unit`; a quantity that was read once has a median alone."""

    measure: str  # the measure's name
    title: str
    unit: str
    program: str
    median: float
    p99: float | None = None
    interval: tuple[float, float] | None = None  # 95 %, where the measure gives one
    notes: dict = field(default_factory=dict)

    def as_json(self):
        return {key: value for key, value in asdict(self).items() if value not in (None, {})}


def of_samples(measure, title, unit, program, samples, **notes) -> Figure:
    values = numpy.asarray(samples, dtype=float)
    return Figure(measure, title, unit, program, float(numpy.median(values)), float(numpy.quantile(values, 0.99)),
                  notes={"samples": len(values), **notes})


def added(with_it, without, quantile):
    """The difference of a quantile between two samples that were taken in turns, with its 95 % interval: rounds are
    drawn anew, with replacement, both sides of a round together."""
    with_it, without = numpy.asarray(with_it), numpy.asarray(without)
    generator = numpy.random.default_rng(1)
    differences = []
    for _ in range(RESAMPLES):
        rounds = generator.integers(0, len(with_it), len(with_it))
        differences.append(numpy.quantile(with_it[rounds], quantile) - numpy.quantile(without[rounds], quantile))
    low, high = numpy.quantile(differences, [0.025, 0.975])
    return float(numpy.quantile(with_it, quantile) - numpy.quantile(without, quantile)), (float(low), float(high))


def in_turns(things, rounds):
    """(round, thing): every round has each of them once, in an order of its own, so that what else happens on the
    machine meets all alike."""
    order = random.Random(1)
    for number in range(rounds):
        turn = list(things)
        order.shuffle(turn)
        for thing in turn:
            yield number, thing
