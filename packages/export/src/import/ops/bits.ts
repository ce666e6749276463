import * as ct from '@cotangent/core'
import type { Tensor } from '@cotangent/core'
import { ExportError } from '../../errors'
import { type Inputs, operator, type Operator, type Operators } from '../node'
import { UnsignedBits } from '../values'

/** An operator that treats each bit alike: int32 and uint32 have the same bits. */
function onBits(f: (...operands: Tensor[]) => Tensor, count: number): Operator {
  return operator(count, () => (given) => {
    const operands = Array.from({ length: count }, (_, i) => given.value(i))
    const result = f(...operands.map((each, i) => (each instanceof UnsignedBits ? each.bits : given.tensor(i))))
    return operands[0] instanceof UnsignedBits ? new UnsignedBits(result) : result
  })
}

/** Zeros move in from the left. `n` is from 0 to 31. */
function shiftedRight(x: Tensor, n: Tensor): Tensor {
  // The shift of core moves copies of the sign in.
  const kept = ct.bitwiseNot(ct.bitwiseLeftShift(ct.tensor(-1, { dtype: 'int32' }), ct.sub(32, n)))
  return ct.bitwiseAnd(ct.bitwiseRightShift(x, n), kept)
}

function unsignedBits(given: Inputs, at: number, label: string): Tensor {
  const value = given.value(at)
  if (value instanceof UnsignedBits) return value.bits
  throw new ExportError('onnx-unsigned', `input ${at} of ${label} is no result of a cast to uint32, which shifts need here; cast it before the export`) // prettier-ignore
}

/** Bits of integers. */
export const bits: Operators = {
  BitwiseAnd: onBits(ct.bitwiseAnd, 2),
  BitwiseOr: onBits(ct.bitwiseOr, 2),
  BitwiseXor: onBits(ct.bitwiseXor, 2),
  BitwiseNot: onBits(ct.bitwiseNot, 1),
  BitShift: operator(2, (node) => {
    const shift = node.choice('direction', 'LEFT', 'RIGHT') === 'LEFT' ? ct.bitwiseLeftShift : shiftedRight
    return (given) => new UnsignedBits(shift(unsignedBits(given, 0, node.label), unsignedBits(given, 1, node.label)))
  }),
}
