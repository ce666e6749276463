import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { compile, type DType, tensor, type Tensor, treeLeaves, type TypedArray } from '@cotangent/core'
import { fromONNX } from '@cotangent/export'
import { describe, expect, test } from 'vitest'
import { operators } from '../../src/import/ops'

interface Stored {
  readonly dtype: DType
  readonly shape: readonly number[]
  /** JSON has no infinities and no NaN: they are texts and null. */
  readonly data: readonly (number | string | null)[]
}

interface Case {
  readonly name: string
  readonly op: string
  /** The bytes of the model in base64, by the version of the operators. */
  readonly models: Readonly<Record<string, string>>
  readonly inputs: Readonly<Record<string, Stored>>
  readonly outputs: Readonly<Record<string, Stored>>
}

// Results of ONNX's reference evaluator: scripts/references/onnx_ops.py.
const file = join(import.meta.dirname, '..', 'fixtures', 'onnx-ops.json')
const cases = JSON.parse(readFileSync(file, 'utf8')) as Case[]

const arrays = { bool: Uint8Array, int32: Int32Array, float32: Float32Array, float64: Float64Array } as const
const numbersOf = ({ data }: Stored) => data.map((each) => (each === null ? NaN : Number(each)))
const tensorOf = (stored: Stored): Tensor =>
  tensor(arrays[stored.dtype].from(numbersOf(stored)), { dtype: stored.dtype, shape: stored.shape })

const mapped = <A, B>(record: Readonly<Record<string, A>>, f: (value: A) => B): Record<string, B> =>
  Object.fromEntries(Object.entries(record).map(([name, value]) => [name, f(value)]))

/** All NaN are one number. */
const bits = (data: TypedArray) => Array.from(data, (each) => (Object.is(each, -0) ? '-0' : String(each)))

// Both sides round to float32: sums of at most 64 products of numbers below 4, of which each is rounded.
const tolerance = 64 * 2 ** -24

function expectClose(found: Tensor, stored: Stored): void {
  expect([found.dtype, found.shape]).toEqual([stored.dtype, stored.shape])
  const wanted = numbersOf(stored)
  const scale = Math.max(1, ...wanted.filter(Number.isFinite).map(Math.abs))
  const isExact = !stored.dtype.startsWith('float')
  Array.from(found.data).forEach((value, at) => {
    const isClose = Object.is(value, wanted[at]) || Math.abs(value - wanted[at]) <= (isExact ? 0 : tolerance * scale)
    if (!isClose) expect.fail(`expected [${wanted.join(', ')}], got [${Array.from(found.data).join(', ')}]`)
  })
}

const names = [...new Set(cases.map((each) => each.op))]

describe.each(names)('%s', (op) => {
  const own = cases.filter((each) => each.op === op)

  test.each(own)('$name', ({ models, inputs, outputs }) => {
    for (const model of Object.values(models)) {
      const { run, parameters } = fromONNX(Buffer.from(model, 'base64'))
      const found = run(parameters, mapped(inputs, tensorOf))
      expect(Object.keys(found)).toEqual(Object.keys(outputs))
      for (const [name, stored] of Object.entries(outputs)) expectClose(found[name], stored)
    }
  })

  test('compiled, in one program', () => {
    const models = own.map(({ models }) => fromONNX(Buffer.from(Object.values(models)[0], 'base64')))
    const given = own.map(({ inputs }) => mapped(inputs, tensorOf))
    const all = (inputs: typeof given) => models.map(({ run, parameters }, at) => run(parameters, inputs[at]))
    const found = treeLeaves(all(given)).map(({ data }) => bits(data))
    expect(treeLeaves(compile(all)(given)).map(({ data }) => bits(data))).toEqual(found)
  })
})

test('every operator has a case', () => {
  expect(Object.keys(operators).filter((op) => !names.includes(op))).toEqual([])
})
