// Normal numbers by the polar method: Marsaglia and Bray, "A Convenient Method for Generating Normal Variables", SIAM
// Review 6 (1964). Two come at a time; the second is kept. The generator is what a program in C would take: xoshiro256+,
// 64 bits a draw (Blackman and Vigna, 2021), seeded by splitmix64.
#include "paths.h"

static uint64_t wide[4];

static void seed_wide(uint64_t seed) {
  for (int at = 0; at < 4; at++) {
    uint64_t z = seed += 0x9e3779b97f4a7c15;
    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9;
    z = (z ^ (z >> 27)) * 0x94d049bb133111eb;
    wide[at] = z ^ (z >> 31);
  }
}

static inline double wide_uniform(void) {
  const uint64_t result = wide[0] + wide[3];
  const uint64_t shifted = wide[1] << 17;
  wide[2] ^= wide[0];
  wide[3] ^= wide[1];
  wide[1] ^= wide[2];
  wide[0] ^= wide[3];
  wide[2] ^= shifted;
  wide[3] = (wide[3] << 45) | (wide[3] >> 19);
  return (result >> 11) * 0x1p-53;
}

static double next_normal(xoshiro128 *unused) {
  (void)unused;
  static double spare;
  static int has_spare;
  if (has_spare) {
    has_spare = 0;
    return spare;
  }
  double x, y, square;
  do {
    x = 2 * wide_uniform() - 1;
    y = 2 * wide_uniform() - 1;
    square = x * x + y * y;
  } while (square >= 1 || square == 0);
  const double factor = sqrt(-2 * log(square) / square);
  spare = y * factor;
  has_spare = 1;
  return x * factor;
}

int main(int argc, char **argv) {
  seed_wide(argc > 3 ? strtoull(argv[3], NULL, 10) : 0);
  return price_paths(argc, argv);
}
