import { checkValue, type Key, kinds, splitKey, type Tensor } from '@cotangent/core'
import { type FloatDType, glorotUniform, type Initializer, zerosInitializer } from '../initializers'
import { tensorOf } from '../kinds'

/** How the first parameters of a layer are made. */
export interface Sources {
  readonly key: Key
  readonly initializer?: Initializer
  readonly biasInitializer?: Initializer
  readonly dtype?: FloatDType
}

/** What an initializer draws, checked for the requested shape and dtype. */
export function drawn(
  operation: string,
  option: string,
  initializer: Initializer,
  key: Key,
  shape: readonly number[],
  dtype: FloatDType,
): Tensor {
  const result = initializer(key, shape, dtype)
  checkValue(
    operation,
    tensorOf(shape, dtype, 'return a tensor of the requested shape and dtype'),
    result,
    `the result of option '${option}'`,
  )
  return result
}

/** Fresh weights `[out, in, ...]` and a bias `[out]`. */
export function freshParameters(
  operation: string,
  shape: readonly number[],
  { key, initializer = glorotUniform, biasInitializer = zerosInitializer, dtype = 'float32' }: Sources,
): { weight: Tensor; bias: Tensor } {
  const [weightKey, biasKey] = splitKey(key)
  checkValue(operation, kinds.aShape, shape, 'the shape of its weights')
  return {
    weight: drawn(operation, 'initializer', initializer, weightKey, shape, dtype),
    bias: drawn(operation, 'biasInitializer', biasInitializer, biasKey, [shape[0]], dtype),
  }
}
