import { GradientError } from '../errors'
import type { Application, Cotangents, Law } from '../recording/law'
import type { Contribution } from '../recording/mask'
import type { Node } from '../recording/node'
import type { Tensor } from '../values/tensor'
import { cotangentOfBilinear, tangentOfBilinear } from './bilinear'
import { cotangentOfElementwise, tangentOfElementwise } from './elementwise'
import { cotangentsOfLinear, tangentOfLinear } from './linear'
import { cotangentsOfPullback, type Modes, tangentsOfPullback } from './rules'
import { checkTangent } from './derivative-types'

type LawOf<K extends Law['kind']> = Extract<Law, { kind: K }>

/** Both modes of one kind of law. null stands for a zero derivative. */
interface BothModes<K extends Law['kind']> {
  /** The cotangents of a node's inputs, given those of its outputs. Only the `needed` cotangents are used. */
  reverse(
    node: Node,
    law: LawOf<K>,
    received: readonly Contribution[],
    needed: readonly boolean[],
    modes: Modes,
  ): readonly Contribution[]
  /** The tangents of a node's outputs, given those of its inputs. */
  forward(node: Node, law: LawOf<K>, incoming: readonly Contribution[], modes: Modes): readonly Contribution[]
}

const nothing = { reverse: () => [], forward: () => [null] }

// A kind of law that is missing here does not compile.
const laws: { [K in Law['kind']]: BothModes<K> } = {
  elementwise: {
    reverse: (node, law, [received], needed) =>
      node.inputs.map((_, i) => (needed[i] ? cotangentOfElementwise(node, law, i, received!) : null)),
    forward: (node, law, incoming) => [tangentOfElementwise(node, law, incoming, checkTangent)],
  },
  linear: {
    reverse(node, law, [received], _, modes) {
      const { inputs } = node
      const positions = law.arguments ?? inputs.map((_, i) => i)
      const transpose = (value: Tensor) => oneForEach(node, positions.length, law.transpose(value, applicationOf(node)))
      const cotangents = cotangentsOfLinear(node, law, transpose, positions, received!, modes)
      return law.arguments ? inputs.map((_, i) => cotangents[positions.indexOf(i)] ?? null) : cotangents
    },
    forward: (node, law, incoming, modes) => [tangentOfLinear(node, law, incoming, modes)],
  },
  bilinear: {
    reverse: (node, law, [received], needed, modes) =>
      law.transposes.map((_, i) => (needed[i] ? cotangentOfBilinear(node, law, i, received!, modes) : null)),
    forward: (node, law, incoming, modes) => [tangentOfBilinear(node, law, incoming, modes)],
  },
  vjp: {
    reverse(node, law, received, _, modes) {
      const application = applicationOf(node)
      const pullback = (given: readonly Tensor[]) =>
        oneForEach(node, node.inputs.length, law.pullback(given, application))
      return cotangentsOfPullback(node, { ...law, pullback }, application, received, modes)
    },
    forward: (node, law, incoming, modes) => tangentsOfPullback(node, law, applicationOf(node), incoming, modes),
  },
  region: {
    reverse: (node, law, received, needed) => law.pullback(received, applicationOf(node), needed),
    forward: (node, law, incoming) => law.jvp(incoming, applicationOf(node)),
  },
  constant: nothing,
  none: nothing,
}

function applicationOf({ inputs, outputs, attributes }: Node): Application {
  return { inputs, output: outputs[0], outputs, attributes: attributes as unknown }
}

/** The cotangents of a node's inputs, given those of its outputs. Only the `needed` cotangents are used. */
export function cotangentsOf(
  node: Node,
  received: readonly Contribution[],
  needed: readonly boolean[],
  modes: Modes,
): readonly Contribution[] {
  const { law } = node.op
  return (laws[law.kind] as BothModes<Law['kind']>).reverse(node, law, received, needed, modes)
}

/** The tangents of a node's outputs, given those of its inputs. null stands for zero. */
export function tangentsOf(node: Node, incoming: readonly Contribution[], modes: Modes): readonly Contribution[] {
  const { law } = node.op
  return (laws[law.kind] as BothModes<Law['kind']>).forward(node, law, incoming, modes)
}

function oneForEach(node: Node, count: number, given: Cotangents): Cotangents {
  if (Array.isArray(given) && given.length === count && !given.includes(undefined)) return given
  throw new GradientError(
    'cotangent-count',
    `[${node.op.name}] its rule must return an array of ${count} cotangents, one for each input that it covers (null for an input ` +
      `without one), got ${Array.isArray(given) ? (given.length === count ? 'undefined among them' : given.length) : typeof given}`,
  )
}
