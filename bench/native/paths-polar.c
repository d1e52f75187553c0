// Normal numbers by the polar method: Marsaglia and Bray, "A Convenient Method for Generating Normal Variables", SIAM
// Review 6 (1964). Two come at a time; the second is kept.
#include "paths.h"

static double next_normal(xoshiro128 *generator) {
  static double spare;
  static int has_spare;
  if (has_spare) {
    has_spare = 0;
    return spare;
  }
  double x, y, square;
  do {
    x = 2 * uniform53(generator) - 1;
    y = 2 * uniform53(generator) - 1;
    square = x * x + y * y;
  } while (square >= 1 || square == 0);
  const double factor = sqrt(-2 * log(square) / square);
  spare = y * factor;
  has_spare = 1;
  return x * factor;
}

int main(int argc, char **argv) { return price_paths(argc, argv); }
