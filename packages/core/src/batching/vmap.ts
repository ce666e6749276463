import { ValueError } from '../errors'
import { checkArguments, type Kind } from '../arguments/arguments'
import { describeValue } from '../arguments/describe'
import { aFunction, integerFrom, transformOptions } from '../arguments/kinds'
import type { Graph } from '../graph/graph'
import { callTraced, traceLeaves } from '../graph/trace'
import { permuteAxes } from '../ops/movement'
import type { Batched } from '../recording/op'
import { guardMutation } from '../trees/mutation-guard'
import { formatPath, placesInList } from '../trees/places'
import type { Tensor } from '../values/tensor'
import { axesOfArguments, axisOfResult, type BatchAxes, batchAxes, type Placed, placed, sizeOfBatch } from './axes'
import type { ArgumentsInBatch, GivenAxes, InBatch } from './batch-types'
import { exampleType, replay } from './replay'
import { repeated } from './rules'

/** Options of `vmap`. */
export interface VmapOptions {
  /**
   * The axis of the examples in the arguments (default: 0); null for what all examples share. A list has one entry for
   * each argument. An entry may be a tree that stops anywhere above the tensors: `[null, { x: 0, y: 1 }]`.
   */
  readonly in?: BatchAxes
  /** The axis of the examples in the result (default: 0); null for a tensor that is the same for all examples. */
  readonly out?: BatchAxes
  /** The number of examples, for a function without batched arguments. */
  readonly size?: number
}

const fields = { in: batchAxes, out: batchAxes, size: /* @__PURE__ */ integerFrom(0) } satisfies Record<
  keyof VmapOptions,
  Kind
>
const parameters = [aFunction, /* @__PURE__ */ transformOptions('vmap', fields)]

/**
 * A function of one example as a function of a batch of examples: `vmap(f)(xs)` is `f(x)` for each `x` in `xs`,
 * stacked. The examples lie along the first axis of arguments and results, or along the axes `in` and `out`.
 *
 * `f` is traced for one example, and its ops are applied to all examples at once: a product of vectors becomes a
 * product of matrices. Every bit is that of single calls. Numbers and other static values pass through. With one random
 * key, all examples draw the same numbers; with a batch of keys, each draws its own. Nests with all transforms:
 * per-example gradients are `vmap(grad(loss), { in: [null, 0, 0] })(model, x, y)`.
 *
 * @throws ShapeError if the numbers of examples differ; ValueError if an axis does not exist, if there is neither a
 * batched argument nor `size`, or if `out` is null for a result that differs between the examples; TraceError if `f`
 * reads the value of a tensor.
 */
export function vmap<Args extends readonly unknown[], R, const O extends VmapOptions = object>(
  f: (...args: Args) => R,
  options?: O & VmapOptions,
): (...args: ArgumentsInBatch<Args, GivenAxes<O, 'in'>>) => InBatch<R, GivenAxes<O, 'out'>> {
  checkArguments('vmap', parameters, arguments)
  const { in: into = 0, out = 0, size } = options ?? {}
  return (...args) => {
    if (Array.isArray(into) && into.length !== args.length)
      throw new ValueError(
        'vmap-arguments',
        `[vmap] expected one entry in the option 'in' for each of the ${args.length} arguments, got ${into.length}; give an axis or null for each`,
      )
    const given = placed('in', args, into)
    const axes = axesOfArguments(given)
    const count = sizeOfBatch(given, axes, size)
    const inputs = given.leaves.map((leaf, i) => toFront(leaf, axes[i]))
    let result: Placed | undefined
    const graph = traceLeaves(
      inputs.map(exampleType),
      placesInList(inputs.length),
      (symbolic) => {
        const value: unknown = guardMutation('vmap', given.rebuild(symbolic) as Args, (copies) =>
          callTraced('vmap', f, copies),
        )
        result = resultsOf(value, out)
        return result.leaves
      },
      'vmap',
    )
    const outputs = replayAll(graph, inputs, count)
    return result!.rebuild(outputs.map((output, i) => toAxis(output, count, result!, i))) as never
  }
}

/** The outputs of a graph for all examples, one for each place of the traced list. */
function replayAll(graph: Graph, inputs: readonly Batched[], size: number): readonly Batched[] {
  const results = replay(graph, inputs, size)
  const places = graph.rebuild(results.map((_, i) => i)) as readonly number[]
  return places.map((at) => results[at])
}

/** A tensor with its examples along the first axis. */
function toFront(tensor: Tensor, axis: number | null): Batched {
  if (axis === null) return { tensor, isBatched: false }
  if (axis === 0) return { tensor, isBatched: true }
  const others = Array.from({ length: tensor.rank }, (_, at) => at).filter((at) => at !== axis)
  return { tensor: permuteAxes(tensor, { axes: [axis, ...others] }), isBatched: true }
}

function resultsOf(value: unknown, out: BatchAxes): Placed {
  const result = placed('out', value, out)
  if (result.leaves.length > 0) return result
  throw new ValueError(
    'vmap-result',
    `[vmap] the function must return a tensor, or a tree of tensors, got ${describeValue(value)}; ` +
      'return the tensor itself, not .item() or .data',
  )
}

/** A result with the examples along the axis that the option `out` gives it. */
function toAxis(output: Batched, size: number, { axes, paths, leaves }: Placed, i: number): Tensor {
  const axis = axes[i]
  if (axis === null) {
    if (!output.isBatched) return output.tensor
    throw new ValueError(
      'vmap-out',
      `[vmap] option 'out' is null for ${paths[i].length === 0 ? 'the result' : `${formatPath(paths[i])} of the result`}, which differs between the examples; ` +
        'give it an axis, or reduce over the batch outside of vmap',
    )
  }
  const at = axisOfResult(axis, leaves[i], paths[i])
  const batch = repeated(output, size)
  if (at === 0) return batch
  const others = Array.from({ length: batch.rank - 1 }, (_, each) => each + 1)
  return permuteAxes(batch, { axes: [...others.slice(0, at), 0, ...others.slice(at)] })
}
