// Writes services.schema.json, for editors, from the schema that the runtime itself checks with. Runs after the build.
// The runtime has a copy of its own, which lies to its modules as the one for editors does to their sources.
import { writeFileSync } from 'node:fs'
import { servicesJsonSchema } from '../dist/src/contract/services-schema.js'

const text = `${JSON.stringify(servicesJsonSchema(), undefined, 2)}\n`
for (const folder of ['../', '../dist/']) writeFileSync(new URL(`${folder}services.schema.json`, import.meta.url), text)
