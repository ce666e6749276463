import { ShapeError, type Tensor } from '@cotangent/core'
import { isFloat } from '../kinds'

/** The length of a sequence of features. @throws ShapeError unless it is float `[...batch, length, features]`. */
export function checkSequence(operation: string, x: Tensor<any>, features: number, what = 'x'): number {
  const sizes: readonly number[] = x.shape
  if (sizes.length < 2 || sizes.at(-1) !== features || !isFloat(x))
    throw new ShapeError(
      'layer-input',
      `[${operation}] expected ${what}: float [...batch, length, ${features}], got ${x.dtype}[${sizes.join(', ')}]; ` +
        "reshape the input, or change the layer's sizes",
    )
  return sizes[sizes.length - 2]
}
