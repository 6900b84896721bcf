/// The rail: only pages that exist, only those the role may read. The palette and the g-keys read the same list.
import type { IconName } from "@/parts/Icon";
import type { Key } from "@/i18n";

export interface NavItem {
  to: string;
  label: Key;
  icon: IconName;
  permission?: string;
  /// "g" and then this letter goes there.
  letter?: string;
}

export const nav: { label?: Key; items: NavItem[] }[] = [
  { items: [{ to: "/", label: "nav.home", icon: "home", permission: "insight.read", letter: "h" }] },
  {
    label: "nav.customers",
    items: [
      { to: "/customers", label: "nav.people", icon: "people", permission: "person.read", letter: "c" },
      { to: "/segments", label: "nav.segments", icon: "segment", permission: "segment.read", letter: "g" },
      { to: "/handovers", label: "nav.handovers", icon: "undo", permission: "handover.read" },
      { to: "/archive", label: "nav.archive", icon: "chat", permission: "archive.read" },
      { to: "/album-products", label: "nav.albums", icon: "album", permission: "channel.read" },
      { to: "/intercept-rules", label: "nav.intercepts", icon: "ban", permission: "channel.read" },
      { to: "/identity", label: "nav.identity", icon: "merge", permission: "person.merge", letter: "m" },
      { to: "/imports", label: "nav.imports", icon: "import", permission: "import.read", letter: "i" },
    ],
  },
  {
    label: "nav.entry",
    items: [
      { to: "/codes", label: "nav.codes", icon: "qr", permission: "code.read", letter: "q" },
      { to: "/group-codes", label: "nav.groupcodes", icon: "chat", permission: "code.read" },
      { to: "/links", label: "nav.links", icon: "link", permission: "link.read" },
      { to: "/pages", label: "nav.pages", icon: "door", permission: "page.read" },
      { to: "/forms", label: "nav.forms", icon: "field", permission: "form.read" },
      { to: "/connections", label: "nav.connections", icon: "plug", permission: "channel.read" },
    ],
  },
  {
    label: "nav.engage",
    items: [
      { to: "/sends", label: "nav.sends", icon: "bolt", permission: "send.read" },
      { to: "/moments", label: "nav.moments", icon: "eye", permission: "send.read" },
    ],
  },
  {
    label: "nav.insight",
    items: [
      { to: "/insight/dashboards", label: "nav.dashboards", icon: "grid", permission: "chart.read", letter: "d" },
      { to: "/insight/charts", label: "nav.charts", icon: "heat", permission: "chart.read" },
      { to: "/rfm", label: "nav.rfm", icon: "grid", permission: "insight.read", letter: "r" },
      { to: "/retention", label: "nav.retention", icon: "heat", permission: "insight.read", letter: "t" },
      { to: "/channels", label: "nav.channels", icon: "source", permission: "insight.read", letter: "s" },
      { to: "/staff-figures", label: "nav.figures", icon: "trend", permission: "figure.read" },
      { to: "/source-map", label: "nav.source_map", icon: "flow", permission: "insight.read" },
      { to: "/explore/funnel", label: "nav.funnel", icon: "funnel", permission: "insight.read", letter: "f" },
      { to: "/explore/retention", label: "nav.returns", icon: "undo", permission: "insight.read" },
      { to: "/explore/paths", label: "nav.paths", icon: "flow", permission: "insight.read", letter: "p" },
      { to: "/explore/activity", label: "nav.activity", icon: "trend", permission: "insight.read", letter: "e" },
      { to: "/explore/attribution", label: "nav.attribution", icon: "target", permission: "insight.read" },
      { to: "/explore/rfm", label: "nav.scores", icon: "stage", permission: "insight.read" },
    ],
  },
  {
    label: "nav.settings",
    items: [
      { to: "/settings/members", label: "nav.members", icon: "shield", permission: "member.read" },
      { to: "/settings/org", label: "nav.org", icon: "org", permission: "org.read" },
      { to: "/settings/sources", label: "nav.sources", icon: "plug", permission: "source.read" },
      { to: "/settings/keys", label: "nav.keys", icon: "key", permission: "key.read" },
      { to: "/settings/attributes", label: "nav.attributes", icon: "field", permission: "attribute.read" },
      { to: "/settings/identifiers", label: "nav.identifiers", icon: "ban", permission: "identifier.read" },
      { to: "/settings/tags", label: "nav.tags", icon: "tag", permission: "tag.read" },
      { to: "/settings/stages", label: "nav.stages", icon: "stage", permission: "stage.read" },
      { to: "/settings/events", label: "nav.events", icon: "bolt", permission: "schema.read" },
      { to: "/ledger", label: "nav.ledger", icon: "ledger", permission: "ledger.read", letter: "l" },
      { to: "/settings/audit", label: "nav.audit", icon: "audit", permission: "audit.read", letter: "a" },
    ],
  },
];

/// Whether `path` lies under the item; home is only itself.
export function isOn(item: NavItem, path: string): boolean {
  return item.to === "/" ? path === "/" : path === item.to || path.startsWith(`${item.to}/`);
}
