import type { Component, ComponentClass, Context, Scope } from '../../src/component.ts'

const faults: Readonly<Record<string, () => unknown>> = {
  crash: () => process.exit(3),
  hang: () => {
    for (;;);
  },
  'bad value': () => ({ bad: () => 1 }),
  throw: () => {
    throw new RangeError('as it was told to')
  },
}

/** Notes in shared memory that a context started, and then goes wrong where the context says how. */
export const Risky: ComponentClass = class implements Component {
  execute(context: Context, scope: Scope): unknown {
    const { n, fault } = context['data'] as { readonly n: number; readonly fault: string | undefined }
    Atomics.add(scope.shared<Int32Array>('starts'), n, 1)
    return fault === undefined ? { n } : faults[fault]!()
  }
}
