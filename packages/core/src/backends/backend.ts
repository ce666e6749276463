import type { Limits } from '../kernels/limits'
import type { Schedule } from '../kernels/schedule'
import type { Buffer, TensorType, Work } from '../kernels/work'
import type { TypedArray } from '../values/dtype'

/** Memory of one buffer. */
export interface Memory {
  /** The value of a pointer to it. */
  readonly address: number
  /** A view of the elements, for reading and writing. */
  readonly view: TypedArray
}

/** Bytes of a loaded schedule. */
export interface Footprint {
  /** Size of the code, and of all memory. */
  readonly module: number
  readonly memory: number
  /** Size of the memory that intermediate values share, and the sum of their sizes. */
  readonly arena: number
  readonly unshared: number
}

/** A schedule with its memory, ready to run. */
export interface Loaded {
  /** Runs every kernel in order. */
  readonly run: () => void
  /** The pointer slots: the address of each input and output, which the caller sets before a run. */
  readonly pointers: Int32Array
  /** The pointer slot of each input, and its own memory. */
  readonly inputs: readonly { readonly slot: number; readonly memory: Memory }[]
  /** The pointer slot of each output, and its two buffers. */
  readonly outputs: readonly { readonly slot: number; readonly front: Memory; readonly back: Memory }[]
  readonly footprint: Footprint
}

/** A machine that does work. All backends compute the same bits. */
export interface Backend {
  /**
   * Does one piece of work on concrete inputs. The result may share its storage with an input, which nobody writes to.
   */
  execute(work: Work, inputs: readonly Buffer[], output: TensorType): TypedArray
  /** Runs the programs of this process; default: the loader that `compile` was made with. */
  readonly loader?: Loader
}

/** What runs whole programs. */
export interface Loader {
  readonly limits: Limits
  /**
   * Makes a schedule ready to run.
   *
   * @throws ValueError where there is not enough memory.
   */
  load(schedule: Schedule): Loaded
}

/** Chooses a loader when the first program is made: a machine may turn out to be missing. */
export type LoaderChoice = () => Loader

let chosen: Backend | undefined

/** Chooses the backend of this process. */
export function chooseBackend(backend: Backend): void {
  chosen = backend
}

/** The chosen backend. */
export function backend(): Backend {
  return chosen!
}
