import { bodyOf } from '../kernels/work'
import { TraceError, ValueError } from '../errors'
import { recordNode } from '../recording/apply'
import { outsideFrames } from '../recording/frames'
import type { Op, TensorType } from '../recording/op'
import { Scope } from '../recording/scope'
import { inStage, Stage } from '../recording/stage'
import { checkArguments, rest } from '../arguments/arguments'
import { aFunction, anything } from '../arguments/kinds'
import { Tensor } from '../values/tensor'
import { callPlain, guardMutation } from '../trees/mutation-guard'
import { type Appearance, placesInList } from '../trees/places'
import { flattenFor } from '../trees/tree'
import { Graph } from './graph'

const parameters = [aFunction, /* @__PURE__ */ rest(anything)]

const input: Op<undefined> = {
  name: 'input',
  infer: ([type]) => type,
  body: bodyOf('opaque', () => {
    throw new TraceError('symbolic-input', '[trace] the input of a trace has no value to compute')
  }),
  law: { kind: 'constant' },
  domain: (draw) => ({ inputs: [{ shape: draw.shape() }], attributes: undefined }),
}

/**
 * Runs `f` once with symbolic tensors in place of the tensors in `args`, and returns the recorded graph. Values that do
 * not depend on the arguments are computed at once and kept as constants.
 *
 * @throws TraceError if `f` reads the value of a symbolic tensor, or returns a Promise; ValueError if it writes tensors
 * into its arguments.
 */
export function trace<Args extends readonly unknown[]>(f: (...args: Args) => unknown, ...args: Args): Graph {
  checkArguments('trace', parameters, arguments)
  if (args.length === 0 && f.length > 0)
    throw new ValueError(
      'missing-argument',
      `[trace] expected the arguments of the function after it, got none; call trace(f, x)`,
    )
  return traceFor('trace', f, args)
}

/** `trace` on behalf of another function, which errors name. */
export function traceFor<Args extends readonly unknown[]>(
  operation: string,
  f: (...args: Args) => unknown,
  args: Args,
): Graph {
  const { leaves, appearances, rebuild } = flattenFor(operation, args)
  const run = (symbolic: readonly Tensor[]) =>
    guardMutation(operation, rebuild(symbolic) as Args, (copies) => callTraced(operation, f, copies))
  return traceLeaves(leaves, appearances, run, operation, args)
}

/** `trace` of a function of a list of tensors, given their types and their places. Errors name `operation`. */
export function traceLeaves(
  types: readonly TensorType[],
  appearances: readonly Appearance[],
  f: (symbolic: readonly Tensor[]) => unknown,
  operation = 'trace',
  args?: readonly unknown[],
): Graph {
  return inTrace(types, (symbolic, scope) => {
    const result = outsideFrames(() => flattenFor(operation, f(symbolic)))
    return new Graph(symbolic, appearances, result, scope, args)
  })
}

/** `traceLeaves` that records all work of `f`: the graph has further inputs, for the tensors in `captured`. */
export function traceStaged(
  types: readonly TensorType[],
  f: (symbolic: readonly Tensor[]) => unknown,
  operation: string,
): { graph: Graph; captured: readonly Tensor[] } {
  return inTrace(types, (symbolic, scope) => {
    const stage = new Stage(scope, (type) => inputOf(type, scope))
    const result = inStage(stage, () => outsideFrames(() => flattenFor(operation, f(symbolic))))
    const inputs = [...symbolic, ...stage.inputs]
    return { graph: new Graph(inputs, placesInList(inputs.length), result, scope), captured: stage.captured }
  })
}

/** Runs `record` on symbolic tensors, in a trace that is closed afterwards. */
function inTrace<R>(types: readonly TensorType[], record: (symbolic: readonly Tensor[], scope: Scope) => R): R {
  const scope = new Scope('trace')
  try {
    return record(
      types.map((type) => inputOf(type, scope)),
      scope,
    )
  } finally {
    scope.close()
  }
}

/** A symbolic tensor of a trace. */
function inputOf({ shape, dtype }: TensorType, scope: Scope): Tensor {
  const tensor = new Tensor(shape, dtype, null)
  recordNode(input, undefined, [], [tensor], [scope])
  return tensor
}

/**
 * Calls a user function in a trace.
 *
 * @throws TraceError if it returns a Promise: later computations would not be recorded; if it calls itself without
 * end, as a function does that a branch of its own would end.
 */
export function callTraced<Args extends readonly unknown[], R>(
  operation: string,
  f: (...args: Args) => R,
  args: Args,
): R {
  const result = calledToItsEnd(operation, () => callPlain(operation, f, args))
  if (result instanceof Promise)
    throw new TraceError(
      'async-function',
      `[${operation}] the function returned a Promise; await what it needs first, and trace the synchronous rest`,
    )
  return result
}

/** Calls a function. If the stack overflows, the error says what may have happened. */
function calledToItsEnd<R>(operation: string, call: () => R): R {
  try {
    return call()
  } catch (error) {
    // V8 and JavaScriptCore throw a RangeError, SpiderMonkey an InternalError.
    if (!(error instanceof Error) || !/call stack|recursion/.test(error.message) || error instanceof TraceError)
      throw error
    throw new TraceError(
      'endless-recursion',
      `[${operation}] the function calls itself without end while it is traced: all branches of a cond are traced, ` +
        'whatever its predicate; write the recursion as a whileLoop',
      { cause: error },
    )
  }
}
