import { GradientError, TraceError, ValueError } from '../errors'
import { scopesOf } from '../recording/apply'
import { framesText, runningFrames } from '../recording/frames'
import { type Node, runningRule } from '../recording/node'
import { observe, type Observer, observing } from '../recording/observer'
import { Scope } from '../recording/scope'
import { checkArguments } from '../arguments/arguments'
import { runningOperation } from '../arguments/checked'
import { transformed } from '../arguments/kinds'
import { formatType } from '../values/printing'
import { formatIndex } from '../values/shape'
import type { Tensor } from '../values/tensor'
import { atUserLine } from '../values/call-site'

type Values = readonly (Tensor | null)[]

const parameters = [/* @__PURE__ */ transformed('debugNaN')]

/**
 * The same function, which throws at the first op that computes a NaN or an infinity from finite numbers. In the
 * forward pass it checks each application of an op; in a derivative it checks each derivative rule. It sees inside
 * transforms, so `debugNaN(grad(loss))(model)` finds the op at which a gradient becomes NaN. Of a rule it checks only
 * the result, after the mask of a `where` has been applied; intermediate values of the rule may be non-finite.
 *
 * In a loop the message says in which iteration, counted from 0, and in a branch in which one.
 *
 * For debugging only: it reads every element of every result.
 *
 * @throws ValueError with the op, the entry, the inputs, their ranges, and the line that applied the op; GradientError
 * with the op whose rule it was, and the line that applied that op; TraceError inside a trace, a checkpoint or a
 * compiled function, where tensors have no values.
 */
export function debugNaN<Args extends readonly unknown[], R>(f: (...args: Args) => R): (...args: Args) => R {
  checkArguments('debugNaN', parameters, arguments)
  return (...args) => {
    // A checker has its own observer and traces `f`. There symbolic tensors are allowed.
    if (observing() !== null) return observe(watch, () => f(...args))
    const start = new Scope('trace')
    return observe({ ...watch, applied: watchSince(start) }, () => f(...args))
  }
}

/**
 * Traces that `f` starts itself are not checked. Inside a trace that was open before, tensors have no values: throws.
 */
function watchSince(start: Scope): Observer['applied'] {
  return (op, inputs, outputs) => {
    if (outputs.some(({ isSymbolic }) => isSymbolic) && scopesOf(inputs).some((scope) => isOuterTrace(scope, start)))
      throw new TraceError(
        'debug-symbolic',
        `[debugNaN] ${op.name}${atUserLine()} has no value inside a trace, a checkpoint or a compiled function; ` +
          'call debugNaN outside of it: debugNaN(compile(f))',
      )
    watch.applied(op, inputs, outputs)
  }
}

function isOuterTrace({ kind, id }: Scope, start: Scope): boolean {
  return kind === 'trace' && id < start.id
}

const watch: Observer = {
  applied(op, inputs, outputs) {
    // Intermediate values of a rule may be infinite although its result is finite.
    if (runningRule() !== null) return
    const found = firstNonFinite(inputs, outputs)
    const caller = runningOperation() ?? op.name
    if (found !== null)
      throw new ValueError(
        'non-finite',
        `[${caller}] ${framesText(runningFrames())}${caller === op.name ? '' : `its ${op.name} `}gave ${found}${atUserLine()}, from finite inputs: ${ranges('input', inputs)}; ` +
          'keep the inputs inside the domain of the op, or choose a form that is finite there',
      )
  },
  differentiated(mode, node, from, to) {
    const found = firstNonFinite([...from, ...node.inputs, ...node.outputs], to)
    if (found === null) return
    const [given, made] = mode === 'reverse' ? ['cotangent of output', 'cotangent'] : ['tangent of input', 'tangent']
    throw new GradientError(
      'non-finite-derivative',
      `[${node.op.name}] ${framesText(node.frames)}its rule, in ${mode} mode, gave a ${made} with ${found}, from finite numbers: ` +
        `${ranges(given, from)}; ${ranges('input', node.inputs)}; ${whereApplied(node)}; ` +
        'rewrite the rule so that it selects with where() before it divides, or keep the inputs away from that point',
    )
  },
}

function whereApplied(node: Node): string {
  const { op, site, origin } = node
  const line = site?.line
  const own = `${op.name} was applied${line === undefined ? '' : ` at ${line}`}`
  return origin === null ? own : `${own}, by the rule of ${origin.op.name}`
}

/** `NaN at [1, 2]`, for the first non-finite element; null if all outputs are finite or an input is not. */
function firstNonFinite(inputs: Values, outputs: Values): string | null {
  for (const [position, output] of outputs.entries()) {
    const at = output?.values?.findIndex((value) => !Number.isFinite(value)) ?? -1
    if (at < 0) continue
    if (inputs.some((input) => input?.values?.some((value) => !Number.isFinite(value)))) return null
    return `${output!.values![at]} at ${formatIndex(at, output!.shape)}${outputs.length > 1 ? ` of number ${position}` : ''}`
  }
  return null
}

/** `input 0 float32[3] in [-1, 2]`, for each tensor. */
function ranges(what: string, tensors: Values): string {
  return tensors
    .flatMap((tensor, i) => {
      if (tensor === null) return []
      const type = `${what} ${i} ${formatType(tensor.dtype, tensor.shape)}`
      if (tensor.values === null || tensor.size === 0) return [type]
      let [low, high] = [Infinity, -Infinity]
      for (const value of tensor.values) [low, high] = [Math.min(low, value), Math.max(high, value)]
      return [`${type} in [${low}, ${high}]`]
    })
    .join(', ')
}
