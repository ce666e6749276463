// The odd values that every public function is called with, and the groups of them that some functions take.

import { Tensor, tensor, zeros } from '@cotangent/core'

class Instance {
  static readonly colour = 1
  readonly field = 1
}

const cycle: unknown[] = []
cycle.push(cycle)

export const odd = {
  undefined,
  null: null,
  true: true,
  text: 'relu',
  'empty text': '',
  bigint: 3n,
  symbol: Symbol('odd'),
  NaN,
  Infinity,
  '-1': -1,
  '0': 0,
  '0.5': 0.5,
  '1': 1,
  '2': 2,
  huge: 2 ** 53,
  '1e308': 1e308,
  'new Number': Object(1) as unknown,
  'empty object': {},
  'bare object': Object.create(null) as unknown,
  'unknown option': { colour: 1 },
  'option of another library': { dim: 0 },
  instance: new Instance(),
  'empty array': [],
  numbers: [1, 2],
  'mixed array': [1.5, 'a'],
  'array of null': [null],
  hole: new Array(1),
  holes: new Array(2),
  cycle,
  'typed array': new Float32Array(2),
  bigints: new BigInt64Array(1),
  date: new Date(0),
  map: new Map([['w', 1]]),
  'empty map': new Map(),
  regexp: /x/,
  error: new Error('odd'),
  'scalar tensor': tensor(0.5),
  'vector tensor': tensor([0.25, 0.5, 0.75]),
  'matrix tensor': tensor([[1, 2], [3, 4]]), // prettier-ignore
  'int32 tensor': tensor([3, -1, 7], { dtype: 'int32' }),
  'bool tensor': tensor([true, false, true]),
  'empty tensor': zeros([0, 2]),
  'tensor of three axes': zeros([2, 2, 2]),
  function: () => 1,
  'nothing function': () => undefined,
  class: Instance,
} as const
export type Odd = keyof typeof odd

export const any = Object.keys(odd) as Odd[]
export const numbers: readonly Odd[] = ['NaN', 'Infinity', '-1', '0', '0.5', '1', '2', 'huge', '1e308']
export const finite: readonly Odd[] = numbers.filter((name) => Number.isFinite(odd[name]))
export const notNegative: readonly Odd[] = ['0', '0.5', '1', '2', 'huge', '1e308']
export const positive = notNegative.slice(1)
export const counts: readonly Odd[] = ['1', '2', 'huge', '1e308']
export const tensors = any.filter((name) => odd[name] instanceof Tensor)
export const floats = tensors.filter((name) => !/int32|bool/.test(name))
export const functions: readonly Odd[] = ['function', 'nothing function']
/** What calling a class throws is JavaScript's own to say. */
export const callable: readonly Odd[] = [...functions, 'class']
export const objects = any.filter((name) => typeof odd[name] === 'object' && odd[name] !== null)
export const options: readonly Odd[] = ['undefined', 'empty object', 'bare object']
