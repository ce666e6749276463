import type { GraphNode, Op, Replacement } from '@cotangent/core'

/** A custom gradient gives values a new derivative. This says which inputs are the values, and which the parameters. */
export function replacementOf({ op, attributes }: Pick<GraphNode, 'op' | 'attributes'>): Replacement | undefined {
  return op.body.kind === 'region' ? op.body.replaces?.(attributes) : undefined
}

/** Whether an op gives values a new derivative. It computes nothing itself. */
export function isCustomGradient({ body }: Op): boolean {
  return body.kind === 'region' && body.replaces !== undefined
}

/** The inputs that text shows for a node: all of them, or the parameters of a custom gradient. */
export function operandsOf(node: GraphNode): readonly number[] {
  const replaced = replacementOf(node)
  if (replaced === undefined) return node.inputs
  return node.inputs.slice(replaced.values, replaced.values + replaced.parameters)
}
