import { grad, hvp, mul, square, sum, tensor, type Tensor } from '@cotangent/core'

type DType = Tensor['dtype']

/** The integers from -2 to 2 of `fixed` in scripts/references/einsum.py. */
export function fixed(shape: readonly number[], phase: number, dtype: DType = 'float64'): Tensor {
  const count = shape.reduce((size, n) => size * n, 1)
  const values = Array.from({ length: count }, (_, i) => (((i * i + 3 * i + 5 * phase) % 11) % 5) - 2)
  return tensor(values, { shape, dtype }) as Tensor
}

/**
 * A reference: the result of a call, and the gradient and Hessian-vector product of `Σ w out²`, operand after operand.
 */
export interface Reference {
  readonly shape: readonly number[]
  readonly out: readonly number[]
  readonly grad: readonly number[] | null
  readonly hvp: readonly number[] | null
}

type Call = (...operands: readonly Tensor[]) => Tensor

const flat = (list: readonly Tensor[]) => list.flatMap(({ data }) => [...data].map((value) => value + 0))

/** The functions that give value, gradient and Hessian-vector product, each with a list of tensors. */
export function functionsOf(call: Call) {
  const f = (xs: readonly Tensor[]) => {
    const out = call(...xs)
    return sum(mul(fixed(out.shape, 3, out.dtype), square(out)))
  }
  return {
    out: (xs: readonly Tensor[]) => [call(...xs)],
    grad: (xs: readonly Tensor[]) => grad(f, { disconnected: 'zeros' })(xs),
    hvp: (xs: readonly Tensor[]) =>
      hvp(
        f,
        xs,
        xs.map(({ shape, dtype }, i) => fixed(shape, i + 7, dtype)),
      ),
  }
}

/** What a call gives, in the form of a reference. */
export function resultOf(call: Call, operands: readonly Tensor[], derivatives = true): Reference {
  const of = functionsOf(call)
  const [out] = of.out(operands)
  return {
    shape: [...out.shape],
    out: flat([out]),
    grad: derivatives ? flat(of.grad(operands)) : null,
    hvp: derivatives ? flat(of.hvp(operands)) : null,
  }
}
