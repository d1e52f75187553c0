import { readdirSync, readFileSync } from 'node:fs'
import { dirname, join, normalize } from 'node:path'
import { parseSync } from 'oxc-parser'

/** One import or re-export that a source file makes. */
export interface Import {
  /** The file that is imported, from the root of the repository; or the specifier, where it is no relative one. */
  readonly target: string
  readonly kind: 'static' | 'type' | 'dynamic'
}

/** What the house rules ask of one source file. */
export interface SourceFile {
  /** From the root of the repository. */
  readonly path: string
  readonly lines: number
  readonly imports: readonly Import[]
  /** The names that it exports; `*` where it exports all of another file. */
  readonly exports: readonly string[]
  /** The specifiers that it exports from. */
  readonly reexports: readonly string[]
  /** The types of all nodes of its syntax tree, and `**` and `Math.pow` where they are used. */
  readonly syntax: ReadonlySet<string>
}

/** Every TypeScript file below `folders`. */
export function sourceFiles(...folders: readonly string[]): readonly SourceFile[] {
  return folders.flatMap((folder) =>
    readdirSync(folder, { recursive: true, encoding: 'utf8' })
      .filter((path) => path.endsWith('.ts'))
      .map((path) => readSource(join(folder, path)))
      .toSorted((a, b) => (a.path < b.path ? -1 : 1)),
  )
}

function readSource(path: string): SourceFile {
  const text = readFileSync(path, 'utf8')
  const { program, module, errors } = parseSync(path, text)
  if (errors.length > 0) throw new Error(`${path} cannot be parsed: ${errors[0]?.message}`)

  const imports: Import[] = []
  const add = (specifier: string, kind: Import['kind']) => {
    const target = specifier.startsWith('.') ? normalize(join(dirname(path), specifier)) : specifier
    imports.push({ target, kind })
  }
  for (const { moduleRequest, entries } of module.staticImports) {
    const isType = entries.length > 0 && entries.every((entry) => entry.isType)
    add(moduleRequest.value, isType ? 'type' : 'static')
  }
  const exported = module.staticExports.flatMap(({ entries }) => entries)
  for (const { moduleRequest, isType } of exported)
    if (moduleRequest) add(moduleRequest.value, isType ? 'type' : 'static')

  const syntax = new Set<string>()
  walk(program, (node) => {
    syntax.add(node.type)
    if (node.operator === '**' || node.operator === '**=') syntax.add('**')
    if (node.type === 'MemberExpression' && node.object?.name === 'Math') syntax.add(`Math.${node.property?.name}`)
    const { source } = node
    if (node.type !== 'ImportExpression' && node.type !== 'TSImportType') return
    if (typeof source?.value === 'string') add(source.value, node.type === 'TSImportType' ? 'type' : 'dynamic')
  })

  return {
    path,
    lines: text.trimEnd().split('\n').length,
    imports,
    exports: exported.map(
      ({ exportName, isType }) =>
        `${isType ? 'type ' : ''}${exportName.name ?? (exportName.kind === 'Default' ? 'default' : '*')}`,
    ),
    reexports: exported.flatMap(({ moduleRequest }) => (moduleRequest ? [moduleRequest.value] : [])),
    syntax,
  }
}

interface Node {
  readonly type: string
  readonly source?: { readonly value?: unknown }
  readonly operator?: string
  readonly object?: { readonly name?: string }
  readonly property?: { readonly name?: string }
}

function walk(value: unknown, visit: (node: Node) => void): void {
  if (typeof value !== 'object' || value === null) return
  if (typeof (value as Node).type === 'string') visit(value as Node)
  for (const child of Object.values(value)) walk(child, visit)
}
