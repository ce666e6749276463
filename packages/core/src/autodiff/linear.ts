import { addsUp } from '../kernels/moves'
import type { Body } from '../kernels/work'
import { applyAll } from '../recording/apply'
import type { Application, Cotangents, LinearLaw } from '../recording/law'
import type { Contribution, Masked } from '../recording/mask'
import type { Node } from '../recording/node'
import { type Mask, Places } from '../recording/mask'
import { ones, zerosLike } from '../ops/creation'
import { isFloat } from '../values/dtype'
import { sameShape } from '../values/shape'
import type { Shape } from '../types/shapes'
import type { Tensor } from '../values/tensor'
import { unbroadcast } from './elementwise'
import {
  any,
  cleaned,
  given as givenAs,
  hardMask,
  inWindow,
  joined,
  moved,
  movedHard,
  placesOf,
  reached,
  restricted,
  spread,
  summed,
  united,
  whole,
} from './masks'
import { type Modes, throughRule, transposedMask } from './rules'

// The kind of the body determines the mask of a derivative. Moved entries keep their mask. The mask of a sum contains
// the entries that a nonzero entry can reach. The mask of an opaque op follows from recording its rule.

/** Axes that are attributes of bodies of some kinds. */
interface Along {
  readonly axis: number
  readonly axes: readonly number[]
}

/** Whether a move combines entries. */
function adds({ op, inputs, outputs, attributes }: Node): boolean {
  return addsUp((op.body as Body<unknown, 'move'>).work(inputs, outputs[0], attributes).parts)
}

function applicationOf({ inputs, outputs, attributes }: Node): Application {
  return { inputs, output: outputs[0], outputs, attributes: attributes as unknown }
}

/** The cotangents of the inputs in which an op is linear; `positions` are the positions of these inputs. */
export function cotangentsOfLinear(
  node: Node,
  law: LinearLaw<unknown>,
  transpose: (value: Tensor) => Cotangents,
  positions: readonly number[],
  given: Masked,
  modes: Modes,
): readonly Contribution[] {
  const { op, inputs, outputs, attributes } = node
  const { mask, clean } = given
  const [output] = outputs
  const { taken, window } = law
  const { kind } = op.body
  // The common case: the derivative has no mask, and the op does not start one.
  if (mask === null && !taken && !window && kind !== 'gather') {
    const values = transpose(given.value)
    const isMap = kind === 'map' && !law.movement
    return values.map((value, k) => (value && isMap ? unbroadcast(node, positions[k], whole(value)) : givenAs(value)))
  }
  const each = (values: Cotangents, of: (value: Tensor, position: number, k: number) => Masked) =>
    values.map((value, k) => (value === null ? null : of(value, positions[k], k)))

  if (taken) {
    const application = applicationOf(node)
    return each(transpose(given.value), (value, position) => {
      const places = placesOf(output.shape, () => taken(position, application))
      return unbroadcast(node, position, { value, mask: restricted(mask, places), clean })
    })
  }
  if (law.movement) {
    const lists = new Map<Places, Cotangents>()
    const move = (places: Places, k: number, shape: Shape) =>
      new Places(shape, () => {
        // All entries of a window are only some entries of the tensor that it was cut from.
        const tensor = places.mask ?? (window ? ones(output.shape, { dtype: 'bool' }) : null)
        if (tensor === null) return null
        if (!lists.has(places)) lists.set(places, transpose(tensor))
        return lists.get(places)![k]
      })
    return each(transpose(given.value), (value, position, k) => {
      const { shape } = inputs[position]
      const change = (places: Places) => move(places, k, shape)
      const own = window
        ? inWindow(window(attributes), 'input', mask, output.shape, shape, change)
        : moved(mask, change)
      return { value, mask: own, clean: clean || own === null }
    })
  }
  switch (kind) {
    case 'map':
      return each(transpose(cleaned(given).value), (value, position) => {
        const { shape } = inputs[position]
        const isSummed = mask !== null && !sameShape(value.shape, output.shape)
        const own = isSummed ? movedHard(mask, (places) => any(places, shape)) : mask
        return unbroadcast(node, position, { value, mask: own, clean: own === null })
      })
    case 'move':
    case 'accumulate':
    case 'gather': {
      const change = kind === 'move' ? movedHard : moved
      return each(transpose(cleaned(given).value), (value, position, k) => {
        const { shape } = inputs[position]
        const reach = (places: Places | null, crossing?: number) =>
          reached(places, output, shape, (counts) => transpose(counts)[k]!, crossing)
        // A gather selects an entry of every line along its axis, unless it selects none.
        const start = () => hardMask(reach(null, output.size > 0 ? (attributes as Along).axis : undefined))
        const own = kind === 'gather' && mask === null ? start() : change(mask, (places) => reach(places))
        return { value, mask: own, clean: true }
      })
    }
    default:
      return throughRule(node, outputs, ([value]) => transpose(value), [given], modes)
  }
}

/** The tangent of a linear op: the op itself, applied to the tangents of the inputs in which it is linear. */
export function tangentOfLinear(
  node: Node,
  law: LinearLaw<unknown>,
  incoming: readonly Contribution[],
  modes: Modes,
): Contribution {
  const { op, inputs, outputs, attributes } = node
  const [output] = outputs
  const positions = law.arguments ?? inputs.map((_, i) => i)
  const given = positions.map((position) => incoming[position])
  const present = given.filter((each) => each !== null)
  const applied = (tangents: readonly Contribution[]) => {
    const own = (i: number) => tangents[positions.indexOf(i)]?.value ?? zerosLike(inputs[i])
    const varied = inputs.map((input, i) => (positions.includes(i) ? own(i) : input))
    return applyAll(op, varied, attributes)[0]
  }
  const areWhole = given.every((each) => each !== null && each.mask === null)
  const unclean = (mask: Mask | null): Masked => ({
    value: applied(given),
    mask,
    clean: mask === null || present.every((each) => each.clean),
  })
  const clean = (mask: Mask | null): Masked => ({
    value: applied(given.map((each) => each && cleaned(each))),
    mask,
    clean: true,
  })

  const { taken, window } = law
  if (taken) {
    if (areWhole) return unclean(null)
    const application = applicationOf(node)
    const masks = given.flatMap((each, k) => {
      const places = placesOf(output.shape, () => taken(positions[k], application))
      return each === null ? [] : [restricted(spread(each.mask, output.shape), places)]
    })
    return unclean(masks.length === 1 ? masks[0] : united(masks[0], masks[1]))
  }
  const [first] = given
  const { kind } = op.body
  switch (kind) {
    case 'move':
    case 'gather': {
      const change = (places: Places) => joined(node, positions, [places])
      if (window)
        return unclean(inWindow(window(attributes), 'output', first!.mask, inputs[0].shape, output.shape, change))
      if (areWhole) return unclean(null)
      if (kind === 'move' && adds(node))
        return clean(
          movedHard(first!.mask, (places) =>
            reached(places, inputs[0], output.shape, (counts) => applyAll(op, [counts], attributes)[0]),
          ),
        )
      const places = joined(
        node,
        positions,
        given.map((each) => each && (each.mask?.places ?? 'all')),
      )
      const isHard = present.every(({ mask }) => mask === null || mask.places === mask.hard)
      const hard = isHard
        ? places
        : joined(
            node,
            positions,
            given.map((each) => each && (each.mask?.hard ?? 'all')),
          )
      return unclean({ places, hard })
    }
    case 'reduce':
      return clean(movedHard(first!.mask, (places) => summed(places, (attributes as Along).axes)))
    case 'accumulate':
    case 'scatter': {
      const reach = (places: Places | null) =>
        reached(places, inputs[0], output.shape, (counts) => applyAll(op, inputs.with(0, counts), attributes)[0])
      const { mask } = first!
      return clean(kind === 'scatter' && mask === null ? hardMask(reach(null)) : moved(mask, reach))
    }
    case 'map': {
      const masks = present.map(({ mask }) => spread(mask, output.shape))
      const mask = masks.reduce(united)
      return { ...(present.length === 1 ? unclean(mask) : clean(mask)), clean: mask === null }
    }
    default: {
      const rule = (value: Tensor) => law.transpose(value, applicationOf(node))
      // The other floating-point inputs are coefficients. Integer and boolean inputs are positions and conditions.
      const hasCoefficients = inputs.some(({ dtype }, i) => !positions.includes(i) && isFloat(dtype))
      const apply = hasCoefficients
        ? null
        : (values: Cotangents) => applied(values.map((value) => value && whole(value)))
      const mask = transposedMask(node, ([value]) => rule(value), given, apply, modes)
      return { ...clean(mask), clean: mask === null }
    }
  }
}
