import type { WorkKernel } from '../../kernels/schedule'
import { isPosition, type Kind, type TensorType, type Work } from '../../kernels/work'
import { expanded } from '../../scalar/expand'
import { sizeOf } from '../../values/shape'
import { canFindPosition, emitAlongAxis, emitPosition } from './axis/axis'
import type { Emitter, KernelCall } from './emitter'

/** The kernel of a kind of work that this machine does on contiguous inputs. */
interface KernelOfKind<K extends Kind> {
  /** Adds the functions of a kernel. */
  emit(emitter: Emitter, kernel: WorkKernel<K>): KernelCall | readonly KernelCall[]
  /** Whether there is code for it; default: always. */
  canEmit?(kernel: WorkKernel<K>): boolean
}

/** Kernels of kinds of work. The interpreter does the kinds that are missing. */
export type KernelTable = { readonly [K in Kind]?: KernelOfKind<K> }

/** The kernels of eager calls. Loops and contractions do most maps, reductions and products. */
export const eagerKernels = {
  reduce: { emit: emitPosition, canEmit: canFindPosition },
  accumulate: { emit: emitAlongAxis },
  argsort: { emit: emitAlongAxis },
} satisfies KernelTable

function kernelOfKind(table: KernelTable, { work }: WorkKernel): KernelOfKind<Kind> | undefined {
  return table[work.kind]
}

/** Whether there is code for a kernel. */
export function canEmit(table: KernelTable, kernel: WorkKernel): boolean {
  const found = kernelOfKind(table, kernel)
  return found !== undefined && (found.canEmit?.(kernel) ?? true)
}

/** Adds the functions of a kernel for which there is code. */
export function emitWork(table: KernelTable, emitter: Emitter, kernel: WorkKernel): KernelCall | readonly KernelCall[] {
  return kernelOfKind(table, kernel)!.emit(emitter, kernel)
}

type IsWorthwhile<K extends Kind> = (work: Work<K>, inputs: readonly TensorType[], output: TensorType) => boolean

const size = ({ shape }: TensorType) => sizeOf(shape)

/** The number of elements times instructions from which on an eager map pays. */
const longMap = 8192

/** Programs of ops are shorter. A smaller map need not look its program up, which every small eager call would do. */
const longProgram = 512

// From which number of elements, products or instructions on an eager call of a kernel saves more than it costs. The
// interpreter does the kinds that are missing here.
const worthwhile: { readonly [K in Kind]?: IsWorthwhile<K> } = {
  map({ program }, _, output) {
    const elements = size(output)
    return elements * longProgram >= longMap && elements * (expanded(program).instructions.length + 1) >= longMap
  },
  reduce: ({ combine }, [input], output) => size(input) >= (isPosition(combine) ? 512 : 2048) && size(output) > 0,
  contract: (_, [{ shape }], output) => size(output) * shape[shape.length - 1] >= 8192,
  accumulate: (_, __, output) => size(output) >= 2048,
  argsort: (_, __, output) => size(output) >= 256,
}

/** Whether an eager call of a kernel saves more than it costs. */
export function isWorthwhile(work: Work, inputs: readonly TensorType[], output: TensorType): boolean {
  return (worthwhile[work.kind] as IsWorthwhile<Kind> | undefined)?.(work, inputs, output) ?? false
}
