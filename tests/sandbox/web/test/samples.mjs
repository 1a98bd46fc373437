// A conversation with a message of every kind, for screenshots and for the check of accessibility.

export const BUSINESS = '+46000000000'
export const USER = '+46000000001'

const link = (name) => `https://example.com/${name}`

const TEMPLATE = {
  type: 'template',
  template: {
    name: 'order_update',
    namespace: 'namespace',
    language: { code: 'en' },
    components: [
      {
        type: 'header',
        parameters: [{ type: 'document', document: { link: link('invoice-17.pdf'), filename: 'Invoice 17.pdf' } }],
      },
      {
        type: 'body',
        parameters: [
          { type: 'text', text: 'Anna' },
          { type: 'currency', currency: { fallbackValue: '$100.99', code: 'USD', amount1000: '100990' } },
          { type: 'dateTime', dateTime: { fallbackValue: 'February 25', timestamp: '1740441600000' } },
        ],
      },
      { type: 'button', subType: 'quickReply', index: 0, parameters: [{ type: 'payload', payload: 'keep-17' }] },
      { type: 'button', subType: 'quickReply', index: 1, parameters: [{ type: 'payload', payload: 'cancel-17' }] },
      { type: 'button', subType: 'url', index: 2, parameters: [{ type: 'text', text: 'track/17' }] },
    ],
  },
}

export const MESSAGES = {
  text: {
    type: 'text',
    text: { body: 'Your parcel is on its way. *Tomorrow between 8 and 12.*\nTrack it: https://example.com/track/17' },
  },
  image: { type: 'image', image: { link: link('parcel.jpg'), caption: 'This is how we left it at the door' } },
  audio: { type: 'audio', audio: { link: link('greeting.ogg') } },
  video: { type: 'video', video: { link: link('unpack.mp4'), caption: 'How to unpack it' } },
  document: { type: 'document', document: { link: link('manual.pdf'), filename: 'Manual.pdf', caption: 'The manual' } },
  location: {
    type: 'location',
    location: { latitude: 59.9139, longitude: 10.7522, name: 'Pick-up point', address: 'Storgata 1, Oslo' },
  },
  contacts: {
    type: 'contacts',
    contacts: [
      {
        name: { formattedName: 'Test Person', firstName: 'Test' },
        org: { company: 'Example', title: 'Driver' },
        phones: [{ phone: '+46000000002', type: 'WORK' }],
        emails: [{ email: 'driver@example.com' }],
      },
    ],
  },
  template: TEMPLATE,
}

/** Interactive messages; the sandbox takes them with --extensions. */
export const INTERACTIVE = {
  buttons: {
    type: 'interactive',
    interactive: {
      type: 'button',
      header: { type: 'text', text: 'Delivery' },
      body: { text: 'Where shall we leave the parcel?' },
      footer: { text: 'You can change this until 22:00' },
      action: {
        buttons: [
          { type: 'reply', reply: { id: 'door', title: 'At the door' } },
          { type: 'reply', reply: { id: 'shop', title: 'In the shop' } },
        ],
      },
    },
  },
  list: {
    type: 'interactive',
    interactive: {
      type: 'list',
      body: { text: 'Which shop suits you?' },
      action: {
        button: 'Choose a shop',
        sections: [
          {
            title: 'In town',
            rows: [
              { id: 'central', title: 'Central station', description: 'Open until 22:00' },
              { id: 'harbour', title: 'Harbour' },
            ],
          },
          { title: 'Outside', rows: [{ id: 'mall', title: 'Mall', description: 'Free parking' }] },
        ],
      },
    },
  },
}

/** Sends and writes as programs and users would. */
export class Actor {
  #account = `Basic ${Buffer.from('user:secret').toString('base64')}`
  #sent = 0

  constructor(baseUrl, controlUrl) {
    this.baseUrl = baseUrl
    this.controlUrl = controlUrl
  }

  /** Sends messages as a program does, and gives the ids of the gateway. */
  async send(messages, { to = USER, from = BUSINESS, refId = `order-${++this.#sent}`, ...more } = {}) {
    const body = JSON.stringify({
      platformId: 'p',
      platformPartnerId: 'pp',
      priority: 'NORMAL',
      refId,
      source: from,
      destinations: [to].flat(),
      messages: [messages].flat(),
      ...more,
    })
    const response = await fetch(`${this.baseUrl}/messages`, {
      method: 'POST',
      body,
      headers: { authorization: this.#account },
    })
    return (await response.json()).messageIds
  }

  async control(path, body, method = 'POST') {
    const init = body === undefined ? { method } : { method, body: JSON.stringify(body) }
    const response = await fetch(`${this.controlUrl}/${path}`, init)
    if (!response.ok) throw new Error(`${path}: ${response.status} ${await response.text()}`)
    const text = await response.text()
    return text === '' ? undefined : JSON.parse(text)
  }

  write(order, { from = USER, to = BUSINESS } = {}) {
    return this.control('inbound', { ...order, source: from, destination: to })
  }

  get(path) {
    return this.control(path, undefined, 'GET')
  }

  /** Waits until nothing is on its way to the endpoint. */
  async settled() {
    for (;;) {
      const { pendingCallbacks } = await this.get('status')
      if (pendingCallbacks === 0) return
      await new Promise((resolve) => setTimeout(resolve, 20))
    }
  }
}

/** A few conversations as a team that tries things out would have them. */
export async function fill(actor, { interactive }) {
  const users = ['+46000000005', '+46000000004', '+46000003404', '+46000000002']
  await actor.send(
    { type: 'text', text: { body: 'Reminder: your appointment is on Monday at 9:30.' } },
    { to: users[0] },
  )
  await actor.write({ type: 'text', text: 'Can I come at 10 instead?' }, { from: users[0] })
  await actor.send(MESSAGES.template, { to: users[1] })
  await actor.settled()
  await actor.send({ type: 'text', text: { body: 'Hello, are you there?' } }, { to: users[2] })
  await actor.write({ type: 'location', latitude: 59.33, longitude: 18.07, name: 'Here I am' }, { from: users[3] })
  await actor.send({ type: 'text', text: { body: '' } }, { refId: 'order-without-text' })
  await actor.settled()

  await actor.write({ type: 'text', text: 'Hi, where is my order?' })
  const [first] = await actor.send(MESSAGES.text)
  await actor.settled()
  await actor.write({ type: 'reaction', emoji: '👍', messageId: first })
  await actor.send(MESSAGES.location)
  const [template] = await actor.send(MESSAGES.template)
  await actor.settled()
  const context = { source: BUSINESS, messageId: template }
  await actor.write({ type: 'button', text: 'Keep it', payload: 'keep-17', context })
  if (interactive) {
    const [buttons] = await actor.send(INTERACTIVE.buttons)
    await actor.settled()
    await actor.write({
      type: 'buttonReply',
      id: 'door',
      title: 'At the door',
      context: { source: BUSINESS, messageId: buttons },
    })
  }
  await actor.settled()
  return { template }
}
