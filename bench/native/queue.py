"""An M/M/c queue, event by event, with heapq. Prints the nanoseconds of CPU time it took, the number of events and the mean wait."""

import heapq
import random
import sys
import time
from collections import deque

customers, servers = int(sys.argv[1]), int(sys.argv[2])
rate, seed = float(sys.argv[3]), int(sys.argv[4])
ARRIVAL, DEPARTURE = 0, 1


def simulate():
    exponential = random.Random(seed).expovariate
    events = [(exponential(rate), ARRIVAL)]
    line = deque()
    busy = started = count = 0
    waits = 0.0
    while started < customers:
        count += 1
        now, kind = heapq.heappop(events)
        if kind == ARRIVAL:
            heapq.heappush(events, (now + exponential(rate), ARRIVAL))
            if busy == servers:
                line.append(now)
                continue
            came = now
        else:
            busy -= 1
            if not line:
                continue
            came = line.popleft()
        busy += 1
        heapq.heappush(events, (now + exponential(1.0), DEPARTURE))
        started += 1
        waits += now - came
    return count, waits / customers


began = time.process_time_ns()
count, wait = simulate()
print(time.process_time_ns() - began, count, wait)
