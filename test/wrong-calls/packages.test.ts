import * as check from '@cotangent/check'
import * as core from '@cotangent/core'
import { CotangentError } from '@cotangent/core'
import * as data from '@cotangent/data'
import * as exported from '@cotangent/export'
import * as io from '@cotangent/io'
import * as nn from '@cotangent/nn'
import * as optim from '@cotangent/optim'
import * as view from '@cotangent/view'
import { describe, expect, it } from 'vitest'
import { faults } from './calls'
import { dataAndPictures } from './data'
import { exports } from './exports'
import { files } from './files'
import { layers } from './layers'
import { losses } from './losses'
import { network } from './network'
import { any, odd } from './odd'
import { optimization } from './optimization'
import { sequenceLayers } from './sequences'
import { graphMethods, transforms } from './transforms'

describe.each(
  Object.entries({
    transforms,
    graphMethods,
    network,
    layers,
    sequenceLayers,
    losses,
    optimization,
    dataAndPictures,
    files,
    exports,
  }),
)('a wrong call, %s', (_, calls) => {
  it.each(Object.entries(calls))('of %s is an error of its own', async (name, call) => {
    expect(await faults(name, call)).toEqual([])
  })
})

it('leaves no function of nn, optim, data, view, io and export out', () => {
  const tested = new Set(
    [network, layers, sequenceLayers, losses, optimization, dataAndPictures, files, exports, core].flatMap(Object.keys),
  )
  // `open` makes the first, and the others are errors.
  for (const name of ['TensorFile', 'FileError', 'ExportError']) tested.add(name)
  const all = [nn, optim, data, view, io, exported].flatMap((exported) => Object.entries(exported))
  const missing = all.filter(([name, value]) => typeof value === 'function' && !tested.has(name))
  expect(missing.map(([name]) => name)).toEqual([])
})

const x = odd['vector tensor']
const one = odd.function
const calls: readonly (readonly unknown[])[] = [
  [],
  ...any.map((name) => [odd[name]]),
  ...[
    [null, null],
    [{}, {}],
    [x, null],
    [x, {}],
    [one, null],
    ['x', null, null],
    ['x', {}, {}],
    ['x', [1], [1]],
    [x, x, x, x, x],
  ],
]

describe.each(Object.entries({ core, nn, optim, data, view, io, exported, check }))(
  'any call of the functions of %s',
  (_, exported) => {
    const functions = Object.entries(exported as Record<string, unknown>).filter(
      (entry): entry is [string, (...args: unknown[]) => unknown] =>
        typeof entry[1] === 'function' && Object.getOwnPropertyDescriptor(entry[1], 'prototype')?.writable !== false,
    )

    it.each(functions)('%s throws in its own name, or nothing', async (name, f) => {
      for (const args of calls) {
        let thrown: unknown
        try {
          await f(...args)
        } catch (error) {
          thrown = error
        }
        if (thrown === undefined) continue
        expect(thrown, `${args.length} arguments`).toBeInstanceOf(CotangentError)
        expect((thrown as CotangentError).message.startsWith(`[${name}`), String(thrown)).toBe(true)
      }
    })
  },
)
