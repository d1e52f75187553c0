/** A list of keys in their order: another list and one key more. */
export interface KeyList {
  readonly number: number
  readonly parent: KeyList | undefined
  readonly key: string
  readonly keys: readonly string[]
  /** Whether every object has one of the keys, by its prototype: an assignment might then do anything. */
  readonly inherits: boolean
  readonly next: Map<string, KeyList>
  /** The one of `next` that was asked for last: most objects are like the one before. */
  last: KeyList | undefined
}

// Forms are few or without end; in the second case to number them would cost more than it saves.
const MAX_LISTS = 2048
const MAX_KEYS = 64
const MAX_KEY_LENGTH = 256

/** The lists of keys that objects were seen to have, by number: both sides of a lane number them alike. */
export class KeyLists {
  readonly root: KeyList = {
    number: 0,
    parent: undefined,
    key: '',
    keys: [],
    inherits: false,
    next: new Map(),
    last: undefined,
  }
  readonly #lists: KeyList[] = [this.root]

  get size(): number {
    return this.#lists.length
  }

  at(number: number): KeyList {
    return this.#lists[number]!
  }

  /** The list that has `key` behind those of `list`; `undefined` where there are too many, or no list may have it. */
  after(list: KeyList, key: string): KeyList | undefined {
    if (list.last?.key === key) return list.last
    const known = list.next.get(key)
    if (known) {
      list.last = known
      return known
    }
    if (this.#lists.length === MAX_LISTS || list.keys.length === MAX_KEYS) return undefined
    if (key === '__proto__' || key.length > MAX_KEY_LENGTH) return undefined
    const keys = [...list.keys, key]
    const inherits = list.inherits || key in Object.prototype
    const made: KeyList = { number: this.size, parent: list, key, keys, inherits, next: new Map(), last: undefined }
    list.next.set(key, made)
    // Not by `push`, which a component may have replaced in its thread.
    this.#lists[this.#lists.length] = made
    return made
  }

  /** Forgets the lists from number `size` on. */
  forget(size: number): void {
    for (const { parent, key } of this.#lists.splice(size)) {
      parent!.next.delete(key)
      parent!.last = undefined
    }
  }
}
