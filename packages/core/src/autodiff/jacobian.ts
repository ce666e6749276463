import type { Masked } from '../recording/mask'
import { reshapeTo } from '../ops/movement'
import { stack } from '../ops/slicing'
import { checkArguments, type Kind } from '../arguments/arguments'
import { callPlain, guardMutation } from '../trees/mutation-guard'
import { allocate } from '../values/dtype'
import { aFunction } from '../arguments/kinds'
import type { Shape } from '../types/shapes'
import { Tensor } from '../values/tensor'
import { boxOfEntry } from './boxes'
import { differentiate, evaluate, noLeaves, resultOf } from './grad'
import { placesOfBox, softMask } from './masks'
import { notConnected } from './paths'
import { cleanValue, pullBackMasked } from './sweeps'
import { record } from './tape'

function inFirstArgument(transform: string): readonly Kind[] {
  const surplus =
    `pass the arguments to the function that it returns, ${transform}(f)(x); ` +
    `to differentiate with respect to another argument, call ${transform}((y) => f(x, y))(y)`
  return [{ ...aFunction, surplus }]
}

const jacobianParameters = /* @__PURE__ */ inFirstArgument('jacobian')
const hessianParameters = /* @__PURE__ */ inFirstArgument('hessian')

/** `[...out, ...in]`; for a tree of inputs, a tree like it. */
export type Joined<Out, In> =
  Out extends Tensor<infer O extends Shape>
    ? In extends Tensor<infer I extends Shape>
      ? 0 extends 1 & (O | I)
        ? Tensor
        : Tensor<[...O, ...I]>
      : In extends (...args: any) => unknown
        ? In
        : { [K in keyof In]: Joined<Out, In[K]> }
    : any

/**
 * The Jacobian of `f` with respect to its first argument, `J[i.., j..] = ∂fᵢ/∂xⱼ`. The axes of the result precede those
 * of the argument. If the result or the argument is a tree, so is the Jacobian: it has a tree like the argument in
 * place of each tensor of the result. Reverse mode, with one pass for each element of the result.
 *
 * @throws GradientError if the first argument holds no floating-point tensor, or if none of them reaches the result.
 */
export function jacobian<X, Rest extends readonly unknown[], R>(
  f: (x: X, ...rest: Rest) => R,
): (x: X, ...rest: Rest) => Joined<R, X> {
  checkArguments('jacobian', jacobianParameters, arguments)
  return jacobianOf('jacobian', f)
}

/**
 * `jacobian`, whose errors name `operation`. If `mayBeConstant`, a constant function has a Jacobian of zeros. The
 * gradient of a linear function is such a constant.
 */
function jacobianOf<X, Rest extends readonly unknown[], R>(
  operation: string,
  f: (x: X, ...rest: Rest) => R,
  mayBeConstant = false,
): (x: X, ...rest: Rest) => Joined<R, X> {
  return (x, ...rest) => {
    const { leaves, names, rebuild } = differentiate(operation, [x])
    if (leaves.length === 0) throw noLeaves(operation, [x])
    const call = (aliases: readonly Tensor[]) =>
      guardMutation(
        operation,
        rebuild(aliases, (leaf) => leaf),
        ([copy]) => callPlain(operation, f, [copy as X, ...rest] as const),
      )
    const { result, tape } = record(operation, leaves, call, names)
    const outputs = resultOf(operation, result)
    const passes = outputs.leaves.map((output) =>
      Array.from({ length: output.size }, (_, i) => pullBackMasked(tape, [output], [unit(output, i)])),
    )
    const all = passes.flat(2)
    if (!mayBeConstant && all.length > 0 && all.every((cotangent) => cotangent === null))
      throw notConnected(tape, leaves, call, ', or use vjp or jvp, which give zeros')
    const blocks = outputs.leaves.map((output, at) => {
      const rows = passes[at]
      const columns = leaves.map((leaf, j) => {
        const shape = [...output.shape, ...leaf.shape] as number[]
        const given = rows.map((row) => cleanValue(row[j]) ?? zero(leaf))
        return given.length === 0 ? zero({ shape, dtype: leaf.dtype }) : reshapeTo(stack(given), { shape })
      })
      return rebuild(columns, (leaf) => zero({ shape: [...output.shape, ...leaf.shape], dtype: leaf.dtype }))[0]
    })
    return outputs.rebuild(blocks) as Joined<R, X>
  }
}

function zero({ shape, dtype }: Pick<Tensor, 'shape' | 'dtype'>): Tensor {
  const size = (shape as readonly number[]).reduce((product, each) => product * each, 1)
  return new Tensor(shape, dtype, allocate(dtype, size))
}

/** A one-hot cotangent: 1 at element i, structural zeros elsewhere. */
function unit({ shape, dtype, size }: Tensor, i: number): Masked {
  const values = allocate(dtype, size)
  values[i] = 1
  const mask = size === 1 ? null : softMask(placesOfBox(shape, () => boxOfEntry(shape, i)))
  return { value: new Tensor(shape, dtype, values), mask, clean: true }
}

/**
 * The Hessian of a scalar function with respect to its first argument, `H[i.., j..] = ∂²f/∂xᵢ∂xⱼ`: the Jacobian of the
 * gradient.
 *
 * @throws GradientError in the cases of `grad`.
 */
export function hessian<X, Rest extends readonly unknown[]>(
  f: (x: X, ...rest: Rest) => Tensor,
): (x: X, ...rest: Rest) => Joined<X, X> {
  checkArguments('hessian', hessianParameters, arguments)
  return jacobianOf('hessian', (x: X, ...rest: Rest) => evaluate('hessian', f, [x, ...rest], null)[1] as X, true)
}
