import { GradientError } from '../errors'
import type { Law } from '../recording/law'
import type { Contribution } from '../recording/mask'
import type { Node } from '../recording/node'
import { formatType } from '../values/printing'
import { sameShape } from '../values/shape'
import { Tensor } from '../values/tensor'
import { tangentOfBilinear } from './bilinear'
import { tangentOfElementwise } from './elementwise'
import { tangentOfLinear } from './linear'
import { type Modes, tangentsOfPullback } from './rules'

/** The tangents of a node's outputs, given those of its inputs. null stands for zero. */
export function tangentsOf(node: Node, incoming: readonly Contribution[], modes: Modes): readonly Contribution[] {
  const { op, inputs, outputs, attributes } = node
  const application = { inputs, output: outputs[0], outputs, attributes: attributes as unknown }
  const law: Law = op.law
  switch (law.kind) {
    case 'elementwise':
      return [tangentOfElementwise(node, law, incoming, checkTangent)]
    case 'linear':
      return [tangentOfLinear(node, law, incoming, modes)]
    case 'bilinear':
      return [tangentOfBilinear(node, law, incoming, modes)]
    case 'vjp':
      return tangentsOfPullback(node, law, application, incoming, modes)
    case 'region':
      return law.jvp(incoming, application)
    case 'constant':
    case 'none':
      return [null]
  }
}

/** Throws a GradientError unless a tangent has the type of its output. */
export function checkTangent(node: Node, tangent: Tensor, output: Tensor): void {
  const isTensor = tangent instanceof Tensor
  if (isTensor && tangent.dtype === output.dtype && sameShape(tangent.shape, output.shape)) return
  throw new GradientError(
    'tangent-type',
    `[${node.op.name}] its rule gave a tangent of type ${isTensor ? formatType(tangent.dtype, tangent.shape) : typeof tangent}, ` +
      `but the output is ${formatType(output.dtype, output.shape)}; a tangent has the type of its output`,
  )
}
