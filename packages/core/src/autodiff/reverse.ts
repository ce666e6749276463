import { GradientError } from '../errors'
import type { Cotangents, Law } from '../recording/law'
import type { Contribution } from '../recording/mask'
import type { Node } from '../recording/node'
import { formatType } from '../values/printing'
import { sameShape } from '../values/shape'
import { Tensor } from '../values/tensor'
import { cotangentOfBilinear } from './bilinear'
import { cotangentOfElementwise } from './elementwise'
import { cotangentsOfLinear } from './linear'
import { cotangentsOfPullback, type Modes } from './rules'

/** The cotangents of a node's inputs, given those of its outputs. Only those that are needed matter. */
export function cotangentsOf(
  node: Node,
  received: readonly Contribution[],
  needed: readonly boolean[],
  modes: Modes,
): readonly Contribution[] {
  const { op, inputs, outputs, attributes } = node
  const application = { inputs, output: outputs[0], outputs, attributes: attributes as unknown }
  const law: Law = op.law
  switch (law.kind) {
    case 'elementwise':
      return inputs.map((_, i) => (needed[i] ? cotangentOfElementwise(node, law, i, received[0]!) : null))
    case 'linear': {
      const positions = law.arguments ?? inputs.map((_, i) => i)
      const transpose = (value: Tensor) => oneForEach(node, positions.length, law.transpose(value, application))
      const cotangents = cotangentsOfLinear(node, law, transpose, positions, received[0]!, modes)
      return law.arguments ? inputs.map((_, i) => cotangents[positions.indexOf(i)] ?? null) : cotangents
    }
    case 'bilinear':
      return law.transposes.map((_, i) => (needed[i] ? cotangentOfBilinear(node, law, i, received[0]!, modes) : null))
    case 'vjp': {
      const pullback = (given: readonly Tensor[]) => oneForEach(node, inputs.length, law.pullback(given, application))
      return cotangentsOfPullback(node, { ...law, pullback }, application, received, modes)
    }
    case 'region':
      return law.pullback(received, application)
    case 'constant':
    case 'none':
      return []
  }
}

function oneForEach(node: Node, count: number, given: Cotangents): Cotangents {
  if (Array.isArray(given) && given.length === count && !given.includes(undefined)) return given
  throw new GradientError(
    'cotangent-count',
    `[${node.op.name}] its rule must return an array of ${count} cotangents, one for each input that it covers (null for one ` +
      `that gets none), got ${Array.isArray(given) ? (given.length === count ? 'undefined among them' : given.length) : typeof given}`,
  )
}

/** Throws a GradientError unless a cotangent has the type of its input. */
export function checkCotangent(node: Node, input: number, cotangent: Tensor): void {
  if (!(cotangent instanceof Tensor))
    throw new GradientError(
      'cotangent-type',
      `[${node.op.name}] its rule gave input ${input} a cotangent that is no tensor (${typeof cotangent}); compute it with ops from the ` +
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
