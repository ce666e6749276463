import { GradientError, TraceError, ValueError } from '../errors'
import { scopesOf } from '../recording/apply'
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
 * The same function, which stops at the first op that makes a NaN or an infinity from finite numbers: in the forward pass
 * at the application of an op, in a derivative at the rule of an op. Transforms inside `f` are followed, so
 * `debugNaN(grad(loss))(model)` finds where a gradient goes wrong. What a rule computes on its way is not judged, only what
 * it returns, after the mask of a `where` has been applied to it.
 *
 * For debugging: every element of every result is looked at.
 *
 * @throws ValueError naming the op, the entry, the inputs and their ranges, and the line that applied it; GradientError
 * naming the op whose rule it was, and the line that applied that op; TraceError where it is called inside of a trace,
 * a checkpoint or a compiled function, where nothing has a value.
 */
export function debugNaN<Args extends readonly unknown[], R>(f: (...args: Args) => R): (...args: Args) => R {
  checkArguments('debugNaN', parameters, arguments)
  return (...args) => {
    // Checkers trace under an observer, for whom compiled functions and checkpoints step aside: so does this.
    if (observing() !== null) return observe(watch, () => f(...args))
    const start = new Scope('trace')
    return observe({ ...watch, applied: watchSince(start) }, () => f(...args))
  }
}

/** What `f` traces itself is none of our business, but inside of a trace that was there before it nothing has a value. */
function watchSince(start: Scope): Observer['applied'] {
  return (op, inputs, outputs) => {
    if (outputs.some(({ isSymbolic }) => isSymbolic) && scopesOf(inputs).some((scope) => isOuterTrace(scope, start)))
      throw new TraceError(
        'debug-symbolic',
        `[debugNaN] ${op.name}${atUserLine()} has no value to look at, in a trace, a checkpoint or a compiled function; ` +
          'put debugNaN around that: debugNaN(compile(f))',
      )
    watch.applied(op, inputs, outputs)
  }
}

function isOuterTrace({ kind, id }: Scope, start: Scope): boolean {
  return kind === 'trace' && id < start.id
}

const watch: Observer = {
  applied(op, inputs, outputs) {
    // A rule may pass through infinities on its way to a finite result.
    if (runningRule() !== null) return
    const found = firstNonFinite(inputs, outputs)
    const caller = runningOperation() ?? op.name
    if (found !== null)
      throw new ValueError(
        'non-finite',
        `[${caller}] ${caller === op.name ? '' : `its ${op.name} `}gave ${found}${atUserLine()}, from finite inputs: ${ranges('input', inputs)}; ` +
          'keep the inputs inside the domain of the op, or choose a form that is finite there',
      )
  },
  differentiated(mode, node, from, to) {
    const found = firstNonFinite([...from, ...node.inputs, ...node.outputs], to)
    if (found === null) return
    const [given, made] = mode === 'reverse' ? ['cotangent of output', 'cotangent'] : ['tangent of input', 'tangent']
    throw new GradientError(
      'non-finite-derivative',
      `[${node.op.name}] its rule, in ${mode} mode, gave a ${made} with ${found}, from finite numbers: ` +
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

/** `NaN at [1, 2] of output 0`, unless an input had it already or all is finite. */
function firstNonFinite(inputs: Values, outputs: Values): string | null {
  for (const [position, output] of outputs.entries()) {
    const at = output?.values?.findIndex((value) => !Number.isFinite(value)) ?? -1
    if (at < 0) continue
    if (inputs.some((input) => input?.values?.some((value) => !Number.isFinite(value)))) return null
    return `${output!.values![at]} at ${formatIndex(at, output!.shape)}${outputs.length > 1 ? ` of number ${position}` : ''}`
  }
  return null
}

/** `input 0 float32[3] in [-1, 2]`, for each. */
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
