"""Daily geometric Brownian motion and a call on it, in a plain loop. Prints the nanoseconds of CPU time it took and the price."""

import math
import random
import sys
import time

paths, steps, seed = (int(argument) for argument in sys.argv[1:])


def price():
    gauss = random.Random(seed).gauss
    rate, volatility, spot, strike, a_year = 0.03, 0.2, 100.0, 100.0, 252.0
    drift = (rate - volatility * volatility / 2) / a_year
    spread = volatility / math.sqrt(a_year)
    discount = math.exp(-rate * steps / a_year)
    total = 0.0
    for _ in range(paths):
        log_price = 0.0
        for _ in range(steps):
            log_price += drift + spread * gauss(0.0, 1.0)
        total += discount * max(spot * math.exp(log_price) - strike, 0.0)
    return total / paths


started = time.process_time_ns()
result = price()
print(time.process_time_ns() - started, result)
