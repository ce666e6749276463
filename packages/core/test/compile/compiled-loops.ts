import { compile, type DType, defineOp, scan, type Tensor, noGradient } from '@cotangent/core'
import { interpreted } from '../backends/interpreted'
import { needSameBits } from '../backends/same-bits'
import { filled, generator } from './graph-inputs'

export type Run = (...args: Tensor[]) => Tensor[]

/** Tensors of drawn numbers. */
export function drawn(
  seed: number,
  ...types: readonly (readonly [shape: readonly number[], dtype?: DType])[]
): Tensor[] {
  const random = generator(seed)
  return types.map(([shape, dtype = 'float32']) => filled(shape, dtype, random, 0))
}

/** Throws unless a function gives the same bits when it runs and when it is compiled, also by the interpreter. */
export function needSame(f: Run, args: readonly Tensor[]): void {
  const expected = f(...args)
  const compiled = compile(f)
  const first = compiled(...args)
  needSameBits('compiled, called again', compiled(...args), expected)
  needSameBits('compiled', first, expected)
  needSameBits(
    'by the interpreter',
    interpreted(() => compile(f)(...args)),
    expected,
  )
}

/** A scan as a function of lists. */
export function loop(
  step: (carries: Tensor[], rows: Tensor[]) => readonly [Tensor[], Tensor[]],
  carries: Tensor[],
  xs: Tensor[],
  options: { readonly reverse?: boolean; readonly length?: number } = {},
): Tensor[] {
  const [last, ys] = scan(step as never, carries as never, xs as never, options) as unknown as [Tensor[], Tensor[]]
  return [...last, ...ys]
}

/** An op that the host computes, element by element. */
export const hostOp = (name: string, f: (x: number) => number) =>
  defineOp({
    name,
    inputs: 1,
    infer: ([x]) => x,
    kernel: ([x], out) => x.data.forEach((value, i) => (out.data[i] = f(value))),
    law: noGradient('it is a test'),
    domain: () => ({ inputs: [{ shape: [3] }], attributes: undefined }),
  }) as unknown as (x: Tensor) => Tensor

export const t = (x: unknown) => x as Tensor
