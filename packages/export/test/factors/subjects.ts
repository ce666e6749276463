import { applyAll, key, normal, type Op, tensor, type Tensor, type TensorType } from '@cotangent/core'
import * as library from '@cotangent/core/library'
import type { Factorization } from '@cotangent/core'
import fc from 'fast-check'
import { factorProgram } from '../../src/factors/program'

export type FloatType = 'float32' | 'float64'

/** The ops of the library that are computed by a factorization, by name, those of derivatives too. */
export const factorOps: ReadonlyMap<string, Op> = new Map(
  Object.values(library)
    .flatMap((value: any): any[] => [value, value?.op])
    .filter((value) => value?.body?.kind === 'factor')
    .map((op: Op) => [op.name, op]),
)

/** An op with inputs and attributes. */
export interface Application {
  readonly op: string
  readonly inputs: readonly Tensor[]
  readonly attributes?: unknown
}

export const typeOf = ({ shape, dtype }: Tensor): TensorType => ({ shape: [...shape], dtype })

/** The factorization of an application, and the type of its result. */
export function factorizationOf({ op, inputs, attributes }: Application): {
  readonly factorization: Factorization
  readonly types: readonly TensorType[]
  readonly output: TensorType
} {
  const found = factorOps.get(op)!
  const types = inputs.map(typeOf)
  const output = found.infer(types as never, attributes) as TensorType
  const work = (found.body as any).work(types, output, attributes)
  return { factorization: work.factorization, types, output }
}

/** The program of an application. */
export function programOf(application: Application): (inputs: readonly Tensor[]) => Tensor {
  const { factorization, types, output } = factorizationOf(application)
  return factorProgram(factorization, types, output)
}

/** What core computes, which is the independent implementation. */
export function coreOf({ op, inputs, attributes }: Application): Tensor {
  return applyAll(factorOps.get(op)!, inputs, attributes)[0]
}

/** The applications to each matrix of a batch. */
export function oneByOne({ op, inputs, attributes }: Application): readonly Application[] {
  const batch = [...inputs[0].shape].slice(0, -2)
  const count = batch.reduce((product, size) => product * size, 1)
  return Array.from({ length: count }, (_, at) => ({
    op,
    attributes,
    inputs: inputs.map((input) => {
      const size = input.size / count
      const entries = input.data.slice(at * size, (at + 1) * size)
      return filled(entries, [...input.shape].slice(batch.length), input.dtype as FloatType)
    }),
  }))
}

/** A tensor of numbers. */
export function filled(entries: ArrayLike<number>, shape: readonly number[], dtype: FloatType): Tensor {
  return tensor(Array.from(entries), { dtype }).reshape([...shape]) as Tensor
}

/** Normal numbers from a seed. */
export function normals(seed: number, shape: readonly number[], dtype: FloatType = 'float64'): Tensor {
  return normal(key(seed), [...shape], { dtype: 'float64' }).astype(dtype) as Tensor
}

export const dtypes = fc.constantFrom<FloatType>('float32', 'float64')
export const batches = fc.constantFrom<readonly number[]>([], [1], [3], [2, 2], [0], [2, 0])
export const seeds = fc.integer({ min: 0, max: 2 ** 30 })
export const sizes = fc.integer({ min: 0, max: 8 })
