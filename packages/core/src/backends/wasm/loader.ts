import type { Loader } from '../backend'
import { interpretedPrograms } from '../reference/loader'
import { isAvailable } from './available'
import { instantiate } from './instance'
import { wasmLimits } from './limits'

/** Programs as WebAssembly modules; on the interpreter where WebAssembly is missing. */
export const wasmPrograms = (): Loader =>
  isAvailable() ? { limits: wasmLimits, load: instantiate } : interpretedPrograms
