import { matmul, type Tensor, transpose } from '@cotangent/core'

/** `x Wᵀ + b`, or `x Wᵀ` without a bias: `[..., in]` and `W: [out, in]` give `[..., out]`. */
export function affine(x: Tensor, weight: Tensor, bias: Tensor | null): Tensor {
  const product: Tensor = matmul(x, transpose(weight))
  return bias === null ? product : product.add(bias)
}
