import { getEventListeners } from 'node:events'
import { describe, expect, it, vi } from 'vitest'
import { followSignal } from '../../../src/supervisor/cancellation.ts'

const follower = () => ({ cancel: vi.fn() })
const listenersOf = (signal: AbortSignal) => getEventListeners(signal, 'abort').length

describe('followSignal', () => {
  it('adds one listener to a signal however many follow it, and leaves none', () => {
    const { signal } = new AbortController()
    const stops = Array.from({ length: 1000 }, () => followSignal(signal, follower()))
    expect(listenersOf(signal)).toBe(1)
    for (const [index, stop] of stops.entries()) {
      expect(listenersOf(signal), `before stop ${index}`).toBe(1)
      stop()
    }
    expect(listenersOf(signal)).toBe(0)
  })

  it('cancels everyone who follows, once, with the reason, and leaves no listener', () => {
    const controller = new AbortController()
    const followers = [follower(), follower(), follower()]
    const stops = followers.map((one) => followSignal(controller.signal, one))
    stops[1]!()
    controller.abort('why')
    for (const one of [followers[0]!, followers[2]!]) expect(one.cancel).toHaveBeenCalledExactlyOnceWith('why')
    expect(followers[1]!.cancel).not.toHaveBeenCalled()
    expect(listenersOf(controller.signal)).toBe(0)
    for (const stop of stops) stop()
    expect(listenersOf(controller.signal)).toBe(0)
  })

  it('cancels no one who stops following while others are cancelled', () => {
    const controller = new AbortController()
    const second = follower()
    let stopSecond = () => {}
    const stopFirst = followSignal(controller.signal, {
      cancel() {
        stopFirst()
        stopSecond()
      },
    })
    stopSecond = followSignal(controller.signal, second)
    controller.abort()
    expect(second.cancel).not.toHaveBeenCalled()
    expect(listenersOf(controller.signal)).toBe(0)
  })

  it('follows a signal again that all had stopped following', () => {
    const controller = new AbortController()
    const stop = followSignal(controller.signal, follower())
    stop()
    const again = follower()
    followSignal(controller.signal, again)
    // Stopping twice takes nothing from those who came later.
    stop()
    followSignal(controller.signal, follower())
    expect(listenersOf(controller.signal)).toBe(1)
    controller.abort()
    expect(again.cancel).toHaveBeenCalledOnce()
  })

  it('keeps signals apart', () => {
    const [one, other] = [new AbortController(), new AbortController()]
    const [ofOne, ofOther] = [follower(), follower()]
    followSignal(one.signal, ofOne)
    followSignal(other.signal, ofOther)
    one.abort()
    expect(ofOne.cancel).toHaveBeenCalledOnce()
    expect(ofOther.cancel).not.toHaveBeenCalled()
    expect(listenersOf(other.signal)).toBe(1)
  })
})
