import { ROW_NUMBERS } from './row-area.ts'
import { type LeafType, type Shape, countLeaves, listTypes, numberTypes, textTypes } from './shape.ts'

// The source of the two functions of a shape. Keys get into it through `JSON.stringify` and no other way: that makes a
// valid literal of any text, line separators and lone surrogates included. A key is never `__proto__`, which would set
// a prototype in a literal.

/** The body of a function that returns `write`. But for texts in lists, all checks come before the first put. */
export function writeSource(shape: Shape): string {
  const lines = new WriteLines(shape)
  return `
const { isView } = ArrayBuffer
const { getPrototypeOf, prototype: plain } = Object
const { toString: tag } = plain
const empty = {}
function write(value, numbers, at, texts, known) {
  try {
    // An enumerable member of Object.prototype would look like a key of each value.
    for (const key in empty) return false
${lines.checks.join('\n')}
${lines.distinct().join('\n')}
${lines.stores.join('\n')}
${lines.puts()}
    return true
  } catch {
    // A getter threw, or a proxy's trap: structured clone will say so in its own words.
    return false
  }
}
${lines.hasLists ? WITH_LISTS : 'return write'}`
}

// The texts of lists are put as their items are checked, since each is read once: those of a refused value are taken back.
const WITH_LISTS = `
return function writeWithLists(value, numbers, at, texts, known) {
  const mark = texts.mark()
  if (write(value, numbers, at, texts, known)) return true
  texts.reset(mark)
  return false
}`

/** The body of a function that returns `read`. */
export function readSource(shape: Shape): string {
  const lines = new ReadLines(shape)
  return `
return function read(numbers, at, texts, known) {
${lines.lists.join('\n')}
  return ${lines.literal}
}`
}

// What makes an object plain: not a proxy, the prototype, the tag of an ordinary object, not a view. The tag betrays a
// Date, an Error, a RegExp or a boxed primitive that was given the prototype of a plain object. A Map or a buffer would
// be taken for plain if a program gave it that prototype and also exactly the enumerable fields of a shape in use: to
// ask for each such class would cost more than the rest of the write, and nothing that a program does by mistake gets
// there. The first value of each shape is compared with its clone, see `shapeOf`.
class WriteLines {
  readonly hasLists: boolean
  readonly checks: string[] = []
  readonly stores: string[] = []
  readonly #columns: number
  readonly #texts: string[] = []
  readonly #objects: string[] = []
  #names = 0
  #lists = 0

  constructor(shape: Shape) {
    this.hasLists = countLeaves(shape, listTypes) > 0
    this.#columns = countLeaves(shape, textTypes)
    if (this.hasLists) {
      this.checks.push(`    let next = at + ${1 + countLeaves(shape, numberTypes)}`)
      this.stores.push('    numbers[at] = next - at')
    }
    this.#object(shape, 'value')
  }

  #object(shape: Shape, name: string): void {
    this.#objects.push(name)
    this.checks.push(
      `    if (typeof ${name} !== 'object' || ${name} === null || isProxy(${name})) return false`,
      `    if (tag.call(${name}) !== '[object Object]' || isView(${name})) return false`,
      ...keyChecks(shape, name),
    )
    for (const [index, [key, type]] of shape.entries()) {
      const member = `v${this.#names++}`
      this.checks.push(`    const ${member} = ${name}[${JSON.stringify(key)}]`)
      // Right after a member was read, V8 knows the hidden class and so the prototype: the question costs nothing here.
      if (index === 0) this.checks.push(`    if (getPrototypeOf(${name}) !== plain) return false`)
      if (typeof type === 'string') this.#leaf(member, type)
      else this.#object(type, member)
    }
  }

  #leaf(member: string, type: LeafType): void {
    if (type === 'list') this.#list(member)
    else if (type === 'null' || type === 'undefined') this.checks.push(`    if (${member} !== ${type}) return false`)
    else this.checks.push(`    if (typeof ${member} !== '${type}') return false`)
    if (type === 'string') this.#texts.push(member)
    if (type === 'number') this.stores.push(`    numbers[${slot(this.stores.length)}] = ${member}`)
    if (type === 'boolean') this.stores.push(`    numbers[${slot(this.stores.length)}] = ${member} ? 1 : 0`)
  }

  #list(member: string): void {
    const column = this.#columns + this.#lists++
    this.#objects.push(member)
    this.checks.push(
      `    next = writeList(${member}, numbers, next, at + ${ROW_NUMBERS}, texts, ${column}, known)`,
      `    if (next < 0) return false`,
    )
  }

  /** One object in two places would become two. */
  distinct(): string[] {
    return this.#objects.flatMap((name, index) =>
      this.#objects.slice(0, index).map((other) => `    if (${name} === ${other}) return false`),
    )
  }

  puts(): string {
    if (this.#texts.length === 0) return ''
    const all = this.#texts.map((member, column) => `texts.put(${column}, ${member}, known)`).join(' && ')
    return `    const mark = texts.mark()\n    if (!(${all})) { texts.reset(mark); return false }`
  }
}

class ReadLines {
  /** Lists come first, since their texts were put first. */
  readonly lists: string[] = []
  readonly literal: string
  readonly #textLeaves: number
  #slots = 0
  #columns = 0
  #lists = 0

  constructor(shape: Shape) {
    this.#textLeaves = countLeaves(shape, textTypes)
    if (countLeaves(shape, listTypes) > 0) {
      this.#slots = 1
      this.lists.push(`  let next = at + ${1 + countLeaves(shape, numberTypes)}`)
    }
    this.literal = this.#object(shape)
    if (this.lists.length > 0)
      this.lists.push(
        `  if (numbers[at] !== next - at) throw new RangeError('The lists of a row do not end where it does')`,
      )
  }

  /** Members of a literal are evaluated in their order, so texts are taken in theirs. */
  #object(shape: Shape): string {
    return `{ ${shape.map(([key, type]) => `${JSON.stringify(key)}: ${this.#member(type)}`).join(', ')} }`
  }

  #member(type: LeafType | Shape): string {
    if (typeof type !== 'string') return this.#object(type)
    if (type === 'list') return this.#list()
    if (type === 'string') return `texts.take(${this.#columns++}, known)`
    if (type === 'number') return `compact(numbers[${slot(this.#slots++)}])`
    if (type === 'boolean') return `numbers[${slot(this.#slots++)}] === 1`
    return type
  }

  #list(): string {
    const list = this.#lists++
    this.lists.push(
      `  const list${list} = readList(numbers, next, texts, ${this.#textLeaves + list}, known)`,
      `  next += listNumbers(numbers, next)`,
    )
    return `list${list}`
  }
}

function keyChecks(shape: Shape, name: string): string[] {
  const count = `${name}Keys`
  return [
    `    let ${count} = 0`,
    `    for (const key in ${name}) {`,
    `      switch (${count}++) {`,
    ...shape.map(([key], index) => `        case ${index}: if (key !== ${JSON.stringify(key)}) return false; break`),
    `        default: return false`,
    `      }`,
    `    }`,
    `    if (${count} !== ${shape.length}) return false`,
  ]
}

function slot(index: number): string {
  return index === 0 ? 'at' : `at + ${index}`
}
