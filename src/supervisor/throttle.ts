/** Calls `report` at most once per interval while it is kept up, and never after `end`; `end` calls it a last time. */
export function createThrottle(report: () => void, intervalMs: number): { touch(): void; end(): void } {
  let lastAt = -Infinity
  let ended = false
  return {
    touch() {
      const now = performance.now()
      if (ended || now - lastAt < intervalMs) return
      lastAt = now
      report()
    },
    end() {
      if (ended) return
      ended = true
      report()
    },
  }
}
