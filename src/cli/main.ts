#!/usr/bin/env node
import { batch } from './batch.ts'
import { benchServiceCommand } from './bench-service.ts'
import { check } from './check.ts'
import { runProgram } from './command.ts'
import { exec } from './exec.ts'
import { replay } from './replay.ts'
import { run } from './run.ts'
import { services } from './services.ts'
import { verify } from './verify.ts'

await runProgram([exec, batch, run, verify, replay, services, check, benchServiceCommand])
