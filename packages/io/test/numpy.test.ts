import { arange, tensor, type Tensor, zeros } from '@cotangent/core'
import { load, open, toNpy, toNpz } from '@cotangent/io'
import fc from 'fast-check'
import { zipSync } from 'fflate'
import { describe, expect, it } from 'vitest'
import { runs } from '../../../test/effort'
import { anyTensor, bytesOf, errorOf, figures, identity } from './fixtures'

type Figures = Record<string, { shape: number[]; values: string[] }>
const number = (text: string) => (text.includes('inf') ? Number(text.replace('inf', 'Infinity')) : Number(text))

describe.each(['arrays.npz', 'arrays-compressed.npz'])('%s of NumPy', (name) => {
  it('has the values that NumPy has', async () => {
    const file = await open(bytesOf(name))
    for (const [array, { shape, values }] of Object.entries(figures<Figures>('arrays.json'))) {
      const x = await file.tensor(array)
      expect([...x.shape], array).toEqual(shape)
      expect([...x.data], array).toEqual(values.map((text) => (x.dtype === 'float32' ? Math.fround(number(text)) : number(text)))) // prettier-ignore
    }
    expect(file.info('f2')).toEqual({ shape: [3], dtype: 'float32', stored: 'F16' })
  })

  it.each([
    ['text', "'<U2'"],
    ['record', 'a NumPy structure'],
    ['complex', "'<c16'"],
  ])('has no tensor for %s', async (array, shown) => {
    // prettier-ignore
    const { code, message } = await errorOf(async () => (await open(bytesOf(name))).tensor(array))
    expect([code, message]).toEqual(['unsupported-type', expect.stringContaining(shown)])
  })
})

describe('npy', () => {
  it.each([1, 2, 3])('reads version %i.0', async (version) => {
    const like = zeros([2, 2])
    expect((await load(bytesOf(`version-${version}.npy`), like)).toArray()).toEqual([[1.5, -0], [Infinity, Math.fround(0.1)]]) // prettier-ignore
  })

  it('reads no objects', async () => {
    const file = await open(bytesOf('objects.npy'))
    expect(file.info('tensor')).toEqual({ shape: [2], dtype: null, stored: 'OTHER' })
    expect((await errorOf(() => file.tensor('tensor'))).code).toBe('unsupported-type')
  })

  it('writes the bytes that numpy.save writes', () => {
    const written = figures<Record<string, string>>('npy.json')
    const tensors: Tensor[] = [
      tensor([[1.5, -2], [0.25, 8]]), // prettier-ignore
      tensor([1, 2, -3], { dtype: 'int32' }),
      tensor(0.1, { dtype: 'float64' }),
      tensor([[[true], [false]]]),
      zeros([0, 123456]),
    ]
    for (const x of tensors)
      expect(Buffer.from(toNpy(x)).toString('hex')).toBe(written[`${x.dtype}[${(x.shape as number[]).join()}]`])
  })

  const file = (header: string, data: readonly number[] = [0, 0, 0, 0], version = 1) => {
    const text = new TextEncoder().encode(header)
    const length = version === 1 ? [text.length, 0] : [text.length, 0, 0, 0]
    return new Uint8Array([0x93, ...new TextEncoder().encode('NUMPY'), version, 0, ...length, ...text, ...data])
  }
  const good = "{'descr': '<f4', 'fortran_order': False, 'shape': (1,), }\n"

  it.each([
    good,
    '{"descr":"<f4","fortran_order":False,"shape":[1]}',
    "{'shape': (1L,), 'fortran_order': True, 'descr': '=f4'}",
    "{'descr': '<f4', 'fortran_order': False, 'shape': ()}",
  ])('reads the header %j', async (header) => {
    expect((await (await open(file(header))).tensor('tensor')).item()).toBe(0)
  })

  it.each([
    ['no dictionary', file('(1,)')],
    ['an unknown version', file(good, [0, 0, 0, 0], 4)],
    ['a key twice', file("{'descr': '<f4', 'descr': '<f4', 'fortran_order': False, 'shape': (1,)}")],
    ['a key too many', file("{'descr': '<f4', 'fortran_order': False, 'shape': (1,), 'x': 1}")],
    ['a call', file("{'descr': print('x'), 'fortran_order': False, 'shape': (1,)}")],
    ['an escape', file("{'descr': '\\x3cf4', 'fortran_order': False, 'shape': (1,)}")],
    ['a size in parentheses', file("{'descr': '<f4', 'fortran_order': False, 'shape': (1)}")],
    ['a negative size', file("{'descr': '<f4', 'fortran_order': False, 'shape': (-1,)}")],
    ['a huge size', file("{'descr': '<f4', 'fortran_order': False, 'shape': (99999999999999999999,)}")],
    ['a missing comma', file("{'descr': '<f4' 'fortran_order': False, 'shape': (1,)}")],
    ['text behind it', file(`${good} 1`)],
    ['an order that is no flag', file("{'descr': '<f4', 'fortran_order': 0, 'shape': (1,)}")],
    ['an open end', file("{'descr': '<f4', 'fortran_order': False, 'shape': (1,")],
    ['lists in lists', file('('.repeat(60_000))],
    ['a byte too few', file(good, [0, 0, 0])],
    ['a byte too many', file(good, [0, 0, 0, 0, 0])],
    ['a header beyond the file', file(good).slice(0, 30)],
    ['nothing but its start', file(good).slice(0, 8)],
    ['broken UTF-8', file('\u00ff', [], 3).map((byte) => (byte === 0xc3 ? 0xff : byte))],
  ])('refuses a header with %s', async (_, bytes) => {
    const { code, message } = await errorOf(() => open(bytes))
    expect([code, message]).toEqual(['damaged-file', expect.stringMatching(/^\[open\] the file is damaged/)])
  })

  it('needs one tensor, and a dtype that NumPy has', async () => {
    expect(await errorOf(() => toNpy(tensor([1]), { dtype: 'bfloat16' }))).toMatchObject({ code: 'unsupported-type' })
    expect((await load(toNpy(tensor([1 / 3]), { dtype: 'float16' }), zeros([1]))).item()).toBe(0.333251953125)
  })
})

describe('npz', () => {
  it('returns what was saved, bit for bit', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.dictionary(fc.string({ unit: 'grapheme', minLength: 1 }), anyTensor, { minKeys: 1 }),
        fc.boolean(),
        async (tree, compress) => {
          fc.pre(!Object.keys(tree).some((name) => name === '__metadata__' || name.endsWith('.npy')))
          const back = await load(toNpz(tree, { compress }), tree)
          for (const name of Object.keys(tree)) expect(identity(back[name])).toEqual(identity(tree[name]))
        },
      ),
      { numRuns: runs(60) },
    )
  })

  it('unpacks at most as many bytes as are allowed', async () => {
    const bytes = toNpz({ x: zeros([1_000_000]) }, { compress: true })
    expect(bytes.length).toBeLessThan(10_000)
    const { code, message } = await errorOf(() => load(bytes, { x: zeros([1_000_000]) }, { maxBytes: 1_000_000 }))
    expect([code, message]).toEqual(['too-large-archive', expect.stringContaining('got 4000128')])
    expect((await load(bytes, { x: zeros([1_000_000]) })).x.size).toBe(1_000_000)
  })

  it('reads archives of other writers, with a comment, and an empty one', async () => {
    const x = arange(6).reshape([2, 3]) as Tensor
    const made = zipSync({ 'a/x.npy': toNpy(x) }, { comment: 'made elsewhere' })
    const commented = new Uint8Array(made.length + 3)
    commented.set(made)
    commented.set([65, 66, 67], made.length)
    commented[made.length - 2] = 3
    expect((await (await open(commented)).tensor('a/x')).toArray()).toEqual(x.toArray())
    expect((await open(zipSync({}))).names).toEqual([])
  })

  it('refuses entries that share their bytes', async () => {
    const bytes = toNpz({ a: zeros([4]), b: zeros([4]) })
    const view = new DataView(bytes.buffer)
    // By its size in the directory, the first entry reaches into the second.
    const first = [...bytes.keys()].find((at) => view.getUint32(at, true) === 0x02014b50)!
    for (const field of [20, 24]) view.setUint32(first + field, view.getUint32(first + field, true) + 10, true)
    expect((await errorOf(() => open(bytes))).message).toContain('overlap')
  })

  it('refuses a size that its bytes cannot unpack to', async () => {
    const bytes = toNpz({ a: zeros([4]) }, { compress: true })
    const view = new DataView(bytes.buffer)
    const at = [...bytes.keys()].find((each) => view.getUint32(each, true) === 0x02014b50)!
    view.setUint32(at + 24, 0x7fffffff, true)
    expect((await errorOf(() => open(bytes))).message).toContain('bytes can hold')
  })
})
