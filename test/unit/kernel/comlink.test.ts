import { describe, expect, test } from 'vitest'
import { TroupeError } from '../../../src/contract/errors.ts'
import { CallEndpoint, type CallReply, type CallRequest, ExposedEndpoint } from '../../../src/kernel/comlink.ts'
import { exposedMethods } from '../../../src/kernel/exposed-methods.ts'

class Base {
  inherited() {}
}

class Target extends Base {
  static staticMethod() {}
  field = () => 1
  #secret() {
    return 1
  }
  get getter(): () => number {
    throw new Error('A getter ran')
  }
  add(one: number, other: number) {
    return one + other
  }
  later() {
    return Promise.resolve(this.#secret())
  }
  _private() {}
  start() {}
  stop() {}
  snapshot() {}
  restore() {}
  dispose() {}
  // oxlint-disable-next-line unicorn/no-thenable -- to see that it is not exposed
  then() {}
  execute() {}
}

test('exposedMethods are the own methods of a class, without those of its life and its private ones', () => {
  expect(exposedMethods(Target)).toEqual(['add', 'later', 'execute'])
})

/** Both ends, joined by structured clone. */
function joined(methods: readonly string[], invoke: (method: string, args: readonly unknown[]) => unknown) {
  const replies: CallReply[] = []
  const calls = new CallEndpoint()
  const exposed = new ExposedEndpoint(methods, invoke, (reply) => {
    replies.push(structuredClone(reply))
    calls.reply(structuredClone(reply))
  })
  return { calls, exposed, replies }
}

const refused: readonly (readonly [string, unknown])[] = [
  ['GET of a method', { id: '1', type: 'GET', path: ['add'] }],
  ['GET of everything', { id: '1', type: 'GET', path: [] }],
  ['SET', { id: '1', type: 'SET', path: ['add'], value: { type: 'RAW', value: 1 } }],
  ['CONSTRUCT', { id: '1', type: 'CONSTRUCT', path: ['add'], argumentList: [{ type: 'RAW', value: [] }] }],
  ['ENDPOINT', { id: '1', type: 'ENDPOINT' }],
  ['RELEASE', { id: '1', type: 'RELEASE' }],
  ['APPLY of nothing', apply([])],
  ['APPLY through a method', apply(['add', 'constructor'])],
  ['APPLY through the prototype', apply(['constructor', 'constructor'])],
  ['APPLY of the constructor', apply(['constructor'])],
  ['APPLY of __proto__', apply(['__proto__'])],
  ['APPLY of what is not exposed', apply(['toString'])],
  ['APPLY of a name that is no text', apply([Symbol.iterator])],
  [
    'an argument that a handler would rebuild',
    { ...apply(['add']), argumentList: [{ type: 'HANDLER', name: 'proxy', value: 1 }] },
  ],
  [
    'several arguments',
    {
      ...apply(['add']),
      argumentList: [
        { type: 'RAW', value: [] },
        { type: 'RAW', value: [] },
      ],
    },
  ],
  ['no id', { ...apply(['add']), id: undefined }],
  ['no object', 'APPLY'],
  ['nothing', null],
]

function apply(path: readonly unknown[]) {
  return { id: '1', type: 'APPLY', path, argumentList: [{ type: 'RAW', value: ['return process'] }] }
}

describe('ExposedEndpoint', () => {
  test.each(refused)('A11 runs nothing for %s', (_what, message) => {
    let ran = 0
    const { exposed, replies } = joined(['add'], () => ++ran)
    expect(exposed.receive(message)).toBe(false)
    expect([ran, replies]).toEqual([0, []])
    expect(({} as Record<string, unknown>)['polluted']).toBeUndefined()
  })
})

describe('CallEndpoint', () => {
  test('calls methods with their arguments, and gives back values and errors with code and cause', async () => {
    const { calls, exposed } = joined(['add', 'fail'], (method, args) => {
      if (method === 'add') return { value: (args[0] as number) + (args[1] as number) }
      throw new TroupeError('COMPONENT_FAILED', 'on purpose', { cause: new RangeError('why'), details: { a: 1 } })
    })
    const send = (request: CallRequest) => void exposed.receive(structuredClone(request))
    expect(await calls.call('add', [1, 2], send as never)).toEqual({ value: 3 })
    await expect(calls.call('fail', [], send as never)).rejects.toMatchObject({
      code: 'COMPONENT_FAILED',
      outcome: 'failed',
      details: { a: 1 },
      cause: { name: 'RangeError', message: 'why' },
    })
  })

  test('ends every call that is under way when the lane is gone, and every later one', async () => {
    const calls = new CallEndpoint()
    const sent: CallRequest[] = []
    const send = (request: CallRequest) => void sent.push(request)
    const pending = [calls.call('one', [], send as never), calls.call('two', [], send as never)]
    calls.end(new TroupeError('WORKER_CRASHED', 'gone'))
    pending.push(calls.call('three', [], send as never))
    for (const one of await Promise.allSettled(pending)) {
      expect(one).toMatchObject({ status: 'rejected', reason: { code: 'WORKER_CRASHED', outcome: 'unknown' } })
    }
    expect(sent).toHaveLength(2)
    // A reply that comes after all that is nobody's.
    expect(calls.reply({ id: sent[0]!.id, type: 'RAW', value: 1 })).toBe(false)
  })

  test('ends a call that cannot be sent with the reason', async () => {
    const calls = new CallEndpoint()
    const refusal = new TroupeError('INPUT_NOT_SERIALIZABLE', 'no')
    await expect(calls.call('one', [], () => refusal)).rejects.toMatchObject({ code: 'INPUT_NOT_SERIALIZABLE' })
  })
})
