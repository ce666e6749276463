import { expect, it } from 'vitest'
import { opsPage } from '../scripts/ops-page'

// If an op changed, `npm run docs:ops` renews the page.
it('docs/ops.md is what the sources say', async () => {
  const page = opsPage()
  expect(page).not.toContain('| wrong')
  await expect(page).toMatchFileSnapshot('../docs/ops.md')
}, 120_000)
