// Puts the modules of the runtime together into a few files, which replace those of its entries. Runs after `tsc`: to
// load a module of its own takes Node half a millisecond, a program loads some 130 and each worker some 90.
//
// Between the entries every module is there once, so that classes and state are shared, among them and with components.
// What `tsc` has written beside them, components and benchmarks import file by file.
import { rmSync } from 'node:fs'
import { rolldown } from 'rolldown'

const entries = {
  'src/index': 'src/index.ts',
  'src/component': 'src/component.ts',
  'src/cli/main': 'src/cli/main.ts',
  'workers/lane': 'workers/lane.ts',
}

// The first that fits takes a module, and with it all that it imports. What only `import()` reaches gets files of its own.
const groups = [
  // What components import. An experiment's identity includes it, so nothing else is in there.
  { name: 'component', test: /\/src\/contract\/(?:component|errors|transfer)\.ts$/ },
  // What either side of a thread loads.
  { name: 'common', test: isCommon },
  { name: 'worker', test: /\/src\/worker\// },
  { name: 'supervisor', test: /\/src\/(?:supervisor\/|index\.ts$)/ },
  { name: 'cli', test: /\/src\/cli\/(?!main\.ts)/ },
]

rmSync('dist/src/bundle', { recursive: true, force: true })
const bundle = await rolldown({
  input: entries,
  platform: 'node',
  external: (id) => !/^[./]/.test(id),
})
const { output } = await bundle.write({
  dir: 'dist',
  format: 'esm',
  sourcemap: true,
  entryFileNames: '[name].js',
  // As deep as the folders of `src`: what a module says of files beside it holds for it in either place.
  chunkFileNames: 'src/bundle/[name].js',
  codeSplitting: {
    groups: groups.map((group, index) => ({ ...group, priority: groups.length - index })),
  },
})
await bundle.close()

for (const chunk of output) {
  if (chunk.type !== 'chunk' || !chunk.isEntry) continue
  const strays = chunk.moduleIds.filter((id) => !id.endsWith(entries[chunk.name]))
  if (strays.length > 0) throw new Error(`${chunk.fileName} would hold ${strays.join(', ')}: no group has taken it`)
}

function isCommon(id) {
  if (/\/src\/contract\/(?:services-schema|stock-configs|parse-services|shape-problem)\.ts$/.test(id)) return false
  if (id.endsWith('/src/kernel/comlink.ts')) return false
  return /\/src\/(?:contract|kernel|numerics)\/|\/src\/middleware\/stock\.ts$/.test(id)
}
