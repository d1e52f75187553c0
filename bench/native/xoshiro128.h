// xoshiro128**, version 1.1, seeded as src/numerics/stream-seed.ts seeds a run: by MurmurHash3_x86_128 of one block.
#include <stdint.h>

typedef struct {
  uint32_t s[4];
} xoshiro128;

static inline uint32_t rotl32(uint32_t word, int by) { return (word << by) | (word >> (32 - by)); }

static inline uint32_t next32(xoshiro128 *generator) {
  uint32_t *s = generator->s;
  const uint32_t result = rotl32(s[1] * 5, 7) * 9;
  const uint32_t shifted = s[1] << 9;
  s[2] ^= s[0];
  s[3] ^= s[1];
  s[1] ^= s[2];
  s[0] ^= s[3];
  s[2] ^= shifted;
  s[3] = rotl32(s[3], 11);
  return result;
}

// In [0, 1), 53 bits.
static inline double uniform53(xoshiro128 *generator) {
  const uint32_t high = next32(generator);
  const uint32_t low = next32(generator) >> 11;
  return (high * 2097152.0 + low) * 0x1p-53;
}

static inline uint32_t final_mix(uint32_t word) {
  word = (word ^ (word >> 16)) * 0x85ebca6b;
  word = (word ^ (word >> 13)) * 0xc2b2ae35;
  return word ^ (word >> 16);
}

static inline void spread(uint32_t h[4]) {
  const uint32_t sum = h[0] + h[1] + h[2] + h[3];
  h[0] = sum;
  for (int at = 1; at < 4; at++) h[at] += sum;
}

// The words of the block are the seed's low and high halves and the run's; the high ones are 0 here.
static inline xoshiro128 stream_of_run(uint32_t seed, uint32_t run) {
  xoshiro128 generator;
  uint32_t *h = generator.s;
  h[0] = rotl32(seed * 0x239b961b, 15) * 0xab0e9789;
  h[0] = rotl32(h[0], 19) * 5 + 0x561ccd1b;
  h[1] = 0x0bcaa747;
  h[2] = rotl32(run * 0x38b34ae5, 17) * 0xa1e38b93;
  h[2] = rotl32(h[2], 15) * 5 + 0x96cd1c35;
  h[3] = h[0] * 5 + 0x32ac3b17;
  for (int at = 0; at < 4; at++) h[at] ^= 16;
  spread(h);
  for (int at = 0; at < 4; at++) h[at] = final_mix(h[at]);
  spread(h);
  return generator;
}

static inline xoshiro128 stream_of_seed(uint32_t seed) { return stream_of_run(seed, 0); }
