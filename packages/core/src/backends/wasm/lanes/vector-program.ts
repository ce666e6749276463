import type { Instruction } from '../../../scalar/instructions'
import { bytesPerElement, type DType } from '../../../values/dtype'
import type { Code, Local } from '../format/code'
import { loadElements } from './access'
import type { Context } from './context'
import type { Helpers } from './helpers'
import { vectorCode } from './lanes'
import { constantQuad, newQuad, type Quad } from './quad'
import { type Range, rangesOf } from './ranges'

/** Where an input of a program is read: a pointer, and the stride between elements along the inner axis. */
export interface StridedPointer {
  readonly pointer: Local
  readonly stride: number
  /** Bytes from the pointer to the element; default: 0. Inputs may share a pointer if they have one stride. */
  readonly offset?: number
}

/**
 * Writes a scalar program as vector code, four elements at a time. Constants are computed once for the function, and
 * values that do not change along the inner axis are computed before its loop.
 */
export class VectorProgram {
  readonly #quads: readonly Quad[]
  /** Whether a value is invariant: the same for all elements of the inner axis. */
  readonly #isInvariant: boolean[] = []
  readonly #ranges: readonly Range[]

  constructor(
    private readonly code: Code,
    private readonly helpers: Helpers,
    private readonly instructions: readonly Instruction[],
    private readonly inputs: readonly StridedPointer[],
  ) {
    this.#quads = instructions.map((instruction) =>
      instruction.name === 'const'
        ? constantQuad(code, instruction.dtype, instruction.value)
        : newQuad(code, instruction.dtype),
    )
    this.#ranges = rangesOf(instructions)
    instructions.forEach((instruction, at) => {
      this.#isInvariant[at] =
        instruction.name === 'input'
          ? inputs[instruction.index].stride === 0
          : instruction.operands.every((operand) => this.#isInvariant[operand])
    })
  }

  dtypeOf(value: number): DType {
    return this.instructions[value].dtype
  }

  /** The locals that hold the four elements of a value after `step`. */
  quadOf(value: number): Quad {
    return this.#quads[value]
  }

  /** Computes the values that are invariant along the inner axis. */
  begin(): void {
    this.#emit(true)
  }

  /** Computes all other values for the next four elements, and advances the pointers past them. */
  step(): void {
    this.#emit(false)
    const advanced = new Set<Local>()
    for (const instruction of this.instructions) {
      if (instruction.name !== 'input') continue
      const { pointer, stride } = this.inputs[instruction.index]
      if (advanced.has(pointer)) continue
      advanced.add(pointer)
      this.code.advance(pointer, 4 * stride * bytesPerElement(instruction.dtype))
    }
  }

  #emit(invariant: boolean): void {
    this.instructions.forEach((instruction, at) => {
      if (instruction.name === 'const' || this.#isInvariant[at] !== invariant) return
      if (instruction.name === 'input') {
        const { pointer, stride, offset } = this.inputs[instruction.index]
        loadElements(this.code, instruction.dtype, stride, pointer, this.#quads[at], offset)
        return
      }
      const operands: readonly number[] = instruction.operands
      vectorCode[instruction.name](
        this.#contextOf(instruction),
        this.#quads[at],
        operands.map((operand) => this.#quads[operand]),
      )
    })
  }

  #contextOf(instruction: Instruction): Context {
    const { code, helpers, instructions } = this
    const { name, dtype } = instruction
    const operands: readonly number[] = instruction.operands
    return {
      code,
      helpers,
      dtype,
      // The first operand of `select` is its condition.
      from: instructions[operands[name === 'select' ? 1 : 0]].dtype,
      constantOf(operand) {
        const given = instructions[operands[operand]]
        return given.name === 'const' ? given.value : undefined
      },
      rangeOf: (operand) => this.#ranges[operands[operand]],
    }
  }
}
