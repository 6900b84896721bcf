/// Every address of the console. Pages are fetched when they are first opened.
import { createRootRoute, createRoute, createRouter, lazyRouteComponent, Outlet, redirect } from "@tanstack/react-router";
import { session as wire } from "@shared/client";
import { speakAlso, type Part } from "@/i18n";
import { Crashed, Lost } from "./Lost";
import { queries } from "./queries";
import { sessionQuery } from "./session";

const root = createRootRoute({ component: Outlet, notFoundComponent: Lost, errorComponent: Crashed });

const login = createRoute({
  getParentRoute: () => root,
  path: "/login",
  validateSearch: (search: Record<string, unknown>): { to?: string; by?: "wecom"; code?: "wecom" } => ({
    ...(typeof search.to === "string" && /^\/(?![/\\])/.test(search.to) && { to: search.to }),
    ...(search.by === "wecom" && { by: "wecom" as const }),
    ...(search.code === "wecom" && { code: "wecom" as const }),
  }),
  component: lazyRouteComponent(() => import("@/pages/entry/Login")),
});

const token = (search: Record<string, unknown>): { token?: string } =>
  typeof search.token === "string" ? { token: search.token } : {};

const setup = createRoute({
  getParentRoute: () => root,
  path: "/setup",
  validateSearch: token,
  component: lazyRouteComponent(() => import("@/pages/entry/Setup")),
});

const invite = createRoute({
  getParentRoute: () => root,
  path: "/invite",
  validateSearch: token,
  component: lazyRouteComponent(() => import("@/pages/entry/Invite")),
});

const framed = createRoute({
  getParentRoute: () => root,
  id: "framed",
  component: lazyRouteComponent(() => import("./Frame"), "Frame"),
  errorComponent: Crashed,
  beforeLoad: async ({ location }) => {
    const who = await queries.ensureQueryData(sessionQuery);
    if (!who) throw redirect({ to: "/login", search: location.href === "/" ? {} : { to: location.href } });
  },
});

/// Search texts of a page stay texts: the page's own pure functions give them meaning.
const texts = (search: Record<string, unknown>): Record<string, string> =>
  Object.fromEntries(
    Object.entries(search)
      .filter(([, value]) => ["string", "number", "boolean"].includes(typeof value) && value !== "")
      .map(([key, value]) => [key, String(value)]),
  );

function page<const P extends string>(path: P, load: () => Promise<{ default: React.ComponentType }>) {
  return createRoute({ getParentRoute: () => framed, path, validateSearch: texts, component: lazyRouteComponent(load) });
}

/// Pages that bring texts of their own.
const speaking = (...parts: Part[]) => <const P extends string>(path: P, load: () => Promise<{ default: React.ComponentType }>) =>
  page(path, async () => (await Promise.all([load(), ...parts.map(speakAlso)]))[0]);
const segments = speaking("segments"), codes = speaking("codes"), groups = speaking("codes", "groups"), doors = speaking("codes", "doors");
const connections = speaking("connections"), handover = speaking("handover"), explorer = speaking("explore"), imports = speaking("imports");
const archive = speaking("archive"), ledger = speaking("ledger"), settings = speaking("settings"), sends = speaking("codes", "sends"), contact = speaking("contact"), albums = speaking("codes", "contact");

const pages = [
  page("/", () => import("@/pages/home/Home")),
  page("/customers", () => import("@/pages/people/PeopleList")),
  archive("/customers/$id", () => import("@/pages/people/Person")),
  segments("/segments", () => import("@/pages/segments/Segments")),
  segments("/segments/new", () => import("@/pages/segments/Builder")),
  segments("/segments/$id", () => import("@/pages/segments/Segment")),
  segments("/segments/$id/edit", () => import("@/pages/segments/Builder")),
  codes("/codes", () => import("@/pages/codes/Codes")),
  codes("/codes/new", () => import("@/pages/codes/Designer")),
  codes("/codes/load", () => import("@/pages/codes/Load")),
  codes("/codes/places", () => import("@/pages/codes/Places")),
  codes("/codes/$id", () => import("@/pages/codes/Code")),
  codes("/codes/$id/edit", () => import("@/pages/codes/Designer")),
  groups("/group-codes", () => import("@/pages/groupcodes/Groups")),
  groups("/group-codes/new", () => import("@/pages/groupcodes/GroupDesigner")),
  groups("/group-codes/$id", () => import("@/pages/groupcodes/GroupCode")),
  groups("/group-codes/$id/edit", () => import("@/pages/groupcodes/GroupDesigner")),
  doors("/links", () => import("@/pages/doors/Links")),
  doors("/links/$id", () => import("@/pages/doors/LinkPage")),
  doors("/pages", () => import("@/pages/doors/Pages")),
  doors("/pages/new", () => import("@/pages/doors/PageBuilder")),
  doors("/pages/$id", () => import("@/pages/doors/PageBuilder")),
  doors("/forms", () => import("@/pages/doors/Forms")),
  doors("/forms/new", () => import("@/pages/doors/FormBuilder")),
  doors("/forms/$id", () => import("@/pages/doors/FormPage")),
  doors("/forms/$id/edit", () => import("@/pages/doors/FormBuilder")),
  connections("/connections", () => import("@/pages/connections/Connections")),
  connections("/connections/$corp", () => import("@/pages/connections/Corp")),
  sends("/sends", () => import("@/pages/sends/Sends")),
  sends("/sends/new", () => import("@/pages/sends/Composer")),
  sends("/sends/$id", () => import("@/pages/sends/Send")),
  sends("/sends/$id/edit", () => import("@/pages/sends/Composer")),
  sends("/moments", () => import("@/pages/sends/Moments")),
  sends("/moments/new", () => import("@/pages/sends/MomentComposer")),
  sends("/moments/$id", () => import("@/pages/sends/MomentPage")),
  sends("/moments/$id/edit", () => import("@/pages/sends/MomentComposer")),
  handover("/handovers", () => import("@/pages/handover/Handovers")),
  handover("/handovers/new", () => import("@/pages/handover/Wizard")),
  handover("/handovers/$id", () => import("@/pages/handover/Handover")),
  contact("/staff-figures", () => import("@/pages/contact/Figures")),
  albums("/album-products", () => import("@/pages/contact/Albums")),
  contact("/intercept-rules", () => import("@/pages/contact/Intercepts")),
  archive("/archive", () => import("@/pages/archive/Archive")),
  page("/identity", () => import("@/pages/people/MergeCases")),
  imports("/imports", () => import("@/pages/imports/Imports")),
  imports("/imports/$id", () => import("@/pages/imports/Import")),
  page("/rfm", () => import("@/pages/insight/Rfm")),
  page("/retention", () => import("@/pages/insight/Retention")),
  page("/channels", () => import("@/pages/insight/Channels")),
  explorer("/source-map", () => import("@/pages/insight/SourceMap")),
  explorer("/explore/funnel", () => import("@/pages/insight/explore/Funnel")),
  explorer("/explore/retention", () => import("@/pages/insight/explore/Returns")),
  explorer("/explore/paths", () => import("@/pages/insight/explore/Paths")),
  explorer("/explore/activity", () => import("@/pages/insight/explore/Activity")),
  explorer("/explore/attribution", () => import("@/pages/insight/explore/Attribution")),
  explorer("/explore/rfm", () => import("@/pages/insight/explore/Scores")),
  explorer("/insight/charts", () => import("@/pages/insight/boards/Charts")),
  explorer("/insight/dashboards", () => import("@/pages/insight/boards/Boards")),
  explorer("/insight/dashboards/$id", () => import("@/pages/insight/boards/Board")),
  page("/drill", () => import("@/pages/insight/Drill")),
  ledger("/ledger", () => import("@/pages/ledger/Ledger")),
  settings("/settings/members", () => import("@/pages/settings/Members")),
  settings("/settings/org", () => import("@/pages/settings/Org")),
  settings("/settings/sources", () => import("@/pages/settings/Sources")),
  settings("/settings/keys", () => import("@/pages/settings/Keys")),
  settings("/settings/attributes", () => import("@/pages/settings/Attributes")),
  settings("/settings/identifiers", () => import("@/pages/settings/Identifiers")),
  settings("/settings/tags", () => import("@/pages/settings/Tags")),
  settings("/settings/stages", () => import("@/pages/settings/Stages")),
  settings("/settings/events", () => import("@/pages/settings/Events")),
  settings("/settings/audit", () => import("@/pages/settings/Audit")),
  page("/account", () => import("@/pages/account/Account")),
] as const;

export const router = createRouter({
  routeTree: root.addChildren([login, setup, invite, framed.addChildren(pages)]),
  defaultPreload: "intent",
  defaultPendingMs: 400,
  scrollRestoration: true,
  // Filters are plain texts in the address: ?stage=active, never ?stage=%22active%22.
  parseSearch: (text) => Object.fromEntries(new URLSearchParams(text)),
  stringifySearch: (search) => {
    const made = new URLSearchParams(Object.entries(search).filter(([, value]) => value != null && value !== "") as [string, string][]);
    return made.size ? `?${made}` : "";
  },
});

wire.onLost = () => {
  const here = router.state.location;
  queries.setQueryData(sessionQuery.queryKey, null);
  if (!["/login", "/setup", "/invite"].includes(here.pathname)) {
    void router.navigate({ to: "/login", search: { to: here.href } as never });
  }
};

declare module "@tanstack/react-router" {
  interface Register {
    router: typeof router;
  }
}
