import type { DType } from '@cotangent/core'

/**
 * Named functions that ONNX has too, with the types for which ONNX Runtime has a kernel that is right everywhere. The
 * others are written as their instructions.
 *
 * Its kernels differ from the canon by at most 4 ulp, or by 4 units of the last place of 1 for sin, cos and sigmoid:
 * `Sigmoid` of float32 is 0 below -18. Its float64 kernel of Sigmoid loses digits below -1, and that of Softplus
 * overflows. It has none for float64 of the others. ONNX has no expm1, log1p, log2, erfc, atan2.
 */
const operators: Readonly<Record<string, readonly [operator: string, ...dtypes: DType[]]>> = {
  exp: ['Exp', 'float32', 'float64'],
  log: ['Log', 'float32', 'float64'],
  pow: ['Pow', 'float32', 'float64'],
  sin: ['Sin', 'float32', 'float64'],
  cos: ['Cos', 'float32', 'float64'],
  tanh: ['Tanh', 'float32', 'float64'],
  tan: ['Tan', 'float32'],
  asin: ['Asin', 'float32'],
  acos: ['Acos', 'float32'],
  atan: ['Atan', 'float32'],
  sinh: ['Sinh', 'float32'],
  cosh: ['Cosh', 'float32'],
  asinh: ['Asinh', 'float32'],
  acosh: ['Acosh', 'float32'],
  atanh: ['Atanh', 'float32'],
  erf: ['Erf', 'float32'],
  sigmoid: ['Sigmoid', 'float32'],
  softplus: ['Softplus', 'float32'],
}

/** The operator of a named function; null if its instructions must be written. */
export function operatorOf(name: string, dtype: DType): string | null {
  const found = Object.hasOwn(operators, name) ? operators[name] : undefined
  return found !== undefined && found.includes(dtype) ? found[0] : null
}
