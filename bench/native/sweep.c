// Runs of an experiment that draw one number each, every run from a stream of its own, as bench/sweep-loop.ts does it.
// Prints the nanoseconds of CPU time it took and the mean.
#define _POSIX_C_SOURCE 199309L
#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include "xoshiro128.h"

static double cpu_ns(void) {
  struct timespec time;
  clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &time);
  return time.tv_sec * 1e9 + time.tv_nsec;
}

int main(int argc, char **argv) {
  if (argc != 3) {
    fprintf(stderr, "Usage: %s RUNS SEED\n", argv[0]);
    return 1;
  }
  const long runs = atol(argv[1]);
  const uint32_t seed = (uint32_t)atol(argv[2]);
  const double started = cpu_ns();
  double mean = 0, m2 = 0;
  for (long run = 0; run < runs; run++) {
    xoshiro128 generator = stream_of_run(seed, (uint32_t)run);
    const double value = uniform53(&generator);
    const double deviation = value - mean;
    mean += deviation / (run + 1);
    m2 += deviation * (value - mean);
  }
  printf("%.0f %.17g %.17g\n", cpu_ns() - started, mean, m2);
  return 0;
}
