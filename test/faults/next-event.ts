import type { EventMap, EventName, Supervisor } from 'troupe'

/** Resolves with the next such event that `accepts`; rejects after `limitMs`. */
export function nextEvent<Name extends EventName>(
  supervisor: Supervisor,
  name: Name,
  accepts: (event: EventMap[Name]) => boolean = () => true,
  limitMs = 20_000,
): Promise<EventMap[Name]> {
  const next = new Promise<EventMap[Name]>((resolve, reject) => {
    const timer = setTimeout(() => {
      stop()
      reject(new Error(`No ${name} within ${limitMs} ms`))
    }, limitMs)
    const stop = supervisor.on(name, (event) => {
      if (!accepts(event)) return
      clearTimeout(timer)
      stop()
      resolve(event)
    })
  })
  // A test that has failed for another reason awaits it no more.
  next.catch(() => {})
  return next
}
