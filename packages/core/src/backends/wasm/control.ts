import type { BufferId, ChooseKernel, RepeatKernel } from '../../kernels/schedule'
import { sizeOf } from '../../values/shape'
import type { Driver, Emitter, KernelCall } from './emitter'
import { Code, type Local } from './format/code'

/**
 * Adds the function of a loop. Cells are pointers that move: those of rows by a row a step, and those of a carry from
 * one of two buffers to the other (double buffering). One of the two is that of the result. The first step reads a
 * carry where it lies.
 */
export function emitRepeat(emitter: Emitter, kernel: RepeatKernel, driverOf: Driver): KernelCall {
  const { condition, step, steps } = kernel
  const [runStep, runCondition] = [driverOf(step), condition && driverOf(condition)]
  const code = new Code()
  const emission = new Repetition(emitter, code, kernel)
  const { count, taken, goesOn } = emission
  const test = () => {
    code.get(taken, count).op('i32.lt_u')
    if (runCondition === null) return
    code.set(goesOn).get(goesOn)
    code.if(() => {
      code.call(runCondition)
      emitter.pushAddress(code, { buffer: condition!.result, offset: 0 })
      code.memory('i32.load8_u').set(goesOn)
    })
    code.get(goesOn)
  }
  emission.setCount()
  emission.setCells()
  test()
  code.if(() =>
    code.repeat(() => {
      code.call(runStep)
      emission.advance()
      code.advance(taken, 1)
    }, test),
  )
  emission.finishCarries()
  emission.clearRows()
  if (steps !== null) {
    emitter.pushAddress(code, { buffer: steps, offset: 0 })
    code.get(taken).memory('i32.store')
  }
  return { index: emitter.module.add(code), arguments: [] }
}

/** The parts of a loop's function. */
class Repetition {
  readonly count: Local
  readonly taken: Local
  readonly goesOn: Local
  /** For rows that are copied to their stacks: where the next one goes. */
  readonly #targets: ReadonlyMap<BufferId, Local>

  constructor(
    private readonly emitter: Emitter,
    private readonly code: Code,
    private readonly kernel: RepeatKernel,
  ) {
    const named = code.named('count', 'taken', 'goesOn')
    this.count = named.count
    this.taken = named.taken
    this.goesOn = named.goesOn
    const copied = kernel.stacks.flatMap(({ row }) => ('address' in emitter.plan.buffers[row].place ? [row] : []))
    this.#targets = new Map(copied.map((row) => [row, code.local()]))
  }

  /** Sets the largest number of steps. */
  setCount(): void {
    const { code, count } = this
    const { length, count: given } = this.kernel
    // Without a bound, the largest unsigned number.
    if (given === null) code.i32(length ?? -1).set(count)
    else {
      this.#address(given)
      code.memory('i32.load').set(count)
      code.get(count).i32(length!).get(count).i32(length!).op('i32.lt_s', 'select').set(count)
      code.i32(0).get(count).i32(0).get(count).op('i32.gt_s', 'select').set(count)
    }
  }

  /** Points the cells at what the first step reads and writes. */
  setCells(): void {
    const { code, count } = this
    const { carries, xs, stacks, reverse, condition } = this.kernel
    for (const { first, last, current, next } of carries) {
      this.#setCell(current, () => this.#address(first))
      this.#setCell(next, () => {
        // With a known number of steps, the last one writes the result.
        const spare = this.emitter.plan.spares.get(next)!
        if (condition !== null) this.#address(last)
        else {
          this.#address(last)
          code.i32(spare).get(count).i32(1).op('i32.and', 'select')
        }
      })
    }
    for (const { stack, row } of [...xs, ...stacks])
      this.#setPointer(row, () => {
        this.#address(stack)
        if (reverse) code.get(count).i32(1).op('i32.sub').i32(this.#bytesOf(row)).op('i32.mul', 'i32.add')
      })
  }

  /** Moves the cells after a step. */
  advance(): void {
    const { code } = this
    const { carries, xs, stacks, reverse } = this.kernel
    for (const [row, target] of this.#targets) {
      code.get(target)
      this.#address(row)
      code.i32(this.#bytesOf(row)).op('memory.copy')
    }
    for (const { row } of [...xs, ...stacks])
      this.#setPointer(row, () => {
        this.#pushPointer(row)
        code.i32(reverse ? -this.#bytesOf(row) : this.#bytesOf(row)).op('i32.add')
      })
    for (const { last, current, next } of carries) {
      this.#setCell(current, () => this.#address(next))
      this.#setCell(next, () => {
        this.#address(last)
        code.i32(this.emitter.plan.spares.get(next)!).op('i32.add')
        this.#address(next)
        code.op('i32.sub')
      })
    }
  }

  /**
   * Copies carries that did not end in the memory of their results: after no step, or after as many as a condition
   * allowed.
   */
  finishCarries(): void {
    const { code } = this
    for (const { last, current } of this.kernel.carries) {
      this.#address(current)
      this.#address(last)
      code.op('i32.ne').if(() => {
        this.#address(last)
        this.#address(current)
        code.i32(this.#bytesOf(current)).op('memory.copy')
      })
    }
  }

  /** Fills the rows of steps that were not taken with zeros. */
  clearRows(): void {
    const { code, count, taken } = this
    const { stacks, length, reverse, condition, count: given } = this.kernel
    if (condition === null && given === null) return
    for (const { stack, row } of stacks) {
      const bytes = this.#bytesOf(row)
      // Rows before and behind those that were written.
      const [low, high] = code.locals(2)
      if (reverse) code.get(count, taken).op('i32.sub').set(low).get(count).set(high)
      else code.get(taken).set(high)
      this.#address(stack)
      code.i32(0).get(low).i32(bytes).op('i32.mul', 'memory.fill')
      this.#address(stack)
      code.offset(high, bytes)
      code.i32(0).i32(length!).get(high).op('i32.sub').i32(bytes).op('i32.mul', 'memory.fill')
    }
  }

  #bytesOf(buffer: BufferId): number {
    return sizeOf(this.emitter.plan.buffers[buffer].shape) * this.emitter.bytesOf(buffer)
  }

  #address(buffer: BufferId): void {
    this.emitter.pushAddress(this.code, { buffer, offset: 0 })
  }

  #setCell(cell: BufferId, push: () => void): void {
    const { place } = this.emitter.plan.buffers[cell]
    this.code.i32((place as { slot: number }).slot)
    push()
    this.code.memory('i32.store')
  }

  /** Sets the pointer of a row: its cell, or where it is copied to. */
  #setPointer(row: BufferId, push: () => void): void {
    const target = this.#targets.get(row)
    if (target === undefined) this.#setCell(row, push)
    else {
      push()
      this.code.set(target)
    }
  }

  #pushPointer(row: BufferId): void {
    const target = this.#targets.get(row)
    if (target === undefined) this.#address(row)
    else this.code.get(target)
  }
}

/** Adds the function of a branch, which runs the block of its index. */
export function emitChoose(emitter: Emitter, { index, branches }: ChooseKernel, driverOf: Driver): KernelCall {
  const drivers = branches.map(driverOf)
  const code = new Code()
  const chosen = code.local()
  emitter.pushAddress(code, { buffer: index, offset: 0 })
  code.memory('i32.load').set(chosen)
  const choose = (at: number): void => {
    if (at === drivers.length - 1) code.call(drivers[at])
    else
      code
        .get(chosen)
        .i32(at)
        .op('i32.le_s')
        .if(
          () => code.call(drivers[at]),
          () => choose(at + 1),
        )
  }
  choose(0)
  return { index: emitter.module.add(code), arguments: [] }
}
