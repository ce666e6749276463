import { backend, type Footprint, type Loaded, type Memory } from '../backends/backend'
import { TraceError, ValueError } from '../errors'
import type { Schedule } from '../kernels/schedule'
import type { TensorType } from '../recording/op'
import type { Graph } from '../graph/graph'
import type { TypedArray } from '../values/dtype'
import { frozenShape } from '../values/shape'
import { type Home, Tensor } from '../values/tensor'
import { formatPath } from '../trees/places'
import { fuse, type Fused } from './pipeline/fuse'
import type { Ir } from './pipeline/ir'
import { legalize } from './pipeline/legalize'
import { lower } from './pipeline/lower'
import { scheduleOf } from './pipeline/schedule'
import { simplify } from './pipeline/simplify'

/** What became of a graph on its way to a program; each stage can be printed. */
export interface Stages {
  readonly graph: Graph
  readonly simplified: Ir
  readonly fused: Fused
  readonly schedule: Schedule
  readonly loaded: Loaded
}

/** The stages of the pipeline, for the backend of this process. */
export function stagesOf(graph: Graph): Stages {
  const { limits, load } = backend().forPrograms()
  const simplified = simplify(lower(graph))
  const fused = fuse(legalize(simplified, limits), limits)
  const schedule = scheduleOf(fused, limits)
  return { graph, simplified, fused, schedule, loaded: load(schedule) }
}

/** Elements up to which a tensor that was read has left the program: to copy them in again costs less than to find them. */
const fewElements = 16

/** Memory of one of the two turns of an output, which is the home of the tensor that was last returned from it. */
class Room implements Home {
  tensor: Tensor | null = null
  /** Whether it was written by the last call, so that the next one leaves it as it is. */
  isLatest = false

  constructor(
    readonly program: Program,
    readonly address: number,
    readonly view: TypedArray,
  ) {}

  read(): TypedArray {
    // A result that was read must not keep the memory of the whole program, and yet not be copied in again.
    const { tensor } = this
    if (tensor !== null) {
      tensor.home = null
      if (this.view.length > fewElements) this.program.read.set(tensor, this)
      else this.tensor = null
    }
    return this.view.slice()
  }

  /** Lets its tensor take its elements along: no room of the program has them any more. */
  vacate(): void {
    const { tensor } = this
    this.tensor = null
    tensor?.leaveHome()
  }
}

/** An input: where it is copied to, and what was copied last. */
interface InputRoom {
  readonly slot: number
  readonly address: number
  readonly view: TypedArray
  /** Where tensors live that are given away here. */
  readonly donated: Donated
  tensor: Tensor | null
}

/** An output: two rooms that are written in turn. */
class OutputRooms {
  constructor(
    readonly type: TensorType,
    readonly slot: number,
    /** Which is written next, and which was written last. */
    public next: Room,
    public latest: Room,
  ) {}

  /** The tensor in the room that was just written, which is the latest from now on. */
  turn(): Tensor {
    const { next: room, latest } = this
    latest.isLatest = false
    room.isLatest = true
    this.next = latest
    this.latest = room
    const tensor = new Tensor(this.type.shape, this.type.dtype, null)
    tensor.home = room
    room.tensor = tensor
    return tensor
  }
}

/** The home of tensors that were given away. */
class Donated implements Home {
  constructor(
    private readonly name: () => string,
    private readonly place: () => string,
  ) {}

  get gone(): string {
    return `donated to ${this.name()}`
  }

  read(): never {
    throw new ValueError(
      'donated',
      `[compile] this tensor was donated to ${this.name()} as ${this.place()}, and its memory was used for a result; ` +
        'use what the function returned, or leave the argument out of `donate`',
    )
  }
}

/**
 * A compiled graph. Outputs stay in its memory and are written in turns, so that the outputs of one call can be inputs of the
 * next without a copy. Before a room is used again, the tensor that lives there takes its elements with it.
 */
export class Program {
  readonly #loaded: Loaded
  readonly #pointers: Int32Array
  readonly #inputs: readonly InputRoom[]
  readonly #outputs: readonly OutputRooms[]
  /** Rooms of tensors that were read: these have their elements, and do not know of the program any more. */
  readonly read = new WeakMap<Tensor, Room>()
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
      const room = ({ address, view }: Memory) => new Room(this, address, view)
      const { shape, dtype } = schedule.buffers[schedule.outputs[i]]
      return new OutputRooms({ shape: frozenShape(shape), dtype }, slot, room(back), room(front))
    })
  }

  /** Bytes of the code and of its memory. */
  get footprint(): Footprint {
    return this.#loaded.footprint
  }

  /** Computes the outputs. The inputs at the positions in `given` are not needed any more: their memory is used again. */
  run(inputs: readonly Tensor[], given: readonly number[] = []): Tensor[] {
    if (this.#running)
      throw new TraceError(
        'compiled-reentered',
        '[compile] a kernel called the compiled function that it runs in; call another function from kernels',
      )
    for (let i = 0; i < inputs.length; i++) this.#place(inputs[i], this.#inputs[i])
    const outputs = this.#outputs
    for (let i = 0; i < outputs.length; i++) {
      const room = outputs[i].next
      room.vacate()
      this.#pointers[outputs[i].slot] = room.address
    }
    // A kernel may call the function with another signature, and whoever calls keeps the list of inputs for the next call.
    const leaving = given.map((position) => inputs[position])
    this.#running = true
    try {
      this.#loaded.run()
    } finally {
      this.#running = false
    }
    leaving.forEach((tensor, i) => this.#giveAway(tensor, this.#inputs[given[i]]))
    const results = new Array<Tensor>(outputs.length)
    for (let i = 0; i < outputs.length; i++) results[i] = outputs[i].turn()
    return results
  }

  /** Points to a tensor where it is, if that is a room that is not written now, or copies it in. */
  #place(tensor: Tensor, input: InputRoom): void {
    // What is there from the last call, as parameters that are not trained are, is looked for nowhere else.
    if (input.tensor === tensor && tensor.home === null) {
      this.#pointers[input.slot] = input.address
      return
    }
    const room = this.#roomOf(tensor)
    if (room?.program === this && room.isLatest) {
      this.#pointers[input.slot] = room.address
      return
    }
    if (input.tensor !== tensor || tensor.home?.gone !== undefined) {
      input.tensor = null
      input.view.set(tensor.home instanceof Room ? tensor.home.view : tensor.values!)
      input.tensor = tensor
    }
    this.#pointers[input.slot] = input.address
  }

  /** The room in which the elements of a tensor are, if they are in one. */
  #roomOf(tensor: Tensor): Room | undefined {
    const { home } = tensor
    if (home instanceof Room) return home
    const room = home === null ? this.read.get(tensor) : undefined
    return room?.tensor === tensor ? room : undefined
  }

  #giveAway(tensor: Tensor, input: InputRoom): void {
    const room = this.#roomOf(tensor)
    if (room !== undefined) room.tensor = null
    input.tensor = null
    tensor.surrender(input.donated)
  }
}
