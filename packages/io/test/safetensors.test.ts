import { tensor, type Tensor, zeros } from '@cotangent/core'
import { FileError, load, open, toSafetensors } from '@cotangent/io'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { runs } from '../../../test/effort'
import { anyTensor, bitsOf, bytesOf, errorOf, figures, identity, withHeader } from './fixtures'

describe('safetensors', () => {
  it('returns what was saved, bit for bit', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.dictionary(fc.string({ unit: 'grapheme', minLength: 1 }), anyTensor, { minKeys: 1 }),
        async (tree) => {
          fc.pre(!Object.hasOwn(tree, '__metadata__'))
          const back = await load(toSafetensors(tree), tree)
          expect(Object.keys(back)).toEqual(Object.keys(tree))
          for (const name of Object.keys(tree)) expect(identity(back[name])).toEqual(identity(tree[name]))
        },
      ),
      { numRuns: runs(100) },
    )
  })

  it('writes the bytes that the reference writes', () => {
    const tree = {
      b: {
        weight: tensor([[1.5, -2], [0.25, 8]]), // prettier-ignore
        9: tensor([2]),
        10: tensor([1]),
      },
      a: tensor([1, 2], { dtype: 'float64' }),
      n: tensor([3, -4], { dtype: 'int32' }),
      flag: tensor(true),
      é: zeros([0, 2]),
    }
    expect(toSafetensors(tree, { metadata: { step: '100' } })).toEqual(bytesOf('small.safetensors'))
  })

  it('reads every type that PyTorch writes', async () => {
    const file = await open(bytesOf('types.safetensors'))
    expect(file.metadata).toEqual({ format: 'pt' })
    type Figure = { shape: number[]; bits?: (number | string)[]; values?: string[] }
    for (const [name, { shape, bits, values }] of Object.entries(figures<Record<string, Figure>>('types.json'))) {
      if (name === 'wide' || name === 'widest') continue
      const x = await file.tensor(name)
      expect([...x.shape], name).toEqual(shape)
      expect(file.info(name).dtype).toBe(x.dtype)
      if (values !== undefined) expect([...x.data].map(String), name).toEqual(values)
      // A NaN of 8 bits has no payload that float32 could keep.
      else if (name.startsWith('f8')) {
        const expected = new Float32Array(new Uint32Array(bits as number[]).buffer)
        expect([...x.data], name).toEqual([...expected])
      } else expect(bitsOf(x).map(String), name).toEqual(bits!.map(String))
    }
    expect(file.names).toHaveLength(23)
  })

  it('reads integers beyond int32 as float64 alone, and only where that is exact', async () => {
    const file = await open(bytesOf('types.safetensors'))
    const wide = await errorOf(() => file.tensor('wide'))
    expect(wide.message).toMatch(/^\[tensor\] tensor 'wide': expected values that int32 holds exactly, got 2147483648/)
    expect((await file.tensor('wide', { dtype: 'float64' })).toArray()).toEqual([1, 2 ** 31])
    const widest = await errorOf(() => file.tensor('widest', { dtype: 'float64' }))
    expect(widest.message).toContain('got 9007199254740993 (element 1)')
    expect((await errorOf(() => file.tensor('complex'))).code).toBe('unsupported-type')
  })

  it.each([
    ['f64', 'float32'],
    ['f32', 'int32'],
    ['i8', 'bool'],
    ['u8', 'bool'],
    ['f8_e4m3', 'int32'],
  ] as const)('reads no %s as %s if that changes a value', async (name, dtype) => {
    const file = await open(bytesOf('types.safetensors'))
    expect((await errorOf(() => file.tensor(name, { dtype }))).code).toBe('inexact-value')
  })

  it('reads only the bytes that it needs', async () => {
    const bytes = toSafetensors({ a: zeros([1000]), b: tensor([1, 2]) })
    const reads: number[] = []
    const blob = new Blob([bytes])
    const spied = {
      size: blob.size,
      arrayBuffer: () => blob.arrayBuffer(),
      slice: (start: number, end: number) => {
        reads.push(end - start)
        return blob.slice(start, end)
      },
    }
    const file = await open(spied)
    expect((await file.tensor('b')).toArray()).toEqual([1, 2])
    expect(reads.reduce((a, b) => a + b)).toBeLessThan(300)
  })
})

describe('a header', () => {
  const entry = (text: string) => `{"x":${text}}`
  const good = '{"dtype":"U8","shape":[2],"data_offsets":[0,2]}'
  const bad: [string, Uint8Array][] = [
    ['a file of 7 bytes', new Uint8Array(7)],
    ['a header that is longer than the file', withHeader(entry(good)).slice(0, 20)],
    ['a header of 2^63 bytes', new Uint8Array([0, 0, 0, 0, 0, 0, 0, 128, 1])],
    ['no JSON', withHeader('{"x":', [1, 2])],
    ['a list', withHeader('[1]')],
    ['a space at the beginning', withHeader(` ${entry(good)}`, [1, 2])],
    ['a byte order mark', withHeader(`\uFEFF${entry(good)}`, [1, 2])],
    ['a name twice', withHeader(`{"x":${good},"x":${good}}`, [1, 2])],
    ['a name twice, once escaped', withHeader(`{"x":${good},"\\u0078":${good}}`, [1, 2])],
    ['a field twice', withHeader(entry('{"dtype":"U8","dtype":"U8","shape":[2],"data_offsets":[0,2]}'), [1, 2])],
    ['half a surrogate pair', withHeader(`{"\\ud800":${good}}`, [1, 2])],
    ['a fraction', withHeader(entry('{"dtype":"U8","shape":[2.0],"data_offsets":[0,2]}'), [1, 2])],
    ['a negative size', withHeader(entry('{"dtype":"U8","shape":[-2],"data_offsets":[0,2]}'), [1, 2])],
    ['a size beyond 2^53', withHeader(entry('{"dtype":"U8","shape":[9007199254740993],"data_offsets":[0,2]}'), [1, 2])],
    ['a product that overflows', withHeader(entry('{"dtype":"U8","shape":[4294967296,4294967296,4294967296,0],"data_offsets":[0,0]}'))], // prettier-ignore
    ['offsets that run backwards', withHeader(entry('{"dtype":"U8","shape":[2],"data_offsets":[2,0]}'), [1, 2])],
    ['one offset', withHeader(entry('{"dtype":"U8","shape":[2],"data_offsets":[0]}'), [1, 2])],
    ['no shape', withHeader(entry('{"dtype":"U8","data_offsets":[0,2]}'), [1, 2])],
    ['an unknown dtype', withHeader(entry('{"dtype":"OTHER","shape":[2],"data_offsets":[0,2]}'), [1, 2])],
    ['a size that does not fit', withHeader(entry('{"dtype":"U8","shape":[3],"data_offsets":[0,2]}'), [1, 2])],
    ['bits that fill no byte', withHeader(entry('{"dtype":"F4","shape":[3],"data_offsets":[0,2]}'), [1, 2])],
    ['a hole at the beginning', withHeader(entry('{"dtype":"U8","shape":[2],"data_offsets":[1,3]}'), [1, 2, 3])],
    ['a hole', withHeader(`{"x":${good},"y":{"dtype":"U8","shape":[1],"data_offsets":[3,4]}}`, [1, 2, 3, 4])],
    ['an overlap', withHeader(`{"x":${good},"y":{"dtype":"U8","shape":[2],"data_offsets":[1,3]}}`, [1, 2, 3])],
    ['bytes behind the last tensor', withHeader(entry(good), [1, 2, 3])],
    ['missing bytes', withHeader(entry(good), [1])],
    ['metadata of numbers', withHeader(`{"__metadata__":{"a":1},"x":${good}}`, [1, 2])],
    ['a list of metadata', withHeader(`{"__metadata__":["a"],"x":${good}}`, [1, 2])],
  ]

  it('of the table is right in itself', async () => {
    const file = await open(withHeader(`{"__metadata__":null,"x":${good}}  `, [1, 2]))
    expect((await file.tensor('x')).toArray()).toEqual([1, 2])
  })

  it.each(bad)('with %s is refused', async (_, bytes) => {
    const error = await errorOf(() => open(bytes))
    expect(error).toBeInstanceOf(FileError)
    expect(error.code).toBe('damaged-file')
    expect(error.message).toMatch(
      /^\[open\] the file is damaged|^\[open\] this is no safetensors file, or it is damaged/,
    )
  })

  it('with a bool that is neither 0 nor 1 is refused when it is read', async () => {
    const file = await open(withHeader('{"x":{"dtype":"BOOL","shape":[2],"data_offsets":[0,2]}}', [1, 2]))
    expect((await errorOf(() => file.tensor('x'))).message).toContain('expected 0 or 1 as a bool, got 2 (element 1)')
  })

  it('may hold names that objects have', async () => {
    const names = ['__proto__', 'constructor', '1', '0']
    const file = await open(
      withHeader(
        `{${names.map((name, i) => `"${name}":{"dtype":"U8","shape":[],"data_offsets":[${i},${i + 1}]}`).join()}}`,
        [5, 6, 7, 8],
      ),
    )
    expect(file.names).toEqual(names)
    const values = await Promise.all(names.map(async (name) => (await file.tensor(name)).item()))
    expect(values).toEqual([5, 6, 7, 8])
  })
})

describe('option dtype', () => {
  it('rounds floats, and leaves other dtypes', async () => {
    const tree: Record<string, Tensor> = {
      w: tensor([1 / 3, -2]),
      d: tensor([0.1], { dtype: 'float64' }),
      n: tensor([3], { dtype: 'int32' }),
    }
    const stored = async (dtype: 'float16' | 'bfloat16' | 'float32') => {
      const file = await open(toSafetensors(tree, { dtype }))
      return [file.names.map((name) => file.info(name).stored), (await file.tensor('w')).toArray()]
    }
    expect(await stored('float16')).toEqual([
      ['I32', 'F16', 'F16'],
      [0.333251953125, -2],
    ])
    expect(await stored('bfloat16')).toEqual([
      ['I32', 'BF16', 'BF16'],
      [0.333984375, -2],
    ])
    expect(await stored('float32')).toEqual([
      ['F32', 'F32', 'I32'],
      [Math.fround(1 / 3), -2],
    ])
  })

  it('refuses what is too large', async () => {
    const message = async (x: Tensor, dtype: 'float16' | 'bfloat16' | 'float32') =>
      (await errorOf(() => toSafetensors({ x }, { dtype }))).message
    expect(await message(tensor([1, 65520]), 'float16')).toBe(
      "[toSafetensors] tensor 'x': 65520 (element 1) is too large for float16; store it as float32",
    )
    expect(await message(tensor([3.4e38]), 'bfloat16')).toContain('too large for bfloat16')
    expect(await message(tensor([1e39], { dtype: 'float64' }), 'float32')).toContain('too large for float32')
    expect(() => toSafetensors({ x: tensor([65519, Infinity, NaN]) }, { dtype: 'float16' })).not.toThrow()
  })
})
