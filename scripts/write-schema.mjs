// Writes the JSON schemas of the files that people write, for editors, from the schemas that the runtime itself checks
// with. Runs after the build.
import { writeFileSync } from 'node:fs'
import { servicesJsonSchema } from '../dist/src/contract/services-schema.js'
import { experimentJsonSchema } from '../dist/src/experiment/experiment-schema.js'

write('services.schema.json', servicesJsonSchema())
write('experiment.schema.json', experimentJsonSchema())

function write(name, schema) {
  writeFileSync(new URL(`../${name}`, import.meta.url), `${JSON.stringify(schema, undefined, 2)}\n`)
}
