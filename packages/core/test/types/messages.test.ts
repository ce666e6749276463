import { fileURLToPath } from 'node:url'
import { convTranspose1d, conv1d, CotangentError, maxPool, type Tensor, unfold, zeros } from '@cotangent/core'
import ts from 'typescript'
import { describe, expect, it } from 'vitest'

const root = fileURLToPath(new URL('../../../../', import.meta.url))
const config = ts.readConfigFile(`${root}tsconfig.base.json`, (path) => ts.sys.readFile(path)).config as {
  compilerOptions: object
}
const { options } = ts.convertCompilerOptionsFromJson(config.compilerOptions, root)

const prelude = `
import { add, broadcastTo, concat, conv1d, convTranspose1d, dot, einsum, matmul, maxPool, rearrange, repeat, tensordot, squeeze, stack, sum, transpose, unfold, where, zeros, type Key, type Tensor } from '@cotangent/core'
import { dense, sequential } from '@cotangent/nn'
declare const a: Tensor<[2, 3]>, b: Tensor<[5, 4]>, c: Tensor<[7, 5, 4]>, v: Tensor<[4]>, n: Tensor<[number, 3]>, key: Key
`

/** What the compiler says about each line, all checked in one program. */
function messages(lines: readonly string[]): string[] {
  const file = `${root}examples/messages.snippet.ts`
  const text = prelude + lines.join('\n')
  const host = ts.createCompilerHost({ ...options, noEmit: true, types: [] })
  const read = host.getSourceFile.bind(host)
  host.getSourceFile = (name, target) => (name === file ? ts.createSourceFile(name, text, target) : read(name, target))
  const source = ts.createProgram([file], { ...options, noEmit: true, types: [] }, host)
  const found = lines.map(() => '')
  for (const { start, file: at, messageText } of ts.getPreEmitDiagnostics(source, source.getSourceFile(file))) {
    const line = at!.getLineAndCharacterOfPosition(start!).line - prelude.split('\n').length + 1
    found[line] += ts.flattenDiagnosticMessageText(messageText, '\n')
  }
  return found
}

/** Calls whose result has the shape that the types compute, as text and as a function. */
const calls: Record<string, () => Tensor> = {}
const size = 28
for (const kernel of [1, 4])
  for (const stride of [1, 3])
    for (const dilation of [1, 3])
      for (const padding of ['valid', 'same', 2, [[0, 3]]] as const) {
        const given = { stride, padding, dilation }
        const options = JSON.stringify({ ...given, layout: 'NCW' })
        const [x, w] = [zeros([2, size]), zeros([3, 2, kernel])]
        calls[`conv1d(zeros([2, ${size}]), zeros([3, 2, ${kernel}]), ${options})`] = () =>
          conv1d(x, w, { ...given, layout: 'NCW' })
        calls[`convTranspose1d(zeros([3, ${size}]), zeros([3, 2, ${kernel}]), ${options})`] = () =>
          convTranspose1d(zeros([3, size]), w, { ...given, layout: 'NCW' })
        calls[`maxPool(zeros([2, ${size}]), [${kernel}], ${options})`] = () =>
          maxPool(x, [kernel], { ...given, layout: 'NCW' })
        calls[`unfold(zeros([2, ${size}]), [${kernel}], ${options})`] = () =>
          unfold(x, [kernel], { ...given, layout: 'NCW' })
      }

/** The shape of a result; null where the call fails. */
function shapeOf(call: () => Tensor): readonly number[] | null {
  try {
    return call().shape
  } catch (error) {
    if (error instanceof CotangentError) return null
    throw error
  }
}

describe('a mismatch that can be decided is a compile error that shows both shapes', () => {
  const cases = {
    'add(a, b)': 'shapes [2, 3] and [5, 4] do not broadcast',
    'a.mul(b)': 'shapes [2, 3] and [5, 4] do not broadcast',
    'matmul(a, b)': 'the last axis of [2, 3] must match the second to last of [5, 4]',
    'a.matmul(a)': 'the last axis of [2, 3] must match the second to last of [2, 3]',
    'matmul(n, b)': 'the last axis of [number, 3] must match the second to last of [5, 4]',
    'a.matmul(v)': 'the last axis of [2, 3] must match the only axis of [4]',
    'matmul(c, c.transpose([0, 2, 1]).slice([0, 2]).expectShape([2, 4, 5]))':
      'the leading axes of [7, 5, 4] and [2, 4, 5] do not broadcast',
    'where(a, v, 0)': 'shapes [2, 3] and [4] do not broadcast',
    'dot(v, v.reshape([4]).expectShape([3]))': 'vectors [4] and [3] differ in length',
    'broadcastTo(a, [5, 3])': 'shape [2, 3] does not broadcast to [5, 3]',
    'transpose(a, [0])': 'axes [0] must name each axis of [2, 3] once',
    'squeeze(a, 0)': 'axis 0 of [2, 3] does not have size 1',
    'sum(a, { axis: 2 })': 'a tensor of rank 2 has no such axis',
    'concat([a, b])': 'shapes [2, 3] and [5, 4] differ in an axis along which they are not joined',
    'stack([a, b])': 'shapes [2, 3] and [5, 4] differ; stack joins equal shapes',
    'sequential(dense(784, 128, { key }), dense(64, 10, { key }))':
      'this layer takes 64 numbers along the last axis, the one before gives [..., 128]',
    "rearrange(c, 'b (h w) c -> b h w c', { h: 2 })": '(h w): 5 is not a multiple of 2',
    "rearrange(c, 'b (h w) c -> b h w c', { h: 2, w: 2 })": '(h w): 5 is not 4',
    "rearrange(c, 'b (h w) c -> b h w c')": '(h w): give the sizes of all axes but one',
    "rearrange(c, 'b h c -> b h')": 'axis c of the left is not in the result; use reduce',
    "rearrange(c, 'b h c -> b h c d')": 'axis d of the result is not on the left; use repeat',
    "rearrange(c, 'b c -> c b')": 'the left side names fewer axes than [7, 5, 4] has',
    "rearrange(c, 'b h c -> c h b', { q: 2 })": 'the pattern has no axis q',
    "repeat(c, 'b h c -> b h c d')": 'the size of the new axis d is not given',
    'tensordot(a, b, 1)': 'the last 1 axes of [2, 3] and the first 1 of [5, 4] do not agree',
    "einsum('mij,mkj->mik', c, c.transpose([0, 2, 1]))": "axis j has size 4 before and size 5 in 'mkj'",
    "einsum('ij,mjk->mik', c, c)": "'ij' names fewer axes than [7, 5, 4] has",
    "einsum('mijk->m', c)": "'mijk' names more axes than [7, 5, 4] has",
    "einsum('mij,j->mz', c, v)": 'axis z of the result is in no operand',
    "einsum('mij,j->mim', c, v)": 'axis m stands twice in the result',
    "einsum('...ij,...j->...i', c, c.transpose().at(0))": "the axes ... are [7] before and [5] in '...j'",
    "einsum('m...->m', c)": 'the result lacks the axes ...',
    "einsum('mij,j->m', c)": "there is no operand for 'j'",
    "einsum('mij->m', c, v)": 'there are more operands than terms',
    "einsum('mi_->m', c)": "'_' is no letter",
    'matmul(a, a.transpose())': '',
  }
  const shapes = Object.entries(calls).map(([text, call]) => [text, shapeOf(call)] as const)
  // A size that is not known does not satisfy a known one.
  const sized = shapes.filter(([, shape]) => shape !== null)
  const all = messages([
    ...Object.keys(cases),
    ...sized.map(([text, shape]) => `${text} satisfies Tensor<${JSON.stringify(shape)}>`),
  ])
  const found = all.slice(0, Object.keys(cases).length)
  it.each(Object.entries(cases).map(([line, message], i) => [line, message, found[i]] as const))(
    '%s',
    (_, message, said) => {
      if (message === '') expect(said).toBe('')
      else expect(said).toContain(message)
    },
  )

  it('and is all that is said, however many overloads there are', () => {
    for (const said of found) expect(said).not.toMatch(/Overload \d/)
  })

  it('sizes of windows are those of the results, wherever there is one', () => {
    expect(sized.length).toBeGreaterThan(110)
    const wrong = all.slice(found.length).flatMap((said, i) => (said === '' ? [] : [`${sized[i][0]}: ${said}`]))
    expect(wrong).toEqual([])
  })
})
