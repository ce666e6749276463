import type { Backend } from '../backend'
import { execute as interpret } from '../reference'
import { interpreter } from '../reference/backend'
import { isAvailable } from './available'
import { executeEagerly } from './eager'
import { instantiate } from './instance'
import { wasmLimits } from './limits'

/** WebAssembly runs large eager calls and whole programs. The interpreter runs everything else, with the same bits. */
export const wasm: Backend = {
  limits: wasmLimits,
  execute: (work, inputs, output) => executeEagerly(work, inputs, output) ?? interpret(work, inputs, output),
  load: instantiate,
  forPrograms: () => (isAvailable() ? wasm : interpreter),
}
