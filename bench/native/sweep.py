"""Runs that draw one number each, every run from a generator of its own. Prints the nanoseconds of CPU time it took and the mean."""

import random
import sys
import time

runs, seed = (int(argument) for argument in sys.argv[1:])


def execute(rng):
    return {"x": rng.random()}


def sweep():
    mean = m2 = 0.0
    for run in range(runs):
        value = execute(random.Random(seed * 1_000_003 + run))["x"]
        deviation = value - mean
        mean += deviation / (run + 1)
        m2 += deviation * (value - mean)
    return mean


started = time.process_time_ns()
result = sweep()
print(time.process_time_ns() - started, result)
