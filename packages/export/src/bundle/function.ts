import { checkArguments, CotangentError, type Graph, kinds, type Tensor, vjp } from '@cotangent/core'
import { isFloat, traceFor, traceLeaves } from '@cotangent/core/internal'
import { ExportError } from '../errors'
import { apart, argumentOf, checkNames, inputEntries } from './arguments'
import { type Bundle, bundleOf } from './bundle'
import { constantEntries, distinct, hoistConstants, placesOf } from './constants'
import type { OutputEntry } from './manifest'
import { namedOutputs } from './results'

/** Options of `exportFunction`. */
export interface FunctionOptions {
  /** Whether the bundle has a module for the backward pass too. Default: true. */
  readonly vjp?: boolean
}

const parameters = [
  kinds.aFunction,
  /* @__PURE__ */ kinds.listOf(kinds.anything),
  /* @__PURE__ */ kinds.options({ vjp: kinds.flag }),
]

/**
 * A function as a bundle: a StableHLO module for JAX and XLA. The Python package `cotangent_xla` makes it a function
 * of JAX, which `jax.grad` differentiates by the second module.
 *
 * The second module takes the inputs of the first, then a cotangent for each floating-point output, and returns a
 * cotangent for each floating-point argument. Shapes are fixed; values that are no tensors become part of the module. A
 * tensor at two places of one argument is one input. Names of inputs begin with the position of the argument.
 *
 * @throws ExportError if the function returns anything else than a tree of tensors, if it has no derivative and
 * `vjp` is not false, if it captures symbolic tensors, if two names are equal, and for an op without a
 * counterpart.
 */
export function exportFunction<Args extends readonly unknown[]>(
  f: (...args: Args) => unknown,
  args: readonly [...Args],
  options: FunctionOptions = {},
): Bundle {
  const operation = 'exportFunction'
  checkArguments(operation, parameters, arguments)
  const given = args.map((arg, i) => argumentOf(operation, 'argument', arg, [i]))
  const inputs = inputEntries(given)
  checkNames(operation, inputs)
  let outputs: OutputEntry[] = []
  const graph = traceFor(
    operation,
    (...trees: Args) => {
      const all = namedOutputs(operation, 'result', f(...trees))
      outputs = all.map(({ entry }) => entry)
      return distinct(all.map(({ tensor }) => tensor))
    },
    apart(given) as unknown as Args,
  )
  checkNames(operation, outputs)
  const hoisted = hoistConstants(operation, graph)
  const backward = options.vjp === false ? null : backwardOf(operation, hoisted.graph, inputs.length)
  const module = 'function.mlir'
  return bundleOf({
    manifest: {
      kind: 'function',
      module,
      ...(backward && { vjp: 'vjp.mlir' }),
      inputs: [...inputs, ...constantEntries(hoisted.constants)],
      outputs,
    },
    modules: { [module]: hoisted.graph, ...(backward && { 'vjp.mlir': backward }) },
    tensors: [...given.flatMap(({ flat }) => flat.leaves), ...hoisted.constants],
  })
}

/** The backward pass of a graph, with respect to the floating-point ones of its first `count` inputs. */
export function backwardOf(operation: string, graph: Graph, count: number): Graph {
  const inputs = graph.inputs.map((input) => graph.values[input])
  const arguments_ = inputs.slice(0, count).flatMap(({ dtype }, i) => (isFloat(dtype) ? [i] : []))
  const results = graph.outputs.flatMap((output, i) => (isFloat(graph.values[output].dtype) ? [i] : []))
  if (arguments_.length === 0 || results.length === 0)
    throw noDerivative(operation, `it has no floating-point ${results.length === 0 ? 'result' : 'argument'}`)
  const types = [...inputs, ...results.map((at) => graph.values[graph.outputs[at]])]
  const pullBack = (list: readonly Tensor[]) => {
    const primal = (...floats: readonly Tensor[]) => {
      const all = list.slice(0, inputs.length)
      arguments_.forEach((at, i) => (all[at] = floats[i]))
      const values = graph.evaluate(all)
      return results.map((at) => values[at])
    }
    const [, pull] = vjp(primal, ...arguments_.map((at) => list[at]))
    return distinct(pull(list.slice(inputs.length)))
  }
  try {
    const paths = [...graph.paths, ...results.map((_, i) => ['cotangent', i])]
    return traceLeaves(types, placesOf(paths), pullBack, operation)
  } catch (error) {
    throw error instanceof CotangentError ? noDerivative(operation, error.message, error) : error
  }
}

function noDerivative(operation: string, reason: string, cause?: unknown): ExportError {
  return new ExportError(
    'no-derivative',
    `[${operation}] expected a function with a derivative, got one without: ${reason}; pass { vjp: false } to export it alone`,
    { cause },
  )
}
