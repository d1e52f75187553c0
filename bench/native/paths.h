// Daily geometric Brownian motion and a call on it, as components/simulation.ts does it with its defaults; the including
// program says where normal numbers come from. Prints the nanoseconds of CPU time it took and the price.
#define _POSIX_C_SOURCE 199309L
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include "xoshiro128.h"

static double cpu_ns(void) {
  struct timespec time;
  clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &time);
  return time.tv_sec * 1e9 + time.tv_nsec;
}

static double next_normal(xoshiro128 *generator);

static int price_paths(int argc, char **argv) {
  if (argc != 4) {
    fprintf(stderr, "Usage: %s PATHS STEPS SEED\n", argv[0]);
    return 1;
  }
  const long paths = atol(argv[1]);
  const long steps = atol(argv[2]);
  xoshiro128 generator = stream_of_seed((uint32_t)atol(argv[3]));
  const double rate = 0.03, volatility = 0.2, spot = 100, strike = 100, a_year = 252;
  const double drift = (rate - volatility * volatility / 2) / a_year;
  const double spread_of_step = volatility / sqrt(a_year);
  const double discount = exp(-rate * steps / a_year);
  const double started = cpu_ns();
  double mean = 0;
  for (long path = 0; path < paths; path++) {
    double log_price = 0;
    for (long step = 0; step < steps; step++) log_price += drift + spread_of_step * next_normal(&generator);
    const double gain = spot * exp(log_price) - strike;
    mean += ((gain > 0 ? discount * gain : 0) - mean) / (path + 1);
  }
  printf("%.0f %.17g\n", cpu_ns() - started, mean);
  return 0;
}
