import type { Masked } from '../recording/mask'
import { batchedTensor, runRule, traceRule } from '../batching/replay'
import { notEqual } from '../ops/comparison'
import { zeros } from '../ops/creation'
import { expandDims, reshapeTo } from '../ops/movement'
import { concat } from '../ops/slicing'
import { observing } from '../recording/observer'
import { checkArguments, type Kind } from '../arguments/arguments'
import { callPlain, guardMutation } from '../trees/mutation-guard'
import { allocate } from '../values/dtype'
import { aFunction } from '../arguments/kinds'
import type { Joined } from '../types/trees'
import { Tensor } from '../values/tensor'
import { differentiate, evaluate, noLeaves, resultOf } from './grad'
import { placesOf, softMask } from './masks'
import { notConnected } from './paths'
import { cleanValue, pullBackMasked } from './sweeps'
import { record, type Tape } from './tape'

function inFirstArgument(transform: string): readonly Kind[] {
  const surplus =
    `pass the arguments to the function that it returns, ${transform}(f)(x); ` +
    `to differentiate with respect to another argument, call ${transform}((y) => f(x, y))(y)`
  return [{ ...aFunction, surplus }]
}

const jacobianParameters = /* @__PURE__ */ inFirstArgument('jacobian')
const hessianParameters = /* @__PURE__ */ inFirstArgument('hessian')

/**
 * The Jacobian of `f` with respect to its first argument, `J[i.., j..] = ∂fᵢ/∂xⱼ`. The axes of the result precede those
 * of the argument. If the result or the argument is a tree, so is the Jacobian: it has a tree like the argument in
 * place of each tensor of the result. Reverse mode: the pullback of one element, applied to a batch of all.
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
    const blockOf = (output: Tensor, leaf: Tensor) => [...output.shape, ...leaf.shape] as number[]
    const passes = outputs.leaves.map((output) => rowsOf(tape, output))
    const all = passes.flat()
    if (!mayBeConstant && outputs.leaves.some(({ size }) => size > 0) && all.every((rows) => rows === null))
      throw notConnected(tape, leaves, call, ', or use vjp or jvp, which give zeros')
    const blocks = outputs.leaves.map((output, at) => {
      const columns = leaves.map((leaf, j) => {
        const shape = blockOf(output, leaf)
        const rows = passes[at][j]
        return rows === null ? zeros(shape, { dtype: leaf.dtype }) : reshapeTo(rows, { shape })
      })
      return rebuild(columns, (leaf) => zeros(blockOf(output, leaf), { dtype: leaf.dtype }))[0]
    })
    return outputs.rebuild(blocks) as Joined<R, X>
  }
}

/** Bytes that the intermediate values of a batch of pullbacks may take. Larger batches are computed in parts. */
const mostBytes = 2 ** 28

/**
 * The cotangents of the tape's aliases for each element of an output: a row for each element. null if no path leads to
 * an alias. The pullback is traced for one element, and applied to the rows of an identity matrix at once.
 */
function rowsOf(tape: Tape, output: Tensor): (Tensor | null)[] {
  const { shape, dtype, size } = output
  if (size === 0) return tape.aliases.map(() => null)
  // An observer follows the rules that run, so they run on each element.
  const pull = ([cotangent]: readonly Tensor[]) => pullBackMasked(tape, [output], [oneHot(cotangent)]).map(cleanValue)
  const isOneByOne = size === 1 || observing() !== null
  const graph = isOneByOne ? null : traceRule(pull, [output])
  const most = graph === null ? 1 : Math.max(1, Math.floor(mostBytes / graph.cost().peakBytes))
  const parts: (readonly (Tensor | null)[])[] = []
  for (let from = 0; from < size; from += most) {
    const count = Math.min(most, size - from)
    const values = allocate(dtype, count * size)
    for (let i = 0; i < count; i++) values[i * size + from + i] = 1
    parts.push(
      graph === null
        ? pull([new Tensor(shape, dtype, values)]).map((row) => row && expandDims(row, 0))
        : runRule(graph, [batchedTensor(new Tensor([count, ...shape], dtype, values))], count),
    )
  }
  return parts[0].map((first, j) => first && (parts.length === 1 ? first : concat(parts.map((part) => part[j]!))))
}

/** A one-hot cotangent: structural zeros except at its nonzero element. */
function oneHot(value: Tensor): Masked {
  const mask = value.size === 1 ? null : softMask(placesOf(value.shape, () => notEqual(value, 0)))
  return { value, mask, clean: true }
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
