// The page in a real browser, against the real sandbox.

import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { after, before, describe, test } from 'node:test'
import { executable, startBrowser } from './browser.mjs'
import { fill, INTERACTIVE, MESSAGES, USER } from './samples.mjs'
import { axe, conversation, ROOT, sandboxBinary, startProgram, World } from './support.mjs'

const python = process.env.LINKWA_PYTHON ?? path.join(ROOT, '.venv', 'bin', 'python')
const hasPython = spawnSync(python, ['-c', 'import fastapi, linkwa, uvicorn']).status === 0

/** Says what is not tested here; where nothing may be left out (.ci/run), it is an error. */
function leaveOut(what) {
  if (process.env.LINKWA_NO_SKIP) throw new Error(what)
  console.log(`# ${what}`)
}

if (!executable) leaveOut('The page is not tested: there is no Chromium here (Debian: chromium).')

describe('the page', { skip: !executable }, () => {
  let browser
  before(async () => {
    browser = await startBrowser()
  })
  after(() => browser?.close())

  /** A test with a world of its own, at whose end the pages have logged nothing. */
  const scene = (name, options, run) =>
    test(name, async (t) => {
      const world = await World.start(options)
      try {
        await run(world, t)
        assert.deepEqual(world.problems, [])
      } finally {
        await world.end()
      }
    })

  const bubbles = (page, direction) => page.locator(`.bubble.${direction}`)

  scene(
    'a button that is pressed reaches a FastAPI endpoint, whose answer appears',
    { gate: false },
    async (world, t) => {
      if (!hasPython) {
        leaveOut(`${python} lacks linkwa, FastAPI or uvicorn`)
        t.skip()
        return
      }
      const received = []
      const env = {
        ...process.env,
        LINKWA_BASE_URL: world.baseUrl,
        LINKWA_USERNAME: 'user',
        LINKWA_PASSWORD: 'secret',
        LINKWA_PLATFORM_ID: 'p',
        LINKWA_PLATFORM_PARTNER_ID: 'pp',
        LINKWA_SOURCE: '+46000000000',
      }
      const program = path.join(ROOT, 'tests/sandbox/web/test/shop.py')
      const shop = await startProgram(python, [program], { env }, (line) => received.push(JSON.parse(line)))
      world.atEnd(shop.stop)
      const shopUrl = `http://127.0.0.1:${shop.ready.port}`
      await world.actor.control('gates', { id: 'shop', url: `${shopUrl}/callback`, default: true })

      const page = await world.open(browser)
      await page.waitForSelector('.start')
      assert.equal((await fetch(`${shopUrl}/order`, { method: 'POST' })).status, 200)
      await page.locator('.conversation').click()
      const template = bubbles(page, 'outbound').first()
      await template.locator('dd', { hasText: '$100.99' }).waitFor()
      await template.locator('.tick.delivered').waitFor()

      await template.getByRole('button', { name: 'cancel-17' }).click()
      const reply = bubbles(page, 'inbound')
      await reply.locator('.quote', { hasText: 'order_update' }).waitFor()
      assert.match(await reply.innerText(), /payload cancel-17/)
      await template.getByRole('button', { name: 'cancel-17, pressed' }).waitFor()
      const answer = bubbles(page, 'outbound').nth(1)
      await answer.getByText('Noted: cancel-17').waitFor()
      const isPressed = ({ content }) => content
      while (!received.some(isPressed)) await page.waitForTimeout(10)
      const pressed = received.find(isPressed)
      assert.deepEqual(pressed.content.message.button, { text: 'cancel-17', payload: 'cancel-17' })
      const { messages } = await world.actor.get('messages?direction=outbound')
      assert.equal(pressed.content.message.context.messageId, messages[0].messageId)
    },
  )

  scene('the empty page names the base URL of --base-path', { options: ['--base-path', '/other'] }, async (world) => {
    const page = await world.open(browser)
    await page.getByText(`export LINKWA_BASE_URL=${world.baseUrl}`).waitFor()
    assert.equal(new URL(world.baseUrl).pathname, '/other')
  })

  scene('the commands of the empty page send a first message', {}, async (world) => {
    const { actor } = world
    const page = await world.open(browser)
    const code = async (name) => {
      await page.getByRole('tab', { name, exact: true }).click()
      return page.locator('.tab-panel .code').allInnerTexts()
    }
    const env = { PATH: `${path.dirname(python)}:${process.env.PATH}` }
    /** Runs a program with bash; the message that it sends is taken away again. */
    const sends = async (script, options) => {
      const ran = spawnSync('bash', ['--norc', '-ec', script], { encoding: 'utf8', env, ...options })
      assert.equal(ran.status, 0, ran.stderr)
      const { messages } = await actor.get('messages')
      assert.deepEqual(
        messages.map(({ user, content }) => [user, content.text.body]),
        [['+46000000001', 'Hello']],
      )
      await page.locator('.conversation').waitFor()
      await actor.control('reset')
      await page.locator('.start').waitFor()
    }
    const [curl] = await code('curl')
    await sends(curl)

    if (hasPython) {
      const [, environment, program] = await code('Python')
      await sends(`${environment}\n${program}`)
    } else leaveOut(`The program for Python is not tested: ${python} lacks linkwa, FastAPI or uvicorn.`)

    const folder = path.join(ROOT, 'node')
    if (readdirSync(folder).some((name) => name.endsWith('.node'))) {
      const [, environment, program] = await code('Node')
      await sends(`${environment}\n${program}`, { cwd: folder })
    } else leaveOut('The program for Node is not tested: its addon is not built.')

    const libraries = path.dirname(sandboxBinary())
    if (existsSync(path.join(libraries, 'liblinkwa.so')) && spawnSync('cc', ['--version']).status === 0) {
      const [environment, program] = await code('C')
      const there = mkdtempSync(path.join(tmpdir(), 'linkwa-page-'))
      world.atEnd(() => rmSync(there, { recursive: true }))
      writeFileSync(path.join(there, 'hello.c'), program)
      symlinkSync(path.join(libraries, 'liblinkwa.so'), path.join(there, 'liblinkwa.so.1'))
      const build = `cc hello.c -I${path.join(ROOT, 'include')} -L${libraries} -llinkwa -Wl,-rpath,${there}`
      await sends(`${environment}\n${build} && ./a.out`, { cwd: there })
    } else leaveOut('The program in C is not tested: liblinkwa is not built, or there is no cc.')
  })

  scene('the text of a template can be kept', {}, async (world) => {
    await world.actor.send(MESSAGES.template)
    const page = await world.open(browser, { hash: conversation(USER) })
    await page.getByRole('button', { name: 'Add its text' }).click()
    await page.getByLabel('Body').fill('Hello {{1}}, you paid *{{2}}* on {{3}}.')
    await page.getByLabel('Label of button 1').fill('Keep it')
    await page.getByRole('button', { name: 'Keep', exact: true }).click()
    await page.locator('.bubble', { hasText: 'Hello Anna, you paid $100.99 on February 25.' }).waitFor()
    await page.reload()
    await page.locator('.bubble strong', { hasText: '$100.99' }).waitFor()
    await page.getByRole('button', { name: 'Keep it' }).click()
    await bubbles(page, 'inbound').waitFor()
    await world.actor.settled()
    const [{ content }] = world.callbacks.filter(({ content }) => content)
    assert.deepEqual(content.message.button, { text: 'Keep it', payload: 'keep-17' })
  })

  scene('every type of message has a bubble, and markup is text', {}, async (world) => {
    const { actor } = world
    const evil = '<script>window.ran = 1</script><img src=x onerror="window.ran = 1">'
    await actor.send(text(evil))
    for (const message of Object.values(MESSAGES)) await actor.send(message)
    const parameters = [{ type: 'text', text: evil }]
    const { template } = MESSAGES.template
    await actor.send({
      type: 'template',
      template: { ...template, name: 'evil', components: [{ type: 'body', parameters }] },
    })
    await actor.write({
      type: 'location',
      latitude: 59.33,
      longitude: 18.07,
      name: evil,
      url: 'javascript:window.ran=1',
    })
    await actor.write({ type: 'media', url: 'javascript:window.ran=1', caption: evil })
    await actor.write({ type: 'text', text: evil })
    const page = await world.open(browser, { hash: conversation(USER) })
    await page.locator('.bubble').nth(12).waitFor()
    assert.equal(await page.locator('.bubble').count(), 13)
    assert.equal(await bubbles(page, 'outbound').first().locator('.text').innerText(), evil)
    assert.equal(await bubbles(page, 'inbound').last().locator('.text').innerText(), evil)
    assert.equal(await page.locator('.last').innerText(), evil)
    assert.equal(await page.evaluate(() => globalThis.ran), undefined)
    assert.equal(await page.locator('script').count(), 1)
    assert.equal(await page.locator('a[href^="javascript"]').count(), 0)

    const shown = await page.locator('.bubbles').innerText()
    const files = ['parcel.jpg', 'greeting.ogg', 'unpack.mp4', 'Manual.pdf', 'Invoice 17.pdf']
    const words = [
      'Pick-up point',
      '59.9139, 10.7522',
      'Test Person',
      'order_update',
      'Anna',
      '$100.99',
      'February 25',
      'window.ran=1',
    ]
    for (const part of [...files, ...words]) assert.ok(shown.includes(part), part)
    assert.equal(await page.locator('.bubble strong').innerText(), 'Tomorrow between 8 and 12.')
  })

  scene('buttons and rows of interactive messages can be chosen', { options: ['--extensions'] }, async (world) => {
    const { actor } = world
    const [buttons] = await actor.send(INTERACTIVE.buttons)
    const [list] = await actor.send(INTERACTIVE.list)
    await actor.settled()
    const page = await world.open(browser, { hash: conversation(USER) })
    await page.getByRole('button', { name: 'In the shop' }).click()
    await page.getByRole('button', { name: 'In the shop, pressed' }).waitFor()
    await page.getByRole('button', { name: 'Choose a shop' }).click()
    await page.getByRole('button', { name: /Central station/ }).click()
    await bubbles(page, 'inbound').nth(1).waitFor()
    await actor.settled()
    const answers = world.callbacks.flatMap(({ content }) => content?.message ?? [])
    assert.deepEqual(
      answers.map(({ interactive, context }) => [interactive, context.messageId]),
      [
        [{ type: 'button_reply', button_reply: { id: 'shop', title: 'In the shop' } }, buttons],
        [
          {
            type: 'list_reply',
            list_reply: { id: 'central', title: 'Central station', description: 'Open until 22:00' },
          },
          list,
        ],
      ],
    )
  })

  scene('a user writes text, media, a place, a contact, a reply and a reaction', {}, async (world) => {
    const { actor } = world
    const [first] = await actor.send(MESSAGES.text)
    await actor.settled()
    const page = await world.open(browser, { hash: conversation(USER) })
    await bubbles(page, 'outbound').hover()
    await page.getByRole('button', { name: 'Reply' }).click()
    await page.locator('.replying').waitFor()
    await page.locator('.composer textarea').fill('Thanks')
    await page.keyboard.press('Enter')
    await bubbles(page, 'inbound').locator('.quote').waitFor()

    const extra = async (name, fields) => {
      await page.locator('.write .menu summary').click()
      await page.getByRole('button', { name }).click()
      for (const [label, value] of Object.entries(fields)) await page.locator('dialog').getByLabel(label).fill(value)
      await page.locator('dialog').getByRole('button', { name: 'Send' }).click()
      await page.locator('dialog').waitFor({ state: 'detached' })
    }
    await extra('Media by link', { Link: 'https://example.com/a.jpg', Caption: 'Look' })
    await extra('Location', { Latitude: '59.33', Longitude: '18.07', Name: 'Here' })
    await extra('Contact', { Name: 'Test Person', Number: '+46000000002' })
    await bubbles(page, 'inbound').nth(3).waitFor()
    await bubbles(page, 'outbound').hover()
    await bubbles(page, 'outbound').locator('.react summary').click()
    await page.getByRole('button', { name: 'React with 👍' }).click()
    await page.locator('.reactions', { hasText: '👍' }).waitFor()
    await actor.settled()
    const messages = world.callbacks.filter(({ content }) => content).map(({ content }) => content.message)
    assert.deepEqual(
      messages.map(({ contentType }) => contentType),
      ['TEXT', 'MEDIA', 'LOCATION', 'CONTACT', 'REACTION'],
    )
    assert.equal(messages[0].context.messageId, first)
    assert.equal(messages[1].media.source, 'https://example.com/a.jpg')
    assert.equal(messages[2].location.latitude, 59.33)
    assert.equal(messages[4].reaction.message_id, first)
    await page.locator('.care.open').waitFor()
  })

  scene('the timeline shows request, answer and reports, and sends more of them', {}, async (world) => {
    const { actor, callbacks } = world
    await actor.send(MESSAGES.text)
    await actor.settled()
    const page = await world.open(browser, { hash: conversation(USER) })
    await page.locator('.bubble .text').click()
    const steps = page.locator('.timeline .step')
    await steps.nth(4).waitFor()
    const titles = await steps.locator('b').allInnerTexts()
    assert.deepEqual(titles, [
      'POST /whatsapp-message/messages',
      'Valid',
      'Answer 200',
      'Report 112002 sent',
      'Report 112003 delivered',
    ])
    assert.ok(!(await page.content()).includes(Buffer.from('user:secret').toString('base64')))
    const steady = (count) =>
      page
        .locator('.timeline .step .good-text')
        .nth(count - 1)
        .waitFor()
    await steady(2)

    await page.getByRole('button', { name: 'Read' }).click()
    await page.locator('.bubble .tick.read').waitFor()
    await steps.nth(4).getByRole('button', { name: 'Send again' }).click()
    await steady(4)
    await steps.nth(4).getByRole('button', { name: 'Twice' }).click()
    await steady(6)
    await page.getByRole('button', { name: 'Fail with code…' }).click()
    await page.getByLabel('Result code').fill('112404')
    await page.getByRole('button', { name: 'Send the report' }).click()
    await steady(7)
    assert.deepEqual(
      callbacks.map(({ resultCode }) => resultCode),
      [112002, 112003, 112007, 112003, 112003, 112003, 112404],
    )
    assert.deepEqual(callbacks[3], callbacks[1])
  })

  scene('a late report comes late', {}, async (world) => {
    const { actor } = world
    await actor.send(MESSAGES.text)
    await actor.settled()
    const page = await world.open(browser, { hash: conversation(USER) })
    await page.locator('.bubble .text').click()
    const asked = page.waitForRequest((request) => request.url().endsWith('/sandbox/report'))
    await page.locator('.timeline').getByRole('button', { name: 'Late' }).first().click()
    assert.equal((await asked).postDataJSON().delayMs, 10_000)
  })

  scene('refused requests stand in a list with path and reason', {}, async (world) => {
    await world.actor.send({ type: 'text', text: { body: '' } }, { refId: 'order-9' })
    const page = await world.open(browser)
    await page.locator('.head .badge', { hasText: '1' }).waitFor()
    await page.getByRole('link', { name: /Refused/ }).click()
    await page.locator('.request').click()
    const finding = page.locator('.findings')
    await finding.waitFor()
    assert.match(await finding.innerText(), /^messages\[0\]\.text\.body/)
    assert.match(await page.locator('.detail').innerText(), /order-9[\s\S]*Answer 400[\s\S]*112402/)
  })

  scene('the next message meets the scenario that is chosen', {}, async (world) => {
    const page = await world.open(browser)
    await page.locator('.head .scenarios summary').click()
    await page.getByRole('button', { name: /^1429/ }).click()
    await page.getByText('Next message (1)').waitFor()
    assert.equal(await world.actor.send(MESSAGES.text), undefined)
    await page.locator('.head .badge', { hasText: '1' }).waitFor()
    const { requests } = await world.actor.get('refused')
    assert.deepEqual([requests[0].status, requests[0].reason], [429, 'scenario'])
    await page.locator('.head .scenarios summary', { hasText: /message$/ }).waitFor()
    assert.equal((await world.actor.send(MESSAGES.text)).length, 1)
  })

  scene('callbacks that are not taken are counted, with the reason', { endpoint: 401 }, async (world) => {
    await world.actor.send(MESSAGES.text)
    const page = await world.open(browser, { hash: '#/callbacks' })
    await page.locator('.lost', { hasText: '401' }).waitFor()
    await page.locator('.head .badge.bad').waitFor()
    await page.getByRole('link', { name: 'Inbox' }).click()
    await page.locator('.conversation').click()
    await page.locator('.bubble .warn').waitFor()
  })

  scene('a callback URL can be set where there is none', { gate: false }, async (world) => {
    await world.actor.send(MESSAGES.text)
    const page = await world.open(browser, { hash: conversation(USER) })
    await page.getByRole('link', { name: 'Set one' }).click()
    await page.getByLabel('URL').fill('http://127.0.0.1:9/callback')
    await page.getByRole('button', { name: 'Set the default gate' }).click()
    await page.locator('.gates', { hasText: 'http://127.0.0.1:9/callback' }).waitFor()
    assert.equal((await world.actor.get('status')).defaultGate, 'default')
  })

  scene('a search finds old messages and leads to them', {}, async (world) => {
    const { actor } = world
    const needle = { type: 'text', text: { body: 'the needle in the hay' } }
    await actor.send([needle, ...Array.from({ length: 400 }, (_, index) => text(`straw ${index}`))])
    const page = await world.open(browser)
    await page.keyboard.press('/')
    await page.locator('#search:focus').waitFor()
    await page.keyboard.type('NEEDLE')
    await page.locator('.conversation mark', { hasText: 'needle' }).click()
    await page.locator('.bubble mark', { hasText: 'needle' }).waitFor()
    assert.equal(await page.locator('.bubble.selected').count(), 1)
    await page.getByRole('button', { name: 'Newest' }).click()
    await page.locator('.bubble', { hasText: 'straw 399' }).waitFor()
  })

  scene('ten thousand messages stay fluid', { gate: false }, async (world, t) => {
    const { actor } = world
    const page = await world.open(browser, { hash: conversation(USER) })
    const asked = new Set()
    page.on('request', (request) => asked.add(request))
    page.on('requestfinished', (request) => asked.delete(request))
    const messages = Array.from({ length: 500 }, (_, index) => text(`number ${index}`))
    for (let part = 0; part < 20; part += 1) await actor.send(messages, { refId: `part-${part}` })
    assert.equal((await actor.get('status')).messages, 10_000)
    await page.locator('.bubble', { hasText: 'number 499' }).first().waitFor()
    await actor.settled()
    assert.ok((await page.locator('.bubble').count()) <= 240)

    // Up through the thread: what is in view stays in place while earlier messages come in above.
    const scrolled = await page.evaluate(async () => {
      const view = document.querySelector('.bubbles')
      const frame = () => new Promise((resolve) => requestAnimationFrame(resolve))
      let slowest = 0
      const ids = new Set()
      const end = performance.now() + 120_000
      for (let start = 0; ids.size < 1000 && start < end; ) {
        view.scrollTop -= 600
        start = performance.now()
        await frame()
        slowest = Math.max(slowest, performance.now() - start)
        for (const bubble of document.querySelectorAll('.bubble')) ids.add(bubble.id)
      }
      return { slowest, seen: ids.size, bubbles: document.querySelectorAll('.bubble').length }
    })
    assert.ok(scrolled.bubbles <= 240)
    assert.ok(scrolled.seen >= 1000, `saw ${scrolled.seen} messages`)
    t.diagnostic(`the slowest frame while scrolling took ${Math.round(scrolled.slowest)} ms`)

    await page.evaluate(() => {
      document.querySelector('.bubbles').scrollTop = 1000
    })
    const isLoading = (request) => request.url().includes('/sandbox/messages?')
    while ([...asked].some(isLoading)) await page.waitForTimeout(10)
    const moved = await page.evaluate(async () => {
      const view = document.querySelector('.bubbles')
      const frame = () => new Promise((resolve) => requestAnimationFrame(resolve))
      const first = () => document.querySelector('.bubble').id
      for (let frames = 0; frames < 60; frames += 1) await frame()
      const before = first()
      const top = view.getBoundingClientRect().top
      view.scrollTop = 200
      const shown = [...document.querySelectorAll('.bubble')].find((each) => each.getBoundingClientRect().bottom > top)
      const place = () => Math.round(shown.getBoundingClientRect().top)
      const was = place()
      const end = performance.now() + 120_000
      while (first() === before && performance.now() < end) await frame()
      return { loaded: first() !== before, by: place() - was }
    })
    assert.ok(moved.loaded)
    assert.ok(Math.abs(moved.by) <= 1, `moved by ${moved.by}`)
  })

  scene('thousands of conversations are listed page by page', {}, async (world) => {
    const users = Array.from({ length: 1500 }, (_, index) => `+461${String(index).padStart(6, '0')}88`)
    await world.actor.send(MESSAGES.text, { to: users })
    const page = await world.open(browser)
    await page.locator('.conversation').first().waitFor()
    assert.ok((await page.locator('.conversation').count()) <= 200)
    const list = page.locator('.conversations')
    await page.waitForFunction(() => {
      const view = document.querySelector('.conversations')
      view.scrollTop = view.scrollHeight
      return document.querySelectorAll('.conversation').length === 1500
    })
    assert.equal(await list.locator('.conversation').count(), 1500)
  })

  scene('conversations with news are listed too, and leave out no others', { gate: false }, async (world) => {
    const { actor } = world
    const users = Array.from({ length: 600 }, (_, index) => `+462${String(index).padStart(6, '0')}88`)
    const ids = await actor.send(MESSAGES.text, { to: users })
    const page = await world.open(browser)
    await page.locator('.conversation').first().waitFor()
    await actor.control('gates', { id: 'default', url: 'http://127.0.0.1:9/', default: true })
    // The oldest conversations get into the list by what happens, before they are asked for.
    for (const messageId of ids.slice(0, 150)) await actor.control('report', { messageId, resultCode: 112007 })
    await page.waitForFunction(() => {
      const view = document.querySelector('.conversations')
      view.scrollTop = view.scrollHeight
      return document.querySelectorAll('.conversation').length === 600
    })
  })

  scene('a conversation is exported as JSON', {}, async (world) => {
    const { actor } = world
    await actor.send([MESSAGES.text, MESSAGES.image])
    await actor.write({ type: 'text', text: 'Hi' })
    await actor.settled()
    const page = await world.open(browser, { hash: conversation(USER) })
    const [download] = await Promise.all([
      page.waitForEvent('download'),
      page.getByRole('button', { name: 'Export as JSON' }).click(),
    ])
    const exported = JSON.parse(readFileSync(await download.path(), 'utf8'))
    assert.equal(exported.conversation, '46000000000:46000000001')
    const { messages } = await actor.get('messages?details=true')
    assert.deepEqual(exported.messages, messages)
    assert.equal(exported.messages.length, 3)
  })

  scene('an answer on the conversation that was open before loses no message', {}, async (world) => {
    const { actor } = world
    await actor.send(text('first'), { to: '+46000000001' })
    await actor.send(text('second'), { to: '+46000000002' })
    await actor.settled()
    const page = await world.open(browser)
    const held = new Map()
    await page.route(/messages\?conversation=/, async (route) => {
      const response = await route.fetch()
      const id = new URL(route.request().url()).searchParams.get('conversation')
      await new Promise((resolve) => held.set(id, resolve))
      await route.fulfill({ response })
    })
    const choose = async (words, id) => {
      await page.locator('.conversation', { hasText: words }).click()
      while (!held.has(id)) await page.waitForTimeout(10)
    }
    await choose('first', '46000000000:46000000001')
    await choose('second', '46000000000:46000000002')
    const answered = page.waitForResponse(/messages\?conversation=/)
    held.get('46000000000:46000000001')()
    await (await answered).finished()
    await actor.send(text('third'), { to: '+46000000002' })
    await page.locator('.conversation .last', { hasText: 'third' }).waitFor()
    held.get('46000000000:46000000002')()
    await page.locator('.bubble', { hasText: 'second' }).waitFor()
    await page.locator('.bubble', { hasText: 'third' }).waitFor()
  })

  scene('the page says when the browser has no clipboard', {}, async (world) => {
    const page = await world.open(browser)
    await page.evaluate(() => Object.defineProperty(navigator, 'clipboard', { value: undefined }))
    await page.getByRole('button', { name: 'Copy' }).first().click()
    await page.getByText('The browser does not let the page copy.').waitFor()
  })

  scene('clearing forgets everything, also on other pages', {}, async (world) => {
    await world.actor.send(MESSAGES.text)
    const other = await world.open(browser)
    await other.locator('.conversation').waitFor()
    const page = await world.open(browser)
    await page.getByRole('button', { name: 'Clear everything' }).click()
    await page.locator('dialog').getByRole('button', { name: 'Clear everything' }).click()
    await other.locator('.start').waitFor()
    assert.equal((await world.actor.get('status')).messages, 0)
  })

  scene('the keyboard reaches everything', {}, async (world) => {
    const { actor } = world
    await actor.send(text('first'), { to: '+46000000001' })
    await actor.send(text('second'), { to: '+46000000002' })
    await actor.settled()
    const page = await world.open(browser)
    await page.locator('.conversation').nth(1).waitFor()
    const current = () => page.locator('.conversation[aria-current] .last').innerText()
    await page.keyboard.press('j')
    await page.locator('.bubble').waitFor()
    assert.equal(await current(), 'second')
    await page.keyboard.press('j')
    await page.locator('.bubble', { hasText: 'first' }).waitFor()
    assert.equal(await current(), 'first')
    await page.keyboard.press('k')
    await page.locator('.bubble', { hasText: 'second' }).focus()
    await page.keyboard.press('Enter')
    await page.locator('.timeline .step').first().waitFor()
    await page.keyboard.press('Escape')
    await page.locator('.detail').waitFor({ state: 'detached' })
    await page.keyboard.press('w')
    await page.keyboard.type('written by keys')
    await page.keyboard.press('Enter')
    await bubbles(page, 'inbound').getByText('written by keys').waitFor()
    await page.keyboard.press('Escape')
    await page.keyboard.press('?')
    await page.locator('dialog .keys').waitFor()
    await page.keyboard.press('Escape')
    await page.locator('dialog').waitFor({ state: 'detached' })
  })

  scene('on a phone one thing is in view at a time', {}, async (world) => {
    await fill(world.actor, { interactive: false })
    const page = await world.open(browser, { size: { width: 360, height: 720 } })
    await page.locator('.conversation').first().click()
    await page.locator('.bubble').first().waitFor()
    assert.ok(!(await page.locator('.sidebar').isVisible()))
    await page.locator('.bubble .template-name').first().click()
    await page.locator('.timeline').waitFor()
    for (const hash of ['', '#/refused', '#/callbacks', conversation(USER)]) {
      await page.evaluate((to) => {
        location.hash = to
      }, hash)
      await page.waitForFunction(() => document.documentElement.scrollWidth <= innerWidth)
    }
    await page.getByRole('link', { name: 'Back to the conversations' }).click()
    await page.locator('.sidebar').waitFor()
  })

  scene('axe finds nothing', { options: ['--extensions'] }, async (world) => {
    const empty = await world.open(browser)
    await empty.locator('.start').waitFor()
    assert.deepEqual(await axe(empty), [])
    await fill(world.actor, { interactive: true })
    const { messages } = await world.actor.get('messages?type=template&newest=true')
    const timeline = `${conversation(USER)}/m/${messages.at(-1).id}`
    for (const scheme of ['light', 'dark']) {
      const page = await world.open(browser, { hash: timeline, scheme })
      await page.locator('.timeline .step').nth(3).waitFor()
      assert.deepEqual(await axe(page), [], `timeline, ${scheme}`)
      await page.locator('.head .scenarios summary').click()
      await page.getByRole('button', { name: /^1429/ }).waitFor()
      assert.deepEqual(await axe(page), [], `scenarios, ${scheme}`)
      await page.keyboard.press('Escape')
      await page.getByRole('button', { name: 'Fail with code…' }).click()
      await page.locator('dialog[open]').waitFor()
      assert.deepEqual(await axe(page), [], `dialog, ${scheme}`)
      await page.keyboard.press('Escape')
      await page.getByRole('link', { name: /Refused/ }).click()
      await page.locator('.request').click()
      await page.locator('.findings').waitFor()
      assert.deepEqual(await axe(page), [], `refused, ${scheme}`)
      await page.getByRole('link', { name: 'Callbacks' }).click()
      await page.locator('.gates').waitFor()
      assert.deepEqual(await axe(page), [], `callbacks, ${scheme}`)
    }
  })
})

function text(body) {
  return { type: 'text', text: { body } }
}
