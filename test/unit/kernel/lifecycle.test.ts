import { describe, expect, it } from 'vitest'
import { Lifecycle, type LifecycleState } from '../../../src/kernel/lifecycle.ts'

const states: readonly LifecycleState[] = ['idle', 'starting', 'running', 'draining', 'closed']

/** How each state is reached. */
const ways: Readonly<Record<LifecycleState, readonly LifecycleState[]>> = {
  idle: [],
  starting: ['starting'],
  running: ['starting', 'running'],
  draining: ['starting', 'running', 'draining'],
  closed: ['starting', 'running', 'draining', 'closed'],
}

const allowed = [
  'idle → starting',
  'idle → closed',
  'starting → running',
  'starting → draining',
  'starting → closed',
  'running → draining',
  'draining → closed',
]

function at(state: LifecycleState): Lifecycle {
  const lifecycle = new Lifecycle()
  for (const step of ways[state]) lifecycle.move(step)
  return lifecycle
}

describe('Lifecycle', () => {
  it('begins idle', () => {
    expect(new Lifecycle().state).toBe('idle')
  })

  it.each(states.flatMap((from) => states.map((to) => [from, to] as const)))('from %s to %s', (from, to) => {
    const lifecycle = at(from)
    expect(lifecycle.state).toBe(from)
    if (allowed.includes(`${from} → ${to}`)) {
      lifecycle.move(to)
      expect(lifecycle.state).toBe(to)
    } else {
      expect(() => lifecycle.move(to)).toThrow(`Cannot go from ${from} to ${to}`)
      expect(lifecycle.state).toBe(from)
    }
  })
})
