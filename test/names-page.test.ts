import { readFileSync } from 'node:fs'
import * as core from '@cotangent/core'
import { describe, expect, it } from 'vitest'

const read = (file: string) => readFileSync(new URL(`../docs/${file}`, import.meta.url), 'utf8')
const listed = [...read('names.md').matchAll(/^\| `(\w+)` /gm)].map(([, name]) => name)

describe('docs/names.md', () => {
  it('has each op once', () => {
    const ops = [...read('ops.md').matchAll(/^### `(\w+)\(/gm)].map(([, name]) => name)
    expect(ops.length).toBeGreaterThan(200)
    expect(ops.filter((name) => !listed.includes(name))).toEqual([])
    expect(listed.filter((name, i) => listed.indexOf(name) < i)).toEqual([])
  })

  it('lists functions that exist', () => {
    expect(listed.filter((name) => typeof core[name as keyof typeof core] !== 'function')).toEqual([])
  })
})
