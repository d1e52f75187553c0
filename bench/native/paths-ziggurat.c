// Normal numbers by the ziggurat of src/numerics/ziggurat.ts, draw for draw: the prices are the same to rounding.
#include "paths.h"

enum { layers = 128 };
static const double tail_start = 3.442619855899;
static const double layer_area = 9.91256303526217e-3;
static double edges[layers + 1];
static double inner[layers];

static void draw_layers(void) {
  double density = exp(-0.5 * tail_start * tail_start);
  edges[0] = layer_area / density;
  edges[1] = tail_start;
  for (int layer = 2; layer < layers; layer++) {
    edges[layer] = sqrt(-2 * log(layer_area / edges[layer - 1] + density));
    density = exp(-0.5 * edges[layer] * edges[layer]);
  }
  edges[layers] = 0;
  for (int layer = 0; layer < layers; layer++) inner[layer] = edges[layer + 1] / edges[layer];
}

static __attribute__((noinline)) double edge_case(xoshiro128 *generator, int layer, double fraction) {
  if (layer == 0) {
    for (;;) {
      const double x = log(1 - uniform53(generator)) / tail_start;
      const double y = log(1 - uniform53(generator));
      if (-2 * y >= x * x) return fraction < 0 ? x - tail_start : tail_start - x;
    }
  }
  const double x = fraction * edges[layer];
  const double bottom = exp(-0.5 * (edges[layer] * edges[layer] - x * x));
  const double top = exp(-0.5 * (edges[layer + 1] * edges[layer + 1] - x * x));
  return bottom + uniform53(generator) * (top - bottom) < 1 ? x : NAN;
}

static inline double next_normal(xoshiro128 *generator) {
  for (;;) {
    const int32_t high = (int32_t)next32(generator);
    const uint32_t low = next32(generator);
    const double fraction = high * 0x1p-31 + ((low >> 11) + 0.5) * 0x1p-52;
    const int layer = low & (layers - 1);
    if (fabs(fraction) < inner[layer]) return fraction * edges[layer];
    const double normal = edge_case(generator, layer, fraction);
    if (!isnan(normal)) return normal;
  }
}

int main(int argc, char **argv) {
  draw_layers();
  return price_paths(argc, argv);
}
