import { type Block, blocksOf, type ScheduledKernel, touched, type WorkKernel } from '../kernels/schedule'
import { factsOf, type TensorType } from '../kernels/work'
import { countSteps } from '../scalar/instructions'
import { bytesPerElement } from '../values/dtype'
import { formatType } from '../values/printing'
import { sizeOf } from '../values/shape'
import type { Fused } from './pipeline/fuse'
import { membersOf } from './pipeline/group'
import { printIr } from './pipeline/ir'
import type { Executable } from './executable'

/** A report on a compiled function. `String(explanation)` prints all of it. */
export interface Explanation {
  /** The traced graph, the simplified values, and the kernels, as text. */
  readonly graph: string
  readonly simplified: string
  readonly kernels: readonly string[]
  /** Bytes of the memory that intermediate values share, and the bytes that they would take without sharing. */
  readonly arenaBytes: number
  readonly unsharedBytes: number
  /** Bytes of the WebAssembly module, and of its memory. */
  readonly moduleBytes: number
  readonly memoryBytes: number
  /** Scalar instructions and contraction steps of one call, and the bytes that its kernels read and write. */
  readonly flops: number
  readonly bytesMoved: number
  /** Duration of tracing and compiling. */
  readonly milliseconds: number
  toString(): string
}

/** Describes an executable. */
export function explain(name: string, { stages, footprint }: Executable, milliseconds: number): Explanation {
  const { graph, simplified, fused, schedule } = stages
  const { kernels: list, buffers } = schedule
  const bytesOf = (id: number) => sizeOf(buffers[id].shape) * bytesPerElement(buffers[id].dtype)
  const kernels = describeBlock(buffers, fused, schedule, '#')
  const run = timesRun(list, 1)
  const parts = {
    graph: String(graph),
    simplified: printIr(simplified),
    kernels,
    arenaBytes: footprint.arena,
    unsharedBytes: footprint.unshared,
    moduleBytes: footprint.module,
    memoryBytes: footprint.memory,
    flops: run.reduce((sum, { kernel, times }) => sum + times * flopsOf(kernel), 0),
    bytesMoved: run.reduce((sum, { kernel, times }) => {
      const { reads, writes } = touched(kernel)
      return sum + times * [...new Set(reads), ...writes].reduce((bytes, id) => bytes + bytesOf(id), 0)
    }, 0),
    milliseconds,
  }
  const count = (value: number) => value.toLocaleString('en-US')
  const toString = () =>
    [
      `${name}: ${graph.nodes.length} nodes, ${simplified.values.length} values after simplification, ${kernels.length} kernels`,
      '',
      `traced ${parts.graph}`,
      '',
      `simplified ${parts.simplified}`,
      '',
      'kernels {',
      ...kernels.map((kernel) => `  ${kernel}`),
      '}',
      '',
      `memory: ${count(parts.arenaBytes)} bytes for intermediate values, which would take ${count(parts.unsharedBytes)} without sharing; ` +
        `${count(parts.memoryBytes)} bytes in all`,
      `work: ${count(parts.flops)} operations, ${count(parts.bytesMoved)} bytes read and written`,
      `module: ${count(parts.moduleBytes)} bytes, traced and compiled in ${milliseconds.toFixed(1)} ms`,
    ].join('\n')
  return { ...parts, toString, [Symbol.for('nodejs.util.inspect.custom')]: toString }
}

/** `#3 loop [64, 128]: add, relu -> %9 (reads %8, %1)`. The kernels of loops and branches follow, indented. */
function describeBlock(buffers: readonly TensorType[], fused: Fused, { kernels }: Block, prefix: string): string[] {
  const { ir, groups, bodies } = fused
  return kernels.flatMap((kernel, at) => {
    const [first] = groups[at].members
    const isControl = bodies.has(first)
    const names = (isControl ? [first] : membersOf(groups[at])).map((id) => ir.values[id].name).join(', ')
    const { reads, writes } = touched(kernel)
    const written = writes.map((id) => `%${id}: ${formatType(buffers[id].dtype, buffers[id].shape)}`).join(', ')
    const read = [...new Set(reads)].map((id) => `%${id}`).join(', ') || 'nothing'
    const blocks = blocksOf(kernel)
    // The bodies of one kernel have letters: the step is `a` and the condition `b`.
    const letter = (body: number) => (blocks.length === 1 ? '' : String.fromCodePoint(97 + (body % 26)))
    const inside = blocks.flatMap((block, body) =>
      describeBlock(buffers, bodies.get(first)![body], block, `  ${prefix}${at}${letter(body)}.`),
    )
    return [`${prefix}${at} ${labelOf(kernel)}: ${names} -> ${written}, reads ${read}`, ...inside]
  })
}

/**
 * The kernels that run, and how often: those of a loop as many times as it has rows, or once if nothing bounds it. Of a
 * branch, those of all branches count.
 */
function timesRun(kernels: readonly ScheduledKernel[], times: number): { kernel: ScheduledKernel; times: number }[] {
  return kernels.flatMap((kernel) => {
    const blocks = blocksOf(kernel)
    if (blocks.length === 0) return [{ kernel, times }]
    const inside = kernel.kind === 'repeat' ? times * (kernel.length ?? 1) : times
    return blocks.flatMap((block) => timesRun(block.kernels, inside))
  })
}

function labelOf(kernel: ScheduledKernel): string {
  switch (kernel.kind) {
    case 'loop':
      return `loop [${kernel.shape.join(', ')}]`
    case 'contract':
      return `contract ${kernel.m}x${kernel.n}x${kernel.k}`
    case 'host':
      return 'host'
    case 'work': {
      const { work, inputs } = kernel
      return factsOf(work).label?.(work, typesOf(inputs)) ?? work.kind
    }
    case 'repeat': {
      const { length, count, condition, reverse } = kernel
      const most = length === null ? '' : ` ${length === 1 ? 'once' : `${length} times`}`
      const end = count !== null || (condition !== null && length !== null) ? ' at most' : ''
      return `repeat${most}${end}${condition === null ? '' : ' while a condition holds'}${reverse ? ', last row first' : ''}`
    }
    case 'choose':
      return `choose 1 of ${kernel.branches.length}`
  }
}

function typesOf(inputs: WorkKernel['inputs']): TensorType[] {
  return inputs.map(({ type }) => type)
}

function flopsOf(kernel: ScheduledKernel): number {
  switch (kernel.kind) {
    case 'loop':
      return sizeOf(kernel.shape) * (countSteps(kernel.instructions) + kernel.reductions.length)
    case 'contract': {
      const { batch, m, n, k, epilogue } = kernel
      return 2 * sizeOf(batch) * m * n * k + (epilogue === null ? 0 : flopsOf(epilogue))
    }
    case 'work':
    case 'host': {
      const { work, inputs, type } = kernel
      return factsOf(work).operations(work, typesOf(inputs), type)
    }
    case 'repeat':
    case 'choose':
      return 0
  }
}
