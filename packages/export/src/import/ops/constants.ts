import * as ct from '@cotangent/core'
import { tensor } from '@cotangent/core'
import { ExportError } from '../../errors'
import { dataTypes } from '../../onnx/proto/messages'
import { operator, type Operators, Unsupported } from '../node'
import { dtypeOf, typeName, valueOf } from '../tensor-proto'
import { numbersOf, sized, tensorOf, UnsignedBits, type Value, WideIntegers } from '../values'

/** The types that a cast may lead to. Narrower integers would wrap around, which int32 does not. */
const castTargets: readonly (number | undefined)[] = [
  dataTypes.FLOAT,
  dataTypes.DOUBLE,
  dataTypes.INT32,
  dataTypes.INT64,
  dataTypes.BOOL,
]

/** Integers modulo 2^32. */
function unsigned(value: Value, label: string): Value {
  if (value instanceof UnsignedBits) return value
  const x = tensorOf(value, label)
  if (x.dtype !== 'float32' && x.dtype !== 'float64') return new UnsignedBits(x.astype('int32'))
  throw new ExportError('onnx-unsigned', `${label} is ${x.dtype}, and only integers become uint32 here; cast it to int32 before the export`) // prettier-ignore
}

/** Tensors from attributes and shapes, and what only passes tensors on. */
export const constants: Operators = {
  Constant: operator(0, (node) => {
    const [integer, integers] = [node.integer('value_int'), node.integers('value_ints')]
    const floats = node.floats('value_floats')
    const found: readonly (Value | undefined)[] = [
      node.tensor('value'),
      integer === undefined ? undefined : valueOf({ data_type: dataTypes.INT64, int64_data: [integer] }),
      integers && valueOf({ data_type: dataTypes.INT64, dims: [integers.length], int64_data: integers }),
      floats && tensor(Float32Array.from(floats)),
    ]
    const value = found.find((each) => each !== undefined) ?? tensor(node.float('value_float'))
    return () => value
  }),
  ConstantOfShape: operator(1, (node) => {
    const given = node.tensor('value')
    const value = given === undefined ? tensor([0]) : tensorOf(given, `the value of ${node.label}`)
    const [element] = numbersOf(value, `the value of ${node.label}`)
    return (inputs) => ct.full(sized(inputs.numbers(0), node.label), element, { dtype: value.dtype })
  }),
  EyeLike: operator(1, (node) => {
    const offset = node.int('k', 0)
    const given = node.integer('dtype')
    const to = given === undefined ? undefined : Number(given)
    if (to !== undefined && !castTargets.includes(to)) throw new Unsupported(`a cast to ${typeName(to)}`)
    const dtype = dtypeOf(to)
    return (given) => {
      const x = given.tensor(0)
      const [rows, columns] = x.shape as number[]
      const isDiagonal = ct.equal(ct.add(ct.arange(rows).reshape([rows, 1]), offset), ct.arange(columns))
      return isDiagonal.astype(dtype ?? x.dtype)
    }
  }),
  Range: operator(
    3,
    (node) => (given) => {
      const [start, limit, delta] = [given.number(0), given.number(1), given.number(2)]
      const [count] = sized([Math.max(0, Math.ceil((limit - start) / delta))], node.label)
      return tensor(Float64Array.from({ length: count }, (_, i) => start + i * delta)).astype(given.tensor(0).dtype)
    },
    { constants: [0, 1, 2] },
  ),
  Cast: operator(1, (node) => {
    const to = node.int('to')
    // It concerns floats of 8 bits.
    node.ignore('saturate')
    if (to === dataTypes.UINT32) return (given) => unsigned(given.value(0), `input 0 of ${node.label}`)
    if (!castTargets.includes(to)) throw new Unsupported(`a cast to ${typeName(to)}`)
    const dtype = dtypeOf(to)!
    return (given) => {
      const value = given.value(0)
      if (value instanceof UnsignedBits && to === dataTypes.INT32) return value.bits
      return value instanceof WideIntegers && dtype === 'int32' ? value : given.tensor(0).astype(dtype)
    }
  }),
  CastLike: operator(2, (node) => {
    node.ignore('saturate')
    return (given) => given.tensor(0).astype(given.tensor(1).dtype)
  }),
  Identity: operator(1, () => (given) => given.value(0)),
  Dropout: operator(
    [1, 3],
    (node) => {
      node.ignore('seed')
      if ((node.constant(2, 'a training mode')?.[0] ?? 0) !== 0)
        throw new Unsupported('training mode; export the model in evaluation mode')
      return (given) => {
        const x = given.tensor(0)
        return [x, ct.ones(x.shape as number[], { dtype: 'bool' })]
      }
    },
    { outputs: 2, constants: [1] },
  ),
}
