import {
  checkpoint,
  clip,
  compile,
  concat,
  CotangentError,
  gather,
  grad,
  hessian,
  hvp,
  jacobian,
  jvp,
  key,
  matmul,
  oneHot,
  pad,
  splitKey,
  stack,
  sum,
  take,
  tensor,
  type Tensor,
  trace,
  vjp,
  where,
  zeros,
  zerosLike,
} from '@cotangent/core'
import { softmaxCrossEntropy } from '@cotangent/nn'
import { describe, expect, it } from 'vitest'

// An error names the function that the user called, whatever it is made of, and shows what that was called with.

const x = tensor([[1, 2, 3], [4, 5, 6]]) as Tensor // prettier-ignore
const whole = tensor([[1, 2], [3, 4]], { dtype: 'int32' }) as Tensor // prettier-ignore
const good = tensor([0, 1], { dtype: 'int32' }) as Tensor
const beyond = tensor([0, 7], { dtype: 'int32' }) as Tensor

function messageOf(f: () => unknown): string {
  try {
    f()
  } catch (error) {
    if (error instanceof CotangentError) return error.message
    throw error
  }
  return 'no error'
}

describe('what is wrong with values', () => {
  const cases: Readonly<Record<string, (x: Tensor, indices: Tensor) => Tensor>> = {
    take: (y, indices) => take(y, indices),
    gather: (y, indices) => gather(y, indices.reshape([2, 1]), { axis: 1 }),
    oneHot: (_, indices) => oneHot(indices, 3),
  }
  it.each(Object.entries(cases))('names %s, wherever it runs', (name, f) => {
    const runs: Readonly<Record<string, (f: (x: Tensor, indices: Tensor) => Tensor) => unknown>> = {
      eager: (f) => f(x, beyond),
      compiled: (f) => compile(f)(x, beyond),
      interpreted: (f) => trace(f, x, good).run(x, beyond),
      'in a checkpoint': (f) => checkpoint(f)(x, beyond),
      'in a compiled checkpoint': (f) => compile(checkpoint(f))(x, beyond),
      differentiated: (f) => grad((y: Tensor) => sum(f(y, beyond).mul(y.sum())))(x),
      'compiled and differentiated': (f) => grad((y: Tensor) => sum(compile(f)(y, beyond).mul(y.sum())))(x),
    }
    for (const [how, run] of Object.entries(runs))
      expect(
        messageOf(() => run(f)),
        how,
      ).toMatch(`[${name}] index 7 `)
  })

  // A gradient of a sum needs no value of the function: what runs are its rules alone.
  const derivatives: Readonly<Record<string, (f: (y: Tensor) => Tensor) => (y: Tensor) => unknown>> = {
    grad: (f) => grad((y: Tensor) => sum(f(y))),
    'grad of grad': (f) => grad((y: Tensor) => sum(grad((z: Tensor) => sum(f(z).mul(f(z))))(y))),
    jvp: (f) => (y) => jvp(f, [y], [y])[1],
    vjp: (f) => (y) => vjp(f, y)[1](zerosLike(f(y))),
    jacobian: (f) => jacobian(f),
    hessian: (f) => hessian((y: Tensor) => sum(f(y).mul(f(y))) as Tensor),
    hvp: (f) => (y) => hvp((z: Tensor) => sum(f(z).mul(f(z))), y, y),
    'grad of checkpoint': (f) => grad(checkpoint((y: Tensor) => sum(f(y)))),
  }
  const { take: taken, gather: gathered } = cases
  const picking: typeof cases = {
    take: taken,
    gather: gathered,
    softmaxCrossEntropy: (y, indices) => softmaxCrossEntropy(y, indices),
  }
  const pairs = Object.entries(picking).flatMap(([name, f]) =>
    Object.entries(derivatives).map(([how, derive]) => ({
      name,
      how,
      run: (y: Tensor, i: Tensor) => derive((z) => f(z, i))(y),
    })),
  )
  it.each(pairs)('names $name in its compiled $how', ({ name, run }) => {
    expect(messageOf(() => compile(run)(x, beyond))).toMatch(`[${name}] index 7 `)
  })

  it('shows what the function was called with', () => {
    expect(messageOf(() => oneHot(beyond, 3))).toMatch(/, in oneHot\(int32\[2\], 3\)$/)
    expect(messageOf(() => take(x, beyond, { axis: 1 }))).toMatch(
      /, in take\(float32\[2, 3\], int32\[2\], { axis: 1 }\)$/,
    )
  })
})

describe('what is wrong with types', () => {
  const cases: Readonly<Record<string, () => unknown>> = {
    stack: () => stack([whole, whole.astype('float32') as Tensor]),
    concat: () => concat([whole, whole.astype('float32') as Tensor]),
    clip: () => clip(whole, 0.5, 1),
    pad: () => pad(whole, [[0, 1], [0, 1]], 0.5), // prettier-ignore
    splitKey: () => splitKey(key(1), 2 ** 40),
    matmul: () => matmul(zeros([2, 1, 3]) as Tensor, zeros([3, 3, 1]) as Tensor),
    where: () => where(x.greater(0), whole, x),
  }
  it.each(Object.entries(cases))('names %s', (name, f) => {
    expect(messageOf(f)).toMatch(`[${name}] `)
  })

  it('shows whole shapes', () => {
    expect(messageOf(cases.matmul)).toMatch('shapes [2, 1, 3] and [3, 3, 1] do not broadcast: sizes 2 and 3 at axis -3')
  })

  it('names the function that was called, in what the user builds of several', () => {
    const own = (y: Tensor) => sum(y.mul(2), { axis: 5 })
    expect(messageOf(() => own(x))).toMatch('[sum] axis 5')
    expect(messageOf(() => x.pipe(own))).toMatch('[sum] axis 5')
  })

  it('keeps the first line of the stack and the message the same', () => {
    try {
      oneHot(beyond, 3)
    } catch (error) {
      const { stack, message } = error as Error
      expect(stack).toContain(message)
    }
  })
})

describe('slice', () => {
  const call = (...ranges: readonly unknown[]) =>
    messageOf(() => (x.slice as (...ranges: unknown[]) => unknown)(...ranges))

  it('shows the right calls where positions are given', () => {
    expect(call(0)).toMatch('write slice(x, [0, 1]) for a range along the first axis, at(x, 0) for one position')
    expect(call(0, 2)).toMatch('write slice(x, [0, 2]) for a range along the first axis, at(x, 0, 2) for one position')
    expect(call(-1)).toMatch('write slice(x, [-1]) ')
    expect(call(null, 0)).toMatch('write at(x, null, 0) ')
    expect(call(undefined)).toMatch('got nothing')
  })
})
