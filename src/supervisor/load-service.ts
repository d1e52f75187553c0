import type { LoadedMessage } from '../contract/messages.ts'
import type { LaneVoice } from './lane-voice.ts'
import { LOAD_GRACE_MS } from './run-limit.ts'
import type { Seats } from './seats.ts'
import type { Service } from './service.ts'

/** Asks one lane to load a service, and resolves with what it says. */
export async function loadService(seats: Seats, voice: LaneVoice, service: Service): Promise<LoadedMessage> {
  const seat = await seats.any()
  const limitMs = service.plan.loadTimeoutMs + LOAD_GRACE_MS
  // The lane keeps the limit itself, unless synchronous code holds its thread.
  const timer = setTimeout(() => seats.kill(seat), limitMs)
  try {
    return await voice.awaitLoad(seat, service)
  } finally {
    clearTimeout(timer)
  }
}
