import fc from 'fast-check'
import { expect, test } from 'vitest'
import { runs } from '../../../../test/effort'
import { ExportError } from '../../src/errors'
import { decodeModel, encodeModel } from '../../src/onnx/proto/tables'
import { anyModel } from './models'

const draws = { numRuns: runs(30) }

const code = (call: () => unknown): string => {
  try {
    call()
  } catch (error) {
    if (error instanceof ExportError) return error.code
    throw error
  }
  return 'none'
}

test('a model comes back from its bytes', () => {
  fc.assert(
    fc.property(anyModel, (model) => {
      expect(decodeModel(encodeModel(model))).toStrictEqual(model)
    }),
    draws,
  )
})

test('a model that is cut short is an error, or a model without its last fields', () => {
  fc.assert(
    fc.property(anyModel, fc.nat(), (model, at) => {
      const bytes = encodeModel(model)
      const part = bytes.subarray(0, at % (bytes.length + 1))
      const result = code(() => decodeModel(part))
      // Where the bytes end between two fields, they are those of a smaller model, and no reader can tell.
      if (result === 'none') expect(encodeModel(decodeModel(part))).toStrictEqual(Uint8Array.from(part))
      else expect(result).toBe('damaged-onnx')
    }),
    draws,
  )
})

test('a flipped bit is an error, or the change of one value', () => {
  fc.assert(
    fc.property(anyModel, fc.nat(), fc.nat(7), (model, at, bit) => {
      const bytes = encodeModel(model)
      fc.pre(bytes.length > 0)
      bytes[at % bytes.length] ^= 1 << bit
      const result = code(() => {
        const read = decodeModel(bytes)
        // What is read is a model like any other: nothing is half read.
        expect(decodeModel(encodeModel(read))).toStrictEqual(read)
      })
      expect(['none', 'damaged-onnx']).toContain(result)
    }),
    draws,
  )
})

test.each([
  ['a varint of eleven bytes', [8, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 1]],
  ['a varint of more than 64 bits', [8, 255, 255, 255, 255, 255, 255, 255, 255, 255, 2]],
  ['a version beyond 2^53', [8, 255, 255, 255, 255, 255, 255, 255, 255, 127]],
  ['a length beyond the end', [18, 4, 65]],
  ['a length of 2^63', [18, 128, 128, 128, 128, 128, 128, 128, 128, 128, 1]],
  ['an unknown field', [0x18 + 0x80, 6, 0]],
  ['field 0', [0, 0]],
  ['a group', [11, 12]],
  ['a name as an integer', [16, 5]],
  ['the same field twice', [8, 1, 8, 2]],
  ['text that is not UTF-8', [18, 2, 0xc3, 0x28]],
])('%s is damage', (_, bytes) => {
  expect(code(() => decodeModel(Uint8Array.from(bytes)))).toBe('damaged-onnx')
})

test('graphs inside each other end at a depth', () => {
  // Field 7 is the graph, 1 its node, 5 its attribute, 6 that attribute's graph.
  let bytes: number[] = []
  const wrap = (field: number) => {
    const length = bytes.length < 128 ? [bytes.length] : [(bytes.length & 127) | 128, bytes.length >> 7]
    bytes = [field * 8 + 2, ...length, ...bytes]
  }
  for (let depth = 0; depth < 34; depth++) for (const field of [6, 5, 1]) wrap(field)
  wrap(7)
  expect(code(() => decodeModel(Uint8Array.from(bytes)))).toBe('damaged-onnx')
})

test('repeated numbers are read in both forms', () => {
  const initializer = (tensor: readonly number[]) =>
    Uint8Array.from([0x3a, tensor.length + 2, 0x2a, tensor.length, ...tensor])
  const dims = (bytes: readonly number[]) => decodeModel(initializer(bytes)).graph?.initializer?.[0].dims
  expect(dims([8, 2, 8, 3])).toStrictEqual([2, 3])
  expect(dims([10, 2, 2, 3])).toStrictEqual([2, 3])
})

test('integers that the format cannot hold are refused', () => {
  const model = (i: bigint) => ({ graph: { node: [{ attribute: [{ i }] }] } })
  expect(code(() => encodeModel(model(2n ** 63n)))).toBe('onnx-integer')
  expect(code(() => encodeModel({ ir_version: 0.5 }))).toBe('onnx-integer')
})
