import { describe, expect, it, vi } from 'vitest'
import type { Log } from '../../../src/contract/log.ts'
import { EventHub } from '../../../src/supervisor/event-hub.ts'

const event = { serviceId: 'pricing', worker: 1 }

function setUp() {
  const error = vi.fn()
  const hub = new EventHub({ error } as unknown as Log)
  const emit = () => hub.emit('service:loaded', () => event)
  return { error, hub, emit }
}

/** Lets rejections be heard. */
const turn = () => new Promise<void>((resolve) => setImmediate(resolve))

describe('EventHub', () => {
  it('builds an event once, and only where somebody listens', () => {
    const { hub } = setUp()
    const build = vi.fn(() => event)
    hub.emit('service:loaded', build)
    hub.on('service:quarantined', () => {})
    hub.emit('service:loaded', build)
    expect(build).not.toHaveBeenCalled()
    const listeners = [vi.fn(), vi.fn()]
    const stops = listeners.map((listener) => hub.on('service:loaded', listener))
    hub.emit('service:loaded', build)
    expect(build).toHaveBeenCalledOnce()
    for (const listener of listeners) expect(listener).toHaveBeenCalledExactlyOnceWith(event)
    for (const stop of stops) stop()
    hub.emit('service:loaded', build)
    expect(build).toHaveBeenCalledOnce()
  })

  it.each(['service:load', 'toString', '__proto__', 'constructor', ''])('refuses to listen to "%s"', (name) => {
    const { hub } = setUp()
    expect(() => hub.on(name as never, () => {})).toThrow(TypeError)
    expect(() => hub.on(name as never, () => {})).toThrow(`There is no event ${name}`)
  })

  it('names the event that comes nearest', () => {
    const { hub } = setUp()
    expect(() => hub.on('worker:start' as never, () => {})).toThrow('did you mean worker:started?')
  })

  it('logs what a listener throws, and tells the others all the same', () => {
    const { error, hub, emit } = setUp()
    const after = vi.fn()
    hub.on('service:loaded', () => {
      throw new TypeError('Broke')
    })
    hub.on('service:loaded', after)
    emit()
    expect(after).toHaveBeenCalledOnce()
    const fields = { event: 'service:loaded', error: expect.objectContaining({ name: 'TypeError', message: 'Broke' }) }
    expect(error).toHaveBeenCalledExactlyOnceWith(fields, 'A listener failed')
  })

  it.each([new Error('Late'), null, undefined, Symbol('s')])(
    'logs what an async listener rejects with: %s',
    async (reason) => {
      const { error, hub, emit } = setUp()
      const late = async () => {
        throw reason
      }
      hub.on('service:loaded', late as () => void)
      emit()
      expect(error).not.toHaveBeenCalled()
      await turn()
      expect(error).toHaveBeenCalledOnce()
    },
  )

  it('lets a function listen twice, and stop once', () => {
    const { hub, emit } = setUp()
    const listener = vi.fn()
    const stop = hub.on('service:loaded', listener)
    hub.on('service:loaded', listener)
    emit()
    expect(listener).toHaveBeenCalledTimes(2)
    stop()
    stop()
    emit()
    expect(listener).toHaveBeenCalledTimes(3)
  })

  it('tells those who listened when it happened: who is added meanwhile hears the next, who is removed hears this', () => {
    const { hub, emit } = setUp()
    const [added, removed] = [vi.fn(), vi.fn()]
    let stopRemoved = () => {}
    const stopFirst = hub.on('service:loaded', () => {
      stopFirst()
      stopRemoved()
      hub.on('service:loaded', added)
    })
    stopRemoved = hub.on('service:loaded', removed)
    emit()
    expect([added.mock.calls.length, removed.mock.calls.length]).toEqual([0, 1])
    emit()
    expect([added.mock.calls.length, removed.mock.calls.length]).toEqual([1, 1])
  })

  it('keeps who came after all others had gone, though those stop again', () => {
    const { hub, emit } = setUp()
    const stop = hub.on('service:loaded', () => {})
    stop()
    const listener = vi.fn()
    hub.on('service:loaded', listener)
    stop()
    emit()
    expect(listener).toHaveBeenCalledOnce()
  })

  it('may be told more by a listener', () => {
    const { hub, emit } = setUp()
    const heard: string[] = []
    hub.on('service:loaded', () => {
      hub.emit('service:quarantined', () => ({ serviceId: 'pricing', retryAt: 1 }))
      heard.push('loaded')
    })
    hub.on('service:quarantined', () => heard.push('quarantined'))
    emit()
    expect(heard).toEqual(['quarantined', 'loaded'])
  })
})
