import { GradientError } from '../errors'
import { operationOfRule } from '../recording/apply'
import { inlined } from '../recording/inlined'
import type { Law } from '../recording/law'
import { carries } from '../recording/traits'
import type { Node } from '../recording/node'
import { isFloat } from '../values/dtype'
import type { Tensor } from '../values/tensor'
import { record, type Tape } from './tape'

/** The function that the user called: the op itself, or one that is made of it. A rule lends its name to its nodes. */
const calledIn = ({ operation, op }: Node): string =>
  operation === null || operation === operationOfRule() ? op.name : operation

/**
 * `layers[0].weight → matmul → round`: a path from a leaf to a node, for messages. The ops of which one function is
 * made are one step.
 */
export function pathTo(node: Node, { nodes, aliases, names }: Tape): string {
  const producers = new Map(nodes.flatMap((each) => each.outputs.map((output) => [output, each] as const)))
  const steps: string[] = []
  let at: Node | undefined = node
  while (at !== undefined) {
    const leaf = aliases.indexOf(at.outputs[0])
    if (leaf >= 0) {
      steps.unshift(names[leaf])
      break
    }
    const name = calledIn(at)
    if (!at.op.isAlias && (name === at.op.name || name !== steps[0])) steps.unshift(name)
    // A derivative passes floating-point numbers, not the index of a branch.
    const before = [...at.inputs].sort((a, b) => Number(isFloat(b.dtype)) - Number(isFloat(a.dtype)))
    at = before.map((input) => producers.get(input)).find((producer) => producer !== undefined)
  }
  return steps.join(' → ')
}

/**
 * Runs `body`, which differentiates what a step on a path owns: a region, or one of its graphs.
 *
 * @throws GradientError for an op without a derivative, with the step before the path to it. `operation` replaces the
 * function that the message is about.
 */
export function throughStep<T>(step: () => string, body: () => T, operation?: string): T {
  try {
    return body()
  } catch (error) {
    if (!(error instanceof GradientError) || error.code !== 'no-gradient') throw error
    const [, inner, rest] = /^\[(.*?)\] (.*)$/s.exec(error.message)!
    throw new GradientError(error.code, `[${operation ?? inner}] ${step()} → ${rest}`)
  }
}

/**
 * Checks that every op that a derivative must pass has a derivative. It does so before any rule runs, and also in a
 * trace.
 *
 * @throws GradientError with the path from the leaf to the op.
 */
export function rejectMissingRules(tape: Tape, outputs: readonly Tensor[]): void {
  const { operation, nodes, dependent } = tape
  if (nodes.every(({ op }) => op.law.kind !== 'none')) return
  const wanted = new Set(outputs)
  for (const node of [...nodes].reverse()) {
    const { op, inputs, site } = node
    if (!node.outputs.some((output) => wanted.has(output) && isFloat(output.dtype))) continue
    const law: Law = op.law
    if (law.kind === 'none' && inputs.some((input) => dependent.has(input) && isFloat(input.dtype))) {
      const line = site?.line
      throw new GradientError(
        'no-gradient',
        `[${operation}] ${pathTo(node, tape)}: ${op.name} has no derivative (${law.reason})` +
          `${line === undefined ? '' : ` at ${line}`}; give the op a law, wrap it in customGradient, or put stopGradient before it`,
      )
    }
    inputs.forEach((input, i) => carries(law, i) && isFloat(input.dtype) && wanted.add(input))
  }
}

/** The ops that are the first on their paths from the leaves through which no derivative passes. */
function cutsOf({ nodes, aliases }: Tape): Node[] {
  const reached = new Set(aliases)
  const passing = new Set<string>()
  const cuts = nodes.filter((node) => {
    const { op, inputs, outputs } = node
    if (!inputs.some((input) => reached.has(input))) return false
    const passes = inputs.some((input, i) => reached.has(input) && carries(op.law, i))
    const floats = passes ? outputs.filter(({ dtype }) => isFloat(dtype)) : []
    floats.forEach((output) => reached.add(output))
    if (floats.length > 0) passing.add(calledIn(node))
    return floats.length === 0
  })
  // A comparison inside of a function through which a derivative passes is no reason.
  const outer = cuts.filter((node) => node.op.name === calledIn(node) || !passing.has(calledIn(node)))
  return outer.length > 0 ? outer : cuts
}

/**
 * The error for a result that no leaf reaches. It names the constant ops that cut the paths. `instead` is a further
 * remedy.
 */
export function notConnected(
  tape: Tape,
  leaves: readonly Tensor[],
  call: (aliases: readonly Tensor[]) => unknown,
  instead: string,
): GradientError {
  const { operation } = tape
  // The op that cuts the path may be inside a region.
  const hasRegions = tape.nodes.some(({ op }) => op.body.kind === 'region')
  const open = hasRegions ? record(operation, leaves, inlined(call), () => tape.names).tape : tape
  const cuts = [...new Set(cutsOf(open).map((node) => pathTo(node, open)))]
  return new GradientError(
    cuts.length > 0 ? 'paths-cut' : 'not-connected',
    cuts.length > 0
      ? `[${operation}] every path from the argument to the result is cut by an op whose derivative is zero: ${cuts.join(', ')}; ` +
          `replace the last one by a smooth op${instead}`
      : `[${operation}] the result does not depend on the argument; compute it from the tensors that the function receives${instead}`,
  )
}
