import { backend, type Footprint, type Loaded, type LoaderChoice, type Memory } from '../backends/backend'
import { TraceError, ValueError } from '../errors'
import type { Schedule } from '../kernels/schedule'
import type { TensorType } from '../recording/op'
import type { Graph } from '../graph/graph'
import type { TypedArray } from '../values/dtype'
import { frozenShape } from '../values/shape'
import { type Storage, Tensor } from '../values/tensor'
import { formatPath } from '../trees/places'
import { fuse, type Fused } from './pipeline/fuse'
import { inline } from './pipeline/inline'
import type { Ir } from './pipeline/ir'
import { legalize } from './pipeline/legalize'
import { lower } from './pipeline/lower'
import { scheduleOf } from './pipeline/schedule'
import { simplify } from './pipeline/simplify'

/** The stages of a graph on its way to an executable. Each stage can be printed. */
export interface Stages {
  readonly graph: Graph
  readonly simplified: Ir
  readonly fused: Fused
  readonly schedule: Schedule
  readonly loaded: Loaded
}

/** Runs the pipeline for the loader of the backend, or else for the one that is chosen. */
export function stagesOf(graph: Graph, choose: LoaderChoice): Stages {
  const { limits, load } = backend().loader ?? choose()
  const simplified = simplify(inline(lower(graph)))
  const fused = fuse(legalize(simplified, limits), limits)
  const schedule = scheduleOf(fused, limits)
  return { graph, simplified, fused, schedule, loaded: load(schedule) }
}

/**
 * A tensor of at most this many elements forgets its buffer when it is read: copying it in again is cheaper than a
 * look-up.
 */
const fewElements = 16

/** One of an output's two alternating buffers. It backs the tensor that was last returned from it. */
class OutputBuffer implements Storage {
  tensor: Tensor | null = null
  /** Whether the last call wrote it. The next call must not. */
  isLatest = false

  constructor(
    readonly owner: Executable,
    readonly address: number,
    readonly view: TypedArray,
  ) {}

  read(): TypedArray {
    // A tensor that was read must not keep the program's memory alive, but passing it back must not copy it in.
    const { tensor } = this
    if (tensor !== null) {
      tensor.storage = null
      if (this.view.length > fewElements) this.owner.read.set(tensor, this)
      else this.tensor = null
    }
    return this.view.slice()
  }

  /** Detaches its tensor before the buffer is reused: copies the elements out, unless the tensor has them already. */
  vacate(): void {
    const { tensor } = this
    this.tensor = null
    // The tensor may have left already: it was read, or donated to another program.
    if (tensor?.storage === this) tensor.detach()
  }
}

/** An input: its own buffer, and the last tensor that was copied there. */
interface InputBuffer {
  readonly slot: number
  readonly address: number
  readonly view: TypedArray
  /** Storage of the tensors that are donated to this input. */
  readonly donated: Donated
  tensor: Tensor | null
}

/** The two buffers of an output (double buffering). */
class OutputBuffers {
  constructor(
    readonly type: TensorType,
    readonly slot: number,
    /** The buffer that the next call writes, and the buffer that the last call wrote. */
    public back: OutputBuffer,
    public front: OutputBuffer,
  ) {}

  /** Swaps the buffers after a call, and returns the tensor in the one that was just written. */
  swap(): Tensor {
    const { back, front } = this
    front.isLatest = false
    back.isLatest = true
    this.back = front
    this.front = back
    const tensor = new Tensor(this.type.shape, this.type.dtype, null)
    tensor.storage = back
    back.tensor = tensor
    return tensor
  }
}

/** The storage of donated tensors: reading them is an error. */
class Donated implements Storage {
  constructor(
    private readonly name: () => string,
    private readonly place: () => string,
  ) {}

  get released(): string {
    return `donated to ${this.name()}`
  }

  read(): never {
    throw new ValueError(
      'donated',
      `[compile] this tensor was donated to ${this.name()} as ${this.place()}, and its memory was used for a result; ` +
        'use the result of the function, or leave the argument out of `donate`',
    )
  }
}

/**
 * A compiled graph. Outputs are double-buffered in its memory, so that the outputs of one call can be inputs of the
 * next without a copy. Before a buffer is reused, the tensor that it backs is detached.
 */
export class Executable {
  readonly #loaded: Loaded
  readonly #pointers: Int32Array
  readonly #inputs: readonly InputBuffer[]
  readonly #outputs: readonly OutputBuffers[]
  /** The buffers of tensors that were read. Such a tensor has its own elements and no longer refers to the program. */
  readonly read = new WeakMap<Tensor, OutputBuffer>()
  #running = false

  constructor(
    name: () => string,
    readonly stages: Stages,
  ) {
    const { loaded, schedule, graph } = stages
    this.#loaded = loaded
    this.#pointers = loaded.pointers
    this.#inputs = loaded.inputs.map(({ slot, memory: { address, view } }, i) => {
      const donated = new Donated(name, () => formatPath(['args', ...graph.paths[i]]))
      return { slot, address, view, donated, tensor: null }
    })
    this.#outputs = loaded.outputs.map(({ slot, front, back }, i) => {
      const buffer = ({ address, view }: Memory) => new OutputBuffer(this, address, view)
      const { shape, dtype } = schedule.buffers[schedule.outputs[i]]
      return new OutputBuffers({ shape: frozenShape(shape), dtype }, slot, buffer(back), buffer(front))
    })
  }

  /** Bytes of the code and of the memory. */
  get footprint(): Footprint {
    return this.#loaded.footprint
  }

  /** Computes the outputs. Do not read the inputs at the positions in `donated` afterwards. */
  run(inputs: readonly Tensor[], donated: readonly number[] = []): Tensor[] {
    if (this.#running)
      throw new TraceError(
        'compiled-reentered',
        '[compile] a kernel called the compiled function that it runs in; call another function from kernels',
      )
    for (let i = 0; i < inputs.length; i++) this.#place(inputs[i], this.#inputs[i])
    const outputs = this.#outputs
    for (let i = 0; i < outputs.length; i++) {
      const { back, slot } = outputs[i]
      back.vacate()
      this.#pointers[slot] = back.address
    }
    // Copied here, because the caller reuses the list of inputs, and a kernel may call the function with another
    // signature.
    const released = donated.map((position) => inputs[position])
    this.#running = true
    try {
      this.#loaded.run()
    } finally {
      this.#running = false
    }
    released.forEach((tensor, i) => this.#release(tensor, this.#inputs[donated[i]]))
    const results = new Array<Tensor>(outputs.length)
    for (let i = 0; i < outputs.length; i++) results[i] = outputs[i].swap()
    return results
  }

  /**
   * Points an input at the buffer of its tensor, unless this call writes that buffer; otherwise copies the tensor
   * in.
   */
  #place(tensor: Tensor, input: InputBuffer): void {
    // Fast path: the tensor is still there from the last call, as data and frozen parameters are.
    if (input.tensor === tensor && tensor.storage === null) {
      this.#pointers[input.slot] = input.address
      return
    }
    const buffer = this.#bufferOf(tensor)
    if (buffer?.owner === this && buffer.isLatest) {
      this.#pointers[input.slot] = buffer.address
      return
    }
    if (input.tensor !== tensor || tensor.storage?.released !== undefined) {
      input.tensor = null
      input.view.set(tensor.storage instanceof OutputBuffer ? tensor.storage.view : tensor.values!)
      input.tensor = tensor
    }
    this.#pointers[input.slot] = input.address
  }

  /** The output buffer that holds the elements of a tensor, if any. */
  #bufferOf(tensor: Tensor): OutputBuffer | undefined {
    const { storage } = tensor
    if (storage instanceof OutputBuffer) return storage
    const buffer = storage === null ? this.read.get(tensor) : undefined
    return buffer?.tensor === tensor ? buffer : undefined
  }

  #release(tensor: Tensor, input: InputBuffer): void {
    const buffer = this.#bufferOf(tensor)
    if (buffer !== undefined) buffer.tensor = null
    input.tensor = null
    tensor.release(input.donated)
  }
}
