import { type DType, type Kind, kinds, Tensor } from '@cotangent/core'

/** A tensor with a number of axes, which `form` names. */
/* @__NO_SIDE_EFFECTS__ */
export function tensorOfRank(rank: number, form: string): Kind {
  return { expected: `a tensor ${form}`, accepts: (value) => value instanceof Tensor && value.rank === rank }
}

/** A tensor of one shape and, where it is given, one dtype. */
/* @__NO_SIDE_EFFECTS__ */
export function tensorOf(shape: readonly number[], dtype?: DType, remedy?: string): Kind {
  return {
    expected: `a tensor ${dtype ?? ''}[${shape.join(', ')}]`,
    accepts: (value) =>
      value instanceof Tensor && (dtype === undefined || value.dtype === dtype) && value.shape.join() === shape.join(),
    ...(remedy !== undefined && { remedy }),
  }
}

/** What can be called between layers, such as `sigmoid`. */
export const anActivation: Kind = {
  expected: 'an activation (a function such as sigmoid)',
  accepts: kinds.aFunction.accepts,
  remedy: 'import the function and pass it: { activation: sigmoid }',
}

/** Draws the initial value of a parameter. */
export const anInitializer: Kind = {
  expected: 'an initializer (a function of key, shape and dtype)',
  accepts: kinds.aFunction.accepts,
  remedy: 'pass the function itself, such as glorotUniform, or one that uniformInitializer(limit) makes',
}

/** The size of one side of a layer. */
export const aLayerSize: Kind = /* @__PURE__ */ kinds.integerFrom(1)
