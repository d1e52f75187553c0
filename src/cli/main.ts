#!/usr/bin/env node
import { batch } from './batch.ts'
import { benchServiceCommand } from './bench-service.ts'
import { check } from './check.ts'
import { runProgram } from './command.ts'
import { exec } from './exec.ts'
import { services } from './services.ts'

await runProgram([exec, batch, services, check, benchServiceCommand])
