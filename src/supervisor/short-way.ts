import type { Context, RoutedContext } from '../contract/context.ts'
import { transfersOf } from '../contract/transfer.ts'
import type { Settle } from './caller.ts'
import type { Intake } from './intake.ts'
import { Span } from './span.ts'

/** Takes in the contexts of a batch that nothing is likely to befall besides running: see `span.ts`. */
export class ShortWay {
  readonly intake: Intake
  readonly #contexts: Context[]
  readonly #settle: Settle
  readonly #spans = new Map<string, { readonly span: Span; fresh: number }>()
  #last: { readonly span: Span; fresh: number } | undefined

  /** @param contexts Those of the whole batch; one without a request id is replaced by one that has it. */
  constructor(intake: Intake, contexts: Context[], settle: Settle) {
    this.intake = intake
    this.#contexts = contexts
    this.#settle = settle
  }

  /** Whether contexts may come in this way now. */
  get isOpen(): boolean {
    return this.intake.allowsShortWay
  }

  /** Takes in the context at `index`; `false` where it is to be submitted as any other. */
  put(index: number): boolean {
    try {
      const context = this.#contexts[index]!
      const { service_id: id, request_id: request } = context
      if (transfersOf(context) !== undefined || !Object.hasOwn(context, 'service_id')) return false
      const entry = this.#last?.span.service.plan.id === id ? this.#last : this.#entry(id)
      if (entry === undefined) return false
      if (request === undefined) this.#contexts[index] = this.intake.withRequestId(context)
      else if (typeof request !== 'string' || request === '') return false
      entry.span.put(index)
      entry.fresh++
      this.#last = entry
      return true
    } catch {
      // A getter threw: the ordinary way says so.
      return false
    }
  }

  #entry(id: string): { readonly span: Span; fresh: number } | undefined {
    const known = this.#spans.get(id)
    if (known) return known.span.service.isShort ? known : undefined
    const service = this.intake.shortService(id)
    if (service === undefined) return undefined
    const entry = { span: new Span(service, this.#contexts as RoutedContext[], this.intake, this.#settle), fresh: 0 }
    this.#spans.set(id, entry)
    return entry
  }

  /** Sends what was taken in on its way. */
  leave(): void {
    for (const entry of this.#spans.values()) {
      if (entry.fresh === 0) continue
      this.intake.enqueueSpan(entry.span, entry.fresh)
      entry.fresh = 0
    }
    this.#last = undefined
  }
}
