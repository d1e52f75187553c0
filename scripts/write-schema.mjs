// Writes services.schema.json, for editors, from the schema that the runtime itself checks with. Runs after the build.
import { writeFileSync } from 'node:fs'
import { servicesJsonSchema } from '../dist/src/contract/services-schema.js'

writeFileSync(
  new URL('../services.schema.json', import.meta.url),
  `${JSON.stringify(servicesJsonSchema(), undefined, 2)}\n`,
)
