import type { Backend } from '../backend'
import { interpreter } from '../reference/backend'
import { isAvailable } from './available'
import { executeEagerly } from './eager'
import { executeOnHost } from './factor'
import { instantiate } from './instance'
import { wasmLimits } from './limits'

/** WebAssembly runs large eager calls and whole programs. The interpreter runs everything else, with the same bits. */
export const wasm: Backend = {
  limits: wasmLimits,
  execute: (work, inputs, output) => executeEagerly(work, inputs, output) ?? executeOnHost(work, inputs, output),
  load: instantiate,
  forPrograms: () => (isAvailable() ? wasm : interpreter),
}
