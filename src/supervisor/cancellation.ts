/** What can be cancelled by a signal. */
export interface Cancellable {
  cancel(reason: unknown): void
}

const followers = new WeakMap<AbortSignal, Set<Cancellable>>()
const listeners = new WeakMap<Set<Cancellable>, () => void>()

/** Cancels `one` when `signal` aborts, with one listener per signal however many follow it. Returns how to stop. */
export function followSignal(signal: AbortSignal, one: Cancellable): () => void {
  let set = followers.get(signal)
  if (!set) {
    const created = new Set<Cancellable>()
    const onAbort = () => {
      followers.delete(signal)
      for (const follower of created) follower.cancel(signal.reason)
    }
    listeners.set(created, onAbort)
    signal.addEventListener('abort', onAbort, { once: true })
    followers.set(signal, created)
    set = created
  }
  const joined = set
  joined.add(one)
  return () => {
    joined.delete(one)
    if (joined.size > 0 || followers.get(signal) !== joined) return
    followers.delete(signal)
    signal.removeEventListener('abort', listeners.get(joined)!)
  }
}
