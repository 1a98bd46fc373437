// Takes the screenshots that README.md shows: tests/sandbox/web/run screenshots. It needs Chromium, and pngquant to make them small.

import { spawnSync } from 'node:child_process'
import { mkdir, stat } from 'node:fs/promises'
import { fileURLToPath } from 'node:url'
import { executable, startBrowser } from './browser.mjs'
import { fill, MESSAGES, USER } from './samples.mjs'
import { conversation, World } from './support.mjs'

if (!executable) throw new Error('there is no Chromium here (Debian: chromium)')

const FOLDER = fileURLToPath(new URL('../screenshots/', import.meta.url))
const DESK = { width: 1180, height: 720 }
const PHONE = { width: 375, height: 720 }

await mkdir(FOLDER, { recursive: true })
const browser = await startBrowser()
const world = await World.start({ options: ['--extensions'] })

/** One view, light and dark. */
async function shoot(name, hash, ready, { size = DESK, act = async () => {} } = {}) {
  for (const scheme of ['light', 'dark']) {
    const page = await world.open(browser, { hash, scheme, size })
    await page.locator(ready).first().waitFor()
    await act(page)
    await page.mouse.move(0, 0)
    const path = `${FOLDER}${name}-${scheme}.png`
    await page.screenshot({ path, animations: 'disabled' })
    const { status, error } = spawnSync('pngquant', ['--force', '--ext', '.png', '--speed', '1', '96', path])
    if (status !== 0) throw error ?? new Error(`pngquant ended with ${status}`)
    console.log(`${name}-${scheme}.png: ${(await stat(path)).size} bytes`)
    await page.context().close()
  }
}

try {
  await shoot('start', '', '.start')

  await fill(world.actor, { interactive: true })
  await world.actor.control('gates', { id: 'billing', url: 'http://127.0.0.1:9/callback' })
  await world.actor.send(MESSAGES.document, { to: '+46000000002', eventReportGates: ['billing'] })
  await world.actor.settled()
  const { messages } = await world.actor.get('messages?conversation=46000000000:46000000001&type=template')
  const thread = conversation(USER)
  await shoot('inbox', thread, '.bubble')
  await shoot('timeline', `${thread}/m/${messages[0].id}`, '.timeline .step', { size: { width: 1280, height: 760 } })
  await shoot('scenarios', thread, '.bubble', {
    act: async (page) => {
      await page.locator('.head .scenarios summary').click()
      await page.getByRole('button', { name: /^1429/ }).waitFor()
    },
  })
  await shoot('refused', '#/refused', '.request', {
    act: async (page) => {
      await page.locator('.request').click()
      await page.locator('.findings').waitFor()
    },
  })
  await shoot('callbacks', '#/callbacks', '.lost li')
  await shoot('phone', thread, '.bubble', { size: PHONE })
} finally {
  await world.end()
  await browser.close()
}
