// An M/M/c queue, event by event, as components/queue.ts does it, draw for draw. Prints the nanoseconds of CPU time it took, the
// number of events and the mean wait.
#define _POSIX_C_SOURCE 199309L
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include "xoshiro128.h"

typedef struct {
  double time;
  int kind;
} event;

enum { arrival, departure, longest_line = 1 << 20 };
static event heap[16384];
static int size;
static double line[longest_line];

static void schedule(double time, int kind) {
  int at = size++;
  while (at > 0) {
    const int parent = (at - 1) >> 1;
    if (heap[parent].time <= time) break;
    heap[at] = heap[parent];
    at = parent;
  }
  heap[at] = (event){time, kind};
}

static event take(void) {
  const event first = heap[0];
  const event last = heap[--size];
  int at = 0;
  for (int child = 1; child < size; child = 2 * at + 1) {
    if (child + 1 < size && heap[child + 1].time < heap[child].time) child++;
    if (heap[child].time >= last.time) break;
    heap[at] = heap[child];
    at = child;
  }
  heap[at] = last;
  return first;
}

static double cpu_ns(void) {
  struct timespec time;
  clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &time);
  return time.tv_sec * 1e9 + time.tv_nsec;
}

int main(int argc, char **argv) {
  if (argc != 5) {
    fprintf(stderr, "Usage: %s CUSTOMERS SERVERS ARRIVAL_RATE SEED\n", argv[0]);
    return 1;
  }
  const long customers = atol(argv[1]);
  const int servers = atoi(argv[2]);
  const double rate = atof(argv[3]);
  xoshiro128 generator = stream_of_seed((uint32_t)atol(argv[4]));
  const double began = cpu_ns();
  long started = 0, events = 0, first = 0, waiting = 0;
  int busy = 0;
  double waits = 0;
  schedule(-log(1 - uniform53(&generator)) / rate, arrival);
  while (started < customers) {
    events++;
    const event next = take();
    double came = next.time;
    if (next.kind == arrival) {
      schedule(next.time - log(1 - uniform53(&generator)) / rate, arrival);
      if (busy == servers) {
        if (waiting == longest_line) return 1;
        line[(first + waiting++) & (longest_line - 1)] = next.time;
        continue;
      }
    } else {
      busy--;
      if (waiting == 0) continue;
      came = line[first++ & (longest_line - 1)];
      waiting--;
    }
    busy++;
    schedule(next.time - log(1 - uniform53(&generator)), departure);
    started++;
    waits += next.time - came;
  }
  printf("%.0f %ld %.17g\n", cpu_ns() - began, events, waits / customers);
  return 0;
}
