#!/usr/bin/env node
/** The `latchkey` command. */
import { createProgram } from './cli/program.ts';

await createProgram().parseAsync();
