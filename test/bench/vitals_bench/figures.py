"""Figures: what was measured, with what is needed to judge it."""
import functools
import random
from dataclasses import asdict, dataclass, field

import numpy

RESAMPLES = 2000


@dataclass
class Figure:
    """One row of the table. Median and p99 are in `unit`; a quantity that was read once has only a median."""

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


def quantile(share):
    return functools.partial(numpy.quantile, q=share)


def added(with_it, without, statistic, percent=False):
    """How much a statistic of one sample is above that of the other, in percent of the latter or as a difference, with its
    95 % interval. The samples were taken in turns: rounds are drawn with replacement, both sides of a round together."""
    with_it, without = numpy.asarray(with_it), numpy.asarray(without)

    def difference(rounds):
        base = statistic(without[rounds])
        more = statistic(with_it[rounds]) - base
        return float(100 * more / base if percent else more)

    generator = numpy.random.default_rng(1)
    count = len(with_it)
    drawn = [difference(generator.integers(0, count, count)) for _ in range(RESAMPLES)]
    low, high = numpy.quantile(drawn, [0.025, 0.975])
    return difference(numpy.arange(count)), (float(low), float(high))


def in_turns(things, rounds, seed=1):
    """(round, thing): every round has each of them once, in an order of its own, so that what else happens on the
    machine meets all alike."""
    order = random.Random(seed)
    for number in range(rounds):
        turn = list(things)
        order.shuffle(turn)
        for thing in turn:
            yield number, thing
