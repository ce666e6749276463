import { expanded } from '../../scalar/expand'
import type { ExpandedProgram, Program } from '../../scalar/instructions'
import type { TypedArray } from '../../values/dtype'
import { blockLength, type InstructionKernel } from './map-bits'
import { kernelOf, multiplyAdd } from './map-kernels'
import { Reader, stores } from './map-layout'

/** Blocks of small tensors; a program that sees no others needs no long registers. */
const smallBlock = 16

interface MachineStep {
  readonly run: InstructionKernel
  readonly out: Float64Array
  readonly a: Float64Array
  readonly b: Float64Array
  readonly c: Float64Array
}

/** A program with its registers: all are float64, which holds every value of every dtype exactly. */
interface Machine {
  readonly length: number
  readonly readers: readonly Reader[]
  readonly steps: readonly MachineStep[]
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
    machine = buildMachine(expanded(program), size <= smallBlock ? smallBlock : blockLength)
    machines.set(program, machine)
  }
  return machine
}

/** Gives every value a register; one whose last reader has run is used again. */
function buildMachine(program: ExpandedProgram, length: number): Machine {
  const { instructions } = program
  const plan = planSteps(program)
  const lastUse = new Array<number>(instructions.length).fill(-1)
  plan.forEach(({ operands }, time) => operands.forEach((operand) => (lastUse[operand] = time)))
  lastUse[program.result] = plan.length
  const free: Float64Array[] = []
  const readers: Reader[] = []
  // Inputs are read and constants are there before the first step runs, so they take their registers first.
  const registers = instructions.map((instruction): Float64Array | undefined => {
    if (instruction.name === 'const') return new Float64Array(length).fill(instruction.value)
    if (instruction.name !== 'input') return undefined
    const register = new Float64Array(length)
    readers.push(new Reader(instruction.index, register, instruction.dtype))
    return register
  })
  const steps = plan.map(({ at, run, operands }, time) => {
    const [a, b = a, c = a] = operands.map((operand) => registers[operand]!)
    for (const operand of new Set(operands))
      if (lastUse[operand] === time && instructions[operand].name !== 'const') free.push(registers[operand]!)
    const out = free.pop() ?? new Float64Array(length)
    registers[at] = out
    return { run, out, a, b, c }
  })
  return { length, readers, steps, result: registers[program.result]! }
}

interface PlannedStep {
  /** The instruction whose value it computes. */
  readonly at: number
  readonly run: InstructionKernel
  readonly operands: readonly number[]
}

/** One step an instruction, but a float product that only one sum needs is computed together with that sum. */
function planSteps({ instructions }: ExpandedProgram): PlannedStep[] {
  const uses = new Array<number>(instructions.length).fill(0)
  for (const { operands } of instructions) for (const operand of operands) uses[operand]++
  const fused = new Set<number>()
  const steps: PlannedStep[] = []
  instructions.forEach((instruction, at) => {
    const { name, dtype } = instruction
    if (name === 'const' || name === 'input') return
    const operands: readonly number[] = instruction.operands
    const together = name === 'add' ? multiplyAdd[dtype] : undefined
    const product = operands.find((operand) => instructions[operand].name === 'mul' && uses[operand] === 1)
    if (together !== undefined && product !== undefined) {
      fused.add(product)
      const other = operands[0] === product ? operands[1] : operands[0]
      steps.push({ at, run: together, operands: [...instructions[product].operands, other] })
    } else steps.push({ at, run: kernelOf(instruction, instructions[operands[0]].dtype), operands })
  })
  return steps.filter(({ at }) => !fused.has(at))
}
