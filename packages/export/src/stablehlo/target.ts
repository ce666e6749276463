import type {
  Accumulation,
  Combine,
  Convolution,
  Factorization,
  Indexing,
  Meeting,
  Move,
  Program,
  Tensor,
} from '@cotangent/core'
import { sizeOf } from '@cotangent/core/internal'
import { writeProgram } from '../lowering/program'
import type { Block, Loop, LoopResult, Place, Target, Type } from '../lowering/target'
import { type MoveWriter, writeMove } from '../moves/write'
import type { Builder } from './builder'
import { constant } from './constants'
import { branched, type Counter, looped } from './control'
import { MapElements } from './elements'
import { countOutside, gathered, scattered } from './indexing'
import type { Locations } from './locations'
import { moveWriter } from './moves'
import { contracted, convolved } from './products'
import { accumulated, extremePosition, reduced, sortPositions } from './reductions'
import { asValue, elementOf, type Operand, type Value } from './types'

/** How programs are written. */
export interface Manner {
  /** Counts indices that are out of range; null for not. */
  readonly isChecked: boolean
  /** Writes named functions as the instructions that they consist of, which gives the bits of the interpreter. */
  readonly isExpanded: boolean
}

/** Writes each piece of work as operations of StableHLO. */
export class StableHLOTarget implements Target<Value> {
  readonly counter: Counter
  readonly #moves: MoveWriter<Value>

  constructor(
    private readonly b: Builder,
    private readonly locations: Locations,
    private readonly manner: Manner,
  ) {
    this.#moves = moveWriter(b)
    this.counter = { count: null }
  }

  from(place: Place): void {
    this.b.location = this.locations.at(place)
  }

  constant(tensor: Tensor): Value {
    return asValue(constant(this.b, tensor))
  }

  map(program: Program, inputs: readonly Value[], type: Type): Value {
    if (isEmpty(type)) return this.#zeros(type)
    const elements = new MapElements(this.b, type.shape, this.manner.isExpanded)
    const spread = inputs.map((input) => this.b.spread(input, type.shape))
    return asValue(writeProgram<Operand>(program, spread, elements))
  }

  reduce(combine: Combine, x: Value, axes: readonly number[], type: Type): Value {
    if (isEmpty(type)) return this.#zeros(type)
    const isPosition = combine === 'argmaximum' || combine === 'argminimum'
    return asValue(isPosition ? extremePosition(this.b, combine, x, axes) : reduced(this.b, combine, x, axes))
  }

  accumulate(combine: Accumulation, x: Value, axis: number, type: Type): Value {
    return isEmpty(type) ? this.#zeros(type) : asValue(accumulated(this.b, combine, x, axis, type.dtype))
  }

  argsort(x: Value, axis: number, type: Type): Value {
    return isEmpty(type) ? this.#zeros(type) : asValue(sortPositions(this.b, x, axis))
  }

  contract(a: Value, b: Value, type: Type): Value {
    return isEmpty(type) || isEmpty(a) ? this.#zeros(type) : asValue(contracted(this.b, a, b))
  }

  convolve(convolution: Convolution, x: Value, w: Value, type: Type): Value {
    if (isEmpty(type) || isEmpty(x) || isEmpty(w)) return this.#zeros(type)
    return asValue(convolved(this.b, convolution, x, w, type.shape))
  }

  move(parts: Move, inputs: readonly Value[], type: Type): Value {
    return writeMove(this.#moves, parts, inputs, type)
  }

  gather(indexing: Indexing, x: Value, indices: Value, type: Type): Value {
    this.#check(indices, indexing)
    return isEmpty(type) ? this.#zeros(type) : asValue(gathered(this.b, indexing, x, indices, type.shape))
  }

  scatter(indexing: Indexing & { readonly combine: Meeting }, updates: Value, indices: Value, type: Type): Value {
    this.#check(indices, indexing)
    return isEmpty(type) ? this.#zeros(type) : asValue(scattered(this.b, indexing, updates, indices, type.shape))
  }

  factor(_factorization: Factorization, _inputs: readonly Value[], _type: Type): null {
    return null
  }

  loop(loop: Loop<Value>): LoopResult<Value> {
    return looped(this.b, this.counter, loop)
  }

  branch(index: Value, branches: readonly Block<Value>[], types: readonly Type[]): readonly Value[] {
    return branched(this.b, this.counter, index, branches, types)
  }

  fence(values: readonly Value[]): readonly Value[] {
    return values.length === 0 ? [] : this.b.barrier(values).map(asValue)
  }

  /** Counts what is out of range. */
  #check(indices: Value, { size }: Indexing): void {
    if (!this.manner.isChecked || isEmpty(indices)) return
    const outside = countOutside(this.b, indices, size)
    this.counter.count = this.b.uniform('add', this.counter.count!, outside)
  }

  #zeros({ shape, dtype }: Type): Value {
    return asValue(this.b.splat(0, elementOf(dtype), shape))
  }
}

const isEmpty = ({ shape }: Type) => sizeOf(shape) === 0
