// The texts of templates, as the user of the page wrote them down. The gateway gets a template's name and parameters only;
// its text is registered with WhatsApp. They stay in this browser, for this address.

import { signal } from '@preact/signals'

export interface TemplateText {
  header: string
  body: string
  footer: string
  /** The labels of the buttons, by index. */
  buttons: string[]
}

const KEY = 'linkwa-sandbox-templates'

function stored(): Record<string, TemplateText> {
  try {
    const found: unknown = JSON.parse(localStorage.getItem(KEY) ?? '{}')
    return typeof found === 'object' && found !== null ? (found as Record<string, TemplateText>) : {}
  } catch {
    return {}
  }
}

export const templateTexts = signal(stored())

export function keepTemplateText(key: string, text: TemplateText) {
  templateTexts.value = { ...templateTexts.value, [key]: text }
  localStorage.setItem(KEY, JSON.stringify(templateTexts.value))
}
