import { checkArguments, checkValue, kinds, type Path, type Tensor, zerosLike } from '@cotangent/core'
import { aResult, aState, aTransform } from '../kinds'
import { mapParameters, selection } from '../parameters'
import { workOn } from '../structure'
import { type GradientTransform, stateless, transform } from './transform'

/** Applies transforms one after another. The state is a list of theirs. */
export function chain<const States extends readonly unknown[]>(
  ...transforms: { readonly [K in keyof States]: GradientTransform<States[K]> }
): GradientTransform<Readonly<States>> {
  checkArguments('chain', [{ ...kinds.rest(aTransform), isOptional: false }], arguments)
  const states = aState(
    `an array with the states of ${transforms.length} transforms`,
    (state) => Array.isArray(state) && state.length === transforms.length,
  )
  const list: readonly GradientTransform[] = transforms
  return transform<readonly unknown[]>(
    'chain',
    states,
    (model) => list.map((each) => each.init(model)),
    (gradients, state, model, operation) => {
      let updates = gradients
      const next = list.map((each, i) => {
        const result = each.update(updates, state[i], model)
        checkValue(operation, aResult, result, `the result of transform ${i}`)
        updates = result[0]
        workOn(`the updates of transform ${i}`)
        return result[1]
      })
      return [updates, next]
    },
  ) as GradientTransform<Readonly<States>>
}

/** Sets the gradients of all leaves that `select` rejects to 0. */
export function onlyWhere(select: (leaf: Tensor, path: Path) => boolean): GradientTransform<null> {
  checkArguments('onlyWhere', [kinds.aFunction], arguments)
  return stateless('onlyWhere', (gradients, model, operation) => {
    const selected = selection(operation, model, select)
    return mapParameters((parameter, _, g) => (selected.has(parameter) ? g : zerosLike(g)), model, gradients)
  })
}

/** `g ← factor · g`. A factor of -1 maximizes. @throws ValueError unless the factor is finite. */
export function scaleBy(factor: number): GradientTransform<null> {
  checkArguments('scaleBy', [kinds.finiteNumber], arguments)
  return stateless('scaleBy', (gradients, model) => mapParameters((_, __, g) => g.mul(factor), model, gradients))
}
