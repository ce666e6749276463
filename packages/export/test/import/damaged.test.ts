import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { CotangentError, type Tensor, zeros } from '@cotangent/core'
import { ExportError, fromONNX } from '@cotangent/export'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { runs } from '../../../../test/effort'

const names = ['mlp', 'convolutional', 'encoder', 'decoder', 'lstm-14', 'gru-21']
const files = names.map((name) => readFileSync(join(import.meta.dirname, '..', 'fixtures', `${name}.onnx`)))

/** What comes of the bytes: the code of an error, or an empty text. Any other error fails the test. */
function outcome(bytes: Uint8Array): string {
  let model
  try {
    model = fromONNX(bytes)
  } catch (error) {
    if (error instanceof ExportError) return error.code
    throw error
  }
  const inputs = model.inputs.map(({ name, dtype, shape }): [string, Tensor] => {
    const sizes = (shape ?? []).map((size) => (typeof size === 'number' ? size : 2))
    // A damaged size may ask for more memory than there is.
    return [name, zeros(sizes.map((size) => Math.min(size, 20)), { dtype })] // prettier-ignore
  })
  try {
    model.run(model.parameters, Object.fromEntries(inputs))
  } catch (error) {
    if (error instanceof CotangentError) return error.code
    throw error
  }
  return ''
}

test('a file that is cut short is an error', () => {
  fc.assert(
    fc.property(fc.constantFrom(...files), fc.nat(), (file, at) => {
      expect(outcome(file.subarray(0, at % file.length))).toBe('damaged-onnx')
    }),
  )
})

test('a file with flipped bits is an error, or another model that runs', () => {
  const bits = fc.array(fc.record({ at: fc.nat(), bit: fc.nat(7) }), { minLength: 1, maxLength: 3 })
  fc.assert(
    fc.property(fc.constantFrom(...files), bits, (file, flips) => {
      const bytes = Uint8Array.from(file)
      for (const { at, bit } of flips) bytes[at % bytes.length] ^= 1 << bit
      expect(typeof outcome(bytes)).toBe('string')
    }),
    { numRuns: runs(200) },
  )
})
