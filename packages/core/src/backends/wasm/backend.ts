import type { Backend } from '../backend'
import { executeEagerly } from './eager'
import { executeOnHost } from './factor'

/** WebAssembly does large pieces of work. The interpreter does all others, with the same bits. */
export const wasm: Backend = {
  execute: (work, inputs, output) => executeEagerly(work, inputs, output) ?? executeOnHost(work, inputs, output),
}
