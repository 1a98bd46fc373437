// Icons as paths on a 24 × 24 grid.

const PATHS = {
  back: 'M15 5l-7 7 7 7',
  bolt: 'M13 3L5 14h6l-1 7 8-11h-6l1-7z',
  chat: 'M4 5h16v11H9l-5 4V5z',
  check: 'M5 12.5l4.5 4.5L19 7.5',
  checks: 'M2 12.5L6.5 17 15 7.5M11 15.5l1.5 1.5L22 7.5',
  clear: 'M4 7h16M9 7V4h6v3M6 7l1 13h10l1-13',
  clock: 'M12 4a8 8 0 100 16 8 8 0 000-16zM12 8v4.5l3 2',
  close: 'M6 6l12 12M18 6L6 18',
  contact: 'M12 5a3.5 3.5 0 100 7 3.5 3.5 0 000-7zM5 20c.6-3.6 3.3-5.5 7-5.5s6.4 1.9 7 5.5',
  copy: 'M9 9h11v11H9zM5 15H4V4h11v1',
  document: 'M6 3h8l4 4v14H6zM14 3v4h4M9 12h6M9 16h6',
  down: 'M6 9l6 6 6-6',
  download: 'M12 4v11M7 10.5l5 5 5-5M5 20h14',
  error: 'M12 4a8 8 0 100 16 8 8 0 000-16zM12 8v5M12 16v.5',
  help: 'M12 4a8 8 0 100 16 8 8 0 000-16zM9.8 9.5a2.3 2.3 0 113.4 2.1c-.9.5-1.2 1-1.2 1.9M12 16.2v.3',
  image: 'M4 5h16v14H4zM4 16l5-5 4 4 3-2.5 4 3.5M15 9.5v.01',
  link: 'M10 14l4-4M8.5 11L6 13.5a3.5 3.5 0 005 5l2-2M15.5 13l2.5-2.5a3.5 3.5 0 00-5-5l-2 2',
  list: 'M9 6h11M9 12h11M9 18h11M4.5 6v.01M4.5 12v.01M4.5 18v.01',
  moon: 'M19 14.5A7.5 7.5 0 019.5 5a7.5 7.5 0 109.5 9.5z',
  pen: 'M5 19l1-4L16 5l3 3L9 18l-4 1z',
  pin: 'M12 21c4-4.5 6.5-7.8 6.5-11a6.5 6.5 0 10-13 0c0 3.2 2.5 6.5 6.5 11zM12 12.5a2.5 2.5 0 100-5 2.5 2.5 0 000 5z',
  plus: 'M12 5v14M5 12h14',
  reply: 'M10 6l-6 6 6 6M4 12h9c4 0 7 2 7 6',
  repeat: 'M4 11a7 7 0 0112.5-4L19 9.5M19 5v4.5h-4.5M20 13a7 7 0 01-12.5 4L5 14.5M5 19v-4.5h4.5',
  search: 'M11 5a6 6 0 100 12 6 6 0 000-12zM15.5 15.5L20 20',
  send: 'M4 12l16-7-6 15-3-6-7-2z',
  shield: 'M12 3l7 3v5c0 5-3 8-7 10-4-2-7-5-7-10V6zM9 9.5l6 5M15 9.5l-6 5',
  smile: 'M12 4a8 8 0 100 16 8 8 0 000-16zM8.5 14c1 1.5 2.2 2 3.5 2s2.5-.5 3.5-2M9.5 9.5v.5M14.5 9.5v.5',
  sound: 'M9 18V6l10-2v12M9 18a2.5 2.5 0 11-5 0 2.5 2.5 0 015 0zM19 16a2.5 2.5 0 11-5 0 2.5 2.5 0 015 0z',
  sun: 'M12 8a4 4 0 100 8 4 4 0 000-8zM12 3v1.5M12 19.5V21M3 12h1.5M19.5 12H21M5.6 5.6l1.1 1.1M17.3 17.3l1.1 1.1M5.6 18.4l1.1-1.1M17.3 6.7l1.1-1.1',
  template: 'M4 5h16v14H4zM4 10h16M10 10v9',
  timeline: 'M7 4v16M7 7h10M7 12h7M7 17h9',
  video: 'M4 6h11v12H4zM15 10.5l5-3v9l-5-3',
  warning: 'M12 4l9 16H3zM12 10v4.5M12 17v.2',
  webhook: 'M4 12h4M16 12h4M12 8a4 4 0 100 8 4 4 0 000-8zM12 4v4M12 16v4',
} as const

export type IconName = keyof typeof PATHS

/** An icon beside a text that says the same, or with a label of its own. */
export function Icon({ name, label, size = 18 }: { name: IconName; label?: string; size?: number }) {
  return (
    <svg
      class="icon"
      width={size}
      height={size}
      viewBox="0 0 24 24"
      fill="none"
      stroke="currentColor"
      stroke-width="1.8"
      stroke-linecap="round"
      stroke-linejoin="round"
      role={label ? 'img' : undefined}
      aria-label={label}
      aria-hidden={label ? undefined : 'true'}
    >
      <path d={PATHS[name]} />
    </svg>
  )
}
