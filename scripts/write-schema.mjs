// Writes the JSON schemas of the files that people write, for editors, from the schemas that the runtime itself checks
// with. Runs after the build. Of the one that it starts with, the runtime has a copy of its own, which lies to its
// modules as the one for editors does to their sources.
import { writeFileSync } from 'node:fs'
import { servicesJsonSchema } from '../dist/src/contract/services-schema.js'
import { experimentJsonSchema } from '../dist/src/experiment/experiment-schema.js'

write(['../services.schema.json', '../dist/services.schema.json'], servicesJsonSchema())
write(['../experiment.schema.json'], experimentJsonSchema())

function write(paths, schema) {
  const text = `${JSON.stringify(schema, undefined, 2)}\n`
  for (const path of paths) writeFileSync(new URL(path, import.meta.url), text)
}
