import fc from 'fast-check'
import { describe, expect, it, vi } from 'vitest'
import { Mailbox } from '../../../src/kernel/mailbox.ts'

fc.configureGlobal({ seed: 20260102 })

/** Lets microtasks run. */
const turn = () => new Promise<void>((resolve) => setImmediate(resolve))

function full(capacity: number): Mailbox<number> {
  const mailbox = new Mailbox<number>(capacity)
  while (mailbox.reserve());
  return mailbox
}

describe('Mailbox', () => {
  it('counts places and keeps order as a plain model does, in any sequence of steps', () => {
    const kinds = ['accept', 'accept', 'accept', 'leave', 'leave', 'give up', 'put back', 'take all'] as const
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 6 }), fc.array(fc.constantFrom(...kinds)), (capacity, steps) => {
        const mailbox = new Mailbox<number>(capacity)
        const queue: number[] = []
        const gone: number[] = []
        let taken = 0
        for (const [index, kind] of steps.entries()) {
          if (kind === 'accept') {
            expect(mailbox.reserve()).toBe(taken < capacity)
            if (taken >= capacity) continue
            taken++
            mailbox.put(index)
            queue.push(index)
          } else if (kind === 'leave') {
            const item = queue.shift()
            expect(mailbox.take()).toBe(item)
            if (item === undefined) continue
            mailbox.release()
            taken--
            gone.push(item)
          } else if (kind === 'give up') {
            // Its place is given back while it is still in the queue, where it is passed over later.
            if (taken === 0) continue
            mailbox.release()
            taken--
          } else if (kind === 'put back') {
            mailbox.putBack(gone)
            queue.unshift(...gone)
            taken += gone.length
            gone.length = 0
          } else {
            expect(mailbox.takeAll()).toEqual(queue.splice(0))
          }
          expect(mailbox.taken).toBe(taken)
          expect(mailbox.hasRoom).toBe(taken < capacity)
          expect(mailbox.length).toBe(queue.length)
          expect(mailbox.items()).toEqual(queue)
        }
      }),
    )
  })

  it('takes back what was accepted past its bound, and has room only when below it again', () => {
    const mailbox = full(2)
    mailbox.putBack([7])
    expect(mailbox.taken).toBe(3)
    mailbox.release()
    expect(mailbox.hasRoom).toBe(false)
    expect(mailbox.reserve()).toBe(false)
    mailbox.release()
    expect(mailbox.reserve()).toBe(true)
  })

  describe('whenRoom', () => {
    it('calls in a turn of its own where nothing has a place', async () => {
      const listener = vi.fn()
      new Mailbox<number>(1).whenRoom(listener)
      expect(listener).not.toHaveBeenCalled()
      await turn()
      expect(listener).toHaveBeenCalledOnce()
    })

    it('calls everyone who waits, once, when a place is free', async () => {
      const mailbox = full(2)
      const listeners = [vi.fn(), vi.fn()]
      for (const listener of listeners) mailbox.whenRoom(listener)
      await turn()
      for (const listener of listeners) expect(listener).not.toHaveBeenCalled()
      mailbox.release()
      expect(listeners[0]).not.toHaveBeenCalled()
      await turn()
      mailbox.release()
      await turn()
      for (const listener of listeners) expect(listener).toHaveBeenCalledOnce()
    })

    it('does not call while it is still over its bound', async () => {
      const mailbox = full(1)
      mailbox.putBack([1])
      const listener = vi.fn()
      mailbox.whenRoom(listener)
      mailbox.release()
      await turn()
      expect(listener).not.toHaveBeenCalled()
      mailbox.release()
      await turn()
      expect(listener).toHaveBeenCalledOnce()
    })

    it('lets a listener wait again', async () => {
      const mailbox = full(1)
      let calls = 0
      const again = () => {
        calls++
        if (!mailbox.reserve() || calls < 2) mailbox.whenRoom(again)
      }
      mailbox.whenRoom(again)
      mailbox.release()
      await turn()
      expect(calls).toBe(1)
      mailbox.release()
      await turn()
      expect(calls).toBe(2)
    })
  })
})
