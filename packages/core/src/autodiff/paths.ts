import { GradientError } from '../errors'
import { carries, type Law } from '../recording/law'
import type { Node } from '../recording/node'
import { isFloat } from '../values/dtype'
import type { Tensor } from '../values/tensor'
import type { Tape } from './tape'

/** `layers[0].weight → matmul → round`: a way from a leaf to a node, as messages show it. */
export function pathTo(node: Node, { nodes, aliases, names }: Tape): string {
  const producers = new Map(nodes.flatMap((each) => each.outputs.map((output) => [output, each] as const)))
  const steps: string[] = []
  let at: Node | undefined = node
  while (at !== undefined) {
    const leaf = aliases.indexOf(at.outputs[0])
    if (leaf >= 0 || !at.op.transparent) steps.unshift(leaf >= 0 ? names[leaf] : at.op.name)
    if (leaf >= 0) break
    at = at.inputs.map((input) => producers.get(input)).find((producer) => producer !== undefined)
  }
  return steps.join(' → ')
}

/**
 * Throws where a derivative would have to pass an op that has none: before any rule runs, and at the time of tracing.
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
