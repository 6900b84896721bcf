/// Line icons, drawn on a 24 grid with one pen; decorative, so hidden from readers.
const shapes = {
  home: "M4 11.5 12 4l8 7.5M6.5 10v9.5h11V10M10 19.5v-5h4v5",
  people: "M9 11.5a3.5 3.5 0 1 0 0-7 3.5 3.5 0 0 0 0 7ZM2.5 20c.4-4 3-6 6.5-6s6.1 2 6.5 6M16 5a3.2 3.2 0 0 1 0 6.3M17.5 14.3c2.3.6 3.7 2.5 4 5.7",
  segment: "M9 15.5a5.5 5.5 0 1 0 0-11 5.5 5.5 0 0 0 0 11ZM15 19.5a5.5 5.5 0 1 0 0-11 5.5 5.5 0 0 0 0 11Z",
  merge: "M6 4v3.5c0 3 6 3.5 6 7V20M18 4v3.5c0 3-6 3.5-6 7M9 17.5l3 3 3-3",
  import: "M12 3.5v11M7.5 10l4.5 4.5 4.5-4.5M4 16v3.5a1 1 0 0 0 1 1h14a1 1 0 0 0 1-1V16",
  grid: "M4 4h6.5v6.5H4zM13.5 4H20v6.5h-6.5zM4 13.5h6.5V20H4zM13.5 13.5H20V20h-6.5z",
  heat: "M4 20V4M4 20h16M8 16.5h2.5v-9H8zM13 16.5h2.5v-5H13zM18 16.5h2v-2.5h-2z",
  source: "M12 20v-7M12 13c0-4-3-6-7-6 0 4 3 6 7 6ZM12 11c0-4 2.5-7 7-7 0 5-3 7-7 7",
  funnel: "M3.5 5h17M6 10h12M8.5 15h7M11 20h2",
  flow: "M4 6.5c7 0 8 0 16 0M4 6.5c8 0 8 11 16 11M4 17.5h6",
  trend: "M4 17l5-6 4 3.5L20 7M20 7v4.5M20 7h-4.5",
  target: "M12 20.5a8.5 8.5 0 1 0 0-17 8.5 8.5 0 0 0 0 17ZM12 16a4 4 0 1 0 0-8 4 4 0 0 0 0 8ZM12 12h.01",
  shield: "M12 3.5 19 6v6c0 4-3 7-7 8.5C8 19 5 16 5 12V6zM9 12l2.2 2.2L15.2 10",
  org: "M9.5 3.5h5v4h-5zM3.5 16.5h5v4h-5zM15.5 16.5h5v4h-5zM12 7.5v4.5M6 16.5V12h12v4.5",
  plug: "M9 3.5V8M15 3.5V8M6.5 8h11v3.5a5.5 5.5 0 0 1-11 0zM12 17v4",
  key: "M8 16.5a4 4 0 1 1 3.6-5.7H20.5v3.4h-2.3v2.3h-3v-2.3h-3.6A4 4 0 0 1 8 16.5ZM7.5 12.5h.01",
  field: "M4 6h16M4 12h10M4 18h7M17.5 15v6M14.5 18h6",
  tag: "M4 4.5h8l8 8-7.5 7.5-8.5-8zM8.2 8.4h.01",
  stage: "M3.5 17c3 0 3-4 6-4s3 3 6 3 3-9 5-9M20.5 7v3.5M20.5 7H17",
  bolt: "M13 3.5 5.5 13.5h5.5L10 20.5l8-10.5h-5.5z",
  ledger: "M12 4v16M5 7h14M5 7 2.8 13.5h4.4L5 7ZM19 7l-2.2 6.5h4.4L19 7ZM8 20h8",
  ban: "M12 20.5a8.5 8.5 0 1 0 0-17 8.5 8.5 0 0 0 0 17ZM6 6l12 12",
  album: "M4 5h16v14H4zM4 16l4.5-4.5 4 4 2.5-2.5 5 4.5M15.5 9.5h.01",
  audit: "M6 3.5h9l4 4V20.5H6zM14.5 3.5V8H19M9 12h7M9 15.5h7",
  search: "M10.5 17a6.5 6.5 0 1 0 0-13 6.5 6.5 0 0 0 0 13ZM15.5 15.5 20.5 20.5",
  sun: "M12 16a4 4 0 1 0 0-8 4 4 0 0 0 0 8ZM12 2.5V5M12 19v2.5M2.5 12H5M19 12h2.5M5.3 5.3 7 7M17 17l1.7 1.7M18.7 5.3 17 7M7 17l-1.7 1.7",
  moon: "M19.5 14.5A8 8 0 0 1 9.5 4.5a8 8 0 1 0 10 10Z",
  system: "M3.5 5h17v11h-17zM9 20h6M12 16v4",
  globe: "M12 20.5a8.5 8.5 0 1 0 0-17 8.5 8.5 0 0 0 0 17ZM3.5 12h17M12 3.5c3 3 3.4 5.5 3.4 8.5S15 17.5 12 20.5c-3-3-3.4-5.5-3.4-8.5S9 6.5 12 3.5Z",
  tray: "M4 13.5 6.5 5h11L20 13.5v6H4zM4 13.5h5l1.5 2.5h3l1.5-2.5h5",
  menu: "M4 7h16M4 12h16M4 17h16",
  fold: "M14.5 6 8.5 12l6 6",
  plus: "M12 5v14M5 12h14",
  close: "M6 6l12 12M18 6 6 18",
  check: "M5 12.5 10 17.5 19.5 7",
  more: "M5 12h.01M12 12h.01M19 12h.01",
  eye: "M2.5 12S6 5.5 12 5.5 21.5 12 21.5 12 18 18.5 12 18.5 2.5 12 2.5 12ZM12 15a3 3 0 1 0 0-6 3 3 0 0 0 0 6Z",
  edit: "M4.5 19.5l1-4L16 5l3 3L8.5 18.5zM13.5 7.5l3 3",
  undo: "M9 6 4.5 10.5 9 15M4.5 10.5h9a5.5 5.5 0 0 1 0 9H10",
  refresh: "M19.5 12a7.5 7.5 0 1 1-2.2-5.3M19.5 3.5V8H15",
  columns: "M4 5h16v14H4zM9.5 5v14M15 5v14",
  filter: "M4 5.5h16l-6.2 7.5v5l-3.6 2v-7z",
  copy: "M8.5 8.5h11v11h-11zM15.5 8.5v-4h-11v11h4",
  download: "M12 4v11M7.5 10.5 12 15l4.5-4.5M5 19.5h14",
  upload: "M12 15.5v-11M7.5 9 12 4.5 16.5 9M5 19.5h14",
  link: "M10 14a4 4 0 0 0 6 .4l3-3a4 4 0 0 0-5.7-5.7l-1 1M14 10a4 4 0 0 0-6-.4l-3 3a4 4 0 0 0 5.7 5.7l1-1",
  user: "M12 12a4 4 0 1 0 0-8 4 4 0 0 0 0 8ZM4.5 20.5c.6-4 3.5-6 7.5-6s6.9 2 7.5 6",
  clock: "M12 20.5a8.5 8.5 0 1 0 0-17 8.5 8.5 0 0 0 0 17ZM12 7v5l3.5 2",
  info: "M12 20.5a8.5 8.5 0 1 0 0-17 8.5 8.5 0 0 0 0 17ZM12 11v5.5M12 7.6h.01",
  alert: "M12 4 21 19.5H3zM12 10v4.5M12 17h.01",
  gift: "M4 9h16v4H4zM5.5 13v7.5h13V13M12 9v11.5M12 9c-5 0-5-5-2.5-5S12 9 12 9Zm0 0c5 0 5-5 2.5-5S12 9 12 9Z",
  bag: "M5 8h14l1 12.5H4zM8.5 8a3.5 3.5 0 0 1 7 0",
  chat: "M4 5h16v11.5h-9L6.5 20v-3.5H4z",
  door: "M6 20.5v-17h9v17M4 20.5h16M12 12h.01",
  qr: "M4 4h6v6H4zM14 4h6v6h-6zM4 14h6v6H4zM14 14h2.5v2.5H14zM17.5 17.5H20V20h-2.5zM17.5 14H20M14 20h1",
  arrow: "M5 12h14M13 6l6 6-6 6",
} as const;

export type IconName = keyof typeof shapes;

export function Icon({ name, size = 18 }: { name: IconName; size?: number }) {
  return (
    <svg width={size} height={size} viewBox="0 0 24 24" fill="none" stroke="currentColor" strokeWidth={1.7}
      strokeLinecap="round" strokeLinejoin="round" aria-hidden="true" focusable="false">
      <path d={shapes[name]} />
    </svg>
  );
}

/// The koi in its pond.
export function Mark({ size = 34 }: { size?: number }) {
  return <img src="/koi.svg" width={size} height={size} alt="" />;
}
