import { type Graph, tensor, type Tensor } from '@cotangent/core'
import { sameBits } from '../numeric/bits'
import { applicationOf, type Blame } from '../gradients/blame'
import { runNodes, startingValues } from './evaluate'

/** What a kernel does beside computing its output from its inputs. */
export interface KernelFailure {
  readonly detail: string
  readonly blame: Blame
}

/** Runs every opaque kernel of a graph twice: it may not write to its inputs, nor to an output given out before, nor change its mind. */
export function kernelFailures(graph: Graph, leaves: readonly Tensor[]): KernelFailure[] {
  const failures: KernelFailure[] = []
  const values = startingValues(graph, leaves, ({ data, dtype, shape }) =>
    tensor(data.slice(), { dtype, shape: [...shape] }),
  )
  graph.nodes.forEach((node, at) => {
    const inputs = node.inputs.map((position) => values[position]!)
    const isOpaque = node.op.body.kind === 'opaque'
    const before = isOpaque ? inputs.map(({ data }) => data.slice()) : []
    runNodes(graph, values, { only: [at] })
    if (!isOpaque) return
    const [output] = node.outputs.map((position) => values[position]!)
    const first = output.data.slice()
    const [again] = graph.apply(at, inputs)
    const wrong =
      before.findIndex((data, i) => !sameBits(data, inputs[i].data)) >= 0
        ? 'its kernel writes to its inputs'
        : !sameBits(first, output.data) || keepsOutput(graph, at, inputs, output)
          ? 'its kernel writes to an output that it gave out before'
          : !sameBits(first, again.data)
            ? 'its kernel gives other bits at each call'
            : undefined
    if (wrong === undefined) return
    const { op, site } = node
    const blame = {
      op: op.name,
      ruleOf: undefined,
      detail: wrong,
      diagnosis: undefined,
      isHeldBack: false,
      order: 1,
      application: applicationOf(graph, node),
      line: site?.line,
    }
    failures.push({ detail: `${op.name}: ${wrong}`, blame })
  })
  return failures
}

/** Whether a call with other inputs changes the output of an earlier one. */
function keepsOutput(graph: Graph, at: number, inputs: readonly Tensor[], output: Tensor): boolean {
  const before = output.data.slice()
  try {
    graph.apply(
      at,
      inputs.map((input) => (input.dtype.startsWith('float') ? input.mul(1.5).add(1) : input)),
    )
  } catch {
    // These inputs need not be in its domain.
  }
  return !sameBits(before, output.data)
}
