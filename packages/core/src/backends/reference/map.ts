import type { Program } from '../../scalar/builder'
import type { TypedArray } from '../../values/dtype'
import { blockLength } from './map-bits'
import { kernelOf, type Kernel } from './map-kernels'
import { Reader, stores } from './map-layout'

/** Blocks of small tensors; a program that sees no others needs no long registers. */
const smallBlock = 16

interface Step {
  readonly run: Kernel
  readonly out: Float64Array
  readonly a: Float64Array
  readonly b: Float64Array
  readonly c: Float64Array
}

/** A program with its registers: all are float64, which holds every value of every dtype exactly. */
interface Machine {
  readonly length: number
  readonly readers: readonly Reader[]
  readonly steps: readonly Step[]
  readonly result: Float64Array
}

const machines = /* @__PURE__ */ new WeakMap<Program, Machine>()

/**
 * Runs `program` for every element of the row-major `output` of shape `shape`. Input i has the strides
 * `inputStrides[i]`, in elements, one for each axis of `shape`; 0 repeats it along that axis. Elements go through the
 * program in blocks, one tight loop an instruction; nothing proportional to the size is allocated.
 *
 * @throws ValueError where an int32 remainder has a zero divisor; `output` is then incomplete.
 */
export function runMap(
  program: Program,
  inputs: readonly TypedArray[],
  inputStrides: readonly (readonly number[])[],
  shape: readonly number[],
  output: TypedArray,
): void {
  let size = 1
  for (let axis = 0; axis < shape.length; axis++) size *= shape[axis]
  if (size === 0) return
  const { length, readers, steps, result } = machineFor(program, size)
  const store = stores[program.dtype]
  for (let i = 0; i < readers.length; i++) readers[i].layOut(shape, inputStrides[readers[i].input])
  for (let start = 0; start < size; start += length) {
    const count = Math.min(length, size - start)
    for (let i = 0; i < readers.length; i++) readers[i].read(inputs[readers[i].input], start, count)
    for (let i = 0; i < steps.length; i++) {
      const step = steps[i]
      step.run(step.out, step.a, step.b, step.c, count)
    }
    store(output, start, result, count)
  }
}

/** The program's value for one element, whose inputs are rounded to their dtypes; bool is 0 or 1. */
export function evaluateScalar(program: Program, values: readonly number[]): number {
  const { readers, steps, result } = machineFor(program, 1)
  for (const { input, register } of readers)
    register[0] = program.inputs[input] === 'float32' ? Math.fround(values[input]) : values[input]
  for (const step of steps) step.run(step.out, step.a, step.b, step.c, 1)
  return result[0]
}

function machineFor(program: Program, size: number): Machine {
  let machine = machines.get(program)
  if (machine === undefined || (size > machine.length && machine.length < blockLength)) {
    machine = buildMachine(program, size <= smallBlock ? smallBlock : blockLength)
    machines.set(program, machine)
  }
  return machine
}

/** Gives every value a register; one whose last reader has run is used again. */
function buildMachine(program: Program, length: number): Machine {
  const { instructions } = program
  const lastUse = new Array<number>(instructions.length).fill(-1)
  instructions.forEach(({ operands }, at) => operands.forEach((operand) => (lastUse[operand] = at)))
  lastUse[program.result] = instructions.length
  const free: Float64Array[] = []
  const registers: Float64Array[] = []
  const readers: Reader[] = []
  const steps: Step[] = []
  // Inputs are all read before the first step runs, so they take their registers first.
  instructions.forEach((instruction, at) => {
    if (instruction.name !== 'input') return
    registers[at] = new Float64Array(length)
    readers.push(new Reader(instruction.index, registers[at], instruction.dtype))
  })
  instructions.forEach((instruction, at) => {
    if (instruction.name === 'input') return
    if (instruction.name === 'const') {
      registers[at] = new Float64Array(length).fill(instruction.value)
      return
    }
    const operands: readonly number[] = instruction.operands
    for (const operand of new Set(operands))
      if (lastUse[operand] === at && instructions[operand].name !== 'const') free.push(registers[operand])
    const out = free.pop() ?? new Float64Array(length)
    registers[at] = out
    const [a, b = a, c = a] = operands.map((operand) => registers[operand])
    steps.push({ run: kernelOf(instruction, instructions[operands[0]].dtype), out, a, b, c })
  })
  return { length, readers, steps, result: registers[program.result] }
}
