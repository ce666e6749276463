// The derivatives of every loss, of both orders, against differences.

import { checkGradients } from '@cotangent/check'
import type { Tensor } from '@cotangent/core'
import { expect, it } from 'vitest'
import { generator } from '../closed-form/arbitraries'
import { equations } from './equations'
import { prepared } from './prepared'

it.each(Object.entries(equations))('%s has the derivatives of its differences', (name, draw) => {
  const { inputs, call } = prepared(name, draw(generator(11)))
  const report = checkGradients((leaves: readonly Tensor[]) => call('mean')(leaves) as Tensor<[]>, [inputs])
  expect(report.failures).toEqual([])
  expect(report.ok, String(report)).toBe(true)
})
