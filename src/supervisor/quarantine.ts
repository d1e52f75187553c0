/** How a service that took down too many workers is kept apart: closed to all until `retryAt`, then open to one. */
export type Quarantine =
  | { readonly state: 'none' }
  | { readonly state: 'closed'; readonly retryAt: number }
  /** One context has been let in to see whether the service can be trusted again. */
  | { readonly state: 'probing' }

export const NO_QUARANTINE: Quarantine = Object.freeze({ state: 'none' })

const CLOSED_MS = 10_000

/** Closes the service from now on. */
export function closeService(now: number): Quarantine & { readonly retryAt: number } {
  return { state: 'closed', retryAt: now + CLOSED_MS }
}

/** What a reload takes over: a probe that is under way says nothing of the new version, so its next context is one. */
export function afterReload(quarantine: Quarantine, now: number): Quarantine {
  return quarantine.state === 'probing' ? { state: 'closed', retryAt: now } : quarantine
}

/** Whether a context may enter, and whether it is the probe. */
export function admit(
  quarantine: Quarantine,
  now: number,
): { readonly quarantine: Quarantine; readonly admitted: boolean; readonly probe: boolean } {
  if (quarantine.state === 'none') return { quarantine, admitted: true, probe: false }
  if (quarantine.state === 'probing' || now < quarantine.retryAt) return { quarantine, admitted: false, probe: false }
  return { quarantine: { state: 'probing' }, admitted: true, probe: true }
}

/** What follows from how the probe ended: anything but a dead worker or no run at all opens the service again. */
export function afterProbe(ended: 'ran' | 'crashed' | 'never ran', now: number): Quarantine {
  if (ended === 'ran') return NO_QUARANTINE
  // A probe that never ran says nothing: the next context is the probe.
  return ended === 'crashed' ? closeService(now) : { state: 'closed', retryAt: now }
}
