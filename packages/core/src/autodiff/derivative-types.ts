import { GradientError } from '../errors'
import type { Node } from '../recording/node'
import { formatType } from '../values/printing'
import { sameShape } from '../values/shape'
import { Tensor } from '../values/tensor'

/** Checks that a cotangent has the type of its input. @throws GradientError if it does not. */
export function checkCotangent(node: Node, input: number, cotangent: Tensor): void {
  if (!(cotangent instanceof Tensor))
    throw new GradientError(
      'cotangent-type',
      `[${node.op.name}] its rule gave input ${input} a cotangent that is not a tensor (${typeof cotangent}); compute it with ops from the ` +
        'cotangent that the rule receives',
    )
  const { shape, dtype } = node.inputs[input]
  if (cotangent.dtype === dtype && sameShape(cotangent.shape, shape)) return
  throw new GradientError(
    'cotangent-type',
    `[${node.op.name}] its rule gave input ${input} a cotangent of type ${formatType(cotangent.dtype, cotangent.shape)}, ` +
      `but the input is ${formatType(dtype, shape)}; a cotangent has the type of its input`,
  )
}

/** Checks that a tangent has the type of its output. @throws GradientError if it does not. */
export function checkTangent(node: Node, tangent: Tensor, output: Tensor): void {
  const isTensor = tangent instanceof Tensor
  if (isTensor && tangent.dtype === output.dtype && sameShape(tangent.shape, output.shape)) return
  throw new GradientError(
    'tangent-type',
    `[${node.op.name}] its rule gave a tangent of type ${isTensor ? formatType(tangent.dtype, tangent.shape) : typeof tangent}, ` +
      `but the output is ${formatType(output.dtype, output.shape)}; a tangent has the type of its output`,
  )
}
