import type { Limits } from '../kernels/limits'
import type { Schedule } from '../kernels/schedule'
import type { Buffer, TensorType, Work } from '../kernels/work'
import type { TypedArray } from '../values/dtype'

/** Memory of one buffer. */
export interface Memory {
  /** What a pointer to it is. */
  readonly address: number
  /** The elements, as a view that kernels read and write through. */
  readonly view: TypedArray
}

/** Bytes of a loaded schedule. */
export interface Footprint {
  /** Of the code, and of the memory. */
  readonly module: number
  readonly memory: number
  /** That intermediate values share, and that they would take without sharing. */
  readonly arena: number
  readonly unshared: number
}

/** A schedule with its memory, ready to run. */
export interface Loaded {
  /** Runs every kernel in order. */
  readonly run: () => void
  /** Where kernels find inputs and outputs: the address in each pointer slot, which the caller sets before a run. */
  readonly pointers: Int32Array
  /** The pointer slot of each input, and memory of its own. */
  readonly inputs: readonly { readonly slot: number; readonly memory: Memory }[]
  /** The pointer slot of each output, and its two buffers. */
  readonly outputs: readonly { readonly slot: number; readonly front: Memory; readonly back: Memory }[]
  readonly footprint: Footprint
}

/** A machine that does work. All compute the same bits. */
export interface Backend {
  readonly limits: Limits
  /** Does one piece of work on concrete inputs. The result may share its storage with an input, which nobody writes to. */
  execute(work: Work, inputs: readonly Buffer[], output: TensorType): TypedArray
  /**
   * Makes a schedule ready to run.
   *
   * @throws ValueError where there is not enough memory.
   */
  load(schedule: Schedule): Loaded
  /** The backend that programs are compiled for: itself, or another one where this machine cannot be used. */
  forPrograms(): Backend
}

let chosen: Backend | undefined

/** Chooses the backend of this process. */
export function chooseBackend(backend: Backend): void {
  chosen = backend
}

/** The chosen backend. */
export function backend(): Backend {
  return chosen!
}
