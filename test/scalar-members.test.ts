import { defineElementwise, tensor } from '@cotangent/core'
import { readFileSync } from 'node:fs'
import { expect, it } from 'vitest'

/** The members that the guide lists, with the number of their parameters. A row may state these once, at its end. */
function listed(): Record<string, number> {
  const page = readFileSync(new URL('../docs/add-an-op.md', import.meta.url), 'utf8')
  const [, table] = /\nThese are the members of `s`\..*?\n\n(.*?)\n\n/s.exec(page)!
  const rows = table.split('\n').slice(2)
  const members = rows.flatMap((row) => {
    const [, cell] = /^\| (.*?) \|/.exec(row)!
    const shared = / `\(([^)]*)\)`/.exec(cell)?.[1]
    return Array.from(cell.matchAll(/`(\w+)(?:\(([^)]*)\))?`/g), ([, name, own]) => [name, own ?? shared] as const)
  })
  return Object.fromEntries(members.map(([name, parameters]) => [name, parameters?.split(',').length ?? 0]))
}

it('the guide to ops lists every member of the set that formulas get', () => {
  let members: Record<string, number> = {}
  const same = defineElementwise({
    name: 'same',
    inputs: 1,
    formula: (s, x) => {
      members = Object.fromEntries(Object.entries(s).map(([name, method]) => [name, (method as () => void).length]))
      return x
    },
    domain: [{}],
  })
  same(tensor(1))
  expect(Object.keys(members).length).toBeGreaterThan(50)
  expect(listed()).toEqual(members)
})
