import type { Instruction } from '../../../scalar/instructions'
import { bytesPerElement, type DType } from '../../../values/dtype'
import { constantQuad, load, newQuad } from './access'
import type { Code, Local } from '../format/code'
import type { Helpers } from './helpers'
import { emitters } from './lanes'
import type { Context, Quad } from './quad'
import { type Range, rangesOf } from './ranges'

/** A read of a loop while it runs: where it stands, and how far apart the elements of the inner axis are. */
export interface Cursor {
  readonly pointer: Local
  readonly stride: number
}

/**
 * Writes the program of a loop, four elements at a time. What does not change along the inner axis is computed before it, and
 * constants once.
 */
export class Elements {
  readonly #quads: Quad[]
  readonly #fixed: boolean[]
  readonly #ranges: readonly Range[]

  constructor(
    private readonly code: Code,
    private readonly helpers: Helpers,
    private readonly instructions: readonly Instruction[],
    private readonly reads: readonly Cursor[],
  ) {
    this.#quads = instructions.map((instruction) =>
      instruction.name === 'const'
        ? constantQuad(code, instruction.dtype, instruction.value)
        : newQuad(code, instruction.dtype),
    )
    this.#fixed = []
    this.#ranges = rangesOf(instructions)
    instructions.forEach((instruction, at) => {
      this.#fixed[at] =
        instruction.name === 'input'
          ? reads[instruction.index].stride === 0
          : instruction.operands.every((operand) => this.#fixed[operand])
    })
  }

  dtypeOf(value: number): DType {
    return this.instructions[value].dtype
  }

  /** Where the four elements of a value are after `step`. */
  quadOf(value: number): Quad {
    return this.#quads[value]
  }

  /** Computes what is the same all along the inner axis. */
  begin(): void {
    this.#emit(true)
  }

  /** Computes the rest for the next four elements, and moves the cursors past them. */
  step(): void {
    this.#emit(false)
    const read = this.instructions.flatMap((instruction) =>
      instruction.name === 'input' ? [{ ...this.reads[instruction.index], dtype: instruction.dtype }] : [],
    )
    for (const { pointer, stride, dtype } of read) this.code.advance(pointer, 4 * stride * bytesPerElement(dtype))
  }

  #emit(fixed: boolean): void {
    const { code, helpers, instructions } = this
    instructions.forEach((instruction, at) => {
      if (instruction.name === 'const' || this.#fixed[at] !== fixed) return
      if (instruction.name === 'input') {
        const { pointer, stride } = this.reads[instruction.index]
        load(code, instruction.dtype, stride, pointer, this.#quads[at])
        return
      }
      const { name, dtype } = instruction
      const operands: readonly number[] = instruction.operands
      const context: Context = {
        code,
        helpers,
        dtype,
        from: instructions[operands[name === 'select' ? 1 : 0]].dtype,
        constantOf(operand) {
          const given = instructions[operands[operand]]
          return given.name === 'const' ? given.value : undefined
        },
        rangeOf: (operand) => this.#ranges[operands[operand]],
      }
      emitters[name](
        context,
        this.#quads[at],
        operands.map((operand) => this.#quads[operand]),
      )
    })
  }
}
